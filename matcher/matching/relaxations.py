"""What a need gives away with each of its must-haves and constraints: how many results more would do without.

A result would do when its score is above the line, and nothing that it tells stands against a demand: no must-have
that it surely misses, no constraint that it surely breaks. What it does not tell keeps nothing out. How far one
demand would have to give way is read from the values of the results that it alone keeps out; then all results that
were recalled are judged and scored anew under the changed demand, and counted. The text stays as it is: a
changed number hardly changes what a need is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from matcher.matching import demands as asked
from matcher.matching.candidates import Scored
from matcher.matching.demands import Demand, Demands, Known, Value
from matcher.matching.score import Calibration, scores

FEW = 3
"""So many changes of one demand are told at most."""


@dataclass(frozen=True, slots=True)
class Step:
    """One demand changed, and what that alone would bring."""

    to: str
    """Such as "≥ 99.5 %"; one region or mode more as its code."""
    value: Value
    """What the draft's field at the relaxation's place would hold."""
    brings: tuple[str, ...]
    """Ids of the results more that would do, those that say the same once."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    place: str
    """The demand, as the path of the draft's field: indicators.0, budget_max …"""
    name: str
    """An indicator's own name; of a constraint its place again."""
    now: str
    steps: tuple[Step, ...]
    """The nearest first, each bringing more than the one before; of regions and modes, what brings most first."""


@dataclass(frozen=True, slots=True)
class Chances:
    looked_at: int
    """Results recalled of which all that is public is shown to whoever asks."""
    above: int
    """Those above the line, ones that say the same counted once."""
    standing: int
    """Of those, the ones that would do."""
    relaxations: tuple[Relaxation, ...]


def within_reach(scored: Sequence[Scored], line: float, calibration: Calibration) -> list[bool]:
    """Whether each would be above the line if all that can give way did. The others need no closer look."""
    at_best = [{**one.values, **dict.fromkeys((*asked.PLACES, "indicators"), 1.0)} for one in scored]
    return _pass(at_best, line, calibration)


def chances(
    demands: Demands, known: Sequence[Known], line: float, calibration: Calibration, *, looked_at: int
) -> Chances:
    """`known` are those of all `looked_at` that are within reach."""
    count = _Count(line, calibration)
    above = count.above(demands, known)
    standing = count.standing(demands, known)
    found: list[Relaxation] = []
    rest = demands
    deadline = demands.facts.deadline
    if deadline is not None and deadline < demands.today:
        # It keeps all of them out: the other demands are looked at as if it were mended.
        rest = demands.with_facts(deadline=None)
        if brings := _more(count.standing(rest, known), standing):
            step = Step(demands.today.isoformat(), demands.today, brings)
            found.append(Relaxation("deadline", "deadline", deadline.isoformat(), (step,)))
    base = count.standing(rest, known)
    kept_out_by = [(one, asked.against(rest, one)) for one in known]
    for demand in asked.each(rest):
        # Who is kept out by another demand as well stays out.
        among = [one for one, places in kept_out_by if places <= {demand.place}]
        kept_out = [one for one, places in kept_out_by if places == {demand.place}]
        if steps := tuple(islice(_steps(demand, kept_out, among, count, base), FEW)):
            found.append(Relaxation(demand.place, demand.name, demand.now, steps))
    return Chances(looked_at, len(above), len(standing), tuple(found))


class _Count:
    """Which results would do, for one need with changing demands."""

    def __init__(self, line: float, calibration: Calibration) -> None:
        self._line, self._calibration = line, calibration

    def standing(self, demands: Demands, among: Sequence[Known]) -> dict[int, str]:
        """The first of those that say the same → the id of one of them that would do."""
        return _once(one for one in self._passing(demands, among) if not asked.against(demands, one))

    def above(self, demands: Demands, among: Sequence[Known]) -> dict[int, str]:
        """As `standing`, whatever stands against them."""
        return _once(self._passing(demands, among))

    def _passing(self, demands: Demands, among: Sequence[Known]) -> Iterator[Known]:
        passed = _pass([asked.evidence(demands, one) for one in among], self._line, self._calibration)
        return (one for one, enough in zip(among, passed, strict=True) if enough)


def _pass(values: Sequence[Mapping[str, float]], line: float, calibration: Calibration) -> list[bool]:
    if not values:
        return []
    by_part = {part: np.array([value[part] for value in values]) for part in values[0]}
    return [bool(enough) for enough in scores(by_part, calibration) >= line]


def _once(known: Iterable[Known]) -> dict[int, str]:
    found: dict[int, str] = {}
    for one in known:
        found.setdefault(one.first, one.scored.candidate.id)
    return found


def _more(standing: Mapping[int, str], base: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(id for first, id in standing.items() if first not in base)


def _steps(
    demand: Demand, kept_out: Sequence[Known], among: Sequence[Known], count: _Count, base: Mapping[int, str]
) -> Iterator[Step]:
    changes = {change.to: change for one in kept_out for change in demand.changes(one)}
    ordered = sorted(changes.values(), key=lambda change: (change.far, change.to))
    steps = (Step(change.to, change.value, _more(count.standing(change.demands, among), base)) for change in ordered)
    if not demand.nested:
        yield from sorted((step for step in steps if step.brings), key=lambda step: -len(step.brings))
        return
    most = 0
    for step in steps:
        if len(step.brings) > most:
            most = len(step.brings)
            yield step
