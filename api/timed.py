"""Writing at a moment of the database's clock: what deadlines are held against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events
from matcher.engine import clock
from matcher.sessions import writing


@contextmanager
def writing_now(engine: Engine) -> Iterator[tuple[Session, datetime]]:
    """One transaction that is next to record, and when its turn came: whoever waited is judged by that."""
    with writing(engine) as session:
        yield session, turn(session)


def turn(session: Session) -> datetime:
    """The moment, once nobody else can record before this transaction ends."""
    events.lock(session)
    return clock.of_database(session)
