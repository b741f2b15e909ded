from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.matching.fit import PARTS
from matcher.matching.score import Calibration, meaning, score, shipped

PART_NAMES = ("meaning", "words", *PARTS)
EVIDENCE = st.lists(st.floats(0, 1), min_size=len(PART_NAMES), max_size=len(PART_NAMES))


def test_the_shipped_calibration_weighs_every_part_and_none_against() -> None:
    assert set(shipped().weights) == set(PART_NAMES)
    assert all(weight >= 0 for weight in shipped().weights.values())


def test_the_score_is_the_logistic_of_the_weighted_sum() -> None:
    value, shares = score({"meaning": 0.5, "words": 0.25}, Calibration(-1.0, {"meaning": 4.0, "words": 2.0}))
    assert value == pytest.approx(1 / (1 + math.exp(-1.5)))
    assert [(share.part, share.value) for share in shares] == [("meaning", 0.5), ("words", 0.25)]
    assert shares[0].share == pytest.approx(value * 2.0 / 2.5)


@given(EVIDENCE)
def test_shares_add_up_to_a_score_between_0_and_1(values: list[float]) -> None:
    total, shares = score(dict(zip(PART_NAMES, values, strict=True)), shipped())
    assert 0 < total < 1
    assert sum(share.share for share in shares) == pytest.approx(total if any(values) else 0)


@given(st.lists(st.floats(0, 1), min_size=len(PART_NAMES), max_size=len(PART_NAMES)), st.sampled_from(PART_NAMES))
def test_more_of_any_evidence_never_lowers_the_score(values: list[float], part: str) -> None:
    before = dict(zip(PART_NAMES, values, strict=True))
    assert score(before | {part: 1.0}, shipped())[0] >= score(before, shipped())[0]


def test_the_same_texts_mean_the_same_and_strangers_nothing() -> None:
    here = np.eye(4, dtype=np.float32)[:2]
    assert meaning(here, here) == pytest.approx(1.0)
    assert meaning(here, np.eye(4, dtype=np.float32)[2:]) == 0.0


def test_a_text_without_passages_means_nothing() -> None:
    assert meaning(np.zeros((0, 4), np.float32), np.eye(4, dtype=np.float32)) == 0.0
