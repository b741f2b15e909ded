"""Needs: post, edit, move, read."""

from __future__ import annotations

from sqlmodel import Session

from matcher import items, listing, organisations
from matcher.actors import Actor
from matcher.drafts import NeedDraft
from matcher.entities import Kind, Need, ProblemList
from matcher.errors import NotFound
from matcher.listing import ListFilter, Page


def post_need(
    session: Session,
    actor: Actor,
    organisation_id: str,
    draft: NeedDraft,
    *,
    problem_list_id: str | None = None,
) -> Need:
    """Raises NotFound for an unknown organisation or list, Conflict for a reference or title in use."""
    organisations.get(session, organisation_id)
    if problem_list_id is not None:
        problem_list = session.get(ProblemList, problem_list_id)
        if problem_list is None or problem_list.organisation_id != organisation_id:
            raise NotFound("problem list", problem_list_id)
    posting = items.Posting(draft, organisation_id, problem_list_id)
    return get_need(session, actor, items.add(session, actor, Kind.NEED, [posting])[0])


def get_need(session: Session, actor: Actor, id: str) -> Need:
    return items.load(session, Need, id)


def list_needs(
    session: Session, actor: Actor, narrowed: ListFilter, *, after: str | None = None, limit: int = 50
) -> Page[Need]:
    return listing.page(session, Need, narrowed, after=after, limit=limit)


def edit_need(session: Session, actor: Actor, id: str, draft: NeedDraft, *, version: int | None = None) -> Need:
    """Raises StaleVersion when `version` is not the one stored."""
    need = get_need(session, actor, id)
    items.check_version(need, version)
    items.replace(session, actor, need, draft)
    return need


def move_need(
    session: Session, actor: Actor, id: str, move: str, *, reason: str = "", version: int | None = None
) -> Need:
    """Closes, withdraws or reopens (`states.ITEM_MOVES`). Raises NotAllowed."""
    need = get_need(session, actor, id)
    items.check_version(need, version)
    items.move(session, actor, need, move, reason)
    return need
