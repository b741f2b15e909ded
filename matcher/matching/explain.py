"""Reasons that a person can check: passages that agree, words in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from embeddings.base import Vectors
from matcher.matching.matches import Agreement
from matcher.passages import Cut

AGREEMENTS = 3
_FLOOR = 0.3
"""Passages less alike than this are no reason."""
_TERMS = 12


def agreements(
    here: Sequence[Cut], here_vectors: Vectors, there: Sequence[Cut], there_vectors: Vectors
) -> tuple[Agreement, ...]:
    """The pairs of passages most alike, each passage at most once, best first."""
    if not here or not there:
        return ()
    cosines = here_vectors @ there_vectors.T
    found: list[Agreement] = []
    while len(found) < AGREEMENTS:
        row, column = np.unravel_index(int(cosines.argmax()), cosines.shape)
        similarity = float(cosines[row, column])
        if similarity < _FLOOR:
            break
        one, other = here[int(row)], there[int(column)]
        found.append(Agreement(one.part, one.text, other.part, other.text, min(1.0, similarity)))
        cosines[row, :] = cosines[:, column] = -np.inf
    return tuple(found)


def terms_in_common(asked: Mapping[str, float], offered: Mapping[str, float]) -> tuple[str, ...]:
    """Words of both, the rarest first. Lone digits and letters tell a reader nothing."""
    both = [term for term in asked if term in offered and (len(term) > 1 or not term.isascii())]
    return tuple(sorted(both, key=lambda term: (-asked[term], term))[:_TERMS])
