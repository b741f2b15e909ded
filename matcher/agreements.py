"""Confidentiality agreements: the texts under which an organisation lets others in.

A text is never changed: what was accepted is what stands here. A new wording is a new agreement.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import StringConstraints
from sqlmodel import Session, col, select

from matcher import events, organisations, policy
from matcher.actors import Actor
from matcher.drafts import Draft, Title
from matcher.entities import Agreement
from matcher.errors import NotFound
from matcher.policy import Action, Thing


class AgreementDraft(Draft):
    title: Title
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200_000)]


def write(session: Session, actor: Actor, organisation_id: str, draft: AgreementDraft) -> Agreement:
    policy.require(actor, Action.WRITE_AGREEMENT, Thing("organisation", organisation_id, owner=organisation_id))
    organisations.get(session, organisation_id)
    agreement = Agreement(
        organisation_id=organisation_id, text_hash=hashlib.sha256(draft.text.encode()).hexdigest(), **draft.model_dump()
    )
    session.add(agreement)
    session.flush()
    detail = {"text_hash": agreement.text_hash}
    events.record(session, actor, events.Entry("agreement.written", f"agreement:{agreement.id}", detail))
    return agreement


def get(session: Session, actor: Actor, id: str) -> Agreement:
    """Raises NotFound. Whoever it was offered to reads it with the offer (`matcher.consents`)."""
    agreement = session.get(Agreement, id)
    if agreement is None:
        raise NotFound("agreement", id)
    policy.require(actor, Action.READ_AGREEMENT, Thing("agreement", id, owner=agreement.organisation_id))
    return agreement


def listed(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> list[Agreement]:
    """Those of the organisation acted for, the newest first, from behind the id `cursor`."""
    policy.require(actor, Action.LIST_CONSENTS)
    query = select(Agreement).order_by(col(Agreement.id).desc()).limit(limit)
    if not actor.trusted:
        query = query.where(Agreement.organisation_id == actor.organisation_id)
    if cursor:
        query = query.where(col(Agreement.id) < cursor)
    return list(session.exec(query))
