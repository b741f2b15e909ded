"""Which of a result's indicators is the one that a need asks for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from embeddings.base import Encoder, Vectors
from embeddings.factory import make_encoder
from embeddings.text import has_chinese
from matcher.drafts import IndicatorAchieved, IndicatorTarget, Operator
from matcher.quantities import names
from matcher.quantities.align import FLOOR, NEAR, Pairing, align, same_name

JUDGED = Path(__file__).parent / "indicator_names.tsv"


@cache
def bundled() -> Encoder:
    return make_encoder("bundled")


def judged() -> list[tuple[str, str, bool]]:
    lines = [line for line in JUDGED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [(need, result, same == "yes") for need, result, same in (line.split("\t") for line in lines[1:])]


@pytest.mark.parametrize(
    ("across", "number", "precision", "recall"), [(False, 110, 0.94, 0.66), (True, 123, 0.95, 0.58)]
)
def test_the_floors_keep_apart_what_was_judged_by_hand(
    across: bool, number: int, precision: float, recall: float
) -> None:
    pairs = [pair for pair in judged() if (has_chinese(pair[0]) != has_chinese(pair[1])) is across]
    needs = bundled().encode_documents([need for need, _, _ in pairs])
    results = bundled().encode_documents([result for _, result, _ in pairs])
    cosines = np.sum(needs * results, axis=1).tolist()
    taken = [same for (one, other, same), cosine in zip(pairs, cosines, strict=True) if same_name(one, other, cosine)]
    assert len(pairs) == number
    assert sum(taken) / len(taken) >= precision
    assert sum(taken) / sum(same for _, _, same in pairs) >= recall


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        ("抗拉强度", "抗压强度", True),
        ("抗拉强度", "tensile strength", False),
        ("抗拉强度", "flexural strength", True),
        ("抗拉强度", "强度", False),
        ("3 d抗压强度", "28 d抗压强度", True),
        ("3 d抗压强度", "3-day compressive strength", False),
        ("NF3破坏去除率", "N2O破坏去除率", True),
        ("NF3破坏去除率", "NF3 removal", False),
        ("粗糙度Ra", "粗糙度Sa", True),
        ("成本", "成本降低", True),
        ("成本降低", "cost reduction", False),
        ("温升", "温度", True),
        ("最高温度", "最低温度", True),
        ("charging time", "discharging time", True),
        ("放电容量", "discharge capacity", False),
        ("入口温度", "outlet temperature", True),
        ("相对误差", "误差", True),
        ("端到端时延", "端到端时延抖动", True),
        ("功率保持率", "功率衰减", True),
        ("容量保持率", "capacity retention", False),
        ("", "", False),
    ],
)
def test_names_that_read_alike_are_known_apart(one: str, other: str, contradict: bool) -> None:
    assert names.contradict(one, other) is contradict
    assert names.contradict(other, one) is contradict


def target(name: str, unit: str) -> IndicatorTarget:
    return IndicatorTarget(name=name, operator=Operator.AT_LEAST, value=1, unit=unit)


def shown(name: str, unit: str) -> IndicatorAchieved:
    return IndicatorAchieved(name=name, value=1, unit=unit)


def vectors(*cosines_with_first: float) -> Vectors:
    return np.array([[cosine, np.sqrt(1 - cosine**2)] for cosine in cosines_with_first], np.float32)


def test_the_nearest_of_the_same_dimension_is_taken_each_once() -> None:
    needs = [target("a", "mm"), target("b", "MPa")]
    results = [shown("c", "MPa"), shown("d", "μm"), shown("e", "GPa")]
    found = align(needs, results, vectors(1.0, 1.0), vectors(0.99, 0.8, 0.9))
    assert [(pairing.need, pairing.result) for pairing in found] == [(1, 0), (0, 1)]
    assert found[0].similarity == pytest.approx(0.99)


@pytest.mark.parametrize("unit", ["", "zorks", "℃", "m²"])
def test_nothing_of_another_dimension_or_of_an_unknown_unit_is_taken(unit: str) -> None:
    assert align([target("a", "mm")], [shown("a", unit)], vectors(1.0), vectors(1.0)) == []


def test_nothing_below_the_floor_is_taken() -> None:
    assert align([target("a", "mm")], [shown("b", "mm")], vectors(1.0), vectors(FLOOR - 0.01)) == []
    assert len(align([target("a", "mm")], [shown("b", "mm")], vectors(1.0), vectors(FLOOR + 0.01))) == 1


def test_names_in_two_languages_may_lie_farther_apart() -> None:
    assert len(align([target("厚度", "mm")], [shown("thickness", "mm")], vectors(1.0), vectors(0.55))) == 1
    assert align([target("厚度", "mm")], [shown("膜层", "mm")], vectors(1.0), vectors(0.55)) == []


def test_others_that_are_as_near_are_named_as_rivals() -> None:
    results = [shown("b", "mm"), shown("c", "mm"), shown("d", "mm")]
    (found,) = align([target("a", "mm")], results, vectors(1.0), vectors(0.9, 0.9 - NEAR / 2, 0.9 - 2 * NEAR))
    assert found == Pairing(0, 0, pytest.approx(0.9), (1,))


def test_without_indicators_there_are_no_pairs() -> None:
    none = np.zeros((0, 2), np.float32)
    assert align([], [shown("b", "mm")], none, vectors(1.0)) == []
    assert align([target("a", "mm")], [], vectors(1.0), none) == []
