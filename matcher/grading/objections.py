"""Objections to a determination: raised within the set time, answered by somebody else than who decided."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import StringConstraints
from sqlmodel import Session, col, select

from matcher import events, policy, states
from matcher.actors import Actor
from matcher.drafts import PRINTABLE
from matcher.engine import challenge_moves
from matcher.entities import Answer, Challenge, Determination, Event, Membership, Objection
from matcher.errors import Conflict, Forbidden, NotAllowed, NotFound
from matcher.grading import desks
from matcher.policy import Action
from matcher.states import OBJECTION_MOVES, ChallengeState, ObjectionState

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50_000), PRINTABLE]


def raise_(session: Session, actor: Actor, answer_id: str, text: str, *, at: datetime) -> Objection:
    """Objects to what was decided on one's own answer. Raises NotAllowed when it is too late."""
    challenge, answer = desks.held_answer(session, actor, answer_id, Action.RAISE_OBJECTION)
    if challenge.state is not ChallengeState.OBJECTING or challenge.decided_at is None:
        raise NotAllowed("There is no determination just now that could be objected to.")
    if answer.round != challenge.round:
        raise NotAllowed(f"This answer was not decided on now: it left in round {answer.round}.")
    until = challenge.decided_at + timedelta(days=challenge_moves.mechanism_of(challenge).objection_days)
    if at >= until:
        raise NotAllowed(f"Objections could be raised until {until:%Y-%m-%d %H:%M:%S} UTC.")
    standing = select(Objection).where(
        Objection.challenge_id == challenge.id,
        Objection.organisation_id == answer.organisation_id,
        Objection.state != ObjectionState.TAKEN_BACK,
        col(Objection.raised_at) >= challenge.decided_at,
    )
    if session.exec(standing).first() is not None:
        raise Conflict("Your organisation has objected to this determination already.")
    made = Objection(
        challenge_id=challenge.id,
        organisation_id=answer.organisation_id,
        round=challenge.round,
        text=text,
        raised_at=at,
    )
    session.add(made)
    session.flush()
    desks.record(session, actor, challenge, "objection.raised", {"objection": made.id}, at=at)
    return made


def take_back(session: Session, actor: Actor, objection_id: str, *, at: datetime) -> Objection:
    """For who raised it."""
    challenge, objection = _held(session, objection_id)
    _require_own(session, actor, challenge, objection, Action.RAISE_OBJECTION)
    return _moved(session, actor, challenge, objection, "take_back", at)


def answer(session: Session, actor: Actor, objection_id: str, *, upheld: bool, text: str, at: datetime) -> Objection:
    """Upholds or dismisses it, with reasons.

    Raises Forbidden to who has decided or told it, and to people of the setter, the funder and every consortium:
    a competitor gains by it as much as who objects.
    """
    challenge, objection = _held(session, objection_id)
    thing = challenge_moves.thing(session, challenge)
    if policy.can(actor, Action.ANSWER_OBJECTION, thing).hidden:
        raise NotFound("objection", objection_id)
    policy.require(actor, Action.ANSWER_OBJECTION, thing)
    _require_impartial(session, actor, challenge, objection)
    objection.answer, objection.answered_by, objection.answered_at = text, actor.name, at
    return _moved(session, actor, challenge, objection, "uphold" if upheld else "dismiss", at)


def _require_impartial(session: Session, actor: Actor, challenge: Challenge, objection: Objection) -> None:
    query = (
        select(Determination.actor)
        .join(Answer)
        .where(Answer.challenge_id == challenge.id, Determination.round == objection.round)
    )
    told = select(Event.actor).where(Event.thing == f"challenge:{challenge.id}", Event.action == "challenge.determine")
    if actor.name in {*session.exec(query), *session.exec(told)}:
        raise Forbidden("Who decided does not answer objections to it.")
    if actor.person_id is not None:
        answers = session.exec(select(Answer).where(Answer.challenge_id == challenge.id)).all()
        concerned = {challenge.organisation_id, challenge.funder_id}.union(*desks.sides(session, answers).values())
        belongs = select(Membership.organisation_id).where(
            Membership.person_id == actor.person_id, col(Membership.organisation_id).in_(concerned)
        )
        if session.exec(belongs).first() is not None:
            raise Forbidden("You belong to an organisation that the decision is about.")


def listed(session: Session, actor: Actor, challenge_id: str) -> list[Objection]:
    """All of them for the setter's people and operators, one's own for others; the oldest first."""
    challenge = challenge_moves.find(session, actor, challenge_id)
    query = select(Objection).where(Objection.challenge_id == challenge.id).order_by(col(Objection.id))
    thing = challenge_moves.thing(session, challenge)
    if not any(policy.can(actor, wanted, thing).allowed for wanted in (Action.EDIT_CHALLENGE, Action.ANSWER_OBJECTION)):
        query = query.where(Objection.organisation_id == actor.organisation_id)
    return list(session.exec(query))


def _held(session: Session, id: str) -> tuple[Challenge, Objection]:
    events.lock(session)
    objection = session.get(Objection, id, with_for_update=True, populate_existing=True)
    if objection is None:
        raise NotFound("objection", id)
    return session.get_one(Challenge, objection.challenge_id, populate_existing=True), objection


def _require_own(session: Session, actor: Actor, challenge: Challenge, objection: Objection, action: Action) -> None:
    query = select(Answer).where(
        Answer.challenge_id == challenge.id, Answer.organisation_id == objection.organisation_id
    )
    thing = challenge_moves.answer_thing(session, challenge, session.exec(query).one())
    if policy.can(actor, action, thing).hidden:
        raise NotFound("objection", objection.id)
    policy.require(actor, action, thing)


def _moved(
    session: Session, actor: Actor, challenge: Challenge, objection: Objection, move: str, at: datetime
) -> Objection:
    objection.state = states.advance(objection.state, move, OBJECTION_MOVES)
    session.add(objection)
    desks.record(session, actor, challenge, f"objection.{move}", {"objection": objection.id}, at=at)
    return objection
