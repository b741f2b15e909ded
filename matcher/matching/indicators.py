"""What a need asks for in numbers, and what a result has shown of it: each met, not met, or unknown.

Looked at for the matches that are kept only, with the vectors of names that the index keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from embeddings.base import Vectors
from matcher.entities import Kind
from matcher.indicator_names import IndicatorNames
from matcher.matching.matches import Compared, Gap
from matcher.passages import Cut
from matcher.quantities import align, kinds, reading, units
from matcher.quantities.align import Pairing
from matcher.quantities.compare import Outcome, Verdict, compare
from matcher.quantities.reading import Stated

GAPS = 3
"""At most so many indicators are told as gaps: the must-haves first."""


@dataclass(frozen=True, slots=True)
class Side:
    """A need or a result: its indicators, and its passages, in which more may stand."""

    indicators: Sequence[Stated]
    cuts: Sequence[Cut]


def compared(known: IndicatorNames, wanted: Kind, asked: Side, found: Sequence[Side]) -> list[tuple[Compared, ...]]:
    """For each of `found` how the need's indicators stand against the result's.

    `wanted` is the kind of those found. The need's own indicators all come back, those that nothing of the
    result's is surely the same as being unknown; those read from a text only where they have a counterpart.
    """
    here = _stated(asked, wanted.other)
    there = [_stated(side, wanted) for side in found]
    pairs = [(here, theirs) if wanted is Kind.RESULT else (theirs, here) for theirs in there]
    names = _Names(known, pairs)
    return [_compared(names, needs, results) for needs, results in pairs]


@dataclass(frozen=True, slots=True)
class Counterpart:
    """What a result handed in that is surely the same as an indicator of a need."""

    result: Stated
    rivals: tuple[Stated, ...] = ()
    """Others of the result whose names are as near."""


def counterparts(
    known: IndicatorNames, needs: Sequence[Stated], found: Sequence[Sequence[Stated]]
) -> list[dict[int, Counterpart]]:
    """For each result's indicators, by position in `needs`, those that have one: what `compared` pairs too."""
    mine = list(needs)
    names = _Names(known, [(mine, list(theirs)) for theirs in found])
    return [
        {
            position: Counterpart(theirs[pairing.result], tuple(theirs[rival] for rival in pairing.rivals))
            for position, pairing in _paired(names, mine, list(theirs)).items()
        }
        for theirs in found
    ]


def judged(need: Stated, counterpart: Counterpart) -> Verdict:
    verdict = compare(need, counterpart.result)
    if any(compare(need, rival).outcome is not verdict.outcome for rival in counterpart.rivals):
        return Verdict(Outcome.UNKNOWN, "several indicators of the result may be meant", unit=need.unit)
    return verdict


_MUST = 2.0
"""How much more a must-have weighs than what would be nice."""


def evidence(outcomes: Iterable[tuple[bool, Outcome]]) -> float:
    """Of each indicator whether it is a must-have and how it came out. In [0, 1]: 1 where all is met, 0 where
    nothing is, 0.5 where nothing is known."""
    spoken = {Outcome.MET: 1.0, Outcome.NOT_MET: -1.0, Outcome.UNKNOWN: 0.0}
    weighed = [(_MUST if must else 1.0, spoken[outcome]) for must, outcome in outcomes]
    balance = sum(weight * said for weight, said in weighed)
    return 0.5 + 0.5 * balance / sum(weight for weight, _ in weighed) if weighed else 0.5


def gaps(compared: Sequence[Compared]) -> tuple[Gap, ...]:
    """What is not met, in words."""
    missed = [one for one in compared if one.outcome is Outcome.NOT_MET and not one.from_text]
    missed.sort(key=lambda one: not one.must)
    return tuple(Gap("indicators", f"{one.name} {one.reason}") for one in missed[:GAPS])


def _stated(side: Side, kind: Kind) -> list[Stated]:
    """Those handed in first, then those read from text that say something else."""
    read = (reading.wanted if kind is Kind.NEED else reading.shown)([(cut.part, cut.text) for cut in side.cuts])
    told = {(one.name, one.value, one.unit) for one in side.indicators}
    return [*side.indicators, *(one for one in read if (one.name, one.value, one.unit) not in told)]


class _Names:
    """Vectors of the names that could be paired at all, by name."""

    def __init__(self, known: IndicatorNames, pairs: Sequence[tuple[list[Stated], list[Stated]]]) -> None:
        names: dict[str, None] = {}
        for needs, results in pairs:
            wanted, shown = _dimensions(needs), _dimensions(results)
            for stated, others in ((needs, shown), (results, wanted)):
                names.update((one.name, None) for one in stated if _dimensions([one]) & others)
        vectors = known.vectors(list(names))
        self._by_name = dict(zip(names, vectors, strict=True))
        self._none = np.zeros_like(vectors[0]) if vectors else np.zeros(0, np.float32)

    def of(self, stated: Sequence[Stated]) -> Vectors:
        rows = [self._by_name.get(one.name, self._none) for one in stated]
        return np.stack(rows) if rows else np.zeros((0, len(self._none)), np.float32)


def _dimensions(stated: Sequence[Stated]) -> frozenset[str]:
    return frozenset(family for one in stated if (family := _family(one.unit)) is not None)


@lru_cache(maxsize=8192)
def _family(unit: str) -> str | None:
    read = units.read(unit)
    return None if read is None else kinds.family(read)


def _compared(names: _Names, needs: list[Stated], results: list[Stated]) -> tuple[Compared, ...]:
    paired = _paired(names, needs, results)
    return tuple(
        _verdict(need, results, paired.get(position))
        for position, need in enumerate(needs)
        if not need.from_text or position in paired
    )


def _paired(names: _Names, needs: list[Stated], results: list[Stated]) -> dict[int, Pairing]:
    """By position of the need's indicator: first among what was handed in, then what only a text says."""
    paired: dict[int, Pairing] = {}
    if not _dimensions(needs) & _dimensions(results):
        return paired
    taken: set[int] = set()
    for of_need, of_result in ((False, False), (False, True), (True, False), (True, True)):
        rows = [i for i, one in enumerate(needs) if one.from_text is of_need and i not in paired]
        columns = [j for j, one in enumerate(results) if one.from_text is of_result and j not in taken]
        if not rows or not columns:
            continue
        mine, theirs = [needs[i] for i in rows], [results[j] for j in columns]
        for found in align.align(mine, theirs, names.of(mine), names.of(theirs)):
            rivals = tuple(columns[rival] for rival in found.rivals)
            paired[rows[found.need]] = Pairing(rows[found.need], columns[found.result], found.similarity, rivals)
            taken.add(columns[found.result])
    return paired


def _verdict(need: Stated, results: list[Stated], pairing: Pairing | None) -> Compared:
    if pairing is None:
        verdict, result, similarity = Verdict(Outcome.UNKNOWN, "the result does not surely state it"), None, 0.0
    else:
        result, similarity = results[pairing.result], pairing.similarity
        verdict = judged(need, Counterpart(result, tuple(results[rival] for rival in pairing.rivals)))
    return Compared(
        name=need.name,
        must=need.must,
        outcome=verdict.outcome,
        reason=verdict.reason,
        need=need.text,
        result=result.text if result else "",
        need_from_text=need.from_text,
        result_from_text=result is not None and result.from_text,
        low=verdict.low,
        high=verdict.high,
        unit=verdict.unit or need.unit,
        margin=verdict.margin,
        similarity=similarity,
        caveats=verdict.caveats,
    )
