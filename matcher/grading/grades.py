"""Grading an answer: saved as one goes, submitted, and the grader's alone until the round closes.

Events say that a grade was saved, never what it says: not even its hash, from which a score of two digits
could be guessed. When the round closes, one hash binds them all (`closing`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlmodel import Session, col, select

from matcher import policy, states
from matcher.actors import Actor
from matcher.drafts import Draft, Text
from matcher.engine.challenge_drafts import ChallengeDraft, Key
from matcher.entities import Answer, Assignment, Challenge
from matcher.errors import Forbidden, Invalid, NotAllowed, StaleVersion
from matcher.grading import conflicts, desks, measuring
from matcher.grading.conflicts import Teams
from matcher.grading.measuring import Judged
from matcher.policy import Action, Thing
from matcher.states import ASSIGNMENT_MOVES, AssignmentState


class Score(Draft):
    score: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    reason: Text = ""


class GradeDraft(Draft):
    """As far as the grader has come; what is insisted on is asked when it is submitted."""

    scores: dict[Key, Score] = Field(default_factory=dict, max_length=30)
    """By the rubric's criteria."""
    indicators: list[Judged] = Field(default_factory=list, max_length=100)
    remark: Text = ""


def save(
    session: Session,
    actor: Actor,
    assignment_id: str,
    draft: GradeDraft,
    *,
    versions: Collection[int] | None = None,
    teams: Teams | None = None,
    at: datetime,
) -> Assignment:
    """Puts this grade in the place of what was saved before."""
    challenge, answer, assignment = _held(session, actor, assignment_id, versions)
    if assignment.state is not AssignmentState.ASSIGNED:
        raise NotAllowed(f"This grade is {assignment.state}: reopen it to change it.")
    _require_no_conflict(session, challenge, answer, assignment, teams)
    asked = desks.content(challenge)
    unknown = draft.scores.keys() - {criterion.key for criterion in asked.rubric}
    if unknown:
        raise Invalid(f"the rubric has no criterion {min(unknown)!r}", place="scores")
    assignment.scores = {key: score.model_dump() for key, score in draft.scores.items()}
    assignment.indicators = measuring.judged(asked.indicators, draft.indicators)
    assignment.remark = draft.remark
    return _changed(session, actor, challenge, assignment, "grade.saved", at)


def submit(
    session: Session,
    actor: Actor,
    assignment_id: str,
    *,
    versions: Collection[int] | None = None,
    teams: Teams | None = None,
    at: datetime,
) -> Assignment:
    """Hands the grade in. Raises Invalid where a score, its reason, or a must-have indicator is missing."""
    challenge, answer, assignment = _held(session, actor, assignment_id, versions)
    state = states.advance(assignment.state, "submit", ASSIGNMENT_MOVES)
    _require_no_conflict(session, challenge, answer, assignment, teams)
    _require_whole(desks.content(challenge), assignment)
    assignment.state, assignment.submitted_at = state, at
    return _changed(session, actor, challenge, assignment, "grade.submitted", at)


def reopen(
    session: Session, actor: Actor, assignment_id: str, *, versions: Collection[int] | None = None, at: datetime
) -> Assignment:
    """Takes a submitted grade back to be changed, while the round is open."""
    challenge, _, assignment = _held(session, actor, assignment_id, versions)
    assignment.state = states.advance(assignment.state, "reopen", ASSIGNMENT_MOVES)
    assignment.submitted_at = None
    return _changed(session, actor, challenge, assignment, "grade.reopened", at)


def _held(
    session: Session, actor: Actor, id: str, versions: Collection[int] | None
) -> tuple[Challenge, Answer, Assignment]:
    challenge, answer, assignment = desks.held(session, actor, id)
    if versions is not None and assignment.version not in versions:
        raise StaleVersion("assignment", max(versions, default=0), assignment.version)
    desks.require_grading(challenge, assignment.round)
    return challenge, answer, assignment


def _require_no_conflict(
    session: Session, challenge: Challenge, answer: Answer, assignment: Assignment, teams: Teams | None
) -> None:
    """Also one that came up after the draw, such as a new place of work."""
    if conflicts.between(session, challenge, [answer], [assignment.person_id], teams):
        raise Forbidden("You have a conflict of interest with this answer: decline it.")


def _require_whole(asked: ChallengeDraft, assignment: Assignment) -> None:
    for criterion in asked.rubric:
        given = assignment.scores.get(criterion.key)
        if given is None:
            raise Invalid(f"no score for {criterion.name}", place=f"scores.{criterion.key}")
        if not given["reason"]:
            raise Invalid(f"no reason for the score of {criterion.name}", place=f"scores.{criterion.key}.reason")
    judged = {one["indicator"] for one in assignment.indicators}
    for place, indicator in enumerate(asked.indicators):
        if indicator.must and place not in judged:
            raise Invalid(f"the must-have indicator {indicator.name} is not judged", place=f"indicators.{place}")


def _changed(
    session: Session, actor: Actor, challenge: Challenge, assignment: Assignment, action: str, at: datetime
) -> Assignment:
    assignment.version += 1
    session.add(assignment)
    desks.record(session, actor, challenge, action, {"assignment": assignment.id}, at=at)
    return assignment


# -- read -----------------------------------------------------------------------------------------


def on_desk(session: Session, actor: Actor, person_id: str) -> list[tuple[Challenge, Answer, Assignment]]:
    """All that was put on one's own desk, the newest first."""
    policy.require(actor, Action.GRADE, Thing("person", person_id, person=person_id))
    query = (
        select(Challenge, Answer, Assignment)
        .join(Answer, col(Answer.challenge_id) == col(Challenge.id))
        .join(Assignment, col(Assignment.answer_id) == col(Answer.id))
        .where(Assignment.person_id == person_id)
        .order_by(col(Assignment.id).desc())
    )
    return list(session.exec(query))


def read(session: Session, actor: Actor, assignment_id: str) -> tuple[Challenge, Answer, Assignment]:
    """One's own, with what it is about."""
    assignment = desks.found(session, actor, assignment_id)
    answer = session.get_one(Answer, assignment.answer_id)
    return session.get_one(Challenge, answer.challenge_id), answer, assignment


def of_answer(session: Session, actor: Actor, answer_id: str) -> list[Assignment]:
    """The grades that were submitted for an answer, of the rounds whose grades are closed."""
    challenge, answer = desks.found_answer(session, actor, answer_id, Action.READ_GRADES)
    query = select(Assignment).where(Assignment.answer_id == answer.id, Assignment.state == AssignmentState.SUBMITTED)
    found = session.exec(query.order_by(col(Assignment.round), col(Assignment.id)))
    return [one for one in found if desks.is_closed(challenge, one.round)]
