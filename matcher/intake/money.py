"""Amounts of money as people write them: 50-80万元, ¥500k, USD 30,000, 不超过200万, 面议."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from matcher.intake.words import NOTHING, folded

EXPECTED = "an amount or a range with its unit, e.g. 50-80万元, ¥500000, USD 30,000, 面议"

OPEN = NOTHING | frozenset(
    {
        "面议", "可面议", "价格面议", "另议", "电议", "协商", "待议", "可协商", "双方协商", "面谈", "negotiable",
        "to be negotiated",
        "to be agreed", "by agreement", "open", "on request",
    }
)  # fmt: skip

_CURRENCIES = (
    ("USD", r"us\s?\$|usd|u\.s\. dollars?|us dollars?|美元|美金"),
    ("HKD", r"hk\s?\$|hkd|港元|港币"),
    ("TWD", r"nt\s?\$|twd|ntd|新台币|台币"),
    ("SGD", r"s\$|sgd|新加坡元"),
    ("MOP", r"mop\$?|澳门元|澳门币"),
    ("EUR", r"€|eur(?:os?)?(?![a-z])|欧元"),
    ("GBP", r"£|gbp|英镑"),
    ("JPY", r"jpy|日元|日币"),
    ("KRW", r"₩|krw|韩元"),
    ("CNY", r"cn\s?¥|rmb\s?¥?|cny|人民币|¥|yuan|元整|元|块钱"),
    ("USD", r"\$"),
)
_CURRENCY = [(code, re.compile(pattern)) for code, pattern in _CURRENCIES]

_SCALES = {
    "亿": 10**8, "千万": 10**7, "百万": 10**6, "十万": 10**5, "万": 10**4, "千": 10**3, "百": 10**2,
    "w": 10**4, "k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6, "mio": 10**6, "million": 10**6,
    "bn": 10**9, "b": 10**9, "billion": 10**9,
}  # fmt: skip
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_NUMBER = r"\d{1,15}(?:\.\d{1,8})?"
_RANGE = re.compile(
    rf"({_NUMBER})\s*({_SCALE})?\s*(?:-|~|至|到|to|and|与|和)\s*({_NUMBER})\s*({_SCALE})?(?:\s*之间)?",
)
_SINGLE = re.compile(rf"({_NUMBER})\s*({_SCALE})?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DASHES = str.maketrans("–—―−－～〜∼", "----~~~~")
_MOST = re.compile(
    r"^(?:不超过|不高于|不大于|不多于|低于|小于|最高|最多|至多|上限(?:为)?|控制在|up to|at most"
    r"|max(?:imum)?\.?(?: of)?|under|below|"
    r"less than|no more than|not more than|not exceeding|<=?|≤|≦)|(?:以内|以下|之内|及以下|封顶|max(?:imum)?|or less)$"
)
_LEAST = re.compile(
    r"^(?:不低于|不少于|不小于|高于|大于|超过|至少|最低|最少|下限(?:为)?|at least|min(?:imum)?\.?(?: of)?|from"
    r"|over|above|more than|"
    r"not less than|no less than|>=?|≥|≧)|(?:以上|及以上|起|起步|\+|or more|min(?:imum)?)$"
)
_ABOUT = re.compile(
    r"^(?:约为|大约|大概|约|预计|暂定|拟|总计|合计|共计|共|总投资|总额|预算|around|about|approx(?:\.|imately)?|circa|ca\.|between|total|~)"
    r"\s*[::]?|(?:左右|上下|不等|per project)$"
)

AMBIGUOUS_BELOW = 10_000
"""A bare number below this, in a column that names no unit, may mean yuan or ten thousand yuan."""

_LARGEST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Amount:
    low: Decimal | None = None
    high: Decimal | None = None
    currency: str | None = None
    """None when nothing names one."""

    def __str__(self) -> str:
        """A form that `parse` gives back."""
        code = self.currency or "CNY"
        if self.low is None and self.high is None:
            return "面议"
        if self.low is None:
            return f"≤{self.high:f} {code}"
        if self.high is None:
            return f"≥{self.low:f} {code}"
        return f"{self.low:f} {code}" if self.low == self.high else f"{self.low:f}-{self.high:f} {code}"


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit a header gives: 预算（万元）."""

    factor: int | None = None
    currency: str | None = None


