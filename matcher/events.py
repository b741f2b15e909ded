"""The append-only, hash-chained record of who did what.

Each event carries the SHA-256 of the one before, so a line changed, removed or slipped in later
breaks the chain. Event ids are consecutive, and because the head row is locked until commit, a
smaller id is always committed first: whoever has seen event n can ask for "all after n".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as datafield
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, insert, select

from matcher.actors import Actor
from matcher.entities import Event, EventHead, now


@dataclass(frozen=True, slots=True)
class Entry:
    """An event about to be recorded."""

    action: str
    thing: str
    detail: dict[str, Any] = datafield(default_factory=dict)


def record(session: Session, actor: Actor, entry: Entry) -> int:
    """Appends one event and returns its id."""
    return record_all(session, actor, [entry])[0]


def record_all(session: Session, actor: Actor, entries: Sequence[Entry]) -> list[int]:
    """Appends events in order and returns their ids. Holds the head row until commit."""
    head = session.exec(select(EventHead).with_for_update().execution_options(populate_existing=True)).one()
    at = now()
    event_id, previous = head.event_id, head.hash
    rows: list[dict[str, Any]] = []
    for entry in entries:
        event_id += 1
        row = {
            "id": event_id,
            "at": at,
            "actor": actor.name,
            "organisation_id": actor.organisation_id,
            "action": entry.action,
            "thing": entry.thing,
            "detail": entry.detail,
            "previous_hash": previous,
        }
        previous = row["hash"] = chained_hash(row)
        rows.append(row)
    if rows:
        session.execute(insert(Event), rows)
        head.event_id, head.hash = event_id, previous
        session.add(head)
        session.flush()
    return [row["id"] for row in rows]


def head(session: Session) -> tuple[int, str]:
    """Id and hash of the last event; (0, "") before the first."""
    return session.exec(select(EventHead.event_id, EventHead.hash)).one()


def hash_of(session: Session, event_id: int) -> str | None:
    """The hash of an event, or None where there is none of that id."""
    if event_id == 0:
        return ""
    return session.exec(select(Event.hash).where(Event.id == event_id)).one_or_none()


def of_thing(session: Session, thing: str) -> list[Event]:
    """Everything recorded about one thing, oldest first."""
    return list(session.exec(select(Event).where(Event.thing == thing).order_by(col(Event.id))))


def chained_hash(event: dict[str, Any]) -> str:
    """SHA-256 over every column but the hash itself, in a fixed JSON form."""
    content = {key: value for key, value in event.items() if key != "hash"}
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()
    ).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    raise TypeError(f"an event's detail holds {type(value).__name__}: plain JSON values are expected")
