"""What goes in and out about standings, determinations, objections, eliminations and commitments."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.base import Sent, Shown
from api.schemas.organisations import OrganisationName
from matcher.drafts import PRINTABLE
from matcher.entities import Decided, OutcomeCode, Verdict
from matcher.grading.objections import Words
from matcher.mechanisms import Decider
from matcher.quantities.compare import Outcome
from matcher.states import CommitmentState, ObjectionState


class RoundQuery(Sent):
    round: int | None = Field(default=None, ge=1, le=100, description="The current one where none is named.")


class SummaryOut(Shown):
    """All grades of one answer, 0 to 100."""

    grades: int = Field(description="How many there are.")
    mean: float = Field(description="By the weights of the rubric.")
    trimmed: float = Field(description="Without the highest and the lowest.")
    spread: float | None = Field(description="Standard deviation; null of a single grade.")
    corrected: float = Field(description="The mean, were every grader as severe as the others.")
    low: float | None = Field(description="The 95 % confidence interval of the mean begins here.")
    high: float | None = Field(description="And ends here; null where too little was graded twice.")
    too_close: bool = Field(description="Too close to call: the interval overlaps that of the rank beside it.")


class FindingOut(Shown):
    indicator: int
    name: str
    outcome: Outcome
    why: str


class StandingOut(Shown):
    answer_id: str
    answer: int = Field(description="Its number.")
    organisation: OrganisationName
    rank: int | None
    score: float | None = Field(description="What the rank is by: the mean grade, or the sum committed.")
    grades: SummaryOut | None
    committed: Decimal
    investors: int
    findings: list[FindingOut] = Field(
        description="Its must-have indicators, as measured by those who tried it: unknown where nobody did, also where "
        "graders judge it to be met by what the answer shows. That stands in their grades."
    )
    verdicts: list[Verdict]


class SeverityOut(Shown):
    person_id: str
    name: str
    points: float = Field(description="Above (lenient) or below (severe) the other graders.")


class StandingsOut(Shown):
    round: int
    decider: Decider
    by_rank: list[StandingOut]
    alpha: float | None = Field(description="Krippendorff's alpha: 1 is agreement, 0 what chance would give.")
    severity: list[SeverityOut]


# -- determinations and objections -----------------------------------------------------------------


class DeterminationOut(Shown):
    id: str
    answer_id: str
    round: int
    decided: Decided
    reason: str
    rank: int | None
    departs: bool = Field(description="From the ranking; the reason says why.")
    actor: str
    at: datetime


class ObjectionPost(Sent):
    text: Words


class ObjectionAnswer(Sent):
    upheld: bool
    text: Words


class ObjectionOut(Shown):
    id: str
    challenge_id: str
    organisation: OrganisationName
    round: int
    state: ObjectionState
    text: str
    raised_at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None


# -- eliminations ----------------------------------------------------------------------------------


class RuleOut(Shown):
    goes_on: int | None = Field(description="How many at most; null: as many as are good enough.")
    threshold: float | None = Field(description="The mean grade that has to be reached.")
    measured_threshold: bool = Field(description="Must-have indicators have to be measured to be met.")
    payment: Decimal | None = Field(description="To each that goes on.")


class PlaceOut(Shown):
    answer_id: str
    number: int
    rank: int | None
    score: float | None
    goes_on: bool | None = Field(description="Null: tied at the cut, for a person to decide.")
    why: str
    payment: Decimal | None


class RehearsalOut(Shown):
    round: int
    rule: RuleOut
    places: list[PlaceOut]
    room: int = Field(description="How many of those tied can go on.")
    hindrances: list[str] = Field(description="What is in the way of carrying it out, beside a tie.")
    digest: str = Field(description="Send it along to carry out this and nothing else.")


class GoneOnOut(Shown):
    answer: str = Field(description="Its id.")
    rank: int | None
    score: float | None
    goes_on: bool
    why: str
    payment: Decimal | None


class EliminationOut(Shown):
    id: str
    round: int = Field(description="The one that ended.")
    rule: RuleOut
    outcome: list[GoneOnOut]
    chosen_because: str = Field(description="Why who of those tied went on.")
    actor: str
    at: datetime
    reversed_at: datetime | None
    reversed_by: str
    reason: str = Field(description="Of the reversal.")


class Reversal(Sent):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000), PRINTABLE]


# -- commitments -----------------------------------------------------------------------------------


class CommitmentOut(Shown):
    id: str
    answer_id: str
    organisation: OrganisationName
    state: CommitmentState
    amount: Decimal
    currency: str
    conditions: str
    at: datetime


class ForetoldOut(Shown):
    challenge_id: str
    answer_id: str
    mechanism: str
    grade: float | None
    rank: int | None
    committed: Decimal
    investors: int
    outcome: OutcomeCode
    success: float = Field(description="1 achieved, 0.5 in part, 0 otherwise.")


class ForesightOut(Shown):
    rows: list[ForetoldOut]
    by_grade: float | None = Field(description="Kendall's tau-b between grade and success; null where it says nothing.")
    by_commitment: float | None = Field(description="The same of what was committed.")
