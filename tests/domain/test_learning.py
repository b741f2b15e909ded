from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import Invalid, Unready
from matcher.matching.calibrations import Calibrations
from matcher.matching.fitting import Pairs
from matcher.matching.learning import learn, weights
from matcher.matching.noise import mean
from matcher.matching.parts import PARTS
from matcher.matching.score import Calibration, probabilities, shipped

OLD = Calibration(-2.0, dict.fromkeys(PARTS, 0.5))


def decided(count: int, per_need: int = 5, seed: int = 0, intercept: float = -2.0, **weights: float) -> Pairs:
    """Decided on by chance, as these weights have it; the old ones where they are not given."""
    drawn = np.random.default_rng(seed)
    values = drawn.uniform(0, 1, (count, len(PARTS)))
    log_odds = intercept + values @ np.array([weights.get(part, OLD.weights[part]) for part in PARTS])
    taken = (drawn.uniform(0, 1, count) < probabilities(log_odds)).astype(np.float64)
    return Pairs(values, taken, np.arange(count) // per_need, np.ones(count))


def test_decisions_of_another_mind_are_learned() -> None:
    lesson = learn(decided(1500, intercept=-4.0, words=6.0, whole=4.0), OLD)
    assert lesson.is_better
    assert lesson.new.log_loss < lesson.old.log_loss
    assert lesson.new.calibration_error < lesson.old.calibration_error
    assert lesson.calibration.weights["words"] > 3.0
    assert lesson.calibration.about["fitted_pairs"] == lesson.fitted_on == 1500 - lesson.held_out
    assert lesson.held_out == 500


def test_decisions_of_the_same_mind_change_nothing() -> None:
    assert not learn(decided(600), OLD).is_better


def test_what_is_better_by_chance_alone_is_not_better() -> None:
    """However often decisions without any pattern are learned from."""
    assert sum(learn(decided(200, seed=seed), OLD).is_better for seed in range(20)) <= 1


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        (decided(99), "too few decisions to learn from: 99 on 20 needs"),
        (decided(200, per_need=20), "200 on 10 needs"),
        (decided(200, intercept=-20.0), "200 on 40 needs, 0 of them to take a pair further"),
        (decided(200, intercept=20.0), "200 of them to take a pair further"),
        (Pairs(np.zeros((0, len(PARTS))), *(np.zeros(0) for _ in range(3))), "0 on 0 needs"),  # type: ignore[arg-type]
    ],
)
def test_too_few_decisions_are_refused(pairs: Pairs, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        learn(pairs, OLD)


def test_decisions_where_few_are_made_count_for_more() -> None:
    positions = [1] * 60 + [2] * 30 + [3] * 10
    found = weights(positions)
    assert found.mean() == pytest.approx(1.0)
    assert found[60] / found[0] == pytest.approx(2.0)
    assert found[-1] / found[0] == pytest.approx(6.0)


def test_a_place_further_down_never_counts_for_less_and_none_for_more_than_ten() -> None:
    found = weights([1] * 100 + [2] * 20 + [3] * 40 + [9])
    at = {1: found[0], 2: found[100], 3: found[120], 9: found[-1]}
    assert at[1] < at[2] == at[3] < at[9]
    assert at[9] / at[1] == pytest.approx(10.0)
    assert weights([]).tolist() == []


def test_a_mean_comes_with_its_interval() -> None:
    assert mean(np.full(5, 0.3)) == mean(np.array([0.3]))
    drawn = np.random.default_rng(1).normal(0.5, 1.0, 400)
    found = mean(drawn)
    assert found.low < found.value == drawn.mean() < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * drawn.std() / 20, rel=0.1)
    assert mean(drawn) == found


def test_the_shipped_calibration_is_in_place_until_another_is_learned(tmp_path: Path) -> None:
    kept = Calibrations(tmp_path / "scores")
    assert (kept.name(), kept.current()) == ("shipped", shipped())
    assert not (tmp_path / "scores").exists()
    with pytest.raises(Invalid, match="none to go back to"):
        kept.back()


def test_versions_are_kept_and_can_be_gone_back_to(tmp_path: Path) -> None:
    kept, other = Calibrations(tmp_path), Calibrations(tmp_path)
    first, second, third = (replace(OLD, intercept=float(-number)) for number in (1, 2, 3))
    assert (kept.put(first), kept.put(second)) == ("score-0001", "score-0002")
    assert (other.name(), other.current().intercept) == ("score-0002", -2.0)
    assert (other.back(), kept.current().intercept) == ("score-0001", -1.0)
    assert kept.put(third) == "score-0003"
    assert (kept.current().intercept, kept.current().about["learned_from"]) == (-3.0, "score-0001")
    assert [kept.back(), kept.back()] == ["score-0001", "shipped"]
    assert kept.current() == shipped()
    assert sorted(os.listdir(tmp_path)) == ["current", "score-0001.toml", "score-0002.toml", "score-0003.toml"]


def test_a_damaged_calibration_is_named_and_not_passed_over(tmp_path: Path) -> None:
    kept = Calibrations(tmp_path)
    name = kept.put(OLD)
    (tmp_path / f"{name}.toml").write_text("intercept = 1", encoding="utf-8")
    with pytest.raises(Unready, match=r"score-0001\.toml cannot be read"):
        Calibrations(tmp_path).current()
