"""Handing an answer in, and taking it back, until the round's deadline."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.engine import answer_moves, answer_needs, answer_texts, challenge_moves, sealed_keys
from matcher.engine.challenge_guards import current_round
from matcher.entities import Answer, AnswerText, Challenge
from matcher.errors import NotAllowed
from matcher.policy import Action


def hand_in(
    session: Session,
    secrets: Secrets,
    actor: Actor,
    id: str,
    *,
    versions: Collection[int] | None = None,
    at: datetime,
) -> Answer:
    """Hands in the version that stands, and seals it to the round's key where the mechanism seals.

    Raises NotAllowed from the deadline on, and for what is not complete, with all that is missing.
    """
    challenge, answer = answer_moves.hold(session, actor, id, Action.WRITE_ANSWER, versions=versions)
    answer_moves.require_in_round(challenge, answer)
    answer_moves.require_in_time(session, challenge, at)
    handed_in = answer_moves.after(answer, "hand_in")
    text = answer_texts.standing(session, answer)
    contents = answer_texts.read(secrets, text)
    lacking = answer_needs.missing(challenge, contents, answer_moves.partners_of(session, answer))
    if lacking:
        raise NotAllowed(f"Before it can be handed in it needs: {'; '.join(lacking)}.")
    if text.round != answer.round:
        text = answer_texts.write(session, secrets, answer, contents, at=at)
    _seal(session, secrets, challenge, answer, text)
    answer.state, answer.handed_in_at = handed_in, at
    told = {"number": text.number, "round": answer.round, "hash": text.hash}
    answer_moves.record(session, actor, answer, "answer.handed_in", at=at, told=told)
    return answer


def take_back(
    session: Session, actor: Actor, id: str, *, versions: Collection[int] | None = None, at: datetime
) -> Answer:
    """Makes it a draft again, which has to be handed in anew before the deadline.

    Raises NotAllowed where its authors' key is gone, as after a rehearsal that ran ahead of time: nobody could
    write it or hand it in any more.
    """
    challenge, answer = answer_moves.hold(session, actor, id, Action.WRITE_ANSWER, versions=versions)
    answer_moves.require_in_round(challenge, answer)
    answer_moves.require_in_time(session, challenge, at)
    answer_moves.require_not_agreed(session, answer)
    if answer_texts.standing(session, answer).own_key is None:
        raise NotAllowed("It is sealed for its authors too, and could not be handed in again: it stands.")
    answer_moves.move(answer, "take_back")
    for text in answer_texts.of_round(session, answer, answer.round):
        text.handed_in, text.round_key = False, None
        session.add(text)
    answer.handed_in_at = None
    answer_moves.record(session, actor, answer, "answer.taken_back", at=at)
    return answer


def _seal(session: Session, secrets: Secrets, challenge: Challenge, answer: Answer, handed_in: AnswerText) -> None:
    """Earlier drafts of the round are sealed with it, so that they come back to their authors at the opening."""
    sealed = challenge_moves.mechanism_of(challenge).sealed
    public = sealed_keys.public_key(session, current_round(session, challenge)) if sealed else None
    for text in answer_texts.of_round(session, answer, answer.round):
        text.handed_in = text.id == handed_in.id
        if public is not None:
            answer_texts.seal_key(secrets, text, public)
        session.add(text)
