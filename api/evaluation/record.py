"""The figures that stand recorded: what the READMEs show, and what a later run must not fall below.

`recorded.jsonl` has a line for each set and ranking. Beside the figures it keeps every need's nDCG in
hundredths, two signs each in the order of the needs' ids, so that a later run is compared need by need.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.evaluation.measuring import MEASURES, RANKERS, Measured
from matcher.matching import noise
from matcher.matching.matches import Ranker

RECORDED = Path(__file__).with_name("recorded.jsonl")
_PAIRED = "nDCG@10"
_ROUNDING = 0.005
"""Of values kept in hundredths."""
_ONE = 99
"""What 1 is kept as: nothing lies between the two that matters."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """What the READMEs show of one group of needs of a set under one ranking."""

    group: str
    ranker: str
    needs: int
    measures: Mapping[str, Sequence[float]]
    """Value, and the ends of its interval."""
    behind: Sequence[float] | None
    """By how much the whole score's nDCG is above, need by need, with the ends of its interval."""


@dataclass(frozen=True)
class Recorded:
    name: str
    results: int
    needs_digest: str
    """Of the needs' ids: other needs cannot be compared one by one."""
    figures: Sequence[Figure]
    each: Mapping[str, str]
    """By ranking, every need's nDCG in hundredths, 99 at most."""


def recorded(measured: Measured) -> Recorded:
    figures = [
        Figure(
            group,
            ranker,
            int(rows.sum()),
            {name: _told(noise.mean(measured.values[ranker][name][rows])) for name in MEASURES},
            _told(noise.mean(_differences(measured, ranker)[rows])) if ranker is not Ranker.FULL else None,
        )
        for group, rows in measured.groups()
        for ranker in RANKERS
    ]
    each = {str(ranker): _hundredths(measured.values[ranker][_PAIRED]) for ranker in RANKERS}
    return Recorded(measured.name, measured.results, _digest(measured.needs), figures, each)


def load(path: Path = RECORDED) -> dict[str, Recorded]:
    """By the set's name; empty where nothing was recorded yet."""
    if not path.exists():
        return {}
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["name"]: Recorded(**row | {"figures": [Figure(**one) for one in row["figures"]]}) for row in rows}


def save(sets: Mapping[str, Recorded], path: Path = RECORDED) -> None:
    lines = (json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in sets.values())
    path.write_text("".join(lines), encoding="utf-8")


def drops(measured: Measured, before: Recorded) -> Iterator[str]:
    """In words, which figures lie below those recorded by more than noise."""
    same = before.needs_digest == _digest(measured.needs)
    figures = {(one.group, one.ranker): one for one in before.figures}
    for group, rows in measured.groups():
        for ranker in RANKERS:
            old = figures.get((group, str(ranker)))
            for name, values in measured.values[ranker].items():
                if old is None:
                    continue
                now, was = values[rows], old.measures[name][0]
                if same and name == _PAIRED:
                    gone = noise.mean(_values(before.each[str(ranker)])[rows] - now).low > _ROUNDING
                else:
                    gone = noise.mean(now).high < was
                if gone:
                    yield f"{measured.name}, {group}, {ranker}: {name} {now.mean():.3f}, recorded {was:.3f}"


def _differences(measured: Measured, ranker: Ranker) -> Values:
    difference: Values = measured.values[Ranker.FULL][_PAIRED] - measured.values[ranker][_PAIRED]
    return difference


def _told(mean: noise.Mean) -> list[float]:
    return [round(one, 4) for one in (mean.value, mean.low, mean.high)]


def _hundredths(values: Values) -> str:
    return "".join(f"{min(_ONE, round(value * 100)):02d}" for value in values)


def _values(hundredths: str) -> Values:
    found = [int(hundredths[start : start + 2]) for start in range(0, len(hundredths), 2)]
    return np.array([1.0 if one == _ONE else one / 100 for one in found])


def _digest(needs: Sequence[str]) -> str:
    return hashlib.blake2b("\n".join(needs).encode(), digest_size=8).hexdigest()
