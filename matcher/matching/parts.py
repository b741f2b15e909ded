"""The parts that a score is made of, in the order in which people are told of them.

Each part is a value in [0, 1], and more of it never speaks against a pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.matching.words import USUAL

UNKNOWN = 0.5
"""Of a part of the fit: one side says nothing of it."""
BASE = "base"
"""What a pair has of which nothing is known; no part, but a share of every score."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    neutral: float
    """The value that speaks neither for a pair nor against it."""
    says: tuple[str, str, str]
    """In words: what speaks for it, what says nothing, what speaks against."""
    is_fit: bool = True
    """Of whether the two could do business, rather than of what the texts are about."""


_TEXT = (
    Part("passages", 0.0, ("passages that agree", "no passages that agree", ""), is_fit=False),
    Part("whole", 0.0, ("the texts as a whole", "texts about different things", ""), is_fit=False),
    Part("words", USUAL, ("many words in common", "as many words in common as usual", "few words in common"), False),
)
_FIT = (
    Part("indicators", UNKNOWN, ("indicators met", "indicators not comparable", "indicators not met")),
    Part("field", UNKNOWN, ("the same field", "fields not stated or near", "another field")),
    Part("maturity", UNKNOWN, ("mature enough", "maturity not stated or nearly enough", "not mature enough")),
    Part("cooperation", UNKNOWN, ("a wanted way of cooperating", "ways of cooperating not stated", "no wanted way")),
    Part("budget", UNKNOWN, ("within the budget", "budget and price not comparable", "beyond the budget")),
    Part("region", UNKNOWN, ("a preferred region", "no preference of region", "another region")),
    Part("time", UNKNOWN, ("in time", "in time, or no deadline", "past the deadline")),
    Part("completeness", UNKNOWN, ("fully described", "half described", "scarcely described")),
)
PARTS: Mapping[str, Part] = {part.name: part for part in _TEXT + _FIT}
TEXT, FIT = (tuple(part.name for part in some) for some in (_TEXT, _FIT))


def in_words(name: str, value: float, share: float) -> str:
    """A part's share of a score as a person says it: "passages that agree (0.52): +31 of 100"."""
    if name not in PARTS:
        return f"what any pair has: {points(share)}"
    part = PARTS[name]
    place = 1 if value == part.neutral else 0 if value > part.neutral else 2
    return f"{part.says[place]} ({value:.2f}): {points(share)}"


def points(share: float) -> str:
    return f"{round(100 * share) or 0:+d} of 100" if round(100 * share) else "0 of 100"
