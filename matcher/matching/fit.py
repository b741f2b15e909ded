"""Whether two sides could do business at all: field, maturity, cooperation, budget, region, time, completeness.

Each part is a value from 0 (speaks against) to 1 (speaks for), 0.5 where one side says nothing, and
a gap in words where something stands between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from matcher import fields, regions
from matcher.drafts import CooperationMode, ItemDraft, NeedDraft, ResultDraft
from matcher.entities import Item, Need, Result
from matcher.matching.matches import Gap
from matcher.matching.parts import UNKNOWN

_NEAR_MODES = (
    {CooperationMode.LICENCE, CooperationMode.OPEN_LICENCE},
    {CooperationMode.LICENCE, CooperationMode.TRANSFER},
    {CooperationMode.DEVELOPMENT, CooperationMode.JOINT_DEVELOPMENT},
    {CooperationMode.TRANSFER, CooperationMode.EQUITY},
    {CooperationMode.CONSULTING, CooperationMode.SERVICE},
)
"""Two modes that differ, but that people who talk to each other get from one to the other."""


@dataclass(frozen=True, slots=True)
class NeedFacts:
    field: str | None
    modes: Sequence[str]
    maturity_wanted: int | None
    budget_max: Decimal | None
    currency: str
    preferred_regions: Sequence[str]
    deadline: date | None


@dataclass(frozen=True, slots=True)
class ResultFacts:
    field: str | None
    modes: Sequence[str]
    maturity: int | None
    price: Decimal | None
    currency: str
    region: str | None


Facts = NeedFacts | ResultFacts


def facts_of(source: ItemDraft | Item) -> Facts:
    """The facts of a draft, or of a stored item, whose names are the same."""
    if isinstance(source, NeedDraft | Need):
        return NeedFacts(
            source.field,
            source.cooperation_modes,
            source.maturity_wanted,
            source.budget_max,
            source.currency,
            source.preferred_regions,
            source.deadline,
        )
    assert isinstance(source, ResultDraft | Result)
    return ResultFacts(
        source.field, source.cooperation_modes, source.maturity, source.price, source.currency, source.region
    )


def judge(need: NeedFacts, result: ResultFacts, today: date) -> tuple[dict[str, float], list[Gap]]:
    """The value of each part of `PARTS`, and what stands between the two."""
    values: dict[str, float] = {}
    gaps: list[Gap] = []
    for part, judged in PARTS.items():
        values[part], message = judged(need, result, today)
        if message:
            gaps.append(Gap(part, message))
    return values, gaps


def judge_either_way(asked: Facts | None, found: Facts, today: date) -> tuple[dict[str, float], list[Gap]]:
    """As `judge`, whichever side asks. Free text asks with no facts: every part is unknown."""
    if isinstance(asked, NeedFacts) and isinstance(found, ResultFacts):
        return judge(asked, found, today)
    if isinstance(asked, ResultFacts) and isinstance(found, NeedFacts):
        return judge(found, asked, today)
    return dict.fromkeys(PARTS, UNKNOWN), []


def _field(need: NeedFacts, result: ResultFacts, today: date) -> tuple[float, str]:
    if need.field is None or result.field is None:
        return UNKNOWN, ""
    return fields.related(need.field, result.field), ""


def _maturity(need: NeedFacts, result: ResultFacts, today: date) -> tuple[float, str]:
    if need.maturity_wanted is None or result.maturity is None:
        return UNKNOWN, ""
    lacking = need.maturity_wanted - result.maturity
    if lacking <= 0:
        return 1.0, ""
    return max(0.0, 1 - lacking / 4), f"TRL {result.maturity}, wanted {need.maturity_wanted}"


def _cooperation(need: NeedFacts, result: ResultFacts, today: date) -> tuple[float, str]:
    if not need.modes or not result.modes:
        return UNKNOWN, ""
    wanted, offered = set(need.modes), set(result.modes)
    if wanted & offered:
        return 1.0, ""
    if any(wanted & near and offered & near for near in _NEAR_MODES):
        return 0.7, ""
    return 0.0, f"offers {_listed(result.modes)}, wanted {_listed(need.modes)}"


def _budget(need: NeedFacts, result: ResultFacts, today: date) -> tuple[float, str]:
    # Without exchange rates of the day, amounts in unlike currencies say nothing.
    if need.budget_max is None or result.price is None or need.currency != result.currency:
        return UNKNOWN, ""
    if result.price <= need.budget_max:
        return 1.0, ""
    message = f"asks {result.price:,.0f} {result.currency}, budget up to {need.budget_max:,.0f}"
    return float(need.budget_max / result.price), message


def _region(need: NeedFacts, result: ResultFacts, today: date) -> tuple[float, str]:
    if not need.preferred_regions or result.region is None:
        return UNKNOWN, ""
    near = max(regions.related(wanted, result.region) for wanted in need.preferred_regions)
    if near:
        return near, ""
    wanted = ", ".join(regions.name(code) for code in need.preferred_regions)
    return 0.0, f"from {regions.name(result.region)}, preferred {wanted}"


def _time(need: NeedFacts, result: ResultFacts, today: date) -> tuple[float, str]:
    if need.deadline is None or need.deadline >= today:
        return UNKNOWN, ""
    return 0.0, f"the need's deadline passed on {need.deadline.isoformat()}"


def _completeness(need: NeedFacts, result: ResultFacts, today: date) -> tuple[float, str]:
    """How much the result says of what a need may ask about: who hides nothing can be judged."""
    told = (result.field, result.modes, result.maturity, result.price, result.region)
    return sum(one not in (None, [], ()) for one in told) / len(told), ""


PARTS: dict[str, Callable[[NeedFacts, ResultFacts, date], tuple[float, str]]] = {
    "field": _field,
    "maturity": _maturity,
    "cooperation": _cooperation,
    "budget": _budget,
    "region": _region,
    "time": _time,
    "completeness": _completeness,
}


def _listed(modes: Sequence[str]) -> str:
    return ", ".join(str(mode).replace("_", " ") for mode in modes)
