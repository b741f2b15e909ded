"""Dates out of cells."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.intake import dates


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
