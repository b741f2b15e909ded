"""What the need clinic and the search for a team answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Self

from pydantic import Field

from api.schemas.base import Id, Sent, Shown
from matcher.drafts import IndicatorTarget, Operator
from matcher.matching.clinic import Examined
from matcher.matching.demands import Value
from matcher.matching.teams import Coverage, Team
from matcher.quantities.reading import Stated
from matcher.states import ItemState


class ClinicQuery(Sent):
    besides: Id | None = Field(
        default=None, description="The need that the draft is to replace: no duplicate of itself."
    )


class NeedFindingOut(Shown):
    code: str
    place: str = Field(description="Path of the draft's field, such as indicators.0.unit.")
    weight: float
    zh: str
    en: str
    why_zh: str = Field(description="Why it matters.")
    why_en: str


class UnderstoodOut(Shown):
    name: str
    operator: Operator
    value: float
    value_high: float | None
    unit: str
    must: bool
    text: str = Field(description="As it reads; for one that was read from the text the sentence.")
    from_text: bool = Field(description="Read from the text, and not in the list yet.")
    measures: str | None = Field(description='The dimension of its unit, "" for a bare number; null: not known.')


class DuplicateOut(Shown):
    id: str
    reference: str
    title: str
    organisation_id: str
    organisation: str
    state: ItemState
    similarity: float = Field(description="Cosine of the whole texts, at most 1.")


class RelaxationStepOut(Shown):
    to: str = Field(description='Such as "≥ 99.5 %"; one region or mode more as its code.')
    value: IndicatorTarget | int | str | list[str] = Field(description="What the field at the place would hold.")
    more: int = Field(description="How many results more would do.")
    brings: list[str] = Field(description="Their ids, the best first.")


class RelaxationOut(Shown):
    place: str = Field(description="The demand, as the path of the draft's field: indicators.0, budget_max …")
    name: str = Field(description="An indicator's own name; of a constraint its place again.")
    now: str
    steps: list[RelaxationStepOut] = Field(
        description="The nearest first, each bringing more than the one before; of regions and modes, what brings "
        "most first."
    )


class ClinicOut(Shown):
    findings: list[NeedFindingOut] = Field(description="What is missing or weak, the heaviest first.")
    completeness: float = Field(description="The part of all weights that nothing was found against, 0 to 1.")
    understood: list[UnderstoodOut] = Field(description="The indicators as quantities.")
    duplicates: list[DuplicateOut] = Field(description="Needs that ask for nearly the same, the nearest first.")
    line: float = Field(description="The score from which a result counts: more likely than not it solves a part.")
    looked_at: int = Field(description="Results that were recalled.")
    above: int = Field(description="Those above the line, ones that say the same counted once.")
    standing: int = Field(description="Of those, the ones that nothing they tell stands against.")
    relaxations: list[RelaxationOut] = Field(description="What one demand alone keeps out.")

    @classmethod
    def of(cls, examined: Examined) -> Self:
        chances = examined.chances
        relaxations = [
            RelaxationOut(
                place=one.place,
                name=one.name,
                now=one.now,
                steps=[
                    RelaxationStepOut(
                        to=step.to, value=_value(step.value), more=len(step.brings), brings=list(step.brings)
                    )
                    for step in one.steps
                ],
            )
            for one in chances.relaxations
        ]
        return cls(
            findings=[NeedFindingOut.model_validate(one) for one in examined.findings],
            completeness=examined.completeness,
            understood=[UnderstoodOut.model_validate(one) for one in examined.understood],
            duplicates=[DuplicateOut.model_validate(one) for one in examined.duplicates],
            line=examined.line,
            looked_at=chances.looked_at,
            above=chances.above,
            standing=chances.standing,
            relaxations=relaxations,
        )


def _value(value: Value) -> IndicatorTarget | int | str | list[str]:
    """As the draft takes it."""
    match value:
        case Stated():
            return IndicatorTarget(
                name=value.name,
                operator=value.operator,
                value=value.value,
                value_high=value.value_high,
                unit=value.unit,
                test_method=value.test_method,
                must=value.must,
            )
        case tuple():
            return list(value)
        case Decimal() | date():
            return str(value)
    return value


class MustHaveOut(Shown):
    position: int = Field(description="In the need's list of indicators.")
    text: str


class TeamPartOut(Shown):
    must_have: MustHaveOut
    result: str = Field(description="How the result states it.")
    margin: float | None = Field(description="Relative distance to what is wanted.")
    alone: bool = Field(description="No other member covers it.")


class TeamMemberOut(Shown):
    id: str
    reference: str
    title: str
    organisation_id: str
    organisation: str
    score: float
    contributes: list[TeamPartOut]


class TeamOut(Shown):
    coverage: Coverage = Field(
        description="nothing_asked: the need has no must-haves; one: one result covers them all; team: the members "
        "do together; part: nobody covers those `uncovered`; none: nobody covers any."
    )
    members: list[TeamMemberOut] = Field(description="The fewest that cover what can be covered, the best first.")
    must_haves: list[MustHaveOut]
    uncovered: list[MustHaveOut]
    looked_at: int = Field(description="Results whose figures were compared.")

    @classmethod
    def of(cls, team: Team) -> Self:
        return cls.model_validate(team)
