"""Small real parts that many tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import Postgres, postgres_engine, running_postgres, sqlite_engine
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine
from words_encoder import WordsEncoder

from matcher.accounts import passwords


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "on_both: what takes `engine` runs on SQLite and on PostgreSQL")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames and metafunc.definition.get_closest_marker("on_both"):
        metafunc.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def encoder() -> WordsEncoder:
    return WordsEncoder()


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 at its cheapest: at full price every sign-in of a test would take a tenth of a second."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    monkeypatch.setattr(passwords, "HASHES", cheap)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as running:
        yield running


@pytest.fixture
def postgresql_url(postgres: Postgres) -> Iterator[str]:
    """An empty PostgreSQL database of the newest form, of this test alone."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of the newest form: SQLite, or PostgreSQL too (`databases.ON_BOTH`)."""
    if getattr(request, "param", "sqlite") == "sqlite":
        with sqlite_engine(tmp_path) as made:
            yield made
    else:
        with postgres_engine(request.getfixturevalue("postgresql_url")) as made:
            yield made
