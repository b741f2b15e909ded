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
) -> dict[int, Agreement]:
    """The pairs of passages most alike, each passage at most once, best first, by the place of the one `there`."""
    if not here or not there:
        return {}
    cosines = here_vectors @ there_vectors.T
    # Keywords agree easily, and say less to a reader than the words in common that are listed anyway.
    cosines[[piece.part == "keywords" for piece in here], :] = -np.inf
    cosines[:, [piece.part == "keywords" for piece in there]] = -np.inf
    found: dict[int, Agreement] = {}
    while len(found) < AGREEMENTS:
        row, column = np.unravel_index(int(cosines.argmax()), cosines.shape)
        similarity = float(cosines[row, column])
        if similarity < _FLOOR:
            break
        one, other = here[int(row)], there[int(column)]
        found[int(column)] = Agreement(one.part, one.text, other.part, other.text, min(1.0, similarity))
        cosines[row, :] = cosines[:, column] = -np.inf
    return found


def terms_in_common(telling: Mapping[str, float], text: str) -> tuple[str, ...]:
    """The query's telling words that stand in the other's text, as they are written there, the most telling first.

    Bare numbers and single characters tell a reader nothing, nor does a part of a word that is named
    as a whole.
    """
    written = normalise(text)
    folded = written.casefold()
    joined = _JOINERS.sub("", folded)
    both = {term: found for term in telling if (found := _found(term, written, folded, joined))}
    whole = [term for term in both if not any(term != other and term in other for other in both)]
    return tuple(both[term] for term in sorted(whole, key=lambda term: (-telling[term], term))[:_TERMS])


def _found(term: str, written: str, folded: str, joined: str) -> str:
    """Chinese anywhere; quantities and part numbers however they are spaced; other words as words."""
    # Most terms stand in none of the texts that they are looked for in, which is soon settled.
    if _stem(term) not in folded and term not in joined:
        return ""
    if len(term) < 2 or term.isdecimal():
        return ""
    if has_chinese(term):
        return term if term in folded else ""
    if any(map(str.isdigit, term)):
        match = _pattern(term).search(folded)
    else:  # to find the stem first is many times quicker than to search with the pattern
        at, match = folded.find(_stem(term)), None
        while at >= 0 and (match := _pattern(term).match(folded, at)) is None:
            at = folded.find(_stem(term), at + 1)
    if match is None:
        return ""
    return written[match.start() : match.end()] if len(written) == len(folded) else match.group()


def _stem(term: str) -> str:
    """What the plural of an English word begins with as well: "batter" of "battery"."""
    return term[:-1] if len(term) > 3 and term[-1] == "y" else term


@lru_cache(maxsize=4096)
def _pattern(term: str) -> re.Pattern[str]:
    if any(map(str.isdigit, term)):
        return re.compile(rf"(?<![a-z0-9.]){_BETWEEN.join(map(re.escape, term))}(?![a-z0-9])")
    plural = "(?:e?s)?" if _stem(term) == term else "(?:y|ies)"
    return re.compile(rf"(?<![a-z]){re.escape(_stem(term))}{plural}(?![a-z])")
