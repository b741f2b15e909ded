"""Posting results; the rest they have in common with needs (`matcher.items`, `matcher.listing`)."""

from __future__ import annotations

from sqlmodel import Session

from matcher import items, organisations, policy
from matcher.actors import Actor
from matcher.drafts import ResultDraft
from matcher.entities import Kind, Result
from matcher.policy import Action, Thing


def post_result(session: Session, actor: Actor, organisation_id: str, draft: ResultDraft) -> Result:
    """Raises NotFound for an unknown organisation, Conflict for a reference or title in use."""
    policy.require(actor, Action.POST_RESULT, Thing("organisation", organisation_id, owner=organisation_id))
    organisations.get(session, organisation_id)
    [id] = items.add(session, actor, Kind.RESULT, [items.Posting(draft, organisation_id)])
    return items.get(session, actor, Result, id)
