"""Posting needs; the rest they have in common with results (`matcher.items`, `matcher.listing`)."""

from __future__ import annotations

from sqlmodel import Session

from matcher import items, organisations, policy
from matcher.actors import Actor
from matcher.drafts import NeedDraft
from matcher.entities import Kind, Need, ProblemList
from matcher.errors import NotFound
from matcher.policy import Action, Thing


def post_need(
    session: Session,
    actor: Actor,
    organisation_id: str,
    draft: NeedDraft,
    *,
    problem_list_id: str | None = None,
) -> Need:
    """Raises NotFound for an unknown organisation or list, Conflict for a reference or title in use."""
    policy.require(actor, Action.POST_NEED, Thing("organisation", organisation_id, owner=organisation_id))
    organisations.get(session, organisation_id)
    if problem_list_id is not None:
        problem_list = session.get(ProblemList, problem_list_id)
        if problem_list is None or problem_list.organisation_id != organisation_id:
            raise NotFound("problem list", problem_list_id)
    posting = items.Posting(draft, organisation_id, problem_list_id)
    [id] = items.add(session, actor, Kind.NEED, [posting])
    return items.get(session, actor, Need, id)
