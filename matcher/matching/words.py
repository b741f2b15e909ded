"""What shared words say, and what their absence says.

That two texts are alike in their words is strong evidence, but only as far as they could be: a text
in another language shares none of the ordinary words, however well it answers. So what a candidate
*could* share is worked out first, from how Chinese it is: names, formulas and part numbers travel
between languages, other words do not. What could not be shared counts as if it were shared as usual.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.text import has_chinese, normalise

Values = NDArray[np.float64]

USUAL = 0.25
"""How alike in their words (`LexicalIndex.alike`) a need and a result that solves it are in the middle, in one
language: 0.25 on the demonstration set's fitting part."""

_CAPITALS = re.compile(r"(?<![A-Za-z])[A-Z]{2,}(?![a-z])")


@dataclass(frozen=True, slots=True)
class TellingWords:
    """A query's telling words by kind, each kind's part of their whole weight; together 1."""

    total: float
    """The weight itself; 0 for a query without telling words."""
    portable: float
    """Acronyms, formulas, part numbers, quantities: written alike in every language."""
    chinese: float
    latin: float

    def attainable(self, chinese: Values) -> Values:
        """How much of the weight texts could share of which these parts, 0 to 1, are Chinese."""
        return self.portable + self.chinese * chinese + self.latin * (1 - chinese)

    def evidence(self, alike: Values, chinese: Values) -> Values:
        """In [0, 1]: how alike in their words the query and each candidate are, or would be in one language."""
        likely: Values = np.minimum(alike + USUAL * (1 - self.attainable(chinese)), 1.0)
        return likely


def weigh(telling: Mapping[str, float], text: str) -> TellingWords:
    """Divides the telling words of a text, weighed by `LexicalIndex.telling`, by kind."""
    total = sum(telling.values())
    if not total:
        return TellingWords(0.0, 0.0, 0.0, 0.0)
    capitals = {word.casefold() for word in _CAPITALS.findall(normalise(text))}
    portable = chinese = 0.0
    for word, weight in telling.items():
        if word in capitals or any(sign.isdigit() for sign in word):
            portable += weight
        elif has_chinese(word):
            chinese += weight
    return TellingWords(total, portable / total, chinese / total, (total - portable - chinese) / total)
