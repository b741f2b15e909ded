from __future__ import annotations

import numpy as np
import pytest

from matcher.matching.fitting import (
    LEAST,
    Pairs,
    calibration_error,
    fitted,
    log_loss,
    refitted,
    said,
)
from matcher.matching.parts import FIT, PARTS, UNKNOWN
from matcher.matching.score import Calibration, probabilities

WORDS = list(PARTS).index("words")
WHOLE = list(PARTS).index("whole")


def pairs(count: int = 4000, seed: int = 0, **weights: float) -> Pairs:
    """Decided on by chance, as these weights have it."""
    drawn = np.random.default_rng(seed)
    values = drawn.uniform(0, 1, (count, len(PARTS)))
    log_odds = -2.0 + values @ np.array([weights.get(part, 0.0) for part in PARTS])
    taken = (drawn.uniform(0, 1, count) < probabilities(log_odds)).astype(np.float64)
    return Pairs(values, taken, np.arange(count) // 10, np.ones(count))


def test_weights_are_found_again_and_none_is_negative() -> None:
    found = fitted(pairs(words=3.0, field=1.0, region=-1.0))
    assert found.weights["words"] == pytest.approx(3.0, abs=0.5)
    assert found.weights["field"] == pytest.approx(1.0, abs=0.3)
    assert found.weights["region"] == LEAST["region"]
    assert all(weight >= LEAST.get(part, 0.0) for part, weight in found.weights.items())


def test_parts_that_say_nearly_the_same_get_one_weight_until_decisions_tell_them_apart() -> None:
    decided = pairs(whole=4.0)
    first = fitted(decided)
    assert first.weights["whole"] == first.weights["passages"]
    again = refitted(decided, first)
    assert again.weights["whole"] == pytest.approx(4.0, abs=0.4)
    assert again.weights["passages"] < 0.5


def test_a_few_decisions_move_an_older_calibration_by_little() -> None:
    old = Calibration(-2.0, dict.fromkeys(PARTS, 1.0))
    few, many = (refitted(pairs(count, words=6.0), old).weights["words"] for count in (20, 4000))
    assert 1.0 <= few < 3.0 < many


def test_a_pair_that_stands_for_several_counts_as_often() -> None:
    once = pairs(300, words=2.0)
    twice = Pairs(*(np.concatenate([column, column]) for column in (once.values, once.taken, once.needs, once.counts)))
    heavy = Pairs(once.values, once.taken, once.needs, 2 * once.counts)
    assert fitted(heavy).weights["words"] == pytest.approx(fitted(twice).weights["words"], rel=1e-3)


def test_a_part_of_which_all_pairs_say_the_same_keeps_its_weight() -> None:
    decided = pairs(1000, words=3.0)
    decided.values[:, list(PARTS).index("time")] = UNKNOWN
    assert fitted(decided).weights["time"] == pytest.approx(LEAST["time"], abs=0.01)


def test_bare_pairs_have_the_same_texts_and_an_unknown_fit() -> None:
    decided = pairs(5, words=1.0)
    both = decided.and_bare()
    assert len(both) == 10
    assert (both.values[5:, WORDS] == decided.values[:, WORDS]).all()
    assert (both.values[5:, [part in FIT for part in PARTS]] == UNKNOWN).all()
    assert (both.taken[5:] == decided.taken).all()


def test_pairs_are_told_apart_by_rows() -> None:
    decided = pairs(30, words=1.0)
    some = decided.only(decided.needs == 1)
    assert len(some) == 10
    assert (some.needs == 1).all()
    assert (some.values == decided.values[10:20]).all()


def test_the_calibration_error_is_how_far_scores_are_off_on_average() -> None:
    scores = np.repeat([0.2, 0.8], 500)
    taken = np.concatenate([np.tile([1, 0, 0, 0, 0], 100), np.tile([1, 1, 1, 0, 0], 100)]).astype(np.float64)
    assert calibration_error(scores, taken) == pytest.approx(0.1)
    assert calibration_error(scores, taken, np.repeat([1.0, 0.0], 500)) == pytest.approx(0.0)
    right = fitted(decided := pairs(words=3.0))
    assert calibration_error(said(decided, right), decided.taken) < 0.03


def test_what_was_thought_unlikely_surprises() -> None:
    loss = log_loss(np.array([0.9, 0.9, 0.5]), np.array([1.0, 0.0, 1.0]))
    assert loss.tolist() == pytest.approx([-np.log(0.9), -np.log(0.1), -np.log(0.5)])
