"""Challenges in a real browser: no barrier on any of their pages, and what comes once a page is there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from sqlmodel import select
from visiting import PHONE, visitor

from api.composition import Home
from matcher.entities import Challenge
from matcher.sessions import reading


def ids(home: Home) -> dict[str, str]:
    """Mechanism → the demonstration's challenge under it."""
    with reading(home.engine) as session:
        return {one.mechanism: one.id for one in session.exec(select(Challenge))}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_of_challenges_are_accessible_and_no_wider_than_a_phone(
    browser: Browser, address: str, demonstration: Home, dark: bool
) -> None:
    known = ids(demonstration)
    own = f"/challenges/{known['open_challenge']}"
    paths = ["/challenges", "/challenges/new", "/mechanisms", "/programmes", f"/challenges/{known['race']}"]
    paths += [own + rest for rest in ("", "/amend", "/moves/extend", "/invitations?words=大学", "/custodians", "/gate")]
    with visitor(browser, address, size=PHONE, dark=dark) as one:
        one.sign_in("company@example.com")
        for path in paths:
            assert one.open(path).status == 200, path
            assert one.violations() == []
            assert one.overflow() == 0, path


def test_how_many_labs_can_do_it_comes_once_the_page_is_there(
    browser: Browser, address: str, demonstration: Home
) -> None:
    with visitor(browser, address, language="en-GB") as one:
        one.sign_in("operator@example.com")
        one.open(f"/challenges/{ids(demonstration)['explorer']}/moves/publish")
        one.page.get_by_text("By their registered results").wait_for()
        assert one.page.get_by_text("It can be published.").count() == 1


def test_a_row_more_keeps_what_was_typed(browser: Browser, address: str, demonstration: Home) -> None:
    with visitor(browser, address, language="en-GB") as one:
        one.sign_in("company@example.com")
        one.open(f"/challenges/{ids(demonstration)['open_challenge']}/amend")
        one.page.get_by_label("Reason of the amendment").fill("写到一半")
        one.send("One more indicator")
        assert one.page.get_by_label("Reason of the amendment").input_value() == "写到一半"
        assert one.page.get_by_label("Name of the indicator").count() == 1
