"""Searches that somebody keeps, to look again and again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator
from sqlalchemy import func
from sqlmodel import Session, col, select

from matcher import policy
from matcher.actors import Actor
from matcher.drafts import Draft
from matcher.entities import SavedSearch
from matcher.errors import Conflict, NotAllowed, NotFound
from matcher.policy import Action, Thing

MOST = 100
"""Searches that one person keeps."""


class SearchDraft(Draft):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    asked: dict[str, str | int | bool | None] = Field(max_length=30)
    """What is looked for, by the names of the search's own fields."""

    @field_validator("asked")
    @classmethod
    def _short(cls, asked: dict[str, Any]) -> dict[str, Any]:
        if any(len(str(part)) > 2000 for pair in asked.items() for part in pair):
            raise ValueError("at most 2000 characters are kept of each")
        return asked


def save(session: Session, actor: Actor, person_id: str, draft: SearchDraft, *, at: datetime) -> SavedSearch:
    """Raises Conflict for a name that they have given to another."""
    _require_own(actor, person_id)
    if session.exec(_of(person_id).where(SavedSearch.name == draft.name)).first() is not None:
        raise Conflict(f"You keep a search named {draft.name!r} already.")
    kept = select(func.count()).select_from(SavedSearch).where(SavedSearch.person_id == person_id)
    if session.exec(kept).one() >= MOST:
        raise NotAllowed(f"{MOST} searches are kept at most: remove one first.")
    made = SavedSearch(person_id=person_id, at=at, **draft.model_dump())
    session.add(made)
    session.flush()
    return made


def listed(session: Session, actor: Actor, person_id: str) -> list[SavedSearch]:
    """By name."""
    _require_own(actor, person_id)
    return list(session.exec(_of(person_id).order_by(col(SavedSearch.name))))


def remove(session: Session, actor: Actor, person_id: str, id: str) -> None:
    _require_own(actor, person_id)
    found = session.get(SavedSearch, id)
    if found is None or found.person_id != person_id:
        raise NotFound("saved search", id)
    session.delete(found)


def _require_own(actor: Actor, person_id: str) -> None:
    policy.require(actor, Action.SAVE_SEARCHES, Thing("person", person_id, person=person_id))


def _of(person_id: str) -> Any:
    return select(SavedSearch).where(SavedSearch.person_id == person_id)
