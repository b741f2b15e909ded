"""User evaluation 企业用户评价: named users try what an answer offers, measure, and say whether they would have it.

What they find is theirs alone until the round's grades close, as grades are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlmodel import Session, col, select

from matcher import events, policy
from matcher.actors import Actor
from matcher.drafts import Draft, Moment, Text
from matcher.engine import challenge_moves
from matcher.engine.challenge_guards import IN_PLAY
from matcher.entities import Answer, Challenge, Person, Trial, Verdict
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound
from matcher.grading import conflicts, desks, measuring
from matcher.grading.measuring import Measured
from matcher.policy import Action, Thing


class TrialDraft(Draft):
    person_id: Annotated[str, Field(max_length=36)]
    due: Moment | None = None
    """Until then the round waits for the report; left out: it does not wait."""


class ReportDraft(Draft):
    verdict: Verdict
    measured: list[Measured] = Field(default_factory=list, max_length=200)
    report: Text = ""


def name_user(session: Session, actor: Actor, answer_id: str, draft: TrialDraft, *, at: datetime) -> Trial:
    """Asks somebody to try what an answer offers. Raises Forbidden for its own people, Conflict for who is named."""
    challenge, answer = desks.held_answers_challenge(session, actor, answer_id, Action.EDIT_CHALLENGE)
    desks.require_grading(challenge, answer.round)
    if answer.state not in IN_PLAY:
        raise NotAllowed(f"This answer is {answer.state}: it is not tried out.")
    if session.get(Person, draft.person_id) is None:
        raise NotFound("person", draft.person_id)
    if draft.due is not None and draft.due <= at:
        raise Invalid("lies in the past", place="due")
    if conflicts.between(session, challenge, [answer], [draft.person_id]):
        raise Forbidden("This person has a conflict of interest with the answer.")
    named = select(Trial).where(
        Trial.answer_id == answer.id, Trial.round == answer.round, Trial.person_id == draft.person_id
    )
    if session.exec(named).first() is not None:
        raise Conflict("This person is named to try this answer already.")
    trial = Trial(answer_id=answer.id, round=answer.round, named_at=at, **draft.model_dump())
    session.add(trial)
    session.flush()
    desks.record(session, actor, challenge, "trial.named", {"trial": trial.id, "answer": answer.id}, at=at)
    return trial


def report(session: Session, actor: Actor, trial_id: str, draft: ReportDraft, *, at: datetime) -> Trial:
    """What the user found; said again, it stands in the place of what they said before."""
    events.lock(session)
    trial = session.get(Trial, trial_id, with_for_update=True, populate_existing=True)
    if trial is None:
        raise NotFound("trial", trial_id)
    policy.require(actor, Action.TRY_OUT, _thing(trial))
    answer = session.get_one(Answer, trial.answer_id)
    challenge = session.get_one(Challenge, answer.challenge_id, with_for_update=True, populate_existing=True)
    desks.require_grading(challenge, trial.round)
    if conflicts.between(session, challenge, [answer], [trial.person_id]):
        raise Forbidden("You have a conflict of interest with this answer.")
    trial.measured = measuring.compared(desks.content(challenge).indicators, draft.measured)
    trial.verdict, trial.report, trial.told_at = draft.verdict, draft.report, at
    session.add(trial)
    desks.record(session, actor, challenge, "trial.reported", {"trial": trial.id}, at=at)
    return trial


def own(session: Session, actor: Actor, person_id: str) -> list[tuple[Challenge, Answer, Trial]]:
    """The trials that one is named for, the newest first."""
    policy.require(actor, Action.TRY_OUT, Thing("person", person_id, person=person_id))
    query = (
        select(Challenge, Answer, Trial)
        .join(Answer, col(Answer.challenge_id) == col(Challenge.id))
        .join(Trial, col(Trial.answer_id) == col(Answer.id))
        .where(Trial.person_id == person_id)
        .order_by(col(Trial.id).desc())
    )
    return list(session.exec(query))


def read(session: Session, actor: Actor, trial_id: str) -> tuple[Challenge, Answer, Trial]:
    """One's own, with what it is about."""
    trial = session.get(Trial, trial_id)
    if trial is None:
        raise NotFound("trial", trial_id)
    policy.require(actor, Action.TRY_OUT, _thing(trial))
    answer = session.get_one(Answer, trial.answer_id)
    return session.get_one(Challenge, answer.challenge_id), answer, trial


def of_answer(session: Session, actor: Actor, answer_id: str) -> list[Trial]:
    """Who tried it and what they found, of the rounds whose grades are closed."""
    challenge, answer = desks.found_answer(session, actor, answer_id, Action.READ_GRADES)
    found = session.exec(select(Trial).where(Trial.answer_id == answer.id).order_by(col(Trial.id)))
    return [trial for trial in found if desks.is_closed(challenge, trial.round)]


def named(session: Session, actor: Actor, challenge_id: str) -> list[Trial]:
    """Who is to try which answer of the current round, for who names them: without what they found."""
    challenge = challenge_moves.find(session, actor, challenge_id, Action.EDIT_CHALLENGE)
    query = select(Trial).join(Answer).where(Answer.challenge_id == challenge.id, Trial.round == challenge.round)
    return list(session.exec(query.order_by(col(Trial.id))))


def _thing(trial: Trial) -> Thing:
    return Thing("trial", trial.id, person=trial.person_id)
