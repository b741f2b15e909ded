"""Amounts of money, dates, maturities, modes, shares and rights out of cells."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.drafts import CooperationMode, Disclosure, MaturityStage, Right, RightKind, RightStatus
from matcher.intake import choices, dates, money, rights
from matcher.intake.money import Amount, Unit


def amount(low: int | None, high: int | None, currency: str | None = None) -> Amount:
    return Amount(None if low is None else Decimal(low), None if high is None else Decimal(high), currency)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50-80万元", amount(500_000, 800_000, "CNY")),
        ("50万－80万元", amount(500_000, 800_000, "CNY")),
        ("50萬元至80萬元", amount(500_000, 800_000, "CNY")),
        ("¥500k", amount(500_000, 500_000, "CNY")),
        ("￥1,200,000", amount(1_200_000, 1_200_000, "CNY")),
        ("面议", amount(None, None)),
        ("negotiable", amount(None, None)),
        ("约100万", amount(1_000_000, 1_000_000)),
        ("100万左右", amount(1_000_000, 1_000_000)),
        ("不超过200万元", amount(None, 2_000_000, "CNY")),
        ("200万元以内", amount(None, 2_000_000, "CNY")),
        ("≤ 200万元", amount(None, 2_000_000, "CNY")),
        ("up to EUR 50k", amount(None, 50_000, "EUR")),
        ("50万元以上", amount(500_000, None, "CNY")),
        ("at least $30,000", amount(30_000, None, "USD")),
        ("1.2亿元", amount(120_000_000, 120_000_000, "CNY")),
        ("USD 30,000", amount(30_000, 30_000, "USD")),
        ("US$1.5 million", amount(1_500_000, 1_500_000, "USD")),
        ("30万美元", amount(300_000, 300_000, "USD")),
        ("HK$ 2,000,000", amount(2_000_000, 2_000_000, "HKD")),
        ("300000-500000 RMB", amount(300_000, 500_000, "CNY")),
        ("500000", amount(500_000, 500_000)),
        ("0", amount(0, 0)),
    ],
)
def test_amounts_are_read_as_written(text: str, expected: Amount) -> None:
    assert money.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "50",
        "9999",
        "一点点",
        "80-50万元",
        "50万元/年",
        "USD 30 / 20 EUR",
        "-5万",
        "2027-03-31",
        "万元",
        "5e9",
        "1" * 30,
    ],
)
def test_what_is_no_clear_amount_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="50-80万元"):
        money.parse(text)


@pytest.mark.parametrize(
    ("header", "text", "expected"),
    [
        ("预算（万元）", "50", amount(500_000, 500_000, "CNY")),
        ("预算（万元）", "50-80", amount(500_000, 800_000, "CNY")),
        ("预算/万元", "50", amount(500_000, 500_000, "CNY")),
        ("预算（单位：万元）", "50", amount(500_000, 500_000, "CNY")),
        ("预算（万元）", "50万元", amount(500_000, 500_000, "CNY")),
        ("预算（万元）", "500000元", amount(500_000, 500_000, "CNY")),
        ("Budget (USD)", "500", amount(500, 500, "USD")),
        ("Budget (k USD)", "500", amount(500_000, 500_000, "USD")),
        ("预算（万美元）", "5", amount(50_000, 50_000, "USD")),
        ("预算(元)", "5000", amount(5000, 5000, "CNY")),
    ],
)
def test_a_bare_number_takes_the_unit_of_its_header(header: str, text: str, expected: Amount) -> None:
    assert money.parse(text, money.unit_of_header(header)) == expected


def test_a_header_without_a_unit_gives_none() -> None:
    assert money.unit_of_header("预算") == money.unit_of_header("Budget (optional)") == Unit(None, None)


CENTS = st.integers(0, 10**14).map(lambda cents: Decimal(cents) / 100)
CURRENCIES = st.sampled_from(["CNY", "USD", "EUR", "HKD", "JPY", "GBP"])


@given(CENTS, CENTS, CURRENCIES, st.sampled_from(["both", "low", "high", "one", "none"]))
def test_an_amount_written_is_read_back(one: Decimal, other: Decimal, currency: str, shape: str) -> None:
    low, high = sorted((one, other))
    written = {
        "both": Amount(low, high, currency),
        "low": Amount(low, None, currency),
        "high": Amount(None, high, currency),
        "one": Amount(low, low, currency),
        "none": Amount(),
    }[shape]

    assert money.parse(str(written)) == written


MONEY_SCRAPS = st.lists(
    st.sampled_from(
        [
            "5",
            "80",
            "1,000",
            ".5",
            "万",
            "亿",
            "元",
            "k",
            "USD",
            "¥",
            "$",
            "-",
            "至",
            "约",
            "不超过",
            "以内",
            "以上",
            "面议",
            " ",
            "(",
            "+",
        ]
    ),
    max_size=8,
).map("".join)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=40), MONEY_SCRAPS))
def test_no_text_breaks_the_reading_of_money(text: str) -> None:
    try:
        found = money.parse(text)
    except ValueError:
        return
    assert found.low is None or found.high is None or 0 <= found.low <= found.high <= 10**15


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2027-03-31", date(2027, 3, 31)),
        ("2027/3/31", date(2027, 3, 31)),
        ("2027.3.31", date(2027, 3, 31)),
        ("２０２７年３月３１日", date(2027, 3, 31)),
        ("2027年3月31号前", date(2027, 3, 31)),
        ("20270331", date(2027, 3, 31)),
        ("2027-03-31 00:00:00", date(2027, 3, 31)),
        ("2027-03-31T08:00:00Z", date(2027, 3, 31)),
        ("2027年2月", date(2027, 2, 28)),
        ("2028-02", date(2028, 2, 29)),
        ("2027年底", date(2027, 12, 31)),
        ("2027年", date(2027, 12, 31)),
        ("2027", date(2027, 12, 31)),
        ("2027年上半年", date(2027, 6, 30)),
        ("2027年第三季度", date(2027, 9, 30)),
        ("2027Q3", date(2027, 9, 30)),
        ("2027年3月中旬", date(2027, 3, 20)),
        ("二〇二七年三月三十一日", date(2027, 3, 31)),
        ("31 March 2027", date(2027, 3, 31)),
        ("March 31, 2027", date(2027, 3, 31)),
        ("31st Mar 2027", date(2027, 3, 31)),
        ("Mar 2027", date(2027, 3, 31)),
        ("by end of June 2027", date(2027, 6, 30)),
        ("31/03/2027", date(2027, 3, 31)),
        ("2026年1月-2027年12月", date(2027, 12, 31)),
        ("2026-01-01至2027-06-30", date(2027, 6, 30)),
        ("46477", date(2027, 3, 31)),
        (46477.0, date(2027, 3, 31)),
        (20270331.0, date(2027, 3, 31)),
        (2027.0, date(2027, 12, 31)),
        (datetime(2027, 3, 31, 10), date(2027, 3, 31)),
        (date(2027, 3, 31), date(2027, 3, 31)),
        ("长期有效", None),
        ("不限", None),
    ],
)
def test_dates_are_read_as_people_write_them(value: object, expected: date | None) -> None:
    assert dates.parse(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "soon",
        "2027-02-30",
        "2027-13-01",
        "03/04/2027",
        "3月",
        "2027年25月",
        "1850-01-01",
        "2450-01-01",
        17.0,
        1e300,
        float("nan"),
        True,
        "31",
        "27-3-31",
        datetime(9999, 1, 1),
    ],
)
def test_what_is_no_clear_date_says_what_was_expected(value: object) -> None:
    with pytest.raises(ValueError, match="2027-03-31"):
        dates.parse(value)


FORMS = st.sampled_from(
    [
        "{0:%Y-%m-%d}",
        "{0:%Y/%m/%d}",
        "{0.year}年{0.month}月{0.day}日",
        "{0.year}.{0.month}.{0.day}",
        "{0:%Y%m%d}",
        "{0:%d %B %Y}",
        "{0:%B %d, %Y}",
        "{0:%d-%b-%Y}",
        "{0:%Y-%m-%d} 00:00:00",
        "截止到{0.year}年{0.month}月{0.day}日前",
    ]
)


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), FORMS)
def test_a_date_written_is_read_back(day: date, form: str) -> None:
    assert dates.parse(form.format(day)) == day


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_a_spreadsheets_day_number_is_its_date(day: date) -> None:
    assert dates.parse(float((day - date(1899, 12, 30)).days)) == day


DATE_SCRAPS = st.lists(
    st.sampled_from(
        [
            "2027",
            "3",
            "31",
            "12",
            "年",
            "月",
            "日",
            "-",
            "/",
            ".",
            " ",
            "至",
            "底",
            "March",
            "Q",
            "上半年",
            "第",
            "季度",
            "T",
            ":",
            "00",
        ]
    ),
    max_size=9,
).map("".join)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=30), DATE_SCRAPS, st.floats(), st.integers()))
def test_nothing_breaks_the_reading_of_dates(value: object) -> None:
    try:
        found = dates.parse(value)
    except ValueError:
        return
    assert found is None or 1990 <= found.year <= 2100


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("TRL 4", 4),
        ("TRL4", 4),
        ("trl-7", 7),
        ("4", 4),
        ("4.0", 4),
        ("4级", 4),
        ("TRL 4-5", 4),
        ("技术成熟度6级", 6),
        ("小试", 4),
        ("小试阶段", 4),
        ("中试 (TRL 6)", 6),
        ("已完成中试", 6),
        ("實驗室階段", 4),
        ("产业化", 9),
        ("概念验证", 3),
        ("概念", 2),
        ("lab scale", 4),
        ("Pilot", 6),
        ("prototype", 6),
        ("proof of concept", 3),
        ("小试/中试", 4),
        ("不限", None),
        ("-", None),
    ],
)
def test_maturities(text: str, level: int | None) -> None:
    assert choices.maturity(text) == level


@pytest.mark.parametrize("text", ["TRL 12", "0", "10", "很好", "available", "TRL"])
def test_other_maturities_say_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="TRL 1-9"):
        choices.maturity(text)


def test_stages_and_disclosure_tiers() -> None:
    assert [choices.stage(text) for text in ("初期", "中期", "成熟", "Mature")] == [
        MaturityStage.EARLY,
        MaturityStage.MIDDLE,
        MaturityStage.MATURE,
        MaturityStage.MATURE,
    ]
    assert [choices.disclosure(text) for text in ("公开", "摘要", "經同意", "summary", "Consent")] == [
        Disclosure.PUBLIC,
        Disclosure.SUMMARY,
        Disclosure.CONSENT,
        Disclosure.SUMMARY,
        Disclosure.CONSENT,
    ]
    with pytest.raises(ValueError, match="公开, 摘要 or 经同意"):
        choices.disclosure("也许")


@pytest.mark.parametrize(
    ("text", "modes", "unknown"),
    [
        ("技术开发", "development", ()),
        ("委托开发、技术转让", "development transfer", ()),
        ("独占许可；作价入股", "licence equity", ()),
        ("聯合研發/技術服務/諮詢", "joint_development service consulting", ()),
        ("专利开放许可", "open_licence", ()),
        ("joint development, licensing and consulting", "joint_development licence consulting", ()),
        ("合作开发或转让", "joint_development transfer", ()),
        ("面议", "", ()),
        ("许可、以物易物", "licence", ("以物易物",)),
    ],
)
def test_cooperation_modes(text: str, modes: str, unknown: tuple[str, ...]) -> None:
    assert choices.modes(text) == (tuple(CooperationMode(mode) for mode in modes.split()), unknown)


def test_fields_and_places() -> None:
    assert choices.field("新材料") == ("new_materials", ())
    assert choices.field("轴承、密封与液压") == ("equipment.general_parts", ())
    assert choices.field("新材料、人工智能") == ("new_materials", ("人工智能",))
    assert choices.field("木材加工") == (None, ("木材加工",))
    assert choices.places("江苏省苏州市、上海, Zhejiang") == (("320500", "310000", "330000"), ())
    assert choices.places("全国") == ((), ())
    assert choices.places("亚特兰蒂斯；北京") == (("110000",), ("亚特兰蒂斯",))


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("50%", 0.5),
        ("50", 0.5),
        ("0.5", 0.5),
        ("1:1", 0.5),
        ("1：3", 0.25),
        ("100%", 1.0),
        ("1", 1.0),
        ("0", 0.0),
        ("无", None),
    ],
)
def test_shares(text: str, share: float | None) -> None:
    assert choices.share(text) == share


@pytest.mark.parametrize("text", ["150%", "half", "-1", "0:0"])
def test_other_shares_say_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="between 0 and 100 %"):
        choices.share(text)


def right(kind: RightKind, number: str, status: RightStatus) -> Right:
    return Right(kind=kind, number=number, status=status)


INVENTION, UTILITY, DESIGN, SOFTWARE = (
    RightKind.INVENTION_PATENT,
    RightKind.UTILITY_MODEL,
    RightKind.DESIGN_PATENT,
    RightKind.SOFTWARE_COPYRIGHT,
)
GRANTED, APPLIED = RightStatus.GRANTED, RightStatus.APPLIED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "ZL202310123456.7（授权）; CN116123456A 申请中; 软著2023SR0123456",
            [
                right(INVENTION, "ZL202310123456.7", GRANTED),
                right(INVENTION, "CN116123456A", APPLIED),
                right(SOFTWARE, "2023SR0123456", GRANTED),
            ],
        ),
        ("实用新型 ZL202320123456.X", [right(UTILITY, "ZL202320123456.X", GRANTED)]),
        ("ZL202330123456.1", [right(DESIGN, "ZL202330123456.1", GRANTED)]),
        ("CN220123456U", [right(UTILITY, "CN220123456U", GRANTED)]),
        ("CN115987654B", [right(INVENTION, "CN115987654B", GRANTED)]),
        ("202310123456.7", [right(INVENTION, "202310123456.7", APPLIED)]),
        ("发明专利申请号202310123456.7，尚未授权", [right(INVENTION, "202310123456.7", APPLIED)]),
        ("US 10,123,456 B2 (granted)", [right(INVENTION, "US10,123,456B2", GRANTED)]),
        ("PCT/CN2023/123456", [right(INVENTION, "PCT/CN2023/123456", APPLIED)]),
        ("ZL201910123456.7 已失效", [right(INVENTION, "ZL201910123456.7", RightStatus.LAPSED)]),
        ("技术秘密", [right(RightKind.TRADE_SECRET, "", GRANTED)]),
    ],
)
def test_rights(text: str, expected: list[Right]) -> None:
    found, unread = rights.parse(text)

    assert list(found) == expected
    assert [part for part in unread if part != "尚未授权"] == []


def test_counted_rights_stay_text() -> None:
    assert rights.parse("发明专利3项；论文若干") == ((), ("发明专利3项", "论文若干"))
