"""Grades and decisions as they are shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from api.schemas.answers import AdditionOut, AnswerContent, AnswerFileOut
from api.schemas.decisions import (
    CommitmentOut,
    EliminationOut,
    ForesightOut,
    ForetoldOut,
    ObjectionOut,
    RehearsalOut,
    SeverityOut,
    StandingOut,
    StandingsOut,
)
from api.schemas.grading import (
    AssignmentOut,
    BarredOut,
    CandidateOut,
    ChallengeName,
    DeskOut,
    GradeOut,
    NamedOut,
    PaperOut,
    ReportOut,
    SeatOut,
    TrialOut,
)
from api.schemas.organisations import OrganisationName
from matcher import organisations
from matcher.engine.answer_texts import Contents
from matcher.entities import (
    Answer,
    Assignment,
    Challenge,
    Commitment,
    Elimination,
    Objection,
    Person,
    Trial,
)
from matcher.grading import desks
from matcher.grading.drawing import Candidate
from matcher.grading.eliminations import Rehearsal
from matcher.grading.foresight import Foresight
from matcher.grading.standings import Standings


def etag(assignment: Assignment) -> str:
    return f'"{assignment.version}"'


# -- graders and grades ----------------------------------------------------------------------------


def seats(session: Session, found: Sequence[Assignment]) -> list[SeatOut]:
    names, numbers = _names(session, {one.person_id for one in found}), _numbers(session, found)
    return [
        SeatOut.model_validate(one.model_dump() | {"answer": numbers[one.answer_id], "name": names[one.person_id]})
        for one in found
    ]


def candidates(found: Sequence[Candidate]) -> list[CandidateOut]:
    return [
        CandidateOut(
            person_id=one.grader.person_id,
            name=one.grader.name,
            fields=list(one.grader.fields),
            workload=one.grader.workload,
            waiting=one.grader.waiting,
            from_industry=one.grader.from_industry,
            conflicts=[BarredOut(answer=number, kind=kind) for number, kind in sorted(one.barred.items())],
        )
        for one in found
    ]


def desk(found: tuple[Challenge, Answer, Assignment]) -> DeskOut:
    return DeskOut.model_validate(_on_desk(found))


def assignment(
    session: Session, found: tuple[Challenge, Answer, Assignment], contents: Contents | None
) -> AssignmentOut:
    """With the rubric and the indicators that it is graded by, whatever was asked for in a later round."""
    challenge, _, one = found
    asked = desks.asked(session, challenge, one.assigned_at)
    told = {"paper": _paper(contents) if contents else None} | {
        "rubric": asked.rubric,
        "indicators": asked.indicators,
        "judged": one.indicators,
    }
    return AssignmentOut.model_validate(_on_desk(found) | told)


def _paper(contents: Contents) -> PaperOut:
    return PaperOut(
        content=AnswerContent.model_validate(contents.draft.model_dump()),
        files=[AnswerFileOut.model_validate(file) for file in contents.files],
        additions=[AdditionOut.model_validate(one) for one in contents.additions],
    )


def _on_desk(found: tuple[Challenge, Answer, Assignment]) -> dict[str, Any]:
    challenge, answer, one = found
    return one.model_dump() | {"challenge": ChallengeName.model_validate(challenge), "answer": answer.number}


def grades(session: Session, found: Sequence[Assignment]) -> list[GradeOut]:
    names = _names(session, {one.person_id for one in found})
    return [
        GradeOut.model_validate(one.model_dump() | {"judged": one.indicators, "name": names[one.person_id]})
        for one in found
    ]


def named(session: Session, found: Sequence[Trial]) -> list[NamedOut]:
    return [NamedOut.model_validate(one) for one in _trials(session, found)]


def reports(session: Session, found: Sequence[Trial]) -> list[ReportOut]:
    return [ReportOut.model_validate(one) for one in _trials(session, found)]


def _trials(session: Session, found: Sequence[Trial]) -> list[dict[str, Any]]:
    names, numbers = _names(session, {one.person_id for one in found}), _numbers(session, found)
    return [one.model_dump() | {"answer": numbers[one.answer_id], "name": names[one.person_id]} for one in found]


def trial(session: Session, found: tuple[Challenge, Answer, Trial]) -> TrialOut:
    challenge, answer, one = found
    return TrialOut.model_validate(
        one.model_dump()
        | {
            "challenge": ChallengeName.model_validate(challenge),
            "answer": answer.number,
            "indicators": desks.asked(session, challenge, one.named_at).indicators,
        }
    )


# -- decisions -------------------------------------------------------------------------------------


def standings(session: Session, found: Standings) -> StandingsOut:
    people = _names(session, found.severity)
    sides = _organisations(session, {one.answer.organisation_id for one in found.by_rank})
    return StandingsOut(
        round=found.round,
        decider=found.decider,
        alpha=found.alpha,
        severity=[
            SeverityOut(person_id=id, name=people[id], points=points) for id, points in sorted(found.severity.items())
        ],
        by_rank=[
            StandingOut.model_validate(
                {
                    "answer_id": one.answer.id,
                    "answer": one.answer.number,
                    "organisation": sides[one.answer.organisation_id],
                    **{
                        name: getattr(one, name)
                        for name in ("rank", "score", "grades", "committed", "investors", "findings", "verdicts")
                    },
                }
            )
            for one in found.by_rank
        ],
    )


def objections(session: Session, found: Sequence[Objection]) -> list[ObjectionOut]:
    sides = _organisations(session, {one.organisation_id for one in found})
    return [
        ObjectionOut.model_validate(one.model_dump() | {"organisation": sides[one.organisation_id]}) for one in found
    ]


def rehearsal(found: Rehearsal) -> RehearsalOut:
    return RehearsalOut.model_validate(found)


def eliminations(found: Sequence[Elimination]) -> list[EliminationOut]:
    return [
        EliminationOut.model_validate(
            one.model_dump() | {"outcome": one.rule["outcome"], "chosen_because": one.rule["reason"]}
        )
        for one in found
    ]


def commitments(session: Session, found: Sequence[Commitment]) -> list[CommitmentOut]:
    sides = _organisations(session, {one.organisation_id for one in found})
    return [
        CommitmentOut.model_validate(one.model_dump() | {"organisation": sides[one.organisation_id]}) for one in found
    ]


def foresight(found: Foresight) -> ForesightOut:
    return ForesightOut(
        rows=[ForetoldOut.model_validate(row) for row in found.rows],
        by_grade=found.by_grade,
        by_commitment=found.by_commitment,
    )


# -- names -----------------------------------------------------------------------------------------


def _names(session: Session, ids: Collection[str]) -> Mapping[str, str]:
    return dict(session.exec(select(Person.id, Person.name).where(col(Person.id).in_(ids))).all())


def _numbers(session: Session, found: Sequence[Assignment] | Sequence[Trial]) -> Mapping[str, int]:
    query = select(Answer.id, Answer.number).where(col(Answer.id).in_({one.answer_id for one in found}))
    return dict(session.exec(query).all())


def _organisations(session: Session, ids: set[str]) -> Mapping[str, OrganisationName]:
    return {id: OrganisationName(id=id, name=name) for id, name in organisations.names(session, ids).items()}
