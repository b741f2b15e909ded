"""What is read from the sentences of both sides, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.drafts import IndicatorAchieved, IndicatorTarget, Operator
from matcher.quantities import reading, units
from matcher.quantities.reading import Stated


def told(found: list[Stated]) -> list[tuple[str, Operator, float, str]]:
    return [(one.name, one.operator, one.value, one.unit) for one in found]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("吸水率0.35%，线胀系数18 ppm/K。", [("吸水率", "=", 0.35, "%"), ("线胀系数", "=", 18, "ppm/K")]),
        ("The density is high; tensile strength 515 MPa.", [("tensile strength", "=", 515, "MPa")]),
        ("羟胺低于60 ppm。", [("羟胺", "<=", 60, "ppm")]),
        ("粒径90 nm的核壳乳液。", [("粒径", "=", 90, "nm")]),
        ("轉移速率≥20百萬顆/時。", [("轉移速率", ">=", 2e7, "顆/时")]),
        ("翘曲报废率由9%降到2%。", []),
        ("重氮盐在线量不到200 g。", []),
        ("板材利用率只有87%。", []),
        ("进料前双级过滤，每1500 h在线酸洗一次。", []),
        ("We treated 14,000 m3 on a former plating site.", []),
        ("At 800 V bearing current peaks at 0.35 A.", []),
        ("缺口强度比0.55。", []),
        ("自然度4.3分。", []),
        ("没有数字。", []),
    ],
)
def test_a_result_is_read_where_a_short_name_has_a_known_unit(
    sentence: str, expected: list[tuple[str, str, float, str]]
) -> None:
    assert told(reading.shown([("abstract", sentence)])) == [
        (name, Operator(operator), value, unit) for name, operator, value, unit in expected
    ]


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("希望轴承寿命不低于8000 h。", "轴承寿命"),
        ("要求抗拉强度≥800 MPa。", "抗拉强度"),
        ("We need a purity of at least 99.9 %.", "purity"),
        ("The required tensile strength > 800 MPa.", "tensile strength"),
    ],
)
def test_the_name_is_without_the_wish(sentence: str, name: str) -> None:
    assert [one.name for one in reading.wanted([("problem", sentence)])] == [name]


@pytest.mark.parametrize(
    ("part", "sentence", "number"),
    [
        ("problem", "希望轴承寿命不低于8000 h。", 1),
        ("problem", "夜间厂界噪声不得超过50 dB。", 1),
        ("problem", "We need a purity of at least 99.9 %.", 1),
        ("problem", "目前废品率低于6%。", 0),
        ("problem", "要求轴承寿命8000 h。", 0),
        ("current_state", "希望轴承寿命不低于8000 h。", 0),
        ("text", "轴承寿命≥8000 h", 1),
        ("text", "轴承寿命8000 h", 0),
    ],
)
def test_a_need_is_read_where_it_wants_a_bound(part: str, sentence: str, number: int) -> None:
    assert len(reading.wanted([(part, sentence)])) == number


def test_what_is_read_carries_its_sentence_and_is_marked() -> None:
    (found,) = reading.shown([("abstract", "先去油。吸水率0.35%，性能稳定。后清洗。")])
    assert (found.text, found.from_text, found.must) == ("吸水率0.35%，性能稳定。", True, False)


def test_how_things_were_and_are_elsewhere_is_not_read_from_a_result() -> None:
    assert reading.shown([("problem", "吸水率0.35%。"), ("advantage", "吸水率0.35%。")]) == []


def test_what_was_handed_in_keeps_its_method_and_conditions() -> None:
    target = IndicatorTarget(name="纯度", operator=Operator.AT_LEAST, value=99.9, unit="%", test_method="HPLC")
    achieved = IndicatorAchieved(name="寿命", value=9000, unit="h", conditions="25 ℃")
    assert reading.handed_in(target) == Stated(
        "纯度", Operator.AT_LEAST, 99.9, None, "%", "纯度 ≥ 99.9 % (HPLC)", must=True, test_method="HPLC"
    )
    assert reading.handed_in(achieved) == Stated(
        "寿命", Operator.EQUAL, 9000, None, "h", "寿命 = 9000 h (25 ℃)", conditions="25 ℃"
    )


@given(
    st.text(max_size=80) | st.text("轴承寿命纯度≥≤<>=~-不低于超过以上0123456789.%hmMPa℃μ/，。;() needs", max_size=60)
)
def test_no_text_makes_it_fail_and_no_unit_is_unknown(text: str) -> None:
    found = reading.wanted([("problem", text), ("text", text)]) + reading.shown([("abstract", text)])
    assert all(units.read(one.unit) is not None and one.text in text for one in found)
