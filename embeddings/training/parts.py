"""What a word is made of: each vocabulary entry as a weighted sum of its own row and its parts' rows.

A word met ten times has a poor vector of its own, but 磁致伸缩 is made of 磁 and 伸缩, and "sensors" of
"sensor" and "s". In training a word's vector is its own row plus a share of its parts' rows, so
what is learned of common words reaches the rare ones. The sums are worked out when the model is
exported: in use a word is one row again, at no cost.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.training.vocabulary import is_han

_SHORTEST_LATIN = 3
"""Shorter strings of letters say nothing of what a word means."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Entry i is the sum of `weights[j] * row[entries[j]]` for j in `starts[i] : starts[i + 1]`."""

    entries: NDArray[np.int64]
    weights: NDArray[np.float32]
    starts: NDArray[np.int64]

    def of(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """The part of the sums that entries `ids` need, in their order: (entries, weights, offsets)."""
        sizes = self.starts[ids + 1] - self.starts[ids]
        offsets = np.cumsum(sizes) - sizes
        at = np.arange(sizes.sum()) + np.repeat(self.starts[ids] - offsets, sizes)
        return self.entries[at], self.weights[at], offsets


def word_parts(tokenizer: Path, share: float) -> Parts:
    """Reads the entries from a Unigram `tokenizer.json` and cuts each into its likeliest parts.

    `share` is how much of each part goes into a word; the parts of a part enter with its square.
    """
    vocabulary: list[tuple[str, float]] = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    known = {word: (number, score) for number, (word, score) in enumerate(vocabulary)}
    whole: dict[str, dict[int, float]] = {}

    def sum_of(word: str) -> dict[int, float]:
        if word not in whole:
            total = {known[word][0]: 1.0}
            for part in _likeliest_parts(word, known):
                for number, weight in sum_of(part).items():
                    total[number] = total.get(number, 0.0) + share * weight
            whole[word] = total
        return whole[word]

    sums = [sum_of(word) for word, _ in vocabulary]
    return Parts(
        np.array([number for total in sums for number in total], dtype=np.int64),
        np.array([weight for total in sums for weight in total.values()], dtype=np.float32),
        np.cumsum([0, *map(len, sums)], dtype=np.int64),
    )


def _likeliest_parts(word: str, known: dict[str, tuple[int, float]]) -> list[str]:
    """The most probable way to write `word` as several shorter entries, without those that say nothing."""
    if not (is_han(word) or (word.isalpha() and len(word) > _SHORTEST_LATIN)) or len(word) < 2:
        return []
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(word) + 1):
        ways = [
            (best[start][0] + known[word[start:end]][1], start)
            for start in range(end)
            if end - start < len(word) and word[start:end] in known
        ]
        best.append(max(ways, default=(-np.inf, 0)))
    if best[-1][0] == -np.inf:
        return []
    parts, end = [], len(word)
    while end:
        start = best[end][1]
        parts.append(word[start:end])
        end = start
    return [part for part in reversed(parts) if is_han(part) or len(part) >= _SHORTEST_LATIN]
