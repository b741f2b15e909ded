"""Database sessions, each one transaction, marked by whether it will write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

WRITES = "jiebang_writes"
"""Execution option of connections that will write. SQLite must take its write lock when such a
transaction begins: one that reads first and writes later fails when another wrote in between."""


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One consistent view of the database; nothing is saved."""
    if engine.dialect.name == "postgresql":  # which by default shows each statement what was committed before it
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction, committed at the end and rolled back on any exception."""
    with Session(engine.execution_options(**{WRITES: True})) as session, session.begin():
        yield session
