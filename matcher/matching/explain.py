"""Reasons that a person can check: passages that agree, words in common."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from embeddings.base import Vectors
from embeddings.text import has_chinese, normalise
from matcher.matching.matches import Agreement
from matcher.passages import Cut

AGREEMENTS = 3
_FLOOR = 0.3
"""Passages less alike than this are no reason."""
_TERMS = 12
_BETWEEN = r"[\s\-/._+'’·]*"
_JOINERS = re.compile(r"[\s\-/._+'’·]+")


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


def terms_in_common(telling: Mapping[str, float], text: str) -> tuple[str, ...]:
    """The query's telling words that stand in the other's text, as they are written there, the most telling first.

    Bare numbers and single characters tell a reader nothing, nor does a part of a word that is named
    as a whole.
    """
    written = normalise(text)
    folded = written.casefold()
    joined = _JOINERS.sub("", folded)
    both = {
        term: found
        for term in telling
        if len(term) > 1 and not term.isdecimal() and (found := _found(term, written, folded, joined))
    }
    whole = [term for term in both if not any(term != other and term in other for other in both)]
    return tuple(both[term] for term in sorted(whole, key=lambda term: (-telling[term], term))[:_TERMS])


def _found(term: str, written: str, folded: str, joined: str) -> str:
    """Chinese anywhere; quantities and part numbers however they are spaced; other words as words."""
    if has_chinese(term):
        return term if term in folded else ""
    # The looser test is the quicker one; the plural of "battery" begins with "batter".
    near = term in joined if any(map(str.isdigit, term)) else term[:-1] in folded
    found = _pattern(term).search(written) if near else None
    return found.group() if found else ""


@lru_cache(maxsize=4096)
def _pattern(term: str) -> re.Pattern[str]:
    if any(map(str.isdigit, term)):
        return re.compile(rf"(?<![a-z0-9.]){_BETWEEN.join(map(re.escape, term))}(?![a-z0-9])", re.IGNORECASE)
    plural = rf"(?:e?s)?|{re.escape(term[:-1])}ies" if term.isalpha() else ""
    return re.compile(rf"(?<![a-z])(?:{re.escape(term)}{plural})(?![a-z])", re.IGNORECASE)
