"""Indicators as people write them in one cell: "纯度≥99.9%；粒径 20–50 μm；抗拉强度不低于 800 MPa (GB/T 228)".

A clause is read only when it clearly states a quantity: a number with an operator, or with a unit.
"见附件2" and "达到国际先进水平" stay text; a wrong quantity would do more harm than a missing one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from matcher.drafts import IndicatorAchieved, IndicatorTarget, Operator
from matcher.intake import units

UNNAMED = "指标"
"""The name of an indicator whose cell gives only its quantity."""

NAME_LIMIT = 120

_FOLD = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if code != 0xFF0C}
    | dict.fromkeys("≧⩾﹥⪰≽", "≥") | dict.fromkeys("≦⩽﹤⪯≼", "≤") | dict.fromkeys("–—―−‒﹣‑", "-")
    | dict.fromkeys("～〜∼˜", "~") | dict.fromkeys("✕✖⨯", "×") | dict.fromkeys("\u3000\xa0\u2009\u202f\t", " ")
    | {"µ": "μ", "Ω": "Ω", "㎜": "mm", "㎝": "cm", "㎞": "km", "㎏": "kg", "㎎": "mg", "㎡": "m²", "㎥": "m³", "㎛": "μm",
       "㎚": "nm", "﹪": "%", "﹣": "-", "≈": "=", "≒": "=", "≃": "="}
)  # fmt: skip

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_TEN = r"10\s*(?:(?:\^|\*\*)\s*\(?\s*[-+]?\d{1,3}\)?|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
_NUMBER = (
    rf"(?:{_TEN}|{_DIGITS}(?:\s*[×xX*·]\s*{_TEN}|[eE][-+]?\d{{1,3}}(?![\d.])|\s*(?:万亿|千万|百万|十万|万|亿)"
    rf"|\s?(?:million|billion|thousand)(?![a-z]))?)"
)
_START = r"(?<![A-Za-z0-9.^])(?<![A-Za-z]-)"
_BETWEEN = r"(?:-|~|至|到|\.{2,3}|…+|\bto\b|\band\b|和|与)"
_QUANTITY = re.compile(
    rf"{_START}(?P<sign>[-+±]|\+/-)?\s?(?P<a>{_NUMBER})(?P<ua>\s?{units.UNIT})?"
    rf"(?:\s*(?P<sep>{_BETWEEN}|±|\+/-)\s*(?P<sign2>[-+])?(?P<b>{_NUMBER})(?![.\d])(?P<ub>\s?{units.UNIT})?)?"
    rf"(?![\d.]\d)"
)

_AT_LEAST = (
    "≥|>=|=>|>|大于等于|大于或等于|不低于|不少于|不小于|不得低于|不得少于|不得小于|不应低于|不应小于|大于|高于|超过|超出|多于|至少|最低|最少|不短于|不差于|优于|长于"
    r"|greater than or equal to|at least|no less than|not less than|no fewer than|not lower than|not below|no lower than|minimum of|minimum|min\.?|over"
    r"|more than|above|greater than|exceeding|exceeds|exceed|higher than|better than|longer than"
)
_AT_MOST = (
    "≤|<=|=<|<|小于等于|小于或等于|不高于|不超过|不大于|不多于|不得超过|不得高于|不得大于|不应超过|不应大于|小于|低于|少于|至多|最多|不长于|短于|控制在"
    r"|less than or equal to|at most|no more than|not more than|no higher than|not higher than|not exceeding|not exceed|not to exceed|maximum of|maximum|max\.?|under|below"
    r"|less than|lower than|fewer than|smaller than|shorter than|up to|within"
)
_EQUAL = r"=|:|约为|等于|约|为|是|达|equal to|equals|is|are|was|were|of|about|approximately|approx\.?|around"
_REACHES = "达到|可达到|可达|能达到|reaching|reaches|reached|reach|achieves|achieved|achieve"


def _either(*groups: str) -> str:
    words = sorted((word for group in groups for word in group.split("|")), key=len, reverse=True)
    return "|".join(rf"\b{word}" if word[0].isascii() and word[0].isalpha() else word for word in words)


_OPERATOR = re.compile(
    rf"(?P<least>{_either(_AT_LEAST)})|(?P<most>{_either(_AT_MOST)})|(?P<reach>{_either(_REACHES)})|(?P<equal>{_either(_EQUAL)})",
    re.IGNORECASE,
)
_GAP = re.compile(r"[\s:=]*(?:约|大约|about|approximately|或等于|到|在|between|from)?\s*", re.IGNORECASE)
_AFTER_LEAST = re.compile(
    r"\s*(?:\(含\))?\s*(?:及其?以上|或以上|以上|或更高|\+(?![\d])|or more|or higher|or above|or better|or greater|and above|and over|minimum\b|min\b\.?)",
    re.IGNORECASE,
)
_AFTER_MOST = re.compile(
    r"\s*(?:\(含\))?\s*(?:及其?以下|或以下|以下|以内|之内|或更低|or less|or lower|or below|or under|or fewer|and below|maximum\b|max\b\.?)", re.IGNORECASE
)
_AFTER_BETWEEN = re.compile(r"\s*之间|\s*范围内?|\s*区间")

_CHANGE_TO_MOST = re.compile(r"(?:降低|下降|缩短|减少|压缩|减小|控制|降|缩)[至到在]$|(?:reduced|lowered|cut|shortened|decreased) to$", re.IGNORECASE)
_CHANGE_TO_LEAST = re.compile(r"(?:提高|提升|增加|延长|增大|升|增)[至到]$|(?:increased|raised|extended|improved) to$", re.IGNORECASE)

_MUST = "必达指标|必达|必须达到|必须|约束性指标|约束性|硬指标|强制|must have|must-have|must|required|mandatory"
_NICE = "期望指标|期望|希望|预期性指标|预期性|力争|争取|可选|加分项|加分|nice to have|nice-to-have|nice|optional|desired|desirable|preferred"
_MARK_WORD = re.compile(rf"(?:(?P<must>{_MUST})|(?P<nice>{_NICE}))(?:项|指标|达到)?", re.IGNORECASE)
_MARK_FIRST = re.compile(rf"(?:(?P<must>{_MUST})|(?P<nice>{_NICE}))(?:项|指标)?\s*(?P<colon>[:,-])?\s*(?=\S|$)", re.IGNORECASE)

_BRACKET = re.compile(r"(?<!/)(?<!dB)(?<!·)\s*[(\[【]([^()\[\]【】]*)[)\]】]")
_METHOD = re.compile(
    r"^(?:按照?|依据?|根据|参照|采用|通过|用|测试方法|测试标准|检测方法|标准|测试|检测|per|by|using|according to|acc\. to|measured|tested|test method|method)\s*[::]?|"
    r"\b(?:GB|ISO|ASTM|IEC|DIN|EN|JIS|IEEE|SAE|HG|YY|JB|SJ|NB|DL|QC|MIL|UL|EPA|HJ|YB|SH|TB|CB|HB|GJB|JJF|JJG|T/)(?:/[TZ])?[ -]?[A-Z]{0,3}\s?\d|测试|检测|法$|标准$"
    r"|\b(?:test|HPLC|GC|XRD|SEM|TEM|ICP|DSC|TGA|BET|FTIR|NMR|XPS)\b",
    re.IGNORECASE,
)
_METHOD_AFTER = re.compile(r"(?:按照?|依据?|根据|参照|tested (?:per|to|by|according to)|measured (?:per|to|by)|per|according to|acc\. to)\s*(.+)$", re.IGNORECASE)
_EVIDENCE = re.compile(r"报告|第三方|鉴定|认证|证书|用户|report|certif|third[- ]party|verified", re.IGNORECASE)
_CONDITION = re.compile(r"(?:条件|情况|环境|工况|状态|温度|时|下|内|后)$|^(?:在|当|经|(?:at|when|under|after|for|in|with)\b)", re.IGNORECASE)

_PIECES = re.compile(r"[\n;。]+|\.(?=\s+[A-Z])")
_ENUMERATED = re.compile(r"(?:^|(?<=[\s;,，。:]))\s*(?:\(?\d{1,2}[)、]|\d{1,2}\.(?![\d])|[①-⑳]|[-•·*●▪]\s)\s*(?=\S)")
_COMMAS = re.compile(r"(?:，|,(?!\d{3}(?!\d))|(?<=[\d%‰℃a-zA-Z²³])、|、(?=[^、]*[≥≤<>=]))(?![^(\[【]*[)\]】])")
_EDGE = " \t,，、:;.。-·*|/\"'“”"
_LEADING = re.compile(r"^(?:其中|且|并且|并|同时|以及|和|an?\b|the\b|and\b|with\b|has\b|have\b|having\b|should\b)\s*", re.IGNORECASE)
_TRAILING = re.compile(
    r"(?:的|应当|应该|应|须|需要|需|要求|可以|可|能够|能|均|值|达|为|是|在|\b(?:should|must|shall|can|will|to|be|is|are|was|were|of|has|a|an|the|with|by|and|from|between|reaching|reaches))\s*$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d\s*(?:年|-\d{1,2}(?!\d)|/\d{1,2}(?!\d)|\.\d{1,2}\.)")
_SIZE = re.compile(r"^\s*[×xX*]\s*\d")
_NOT_A_NAME = re.compile(r"^(?:第|见|详见|附件|表|图|序号|no|see|item|table|fig(?:ure)?|figure|section|annex|trl|version|v|step|phase)\.?$", re.IGNORECASE)
_BOUNDED = re.compile(
    rf"^\s*(?P<a>[-+]?{_NUMBER})\s?(?P<ua>{units.UNIT})?\s*(?P<left>[<≤])=?\s*(?P<name>[^<>≤≥=\d][^<>≤≥=]{{0,60}}?)\s*[<≤]=?\s*"
    rf"(?P<b>[-+]?{_NUMBER})\s?(?P<ub>{units.UNIT})?\s*$"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    name: str
    operator: Operator
    value: float
    value_high: float | None = None
    unit: str = ""
    method: str = ""
    evidence: str = ""
    conditions: str = ""
    must: bool = True

    def target(self) -> IndicatorTarget:
        name = f"{self.name} ({self.conditions})" if self.conditions else self.name
        return IndicatorTarget(
            name=name[:200], operator=self.operator, value=self.value, value_high=self.value_high, unit=self.unit,
            test_method=self.method or self.evidence, must=self.must,
        )  # fmt: skip

    def achieved(self) -> IndicatorAchieved:
        return IndicatorAchieved(
            name=self.name, operator=self.operator, value=self.value, value_high=self.value_high, unit=self.unit,
            conditions=self.conditions, evidence="; ".join(filter(None, (self.method, self.evidence)))[:500],
        )  # fmt: skip


def parse(text: str) -> tuple[list[Quantity], list[str]]:
    """The quantities a cell states, and the clauses that state none, both in order."""
    quantities: list[Quantity] = []
    unread: list[str] = []
    must: bool | None = None
    for line in text.translate(_FOLD).split("\n"):
        for piece in _pieces(line):
            stated, must, rest = _mark_of(piece, must)
            for clause in _clauses(rest):
                quantity = _clause(clause)
                if quantity is None:
                    unread.append(clause)
                elif stated is not None and quantity.must:
                    quantities.append(replace(quantity, must=stated))
                else:
                    quantities.append(quantity)
    return quantities, unread


def write(quantity: IndicatorTarget | IndicatorAchieved) -> str:
    """A clause that says it again: "抗拉强度 ≥ 800 MPa". `parse` reads it back."""
    sign = {Operator.AT_LEAST: " ≥ ", Operator.AT_MOST: " ≤ ", Operator.EQUAL: " = ", Operator.BETWEEN: " = "}
    high = "" if quantity.value_high is None else f"~{quantity.value_high:.15g}"
    unit = f" {quantity.unit}" if quantity.unit else ""
    return f"{quantity.name}{sign[quantity.operator]}{quantity.value:.15g}{high}{unit}"


def _pieces(line: str) -> Iterator[str]:
    for part in _PIECES.split(line):
        for piece in _ENUMERATED.split(part):
            stripped = piece.strip(" ,，、")
            if stripped:
                yield stripped


def _mark_of(piece: str, current: bool | None) -> tuple[bool | None, bool | None, str]:
    """The mark that holds for a piece, the one for those after it, and the piece without it.

    "期望：" heads all that follow up to the next such head; "期望寿命 ≥ 5 年" marks itself only.
    """
    match = _MARK_FIRST.match(piece.lstrip("[(【").replace("】", ":", 1) if piece[:1] in "[(【" else piece)
    if match is None or (match["colon"] is None and match.end() < len(match.string)):
        return current, current, piece
    stated = match["must"] is not None
    bracketed = piece[:1] in "[(【"
    rest = match.string[match.end() :].strip(" :])】")
    return stated, current if bracketed and rest else stated, rest


def _clauses(piece: str) -> Iterator[str]:
    """A piece cut at its commas, where both sides state something of their own."""
    before = ""
    held = ""
    for part in _COMMAS.split(piece):
        part = part.strip()
        if not part:
            continue
        if before:
            part, before = f"{before}, {part}", ""
        if not _has_digit(part) or (not _OPERATOR.search(part) and _CONDITION.search(part)):
            if held:
                held = f"{held}, {part}" if _METHOD.search(part) else held
                if not _METHOD.search(part):
                    yield held
                    held, before = "", part
            else:
                before = part
            continue
        if held:
            yield held
        held = part
    if held:
        yield held
    if before:
        yield before


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


@lru_cache(maxsize=16384)
def _clause(clause: str) -> Quantity | None:
    if not _has_digit(clause) or len(clause) > 400:
        return None
    plain, notes = _without_brackets(clause)
    found = _bounded(plain) or _after_operator(plain) or _bare(plain)
    if found is None:
        return None
    name, operator, low, high, unit, before_end, rest = found
    if not all(math.isfinite(value) for value in (low, high if high is not None else 0.0)):
        return None
    if high is not None and high < low:
        return None
    name, operator = _name(name, operator)
    method = evidence = ""
    conditions: list[str] = []
    must = True
    for position, note in notes:
        mark = _MARK_WORD.fullmatch(note)
        if mark:
            must = mark["must"] is not None
        elif not unit and position <= before_end and re.fullmatch(units.UNIT, note):
            unit = note
        elif _EVIDENCE.search(note):
            evidence = note
        elif _METHOD.search(note):
            method = _method(note)
        elif position <= before_end and name:
            name = f"{name} ({note})"
        else:
            conditions.append(note)
    rest = rest.strip(_EDGE)
    mark = _MARK_WORD.fullmatch(rest)
    if mark:
        must, rest = mark["must"] is not None, ""
    after = _METHOD_AFTER.search(rest) or (_METHOD.search(rest) and re.search(r"(.+)", rest))
    if after and not method:
        method, rest = _method(after[1]), rest[: after.start()].strip(_EDGE)
    if rest and not name:
        name, rest = _LEADING.sub("", re.sub(r"^(?:of|的)\s*", "", rest)), ""
    if rest:
        conditions.insert(0, rest)
    if len(name) > NAME_LIMIT or _NOT_A_NAME.fullmatch(name) or sum(map(len, conditions)) > 300:
        return None
    return Quantity(
        name or UNNAMED, operator, low, high, units.tidy(unit), method[:500], evidence[:500], ", ".join(conditions), must
    )


def _without_brackets(clause: str) -> tuple[str, list[tuple[int, str]]]:
    """The clause without its asides, and each aside with where it stood."""
    notes: list[tuple[int, str]] = []
    plain: list[str] = []
    length = end = 0
    for match in _BRACKET.finditer(clause):
        kept = clause[end : match.start()]
        plain.append(kept)
        length += len(kept)
        if match[1].strip() and match[1].strip() != "含":
            notes.append((length, match[1].strip()))
        end = match.end()
    return "".join(plain) + clause[end:], notes


_Found = tuple[str, Operator, float, float | None, str, int, str]
"""Name, operator, value, upper value, unit, where the quantity begins, what follows it."""


def _bounded(text: str) -> _Found | None:
    """"5 mm ≤ thickness ≤ 10 mm"."""
    match = _BOUNDED.match(text)
    if match is None:
        return None
    unit = match["ub"] or match["ua"] or ""
    return match["name"], Operator.BETWEEN, _number(match["a"]), _number(match["b"]), unit, match.start("b"), ""


def _after_operator(text: str) -> _Found | None:
    """The first operator that a number follows."""
    for match in _OPERATOR.finditer(text):
        start = match.end()
        gap = _GAP.match(text, start)
        quantity = _QUANTITY.match(text, gap.end() if gap else start)
        if quantity is None and match[0] not in "=:":
            continue
        if quantity is None or (match["equal"] and _YEAR.match(text, quantity.start())):
            continue
        operator = (
            Operator.AT_LEAST if match["least"]
            else Operator.AT_MOST if match["most"]
            else Operator.EQUAL
        )  # fmt: skip
        read = _read(text, quantity, operator, explicit=True)
        if read is None:
            continue
        operator, low, high, unit, rest = read
        if operator is Operator.AT_LEAST and (upper := _upper(rest)):
            high, unit_high, rest = upper
            return text[: match.start()], Operator.BETWEEN, low, high, unit or unit_high, match.start(), rest
        return text[: match.start()], operator, low, high, unit, match.start(), rest
    return None


def _upper(rest: str) -> tuple[float, str, str] | None:
    """The second half of "≥ 5 and ≤ 10 mm"."""
    joined = re.match(r"\s*(?:且|并且|同时|and|&)?\s*", rest)
    start = joined.end() if joined else 0
    match = _OPERATOR.match(rest, start)
    if match is None or not match["most"]:
        return None
    gap = _GAP.match(rest, match.end())
    quantity = _QUANTITY.match(rest, gap.end() if gap else match.end())
    if quantity is None or quantity["b"] or quantity["sign"] not in (None, "-", "+"):
        return None
    value = _signed(quantity["sign"], quantity["a"])
    return value, (quantity["ua"] or "").strip(), rest[quantity.end() :]


def _bare(text: str) -> _Found | None:
    """A quantity without an operator: it must have a unit, a word after it ("以上"), or be a tolerance."""
    for quantity in _QUANTITY.finditer(text):
        if _YEAR.match(text, quantity.start()):
            continue
        after = text[quantity.end() :]
        bounded = _AFTER_LEAST.match(after) or _AFTER_MOST.match(after)
        if not (bounded or quantity["ua"] or quantity["ub"] or quantity["sign"] in ("±", "+/-")):
            continue
        read = _read(text, quantity, Operator.EQUAL, explicit=False)
        if read is not None:
            operator, low, high, unit, rest = read
            return text[: quantity.start()], operator, low, high, unit, quantity.start(), rest
    return None


def _read(
    text: str, quantity: re.Match[str], operator: Operator, *, explicit: bool
) -> tuple[Operator, float, float | None, str, str] | None:
    """Operator, value, upper value, unit, rest; None for what only looks like a quantity."""
    rest = text[quantity.end() :]
    if _SIZE.match(rest):
        return None
    sign, separator = quantity["sign"], quantity["sep"]
    unit = (quantity["ub"] or quantity["ua"] or "").strip()
    if not unit and explicit and (loose := units.LOOSE.match(rest)):
        unit, rest = loose[1], rest[loose.end() :]
    if quantity["ua"] and quantity["ub"] and quantity["ua"].strip() != quantity["ub"].strip():
        return None
    value = _signed(sign, quantity["a"])
    if separator in ("±", "+/-"):
        middle, spread = value, _number(quantity["b"])
        return Operator.BETWEEN, _tidy(middle - spread), _tidy(middle + spread), unit, rest
    if separator:
        upper = _signed(quantity["sign2"], quantity["b"])
        scale = re.search(r"(?:万亿|千万|百万|十万|万|亿)$", quantity["b"])
        if scale and not re.search(r"[万亿]$", quantity["a"]) and not quantity["ua"]:
            value = _number(quantity["a"] + scale[0])
        close = _AFTER_BETWEEN.match(rest)
        return Operator.BETWEEN, value, upper, unit, rest[close.end() :] if close else rest
    if sign in ("±", "+/-"):
        return Operator.BETWEEN, -value, value, unit, rest
    if close := _AFTER_LEAST.match(rest):
        operator, rest = Operator.AT_LEAST, rest[close.end() :]
    elif close := _AFTER_MOST.match(rest):
        operator, rest = Operator.AT_MOST, rest[close.end() :]
    return operator, value, None, unit, rest


def _signed(sign: str | None, number: str) -> float:
    return -_number(number) if sign == "-" else _number(number)


_SCALES = {
    "万亿": 1e12, "千万": 1e7, "百万": 1e6, "十万": 1e5, "万": 1e4, "亿": 1e8, "million": 1e6, "billion": 1e9, "thousand": 1e3,
}  # fmt: skip
_POWER = re.compile(r"(?:(.+?)\s*[×xX*·]\s*)?10\s*(?:(?:\^|\*\*)\s*\(?\s*([-+]?\d+)\)?|([⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹]+))")


def _number(text: str) -> float:
    text = text.strip()
    sign = -1.0 if text.startswith("-") else 1.0
    text = text.lstrip("+-").replace(",", "")
    if power := _POWER.fullmatch(text):
        exponent = int(power[2] or power[3].translate(_SUPERSCRIPT))
        return sign * float(f"{power[1] or 1}e{exponent}")
    for word, factor in _SCALES.items():
        if text.endswith(word):
            return sign * _tidy(float(text.removesuffix(word)) * factor)
    return sign * float(text)


def _tidy(value: float) -> float:
    """Without the dust of binary arithmetic: 0.1 + 0.2 is 0.3."""
    return float(f"{value:.12g}")


def _name(name: str, operator: Operator) -> tuple[str, Operator]:
    """The name without what only joins it to its quantity; "能耗降低至" says that the quantity is a ceiling."""
    name = name.strip(_EDGE)
    for pattern, implied in ((_CHANGE_TO_MOST, Operator.AT_MOST), (_CHANGE_TO_LEAST, Operator.AT_LEAST)):
        if match := pattern.search(name):
            name = name[: match.start()].strip(_EDGE)
            operator = implied if operator is Operator.EQUAL else operator
    for _ in range(3):
        name = _TRAILING.sub("", _LEADING.sub("", name)).strip(_EDGE)
    return name, operator


def _method(note: str) -> str:
    return re.sub(r"^(?:按照?|依据?|根据|参照|测试方法|测试标准|检测方法|per\b|according to|tested (?:per|to|by)|measured (?:per|by))\s*[::]?\s*", "",
                  note.strip(), flags=re.IGNORECASE).strip(_EDGE)  # fmt: skip
