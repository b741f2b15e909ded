"""Invest-to-evaluate 以投代评: what investors put in for an answer decides.

A commitment is made while the round is open and may be withdrawn until it closes; what stands then is
firm. Other investors do not see it: each is to judge for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field
from sqlmodel import Session, col, select

from matcher import events, policy, states
from matcher.actors import Actor
from matcher.drafts import MOST_MONEY, Currency, Draft, Money, Text
from matcher.engine import challenge_moves
from matcher.engine.challenge_guards import IN_PLAY
from matcher.entities import Answer, Challenge, Commitment
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound
from matcher.grading import desks
from matcher.mechanisms import Decider
from matcher.policy import Action
from matcher.states import COMMITMENT_MOVES, CommitmentState

MOST = Decimal("999999999999.99")
"""Of one commitment: what ten thousand investors commit is an amount in all, and no refusal tells any of them how
much the others have."""


def _at_most(amount: Decimal) -> Decimal:
    if amount > MOST:
        raise ValueError(f"{MOST:,} is the most that is committed at once")
    return amount


class CommitmentDraft(Draft):
    amount: Annotated[Money, Field(gt=0), AfterValidator(_at_most)]
    currency: Currency = "CNY"
    conditions: Text = ""


def commit(session: Session, actor: Actor, answer_id: str, draft: CommitmentDraft, *, at: datetime) -> Commitment:
    """Promises money to an answer. Raises Conflict where the organisation has promised some already."""
    challenge, answer = desks.held_answer(session, actor, answer_id, Action.COMMIT_MONEY)
    if challenge_moves.mechanism_of(challenge).decider is not Decider.COMMITMENTS:
        raise NotAllowed("This challenge is not decided by commitments.")
    desks.require_grading(challenge, answer.round)
    if answer.state not in IN_PLAY:
        raise NotAllowed(f"This answer is {answer.state}: nothing is committed to it.")
    investor = actor.organisation_id
    if investor is None:
        raise Invalid("money is committed by an organisation: act for one", place="organisation")
    if investor not in challenge_moves.invited(session, challenge, invests=True):  # also for who may do anything
        raise Forbidden("Only who is invited to invest commits money.")
    if investor in desks.sides(session, [answer])[answer.id]:
        raise Forbidden("Nobody invests in an answer of their own here.")
    if draft.currency != challenge.currency:
        raise Invalid(f"the challenge reckons in {challenge.currency}", place="currency")
    standing = select(Commitment).where(
        Commitment.answer_id == answer.id,
        Commitment.organisation_id == investor,
        Commitment.state == CommitmentState.MADE,
    )
    if session.exec(standing).first() is not None:
        raise Conflict("Your organisation has committed to this answer: withdraw that to commit anew.")
    if _standing(session, answer.id) + draft.amount > MOST_MONEY:
        raise Invalid(f"with what is committed to it already it is more than {MOST_MONEY:,}", place="amount")
    made = Commitment(answer_id=answer.id, organisation_id=investor, actor=actor.name, at=at, **draft.model_dump())
    session.add(made)
    session.flush()
    desks.record(session, actor, challenge, "commitment.made", {"commitment": made.id, "answer": answer.id}, at=at)
    return made


def withdraw(session: Session, actor: Actor, commitment_id: str, *, at: datetime) -> Commitment:
    """Takes it back, while the round is open. For managers of the organisation that made it."""
    events.lock(session)
    commitment = session.get(Commitment, commitment_id, with_for_update=True, populate_existing=True)
    if commitment is None:
        raise NotFound("commitment", commitment_id)
    answer = session.get_one(Answer, commitment.answer_id)
    challenge = session.get_one(Challenge, answer.challenge_id, populate_existing=True)
    thing = challenge_moves.answer_thing(session, challenge, answer)
    own = actor.trusted or commitment.organisation_id == actor.organisation_id
    if policy.can(actor, Action.COMMIT_MONEY, thing).hidden or not own:
        raise NotFound("commitment", commitment_id)
    policy.require(actor, Action.COMMIT_MONEY, thing)
    desks.require_grading(challenge, answer.round)
    commitment.state = states.advance(commitment.state, "withdraw", COMMITMENT_MOVES)
    session.add(commitment)
    desks.record(session, actor, challenge, "commitment.withdrawn", {"commitment": commitment.id}, at=at)
    return commitment


def of_answer(session: Session, actor: Actor, answer_id: str) -> list[Commitment]:
    """All that were made, for the setter, the funder and operators; for others their own organisation's."""
    challenge, answer = desks.found_answer(session, actor, answer_id, Action.READ_ANSWER)
    query = select(Commitment).where(Commitment.answer_id == answer.id).order_by(col(Commitment.id))
    thing = challenge_moves.answer_thing(session, challenge, answer)
    if not policy.can(actor, Action.READ_COMMITMENTS, thing).allowed:
        query = query.where(Commitment.organisation_id == actor.organisation_id)
    return list(session.exec(query))


def _standing(session: Session, answer_id: str) -> Decimal:
    query = select(Commitment).where(Commitment.answer_id == answer_id, Commitment.state == CommitmentState.MADE)
    return sum((one.amount for one in session.exec(query)), Decimal(0))


def make_firm(session: Session, challenge: Challenge) -> Mapping[str, Decimal]:
    """As the round closes: what stands decides. Returns the sums by answer."""
    query = (
        select(Commitment)
        .join(Answer)
        .where(Answer.challenge_id == challenge.id, Commitment.state == CommitmentState.MADE)
    )
    sums: dict[str, Decimal] = {}
    for commitment in session.exec(query.order_by(col(Commitment.id))):
        commitment.state = states.advance(commitment.state, "confirm", COMMITMENT_MOVES)
        session.add(commitment)
        sums[commitment.answer_id] = sums.get(commitment.answer_id, Decimal()) + commitment.amount
    return sums
