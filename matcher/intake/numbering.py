"""Whether a column such as 序号 or "No." counts the rows, or holds the items' own numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

_COUNT = re.compile(r"\W*0*(\d{1,7})\W*|[一二三四五六七八九十百〇零]{1,5}[、.．]?")


class Numbering(Enum):
    COUNTS = "counts"
    """1, 2, 3 …: rows taken out of such a list leave gaps, and each section may begin anew."""
    IDENTIFIES = "identifies"
    """ "N-017", or 17, 203, 88."""
    REPEATS = "repeats"
    """Like the items' own numbers, but some stand twice."""


def is_count(text: str) -> bool:
    return _COUNT.fullmatch(text) is not None


def numbering(values: Sequence[str], *, mended: bool = False) -> Numbering:
    """What the values of such a column are, in order and without the empty ones.

    Rows that come back mended are an arbitrary part of their list: counts with any gaps.
    """
    matches = [match for value in values if (match := _COUNT.fullmatch(value))]
    if 2 * len(matches) >= len(values) and (mended or _goes_up([int(match[1]) for match in matches if match[1]])):
        return Numbering.COUNTS
    return Numbering.IDENTIFIES if len(set(values)) == len(values) else Numbering.REPEATS


def _goes_up(counts: Sequence[int]) -> bool:
    """From 1 (or 0) on, with fewer gaps than numbers."""
    steps = [after - before if after > before else after for before, after in zip((0, *counts), counts, strict=False)]
    return not counts or (counts[0] <= 1 and sum(steps) <= 2 * len(counts))
