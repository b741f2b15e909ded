"""What has to be so before a challenge moves on, each guard of `mechanisms.Guard` as one question.

A guard answers None, or in one sentence why not yet.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from matcher.engine import challenge_gate
from matcher.entities import (
    Answer,
    Assignment,
    Award,
    Challenge,
    Contract,
    Custodian,
    Elimination,
    KeyShare,
    Objection,
    Offer,
    Round,
    Trial,
)
from matcher.errors import NotAllowed
from matcher.mechanisms import Decider, Guard, Mechanism
from matcher.states import AnswerState, AssignmentState, ContractState, ObjectionState, OfferState

Judge = Callable[[Session, Challenge, Mechanism, datetime], str | None]

IN_PLAY = (AnswerState.ADMITTED, AnswerState.SUPPLEMENTING)
"""States of answers that a round's grading is about."""
_ENDED = (ContractState.COMPLETED, ContractState.TERMINATED, ContractState.DROPPED)


def current_round(session: Session, challenge: Challenge) -> Round:
    """Raises NotAllowed for a challenge that has none yet."""
    query = select(Round).where(Round.challenge_id == challenge.id, Round.number == challenge.round)
    found = session.exec(query).one_or_none()
    if found is None:
        raise NotAllowed("It is not published yet.")
    return found


def places_taken(session: Session, challenge: Challenge) -> bool:
    """Whether as many offers were agreed on as the round lets through."""
    limit = current_round(session, challenge).goes_on
    agreed = select(func.count()).select_from(Offer).join(Answer)
    agreed = agreed.where(Answer.challenge_id == challenge.id, Offer.state == OfferState.AGREED)
    return limit is not None and session.exec(agreed).one() >= limit


def _complete(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    missing = [
        check.message for check in challenge_gate.of_challenge(challenge, mechanism, at=at).checks if check.blocks
    ]
    return f"It is not complete; missing: {'; '.join(missing)}." if missing else None


def deadline_ahead(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    deadline = current_round(session, challenge).deadline
    return None if at < deadline else f"The deadline was {deadline:%Y-%m-%d %H:%M:%S} UTC: what is asked for stands."


def _deadline_passed(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    """Or there is nothing to wait for: whoever answers still finds every place taken."""
    if mechanism.decider is Decider.NEGOTIATION and places_taken(session, challenge):
        return None
    deadline = current_round(session, challenge).deadline
    return None if at >= deadline else f"Answers may be handed in until {deadline:%Y-%m-%d %H:%M:%S} UTC."


def _key_released(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    if not mechanism.sealed:
        return None
    named = session.exec(select(Custodian.person_id).where(Custodian.challenge_id == challenge.id)).all()
    if not named and not mechanism.custodians:
        return None
    held = current_round(session, challenge)
    given = select(func.count()).select_from(KeyShare)
    given = given.where(col(KeyShare.round_id) == held.id, col(KeyShare.released).is_not(None))
    missing = 2 - session.exec(given).one()
    return None if missing <= 0 else f"Shares of its key still to be given: {missing}."


def _answers_there(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    query = select(Answer.id).where(
        Answer.challenge_id == challenge.id,
        Answer.round == challenge.round,
        col(Answer.state).in_((AnswerState.HANDED_IN, *IN_PLAY)),
    )
    return None if session.exec(query).first() else "No answer was handed in: end it without an award."


def _grades_in(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    tried = select(func.count()).select_from(Trial).join(Answer)
    tried = tried.where(Answer.challenge_id == challenge.id, Trial.round == challenge.round)
    running = session.exec(tried.where(col(Trial.verdict).is_(None), col(Trial.due) > at)).one()
    if running:
        return f"Trials neither reported nor due yet: {running}."
    if not mechanism.graders_each:
        return None
    answers = set(
        session.exec(
            select(Answer.id).where(
                Answer.challenge_id == challenge.id,
                Answer.round == challenge.round,
                col(Answer.state).in_(IN_PLAY),
            )
        )
    )
    query = select(Assignment.answer_id, Assignment.state).where(
        col(Assignment.answer_id).in_(answers), Assignment.round == challenge.round
    )
    found = [(answer, AssignmentState(state)) for answer, state in session.exec(query)]
    waiting = sum(state is AssignmentState.ASSIGNED for _, state in found)
    if waiting:
        return f"Grades still to be submitted: {waiting}."
    graded = {answer for answer, state in found if state is AssignmentState.SUBMITTED}
    return None if answers <= graded else f"Answers without a grade: {len(answers - graded)}. Draw graders for them."


def _agreed(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    query = select(Offer.id).join(Answer).where(Answer.challenge_id == challenge.id, Offer.state == OfferState.AGREED)
    return None if session.exec(query).first() else "No offer has been agreed on."


def _round_left(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    left = challenge.round < len(mechanism.rounds)
    return None if left else "This is the last round: make the determination."


def _last_round(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    left = len(mechanism.rounds) - challenge.round
    return None if left == 0 else f"Rounds still to come: {left}. Decide who goes on."


def _in_time_to_reverse(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    query = select(Elimination).where(
        Elimination.challenge_id == challenge.id,
        Elimination.round == challenge.round - 1,
        col(Elimination.reversed_at).is_(None),
    )
    last = session.exec(query).first()
    if last is None:
        return "There is no elimination to reverse."
    until = last.at + timedelta(days=mechanism.reverse_days)
    return None if at < until else f"It could be reversed until {until:%Y-%m-%d %H:%M:%S} UTC."


def _objections(session: Session, challenge: Challenge) -> list[ObjectionState]:
    query = select(Objection.state).where(
        Objection.challenge_id == challenge.id,
        Objection.round == challenge.round,
        col(Objection.raised_at) >= challenge.decided_at,
    )
    return [ObjectionState(state) for state in session.exec(query)]


def _objection_upheld(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    upheld = ObjectionState.UPHELD in _objections(session, challenge)
    return None if upheld else "No objection has been upheld."


def _objections_over(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    assert challenge.decided_at is not None
    until = challenge.decided_at + timedelta(days=mechanism.objection_days)
    if at < until:
        return f"Objections may be raised until {until:%Y-%m-%d %H:%M:%S} UTC."
    found = _objections(session, challenge)
    if ObjectionState.RAISED in found:
        return f"Objections still to be answered, by an operator: {found.count(ObjectionState.RAISED)}."
    return "An objection was upheld: decide again." if ObjectionState.UPHELD in found else None


def _contracts_ended(session: Session, challenge: Challenge, mechanism: Mechanism, at: datetime) -> str | None:
    query = select(Award.id, Contract.state).join(Contract, isouter=True).where(Award.challenge_id == challenge.id)
    running = sum(state not in _ENDED for _, state in session.exec(query))
    return None if running == 0 else f"Awards whose contract has not ended: {running}."


GUARDS: dict[Guard, Judge] = {
    Guard.COMPLETE: _complete,
    Guard.DEADLINE_AHEAD: deadline_ahead,
    Guard.DEADLINE_PASSED: _deadline_passed,
    Guard.KEY_RELEASED: _key_released,
    Guard.ANSWERS_THERE: _answers_there,
    Guard.GRADES_IN: _grades_in,
    Guard.AGREED: _agreed,
    Guard.ROUND_LEFT: _round_left,
    Guard.LAST_ROUND: _last_round,
    Guard.IN_TIME_TO_REVERSE: _in_time_to_reverse,
    Guard.OBJECTION_UPHELD: _objection_upheld,
    Guard.OBJECTIONS_OVER: _objections_over,
    Guard.CONTRACTS_ENDED: _contracts_ended,
}
