"""Whose money an award is, and how much of it is there: the setter's, a public funder's, investors'."""

from __future__ import annotations

from decimal import Decimal

from sqlmodel import Session, select

from matcher.awards import ledger, stages
from matcher.awards.ledger import ZERO
from matcher.engine.challenge_drafts import public_part
from matcher.entities import Answer, Challenge, Commitment
from matcher.errors import NotAllowed
from matcher.mechanisms import Funding, Mechanism
from matcher.states import CommitmentState

Parts = dict[str, Decimal]
"""Party → what it puts in."""


def budget_left(session: Session, challenge: Challenge, mechanism: Mechanism) -> Decimal | None:
    """With the public part, less what is committed already and what is owed for rounds gone through; None where
    no budget was set."""
    if challenge.budget is None:
        return None
    whole = challenge.budget
    if mechanism.funding is Funding.MATCHED:
        whole += public_part(challenge.budget, mechanism.public_ratio)
    return max(whole - ledger.committed_in(session, challenge) - stages.owed(session, challenge), ZERO)


def borne(challenge: Challenge, mechanism: Mechanism, total: Decimal) -> Parts:
    """The setter's and, of matched funding, the public funder's part."""
    if mechanism.funding is not Funding.MATCHED:
        return {challenge.organisation_id: total}
    if challenge.funder_id is None:
        raise NotAllowed("No public funder is named, who pays a part of it.")
    public = public_part(total / (1 + Decimal(str(mechanism.public_ratio))), mechanism.public_ratio)
    own = {challenge.organisation_id: total - public}
    return own | {challenge.funder_id: public + own.get(challenge.funder_id, ZERO)}


def invested(session: Session, challenge: Challenge, answer: Answer) -> Parts:
    query = select(Commitment).where(Commitment.answer_id == answer.id, Commitment.state == CommitmentState.FIRM)
    parts: Parts = {}
    for one in session.exec(query):
        if one.currency != challenge.currency:
            raise NotAllowed(f"Answer {answer.number} has a commitment in {one.currency}, not {challenge.currency}.")
        parts[one.organisation_id] = parts.get(one.organisation_id, ZERO) + one.amount
    if not parts:
        raise NotAllowed(f"Answer {answer.number} is selected, and nobody has firmly committed money to it.")
    return parts
