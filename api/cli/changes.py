"""Changing the home from a command, at the moment of the database's clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from api.cli import options

if TYPE_CHECKING:
    from sqlmodel import Session

    from api.composition import Home


@dataclass(frozen=True)
class Change:
    """An open home, and one transaction in it."""

    home: Home
    session: Session
    at: datetime


@contextmanager
def changing() -> Iterator[Change]:
    """Committed at the end, rolled back on any exception."""
    from api.composition import open_home
    from api.timed import writing_now

    with open_home(options.settings()) as home, writing_now(home.engine) as (session, at):
        yield Change(home, session, at)


def amount(text: str, place: str) -> Decimal:
    """A sum of money, as 500000.00. Raises Invalid."""
    from pydantic import TypeAdapter, ValidationError

    from matcher.drafts import Money
    from matcher.errors import Invalid

    try:
        return TypeAdapter(Money).validate_python(text)
    except ValidationError:
        raise Invalid(f"an amount is expected, such as 500000.00, not {text!r}", place=place) from None


def moment(text: str, place: str) -> datetime:
    """A date and time with its zone, as 2027-03-31T17:00+08:00. Raises Invalid."""
    from matcher.errors import Invalid

    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        expected = "a moment with its time zone is expected, such as 2027-03-31T17:00+08:00"
        raise Invalid(f"{expected}, not {text!r}", place=place)
    return read
