"""The fewest that cover everything, held against trying all sets."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.matching.cover import EXACT, fewest

COVERS = st.lists(st.frozensets(st.integers(0, 6), max_size=5), max_size=9)
SCORES = st.lists(st.integers(0, 10_000).map(lambda grade: grade / 10_000), min_size=9, max_size=9)


def by_trying(covers: list[frozenset[int]], scores: list[float]) -> tuple[int, int]:
    """How few, and the highest sum of scores of so many, in ten-thousandths."""
    things = frozenset().union(*covers)
    for size in range(len(covers) + 1):
        sums = [
            sum(round(scores[row] * 10_000) for row in rows)
            for rows in combinations(range(len(covers)), size)
            if frozenset().union(*(covers[row] for row in rows)) == things
        ]
        if sums:
            return size, max(sums)
    raise AssertionError


@settings(deadline=None, max_examples=150)
@given(covers=COVERS, scores=SCORES)
def test_it_is_the_best_of_all_sets(covers: list[frozenset[int]], scores: list[float]) -> None:
    chosen = fewest(covers, scores)
    assert frozenset().union(*(covers[row] for row in chosen)) == frozenset().union(*covers)
    assert (len(chosen), sum(round(scores[row] * 10_000) for row in chosen)) == by_trying(covers, scores)


@pytest.mark.parametrize(
    ("covers", "scores", "chosen"),
    [
        ([], [], []),
        ([set()], [0.9], []),
        ([{0}, {0, 1}], [0.9, 0.2], [1]),
        ([{0}, {1}, {0}], [0.2, 0.5, 0.3], [1, 2]),
        # The largest first would take three.
        ([{0, 1, 2, 3}, {0, 1, 4}, {2, 3, 5}], [0.9, 0.1, 0.1], [1, 2]),
        ([{0, 1}, {1, 2}, {0, 2}], [0.5, 0.6, 0.7], [1, 2]),
        ([{0}, {0}], [0.12344, 0.12346], [1]),
    ],
)
def test_cases(covers: list[set[int]], scores: list[float], chosen: list[int]) -> None:
    assert fewest([frozenset(one) for one in covers], scores) == chosen


def test_thirty_different_ones_are_weighed_against_each_other() -> None:
    """Each thing by two of thirty; the fewest are every other one round the ring."""
    covers = [frozenset({row, (row + 1) % EXACT}) for row in range(EXACT)]
    scores = [0.5 + 0.001 * (row % 2) for row in range(EXACT)]
    assert fewest(covers, scores) == list(range(1, EXACT, 2))


def test_of_more_nothing_that_can_be_covered_is_lost() -> None:
    many = [frozenset({row % 40, 41 + row}) for row in range(300)]
    weak = frozenset({7, 999})
    chosen = fewest([*many, weak], [0.9] * 300 + [0.01])
    covered = frozenset().union(*([*many, weak][row] for row in chosen))
    assert covered == frozenset().union(*many, weak)
