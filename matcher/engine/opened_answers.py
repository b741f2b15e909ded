"""What an answer says to others than its authors, once it is open to them."""

from __future__ import annotations

from sqlmodel import Session, col, select

from matcher.accounts.secrets import Secrets
from matcher.engine import answer_texts, challenge_moves
from matcher.engine.answer_texts import Contents
from matcher.entities import Answer, AnswerText, Challenge, Round
from matcher.states import SHUT


def versions(session: Session, challenge: Challenge, answer: Answer) -> list[AnswerText]:
    """Those that were handed in and opened, oldest first."""
    query = select(AnswerText).where(AnswerText.answer_id == answer.id, col(AnswerText.handed_in))
    texts = list(session.exec(query.order_by(col(AnswerText.number))))
    if not challenge_moves.mechanism_of(challenge).sealed:
        return texts
    rounds = select(Round.number).where(Round.challenge_id == challenge.id, col(Round.opened_at).is_not(None))
    opened = set(session.exec(rounds))
    return [text for text in texts if text.round in opened and not _is_shut(answer, text)]


def _is_shut(answer: Answer, text: AnswerText) -> bool:
    """Written for a round that the answer has not been opened in, whatever became of an earlier one."""
    return text.round >= answer.round and answer.state in SHUT


def contents(
    session: Session, secrets: Secrets, challenge: Challenge, answer: Answer, *, round: int | None = None
) -> Contents | None:
    """What it said last, in a round and those before it; None where nothing was opened."""
    found = [
        text
        for text in versions(session, challenge, answer)
        if text.own_key is not None and text.round <= (round or answer.round)
    ]
    return answer_texts.read(secrets, found[-1]) if found else None
