from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matcher.drafts import IndicatorAchieved, IndicatorTarget, Operator
from matcher.intake.quantities import UNNAMED, parse, write

LEAST, MOST, EQUAL, BETWEEN = Operator.AT_LEAST, Operator.AT_MOST, Operator.EQUAL, Operator.BETWEEN


@pytest.mark.parametrize(
    ("text", "name", "operator", "value", "high", "unit"),
    [
        ("纯度≥99.9%", "纯度", LEAST, 99.9, None, "%"),
        ("粒径 20–50 μm", "粒径", BETWEEN, 20, 50, "μm"),
        ("粒径20~50µm", "粒径", BETWEEN, 20, 50, "μm"),
        ("厚度20至50毫米", "厚度", BETWEEN, 20, 50, "毫米"),
        ("工作温度 -40℃~+85℃", "工作温度", BETWEEN, -40, 85, "℃"),
        ("operating temperature between -40 and 85 °C", "operating temperature", BETWEEN, -40, 85, "℃"),
        ("抗拉强度不低于 800 MPa", "抗拉强度", LEAST, 800, None, "MPa"),
        ("合格率不低於95％", "合格率", LEAST, 95, None, "%"),
        ("抗拉强度(MPa)≥800", "抗拉强度", LEAST, 800, None, "MPa"),
        ("yield > 95%", "yield", LEAST, 95, None, "%"),
        ("Yield of at least 95 %", "Yield", LEAST, 95, None, "%"),
        ("成本降低30%以上", "成本降低", LEAST, 30, None, "%"),
        ("强度提高20%-30%", "强度提高", BETWEEN, 20, 30, "%"),
        ("能耗降低至0.5kWh/kg", "能耗", MOST, 0.5, None, "kWh/kg"),
        ("转化率提高到95%", "转化率", LEAST, 95, None, "%"),
        ("at most 5 ppm", UNNAMED, MOST, 5, None, "ppm"),
        ("±0.5℃", UNNAMED, BETWEEN, -0.5, 0.5, "℃"),
        ("恒温 25±2℃", "恒温", BETWEEN, 23, 27, "℃"),
        ("<= 10 ms", UNNAMED, MOST, 10, None, "ms"),
        ("循环寿命≥1×10^5 次", "循环寿命", LEAST, 1e5, None, "次"),
        ("循环寿命≥10⁵ 次", "循环寿命", LEAST, 1e5, None, "次"),
        ("泄漏率≤3.5e-6 Pa·m³/s", "泄漏率", MOST, 3.5e-6, None, "Pa·m³/s"),
        ("泄漏率≤1×10⁻⁹ Pa·m^3/s", "泄漏率", MOST, 1e-9, None, "Pa·m³/s"),
        ("寿命≥1万次", "寿命", LEAST, 10_000, None, "次"),
        ("产能 3-5万吨/年", "产能", BETWEEN, 30_000, 50_000, "吨/年"),
        ("比表面积：1,200 m2/g", "比表面积", EQUAL, 1200, None, "m2/g"),
        ("导热系数≥1.5 W/(m·K)", "导热系数", LEAST, 1.5, None, "W/(m·K)"),
        ("噪声≤65dB(A)", "噪声", MOST, 65, None, "dB(A)"),
        ("5mm≤厚度≤10mm", "厚度", BETWEEN, 5, 10, "mm"),
        ("厚度≥5且≤10 mm", "厚度", BETWEEN, 5, 10, "mm"),
        ("3个月内完成", "完成", MOST, 3, None, "个月"),
        ("1台样机", "样机", EQUAL, 1, None, "台"),
        ("PM2.5去除率≥95%", "PM2.5去除率", LEAST, 95, None, "%"),
        ("5G时延≤10ms", "5G时延", MOST, 10, None, "ms"),
        ("316L不锈钢寿命≥10年", "316L不锈钢寿命", LEAST, 10, None, "年"),
        ("节约30%", "节约", EQUAL, 30, None, "%"),
        ("雷达 3 km", "雷达", EQUAL, 3, None, "km"),
        ("accuracy better than 0.1 deg", "accuracy", MOST, 0.1, None, "deg"),
        ("强度优于500 MPa", "强度", LEAST, 500, None, "MPa"),
        ("more than 500 charge cycles", "charge cycles", LEAST, 500, None, ""),
        ("产能 3-5 t/a", "产能", BETWEEN, 3, 5, "t/a"),
        ("求解時間≤9分鐘", "求解時間", MOST, 9, None, "分钟"),
        ("wet rubbing≥4grade", "wet rubbing", LEAST, 4, None, "grade"),
        ("加速疲劳≥402百万次", "加速疲劳", LEAST, 402e6, None, "次"),
        ("image-to-member assignment≥9%", "image-to-member assignment", LEAST, 9, None, "%"),
        ("寿命≥2000.5 h", "寿命", LEAST, 2000.5, None, "h"),
    ],
)
def test_a_quantity_is_read_as_it_is_meant(
    text: str, name: str, operator: Operator, value: float, high: float | None, unit: str
) -> None:
    found, unread = parse(text)

    assert unread == []
    assert [(q.name, q.operator, q.value, q.value_high, q.unit) for q in found] == [(name, operator, value, high, unit)]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("friction coefficient 0.04", "friction coefficient", 0.04),
        ("friction coefficient of 0.04", "friction coefficient", 0.04),
        ("摩擦系数0.04", "摩擦系数", 0.04),
        ("摩擦系数 0.04", "摩擦系数", 0.04),
        ("摩擦系数：0.04", "摩擦系数", 0.04),
        ("折射率1.52", "折射率", 1.52),
        ("refractive index 1.52", "refractive index", 1.52),
        ("pH 7", "pH", 7),
        ("pH值7.5", "pH值", 7.5),
        ("PUE 1.15", "PUE", 1.15),
        ("F1 score 0.95", "F1 score", 0.95),
        ("信噪比40", "信噪比", 40),
        ("放大倍数1,000", "放大倍数", 1000),
        ("Reynolds number 4000", "Reynolds number", 4000),
        ("perplexity per word 12.5", "perplexity per word", 12.5),
    ],
)
def test_a_bare_number_behind_a_name_is_a_quantity_without_a_unit(text: str, name: str, value: float) -> None:
    found, unread = parse(text)

    assert unread == []
    assert [(q.name, q.operator, q.value, q.unit) for q in found] == [(name, EQUAL, value, "")]


