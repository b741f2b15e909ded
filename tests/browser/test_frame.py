"""What holds on every page: signing in and out, languages, errors, nothing typed is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from visiting import visitor


def test_somebody_signs_in_goes_on_to_where_they_wanted_and_signs_out(browser: Browser, address: str) -> None:
    with visitor(browser, address, language="en-GB") as one:
        one.sign_in("company@example.com")
        assert one.page.get_by_role("link", name="Notices").count() == 1
        one.page.locator("header summary").click()
        one.send("Sign out")
        assert one.page.get_by_role("link", name="Sign in").count() == 1


def test_the_language_that_is_chosen_stays(browser: Browser, address: str) -> None:
    with visitor(browser, address, language="en-GB") as one:
        one.open("/")
        assert one.page.locator("html").get_attribute("lang") == "en"
        one.send("繁體中文")
        assert one.page.locator("html").get_attribute("lang") == "zh-Hant"
        one.open("/sign-in")
        assert one.page.locator("h1").inner_text() == "登入"


def test_a_wrong_password_is_told_and_the_address_stays(browser: Browser, address: str) -> None:
    with visitor(browser, address, language="en-GB", expected=[401]) as one:
        one.open("/sign-in")
        one.page.locator("#email").fill("company@example.com")
        one.page.locator("#password").fill("not this one")
        one.page.locator("main form button[type=submit]").click()
        assert one.page.get_by_role("alert").inner_text() == "This e-mail address and password do not go together."
        assert one.page.locator("#email").input_value() == "company@example.com"


def test_what_is_nowhere_has_a_way_on(browser: Browser, address: str) -> None:
    with visitor(browser, address, language="zh-CN", expected=[404]) as one:
        one.open("/nowhere")
        assert one.page.locator("h1").inner_text() == "这里没有内容"
        one.page.get_by_role("link", name="回到首页").click()
        assert one.page.url == f"{address}/"


PUBLIC = ["/", "/sign-in"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_public_pages_are_accessible_and_no_wider_than_a_phone(browser: Browser, address: str, dark: bool) -> None:
    with visitor(browser, address, size=(375, 800), dark=dark) as one:
        for path in PUBLIC:
            one.open(path)
            assert one.violations() == []
            assert one.overflow() == 0, path
