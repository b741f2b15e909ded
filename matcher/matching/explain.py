"""Reasons that a person can check: passages that agree, words in common."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

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
    # Keywords agree easily, and say less to a reader than the words in common that are listed anyway.
    cosines[[piece.part == "keywords" for piece in here], :] = -np.inf
    cosines[:, [piece.part == "keywords" for piece in there]] = -np.inf
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


def terms_in_common(telling: Mapping[str, float], offered: Collection[str]) -> tuple[str, ...]:
    """The query's telling words that the other has, the most telling first.

    Bare numbers and single characters tell a reader nothing, nor does a part of a word that is named
    as a whole.
    """
    both = [term for term in telling if term in offered and len(term) > 1 and not term.isdecimal()]
    whole = [term for term in both if not any(term != other and term in other for other in both)]
    return tuple(sorted(whole, key=lambda term: (-telling[term], term))[:_TERMS])
