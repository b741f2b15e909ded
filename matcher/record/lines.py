"""Events as they are checked: read from the database in batches, or from an evidence file."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Text, cast
from sqlalchemy import select as columns
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from matcher.entities import Event
from matcher.events import ERASED
from matcher.record import hashing

_AT_ONCE = 1000

_UNREADABLE = (TypeError, ValueError, RecursionError)
"""What is raised for rows that this program never wrote: SQLite lets any value stand in any column."""


class Unreadable(Exception):
    """The event of this number holds what no event can."""

    def __init__(self, id: object) -> None:
        super().__init__(f"event {id} cannot be read")
        self.id = id


class Line(BaseModel):
    """One event, times as the text that is hashed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    id: int
    at: str
    actor: str
    organisation_id: str | None
    action: str
    thing: str
    request_id: str
    detail: dict[str, Any]
    salt: str
    detail_hash: str
    erased_at: str | None
    previous_hash: str
    hash: str

    @property
    def body_hash(self) -> str:
        return hashing.body_hash(
            self.id,
            self.at,
            self.actor,
            self.organisation_id,
            self.action,
            self.thing,
            self.request_id,
            self.detail_hash,
        )

    @property
    def reason_hash(self) -> Any:
        """Of the words with which somebody decided, where the event holds them as a hash: an answer to who
        asked, or a reason."""
        return self.detail.get("answer_hash") or self.detail.get("reason_hash")

    def detail_fits(self) -> bool:
        """Whether the detail is what was recorded, or is erased without a rest."""
        if self.erased_at is not None:
            return not self.detail and not self.salt
        try:
            return hashing.detail_hash(self.detail, self.salt) == self.detail_hash
        except _UNREADABLE:
            return False


class Erasures:
    """Holds what events say was erased against what is. Takes every event, in order."""

    def __init__(self, among: Collection[int] | None = None) -> None:
        """`among`: the events at hand, where they are not all."""
        self.unexplained: dict[int, str] = {}
        """Erased events, and when, of which no event has said so yet."""
        self._among = among

    def take(self, line: Line) -> int | None:
        """The first event, if any, that this one says was erased just then and that was not."""
        if line.erased_at is not None:
            self.unexplained[line.id] = line.erased_at
        if line.action != ERASED:
            return None
        for id in line.detail.get("events", ()):
            if (self._among is None or id in self._among) and self.unexplained.pop(id, None) != line.at:
                return int(id)
        return None


_COLUMNS = [
    col(getattr(Event, name)) if name != "detail" else cast(col(Event.detail), Text).label("detail")
    for name in Line.model_fields
]


def stored(session: Session, *, first: int | None = None, where: ColumnElement[bool] | None = None) -> Iterator[Line]:
    """Every event from `first` on, or from the very first row, whatever its number; few in memory at once.

    With `where`, only those. Raises Unreadable.
    """
    start = None if first is None else col(Event.id) >= first
    size = _AT_ONCE
    while True:
        conditions = [condition for condition in (start, where) if condition is not None]
        query = columns(*_COLUMNS).where(*conditions).order_by(col(Event.id)).limit(size)
        try:
            rows = session.execute(query).all()
        except (*_UNREADABLE, OperationalError):
            if size == 1:
                raise Unreadable(session.execute(query.with_only_columns(col(Event.id))).scalar()) from None
            size = 1  # up to the one that it is
            continue
        for row in rows:
            yield _line(row)
        if len(rows) < size:
            return
        start = col(Event.id) > rows[-1].id


def _line(row: Any) -> Line:
    try:
        values = row._asdict() | {
            "at": hashing.moment(row.at),
            "erased_at": None if row.erased_at is None else hashing.moment(row.erased_at),
            "detail": json.loads(row.detail),
        }
        return Line.model_validate(values)
    except _UNREADABLE:
        raise Unreadable(row.id) from None
