"""From evidence to one number between 0 and 1, with every part's share in it.

Each part of the evidence is a value in [0, 1]. The score is a logistic function of their weighted
sum; the weights, none of them negative, stand in `calibration.toml` with how they were fitted. So
the score of a pair reads as the chance that somebody who knows both sides would say that the result
solves the need at least in part, among pairs like those it was fitted on.

*meaning* compares vectors: the two whole texts, and each passage of the one side with the nearest
of the other. *words* is about the query's telling words (`matcher.matching.words`): how much it can
say follows from the query and from the candidate's language. The other parts are the fit
(`matcher.matching.fit`), 0.5 where one side says nothing of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.base import Vectors
from matcher.matching.matches import Share

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """`score = 1 / (1 + exp(-(intercept + Σ weight · value)))`."""

    intercept: float
    weights: Mapping[str, float]


@cache
def shipped() -> Calibration:
    """The calibration that comes with the project."""
    text = Path(__file__).with_name("calibration.toml").read_text(encoding="utf-8")
    values = tomllib.loads(text)
    return Calibration(float(values["intercept"]), {k: float(v) for k, v in values["weights"].items()})


def scores(values: Mapping[str, Values], calibration: Calibration) -> Values:
    """The score of each candidate, from every part's value of each candidate, shape (n,)."""
    total = np.full(len(next(iter(values.values()))), calibration.intercept)
    for part, value in values.items():
        total += calibration.weights[part] * value
    result: Values = 1 / (1 + np.exp(-total))
    return result


def shares(values: Mapping[str, float], score: float, weights: Mapping[str, float]) -> tuple[Share, ...]:
    """A score divided among the parts, in proportion to what each adds to the sum."""
    added = {part: weights[part] * value for part, value in values.items()}
    total = sum(added.values())
    return tuple(Share(part, values[part], score * amount / total if total else 0.0) for part, amount in added.items())


def meanings(query: Vectors, candidates: Sequence[Vectors]) -> Vectors:
    """How far a query's passages (n, d) and each candidate's (m, d), m ≥ 1, say the same; in [0, 1].

    The mean of: the cosine of the two whole texts, and the mean over the query's passages of the
    best cosine among the candidate's.
    """
    if not len(query) or not candidates:
        return np.zeros(len(candidates), np.float32)
    best = np.maximum.reduceat(query @ np.concatenate(candidates).T, _starts(candidates), axis=1)
    whole = wholes(candidates) @ wholes([query])[0]
    near: Vectors = np.clip((whole + best.mean(axis=0)) / 2, 0.0, 1.0)
    return near


def wholes(texts: Sequence[Vectors]) -> Vectors:
    """One unit vector for each text out of its passages' vectors, of which there is at least one."""
    sums = np.add.reduceat(np.concatenate(texts), _starts(texts), axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    units: Vectors = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    return units


def _starts(texts: Sequence[Vectors]) -> NDArray[np.int64]:
    """Where each text's passages begin when all stand one after the other."""
    return np.cumsum([0, *(len(vectors) for vectors in texts[:-1])])
