"""Which needs are one problem at bottom, and what to call it: proposals, for people to edit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from embeddings.base import Vectors
from matcher.matching.score import wholes

Telling = Callable[[str], Mapping[str, float]]
"""The telling words of a text with their weights (`LexicalIndex.telling`)."""

APART = 0.55
"""The cosine distance from which two groups are two problems.

Measured with the bundled model on the demonstration set's needs, each cut into two halves of its
passages as two companies might describe one problem: at this distance 87 % of the pairs in a group
are of one need, and 63 % of the pairs of one need are in a group. Above it the first falls fast,
below it the second (tests/domain/test_challenges_topics.py).
"""
_WORDS = 3
"""In a name."""


def grouped(needs: Sequence[Vectors], apart: float = APART) -> list[list[int]]:
    """The places of needs that belong together, by average linkage of the cosines of their whole texts.

    Each need is its passages' vectors, (n, d). Groups come in the order of their first need.
    """
    if len(needs) < 2:
        return [[place] for place in range(len(needs))]
    whole = wholes(needs).astype(np.float64)
    distances = np.clip(1 - whole @ whole.T, 0, 2)
    np.fill_diagonal(distances, 0)
    labels = fcluster(linkage(squareform(distances, checks=False), "average"), apart, "distance")
    groups: dict[int, list[int]] = {}
    for place, label in enumerate(labels.tolist()):
        groups.setdefault(label, []).append(place)
    return list(groups.values())


def terms(texts: Sequence[str], telling: Telling) -> list[str]:
    """The most telling of the words that stand in half of these texts; numbers alone tell nothing."""
    weights: defaultdict[str, float] = defaultdict(float)
    there: Counter[str] = Counter()
    for text in texts:
        for word, weight in telling(text).items():
            if len(word) > 1 and not word.isdigit():
                weights[word] += weight
                there[word] += 1
    shared = [word for word in weights if there[word] >= max(min(2, len(texts)), len(texts) / 2)]
    ranked = sorted(shared or weights, key=lambda word: (-weights[word], word))
    return ranked[:_WORDS]
