"""Does what a result has shown meet what a need asks for? Met, not met, or unknown; never guessed.

A target is an interval of what is good enough, an achievement an interval of what may be the case:

- A single value is met when it lies in the target.
- A bound told in the target's own direction ("≥ 5000 h" for "≥ 8000 h") is taken as what is promised:
  what is not promised is not met. A bound in the other direction settles nothing unless it excludes the target.
- A range is met when it lies inside the target, not met when it lies outside, and unknown when it
  straddles the target's end: 0.5–0.8 mm for ≤ 0.6 mm is met in part.
- Where a name speaks of a range to be covered (working temperature, measuring range), a range is met
  when it reaches as far as the target does, downwards only where the target is a range itself: "≤ 80 ℃" for a
  working temperature may ask for either.
- "±x" is a deviation of at most x on whichever side it stands.
- "= x" is met by x. Another value leaves it unknown, since whether more is better is not said; only for
  "= 0" anything else is not met.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from embeddings.text import normalise
from matcher.drafts import Operator
from matcher.quantities import units
from matcher.quantities.kinds import Conversion, conversion
from matcher.quantities.wording import quantity, tidy


class Outcome(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Quantity(Protocol):
    """An indicator of either side: a draft's, a stored one, or one that was read from text."""

    @property
    def name(self) -> str: ...
    @property
    def operator(self) -> Operator: ...
    @property
    def value(self) -> float: ...
    @property
    def value_high(self) -> float | None: ...
    @property
    def unit(self) -> str: ...


