"""Whether what was achieved meets what was asked for, told from what people write."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.drafts import IndicatorAchieved, IndicatorTarget, Operator
from matcher.intake.quantities import parse
from matcher.quantities import units
from matcher.quantities.compare import Outcome, Verdict, compare

MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN


def verdict(target: str, achieved: str) -> Verdict:
    ((wanted,), _), ((shown,), _) = parse(target), parse(achieved)
    return compare(wanted.target(), shown.achieved())


@pytest.mark.parametrize(
    ("target", "achieved", "outcome"),
    [
        # one value against a bound
        ("纯度≥99.9%", "纯度 99.95%", MET),
        ("纯度≥99.9%", "纯度 99.9%", MET),
        ("纯度≥99.9%", "purity 99.5 %", NOT_MET),
        ("粗糙度≤0.05 μm", "roughness 45 nm", MET),
        ("抗拉强度不低于 800 MPa", "tensile strength 0.79 GPa", NOT_MET),
        ("抗拉强度不低于 800 MPa", "抗拉强度 810 N/mm²", MET),
        ("压力≥6 bar", "压力 0.6 MPa", MET),
        ("成本≤3 万元", "成本 28000元", MET),
        ("转速≥3000 rpm", "转速 55 转/秒", MET),
        ("能耗≤500 kWh/t", "能耗 1.9 MJ/kg", NOT_MET),
        ("水分≤0.05 %", "水分 400 ppm", MET),
        ("含量≤50 ppm", "含量 0.04 g/kg", MET),
        # bounds on both sides
        ("寿命≥8000 h", "寿命≥9200 h", MET),
        ("寿命≥8000 h", "寿命≥5000 h", NOT_MET),
        ("寿命≥8000 h", "寿命≤7000 h", NOT_MET),
        ("寿命≥8000 h", "寿命≤9000 h", UNKNOWN),
        ("误差≤5 μm", "误差<3 μm", MET),
        ("误差≤5 μm", "误差<8 μm", NOT_MET),
        # ranges
        ("厚度≤0.6 mm", "厚度 0.3–0.5 mm", MET),
        ("厚度≤0.6 mm", "厚度 0.5–0.8 mm", UNKNOWN),
        ("厚度≤0.6 mm", "厚度 0.7–0.8 mm", NOT_MET),
        ("粒径 20–50 μm", "粒径 35 μm", MET),
        ("粒径 20–50 μm", "粒径 30–40 μm", MET),
        ("粒径 20–50 μm", "粒径 60 μm", NOT_MET),
        ("粒径 20–50 μm", "粒径 40–60 μm", UNKNOWN),
        ("粒径 20–50 μm", "粒径≤50 μm", UNKNOWN),
        # ranges that are to be covered
        ("工作温度-40~85℃", "工作温度 -50~125℃", MET),
        ("工作温度-40~85℃", "operating temperature 0–70 °C", NOT_MET),
        ("测量范围 0–10 mm", "测量范围 0–15 mm", MET),
        ("测量范围 0–10 mm", "测量范围 10 mm", UNKNOWN),
        ("使用温度≥200℃", "使用温度 -40~250℃", MET),
        ("使用温度≥200℃", "使用温度 -40~150℃", NOT_MET),
        ("使用温度≤80℃", "使用温度 60~90℃", UNKNOWN),
        # deviations
        ("控温精度±0.5℃", "控温精度 ±0.3 K", MET),
        ("控温精度±0.5℃", "控温精度 ±1℃", NOT_MET),
        ("误差≤0.5 mm", "误差 ±0.3 mm", MET),
        ("误差±0.5 mm", "误差 0.3 mm", MET),
        ("误差±0.5 mm", "误差≤0.6 mm", NOT_MET),
        ("厚度 25±2 μm", "厚度 25±1 μm", MET),
        ("厚度 25±2 μm", "厚度 25±3 μm", UNKNOWN),
        # exact values
        ("裂纹=0条", "裂纹 0条", MET),
        ("裂纹=0条", "裂纹 2条", NOT_MET),
        ("晶圆直径=200 mm", "晶圆直径 20 cm", MET),
        ("检测速度=10 m/s", "检测速度 20 m/s", UNKNOWN),
        # temperatures as points and as differences
        ("温升≤25 K", "温升 21 ℃", MET),
        ("温升≤25 K", "temperature rise 36 °F", MET),
        ("烧结温度≤200℃", "烧结温度 500 K", NOT_MET),
        ("melting point ≥ 392 °F", "熔点 200 ℃", MET),
        ("加热≥200℃", "加热 500 K", UNKNOWN),
        ("加热≥200℃", "加热 250 ℃", MET),
        # what cannot be compared
        ("单价≤100元/站", "单价 80元", UNKNOWN),
        ("cost ≤ 100 USD per tonne", "cost 80 USD", UNKNOWN),
        ("cost ≤ 100 USD per tonne", "成本 0.08 USD/kg", MET),
        ("吨产品耗水≤3 t/t", "耗水 2 t", UNKNOWN),
        ("耗水≤3 t/t", "耗水 2 kg/kg", MET),
        ("流量≥3 Nm3/h", "流量 4 m³/h", UNKNOWN),
        ("硬度≥60HRC", "硬度 750HV", UNKNOWN),
        ("硬度≥60HRC", "硬度 62HRC", MET),
        ("转速≥3000 rpm", "转速 60 Hz", UNKNOWN),
        ("成本≤3 万元", "成本 4000美元", UNKNOWN),
        ("含量≤50 ppm", "含量 40 mg/L", UNKNOWN),
        ("提升≥3个百分点", "提升 5%", UNKNOWN),
        ("准确率≥95%", "准确率 0.97", UNKNOWN),
        ("产能≥5万吨/年", "产能 10 t/h", UNKNOWN),
        ("含量≤3 wt%", "含量 2 vol%", UNKNOWN),
        ("速度≥3 m/s", "速度 10 kn/x", UNKNOWN),
        # months are of no exact length
        ("周期≤3个月", "周期 80天", MET),
        ("周期≤3个月", "周期 91天", UNKNOWN),
        ("周期≤3个月", "周期 100天", NOT_MET),
    ],
)
def test_each_kind_of_target_against_each_kind_of_achievement(target: str, achieved: str, outcome: Outcome) -> None:
    assert verdict(target, achieved).outcome is outcome


@pytest.mark.parametrize(
    ("target", "achieved", "margin"),
    [
        ("寿命≥8000 h", "寿命 10000 h", 0.25),
        ("寿命≥8000 h", "寿命≥6000 h", -0.25),
        ("误差≤0.5 mm", "误差 400 μm", 0.2),
        ("误差≤0.5 mm", "误差 1 mm", -1.0),
        ("粒径 20–50 μm", "粒径 40 μm", 0.2),
        ("粒径 20–50 μm", "粒径 60 μm", -0.2),
        ("裂纹=0条", "裂纹 2条", None),
        ("厚度≤0.6 mm", "厚度 0.5–0.8 mm", None),
        ("熔点≥226.85℃", "熔点 600 K", 0.2),
        ("温升≤25 K", "温升 20 ℃", 0.2),
        ("工作温度 0~100℃", "工作温度 0~100℃", 0.0),
        ("测量范围 10–20 mm", "测量范围 5–30 mm", 0.5),
    ],
)
def test_the_margin_is_relative_to_the_nearest_end_and_positive_in_favour(
    target: str, achieved: str, margin: float | None
) -> None:
    assert verdict(target, achieved).margin == pytest.approx(margin)


@pytest.mark.parametrize(
    ("target", "achieved", "reason"),
    [
        ("纯度≥99.9%", "纯度 99.5%", "99.5 %, wanted ≥ 99.9 %"),
        ("粗糙度≤0.05 μm", "粗糙度 45 nm", "45 nm (= 0.045 μm), wanted ≤ 0.05 μm"),
        ("控温精度±0.5℃", "控温精度±0.3 K", "±0.3 K, wanted ±0.5 ℃"),
        ("误差±0.5 mm", "误差±300 μm", "±300 μm (= ±0.3 mm), wanted ±0.5 mm"),
        ("厚度≤0.6 mm", "厚度 0.5–0.8 mm", "0.5–0.8 mm, wanted ≤ 0.6 mm: met in part"),
        ("速度=10 m/s", "速度 20 m/s", "20 m/s, wanted = 10 m/s: whether another value will do is not said"),
        ("寿命≥8000 h", "寿命≤9000 h", "≤ 9000 h, wanted ≥ 8000 h: what was achieved is not said closely enough"),
        ("硬度≥60HRC", "硬度 750HV", "750 HV, wanted ≥ 60 HRC: the units measure different things"),
        ("用量≤3 zorks", "用量 2 kg", "the unit “zorks” is not known"),
    ],
)
def test_the_reason_is_told_in_a_few_words(target: str, achieved: str, reason: str) -> None:
    assert verdict(target, achieved).reason == reason


@pytest.mark.parametrize(
    ("target", "achieved", "caveats"),
    [
        ("水分≤500ppm", "水分 0.03wt%", ("only one side says that it is by mass",)),
        ("噪声≤65dB", "噪声 60dB(A)", ("only one side says that it is A-weighted",)),
        ("处理量≥240 t/d", "处理量 12 t/h", ("a day is taken as 24 hours",)),
        ("周期≤3个月", "周期 80天", ("a month is taken as 30.4 days",)),
        ("寿命≥8000 h", "寿命 9000 h (at 25 °C)", ("shown under: at 25 °C",)),
        ("寿命≥8000 h", "寿命 9000 h", ()),
    ],
)
def test_what_makes_a_comparison_less_than_safe_stays_visible(
    target: str, achieved: str, caveats: tuple[str, ...]
) -> None:
    assert verdict(target, achieved).caveats == caveats


@pytest.mark.parametrize(
    ("wanted", "shown", "outcome"),
    [
        ("kg/t布", "kg/t布", MET),
        ("kg/t CO2", "kg/t co2", MET),
        ("kg/t布", "kg/t纱", UNKNOWN),
        ("kg/t布", "kg/t", UNKNOWN),
        ("片/h", "箱/h", UNKNOWN),
        ("mpa", "MPa", UNKNOWN),
        ("SIL", "级", UNKNOWN),
        ("times", "次", UNKNOWN),
        ("C", "C", UNKNOWN),
    ],
)
def test_units_that_may_mean_something_else_settle_nothing(wanted: str, shown: str, outcome: Outcome) -> None:
    target = IndicatorTarget(name="x", operator=Operator.AT_MOST, value=3, unit=wanted)
    assert compare(target, IndicatorAchieved(name="x", value=2, unit=shown)).outcome is outcome


def test_what_was_achieved_comes_in_the_unit_of_the_target() -> None:
    found = verdict("厚度≤0.6 mm", "厚度 300–500 μm")
    assert (found.low, found.high, found.unit) == (0.3, 0.5, "mm")
    found = verdict("寿命≥1 d", "寿命≥48 h")
    assert (found.low, found.high, found.unit) == (2.0, None, "d")


# -- properties -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Anything:
    """As the protocol of `compare` has it, with nothing checked at an edge."""

    name: str
    operator: Operator
    value: float
    value_high: float | None
    unit: str
    conditions: str = ""


KNOWN = ["", "%", "ppm", "mm", "μm", "MPa", "bar", "℃", "K", "℉", "h", "月", "dB", "件/分钟", "W/(m·K)", "元", "目"]
NUMBERS = st.floats()
ANYTHING = st.builds(
    Anything,
    st.sampled_from(["温度", "温升", "测量范围", "寿命", "", "number of parts"]) | st.text(),
    st.sampled_from(Operator),
    NUMBERS,
    st.none() | NUMBERS,
    st.sampled_from(KNOWN) | st.text(max_size=12),
)


@given(ANYTHING, ANYTHING)
def test_nothing_makes_it_fail_and_margins_have_the_sign_of_the_outcome(target: Anything, achieved: Anything) -> None:
    found = compare(target, achieved)
    if found.margin is not None:
        assert math.isfinite(found.margin)
        assert found.margin >= 0 if found.outcome is MET else found.margin <= 0 and found.outcome is NOT_MET


SAME_KIND = [
    ["nm", "μm", "mm", "cm", "m", "km", "inch", "毫米"],
    ["Pa", "kPa", "MPa", "GPa", "bar", "psi", "N/mm²", "兆帕", "kgf/cm²"],
    ["s", "min", "h", "d", "小时", "周"],
    ["mg/L", "g/L", "μg/mL", "kg/m³"],
    ["ppm", "%", "‰"],
    ["W/(m·K)", "mW/(cm·K)", "W/m·℃"],
    ["元", "万元", "亿元"],
    ["kWh/t", "MJ/kg", "kJ/g"],
]
VALUES = st.floats(1e-6, 1e9)
PAIRS = st.sampled_from(SAME_KIND).flatmap(lambda kind: st.tuples(st.sampled_from(kind), st.sampled_from(kind)))


def achieved(value: float, unit: str) -> IndicatorAchieved:
    return IndicatorAchieved(name="x", value=value, unit=unit)


def least(value: float, unit: str) -> IndicatorTarget:
    return IndicatorTarget(name="x", operator=Operator.AT_LEAST, value=value, unit=unit)


def converted(value: float, unit: str, to: str) -> float:
    found = compare(least(1.0, to), achieved(value, unit)).low
    assert found is not None
    return found


@given(VALUES, PAIRS)
def test_there_and_back_gives_the_same(value: float, pair: tuple[str, str]) -> None:
    one, other = pair
    assert converted(converted(value, one, other), other, one) == pytest.approx(value, rel=1e-9)


@given(VALUES, VALUES, PAIRS)
def test_order_is_kept_under_conversion(low: float, high: float, pair: tuple[str, str]) -> None:
    low, high = sorted((low, high))
    assert converted(low, *pair) <= converted(high, *pair)


@given(VALUES, VALUES, PAIRS, PAIRS)
def test_the_outcome_does_not_depend_on_the_units(
    wanted: float, shown: float, pair: tuple[str, str], other: tuple[str, str]
) -> None:
    one = compare(least(wanted, pair[0]), achieved(shown, pair[0])).outcome
    if not math.isclose(wanted, shown, rel_tol=1e-6):
        assert compare(least(wanted, pair[0]), achieved(converted(shown, *pair), pair[1])).outcome is one


@given(st.text(max_size=15) | st.text("mMkKgGtThHsSVWJPaΩμ°%‰·/()^⁻²-0123456789e., 每分时吨元万亿次", max_size=15))
def test_any_text_of_a_unit_is_read_to_a_sound_measure_or_not_at_all(text: str) -> None:
    unit = units.read(text)
    assert unit is None or (math.isfinite(unit.factor) and unit.factor > 0 and math.isfinite(unit.offset))


@given(
    st.sampled_from(sorted({unit for kind in SAME_KIND for unit in kind})), st.text("qwzjxyv", min_size=2, max_size=5)
)
def test_a_word_that_is_no_unit_makes_a_unit_unknown(unit: str, word: str) -> None:
    assert units.read(word) is None
    assert units.read(unit + word) is None
    assert units.read(f"{unit}/{word}") is None
