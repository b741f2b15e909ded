"""Dates as people write them: 2027-03-31, 2027年3月, 2027年底, 31 March 2027, a spreadsheet's serial number.

Where only a month, a quarter or a year is given its last day is meant: these are deadlines.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from matcher.intake.words import NOTHING, folded

EXPECTED = "a date, e.g. 2027-03-31, 2027年3月31日, 2027年3月, 31 March 2027"

YEARS = range(1990, 2101)

OPEN_ENDED = NOTHING | {
    "长期",
    "长期有效",
    "常年",
    "常年有效",
    "尽快",
    "long-term",
    "long term",
    "open",
    "open-ended",
    "asap",
}

_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(32_874, 73_416)
"""1990 to 2100, as days."""

_MONTHS = (
    {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
    | {name.casefold(): number for number, name in enumerate(calendar.month_abbr) if name}
    | {"sept": 9}
)

_CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_CHINESE_QUARTER = re.compile("[一二三四](?=季)")
_CLOCK = re.compile(r"(?:t|\s+)\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:z|[+-]\d{2}:?\d{2})?$")
_AFFIX = re.compile(
    r"^(?:截至|截止到?|截止至|不晚于|不迟于|至|到|于|在|by|before|until|till|no later than|end of|the)\s*|(?:以前"
    r"|之前|前|止|截止|为止|\.)$"
)
_YMD = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*[日号]?")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DMY = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_YM = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*月?\s*份?(底|末|初|中|上旬|中旬|下旬)?")
_Y = re.compile(r"(\d{4})\s*年?度?\s*(底|末|年底|年末|年中|中|上半年|下半年|初|年初|内)?")
_QUARTER = re.compile(
    r"(?:(\d{4})\s*年?\s*-?\s*(?:第?\s*([1-4])\s*季度?末?底?|q\s*([1-4]))|q\s*([1-4])\s*,?\s*(\d{4}))"
)
_WORDY = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([a-z]{3,9})\.?(?:\s+(\d{1,2})(?:st|nd|rd|th)?)?,?\s*-?(\d{4})")
_WORDY_DASHED = re.compile(r"(\d{1,2})-([a-z]{3,9})-(\d{4})")
_SPAN = re.compile(r"\s*(?:至|到|~|—|–|\bto\b|(?<=[日月年\d])\s*-\s*(?=\d{4}))\s*")
_DAYS = {"初": 10, "上旬": 10, "中": 20, "中旬": 20}


def parse(value: object) -> date | None:
    """The date meant, None when no limit is meant. Raises ValueError saying what was expected."""
    if isinstance(value, datetime):
        return _checked(value.date())
    if isinstance(value, date):
        return _checked(value)
    if isinstance(value, bool):
        raise ValueError(EXPECTED)
    if isinstance(value, int | float):
        return _from_number(value)
    return _from_text(str(value))


def _from_number(value: float) -> date:
    if value in YEARS:
        return date(int(value), 12, 31)
    if int(value) in _SERIALS if value == value and abs(value) < 1e9 else False:
        return _SERIAL_ZERO + timedelta(days=int(value))
    if not abs(value) < 1e15:
        raise ValueError(EXPECTED)
    return _from_digits(format(value, ".15g"))


def _from_digits(text: str) -> date:
    match = _PACKED.fullmatch(text)
    if match is None:
        raise ValueError(EXPECTED)
    return _made(*match.groups())


@lru_cache(maxsize=8192)
def _from_text(text: str) -> date | None:
    if len(text) > 100:
        raise ValueError(EXPECTED)
    folded_text = folded(text)
    if folded_text in OPEN_ENDED:
        return None
    folded_text = _AFFIX.sub("", _AFFIX.sub("", _CLOCK.sub("", folded_text))).strip()
    folded_text = _CHINESE_QUARTER.sub(lambda match: match[0].translate(_CHINESE_DIGITS), folded_text)
    if re.search("[〇零一二三四五六七八九]{4}年", folded_text):
        folded_text = _months_in_digits(folded_text)
    found = _one(folded_text)
    if found is None:
        ends = [part for part in _SPAN.split(folded_text) if part]
        if len(ends) == 2 and _one(ends[0]) is not None:
            found = _one(ends[1])
    if found is None and re.fullmatch(r"\d{5}(?:\.\d+)?", folded_text):
        return _from_number(float(folded_text))
    if found is None:
        raise ValueError(EXPECTED)
    return found


def _months_in_digits(text: str) -> str:
    """ "二〇二七年十二月三十一日" in Arabic digits."""
    text = re.sub("[二三]十[一二三四五六七八九]", lambda m: m[0][0] + m[0][2], text)
    text = re.sub("十([一二三四五六七八九])", r"1\1", text)
    text = re.sub("([二三])十", r"\g<1>0", text).replace("十", "10")
    return text.translate(_CHINESE_DIGITS)


def _one(text: str) -> date | None:
    """A single date; None when the text is not built like one; ValueError when there is no such day."""
    if match := _YMD.fullmatch(text) or _PACKED.fullmatch(text):
        return _made(match[1], match[2], match[3])
    if match := _DMY.fullmatch(text):
        first, second = int(match[1]), int(match[2])
        if first <= 12 and second <= 12 and first != second:
            raise ValueError(f"{EXPECTED} ({text} may mean two different days)")
        return _made(match[3], second, first) if first > 12 or first == second else _made(match[3], first, second)
    if match := _QUARTER.fullmatch(text):
        return _last_day(match[1] or match[5], 3 * int(match[2] or match[3] or match[4]))
    if match := _YM.fullmatch(text):
        if match[3] in _DAYS:
            return _made(match[1], match[2], _DAYS[match[3]])
        return _last_day(match[1], match[2])
    if match := _Y.fullmatch(text):
        if match[2] in ("年中", "中", "上半年"):
            return _last_day(match[1], 6)
        return _last_day(match[1], 3 if match[2] in ("初", "年初") else 12)
    if match := _WORDY_DASHED.fullmatch(text):
        return _made(match[3], _MONTHS.get(match[2], 0), match[1])
    if match := _WORDY.fullmatch(text):
        named, day = _MONTHS.get(match[2], 0), match[1] or match[3]
        return _made(match[4], named, day) if day else _last_day(match[4], named)
    return None


def _made(year: int | str, month: int | str, day: int | str) -> date:
    try:
        return _checked(date(int(year), int(month), int(day)))
    except ValueError as error:
        raise ValueError(EXPECTED) from error


def _last_day(year: int | str, month: int | str) -> date:
    if int(month) not in range(1, 13) or int(year) not in YEARS:
        raise ValueError(EXPECTED)
    return date(int(year), int(month), calendar.monthrange(int(year), int(month))[1])


def _checked(value: date) -> date:
    if value.year not in YEARS:
        raise ValueError(f"{EXPECTED}, between {YEARS[0]} and {YEARS[-1]}")
    return value
