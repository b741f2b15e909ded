"""Stage payments of a race: what each answer that goes on from a round is paid, as the elimination said.

Paid once the elimination cannot be reversed any more: a reversal never has to fetch money back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from matcher import policy
from matcher.actors import Actor
from matcher.awards import ledger
from matcher.awards.ledger import ZERO, Purpose
from matcher.engine import challenge_moves
from matcher.entities import Answer, Challenge, Elimination, LedgerEntry, Round
from matcher.errors import Conflict, NotAllowed, NotFound
from matcher.mechanisms import Funding
from matcher.policy import Action


def pay(session: Session, actor: Actor, challenge_id: str, number: int, *, at: datetime) -> list[Answer]:
    """Commits and records the stage payments of one round, all of them together; returns who was paid.

    Raises Conflict where that was done already.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.READ_CHALLENGE)
    policy.require(actor, Action.EDIT_CHALLENGE, challenge_moves.thing(session, challenge))
    payments = _payments(session, challenge, number, at)
    query = select(Answer).where(col(Answer.id).in_(payments)).order_by(col(Answer.number))
    answers = list(session.exec(query.with_for_update()))
    for answer in answers:
        thing = challenge_moves.answer_thing(session, challenge, answer)
        policy.require(actor, Action.ACCEPT_DELIVERY, thing)
    if _is_recorded(session, challenge, number):
        raise Conflict(f"The stage payments of round {number} are recorded already.")
    whole = sum(payments.values(), ZERO)
    if challenge.budget is not None:
        left = challenge.budget - ledger.committed_in(session, challenge)
        if whole > left:
            raise NotAllowed(f"{whole:,} is more than the {left:,} left of the budget.")
    for answer in answers:
        purpose, payment = Purpose(answer.id, f"stage payment of round {number}", round=number), payments[answer.id]
        ledger.commit(session, actor, challenge, {challenge.organisation_id: payment}, purpose, at=at)
        ledger.pay(session, actor, challenge, payment, purpose, at=at)
    return answers


def owed(session: Session, challenge: Challenge) -> Decimal:
    """What eliminations said that answers are paid, and nobody has paid yet: it is no longer there to be awarded."""
    query = select(Elimination).where(Elimination.challenge_id == challenge.id, col(Elimination.reversed_at).is_(None))
    due = [one for one in session.exec(query) if not _is_recorded(session, challenge, one.round)]
    return sum((payment for one in due for payment in said(one).values()), ZERO)


def said(elimination: Elimination) -> Mapping[str, Decimal]:
    """Answer → what it is paid for going on."""
    outcome = elimination.rule["outcome"]
    return {one["answer"]: Decimal(one["payment"]) for one in outcome if one["payment"] is not None}


def _is_recorded(session: Session, challenge: Challenge, number: int) -> bool:
    query = select(LedgerEntry.id).where(LedgerEntry.challenge_id == challenge.id, LedgerEntry.round == number)
    return session.exec(query).first() is not None


def _payments(session: Session, challenge: Challenge, number: int, at: datetime) -> Mapping[str, Decimal]:
    mechanism = challenge_moves.mechanism_of(challenge)
    if mechanism.funding is not Funding.STAGED:
        raise NotAllowed(f"The mechanism {mechanism.name} pays nothing between rounds.")
    rounds = select(Round.id).where(Round.challenge_id == challenge.id, Round.number == number)
    if session.exec(rounds).first() is None:
        raise NotFound("round", str(number))
    query = select(Elimination).where(
        Elimination.challenge_id == challenge.id,
        Elimination.round == number,
        col(Elimination.reversed_at).is_(None),
    )
    elimination = session.exec(query).first()
    if elimination is None:
        raise NotAllowed(f"Nobody has gone on from round {number} yet.")
    until = elimination.at + timedelta(days=mechanism.reverse_days)
    if at < until:
        raise NotAllowed(f"The elimination can still be reversed until {until:%Y-%m-%d %H:%M:%S} UTC.")
    payments = said(elimination)
    if not any(payments.values()):
        raise NotAllowed(f"Round {number} has no stage payment.")
    return payments
