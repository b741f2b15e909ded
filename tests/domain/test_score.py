from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matcher.matching import fit
from matcher.matching.explain import terms_in_common
from matcher.matching.parts import BASE, FIT, PARTS, TEXT, in_words, points
from matcher.matching.score import Calibration, meanings, parse, scores, shares, shipped, written
from matcher.matching.words import USUAL, TellingWords, weigh

EVIDENCE = st.lists(st.floats(0, 1).map(lambda value: round(value, 6)), min_size=len(PARTS), max_size=len(PARTS))
NEUTRAL = {name: part.neutral for name, part in PARTS.items()}


def of(**weights: float) -> Calibration:
    return Calibration(-1.0, dict.fromkeys(PARTS, 0.0) | weights)


def scored(values: Mapping[str, float], calibration: Calibration) -> float:
    """The score of a single candidate."""
    return float(scores({part: np.array([value]) for part, value in values.items()}, calibration)[0])


def test_the_shipped_calibration_weighs_every_part_and_none_against() -> None:
    assert set(shipped().weights) == set(PARTS)
    assert all(weight >= 0 for weight in shipped().weights.values())
    assert shipped().about["held_out_calibration_error"] <= 0.05


def test_a_calibration_is_read_as_it_was_written() -> None:
    assert parse(written(shipped())) == shipped()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "intercept = 1",
        "intercept = 1\n[weights]\nwords = 1",
        written(of(words=-1.0)),
        written(of()).replace("words", "deeds"),
        written(of()).replace("[about]", "deeds = 1.0\n[about]"),
        "not toml",
    ],
)  # fmt: skip
def test_anything_else_is_no_calibration(text: str) -> None:
    with pytest.raises(ValueError, match=r"no calibration|Expected"):
        parse(text)


def test_the_score_is_the_logistic_of_the_weighted_sum() -> None:
    values, calibration = NEUTRAL | {"whole": 0.5, "words": 0.5}, of(whole=4.0, words=2.0)
    assert scored(values, calibration) == pytest.approx(1 / (1 + math.exp(-2.0)))


def test_shares_are_what_each_part_adds_beyond_its_neutral_value() -> None:
    values = NEUTRAL | {"whole": 0.5, "words": 0.0, "region": 1.0}
    told = {share.part: share for share in shares(values, of(whole=4.0, words=2.0))}
    base, score = 1 / (1 + math.exp(1 - 2 * USUAL)), scored(values, of(whole=4.0, words=2.0))
    slope = (score - base) / (2.0 - 2 * USUAL)
    assert told["whole"].share == pytest.approx(slope * 2.0)
    assert told["words"].share == pytest.approx(slope * -2 * USUAL)
    assert told[BASE].share == pytest.approx(base)
    assert told["region"].share == told["field"].share == 0
    assert told["words"].message == f"few words in common (0.00): {points(told['words'].share)}"


def test_candidates_are_scored_each_by_itself() -> None:
    values = {"whole": np.array([0.5, 0.0, 1.0]), "words": np.array([0.25, 0.0, 0.5])}
    calibration = of(whole=4.0, words=2.0)
    each = [scored({part: column[row] for part, column in values.items()}, calibration) for row in range(3)]
    assert scores(values, calibration).tolist() == pytest.approx(each)


@given(EVIDENCE)
def test_shares_add_up_to_a_score_between_0_and_1(values: list[float]) -> None:
    evidence = dict(zip(PARTS, values, strict=True))
    total = scored(evidence, shipped())
    assert 0 < total < 1
    assert sum(share.share for share in shares(evidence, shipped())) == pytest.approx(total, abs=1e-12)


@given(EVIDENCE)
def test_a_part_speaks_for_a_pair_above_its_neutral_value_and_against_it_below(values: list[float]) -> None:
    for share in shares(dict(zip(PARTS, values, strict=True)), shipped())[:-1]:
        assert share.share * (share.value - NEUTRAL[share.part]) >= 0


