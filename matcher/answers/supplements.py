"""More that is asked for 补充材料 of an answer that was opened: asked by the setter, due on a day, added
to what was handed in without changing it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints
from sqlmodel import Session, col, select

from matcher import policy
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.drafts import Draft, Moment
from matcher.engine import answer_moves, answer_texts, challenge_moves
from matcher.engine.answer_texts import Addition
from matcher.entities import Answer, Supplement
from matcher.errors import Invalid, NotAllowed
from matcher.policy import Action

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class Request(Draft):
    """What is asked for, and until when."""

    asked: Words
    due: Moment


def ask_more(session: Session, actor: Actor, id: str, request: Request, *, at: datetime) -> Supplement:
    """The setter asks for more. Raises NotAllowed where the answer is not being judged, Invalid for a day gone by."""
    answer = _held_by_setter(session, actor, id)
    if request.due <= at:
        raise Invalid("lies in the past", place="due")
    answer_moves.move(answer, "ask_more")
    asked = Supplement(
        answer_id=answer.id, round=answer.round, asked=request.asked, due=request.due, actor=actor.name, at=at
    )
    session.add(asked)
    told = {"supplement": asked.id, "due": request.due.isoformat()}
    answer_moves.record(session, actor, answer, "answer.supplement_asked", at=at, told=told)
    return asked


def hand_in(session: Session, secrets: Secrets, actor: Actor, id: str, words: str, *, at: datetime) -> Answer:
    """The authors give what was asked for; with it goes every file that they have added since.

    Raises NotAllowed once it was due.
    """
    challenge, answer = answer_moves.hold(session, actor, id, Action.WRITE_ANSWER)
    answer_moves.require_judged(challenge)
    given = answer_moves.after(answer, "supplement")
    asked = waiting(session, answer)
    if asked is not None and at >= asked.due:
        raise NotAllowed(f"This was due until {asked.due:%Y-%m-%d %H:%M:%S} UTC.")
    contents = answer_texts.read(secrets, answer_texts.standing(session, answer))
    contents.additions.append(Addition(asked=asked.asked if asked else "", text=words, at=at))
    text = answer_texts.write(session, secrets, answer, contents, at=at, handed_in=True)
    if asked is not None:
        asked.ended_at, asked.text_number = at, text.number
        session.add(asked)
    answer.state = given
    told = {"number": text.number, "round": answer.round, "hash": text.hash}
    answer_moves.record(session, actor, answer, "answer.supplemented", at=at, told=told)
    return answer


def go_without(session: Session, actor: Actor, id: str, *, reason: str, at: datetime) -> Answer:
    """The setter goes on judging without what was asked for; files added for it so far are not shown."""
    answer = _held_by_setter(session, actor, id)
    answer_moves.move(answer, "supplement")
    asked = waiting(session, answer)
    if asked is not None:
        asked.ended_at = at
        session.add(asked)
    answer_moves.record(session, actor, answer, "answer.supplement_waived", at=at, told={"reason": reason})
    return answer


def waiting(session: Session, answer: Answer) -> Supplement | None:
    """What is asked for and has not come."""
    query = select(Supplement).where(Supplement.answer_id == answer.id, col(Supplement.ended_at).is_(None))
    return session.exec(query.order_by(col(Supplement.id).desc())).first()


def of_answer(session: Session, actor: Actor, id: str) -> list[Supplement]:
    """All that was ever asked for, oldest first; for who may read the answer."""
    _, answer = answer_moves.find(session, actor, id)
    query = select(Supplement).where(Supplement.answer_id == answer.id).order_by(col(Supplement.id))
    return list(session.exec(query))


def _held_by_setter(session: Session, actor: Actor, id: str) -> Answer:
    challenge, answer = answer_moves.hold(session, actor, id, Action.READ_ANSWER)
    policy.require(actor, Action.EDIT_CHALLENGE, challenge_moves.thing(session, challenge))
    answer_moves.require_judged(challenge)
    return answer
