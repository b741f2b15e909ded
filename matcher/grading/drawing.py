"""Drawing graders: each answer of the round on as many desks as it needs, or the reason why that cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import numpy as np
from pydantic import Field
from sqlmodel import Session, col, select

from matcher import events, policy
from matcher.actors import Actor
from matcher.drafts import Draft, Text
from matcher.engine import challenge_moves
from matcher.engine.challenge_drafts import Share
from matcher.engine.challenge_guards import IN_PLAY
from matcher.entities import Answer, Assignment, Challenge, ConflictKind
from matcher.errors import Invalid, NotAllowed, NotFound
from matcher.grading import assignment as assigning
from matcher.grading import conflicts, desks, pool
from matcher.grading.assignment import Infeasible, Problem, Rule, Shortfall
from matcher.grading.conflicts import Teams
from matcher.grading.pool import Grader, Similarity
from matcher.mechanisms import Mechanism
from matcher.policy import Action

Few = Annotated[int, Field(ge=1, le=20)]
Id = Annotated[str, Field(max_length=36)]


class DrawDraft(Draft):
    """How graders are drawn; what is left out is as the mechanism has it."""

    each: Few | None = None
    """Graders for each answer."""
    fewer: dict[Annotated[int, Field(ge=1)], Few] = Field(default_factory=dict, max_length=1000)
    """Answer's number → graders, for answers that do with another number."""
    most: Annotated[int, Field(ge=1, le=1000)] = 20
    """Answers of this challenge on one desk at most."""
    industry_share: Share | None = None
    """The part of each answer's graders that has to come from industry."""
    person_ids: Annotated[list[Id], Field(min_length=1, max_length=1000)] | None = None
    """Only these graders."""
    reason: Text = ""
    """Why an answer gets fewer graders, or fewer from industry, than the mechanism says."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that cannot be kept, and the cheapest way out."""

    rule: Rule
    message: str
    answer: int | None = None
    """Its number."""
    person_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Impossible:
    reasons: tuple[Reason, ...]


