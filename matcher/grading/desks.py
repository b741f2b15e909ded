"""What lies on graders' desks and around them: finding it, holding it to be changed, and recording that.

An assignment belongs to its grader, who may read nothing else of the challenge; so it is held by its own
id, and the challenge with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from matcher import events, policy, states
from matcher.actors import Actor
from matcher.engine import challenge_moves
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import Answer, Assignment, Challenge, ChallengeVersion, Partner
from matcher.errors import NotAllowed, NotFound
from matcher.policy import Action, Thing
from matcher.states import ASSIGNMENT_MOVES, AssignmentState, ChallengeState

STANDING = (AssignmentState.ASSIGNED, AssignmentState.SUBMITTED)
_UNDER_WAY = (ChallengeState.ANSWERING, ChallengeState.SEALED, ChallengeState.GRADING)


def content(challenge: Challenge) -> ChallengeDraft:
    """Its rubric and its indicators, among the rest."""
    return ChallengeDraft.model_validate(challenge.content)


def asked(session: Session, challenge: Challenge, at: datetime) -> ChallengeDraft:
    """The same as it was told at a moment: a later round may have been amended since."""
    told = (
        select(ChallengeVersion)
        .where(ChallengeVersion.challenge_id == challenge.id, col(ChallengeVersion.at) <= at)
        .order_by(col(ChallengeVersion.number).desc())
    )
    version = session.exec(told).first()
    return content(challenge) if version is None else ChallengeDraft.model_validate(version.content)


def is_closed(challenge: Challenge, round: int) -> bool:
    """Whether the grades of a round are closed: nobody changes them any more, and who may, reads them."""
    return round < challenge.round or (round == challenge.round and challenge.state not in _UNDER_WAY)


def require_closed(challenge: Challenge, round: int) -> None:
    """Raises NotAllowed."""
    if not is_closed(challenge, round):
        raise NotAllowed(f"What was found in round {round} is private until its grades are closed.")


def require_grading(challenge: Challenge, round: int) -> None:
    """Raises NotAllowed unless the round is the one being graded just now."""
    if challenge.state is not ChallengeState.GRADING or round != challenge.round:
        raise NotAllowed(f"Round {round} is not being graded now.")


# -- found and held -------------------------------------------------------------------------------


def found_answer(session: Session, actor: Actor, id: str, action: Action) -> tuple[Challenge, Answer]:
    """An answer that the actor may do this to, with its challenge."""
    answer = session.get(Answer, id)
    if answer is None:
        raise NotFound("answer", id)
    challenge = session.get_one(Challenge, answer.challenge_id)
    policy.require(actor, action, challenge_moves.answer_thing(session, challenge, answer))
    return challenge, answer


def held_answer(session: Session, actor: Actor, id: str, action: Action) -> tuple[Challenge, Answer]:
    """The same to be changed; until commit nobody else can."""
    events.lock(session)
    challenge, answer = _fresh(session, id, NotFound("answer", id))
    policy.require(actor, action, challenge_moves.answer_thing(session, challenge, answer))
    return challenge, answer


def held_answers_challenge(
    session: Session, actor: Actor, id: str, action: Action, *, move: str | None = None
) -> tuple[Challenge, Answer]:
    """An answer to be changed by who may do this to its challenge."""
    events.lock(session)
    challenge, answer = _fresh(session, id, NotFound("answer", id))
    policy.require(actor, action, challenge_moves.thing(session, challenge, move=move))
    return challenge, answer


def thing(assignment: Assignment) -> Thing:
    return Thing("assignment", assignment.id, person=assignment.person_id)


def found(session: Session, actor: Actor, id: str) -> Assignment:
    """One's own. Raises NotFound."""
    assignment = session.get(Assignment, id)
    if assignment is None:
        raise NotFound("assignment", id)
    policy.require(actor, Action.GRADE, thing(assignment))
    return assignment


def held(session: Session, actor: Actor, id: str) -> tuple[Challenge, Answer, Assignment]:
    """One's own to be changed, with the answer and its challenge."""
    events.lock(session)
    assignment = session.get(Assignment, id, with_for_update=True, populate_existing=True)
    if assignment is None:
        raise NotFound("assignment", id)
    policy.require(actor, Action.GRADE, thing(assignment))
    challenge, answer = _fresh(session, assignment.answer_id, NotFound("assignment", id))
    return challenge, answer, assignment


def _fresh(session: Session, answer_id: str, missing: NotFound) -> tuple[Challenge, Answer]:
    answer = session.get(Answer, answer_id, with_for_update=True, populate_existing=True)
    if answer is None:
        raise missing
    challenge = session.get_one(Challenge, answer.challenge_id, with_for_update=True, populate_existing=True)
    return challenge, answer


# -- sides ----------------------------------------------------------------------------------------


def sides(session: Session, answers: Collection[Answer]) -> dict[str, set[str]]:
    """Answer → the organisations that hand it in, partners included."""
    found = {answer.id: {answer.organisation_id} for answer in answers}
    query = select(Partner.answer_id, Partner.organisation_id).where(col(Partner.answer_id).in_(found))
    for answer_id, organisation_id in session.exec(query):
        found[answer_id].add(organisation_id)
    return found


def standing_with(
    session: Session, person_id: str, organisation_id: str | None, challenge_id: str | None
) -> list[tuple[Challenge, Assignment]]:
    """The person's standing assignments, in rounds being graded now, to answers that an organisation has part in;
    None: to whosever answers, and in every challenge."""
    query = (
        select(Challenge, Assignment)
        .join(Answer, col(Answer.id) == col(Assignment.answer_id))
        .join(Challenge, col(Challenge.id) == col(Answer.challenge_id))
        .where(
            Assignment.person_id == person_id,
            col(Assignment.state).in_(STANDING),
            Challenge.state == ChallengeState.GRADING,
            Assignment.round == Challenge.round,
        )
        .order_by(col(Assignment.id))
    )
    if organisation_id is not None:
        joined = select(Partner.answer_id).where(Partner.organisation_id == organisation_id)
        query = query.where(or_(Answer.organisation_id == organisation_id, col(Answer.id).in_(joined)))
    if challenge_id is not None:
        query = query.where(Challenge.id == challenge_id)
    return list(session.exec(query))


# -- changed --------------------------------------------------------------------------------------


def end(
    session: Session, actor: Actor, challenge: Challenge, assignment: Assignment, move: str, *, at: datetime
) -> None:
    """Takes an answer off a desk: `decline` by the grader, `recall` by who drew."""
    assignment.state = states.advance(assignment.state, move, ASSIGNMENT_MOVES)
    assignment.version += 1
    session.add(assignment)
    record(session, actor, challenge, f"assignment.{move}", {"assignment": assignment.id}, at=at)


def record(
    session: Session, actor: Actor, challenge: Challenge, action: str, told: Mapping[str, Any], *, at: datetime
) -> None:
    """In the history of the challenge. Its version stays: who prepares a decision need not read again for
    every grade that is saved beside them."""
    events.record(session, actor, events.Entry(action, f"challenge:{challenge.id}", dict(told)), at=at)