@lru_cache(maxsize=512)
def unit_of_header(header: str) -> Unit:
    if header in ("budget_min", "budget_max", "price"):  # as the drafts name them, in JSON Lines
        return Unit(factor=1)
    text = folded(header)
    currency = next((code for code, pattern in _CURRENCY if pattern.search(text)), None)
    inside = re.findall(r"[(\[【/:,]\s*([^()\[\]【】/]*)", text)
    for part in [*inside, text] if currency or inside else []:
        bare = part
        for _, pattern in _CURRENCY:
            bare = pattern.sub("", bare)
        bare = re.sub(r"^(?:单位)?[::\s]*|[)\]】\s]+$", "", bare)
        if bare in _SCALES:
            return Unit(_SCALES[bare], currency)
        match = re.search(r"(亿|千万|百万|十万|万)元?$", part.strip(" )]】")) if part is text else None
        if match:
            return Unit(_SCALES[match[1]], currency)
    return Unit(1 if currency else None, currency)


@lru_cache(maxsize=8192)
def parse(text: str, unit: Unit = Unit()) -> Amount:
    """One amount (both ends alike), a range, or a bound (one end). Neither end: to be negotiated.

    A unit in the text wins over the header's. Raises ValueError saying what was expected.
    """
    if len(text) > 200:
        raise ValueError(EXPECTED)
    rest = folded(text).translate(_DASHES)
    if rest in OPEN or rest.strip("()") in OPEN:
        return Amount(currency=unit.currency)
    rest, currency = _without_currency(_THOUSANDS.sub("", rest))
    stated = currency
    currency = currency or unit.currency
    if rest.strip("() ") in OPEN:
        return Amount(currency=currency)
    rest, least, most = _without_bounds(rest)
    low, high, scaled = _numbers(rest)
    if least and most or (least or most) and low != high:
        raise ValueError(EXPECTED)
    if not scaled and not stated:
        if unit.factor is None and 0 < high < AMBIGUOUS_BELOW:
            raise ValueError(
                f"{EXPECTED} (a bare {high:f} may mean 元 or 万元: give the unit in the cell or the header)"
            )
        low, high = low * (unit.factor or 1), high * (unit.factor or 1)
    if low > high or high > _LARGEST:
        raise ValueError(EXPECTED)
    low, high = (value.quantize(Decimal("0.01")) for value in (low, high))
    return Amount(None if most else low, None if least else high, currency)


def _without_currency(text: str) -> tuple[str, str | None]:
    """The text without its currency signs, which must agree; "30万美元-50万美元" has the same one twice."""
    found: list[str] = []
    for code, pattern in _CURRENCY:
        text, count = pattern.subn(" ", text)
        if count:
            found.append(code)
    if len(found) > 1:
        raise ValueError(EXPECTED)
    return " ".join(text.split()), found[0] if found else None


def _without_bounds(text: str) -> tuple[str, bool, bool]:
    least = most = False
    for _ in range(3):
        before = text
        text = _ABOUT.sub("", text).strip()
        if (shorter := _MOST.sub("", text).strip()) != text:
            most, text = True, shorter
        elif (shorter := _LEAST.sub("", text).strip()) != text:
            least, text = True, shorter
        if text == before:
            break
    return text, least, most


def _numbers(text: str) -> tuple[Decimal, Decimal, bool]:
    """Both ends, and whether a scale ("万") was written. "50-80万" scales both."""
    try:
        if match := _RANGE.fullmatch(text):
            scale_high = match[4]
            scale_low = match[2] or scale_high
            low = Decimal(match[1]) * _SCALES.get(scale_low or "", 1)
            return low, Decimal(match[3]) * _SCALES.get(scale_high or "", 1), bool(scale_high)
        if match := _SINGLE.fullmatch(text):
            value = Decimal(match[1]) * _SCALES.get(match[2] or "", 1)
            return value, value, bool(match[2])
    except InvalidOperation as error:
        raise ValueError(EXPECTED) from error
    raise ValueError(EXPECTED)