class Achieved(Quantity, Protocol):
    @property
    def conditions(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: str
    """In a few words: "99.5 %, wanted ≥ 99.9 %"."""
    low: float | None = None
    """What was achieved, in the target's unit; None where there is no lower end, or no conversion."""
    high: float | None = None
    unit: str = ""
    """The target's."""
    margin: float | None = None
    """How far from the target's nearest end, relative to that end; positive in favour. For temperatures
    relative to absolute zero. None where that says nothing."""
    caveats: tuple[str, ...] = ()
    """What makes the comparison less than safe."""


_SPAN = re.compile(
    r"范围|温域|温区|量程|频段|波段|频带|跨度|幅面|(?:工作|使用|适用|服役|耐受|环境|运行|操作)温度"
    r"|\b(?:range|span|band|window|(?:operating|working|service) temperatures?)\b",
    re.IGNORECASE,
)
"""Of these a wider range is the better one."""


def compare(target: Quantity, achieved: Achieved) -> Verdict:
    to, unit = units.read(target.unit), units.read(achieved.unit)
    if to is None or unit is None:
        return _unknown(target, f"the unit “{target.unit if to is None else achieved.unit}” is not known")
    wanted, shown = _interval(target), _interval(achieved)
    if wanted is None or shown is None:
        return _unknown(target, "one side states no number or no range")
    spanning = any(_SPAN.search(normalise(side.name)) for side in (target, achieved))
    difference = not spanning and (_is_deviation(target) or _is_deviation(achieved))
    way = conversion(to, target.name, unit, achieved.name, difference=difference)
    if isinstance(way, str):
        return _unknown(target, f"{_told(achieved)}, wanted {_wanted(target)}: {way}")
    shown = Interval(_converted(shown.low, way), _converted(shown.high, way))
    if math.isnan(shown.low) or math.isnan(shown.high):
        return _unknown(target, "too large to be converted")
    ends = (_known(shown.low), _known(shown.high))
    if not spanning:
        wanted, shown = _as_deviations(target, achieved, wanted, shown)
    judge = _covered if spanning else _contained
    outcomes = {judge(wanted, shown.scaled(1 + off)) for off in (-way.inexact, way.inexact)}
    outcome = outcomes.pop() if len(outcomes) == 1 else Outcome.UNKNOWN
    margin = None if outcome is Outcome.UNKNOWN else _margin(outcome, wanted, shown, way.zero, spanning)
    reason = _reason(target, achieved, outcome, None if way.is_same else ends)
    under = f"shown under: {achieved.conditions}" if achieved.conditions else ""
    return Verdict(outcome, reason, *ends, target.unit, margin, tuple(filter(None, (way.caveat, under))))


def _unknown(target: Quantity, reason: str) -> Verdict:
    return Verdict(Outcome.UNKNOWN, reason, unit=target.unit)


# -- intervals ------------------------------------------------------------------------------------


class Interval(NamedTuple):
    low: float
    high: float

    @property
    def bounded(self) -> bool:
        return math.isfinite(self.low) and math.isfinite(self.high)

    def scaled(self, factor: float) -> Interval:
        return Interval(*sorted((self.low * factor, self.high * factor)))


def _interval(quantity: Quantity) -> Interval | None:
    value, high = quantity.value, quantity.value_high
    if not math.isfinite(value):
        return None
    match quantity.operator:
        case Operator.AT_LEAST:
            return Interval(value, math.inf)
        case Operator.AT_MOST:
            return Interval(-math.inf, value)
        case Operator.EQUAL:
            return Interval(value, value)
    return Interval(value, high) if high is not None and value <= high < math.inf else None


def _converted(value: float, way: Conversion) -> float:
    if math.isinf(value):
        return value
    converted = value * way.factor + way.offset
    return tidy(converted) if math.isfinite(converted) else math.nan


def _known(end: float) -> float | None:
    return end if math.isfinite(end) else None


def _is_deviation(quantity: Quantity) -> bool:
    return quantity.operator is Operator.BETWEEN and quantity.value_high == -quantity.value != 0


def _as_deviations(
    target: Quantity, achieved: Quantity, wanted: Interval, shown: Interval
) -> tuple[Interval, Interval]:
    """ "±0.5" against "±0.3", "0.3" or "≤ 0.3": how large the deviation is, on both sides."""
    if not _is_deviation(target) and not (_is_deviation(achieved) and target.operator is Operator.AT_MOST):
        return wanted, shown
    wanted = Interval(-math.inf, wanted.high)
    if _is_deviation(achieved):
        return wanted, Interval(-math.inf, shown.high)
    if not shown.bounded:
        return wanted, shown
    sizes = sorted((abs(shown.low), abs(shown.high)))
    return wanted, Interval(0.0 if shown.low < 0 < shown.high else sizes[0], sizes[1])


def _contained(wanted: Interval, shown: Interval) -> Outcome:
    """Whether a value that lies in `shown` lies in `wanted`."""
    if _reaches(shown.low, wanted.low) and _reaches(wanted.high, shown.high):
        return Outcome.MET
    if not _reaches(shown.high, wanted.low) or not _reaches(wanted.high, shown.low):
        undirected = wanted.low == wanted.high != 0
        return Outcome.UNKNOWN if undirected else Outcome.NOT_MET
    promised = (wanted.high == shown.high == math.inf) or (wanted.low == shown.low == -math.inf)
    return Outcome.NOT_MET if promised else Outcome.UNKNOWN


def _covered(wanted: Interval, shown: Interval) -> Outcome:
    """Whether the range `shown` reaches as far as what is wanted."""
    if not shown.bounded or (wanted.bounded and shown.low == shown.high):
        return Outcome.UNKNOWN if wanted.bounded else _contained(wanted, shown)
    if wanted.bounded:
        return Outcome.MET if _contained(shown, wanted) is Outcome.MET else Outcome.NOT_MET
    if math.isinf(wanted.high):
        return Outcome.MET if _reaches(shown.high, wanted.low) else Outcome.NOT_MET
    return _contained(wanted, shown)


def _reaches(value: float, bound: float) -> bool:
    return value >= bound or math.isclose(value, bound, rel_tol=1e-9)


def _margin(outcome: Outcome, wanted: Interval, shown: Interval, zero: float, spanning: bool) -> float | None:
    if spanning and shown.bounded and shown.low < shown.high:
        over = [(wanted.low - shown.low, wanted.low), (shown.high - wanted.high, wanted.high)]
        if not wanted.bounded:
            over = [(shown.high - wanted.low, wanted.low), (wanted.high - shown.high, wanted.high)]
    else:
        low = shown.low if math.isfinite(shown.low) else shown.high
        high = shown.high if math.isfinite(shown.high) else shown.low
        over = [(low - wanted.low, wanted.low), (wanted.high - high, wanted.high)]
    margins = [by / abs(end - zero) for by, end in over if math.isfinite(end) and end != zero and math.isfinite(by)]
    if not margins or not all(map(math.isfinite, margins)):
        return None
    nearest = tidy(min(margins))
    return max(0.0, nearest) if outcome is Outcome.MET else min(0.0, nearest)


# -- words ----------------------------------------------------------------------------------------


def _wanted(target: Quantity) -> str:
    return quantity(target.operator, target.value, target.value_high, target.unit)


def _told(achieved: Quantity) -> str:
    return quantity(achieved.operator, achieved.value, achieved.value_high, achieved.unit).removeprefix("= ")


def _reason(
    target: Quantity, achieved: Quantity, outcome: Outcome, converted: tuple[float | None, float | None] | None
) -> str:
    told = _told(achieved)
    if converted is not None:
        told += f" (= {_span(*converted)} {target.unit}".rstrip() + ")"
    reason = f"{told}, wanted {_wanted(target)}"
    if outcome is not Outcome.UNKNOWN:
        return reason
    if target.operator is Operator.EQUAL:
        return f"{reason}: whether another value will do is not said"
    if achieved.operator is Operator.BETWEEN:
        return f"{reason}: met in part"
    return f"{reason}: what was achieved is not said closely enough"


def _span(low: float | None, high: float | None) -> str:
    """Ends as they read after a conversion: "0.5–0.58"; of a bound its one end."""
    if low is not None and high is not None and low == -high != 0:
        return f"±{high:.6g}"
    return "–".join(f"{end:.6g}" for end in dict.fromkeys((low, high)) if end is not None)