def test_a_bound_without_a_unit_and_conditions_behind_a_bare_number() -> None:
    assert [(q.name, q.operator, q.value, q.unit) for q in parse("摩擦系数≤0.04")[0]] == [("摩擦系数", MOST, 0.04, "")]
    ((bare,), _), ((tested,), _) = parse("selectivity 0.92 at 300 K"), parse("摩擦系数0.04 (GB/T 3960)")
    assert (bare.name, bare.value, bare.conditions) == ("selectivity", 0.92, "at 300 K")
    assert (tested.name, tested.value, tested.method) == ("摩擦系数", 0.04, "GB/T 3960")


@pytest.mark.parametrize(
    "text",
    [
        "in use since 2019",
        "投产于2021",
        "增长率 2020",
        "Inconel 718",
        "Type 316",
        "grade 5",
        "X-200",
        "型号A200",
        "牌号 6061",
        "DN 50",
        "钢 45",
        "ISO 9001",
        "USB 3.2",
        "蓝牙5.1",
        "工业4.0",
        "Python 3.11",
        "GPT 3.5",
        "version 2.1",
        "Fig. 3.2",
        "第3.2",
        "方案 2.1",
        "参数 5",
        "共发表论文 12",
        "服务企业 300",
        "专利 5",
        "电话 13800001111",
        "10×20",
        "0.95",
        "the whole system was improved by us in 2.1",
        "已在某钢厂连续运行三年并取得显著成效评分 0.9",
    ],
)
def test_years_types_and_counts_in_prose_are_no_quantities(text: str) -> None:
    assert parse(text) == ([], [text])


@pytest.mark.parametrize(
    "text",
    [
        "见附件2",
        "符合GB/T 228要求",
        "符合 GB/T 228-2010标准",
        "2025年12月前完成",
        "达到国际先进水平",
        "TRL 7",
        "IP67",
        "尺寸 10×20mm",
        "压缩比 10:1",
        "≥1×105次",
        "粒径 50-20 μm",
        "第1项",
        "纯度-99%",
        "1e999 kg",
        "3.5e-6",
    ],
)
def test_what_states_no_clear_quantity_stays_text(text: str) -> None:
    assert parse(text) == ([], [text])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("纯度≥99.9%；粒径 20–50 μm；抗拉强度不低于 800 MPa (GB/T 228)", ["纯度", "粒径", "抗拉强度"]),
        ("纯度≥99.9%\n粒径≤5μm", ["纯度", "粒径"]),
        ("电流密度≥2A/cm²，寿命>5000h，衰减率<5 μV/h", ["电流密度", "寿命", "衰减率"]),
        ("1. 纯度99.5% 2. 水分≤0.1%", ["纯度", "水分"]),
        ("①精度0.01mm②速度≥10m/s", ["精度", "速度"]),
        ("（1）纯度≥99%；（2）水分≤1,000ppm", ["纯度", "水分"]),
        ("yield > 95%, purity > 99%", ["yield", "purity"]),
        ("在25℃、湿度60%条件下，寿命≥10年", ["在25℃, 湿度60%条件下, 寿命"]),
    ],
)
def test_a_cell_holds_several(text: str, names: list[str]) -> None:
    assert [quantity.name for quantity in parse(text)[0]] == names


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("抗拉强度≥800 MPa (GB/T 228)", "GB/T 228"),
        ("不良率<0.1％（按照GB2828）", "GB2828"),
        ("tensile strength, at least 800 MPa, tested per ASTM D638", "ASTM D638"),
        ("检测限低于 0.1 ng/mL (HPLC)", "HPLC"),
        ("纯度≥99.9%", ""),
    ],
)
def test_the_test_method_is_told_apart(text: str, method: str) -> None:
    (quantity,), _ = parse(text)

    assert quantity.target().test_method == method


