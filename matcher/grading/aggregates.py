"""What many grades say together: means, spread, agreement, severity, and what is too close to call.

Pure: numbers in, numbers out. Grades are between 0 and 100, one for each pair of a grader and an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

TRIMMED = 0.2
"""The part of an answer's grades that a trimmed mean leaves out at each end; with fewer than five, one at
each end where at least three stand."""
CONFIDENCE = 0.95
_SAME = 9
"""Decimals to which scores are told apart: further ones are the arithmetic's, not the graders'."""


@dataclass(frozen=True, slots=True)
class Graded:
    """One grader's weighted score of one answer."""

    answer: str
    grader: str
    score: float


@dataclass(frozen=True, slots=True)
class Summary:
    """All grades of one answer."""

    answer: str
    grades: int
    mean: float
    trimmed: float
    spread: float | None
    """Standard deviation; None of a single grade."""
    corrected: float
    """The mean, were every grader as severe as the others."""
    low: float | None = None
    high: float | None = None
    """The confidence interval of the mean; None where too few graded twice to tell how far graders differ."""
    rank: int = 0
    """By the mean, from 1; equal means share a rank."""
    too_close: bool = False
    """Its interval overlaps that of an answer on the next rank above or below, or there is none to tell by."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    summaries: tuple[Summary, ...]
    """Best first."""
    alpha: float | None
    """Krippendorff's, for intervals: 1 is agreement, 0 what chance would give; None where it says nothing."""
    severity: Mapping[str, float]
    """Grader → how many points above (lenient) or below (severe) the others."""


def weighted(scores: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The mean of a rubric's scores by its criteria's weights. Every criterion has to have one."""
    return sum(scores[key] * weight for key, weight in weights.items()) / sum(weights.values())


def aggregate(graded: Sequence[Graded]) -> Aggregate:
    if not graded:
        return Aggregate((), None, {})
    by_answer: dict[str, list[Graded]] = {}
    for one in graded:
        by_answer.setdefault(one.answer, []).append(one)
    severity = severities(graded)
    within = _spread_within([[one.score for one in ones] for ones in by_answer.values()])
    found = [
        _summary(answer, [one.score for one in ones], [severity[one.grader] for one in ones], within)
        for answer, ones in by_answer.items()
    ]
    return Aggregate(_ranked(found), alpha([[one.score for one in ones] for ones in by_answer.values()]), severity)


def _summary(answer: str, scores: list[float], severity: list[float], within: tuple[float, int] | None) -> Summary:
    mean = float(np.mean(scores))
    low = high = None
    if within is not None:
        deviation, freedom = within
        reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * deviation / len(scores) ** 0.5
        low, high = max(0.0, mean - reach), min(100.0, mean + reach)
    return Summary(
        answer,
        len(scores),
        mean,
        trimmed_mean(scores),
        float(np.std(scores, ddof=1)) if len(scores) > 1 else None,
        mean - float(np.mean(severity)),
        low,
        high,
    )


def trimmed_mean(scores: Sequence[float]) -> float:
    """Without the highest and the lowest, so that no single grader lifts or sinks an answer."""
    cut = max(1, int(len(scores) * TRIMMED)) if len(scores) >= 3 else 0
    return float(np.mean(sorted(scores)[cut : len(scores) - cut]))


def _spread_within(scores: Iterable[list[float]]) -> tuple[float, int] | None:
    """How far grades of one and the same answer lie apart, over all answers, and the degrees of freedom."""
    lists = [np.asarray(ones) for ones in scores]
    freedom = sum(len(ones) - 1 for ones in lists)
    if freedom < 1:
        return None
    squares = sum(float(((ones - ones.mean()) ** 2).sum()) for ones in lists)
    return (squares / freedom) ** 0.5, freedom


# -- agreement and severity -----------------------------------------------------------------------


def alpha(units: Iterable[Sequence[float]]) -> float | None:
    """Krippendorff's alpha with squared differences (interval data), grades missing at will.

    As in K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): 1 − observed over expected
    disagreement, of the grades of units that were graded at least twice.
    """
    pairable = [np.asarray(ones, dtype=float) for ones in units if len(ones) > 1]
    if not pairable:
        return None
    grades = np.concatenate(pairable)
    expected = _squared_differences(grades) / (len(grades) - 1)
    if expected == 0:
        return None
    observed = sum(_squared_differences(ones) / (len(ones) - 1) for ones in pairable)
    return 1 - observed / expected


def _squared_differences(values: NDArray[np.float64]) -> float:
    """Summed over all ordered pairs."""
    return float(2 * len(values) * ((values - values.mean()) ** 2).sum())


def severities(graded: Sequence[Graded]) -> dict[str, float]:
    """Each grader's points above or below the others: a score is taken for answer + grader, by least squares.

    Graders are compared with those they share answers with, directly or through others; where a group
    shares none with the rest, its effects add up to nothing by themselves.
    """
    answers = {name: place for place, name in enumerate(dict.fromkeys(one.answer for one in graded))}
    graders = {name: place for place, name in enumerate(dict.fromkeys(one.grader for one in graded))}
    design = np.zeros((len(graded), len(answers) + len(graders)))
    for row, one in enumerate(graded):
        design[row, answers[one.answer]] = design[row, len(answers) + graders[one.grader]] = 1
    effects = np.linalg.lstsq(design, np.asarray([one.score for one in graded]), rcond=None)[0]
    found = {name: float(effects[len(answers) + place]) for name, place in graders.items()}
    for group in _connected(graded):
        middle = sum(found[name] for name in group) / len(group)
        found |= {name: round(found[name] - middle, _SAME) + 0.0 for name in group}
    return found


def _connected(graded: Sequence[Graded]) -> list[set[str]]:
    """Graders in groups that share answers."""
    by_answer: dict[str, set[str]] = {}
    for one in graded:
        by_answer.setdefault(one.answer, set()).add(one.grader)
    groups: list[set[str]] = []
    for together in by_answer.values():
        joined = together.union(*(group for group in groups if group & together))
        groups = [group for group in groups if not group & together] + [joined]
    return groups


# -- ranks ----------------------------------------------------------------------------------------


def ranks(scores: Mapping[str, float]) -> dict[str, int]:
    """From 1, the highest first; equal scores share a rank, and the one after them comes behind all of them."""
    rounded = {name: round(score, _SAME) for name, score in scores.items()}
    return {name: 1 + sum(other > score for other in rounded.values()) for name, score in rounded.items()}


def _ranked(summaries: Sequence[Summary]) -> tuple[Summary, ...]:
    rank = ranks({one.answer: one.mean for one in summaries})
    ordered = sorted(summaries, key=lambda one: rank[one.answer])
    close: set[str] = set()
    for above, below in zip(ordered, ordered[1:], strict=False):
        if above.low is None or below.high is None or below.high >= above.low:
            close |= {above.answer, below.answer}
    return tuple(replace(one, rank=rank[one.answer], too_close=one.answer in close) for one in ordered)
