from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.matching.explain import terms_in_common
from matcher.matching.fit import PARTS
from matcher.matching.score import Calibration, meanings, score, shipped
from matcher.matching.words import USUAL_SHARE, TellingWords, weigh

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
    here, elsewhere = np.split(np.eye(4, dtype=np.float32), 2)
    assert meanings(here, [here, elsewhere]).tolist() == [1.0, 0.0]


def test_a_candidate_is_compared_by_its_nearest_passage_and_as_a_whole() -> None:
    axes = np.eye(4, dtype=np.float32)
    assert meanings(axes[:1], [axes[:2]])[0] == pytest.approx((1 + 1 / math.sqrt(2)) / 2)


def test_a_text_without_passages_means_nothing() -> None:
    assert meanings(np.zeros((0, 4), np.float32), [np.eye(4, dtype=np.float32)]).tolist() == [0.0]


def test_telling_words_are_divided_by_what_travels_between_languages() -> None:
    telling = {"mos2": 3.0, "pvd": 1.0, "轴承": 4.0, "bearing": 2.0}
    words = weigh(telling, "PVD 镀 MoS2 轴承 bearing")
    assert words == TellingWords(10.0, portable=0.4, chinese=0.4, latin=0.2)
    assert words.attainable(chinese=1.0) == pytest.approx(0.8)
    assert words.attainable(chinese=0.0) == pytest.approx(0.6)


def test_missing_words_speak_against_only_who_could_have_had_them() -> None:
    words = TellingWords(10.0, portable=0.0, chinese=1.0, latin=0.0)
    assert words.evidence(0.0, chinese=0.0) == pytest.approx(USUAL_SHARE)
    assert words.evidence(0.0, chinese=1.0) < USUAL_SHARE < words.evidence(0.6, chinese=1.0)


def test_terms_in_common_leave_out_numbers_and_parts_of_words() -> None:
    telling = {"碳化硅": 5.0, "化硅": 4.0, "30": 3.0, "给": 2.0, "抛光": 1.0}
    assert terms_in_common(telling, ["抛光", "给", "30", "化硅", "碳化硅"]) == ("碳化硅", "抛光")
