"""From evidence to one number between 0 and 1, with every part's share in it.

Each part of the evidence (`matcher.matching.parts`) is a value in [0, 1]. The score is a logistic
function of their weighted sum; the weights, none of them negative, stand in a calibration: a small
file that says how it was fitted. So the score of a pair reads as the chance that somebody who knows
both sides would take it further, among pairs like those it was fitted on.

*passages* and *whole* compare vectors: each passage of the one side with the nearest of the other,
and the two whole texts. *words* says how alike the two texts are in their words
(`matcher.matching.words`). The other parts are the fit (`matcher.matching.fit`): 0.5 where one side
says nothing of it.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.base import Vectors
from matcher.matching.matches import Share
from matcher.matching.parts import BASE, PARTS, in_words

Values = NDArray[np.float64]

_EVEN = 1e-9


@dataclass(frozen=True)
class Calibration:
    """`score = 1 / (1 + exp(-(intercept + Σ weight · value)))`."""

    intercept: float
    weights: Mapping[str, float]
    about: Mapping[str, Any] = field(default_factory=dict)
    """What it was fitted on, and how well it does on what it was not fitted on."""

    def log_odds(self, values: Mapping[str, float]) -> float:
        return self.intercept + sum(self.weights[part] * value for part, value in values.items())


SHIPPED = Path(__file__).with_name("calibration.toml")


@cache
def shipped() -> Calibration:
    """The calibration that comes with the project."""
    return parse(SHIPPED.read_text(encoding="utf-8"))


def parse(text: str) -> Calibration:
    """What `written` wrote. Raises ValueError for anything else."""
    values = tomllib.loads(text)
    try:
        intercept = float(values["intercept"])
        weights = {part: float(values["weights"][part]) for part in PARTS}
    except (KeyError, TypeError) as error:
        raise ValueError(f"no calibration: {error} is missing or no number") from None
    if set(values["weights"]) != set(PARTS) or not all(0 <= weight < math.inf for weight in weights.values()):
        raise ValueError("no calibration: a weight for each part is expected, none of them negative")
    return Calibration(intercept, weights, values.get("about", {}))


def written(calibration: Calibration) -> str:
    """A calibration as a file that people can read."""
    about = "".join(f"{name} = {_literal(value)}\n" for name, value in calibration.about.items())
    weights = "".join(f"{part} = {calibration.weights[part]:.3f}\n" for part in PARTS)
    return f"intercept = {calibration.intercept:.3f}\n\n[weights]\n{weights}\n[about]\n{about}"


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def scores(values: Mapping[str, Values], calibration: Calibration) -> Values:
    """The score of each candidate, from every part's value of each candidate, shape (n,)."""
    total = np.full(len(next(iter(values.values()))), calibration.intercept)
    for part, value in values.items():
        total += calibration.weights[part] * value
    return probabilities(total)


def probabilities(log_odds: Values) -> Values:
    result: Values = 1 / (1 + np.exp(-log_odds))
    return result


def shares(values: Mapping[str, float], calibration: Calibration) -> tuple[Share, ...]:
    """The score divided among the parts, each in proportion to what it adds to the log-odds beyond its
    neutral value; what is left, the score of a pair of which nothing is known, is the base.

    They add up to the score: on the straight way from the neutral values to these ones, each part has
    done so much of the climb. What speaks against a pair has a negative share.
    """
    added = {part: calibration.weights[part] * (value - PARTS[part].neutral) for part, value in values.items()}
    climb = sum(added.values())
    end = calibration.log_odds(values)
    base, score = (float(one) for one in probabilities(np.array([end - climb, end])))
    slope = (score - base) / climb if abs(climb) > _EVEN else score * (1 - score)
    found = [(part, values[part], slope * amount) for part, amount in added.items()]
    return tuple(Share(part, value, share, in_words(part, value, share)) for part, value, share in found) + (
        Share(BASE, 1.0, base, in_words(BASE, 1.0, base)),
    )


def meanings(query: Vectors, candidates: Sequence[Vectors]) -> tuple[Values, Values]:
    """How far a query's passages (n, d) and each candidate's (m, d), m ≥ 1, say the same; each in [0, 1].

    First the mean over the query's passages of the best cosine among the candidate's, then the cosine
    of the two whole texts.
    """
    if not len(query) or not candidates:
        return np.zeros(len(candidates)), np.zeros(len(candidates))
    best = np.maximum.reduceat(query @ np.concatenate(candidates).T, _starts(candidates), axis=1)
    whole = wholes(candidates) @ wholes([query])[0]
    return _within(best.mean(axis=0)), _within(whole)


def _within(cosines: Vectors) -> Values:
    within: Values = np.clip(cosines.astype(np.float64), 0.0, 1.0)
    return within


def wholes(texts: Sequence[Vectors]) -> Vectors:
    """One unit vector for each text out of its passages' vectors, of which there is at least one."""
    sums = np.add.reduceat(np.concatenate(texts), _starts(texts), axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    units: Vectors = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    return units


def _starts(texts: Sequence[Vectors]) -> NDArray[np.int64]:
    """Where each text's passages begin when all stand one after the other."""
    return np.cumsum([0, *(len(vectors) for vectors in texts[:-1])])