def test_where_reasons_outweigh_each_other_their_shares_stay_small() -> None:
    values = NEUTRAL | {"whole": 0.5, "field": 0.0}
    told = {share.part: share.share for share in shares(values, of(whole=1.0, field=1.0))}
    assert told["whole"] == pytest.approx(-told["field"])
    assert 0 < told["whole"] < 0.5
    assert told[BASE] == scored(values, of(whole=1.0, field=1.0))


@given(st.lists(st.floats(0, 1), min_size=len(PARTS), max_size=len(PARTS)), st.sampled_from(list(PARTS)))
def test_more_of_any_evidence_never_lowers_the_score(values: list[float], part: str) -> None:
    before = dict(zip(PARTS, values, strict=True))
    assert scored(before | {part: 1.0}, shipped()) >= scored(before, shipped())


@pytest.mark.parametrize(
    ("part", "value", "share", "told"),
    [
        ("passages", 0.52, 0.313, "passages that agree (0.52): +31 of 100"),
        ("indicators", 0.0, -0.128, "indicators not met (0.00): -13 of 100"),
        ("indicators", 0.5, 0.0, "indicators not comparable (0.50): 0 of 100"),
        ("words", USUAL, -0.0, "as many words in common as usual (0.25): 0 of 100"),
        (BASE, 1.0, 0.002, "what any pair has: 0 of 100"),
    ],
)
def test_shares_are_told_in_words(part: str, value: float, share: float, told: str) -> None:
    assert in_words(part, value, share) == told


def test_the_parts_are_those_of_the_texts_and_of_the_fit() -> None:
    assert [*TEXT, *FIT] == list(PARTS)
    assert set(fit.PARTS) | {"indicators"} == set(FIT)


def test_the_parts_are_described_as_they_are() -> None:
    text = (Path(__file__).parents[2] / "docs" / "score.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| (\w+) \|.*\| ([\d.]+) \|$", text, re.MULTILINE)
    assert [(name, float(value)) for name, value in told] == [(name, part.neutral) for name, part in PARTS.items()]


def test_the_same_texts_mean_the_same_and_strangers_nothing() -> None:
    here, elsewhere = np.split(np.eye(4, dtype=np.float32), 2)
    passages, whole = meanings(here, [here, elsewhere])
    assert (passages.tolist(), whole.tolist()) == (pytest.approx([1.0, 0.0]), pytest.approx([1.0, 0.0]))


def test_a_candidate_is_compared_by_its_nearest_passage_and_as_a_whole() -> None:
    axes = np.eye(4, dtype=np.float32)
    passages, whole = meanings(axes[:1], [axes[:2]])
    assert (passages[0], whole[0]) == (1.0, pytest.approx(1 / math.sqrt(2)))


def test_a_text_without_passages_means_nothing() -> None:
    found = meanings(np.zeros((0, 4), np.float32), [np.eye(4, dtype=np.float32)])
    assert [one.tolist() for one in found] == [[0.0], [0.0]]


def one(value: float) -> NDArray[np.float64]:
    return np.array([value])


def test_telling_words_are_divided_by_what_travels_between_languages() -> None:
    telling = {"mos2": 3.0, "pvd": 1.0, "轴承": 4.0, "bearing": 2.0}
    words = weigh(telling, "PVD 镀 MoS2 轴承 bearing")
    assert words == TellingWords(10.0, portable=0.4, chinese=0.4, latin=0.2)
    assert words.attainable(np.array([1.0, 0.0])).tolist() == pytest.approx([0.8, 0.6])


def test_missing_words_speak_against_only_who_could_have_had_them() -> None:
    words = TellingWords(10.0, portable=0.0, chinese=1.0, latin=0.0)
    assert words.evidence(one(0.0), chinese=one(0.0))[0] == pytest.approx(USUAL)
    assert words.evidence(one(0.1), chinese=one(1.0))[0] == pytest.approx(0.1)
    assert words.evidence(one(0.1), chinese=one(0.5))[0] == pytest.approx(0.1 + USUAL / 2)


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
