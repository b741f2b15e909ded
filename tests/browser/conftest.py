"""The demonstration, served for a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from visiting import ARGUMENTS, listening, program
from words_encoder import WordsEncoder

from api.composition import Home, open_home
from api.settings import Settings
from matcher.actors import COMMAND_LINE
from seed_data import loading


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = program()
    if executable is None:
        pytest.skip("no browser is at hand: install Debian's chromium, or name one by JIEBANG_TEST_BROWSER")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield started
        started.close()


@contextmanager
def _demonstration(folder: Path) -> Iterator[Home]:
    settings = Settings(home=folder, attempt_rate="100000/second", _env_file=None)
    with open_home(settings, encoder=WordsEncoder()) as home:
        loading.fill(home.engine, COMMAND_LINE, accounts=True, secrets=home.secrets)
        yield home


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The demonstration set with its accounts and challenges, in a home for all tests that leave it as it is."""
    with _demonstration(tmp_path_factory.mktemp("demonstration")) as home:
        yield home


@pytest.fixture(scope="session")
def address(demonstration: Home) -> Iterator[str]:
    with listening(demonstration) as served:
        yield served


@pytest.fixture(scope="session")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of another such home, in which tests may change what they like."""
    with _demonstration(tmp_path_factory.mktemp("lively")) as home, listening(home) as served:
        yield served
