"""Indicators of a challenge judged as quantities: what was measured against what is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from matcher.drafts import Draft, IndicatorAchieved, IndicatorTarget, Line, Number, Operator, Text
from matcher.errors import Invalid
from matcher.quantities.compare import Outcome, Verdict, compare

Place = Annotated[int, Field(ge=0, le=99)]
"""Of an indicator in the challenge's list, from 0."""
Unit = Annotated[str, Field(max_length=50)]


class Measured(Draft):
    """A value that somebody measured."""

    indicator: Place
    value: Number
    value_high: Number | None = None
    """The upper end, of a range."""
    unit: Unit = ""
    method: Line = ""

    @model_validator(mode="after")
    def _range_is_a_range(self) -> Self:
        _check_range(self.value, self.value_high)
        return self


class Judged(Draft):
    """How a grader judges the claim against one indicator: by the value that they take for shown, or in words."""

    indicator: Place
    value: Number | None = None
    value_high: Number | None = None
    unit: Unit = ""
    outcome: Outcome | None = None
    """Where no value is given. With one, it is computed."""
    reason: Text = ""

    @model_validator(mode="after")
    def _value_or_outcome(self) -> Self:
        if (self.value is None) == (self.outcome is None):
            raise ValueError("an indicator is judged by a value or by an outcome, one of the two")
        _check_range(self.value, self.value_high)
        return self


def _check_range(value: float | None, high: float | None) -> None:
    if high is not None and (value is None or high < value):
        raise ValueError(f"the range ends ({high}) below its start ({value})")


def verdict(target: IndicatorTarget, value: float, value_high: float | None, unit: str) -> Verdict:
    operator = Operator.EQUAL if value_high is None else Operator.BETWEEN
    shown = IndicatorAchieved(name=target.name, operator=operator, value=value, value_high=value_high, unit=unit)
    return compare(target, shown)


def compared(targets: Sequence[IndicatorTarget], measured: Iterable[Measured]) -> list[dict[str, Any]]:
    """Measured values as they are stored, with what they come to. Raises Invalid for a place that is not there."""
    stored = []
    for one in measured:
        found = verdict(_target(targets, one.indicator, "measured"), one.value, one.value_high, one.unit)
        stored.append(one.model_dump() | {"outcome": found.outcome.value, "why": found.reason})
    return stored


def judged(targets: Sequence[IndicatorTarget], judgements: Iterable[Judged]) -> list[dict[str, Any]]:
    """A grader's judgements as they are stored. Raises Invalid for a place that is not there, or twice there."""
    stored: dict[int, dict[str, Any]] = {}
    for one in judgements:
        target = _target(targets, one.indicator, "indicators")
        if one.indicator in stored:
            raise Invalid(f"indicator {one.indicator} is judged twice", place="indicators")
        stored[one.indicator] = one.model_dump(mode="json")
        if one.value is not None:
            found = verdict(target, one.value, one.value_high, one.unit)
            stored[one.indicator] |= {"outcome": found.outcome.value, "why": found.reason}
    return [stored[place] for place in sorted(stored)]


def _target(targets: Sequence[IndicatorTarget], place: int, where: str) -> IndicatorTarget:
    if place >= len(targets):
        raise Invalid(f"no indicator {place}: the challenge has {len(targets)}, counted from 0", place=where)
    return targets[place]


@dataclass(frozen=True, slots=True)
class Finding:
    """What all measurements of one must-have indicator come to."""

    indicator: int
    name: str
    outcome: Outcome
    """Met where each measurement met it, not met where one did not, unknown where none says."""
    why: str


def findings(targets: Sequence[IndicatorTarget], measured: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Of every must-have indicator, from the stored measurements of one answer."""
    by_place: dict[int, list[Mapping[str, Any]]] = {}
    for one in measured:
        by_place.setdefault(one["indicator"], []).append(one)
    return tuple(
        _finding(place, target, by_place.get(place, [])) for place, target in enumerate(targets) if target.must
    )


def _finding(place: int, target: IndicatorTarget, measured: Sequence[Mapping[str, Any]]) -> Finding:
    by_outcome = {Outcome(one["outcome"]): one["why"] for one in measured}
    for outcome in (Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.MET):
        if outcome in by_outcome:
            return Finding(place, target.name, outcome, by_outcome[outcome])
    return Finding(place, target.name, Outcome.UNKNOWN, "measured in no trial; graders judge what the answer shows")
