"""Questions about a challenge: asked in private, answered to everybody at the same time.

Who asks is told to nobody. So the record of asking is the question's own, not the challenge's, which
its setter may take out as a dossier.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, or_, select

from matcher import events
from matcher.actors import Actor
from matcher.engine import challenge_moves
from matcher.entities import Challenge, Question
from matcher.errors import Conflict, Invalid, NotAllowed, NotFound
from matcher.policy import Action
from matcher.policy_who import desk, of_owner
from matcher.states import ChallengeState


def ask(session: Session, actor: Actor, id: str, text: str, *, at: datetime) -> Question:
    """Asks the setter, within the time for questions (else until the deadline)."""
    challenge = challenge_moves.hold(session, actor, id, Action.ASK_QUESTION)
    if actor.organisation_id is None:
        raise Invalid("questions are asked for an organisation: act for one", place="organisation")
    until = questions_until(challenge)
    if challenge.state is not ChallengeState.ANSWERING or until is None:
        raise NotAllowed("Questions are taken while answers are.")
    if at >= until:
        raise NotAllowed(f"Questions were taken until {until:%Y-%m-%d %H:%M:%S} UTC.")
    question = Question(challenge_id=challenge.id, organisation_id=actor.organisation_id, text=text, asked_at=at)
    session.add(question)
    session.flush()
    told = {"challenge": challenge.id, "text_hash": hashlib.sha256(text.encode()).hexdigest()}
    events.record(session, actor, events.Entry("question.asked", f"question:{question.id}", told), at=at)
    return question


def answer(session: Session, actor: Actor, id: str, replies: Mapping[str, str], *, at: datetime) -> list[Question]:
    """Answers questions, by id, to everybody who may read the challenge.

    Raises NotFound for another challenge's question, and Conflict for one that is answered: what was
    told to all is changed by an amendment.
    """
    challenge = challenge_moves.hold(session, actor, id, Action.EDIT_CHALLENGE)
    if challenge.state is not ChallengeState.ANSWERING:
        raise NotAllowed("Questions are answered while answers may be handed in.")
    if not replies:
        raise Invalid("at least one answer is expected", place="replies")
    answered: list[Question] = []
    for question_id, text in replies.items():
        question = session.get(Question, question_id)
        if question is None or question.challenge_id != challenge.id:
            raise NotFound("question", question_id)
        if question.answered_at is not None:
            raise Conflict(f"The question {question_id} is answered.")
        question.answer, question.answered_at = text, at
        session.add(question)
        answered.append(question)
    told = {"questions": [question.id for question in answered]}
    challenge_moves.touch(session, actor, challenge, "challenge.questions_answered", at=at, told=told)
    return answered


def listed(session: Session, actor: Actor, id: str) -> list[Question]:
    """The answered ones for every reader; those that wait for the setter, the desk, and who asked them."""
    challenge = challenge_moves.find(session, actor, id)
    query = select(Question).where(Question.challenge_id == challenge.id).order_by(col(Question.id))
    thing = challenge_moves.thing(session, challenge)
    if not (actor.trusted or of_owner(actor, thing) or desk(actor, thing)):
        own = col(Question.organisation_id) == actor.organisation_id
        query = query.where(or_(col(Question.answered_at).is_not(None), own))
    return list(session.exec(query))


def questions_until(challenge: Challenge) -> datetime | None:
    """When the time for questions ends; None while it is not published."""
    said = challenge.content.get("questions_until")
    return datetime.fromisoformat(said) if said and challenge.round == 1 else challenge.deadline
