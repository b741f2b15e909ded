"""What a need demands, which results that keeps out, and how each demand would have to give way for one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial

from matcher import regions
from matcher.drafts import CooperationMode, Operator
from matcher.matching import fit, indicators
from matcher.matching.candidates import Scored
from matcher.matching.fit import NeedFacts, ResultFacts
from matcher.matching.indicators import Counterpart
from matcher.quantities.compare import Outcome
from matcher.quantities.reading import Stated
from matcher.quantities.wording import quantity

Value = Stated | int | Decimal | date | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Demands:
    """What a need asks for, as far as it may be relaxed."""

    facts: NeedFacts
    listed: Mapping[int, Stated]
    """All indicators, by position in the draft's list."""
    today: date

    @property
    def musts(self) -> dict[int, Stated]:
        return {position: stated for position, stated in self.listed.items() if stated.must}

    def with_facts(self, **changed: object) -> Demands:
        return replace(self, facts=replace(self.facts, **changed))  # type: ignore[arg-type]  # fields of NeedFacts


@dataclass(frozen=True, slots=True)
class Known:
    """A candidate with all that is looked at."""

    scored: Scored
    facts: ResultFacts
    stated: Mapping[int, Counterpart]
    """Its own for each indicator that it surely states, by position in the draft's list."""
    first: int
    """Equal for those that say the same."""


PLACES = {
    "maturity": "maturity_wanted",
    "cooperation": "cooperation_modes",
    "budget": "budget_max",
    "region": "preferred_regions",
    "time": "deadline",
}
"""Each part of the fit in which something may stand in the way, with the demand that it is about."""


def evidence(demands: Demands, one: Known) -> dict[str, float]:
    """What speaks for it under these demands, part by part of the score."""
    found = {**one.scored.values, **fit.judge(demands.facts, one.facts, demands.today)[0]}
    if demands.listed:
        found["indicators"] = indicators.evidence(
            (stated.must, _outcome(stated, one.stated.get(position))) for position, stated in demands.listed.items()
        )
    return found


def _outcome(stated: Stated, counterpart: Counterpart | None) -> Outcome:
    return Outcome.UNKNOWN if counterpart is None else indicators.judged(stated, counterpart).outcome


def against(demands: Demands, one: Known) -> set[str]:
    """The demands that what it tells stands against, each as the path of the draft's field."""
    missed = {
        f"indicators.{position}"
        for position, must in demands.musts.items()
        if _outcome(must, one.stated.get(position)) is Outcome.NOT_MET
    }
    _, gaps = fit.judge(demands.facts, one.facts, demands.today)
    return missed | {PLACES[gap.part] for gap in gaps}


@dataclass(frozen=True, slots=True)
class Change:
    """A demand that gave way."""

    to: str
    value: Value
    """What the draft's field holds then."""
    demands: Demands
    far: float = 0.0
    """How far it gave way, where one change takes in another."""


@dataclass(frozen=True, slots=True)
class Demand:
    place: str
    name: str
    """An indicator's own name; of a constraint its place again."""
    now: str
    changes: Callable[[Known], Iterable[Change]]
    """How it would have to change for one that it keeps out."""
    nested: bool = True
    """Each change takes in the nearer ones; else they stand beside each other, as regions do."""


def each(demands: Demands) -> Iterator[Demand]:
    """All of a need but its deadline, which no result tells anything of."""
    for position, must in demands.musts.items():
        yield Demand(
            f"indicators.{position}", must.name, told(must), partial(_other_value, demands, position), nested=True
        )
    facts = demands.facts
    if facts.maturity_wanted is not None:
        yield _constraint("maturity_wanted", f"TRL {facts.maturity_wanted}", demands, _lower_maturity)
    if facts.budget_max is not None:
        yield _constraint("budget_max", _money(facts.budget_max, facts.currency), demands, _higher_budget)
    if facts.preferred_regions:
        preferred = ", ".join(facts.preferred_regions)
        yield _constraint("preferred_regions", preferred, demands, _one_region_more, nested=False)
    if facts.modes:
        modes = ", ".join(map(str, facts.modes))
        yield _constraint("cooperation_modes", modes, demands, _one_mode_more, nested=False)


