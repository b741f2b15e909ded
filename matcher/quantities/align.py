"""Which of a result's indicators is the one that a need asks for: names across wording and language.

Names are compared by their vectors, which come from outside. Below a floor two names are not taken for the
same, whatever else speaks for it: an indicator that nothing aligns with is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embeddings.base import Vectors
from embeddings.text import has_chinese
from matcher.quantities import kinds, names, units
from matcher.quantities.compare import Quantity

FLOOR = 0.7
FLOOR_ACROSS = 0.5
"""Cosines of names in one language, and of one in Chinese with one in English, which lie farther apart.

Chosen on tests/domain/indicator_names.tsv with the bundled model; the test beside it holds the figures."""

_LOWEST = min(FLOOR, FLOOR_ACROSS)

NEAR = 0.03
"""Names less alike than the best by no more than this may be meant as well."""


@dataclass(frozen=True, slots=True)
class Pairing:
    need: int
    """Position of the need's indicator."""
    result: int
    similarity: float
    """Cosine of the names, at most 1."""
    rivals: tuple[int, ...] = ()
    """Other indicators of the result whose names are as near."""


def align(
    needs: Sequence[Quantity], results: Sequence[Quantity], need_vectors: Vectors, result_vectors: Vectors
) -> list[Pairing]:
    """At most one of `results` for each of `needs`, of the same dimension, the surest first.

    Row i of the vectors belongs to the name of indicator i.
    """
    if not needs or not results:
        return []
    cosines = (need_vectors @ result_vectors.T).astype(np.float64)
    for row, need in enumerate(needs):
        for column, result in enumerate(results):
            cosine = float(cosines[row, column])
            if cosine < _LOWEST or not _may_be_same(need, result, cosine):
                cosines[row, column] = -1.0
    near = cosines.copy()
    found: list[Pairing] = []
    while True:
        row, column = map(int, np.unravel_index(int(cosines.argmax()), cosines.shape))
        best = float(cosines[row, column])
        if best < 0:
            return found
        rivals = np.flatnonzero(near[row] >= best - NEAR).tolist()
        found.append(Pairing(row, column, min(1.0, best), tuple(rival for rival in rivals if rival != column)))
        cosines[row, :] = cosines[:, column] = -1.0


def _may_be_same(need: Quantity, result: Quantity, cosine: float) -> bool:
    return same_name(need.name, result.name, cosine) and _comparable(need, result)


def same_name(one: str, other: str, cosine: float) -> bool:
    """Whether two names surely mean the same quantity."""
    floor = FLOOR if has_chinese(one) == has_chinese(other) else FLOOR_ACROSS
    return cosine >= floor and not names.contradict(one, other)


def _comparable(need: Quantity, result: Quantity) -> bool:
    wanted, unit = units.read(need.unit), units.read(result.unit)
    if wanted is None or unit is None:
        return False
    return not isinstance(kinds.conversion(wanted, need.name, unit, result.name, difference=True), str)
