"""How sure a mean over needs is: by drawing the needs again and again (bootstrap), with the same seed each time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

Values = NDArray[np.float64]

CONFIDENCE = 0.95
_DRAWS = 4000


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with the interval that it lies in with a confidence of 95 %."""

    value: float
    low: float
    high: float


def mean(values: Values) -> Mean:
    """Of one value for each need; or of the differences of two rankings on the same needs, which is the paired
    bootstrap: what is hard for both moves neither."""
    found = float(values.mean())
    if len(values) < 2 or not np.ptp(values):
        return Mean(found, found, found)
    drawn = bootstrap(
        (values,), np.mean, confidence_level=CONFIDENCE, n_resamples=_DRAWS, method="percentile", rng=0, batch=500
    )
    low, high = drawn.confidence_interval
    return Mean(found, float(low), float(high))
