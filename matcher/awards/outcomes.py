"""How contracts and challenges end: with an outcome by code, also when it failed, and no money left open."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from matcher import states
from matcher.actors import Actor
from matcher.awards import cases, ledger
from matcher.awards.cases import Case
from matcher.awards.drafts import text_hash
from matcher.awards.ledger import Purpose
from matcher.engine import challenge_moves
from matcher.entities import Challenge, Contract, OutcomeCode
from matcher.errors import Invalid, NotAllowed
from matcher.policy import Action
from matcher.states import CONTRACT_MOVES, MILESTONE_MOVES, MilestoneState

_SETTLED = (MilestoneState.PAID, MilestoneState.CANCELLED)


def complete(
    session: Session, actor: Actor, contract_id: str, outcome: OutcomeCode, text: str = "", *, at: datetime
) -> Contract:
    """Carried out to its end, whether or not it achieved what was hoped for; every milestone is paid."""
    case, contract = cases.of_contract(session, actor, contract_id, Action.ACCEPT_DELIVERY)
    state = states.advance(contract.state, "complete", CONTRACT_MOVES)
    _require_reason(outcome, text)
    for milestone in cases.milestones_of(session, contract, hold=True):
        if milestone.state not in _SETTLED:
            raise NotAllowed(f"Milestone {milestone.number} is {milestone.state}: it is not paid yet.")
    contract.state = state
    _end(session, actor, case, contract, "complete", outcome, text, at)
    return contract


def terminate(
    session: Session, actor: Actor, contract_id: str, outcome: OutcomeCode, text: str, *, at: datetime
) -> Contract:
    """Broken off: what is not accepted is cancelled, and its money released. What is accepted is owed,
    and has to be paid first."""
    case, contract = cases.of_contract(session, actor, contract_id, Action.ACCEPT_DELIVERY)
    state = states.advance(contract.state, "terminate", CONTRACT_MOVES)
    if outcome is OutcomeCode.ACHIEVED:
        raise Invalid("what is broken off has not achieved everything", place="outcome")
    _require_reason(outcome, text)
    for milestone in cases.milestones_of(session, contract, hold=True):
        if milestone.state is MilestoneState.ACCEPTED:
            raise NotAllowed(f"Milestone {milestone.number} is accepted: record its payment first.")
        if milestone.state not in _SETTLED:
            milestone.state = states.advance(milestone.state, "cancel", MILESTONE_MOVES)
            session.add(milestone)
    contract.state = state
    _end(session, actor, case, contract, "terminate", outcome, text, at)
    return contract


def finish(session: Session, actor: Actor, challenge_id: str, *, at: datetime) -> Challenge:
    """Closes a challenge all of whose contracts have ended."""
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.MOVE_CHALLENGE, move="finish")
    challenge_moves.move(session, actor, challenge, "finish", at=at)
    return challenge


def _require_reason(outcome: OutcomeCode, text: str) -> None:
    if outcome is not OutcomeCode.ACHIEVED and not text:
        raise Invalid("say what was not achieved, and why", place="text")


def _end(
    session: Session,
    actor: Actor,
    case: Case,
    contract: Contract,
    move: str,
    outcome: OutcomeCode,
    text: str,
    at: datetime,
) -> None:
    contract.outcome, contract.outcome_text, contract.ended_at = outcome, text, at
    session.add(contract)
    told = {"contract": contract.id, "award": case.award.id, "outcome": str(outcome)}
    told |= {"reason_hash": text_hash(text)} if text else {}
    cases.record(session, actor, case.challenge, f"contract.{move}", told, at=at)
    ledger.release(session, actor, case.challenge, Purpose(case.answer.id, "contract ended"), at=at)
