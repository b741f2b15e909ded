"""The append-only, hash-chained record of who did what.

Each event carries the SHA-256 of the one before, so a line changed, removed or slipped in later
breaks the chain (`matcher.record.verification` finds where). Event ids are consecutive, and because
the head row is locked until commit, a smaller id is always committed first: whoever has seen event
n can ask for "all after n".

Nothing here changes an event, and the database itself refuses to, but for one thing: its detail can
be erased. The chain holds on to the detail's hash, and an event of its own says what was erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as datafield
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, insert, select, update

from matcher.actors import Actor
from matcher.entities import Event, EventHead, now
from matcher.errors import Invalid, NotFound
from matcher.record import hashing

ERASED = "record.erased"
"""Its detail names the events whose details are gone, and why."""
RECHAINED = "record.rechained"
"""Written by a migration that hashed the events before it anew."""

_KEPT = (ERASED, RECHAINED)
"""Events that explain others: their own details stay."""

_AT_ONCE = 1000

_HEAD = select(EventHead.event_id, EventHead.hash)

_TABLE = Event.__table__  # type: ignore[attr-defined]  # a fifth quicker to insert into than the class


@dataclass(frozen=True, slots=True)
class Entry:
    """An event about to be recorded. The detail holds plain JSON values under keys that are strings."""

    action: str
    thing: str
    detail: dict[str, Any] = datafield(default_factory=dict)


def record(session: Session, actor: Actor, entry: Entry, *, at: datetime | None = None) -> int:
    """Appends one event and returns its id."""
    return record_all(session, actor, [entry], at=at)[0]


def record_all(session: Session, actor: Actor, entries: Sequence[Entry], *, at: datetime | None = None) -> list[int]:
    """Appends events in order and returns their ids. Holds the head row until commit."""
    head = lock(session)
    at = at or now()
    moment = hashing.moment(at)
    event_id, previous = head.event_id, head.hash
    rows: list[dict[str, Any]] = []
    for entry, salt in zip(entries, hashing.salts(len(entries)), strict=True):
        event_id += 1
        kept = hashing.detail_hash(entry.detail, salt)
        body = hashing.body_hash(
            event_id, moment, actor.name, actor.organisation_id, entry.action, entry.thing, actor.request_id, kept
        )
        row = {
            "id": event_id,
            "at": at,
            "actor": actor.name,
            "organisation_id": actor.organisation_id,
            "action": entry.action,
            "thing": entry.thing,
            "request_id": actor.request_id,
            "detail": entry.detail,
            "salt": salt,
            "detail_hash": kept,
            "previous_hash": previous,
        }
        previous = row["hash"] = hashing.link(previous, body)
        rows.append(row)
    if rows:
        session.execute(insert(_TABLE), rows)
        head.event_id, head.hash = event_id, previous
        session.add(head)
        session.flush()
    return [row["id"] for row in rows]


def erase(session: Session, actor: Actor, what: str | Sequence[int], reason: str) -> int:
    """Empties the details of one thing's events, or of the events of these ids; returns of how many.

    The events themselves stay, and one more says which details are gone and why: neither `reason`
    nor ids may hold what was to be erased. Whether the actor may do it is for the caller to ask.
    What is erased already stays so. Raises NotFound for an id that no event has, Invalid for one
    that explains other events.
    """
    lock(session)
    thing = what if isinstance(what, str) else "record"
    wanted = _erasable_of(session, what) if isinstance(what, str) else _erasable(session, what)
    at = now()
    for start in range(0, len(wanted), _AT_ONCE):
        ids = wanted[start : start + _AT_ONCE]
        emptied = update(Event).where(col(Event.id).in_(ids)).values(detail={}, salt="", erased_at=at)
        session.execute(emptied, execution_options={"synchronize_session": "fetch"})
        record(session, actor, Entry(ERASED, thing, {"events": ids, "reason": reason}), at=at)
    return len(wanted)


def _erasable_of(session: Session, thing: str) -> list[int]:
    query = select(Event.id).where(
        Event.thing == thing, col(Event.erased_at).is_(None), col(Event.action).not_in(_KEPT)
    )
    return list(session.exec(query.order_by(col(Event.id))))


def _erasable(session: Session, ids: Sequence[int]) -> list[int]:
    ids = sorted(set(ids))
    found: dict[int, tuple[str, datetime | None]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        query = select(Event.id, Event.action, Event.erased_at).where(col(Event.id).in_(some))
        found |= {id: (action, erased_at) for id, action, erased_at in session.exec(query)}
    for id in ids:
        if id not in found:
            raise NotFound("event", str(id))
        if found[id][0] in _KEPT:
            raise Invalid("explains other events and keeps its detail", place=f"event {id}")
    return [id for id in ids if found[id][1] is None]


def lock(session: Session) -> EventHead:
    """The head row, which nobody else can lock until commit."""
    return session.exec(select(EventHead).with_for_update().execution_options(populate_existing=True)).one()


def head(session: Session) -> tuple[int, str]:
    """Id and hash of the last event; (0, "") before the first."""
    return session.exec(_HEAD).one()


def hash_of(session: Session, event_id: int) -> str | None:
    """The hash of an event, or None where there is none of that id."""
    if event_id == 0:
        return ""
    return session.exec(select(Event.hash).where(Event.id == event_id)).one_or_none()


def of_thing(session: Session, thing: str) -> list[Event]:
    """Everything recorded about one thing, oldest first."""
    return list(session.exec(select(Event).where(Event.thing == thing).order_by(col(Event.id))))
