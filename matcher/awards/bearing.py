"""Whose money an award is, and how much of it is there: the setter's, a public funder's, investors'."""

from __future__ import annotations

from decimal import Decimal

from sqlmodel import Session, select

from matcher.awards import ledger, stages
from matcher.awards.ledger import ZERO
from matcher.awards.shares import split
from matcher.engine import challenge_moves
from matcher.engine.challenge_drafts import public_part
from matcher.entities import Answer, Challenge, Commitment
from matcher.errors import NotAllowed
from matcher.mechanisms import Decider, Funding, Mechanism
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


def added(session: Session, challenge: Challenge, answer: Answer, amount: Decimal) -> Parts:
    """Whose it is to bear what a change adds to a contract, each within what it has given its word for.

    What was negotiated is the two sides' to agree on again: nobody competed under a budget. Raises NotAllowed
    where less is left, with what would make it possible.
    """
    mechanism = challenge_moves.mechanism_of(challenge)
    if mechanism.funding is Funding.INVESTORS:
        has = _not_needed_yet(session, challenge, answer)
        _require_left(amount, sum(has.values(), ZERO), "what investors have firmly committed")
        return split(amount, has)
    left = budget_left(session, challenge, mechanism)
    if mechanism.decider is not Decider.NEGOTIATION and left is not None:
        both = " of setter and funder together" if mechanism.funding is Funding.MATCHED else ""
        _require_left(amount, left, f"the budget{both}")
    return borne(challenge, mechanism, amount)


def _require_left(amount: Decimal, left: Decimal, of: str) -> None:
    if amount > left:
        raise NotAllowed(
            f"It adds {amount:,}, and {left:,} is left of {of}: take {amount - left:,} off its milestones, "
            "or agree on what goes beyond in a contract apart from this challenge."
        )


def _not_needed_yet(session: Session, challenge: Challenge, answer: Answer) -> Parts:
    """Investor → what it firmly committed to an answer, less what is open or paid."""
    needed = {
        one.party_id: one.open + one.paid
        for one in ledger.balances(session, challenge.id)
        if one.answer_id == answer.id and one.currency == challenge.currency
    }
    firm = invested(session, challenge, answer)
    return {party: max(whole - needed.get(party, ZERO), ZERO) for party, whole in firm.items()}


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