def _constraint(
    place: str,
    now: str,
    demands: Demands,
    changes: Callable[[Demands, ResultFacts], Iterable[Change]],
    *,
    nested: bool = True,
) -> Demand:
    return Demand(place, place, now, lambda one: changes(demands, one.facts), nested)


def _lower_maturity(demands: Demands, theirs: ResultFacts) -> Iterator[Change]:
    wanted, level = demands.facts.maturity_wanted, theirs.maturity
    if wanted is not None and level is not None:
        yield Change(f"TRL {level}", level, demands.with_facts(maturity_wanted=level), wanted - level)


def _higher_budget(demands: Demands, theirs: ResultFacts) -> Iterator[Change]:
    most, price = demands.facts.budget_max, theirs.price
    if most is not None and price is not None:
        to = _money(price, demands.facts.currency)
        yield Change(to, price, demands.with_facts(budget_max=price), float(price - most))


def _one_region_more(demands: Demands, theirs: ResultFacts) -> Iterator[Change]:
    if theirs.region is not None:
        province = regions.province(theirs.region)
        preferred = (*demands.facts.preferred_regions, province)
        yield Change(f"+ {province}", preferred, demands.with_facts(preferred_regions=preferred))


def _one_mode_more(demands: Demands, theirs: ResultFacts) -> Iterator[Change]:
    for mode in theirs.modes:
        modes = (*demands.facts.modes, CooperationMode(mode))
        yield Change(f"+ {mode}", tuple(map(str, modes)), demands.with_facts(modes=modes))


def _money(amount: Decimal, currency: str) -> str:
    return f"≤ {amount:,.2f}".removesuffix(".00") + f" {currency}"


# -- indicators ------------------------------------------------------------------------------------


def _other_value(demands: Demands, position: int, one: Known) -> Iterator[Change]:
    must = demands.listed[position]
    if position in one.stated and (given := relaxed(must, one.stated[position])) is not None:
        changed = replace(demands, listed={**demands.listed, position: given})
        yield Change(told(given), given, changed, _far(must, given))


def relaxed(must: Stated, counterpart: Counterpart) -> Stated | None:
    """The same with the nearest value at which that counterpart meets it; None where there is none at which it
    surely does. What asks for one exact value has no nearer and farther."""
    verdict = indicators.judged(must, counterpart)
    ends = [end for end in dict.fromkeys((verdict.low, verdict.high)) if end is not None]
    tried = (_with(must, low, high) for low, high in _weaker(must, ends))
    return next((given for given in tried if indicators.judged(given, counterpart).outcome is Outcome.MET), None)


def _weaker(must: Stated, ends: Sequence[float]) -> Iterator[tuple[float, float | None]]:
    """Bounds that what lies between these ends may meet, from the nearest on."""
    match must.operator:
        case Operator.AT_LEAST:
            yield from ((end, None) for end in sorted(ends, reverse=True) if end < must.value)
        case Operator.AT_MOST:
            yield from ((end, None) for end in sorted(ends) if end > must.value)
        case Operator.BETWEEN if ends and must.value_high is not None:
            low, high = min(ends), max(ends)
            if must.value_high == -must.value:  # a deviation of at most that
                size = max(abs(low), abs(high))
                yield -size, size
            else:
                yield min(low, must.value), max(high, must.value_high)
            if max(low, must.value) < min(high, must.value_high):  # less of a range that is to be covered
                yield max(low, must.value), min(high, must.value_high)


def _with(must: Stated, low: float, high: float | None) -> Stated:
    given = replace(must, value=low, value_high=high)
    return replace(given, text=f"{must.name} {told(given)}")


def told(stated: Stated) -> str:
    """The bound alone: "≥ 99.5 %"."""
    return quantity(stated.operator, stated.value, stated.value_high, stated.unit)


def _far(must: Stated, given: Stated) -> float:
    ends = abs(given.value - must.value)
    if given.value_high is not None and must.value_high is not None:
        ends += abs(given.value_high - must.value_high)
    return ends