def draw(
    session: Session,
    actor: Actor,
    challenge_id: str,
    draft: DrawDraft,
    *,
    at: datetime,
    similarity: Similarity | None = None,
    teams: Teams | None = None,
) -> list[Assignment] | Impossible:
    """Fills up the desks: answers that have graders already get only what they lack.

    A grader who declined an answer, or from whom it was recalled, does not get it again. Where the rules
    cannot be kept nothing is drawn.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.DRAW_GRADERS)
    desks.require_grading(challenge, challenge.round)
    case = _case(session, challenge, draft, similarity, teams)
    found = assigning.assign(case.problem)
    if isinstance(found, Infeasible):
        return Impossible(tuple(_reasons(case, found.shortfalls)))
    drawn = [
        Assignment(
            answer_id=case.answers[answer].id,
            round=challenge.round,
            person_id=case.graders[grader].person_id,
            assigned_at=at,
        )
        for answer, grader in found.pairs
    ]
    session.add_all(drawn)
    session.flush()
    if drawn:
        told = {
            "round": challenge.round,
            "assignments": [one.id for one in drawn],
            "each": case.each,
            "industry_share": case.share,
        } | ({"reason": draft.reason} if draft.reason else {})
        challenge_moves.touch(session, actor, challenge, "assignment.drawn", at=at, told=told)
    return drawn


@dataclass(frozen=True, slots=True)
class _Case:
    answers: Sequence[Answer]
    graders: Sequence[Grader]
    problem: Problem
    standing: Sequence[int]
    """Graders that each answer has already."""
    each: int
    share: float
    """From industry."""


def _case(
    session: Session, challenge: Challenge, draft: DrawDraft, similarity: Similarity | None, teams: Teams | None
) -> _Case:
    mechanism = challenge_moves.mechanism_of(challenge)
    each = draft.each or mechanism.graders_each
    if not each:
        raise NotAllowed(f"The mechanism {mechanism.name} draws no graders: say how many each answer gets.")
    answers = challenge_moves.answers_in(session, challenge, *IN_PLAY)
    unknown = draft.fewer.keys() - {answer.number for answer in answers}
    if unknown:
        raise Invalid(f"no answer {min(unknown)} stands in this round", place="fewer")
    graders = pool.graders(session, draft.person_ids)
    share = mechanism.industry_share if draft.industry_share is None else draft.industry_share
    barred = conflicts.between(session, challenge, answers, [grader.person_id for grader in graders], teams)
    rows = {answer.id: row for row, answer in enumerate(answers)}
    columns = {grader.person_id: column for column, grader in enumerate(graders)}
    allowed = np.ones((len(answers), len(graders)), dtype=bool)
    for answer_id, person_id in barred:
        allowed[rows[answer_id], columns[person_id]] = False
    industry = np.array([grader.from_industry for grader in graders], dtype=bool)
    standing, from_industry = [0] * len(answers), [0] * len(answers)
    taken = [0] * len(graders)
    for one in _assignments(session, challenge):
        row, column = rows.get(one.answer_id), columns.get(one.person_id)
        if row is not None and column is not None:
            allowed[row, column] = False
        if row is not None and one.state in desks.STANDING:
            standing[row] += 1
            from_industry[row] += bool(column is not None and industry[column])
            if column is not None:
                taken[column] += 1
    wanted = [draft.fewer.get(answer.number, each) for answer in answers]
    least = [assigning.least_from_industry(count, share) for count in wanted]
    if not draft.reason:
        _require_no_fewer(mechanism, wanted, least)
    lacking = np.array([max(0, count - there) for count, there in zip(wanted, standing, strict=True)], dtype=int)
    lacking_industry = [max(0, count - there) for count, there in zip(least, from_industry, strict=True)]
    problem = Problem(
        fitness=pool.fitness(challenge.field, answers, graders, similarity),
        allowed=allowed,
        wanted=lacking,
        room=np.array(
            [grader.room(draft.most - there) for grader, there in zip(graders, taken, strict=True)], dtype=int
        ),
        industry=industry,
        wanted_industry=np.minimum(np.array(lacking_industry, dtype=int), lacking),
    )
    return _Case(answers, graders, problem, standing, each, share)


def _require_no_fewer(mechanism: Mechanism, wanted: Sequence[int], least: Sequence[int]) -> None:
    """Raises Invalid where an answer would be judged by fewer, or by fewer from industry, than those who answered
    were told."""
    for count, from_industry in zip(wanted, least, strict=True):
        if count < mechanism.graders_each:
            what = f"fewer graders than the {mechanism.graders_each}"
        elif from_industry < assigning.least_from_industry(count, mechanism.industry_share):
            what = f"fewer graders from industry than the {mechanism.industry_share:.0%}"
        else:
            continue
        raise Invalid(f"say why an answer gets {what} of the mechanism", place="reason")


def _assignments(session: Session, challenge: Challenge) -> list[Assignment]:
    query = (
        select(Assignment).join(Answer).where(Answer.challenge_id == challenge.id, Assignment.round == challenge.round)
    )
    return list(session.exec(query.order_by(col(Assignment.id))))


def _reasons(case: _Case, shortfalls: Sequence[Shortfall]) -> list[Reason]:
    found = [_of_answer(case, one) for one in shortfalls if one.rule is not Rule.WORKLOAD]
    desks_short = [one for one in shortfalls if one.rule is Rule.WORKLOAD]
    return found + ([_of_desks(case, desks_short)] if desks_short else [])


def _of_answer(case: _Case, one: Shortfall) -> Reason:
    number = case.answers[one.place].number
    have = one.possible + case.standing[one.place] * (one.rule is Rule.GRADERS)
    asked = have + one.missing
    if one.rule is Rule.GRADERS:
        way_out = f"name {one.missing} more" + (f", or grade it with {have}" if have else "")
        message = f"Answer {number} has only {have} of {asked} graders without a conflict: {way_out}."
    else:
        way_out = f"name {one.missing} more, or ask for a smaller share"
        message = f"Answer {number} has only {have} of {asked} graders from industry without a conflict: {way_out}."
    return Reason(one.rule, message, answer=number)


def _of_desks(case: _Case, short: Sequence[Shortfall]) -> Reason:
    missing = sum(one.missing for one in short)
    raised = ", ".join(f"{case.graders[one.place].name} by {one.missing}" for one in short)
    message = (
        f"The graders' workloads leave no room for {missing} of {int(case.problem.wanted.sum())} gradings: "
        f"raise them ({raised}), or name more graders who can take {missing}."
    )
    return Reason(Rule.WORKLOAD, message, person_ids=tuple(case.graders[one.place].person_id for one in short))


def recall(session: Session, actor: Actor, assignment_id: str, *, at: datetime) -> Assignment:
    """Takes an answer off a desk, with the grade that was given, while the round is graded."""
    events.lock(session)
    found = session.get(Assignment, assignment_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("assignment", assignment_id)
    answer = session.get_one(Answer, found.answer_id)
    challenge = session.get_one(Challenge, answer.challenge_id)
    thing = challenge_moves.thing(session, challenge)
    if policy.can(actor, Action.DRAW_GRADERS, thing).hidden:
        raise NotFound("assignment", assignment_id)
    policy.require(actor, Action.DRAW_GRADERS, thing)
    desks.require_grading(challenge, found.round)
    desks.end(session, actor, challenge, found, "recall", at=at)
    return found


def listed(session: Session, actor: Actor, challenge_id: str, round: int | None = None) -> list[Assignment]:
    """Which answer is on whose desk, for who draws: without what was found."""
    challenge = challenge_moves.find(session, actor, challenge_id, Action.DRAW_GRADERS)
    query = (
        select(Assignment)
        .join(Answer)
        .where(Answer.challenge_id == challenge.id, Assignment.round == (round or challenge.round))
    )
    return list(session.exec(query.order_by(col(Assignment.id))))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A grader as who draws sees them."""

    grader: Grader
    barred: Mapping[int, ConflictKind]
    """Answer's number → why not."""


def candidates(session: Session, actor: Actor, challenge_id: str, teams: Teams | None = None) -> list[Candidate]:
    """The pool, with the conflicts that are known. Answers that are not open yet are not among them."""
    challenge = challenge_moves.find(session, actor, challenge_id, Action.DRAW_GRADERS)
    query = select(Answer).where(
        Answer.challenge_id == challenge.id, Answer.round == challenge.round, col(Answer.state).in_(IN_PLAY)
    )
    answers = list(session.exec(query.order_by(col(Answer.number))))
    graders = pool.graders(session)
    barred = conflicts.between(session, challenge, answers, [grader.person_id for grader in graders], teams)
    return [
        Candidate(
            grader,
            {
                answer.number: barred[answer.id, grader.person_id]
                for answer in answers
                if (answer.id, grader.person_id) in barred
            },
        )
        for grader in graders
    ]
