"""Closing a round's grading: nobody changes a grade any more, and who may, reads them."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlmodel import Session, col, select

from matcher.actors import Actor
from matcher.engine import challenge_moves
from matcher.entities import Answer, Assignment, Challenge
from matcher.errors import NotAllowed
from matcher.grading import commitments, conflicts
from matcher.grading.conflicts import Teams
from matcher.policy import Action
from matcher.states import AssignmentState


def close(session: Session, actor: Actor, challenge_id: str, *, teams: Teams | None = None, at: datetime) -> Challenge:
    """The move `rank`. The event binds all grades of the round by one hash; commitments become firm.

    Raises NotAllowed where a grade is by somebody who has come into a conflict since: it has to be
    recalled first.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.MOVE_CHALLENGE, move="rank")
    grades = _grades(session, challenge)
    _require_no_conflict(session, challenge, grades, teams)
    told: dict[str, object] = {"round": challenge.round, "grades": len(grades), "grades_hash": _hash(grades)}
    sums = commitments.make_firm(session, challenge)
    if sums:
        told["committed"] = {answer_id: f"{total:.2f}" for answer_id, total in sorted(sums.items())}
    challenge_moves.move(session, actor, challenge, "rank", at=at, told=told)
    return challenge


def _grades(session: Session, challenge: Challenge) -> list[Assignment]:
    query = (
        select(Assignment)
        .join(Answer)
        .where(
            Answer.challenge_id == challenge.id,
            Assignment.round == challenge.round,
            Assignment.state == AssignmentState.SUBMITTED,
        )
    )
    return list(session.exec(query.order_by(col(Assignment.id))))


def _require_no_conflict(session: Session, challenge: Challenge, grades: list[Assignment], teams: Teams | None) -> None:
    answers = list(session.exec(select(Answer).where(col(Answer.id).in_({one.answer_id for one in grades}))))
    barred = conflicts.between(session, challenge, answers, {one.person_id for one in grades}, teams)
    numbers = {answer.id: answer.number for answer in answers}
    found = sorted({numbers[one.answer_id] for one in grades if (one.answer_id, one.person_id) in barred})
    if found:
        named = ", ".join(map(str, found))
        raise NotAllowed(f"Grades of answers {named} are by somebody who has a conflict of interest now: recall them.")


def _hash(grades: list[Assignment]) -> str:
    said = [
        [one.id, one.answer_id, one.person_id, one.scores, one.indicators, one.remark, one.version] for one in grades
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
