from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matcher.matching.explain import terms_in_common
from matcher.matching.fit import PARTS
from matcher.matching.score import Calibration, meanings, scores, shares, shipped
from matcher.matching.words import USUAL_SHARE, TellingWords, weigh

PART_NAMES = ("meaning", "words", *PARTS)
EVIDENCE = st.lists(
    st.floats(0, 1).map(lambda value: round(value, 6)), min_size=len(PART_NAMES), max_size=len(PART_NAMES)
)


def test_the_shipped_calibration_weighs_every_part_and_none_against() -> None:
    assert set(shipped().weights) == set(PART_NAMES)
    assert all(weight >= 0 for weight in shipped().weights.values())


def scored(values: Mapping[str, float], calibration: Calibration) -> float:
    """The score of a single candidate."""
    return float(scores({part: np.array([value]) for part, value in values.items()}, calibration)[0])


def test_the_score_is_the_logistic_of_the_weighted_sum() -> None:
    values, calibration = {"meaning": 0.5, "words": 0.25}, Calibration(-1.0, {"meaning": 4.0, "words": 2.0})
    total = scored(values, calibration)
    assert total == pytest.approx(1 / (1 + math.exp(-1.5)))
    divided = shares(values, total, calibration.weights)
    assert [(share.part, share.value) for share in divided] == [("meaning", 0.5), ("words", 0.25)]
    assert divided[0].share == pytest.approx(total * 2.0 / 2.5)


def test_candidates_are_scored_each_by_itself() -> None:
    values = {"meaning": np.array([0.5, 0.0, 1.0]), "words": np.array([0.25, 0.0, 0.5])}
    calibration = Calibration(-1.0, {"meaning": 4.0, "words": 2.0})
    each = [scored({part: column[row] for part, column in values.items()}, calibration) for row in range(3)]
    assert scores(values, calibration).tolist() == pytest.approx(each)


@given(EVIDENCE)
def test_shares_add_up_to_a_score_between_0_and_1(values: list[float]) -> None:
    evidence = dict(zip(PART_NAMES, values, strict=True))
    total = scored(evidence, shipped())
    assert 0 < total < 1
    divided = shares(evidence, total, shipped().weights)
    assert sum(share.share for share in divided) == pytest.approx(total if any(values) else 0)


@given(st.lists(st.floats(0, 1), min_size=len(PART_NAMES), max_size=len(PART_NAMES)), st.sampled_from(PART_NAMES))
def test_more_of_any_evidence_never_lowers_the_score(values: list[float], part: str) -> None:
    before = dict(zip(PART_NAMES, values, strict=True))
    assert scored(before | {part: 1.0}, shipped()) >= scored(before, shipped())


def test_the_same_texts_mean_the_same_and_strangers_nothing() -> None:
    here, elsewhere = np.split(np.eye(4, dtype=np.float32), 2)
    assert meanings(here, [here, elsewhere]).tolist() == [1.0, 0.0]


def test_a_candidate_is_compared_by_its_nearest_passage_and_as_a_whole() -> None:
    axes = np.eye(4, dtype=np.float32)
    assert meanings(axes[:1], [axes[:2]])[0] == pytest.approx((1 + 1 / math.sqrt(2)) / 2)


def test_a_text_without_passages_means_nothing() -> None:
    assert meanings(np.zeros((0, 4), np.float32), [np.eye(4, dtype=np.float32)]).tolist() == [0.0]


def one(value: float) -> NDArray[np.float64]:
    return np.array([value])


def test_telling_words_are_divided_by_what_travels_between_languages() -> None:
    telling = {"mos2": 3.0, "pvd": 1.0, "轴承": 4.0, "bearing": 2.0}
    words = weigh(telling, "PVD 镀 MoS2 轴承 bearing")
    assert words == TellingWords(10.0, portable=0.4, chinese=0.4, latin=0.2)
    assert words.attainable(np.array([1.0, 0.0])).tolist() == pytest.approx([0.8, 0.6])


def test_missing_words_speak_against_only_who_could_have_had_them() -> None:
    words = TellingWords(10.0, portable=0.0, chinese=1.0, latin=0.0)
    assert words.evidence(one(0.0), chinese=one(0.0))[0] == pytest.approx(USUAL_SHARE)
    assert words.evidence(one(0.0), chinese=one(1.0)) < USUAL_SHARE < words.evidence(one(0.6), chinese=one(1.0))


def test_terms_in_common_leave_out_numbers_and_parts_of_words() -> None:
    telling = {"碳化硅": 5.0, "化硅": 4.0, "30": 3.0, "给": 2.0, "抛光": 1.0}
    assert terms_in_common(telling, "给碳化硅晶圆抛光 30 分钟") == ("碳化硅", "抛光")


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("拋光", "化学机械抛光", ""),  # telling words are simplified already
        ("抛光", "化學機械拋光", "抛光"),
        ("battery", "Batteries that last", "Batteries"),
        ("bearing", "ball BEARINGS", "BEARINGS"),
        ("process", "two processes", "processes"),
        ("physic", "plasma physics", "physics"),
        ("ion", "an application", ""),
        ("pan", "expansion", ""),
        ("skf6205", "an SKF-6205 or alike", "SKF-6205"),
        ("skf6205", "SKF 62051", ""),
        ("800mpa", "strength of 800 MPa", "800 MPa"),
        ("800mpa", "strength of 1800 MPa", ""),
        ("800mpa", "strength of 2.800 MPa", ""),
        ("c++", "written in C++", "C++"),
        ("al2o3", "Al₂O₃ 陶瓷", "Al2O3"),
    ],
)
def test_a_term_is_in_common_where_a_reader_finds_it_and_as_it_stands_there(term: str, text: str, found: str) -> None:
    assert terms_in_common({term: 1.0}, text) == ((found,) if found else ())