@pytest.mark.parametrize(
    ("text", "must"),
    [
        ("纯度≥99%；粒径≤5μm", [True, True]),
        ("必达：纯度≥99%；粒径≤5μm；期望：寿命≥5年；成本≤3元", [True, True, False, False]),
        ("[期望] 寿命≥5年；纯度≥99%", [False, True]),
        ("响应时间≤10ms（必达），功耗<5W(期望)", [True, False]),
        ("(nice) weight < 3 kg", [False]),
        ("期望指标\n寿命≥5年\n必达指标\n纯度≥99%", [False, True]),
    ],
)
def test_marks_tell_must_from_nice(text: str, must: list[bool]) -> None:
    assert [quantity.must for quantity in parse(text)[0]] == must


def test_a_reached_value_is_a_floor_for_a_need_and_exact_for_a_result() -> None:
    (quantity,), _ = parse("成品率达到98%")

    assert quantity.target().operator is LEAST
    assert quantity.achieved().operator is EQUAL


def test_a_results_indicator_keeps_conditions_and_evidence() -> None:
    (quantity,), _ = parse("效率 = 95 % (25 ℃) (第三方检测报告)")

    assert quantity.achieved() == IndicatorAchieved(
        name="效率", value=95, unit="%", conditions="25 ℃", evidence="第三方检测报告"
    )


NAMES = st.sampled_from(
    ["纯度", "抗拉强度", "yield", "响应时间", "PM2.5去除率", "cycle life", "产能", "节约", "雷达", "溫度"]
)
UNITS = st.sampled_from(["", "%", "MPa", "μm", "℃", "W/(m·K)", "Pa·m³/s", "次", "元/吨", "mAh/g", "dB(A)", "kWh/kg"])
VALUES = st.one_of(
    st.integers(-(10**9), 10**9).map(float),
    st.floats(-1e12, 1e12, allow_nan=False).map(lambda value: float(f"{value:.12g}")),
)


@st.composite
def targets(draw: st.DrawFn) -> IndicatorTarget:
    operator = draw(st.sampled_from(Operator))
    low, high = sorted((draw(VALUES), draw(VALUES)))
    return IndicatorTarget(
        name=draw(NAMES),
        operator=operator,
        value=low,
        value_high=high if operator is BETWEEN else None,
        unit=draw(UNITS),
    )


@given(targets())
def test_what_is_written_is_read_back(target: IndicatorTarget) -> None:
    found, unread = parse(write(target))

    assert unread == []
    assert [quantity.target() for quantity in found] == [target]


@given(st.lists(targets(), min_size=1, max_size=5), st.sampled_from(["；", "\n", "; ", "。"]))
def test_several_written_together_are_read_back(written: list[IndicatorTarget], mark: str) -> None:
    found, unread = parse(mark.join(map(write, written)))

    assert unread == []
    assert [quantity.target() for quantity in found] == written


SCRAPS = st.lists(
    st.sampled_from(
        [
            "≥",
            "<=",
            "不低于",
            "at least",
            "±",
            "纯度",
            "yield",
            "5",
            "3.5",
            "1,000",
            "10^",
            "×10⁵",
            "e-6",
            "%",
            "μm",
            "万",
            "-",
            "~",
            "至",
            "(",
            ")",
            "（",
            "）",
            "，",
            ",",
            "；",
            "、",
            ":",
            "=",
            " ",
            "\n",
            "必达",
            "期望",
            "GB/T 228",
            "以上",
            "内",
            "2025年",
            "①",
            "1.",
        ]
    ),
    max_size=14,
).map("".join)


@settings(max_examples=300)
@example("\x1b=0F")
@given(st.one_of(st.text(max_size=80), SCRAPS))
def test_no_text_breaks_the_reading_or_yields_nonsense(text: str) -> None:
    found, unread = parse(text)

    for quantity in found:
        assert math.isfinite(quantity.value)
        assert quantity.value_high is None or quantity.value <= quantity.value_high
        target, achieved = quantity.target(), quantity.achieved()
        assert target.name
        assert achieved.name
    assert all(clause.strip() for clause in unread)
