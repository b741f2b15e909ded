"""Means, spread, agreement, severity, ranks, and what is too close to call."""

from __future__ import annotations

import math

import pytest

from matcher.grading import aggregates
from matcher.grading.aggregates import Aggregate, Graded

# The example of Krippendorff (2011), section E: four observers, twelve units, some values missing.
OBSERVED = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""


def of(**answers: dict[str, float]) -> Aggregate:
    return aggregates.aggregate(
        [Graded(answer, grader, score) for answer, given in answers.items() for grader, score in given.items()]
    )


def test_alpha_of_the_published_example() -> None:
    rows = [line.split() for line in OBSERVED.strip().splitlines()]
    units = [[float(value) for value in column if value != "."] for column in zip(*rows, strict=True)]
    assert aggregates.alpha(units) == pytest.approx(0.849, abs=0.0005)


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([[80, 80], [60, 60]], 1.0),
        ([[80, 60], [60, 80]], -0.5),
        ([[80], [60]], None),
        ([[70, 70], [70, 70]], None),
        ([], None),
    ],
)
def test_alpha_at_its_ends(units: list[list[float]], expected: float | None) -> None:
    assert aggregates.alpha(units) == expected


def test_a_weighted_mean() -> None:
    assert aggregates.weighted({"a": 80, "b": 60}, {"a": 1, "b": 3}) == 65


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([70], 70),
        ([60, 80], 70),
        ([0, 70, 80], 70),
        ([0, 60, 70, 80, 100], 70),
        ([*[0, 0], *[50] * 6, *[100, 100]], 50),
    ],
)
def test_a_trimmed_mean_leaves_the_ends_out(scores: list[float], expected: float) -> None:
    assert aggregates.trimmed_mean(scores) == expected


def test_a_severe_grader_does_not_sink_those_that_happened_to_get_one() -> None:
    """Answers of 80, 70 and 60; Wang gives 10 less than the others."""
    found = of(
        a={"li": 80, "wang": 70},
        b={"li": 70, "chen": 70},
        c={"wang": 50, "chen": 60},
    )
    assert found.severity == pytest.approx({"li": 10 / 3, "wang": -20 / 3, "chen": 10 / 3})
    corrected = {one.answer: one.corrected for one in found.summaries}
    assert corrected == pytest.approx({"a": 80 - 10 / 3, "b": 70 - 10 / 3, "c": 60 - 10 / 3})


def test_graders_who_share_no_answer_are_not_compared() -> None:
    found = of(a={"li": 90, "wang": 80}, b={"chen": 40, "zhao": 30})
    assert found.severity == pytest.approx({"li": 5, "wang": -5, "chen": 5, "zhao": -5})
    assert [one.corrected for one in found.summaries] == pytest.approx([85, 35])


def test_equal_means_share_a_rank_and_the_next_one_comes_behind_both() -> None:
    found = of(a={"li": 70}, b={"li": 70}, c={"li": 60}, d={"li": 90})
    assert {one.answer: one.rank for one in found.summaries} == {"d": 1, "a": 2, "b": 2, "c": 4}


def test_sums_that_differ_by_arithmetic_alone_are_equal() -> None:
    assert aggregates.ranks({"a": 0.1 + 0.2, "b": 0.3}) == {"a": 1, "b": 1}


def test_what_lies_within_each_other_s_interval_is_too_close_to_call() -> None:
    found = of(
        a={"li": 90, "wang": 92, "chen": 91},
        b={"li": 89, "wang": 91, "chen": 90},
        c={"li": 40, "wang": 42, "chen": 41},
    )
    assert [(one.answer, one.too_close) for one in found.summaries] == [("a", True), ("b", True), ("c", False)]
    best = found.summaries[0]
    reach = 2.446912 * 1 / math.sqrt(3)  # Student's t for six degrees of freedom, deviation 1, three grades
    assert (best.mean, best.spread) == (91, 1)
    assert (best.low, best.high) == (pytest.approx(91 - reach), pytest.approx(91 + reach))


def test_single_grades_are_too_close_to_call_since_nothing_tells_how_far_graders_differ() -> None:
    found = of(a={"li": 90}, b={"li": 10})
    assert [(one.low, one.high, one.too_close) for one in found.summaries] == [(None, None, True)] * 2


def test_nothing_graded() -> None:
    assert aggregates.aggregate([]) == Aggregate((), None, {})
