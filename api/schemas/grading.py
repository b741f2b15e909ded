"""What goes in and out about graders, grades and trials."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.answers import AdditionOut, AnswerContent, AnswerFileOut
from api.schemas.base import Sent, Shown
from matcher.drafts import IndicatorTarget, Text
from matcher.engine.challenge_drafts import Criterion
from matcher.entities import ConflictKind, Verdict
from matcher.grading.assignment import Rule
from matcher.quantities.compare import Outcome
from matcher.states import AssignmentState


class ChallengeName(Shown):
    id: str
    title: str


# -- drawing ---------------------------------------------------------------------------------------


class SeatOut(Shown):
    """An answer on a desk, as who draws sees it: without what was found."""

    id: str
    answer_id: str
    answer: int = Field(description="Its number among the challenge's answers.")
    round: int
    person_id: str
    name: str
    state: AssignmentState
    assigned_at: datetime
    submitted_at: datetime | None


class ReasonOut(Shown):
    rule: Rule = Field(description="The one that cannot be kept.")
    message: str = Field(description="What is missing, and the cheapest way out.")
    answer: int | None = Field(description="The number of the answer that it is about.")
    person_ids: list[str] = Field(description="The graders whose workload is in the way.")


class DrawOut(Shown):
    drawn: list[SeatOut] = Field(description="Those put on desks just now.")
    impossible: list[ReasonOut] = Field(description="Why nothing could be drawn; empty where it could.")


class BarredOut(Shown):
    answer: int
    kind: ConflictKind


class CandidateOut(Shown):
    """A grader of the pool."""

    person_id: str
    name: str
    fields: list[str] = Field(description="Codes of the field tree; none: any.")
    workload: int | None = Field(description="Answers that may wait on them at a time; null: no limit.")
    waiting: int = Field(description="Answers that wait on them now, of all challenges.")
    from_industry: bool
    conflicts: list[BarredOut]


class ConflictOut(Shown):
    id: str
    person_id: str
    organisation_id: str
    challenge_id: str | None = Field(description="Null: in every challenge.")
    kind: ConflictKind
    reason: str
    at: datetime


# -- grading ---------------------------------------------------------------------------------------


class ScoreOut(Shown):
    score: float
    reason: str


class JudgedOut(Shown):
    indicator: int = Field(description="Its place in the challenge's list, from 0.")
    value: float | None
    value_high: float | None
    unit: str
    outcome: Outcome
    why: str = Field(default="", description="How the value compares with what is asked for.")
    reason: str


class DeskOut(Shown):
    """An answer on one's own desk."""

    id: str
    challenge: ChallengeName
    answer: int = Field(description="Its number: a grader learns nothing else of whose it is.")
    round: int
    state: AssignmentState
    version: int
    assigned_at: datetime
    submitted_at: datetime | None


class PaperOut(Shown):
    """An answer as its grader reads it. Where the mechanism is blind: without what names its authors, and with
    only those of its files that name nobody."""

    content: AnswerContent
    files: list[AnswerFileOut]
    additions: list[AdditionOut] = Field(description="What came when more was asked for.")


class AssignmentOut(DeskOut):
    """With what it says and what it is graded by, and the grade as far as it has come."""

    paper: PaperOut | None = Field(description="Null once it is off your desk.")
    rubric: list[Criterion]
    indicators: list[IndicatorTarget]
    scores: dict[str, ScoreOut]
    judged: list[JudgedOut]
    remark: str


class GradeOut(Shown):
    """A submitted grade, once its round is closed."""

    id: str
    round: int
    person_id: str
    name: str
    scores: dict[str, ScoreOut]
    judged: list[JudgedOut]
    remark: str
    submitted_at: datetime


class AssignmentRefusal(Sent):
    conflict: bool = Field(
        default=False, description="For a conflict of interest: no answer of the same people comes back."
    )
    reason: Text = ""


# -- trials ----------------------------------------------------------------------------------------


class MeasuredOut(Shown):
    indicator: int = Field(description="Its place in the challenge's list, from 0.")
    value: float
    value_high: float | None
    unit: str
    method: str
    outcome: Outcome
    why: str


class NamedOut(Shown):
    """Who is to try which answer, without what they found."""

    id: str
    answer_id: str
    answer: int
    round: int
    person_id: str
    name: str
    due: datetime | None
    told_at: datetime | None


class ReportOut(NamedOut):
    verdict: Verdict | None
    measured: list[MeasuredOut]
    report: str


class TrialOut(Shown):
    """One's own."""

    id: str
    challenge: ChallengeName
    answer: int
    round: int
    due: datetime | None
    indicators: list[IndicatorTarget]
    verdict: Verdict | None
    measured: list[MeasuredOut]
    report: str
    told_at: datetime | None
