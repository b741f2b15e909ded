"""What is handed in to open a challenge, checked at this edge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from matcher.drafts import Currency, Draft, IndicatorTarget, Line, Moment, Money, Text, Title
from matcher.mechanisms import Mechanism

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Anchor(Draft):
    """What a score means, in words, so that two graders mean the same by it."""

    score: Annotated[int, Field(ge=0, le=100)]
    meaning: Title


class Criterion(Draft):
    """One thing that answers are judged by. The weights of a rubric need not add up to anything."""

    key: Key
    name: Title
    description: Text = ""
    weight: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
    anchors: list[Anchor] = Field(default_factory=list, max_length=11)

    @model_validator(mode="after")
    def _each_score_once(self) -> Self:
        if len({anchor.score for anchor in self.anchors}) < len(self.anchors):
            raise ValueError(f"criterion {self.key!r} says twice what one score means")
        return self


class RoundPlan(Draft):
    """The date of one round, and how many answers at most go on from it."""

    deadline: AwareDatetime | None = None
    """Left out: as many days after its beginning as the mechanism foresees; written out when it is published."""
    goes_on: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Answers at most; left out: as many as the mechanism foresees."""
    threshold: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    """The aggregated grade that an answer has to reach; left out: no floor."""
    measured_threshold: bool = False
    """Whether an answer that misses a must-have indicator, as measured, is out."""
    payment: Money | None = None
    """What each answer that goes on from it is paid (staged funding)."""


class DatedRound(RoundPlan):
    """One whose deadline is settled."""

    deadline: AwareDatetime


class PaymentStage(Draft):
    """A part of the award's amount, paid when something is reached."""

    title: Title
    share: Share


class ChallengeDraft(Draft):
    title: Title
    mechanism: Line
    """Its name: of one that comes with the program, or that the operator added."""
    need_ids: Annotated[list[Annotated[str, StringConstraints(max_length=36)]], Field(min_length=1, max_length=50)]
    """The needs, of one organisation, that it is opened from."""
    summary: Text = ""
    """What is asked, as it is published: of a need that is not public nothing else is."""
    eligibility: Text = ""
    budget: Money | None = None
    currency: Currency = "CNY"
    payment_stages: list[PaymentStage] = Field(default_factory=list, max_length=20)
    rounds: list[RoundPlan] = Field(default_factory=list, max_length=10)
    rubric: list[Criterion] = Field(default_factory=list, max_length=30)
    indicators: list[IndicatorTarget] = Field(default_factory=list, max_length=100)
    """Empty: those of the needs."""
    ownership: Text = ""
    """Who will own what comes out of it."""
    benefit_sharing: Text = ""
    """Of later benefit, iterations after the project's end included."""
    risk_sharing: Text = ""
    questions_until: Moment | None = None
    contact: Line = ""
    decision_owner: Line = ""
    """Who decides in the setter's organisation; named, or nobody answers in earnest."""
    funder_id: Annotated[str, StringConstraints(max_length=36)] | None = None
    """The organisation that puts in the public part (matched funding)."""

    @model_validator(mode="after")
    def _rounds_follow_each_other(self) -> Self:
        deadlines = [plan.deadline for plan in self.rounds if plan.deadline is not None]
        if any(later <= earlier for earlier, later in zip(deadlines, deadlines[1:], strict=False)):
            raise ValueError("each round's deadline has to lie after the one before")
        return self

    @model_validator(mode="after")
    def _stages_add_up(self) -> Self:
        if self.payment_stages and abs(sum(stage.share for stage in self.payment_stages) - 1) > 1e-6:
            raise ValueError("the shares of the payment stages have to add up to 1")
        return self

    @model_validator(mode="after")
    def _each_criterion_once(self) -> Self:
        if len({criterion.key for criterion in self.rubric}) < len(self.rubric):
            raise ValueError("two criteria of the rubric have the same key")
        return self


def rounds_of(draft: ChallengeDraft, mechanism: Mechanism, begins: datetime) -> list[DatedRound]:
    """All rounds of the mechanism one after the other: as the draft has them, and what it leaves out as
    the mechanism foresees it."""
    dated: list[DatedRound] = []
    for place, rule in enumerate(mechanism.rounds):
        plan = draft.rounds[place] if place < len(draft.rounds) else RoundPlan()
        start = dated[-1].deadline if dated else begins
        deadline = plan.deadline or start + timedelta(days=rule.days)
        goes_on = rule.goes_on if plan.goes_on is None else plan.goes_on
        dated.append(DatedRound(**plan.model_dump() | {"deadline": deadline, "goes_on": goes_on}))
    return dated


def dated(rounds: Sequence[RoundPlan]) -> list[DatedRound]:
    """Those of a published challenge, all of which have a deadline."""
    return [DatedRound.model_validate(plan.model_dump()) for plan in rounds]


def public_part(budget: Decimal, ratio: float) -> Decimal:
    """What a public funder adds to the setter's budget at a ratio, in whole cents."""
    return (budget * Decimal(str(ratio))).quantize(Decimal("0.01"))
