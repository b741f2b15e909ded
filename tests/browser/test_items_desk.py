"""The setter's and the answerer's desk in a real browser: from a spreadsheet with mistakes to consent."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from visiting import DESKTOP, PHONE, visitor

FILE = Path(__file__).parents[2] / "seed_data" / "examples" / "needs.xlsx"

PAGES = {
    "company@example.com": [
        "/needs", "/needs?whose=all", "/needs/new", "/problem-lists", "/problem-lists/upload", "/consents",
        "/agreements", "/search?text=轴承&wanted=result", "/search?text=轴承&wanted=words",
    ],
    "lab@example.com": ["/results", "/results/new", "/results/upload"],
}  # fmt: skip


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (PHONE, True)], ids=["desktop, light", "phone, dark"])
@pytest.mark.parametrize("email", PAGES)
def test_pages_are_accessible_and_fit(
    browser: Browser, address: str, email: str, size: tuple[int, int], dark: bool
) -> None:
    with visitor(browser, address, size=size, dark=dark) as one:
        one.sign_in(email)
        for path in PAGES[email]:
            one.open(path)
            assert one.violations() == []
            assert one.overflow() == 0, path
            assert len(one.page.content().encode()) < 200_000, path
        one.open(PAGES[email][0])
        one.page.locator("main .cards a").first.click()
        one.page.wait_for_load_state()
        assert one.violations() == []
        assert one.overflow() == 0
        assert len(one.page.content().encode()) < 200_000


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_spreadsheet_with_mistakes_is_mended_where_they_are_told(
    browser: Browser, lively: str, scripts: bool
) -> None:
    with visitor(browser, lively, language="en-GB", scripts=scripts) as one:
        one.sign_in("poster@example.com")
        one.open("/problem-lists/upload")
        one.page.locator("#file").set_input_files(FILE)
        one.page.locator("#upload button[type=submit]").click()
        wrong = one.page.locator("#mending [aria-invalid]")
        wrong.nth(1).wait_for()
        assert [field.input_value() for field in wrong.all()] == ["有的是钱", "2028年13月"]
        wrong.nth(0).fill("50-80万元")
        one.page.locator("#mending button[name=_only]").first.click()
        one.page.locator("fieldset.mend legend", has_text="row 15").wait_for()
        one.page.locator("fieldset.mend legend", has_text="row 14").wait_for(state="detached")
        assert wrong.count() == 1
        with one.page.expect_download() as download:
            one.page.locator("button[name=_workbook]").click()
        assert download.value.suggested_filename == "rejected.xlsx"
        wrong.fill("2028年12月")
        one.page.locator("#mending button[type=submit]").first.click()
        one.page.locator("#mending").wait_for(state="detached")


def test_what_fits_a_text_appears_as_it_is_written(browser: Browser, address: str) -> None:
    with visitor(browser, address, language="zh-TW") as one:
        one.open("/search")
        one.page.locator("#text").fill("高速主軸軸承 潤滑脂壽命")
        one.page.locator("#found ol.cards > li").first.wait_for()
        assert "wanted=result" in one.page.url
        one.page.locator("input[value=need]").check()
        one.page.locator("#found h2", has_text="契合的技術需求").wait_for()
        assert one.page.locator("#text").input_value() == "高速主軸軸承 潤滑脂壽命"


def test_a_need_half_written_is_there_again_and_is_posted_once(browser: Browser, lively: str) -> None:
    with visitor(browser, lively, language="en-GB") as one:
        one.sign_in("poster@example.com")
        one.open("/needs/new")
        one.page.locator("#title").fill("Quieter gearbox")
        one.page.locator("#problem").fill("It whines at 4,000 rpm.")
        one.open("/needs/new")
        assert one.page.locator("#problem").input_value() == "It whines at 4,000 rpm."
        one.page.get_by_role("button", name="One more indicator").click()
        one.page.wait_for_load_state()
        assert one.page.locator("#title").input_value() == "Quieter gearbox"
        one.send("Post it")
        one.page.locator("#matches").wait_for()
        assert one.page.locator("h1").inner_text() == "Quieter gearbox"
        one.open("/needs/new")
        assert one.page.locator("#title").input_value() == ""
