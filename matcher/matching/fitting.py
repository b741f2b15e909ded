"""Fits how evidence becomes a score: a logistic function of a weighted sum, no weight negative.

Done with the shipped calibration (`make calibrate`) and by an installation that learns from its own
decisions (`matcher.matching.learning`); never while matching.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from matcher.matching.parts import FIT, PARTS, UNKNOWN
from matcher.matching.score import Calibration, Values, probabilities

LEAST: Mapping[str, float] = {"indicators": 0.5, "time": 0.5} | dict.fromkeys(
    ("field", "maturity", "cooperation", "budget", "region"), 0.3
)
"""Least weight of parts of the fit. Who judged looked at the technology; that a price within the budget or
an indicator that is met speaks for a pair is known without their judgements."""
_ALIKE = ("passages", "whole")
"""Parts that say nearly the same, so that a few hundred pairs cannot tell which of them says it: they get one
weight, until an installation's own decisions tell them apart."""
_PULL = 3.0
"""How hard weights are drawn to where they come from, against one for each pair."""
_LEAST_SPREAD = 0.05
"""A part of which all pairs say the same would else have any weight that the intercept makes up for."""
_BINS = 10


@dataclass(frozen=True)
class Pairs:
    """n pairs that somebody has decided on."""

    values: Values
    """The evidence, (n, parts), in the order of `PARTS`."""
    taken: Values
    """1 where the pair was taken further, else 0."""
    needs: NDArray[np.int64]
    """Which need each pair is of."""
    counts: Values
    """For how many pairs each one stands."""

    def __len__(self) -> int:
        return len(self.taken)

    def only(self, rows: NDArray[np.bool_]) -> Pairs:
        return Pairs(self.values[rows], self.taken[rows], self.needs[rows], self.counts[rows])

    def and_bare(self) -> Pairs:
        """Each a second time with its fit unknown, as if it came from files with no more than titles and
        descriptions: such pairs are to have fair scores too."""
        bare = self.values.copy()
        bare[:, [part in FIT for part in PARTS]] = UNKNOWN
        return Pairs(
            np.concatenate([self.values, bare]),
            *(np.concatenate([column, column]) for column in (self.taken, self.needs, self.counts)),
        )


def fitted(pairs: Pairs) -> Calibration:
    """From nothing."""
    columns = np.eye(len(PARTS))[:, [part != _ALIKE[0] for part in PARTS]]
    columns[list(PARTS).index(_ALIKE[0]), [part for part in PARTS if part != _ALIKE[0]].index(_ALIKE[1])] = 1.0
    return _fitted(pairs, columns, Calibration(0.0, dict.fromkeys(PARTS, 0.0)))


def refitted(pairs: Pairs, old: Calibration) -> Calibration:
    """From an older one, which holds where the pairs do not speak against it."""
    return _fitted(pairs, np.eye(len(PARTS)), old)


def _fitted(pairs: Pairs, columns: Values, old: Calibration) -> Calibration:
    """One weight for each of the `columns`, each the sum of some parts."""
    values = pairs.values @ columns
    spread = np.maximum(values.std(axis=0), _LEAST_SPREAD)
    first = np.array([old.weights[part] for part in PARTS]) @ columns / columns.sum(axis=0)
    least = np.array([LEAST.get(part, 0.0) for part in PARTS]) @ columns

    def loss(theta: Values) -> tuple[float, Values]:
        sums = theta[0] + values @ theta[1:]
        moved = (theta[1:] - first) * spread
        unlikely = pairs.counts @ (np.logaddexp(0, sums) - pairs.taken * sums)
        wrong = pairs.counts * (probabilities(sums) - pairs.taken)
        slope = np.concatenate([[wrong.sum()], wrong @ values + 2 * _PULL * moved * spread])
        return float(unlikely + _PULL * moved @ moved), slope

    start = np.concatenate([[old.intercept], np.maximum(first, least)])
    bounds = [(None, None), *((bound, None) for bound in least)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 5000})
    weights = columns @ found.x[1:]
    return Calibration(float(found.x[0]), dict(zip(PARTS, weights.tolist(), strict=True)))


def said(pairs: Pairs, calibration: Calibration) -> Values:
    """The score of each pair."""
    weights = np.array([calibration.weights[part] for part in PARTS])
    return probabilities(calibration.intercept + pairs.values @ weights)


def calibration_error(scores: Values, taken: Values, counts: Values | None = None) -> float:
    """By how much scores are off from how often pairs of such scores are taken, on average: in ten bins of as
    many pairs each."""
    counts = np.ones(len(scores)) if counts is None else counts
    bins: Sequence[NDArray[np.int64]] = np.array_split(np.argsort(scores, kind="stable"), _BINS)
    off = (abs(counts[some] @ (scores[some] - taken[some])) for some in bins if len(some))
    return float(sum(off) / counts.sum())


def log_loss(scores: Values, taken: Values) -> Values:
    """Of each pair: how surprising what came of it is to who believes the score."""
    loss: Values = -np.log(np.clip(np.where(taken > 0, scores, 1 - scores), 1e-12, 1.0))
    return loss
