"""Closing a round at its deadline, and opening what was handed in to it.

Closing takes away the authors' own keys: from then on only the round's key opens the answers, which
is the installation's or, with custodians, nobody's until two have given their share.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from nacl.public import PrivateKey
from sqlmodel import Session, col, select

from matcher import events
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.engine import answer_moves, answer_texts, challenge_moves, sealed_keys
from matcher.engine.answer_texts import Damaged
from matcher.engine.challenge_guards import current_round
from matcher.entities import Answer, Challenge, Event, Round
from matcher.errors import Conflict
from matcher.policy import Action
from matcher.states import AnswerState, ChallengeState


def close(session: Session, actor: Actor, challenge_id: str, *, reason: str = "", at: datetime) -> Challenge:
    """Ends a round whose deadline has passed: drafts lapse, what was handed in is sealed for everybody.

    Where the mechanism seals nothing, it is admitted at once. A negotiation that has taken every place is
    closed before: whoever still counted on the deadline is told.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.MOVE_CHALLENGE, move="close")
    drafts = challenge_moves.answers_in(session, challenge, AnswerState.DRAFT)
    handed_in = challenge_moves.answers_in(session, challenge, AnswerState.HANDED_IN)
    told = {"handed_in": len(handed_in), "lapsed": len(drafts)}
    deadline = current_round(session, challenge).deadline
    challenge_moves.move(session, actor, challenge, "close", at=at, reason=reason, told=told)
    if at < deadline:
        waived = {"deadline": deadline.isoformat()}
        challenge_moves.touch(session, actor, challenge, "challenge.closed_early", at=at, told=waived)
    for answer in drafts:
        answer_moves.move(answer, "lapse")
        answer_moves.record(session, actor, answer, "answer.lapsed", at=at)
    if challenge_moves.mechanism_of(challenge).sealed:
        for answer in handed_in:
            _forget_keys(session, answer)
    else:
        for answer in handed_in:
            answer_moves.move(answer, "admit")
            answer_moves.record(session, actor, answer, "answer.admitted", at=at)
    return challenge


def forget_due_keys(session: Session, *, at: datetime) -> int:
    """Takes away the authors' keys of what was handed in to rounds whose deadline has passed, whether or
    not somebody has closed them yet; returns of how many answers. No move: the state stays."""
    events.lock(session)
    query = (
        select(Answer, Challenge)
        .join(Challenge, col(Answer.challenge_id) == Challenge.id)
        .join(Round, (col(Round.challenge_id) == Challenge.id) & (col(Round.number) == Challenge.round))
        .where(
            Answer.state == AnswerState.HANDED_IN,
            Answer.round == Challenge.round,
            Challenge.state == ChallengeState.ANSWERING,
            Round.deadline <= at,
        )
    )
    due = [answer for answer, challenge in session.exec(query) if challenge_moves.mechanism_of(challenge).sealed]
    return sum(_forget_keys(session, answer) for answer in due)


def open_round(
    session: Session, secrets: Secrets, actor: Actor, challenge_id: str, *, set_aside: str = "", at: datetime
) -> Challenge:
    """Opens what was handed in to a closed round, as one act that the record tells with every hash.

    Raises Conflict where an answer is not what was handed in, naming each. With a reason in
    `set_aside` the others are opened all the same, and that one is out.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.MOVE_CHALLENGE, move="open")
    handed_in = challenge_moves.answers_in(session, challenge, AnswerState.HANDED_IN)
    recorded = _recorded_hashes(session, challenge)
    hashes = {str(answer.number): recorded.get(answer.id, "") for answer in handed_in}
    challenge_moves.move(
        session, actor, challenge, "open", at=at, reason=set_aside, told={"round": challenge.round, "hashes": hashes}
    )
    held = current_round(session, challenge)
    private = sealed_keys.private_key(session, secrets, held)
    damaged: dict[int, str] = {}
    for answer in handed_in:
        try:
            _open(session, secrets, answer, private, hashes[str(answer.number)])
        except Damaged as error:
            damaged[answer.number] = error.why
            answer_moves.move(answer, "set_aside")
            answer_moves.record(session, actor, answer, "answer.set_aside", at=at, told={"why": error.why})
        else:
            answer_moves.move(answer, "admit")
            answer_moves.record(session, actor, answer, "answer.admitted", at=at)
    if damaged and not set_aside:
        told = "; ".join(f"answer {number}: {why}" for number, why in damaged.items())
        raise Conflict(f"Not all is as it was handed in: {told}. Say why to set that aside, and open the others.")
    held.opened_at = at
    session.add(held)
    return challenge


def _open(session: Session, secrets: Secrets, answer: Answer, private: PrivateKey, recorded: str) -> None:
    """Gives the authors and who may read the keys of what was handed in, and the authors those of its drafts."""
    text = answer_texts.handed_in(session, answer, answer.round)
    if text is None:
        raise Damaged("its text is gone")
    if text.hash != recorded:
        raise Damaged("its text is not the one that the record names")
    key = answer_texts.opened_key(text, private)
    answer_texts.check_files(session, answer_texts.contents_of(text, key))
    answer_texts.keep_key(secrets, text, key)
    session.add(text)
    for draft in answer_texts.of_round(session, answer, answer.round):
        if draft.id != text.id and draft.round_key is not None:
            with suppress(Damaged):  # it was never handed in: nobody's answer hangs on it
                answer_texts.keep_key(secrets, draft, answer_texts.opened_key(draft, private))
                session.add(draft)


def _forget_keys(session: Session, answer: Answer) -> bool:
    texts = [text for text in answer_texts.of_round(session, answer, answer.round) if text.own_key is not None]
    for text in texts:
        text.own_key = None
        session.add(text)
    return bool(texts)


def _recorded_hashes(session: Session, challenge: Challenge) -> dict[str, str]:
    """Answer → the hash of the version that it handed in last, as the record has it."""
    query = select(Event.detail).where(Event.thing == f"challenge:{challenge.id}", Event.action == "answer.handed_in")
    return {
        detail["answer"]: detail["hash"] for detail in session.exec(query.order_by(col(Event.id))) if "hash" in detail
    }
