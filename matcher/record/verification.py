"""Walks the chain of events and names the first link that does not hold.

Whoever may write to the database's files can also write a whole new chain: that is found only by
comparing with a head noted elsewhere (`docs/record.md`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session, col, select

from matcher.entities import EventHead
from matcher.record import hashing
from matcher.record.lines import Erasures, Line, Unreadable, stored


class Flaw(StrEnum):
    NUMBER = "number"
    """An event is missing, or one stands where none can."""
    PREVIOUS = "previous hash"
    """It does not carry the hash of the event before."""
    HASH = "hash"
    """Its columns are not those that were hashed."""
    DETAIL = "detail"
    """Its detail is not the one that was recorded, nor erased."""
    ERASURE = "erasure"
    """Erased without an event that says so, or the other way round."""
    HEAD = "head"
    """The record ends elsewhere than its head says."""
    NOTED = "noted hash"
    """This is not the history whose hash was noted."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first link that does not hold."""

    event_id: int
    flaw: Flaw
    explanation: str


@dataclass(frozen=True, slots=True)
class Head:
    event_id: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    events: int
    """How many were looked at: all, where none is broken."""
    erased: int
    """Of how many of them the detail is erased."""
    head: Head
    """The last event that holds."""
    broken: Broken | None = None

    @property
    def intact(self) -> bool:
        return self.broken is None


class Chain:
    """Takes events one after the other and says of each whether it continues the chain."""

    def __init__(self, last: Head) -> None:
        self.last = last

    def take(self, line: Line) -> Broken | None:
        expected = self.last.event_id + 1
        if line.id > expected:
            return Broken(expected, Flaw.NUMBER, f"event {expected} is missing; event {line.id} comes next")
        if line.id < expected:
            return Broken(line.id, Flaw.NUMBER, f"an event {line.id} stands before event {expected}")
        if line.previous_hash != self.last.hash:
            return Broken(line.id, Flaw.PREVIOUS, f"event {line.id} does not carry the hash of the one before")
        if line.hash != hashing.link(self.last.hash, line.body_hash):
            return Broken(line.id, Flaw.HASH, f"event {line.id} is not as it was recorded: its hash is another")
        if not line.detail_fits():
            return Broken(line.id, Flaw.DETAIL, f"the detail of event {line.id} is not the one that was recorded")
        self.last = Head(line.id, line.hash)
        return None


BEGINNING = Head(0, "")


def verify(session: Session, *, noted: Head | None = None) -> Verification:
    """Looks at every event in one consistent view, which `matcher.sessions.reading` gives.

    `noted` is a head that was written down elsewhere at some time: the record must still lead through it.
    """
    chain, erasures = Chain(BEGINNING), Erasures()
    events = erased = 0
    broken: Broken | None = None
    try:
        for line in stored(session):
            events += 1
            erased += line.erased_at is not None
            broken = chain.take(line) or _erasure(erasures, line) or _noted(chain.last, noted)
            if broken is not None:
                break
    except Unreadable as error:
        id = error.id if isinstance(error.id, int) else chain.last.event_id + 1
        broken = Broken(id, Flaw.HASH, f"event {error.id} holds what was never recorded")
    if broken is None:
        broken = _unexplained(erasures) or _end(session, chain.last, noted)
    return Verification(events, erased, chain.last, broken)


def _erasure(erasures: Erasures, line: Line) -> Broken | None:
    wrong = erasures.take(line)
    if wrong is None:
        return None
    return Broken(wrong, Flaw.ERASURE, f"event {line.id} says that event {wrong} was erased then, and it was not")


def _unexplained(erasures: Erasures) -> Broken | None:
    if not erasures.unexplained:
        return None
    first = min(erasures.unexplained)
    return Broken(first, Flaw.ERASURE, f"the detail of event {first} is erased, and no event says so")


def _noted(last: Head, noted: Head | None) -> Broken | None:
    if noted is None or last.event_id != noted.event_id or last.hash == noted.hash:
        return None
    return Broken(last.event_id, Flaw.NOTED, f"event {last.event_id} has another hash than the one noted")


def _end(session: Session, last: Head, noted: Head | None) -> Broken | None:
    heads = [Head(row.event_id, row.hash) for row in session.exec(select(EventHead).order_by(col(EventHead.id)))]
    if len(heads) != 1:
        return Broken(last.event_id, Flaw.HEAD, f"the record has {len(heads)} heads, not one")
    [head] = heads
    if head.event_id > last.event_id:
        missing = last.event_id + 1
        return Broken(missing, Flaw.NUMBER, f"event {missing} is missing: the head names event {head.event_id}")
    if head != last:
        return Broken(last.event_id, Flaw.HEAD, f"the head does not name event {last.event_id} with its hash")
    if noted is not None and noted.event_id > last.event_id:
        return Broken(last.event_id + 1, Flaw.NOTED, f"event {noted.event_id} was noted, and is not here (any more)")
    if noted is not None and noted.event_id < 1 and noted != BEGINNING:
        return Broken(0, Flaw.NOTED, f"no event can have been noted as {noted.event_id}")
    return None
