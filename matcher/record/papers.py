"""What evidence is made of: one matter's events, and the documents behind them by their hashes."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement

ADMITTED = "organisation.admitted"


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it stands in the database, by its hash. Events carry the hash as `recorded_as`."""

    what: str
    thing: str
    recorded_as: str
    algorithm: str
    hash: str


@dataclass(frozen=True, slots=True)
class Matter:
    thing: str
    events: ColumnElement[bool]
    papers: list[Paper] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    """The owner's words that the actor may read, by their SHA-256."""
