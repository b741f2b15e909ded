"""The fewest of some candidates that cover all that can be covered: an exact set cover."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

EXACT = 30
"""So many candidates are weighed against each other; of more, the best of each thing to cover and then the best."""
_GRADES = 10_000
"""Scores are told apart to four decimals: whole numbers, which the solver adds up without error."""


def fewest(covers: Sequence[frozenset[int]], scores: Sequence[float]) -> list[int]:
    """Positions, in their order, of the fewest candidates that cover together what all of them do.

    Of several such sets the one of the highest sum of scores, each 0 to 1.
    """
    rows = _worth_weighing(covers, scores)
    things = sorted(frozenset().union(*(covers[row] for row in rows)))
    if not things:
        return []
    matrix = np.array([[thing in covers[row] for row in rows] for thing in things], np.float64)
    # One candidate fewer outweighs all scores together.
    one = _GRADES * (len(rows) + 1)
    costs = np.array([one - round(scores[row] * _GRADES) for row in rows], np.float64)
    solved = milp(
        costs,
        constraints=LinearConstraint(matrix, lb=1),
        integrality=np.ones(len(rows)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0},
    )
    assert solved.success, solved.message  # all of them together are a cover
    return [row for row, taken in zip(rows, solved.x, strict=True) if taken > 0.5]


def _worth_weighing(covers: Sequence[frozenset[int]], scores: Sequence[float]) -> list[int]:
    """Of those that cover the same the best alone, which no cover is better without."""
    best_first = sorted(range(len(covers)), key=lambda row: (-scores[row], row))
    of_each_set: dict[frozenset[int], int] = {}
    for row in best_first:
        if covers[row]:
            of_each_set.setdefault(covers[row], row)
    kept = list(of_each_set.values())
    if len(kept) > EXACT:
        of_each_thing: dict[int, int] = {}
        for row in kept:
            for thing in covers[row]:
                of_each_thing.setdefault(thing, row)
        kept = list(dict.fromkeys([*of_each_thing.values(), *kept]))[: max(EXACT, len(set(of_each_thing.values())))]
    return sorted(kept)
