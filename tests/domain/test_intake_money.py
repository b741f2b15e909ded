"""Amounts of money out of cells."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.intake import money
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
