"""A real browser before a real server: what a visitor does, and what no page may do."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Response

from api.app import create_app
from api.composition import Home
from seed_data import people

AXE = Path(__file__).with_name("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP, PHONE = (1280, 900), (375, 800)


def program() -> str | None:
    """The browser that is at hand; JIEBANG_TEST_BROWSER names another."""
    named = os.environ.get("JIEBANG_TEST_BROWSER", "")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def listening(home: Home) -> Iterator[str]:
    """The address at which the home is served, ready."""
    settled = threading.Event()
    app = create_app(home.settings, home=home, settled=settled.set)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not server.started or not settled.is_set():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


@dataclass
class Visitor:
    """One person at one browser. Whatever a page does wrong behind their back is collected in `wrong`."""

    context: BrowserContext
    address: str
    page: Page
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> Response:
        answer = self.page.goto(self.address + path)
        assert answer is not None
        return answer

    def sign_in(self, email: str, password: str = people.PASSWORD) -> None:
        self.open("/sign-in")
        self.page.locator("#email").fill(email)
        self.page.locator("#password").fill(password)
        self.page.locator("main form button[type=submit]").click()
        self.page.wait_for_url(self.address + "/**")
        assert self.page.url.rstrip("/") == self.address, self.page.locator("main").inner_text()

    def send(self, words: str) -> None:
        """Presses the button with these words."""
        self.page.get_by_role("button", name=words, exact=True).click()
        self.page.wait_for_load_state()

    def violations(self) -> list[str]:
        """What axe-core finds, each with its rule and the first element."""
        self.page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
        found: Any = self.page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES)
        return [
            f"{self.page.url.removeprefix(self.address)} {one['id']}: {one['nodes'][0]['html'][:200]}"
            for one in found["violations"]
        ]

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@contextmanager
def visitor(
    browser: Browser,
    address: str,
    *,
    language: str = "zh-CN",
    size: tuple[int, int] = DESKTOP,
    dark: bool = False,
    scripts: bool = True,
    expected: Sequence[int] = (),
) -> Iterator[Visitor]:
    """A fresh browser profile. At the end no page may have written an error to the console, broken its
    content policy, asked another host for anything, or got an answer of 400 or more but for those `expected`."""
    width, height = size
    context = browser.new_context(
        locale=language,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(15_000)
    one = Visitor(context, address, context.new_page())
    _watch(one, address, expected)
    try:
        yield one
        assert one.wrong == []
    finally:
        context.close()


def _watch(one: Visitor, address: str, expected: Sequence[int]) -> None:
    page = one.page
    failed = tuple(f"status of {status}" for status in expected)

    def console(message: Any) -> None:
        if message.type == "error" and not any(status in message.text for status in failed):
            one.wrong.append(f"console on {page.url}: {message.text}")

    def answered(response: Response) -> None:
        if response.status >= 400 and response.status not in expected:
            one.wrong.append(f"{response.status} from {response.url}")

    def asked(request: Any) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            one.wrong.append(f"{page.url} asks {request.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: one.wrong.append(f"error on {page.url}: {error}"))
    page.on("response", answered)
    page.on("request", asked)
