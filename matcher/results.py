"""Results: post, edit, move, read."""

from __future__ import annotations

from sqlmodel import Session

from matcher import items, listing, organisations
from matcher.actors import Actor
from matcher.drafts import ResultDraft
from matcher.entities import Kind, Result
from matcher.listing import ListFilter, Page


def post_result(session: Session, actor: Actor, organisation_id: str, draft: ResultDraft) -> Result:
    """Raises NotFound for an unknown organisation, Conflict for a reference or title in use."""
    organisations.get(session, organisation_id)
    posting = items.Posting(draft, organisation_id)
    return get_result(session, actor, items.add(session, actor, Kind.RESULT, [posting])[0])


def get_result(session: Session, actor: Actor, id: str) -> Result:
    return items.load(session, Result, id)


def list_results(
    session: Session, actor: Actor, narrowed: ListFilter, *, after: str | None = None, limit: int = 50
) -> Page[Result]:
    return listing.page(session, Result, narrowed, after=after, limit=limit)


def edit_result(session: Session, actor: Actor, id: str, draft: ResultDraft, *, version: int | None = None) -> Result:
    """Raises StaleVersion when `version` is not the one stored."""
    result = get_result(session, actor, id)
    items.check_version(result, version)
    items.replace(session, actor, result, draft)
    return result


def move_result(
    session: Session, actor: Actor, id: str, move: str, *, reason: str = "", version: int | None = None
) -> Result:
    """Closes, withdraws or reopens (`states.ITEM_MOVES`). Raises NotAllowed."""
    result = get_result(session, actor, id)
    items.check_version(result, version)
    items.move(session, actor, result, move, reason)
    return result
