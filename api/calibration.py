"""Fits the shipped calibration of match scores: `make calibrate`.

The judged pairs of the demonstration set, and for each need the best-ranked of the others (its
authors judged whatever was on the topic, so these count as not solving), are described by the parts
of their evidence; a logistic regression with no negative weight is
fitted to "grade 2 or better".
Five-fold cross-validation over needs tells how well it would do on needs it has not seen.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sqlmodel import Session, select

from api.composition import Home, temporary_home
from api.settings import Settings
from matcher.actors import COMMAND_LINE
from matcher.entities import Kind, Need
from matcher.matching import pipeline, query, score
from matcher.matching.fit import PARTS, UNKNOWN
from matcher.matching.matches import Narrowing, Ranker
from matcher.sessions import reading
from seed_data import loading

TARGET = Path(score.__file__).with_name("calibration.toml")
NAMES = ("meaning", "words", *PARTS)
DEPTH = 30
"""Candidates taken for each need beside the judged ones."""
FOLDS = 5
_RIDGE = 0.02
_LEAST = 0.3
"""Least weight of each part of the fit. Who judged looked at the technology; that a price within the
budget or a wanted way of working together speaks for a pair is known without their judgements."""

Floats = npt.NDArray[np.float64]


def main() -> None:
    with temporary_home(Settings()) as home:
        loading.fill(home.engine, COMMAND_LINE)
        home.index.catch_up()
        values, solves, groups = collected(home)
    error, brier = cross_validated(values, solves, groups)
    intercept, weights = fitted(values, solves)
    TARGET.write_text(
        "# Fitted by `make calibrate` on the judged pairs of the demonstration set:\n"
        f"# {len(solves):,} pairs of {groups.max() + 1} needs, of which {int(solves.sum())} solve at least a part.\n"
        f"# On needs not fitted on (five folds): calibration error {error:.3f}, Brier score {brier:.3f}.\n"
        f"intercept = {intercept:.3f}\n\n[weights]\n"
        + "".join(f"{name} = {weight:.3f}\n" for name, weight in zip(NAMES, weights, strict=True)),
        encoding="utf-8",
    )
    sys.stdout.write(TARGET.read_text(encoding="utf-8"))


def collected(home: Home) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Evidence (n, parts), whether each pair solves (n,), and the number of its need (n,)."""
    judged = loading.judgements()
    rows: list[list[float]] = []
    solves: list[float] = []
    groups: list[int] = []
    with reading(home.engine) as session:
        needs = sorted(session.exec(select(Need.id, Need.reference)), key=lambda row: row[1])
        for group, (id, reference) in enumerate(needs):
            for rank, (result, values) in enumerate(_evidence(session, home, id)):
                grade = judged.get((reference, result))
                if grade is not None or rank < DEPTH:
                    rows.append([values[name] for name in NAMES])
                    solves.append(float((grade or 0) >= 2))
                    groups.append(group)
    return np.array(rows), np.array(solves), np.array(groups)


def _evidence(session: Session, home: Home, need_id: str) -> list[tuple[str, Mapping[str, float]]]:
    asked = query.of_item(session, home.encoder, COMMAND_LINE, Kind.NEED, need_id)
    telling = home.index.lexical.telling(asked.text)
    ranked = pipeline.ranked(session, home.index, asked, telling, Narrowing(), Ranker.HYBRID, len(home.index))
    return [(one.candidate.reference, one.values) for one in ranked]


def fitted(values: Floats, solves: Floats) -> tuple[float, Floats]:
    """Intercept and weights of the logistic regression, none below its bound.

    Each pair is counted a second time with its fit unknown, as if it came from files with no more than
    titles and descriptions: such pairs are to have fair scores too.
    """
    bare = values.copy()
    bare[:, [name in PARTS for name in NAMES]] = UNKNOWN
    values, solves = np.concatenate([values, bare]), np.concatenate([solves, solves])

    def loss(theta: Floats) -> tuple[float, Floats]:
        sums = theta[0] + values @ theta[1:]
        wrong = 1 / (1 + np.exp(-sums)) - solves
        likelihood = float(np.logaddexp(0, sums).sum() - solves @ sums) + _RIDGE * float(theta[1:] @ theta[1:])
        return likelihood, np.concatenate([[wrong.sum()], wrong @ values + 2 * _RIDGE * theta[1:]])

    start = np.concatenate([[-3.0], np.ones(values.shape[1])])
    bounds = [(None, None), *((_LEAST if name in PARTS else 0.0, None) for name in NAMES)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), found.x[1:]


def cross_validated(values: Floats, solves: Floats, groups: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Expected calibration error (ten bins of equal size) and Brier score on held-out needs."""
    order = list(range(groups.max() + 1))
    random.Random(0).shuffle(order)
    said = np.zeros(len(solves))
    for fold in range(FOLDS):
        held = np.isin(groups, order[fold::FOLDS])
        intercept, weights = fitted(values[~held], solves[~held])
        said[held] = 1 / (1 + np.exp(-(intercept + values[held] @ weights)))
    bins: Sequence[npt.NDArray[np.int64]] = np.array_split(np.argsort(said), 10)
    error = sum(len(some) * abs(said[some].mean() - solves[some].mean()) for some in bins) / len(said)
    return float(error), float(((said - solves) ** 2).mean())


if __name__ == "__main__":
    main()
