"""Indicators as people write them in one cell: "纯度≥99.9%；粒径 20–50 μm；抗拉强度不低于 800 MPa (GB/T 228)".

A clause is read only when it clearly states a quantity: a number with an operator, or with a unit.
"见附件2" and "达到国际先进水平" stay text; a wrong quantity would do more harm than a missing one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from matcher.drafts import IndicatorAchieved, IndicatorTarget, Operator, printable
from matcher.intake import bare_numbers, numerals, units
from matcher.intake import quantity_words as words

UNNAMED = "指标"
"""The name of an indicator whose cell gives only its quantity."""

NAME_LIMIT = 120
CLAUSE_LIMIT = 400

_DIGIT = re.compile(r"[0-9]")


class Quantity(NamedTuple):
    name: str
    operator: Operator
    value: float
    value_high: float | None = None
    unit: str = ""
    method: str = ""
    evidence: str = ""
    conditions: str = ""
    must: bool = True
    reached: bool = False
    """Told as "达到 95 %": at least so much of a need, exactly so much of a result."""

    def target(self) -> IndicatorTarget:
        return IndicatorTarget(**self.target_values())

    def achieved(self) -> IndicatorAchieved:
        return IndicatorAchieved(**self.achieved_values())

    def target_values(self) -> dict[str, Any]:
        """The arguments of an `IndicatorTarget`, for a draft that checks all its parts at once."""
        name = f"{self.name} ({self.conditions})" if self.conditions else self.name
        values = self._values()
        values["name"] = name[:200]
        if self.reached:
            values["operator"] = Operator.AT_LEAST
        if test_method := self.method or self.evidence:
            values["test_method"] = test_method
        if not self.must:
            values["must"] = False
        return values

    def achieved_values(self) -> dict[str, Any]:
        """The arguments of an `IndicatorAchieved`."""
        values = self._values()
        if self.conditions:
            values["conditions"] = self.conditions
        if self.method or self.evidence:
            values["evidence"] = "; ".join(filter(None, (self.method, self.evidence)))
        return values

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = {"name": self.name, "operator": self.operator, "value": self.value}
        if self.value_high is not None:
            values["value_high"] = self.value_high
        if self.unit:
            values["unit"] = self.unit
        return values


_BLANKS = re.compile(r"[^\S\n]+")


def parse(text: str) -> tuple[list[Quantity], list[str]]:
    """The quantities a cell states, and the clauses that state none, both in order."""
    quantities: list[Quantity] = []
    unread: list[str] = []
    must: bool | None = None
    # As drafts keep it: a name of signs that no draft holds would be none.
    for segment in words.SEGMENTS.split(words.fold(str(printable(text)))):
        if (plain := _plain(segment)) is not None:
            quantities.append(plain if must is not False else plain._replace(must=False))
            continue
        for piece in _pieces(segment):
            stated, must, rest = _marked(piece, must)
            for clause in _clauses(rest):
                quantity = _clause(clause)
                if quantity is None:
                    unread.append(clause)
                elif stated is not None and quantity.must:
                    quantities.append(quantity._replace(must=stated))
                else:
                    quantities.append(quantity)
    return quantities, unread


def _plain(segment: str) -> Quantity | None:
    """A segment of the usual form, read without all that the unusual ones need: most of a long list."""
    match = words.PLAIN.fullmatch(segment)
    if match is None:
        return None
    name, sign, number, unit = match.groups("")
    if number[:2] in ("19", "20") and words.DATE.match(number + unit):
        return None
    known = _plain_unit(unit)
    if known is None:
        return None
    operator = Operator.AT_LEAST if sign[0] in "≥>" else Operator.AT_MOST
    name = _plain_name(name, operator)
    return Quantity(name, operator, float(number), None, known) if name else None


@lru_cache(maxsize=2048)
def _plain_unit(text: str) -> str | None:
    """The unit that ends a segment, or None for what is more than a unit."""
    text = words.simplify(text)
    return units.tidy(text) if not text or units.is_unit(text) or units.is_loose(text) else None


@lru_cache(maxsize=16384)
def _plain_name(text: str, operator: Operator) -> str:
    """The name out of what stands before a sign, or "" when that is more than a name."""
    if words.MARK.match(text):
        return ""
    name, _ = _named(text, operator)
    return "" if words.NOT_A_NAME.fullmatch(name) else name


def write(quantity: IndicatorTarget | IndicatorAchieved) -> str:
    """A clause that says it again: "抗拉强度 ≥ 800 MPa". `parse` reads it back."""
    sign = {Operator.AT_LEAST: "≥", Operator.AT_MOST: "≤"}.get(quantity.operator, "=")
    high = "" if quantity.value_high is None else f"~{quantity.value_high:.15g}"
    unit = f" {quantity.unit}" if quantity.unit else ""
    return f"{quantity.name} {sign} {quantity.value:.15g}{high}{unit}"


def _pieces(text: str) -> Iterator[str]:
    text = _BLANKS.sub(" ", text)  # long runs of blanks would be tried from each of their signs
    for part in words.PIECES.split(text):
        for piece in words.ENUMERATED.split(part):
            stripped = piece.strip(" ,，、")
            if stripped:
                yield stripped


def _marked(piece: str, current: bool | None) -> tuple[bool | None, bool | None, str]:
    """The mark that holds for a piece, the one for those after it, and the piece without it.

    "期望：" heads all that follow up to the next such head; "[期望] 寿命 ≥ 5 年" marks itself only.
    """
    match = words.MARK_FIRST.match(words.simplify(piece))
    if match is None or bool(match["open"]) != bool(match["close"]):
        return current, current, piece
    rest = piece[match.end() :]
    stated = match["must"] is not None
    if match["open"]:
        return stated, current if rest else stated, rest
    if match["colon"] or not rest:
        return stated, stated, rest
    return current, current, piece


def _clauses(piece: str) -> Iterator[str]:
    """A piece cut at its commas, where both sides state something of their own."""
    before = held = ""
    for part in words.COMMAS.split(piece):
        part = part.strip()
        if not part:
            continue
        plain = words.simplify(part)
        digits = _DIGIT.search(part)
        if held and (words.METHOD_AFTER.match(plain) or (not digits and words.METHOD.search(plain))):
            held = f"{held}, {part}"
            continue
        if held:
            yield held
            held = ""
        part, before = f"{before}, {part}" if before else part, ""
        if not digits or (words.CONDITION.search(plain) and not words.OPERATOR.search(plain)):
            before = part
        else:
            held = part
    if held or before:
        yield held or before


@lru_cache(maxsize=16384)
def _clause(clause: str) -> Quantity | None:
    if len(clause) > CLAUSE_LIMIT or not _DIGIT.search(clause):
        return None
    plain, asides = _without_brackets(clause)
    shadow = words.DATE.sub(lambda match: "□" * len(match[0]), words.simplify(plain))
    found = _bounded(shadow) or _after_operator(shadow) or _without_unit(shadow) or _bare(shadow)
    if found is None or not found.sound:
        return None
    name, operator = _named(plain[slice(*found.name)], found.operator)
    if found.better:
        operator = Operator.AT_MOST if words.FINER.search(name) else Operator.AT_LEAST
    rest = plain[found.rest :].strip(words.EDGE)
    unit, method, evidence, must = found.unit, "", "", True
    conditions: list[str] = []
    if mark := words.MARK.fullmatch(words.simplify(rest)):
        must, rest = mark["must"] is not None, ""
    for position, aside in asides:
        known = words.simplify(aside)
        if mark := words.MARK.fullmatch(known):
            must = mark["must"] is not None
        elif not unit and position <= found.start and re.fullmatch(units.UNIT, known):
            unit = known
        elif words.EVIDENCE.search(known):
            evidence = aside
        elif words.METHOD.search(known):
            method = words.METHOD_LEAD.sub("", aside).strip(words.EDGE)
        elif position <= found.start and name:
            name = f"{name} ({aside})"
        else:
            conditions.append(aside)
    if rest and not method:
        rest, method = _method_after(rest)
    if rest and not name:
        name, rest = words.LEADING.sub("", re.sub(r"^(?:of\b|的)\s*", "", rest)), ""
    conditions = [rest, *conditions] if rest else conditions
    told = ", ".join(conditions)
    if len(name) > NAME_LIMIT or words.NOT_A_NAME.fullmatch(name) or len(told) > CLAUSE_LIMIT:
        return None
    return Quantity(
        name or UNNAMED, operator, found.low, found.high, units.tidy(unit), method, evidence, told, must,
        found.reached and operator is Operator.EQUAL,
    )  # fmt: skip


def _without_brackets(clause: str) -> tuple[str, list[tuple[int, str]]]:
    """The clause without its asides, and each aside with where it stood."""
    asides: list[tuple[int, str]] = []
    plain = ""
    end = 0
    for match in words.BRACKET.finditer(clause):
        plain += clause[end : match.start()]
        aside = match[1].strip()
        if aside and aside != "含":
            asides.append((len(plain), aside))
        end = match.end()
    return plain + clause[end:], asides


def _method_after(rest: str) -> tuple[str, str]:
    """What follows a quantity, taken apart into the conditions and the test method."""
    plain = words.simplify(rest)
    if match := words.METHOD_AFTER.search(plain):
        return rest[: match.start()].strip(words.EDGE), rest[match.start(1) :].strip(words.EDGE)
    if words.METHOD.search(plain):
        return "", words.METHOD_LEAD.sub("", rest).strip(words.EDGE)
    return rest, ""


def _named(name: str, operator: Operator) -> tuple[str, Operator]:
    """The name without what only joins it to its quantity; "能耗降低至" says that this is a ceiling."""
    name = name.strip(words.EDGE)
    for pattern, implied in ((words.FALLS_TO, Operator.AT_MOST), (words.RISES_TO, Operator.AT_LEAST)):
        if match := pattern.search(name):
            name = name[: match.start()].strip(words.EDGE)
            operator = implied if operator is Operator.EQUAL else operator
    while (shorter := words.TRAILING.sub("", words.LEADING.sub("", name)).strip(words.EDGE)) != name:
        name = shorter
    return "" if name.casefold() in words.PREPOSITIONS else name, operator


@dataclass(slots=True)
class _Found:
    """Where in a clause its parts stand, and what its quantity is."""

    name: tuple[int, int]
    start: int
    rest: int
    operator: Operator
    low: float
    high: float | None
    unit: str
    better: bool = False
    reached: bool = False

    @property
    def sound(self) -> bool:
        return math.isfinite(self.low) and (self.high is None or self.low <= self.high < math.inf)


def _bounded(text: str) -> _Found | None:
    """ "5 mm ≤ thickness ≤ 10 mm", "thickness 5 mm ≤ t ≤ 10 mm"."""
    match = words.BOUNDED.match(text)
    if match is None:
        return None
    name = match.span("head") if match["head"].strip() else match.span("name")
    unit = match["ub"] or match["ua"] or ""
    low, high = numerals.number(match["a"]), numerals.number(match["b"])
    return _Found(name, match.start("a"), len(text), Operator.BETWEEN, low, high, unit)


def _after_operator(text: str) -> _Found | None:
    """The first operator that a number follows."""
    for match in words.OPERATOR.finditer(text):
        quantity = _quantity_at(text, match.end())
        if quantity is None:
            continue
        operator = (
            Operator.AT_LEAST if match["least"]
            else Operator.AT_MOST if match["most"]
            else Operator.EQUAL
        )  # fmt: skip
        found = _read(text, quantity, operator, explicit=True)
        if found is None:
            continue
        if found.operator is Operator.AT_LEAST and (upper := _upper(text, found.rest)):
            high, unit, rest = upper
            found.operator, found.high, found.unit, found.rest = Operator.BETWEEN, high, found.unit or unit, rest
        found.start = match.start()
        found.name = (0, found.start)
        if found.operator is Operator.EQUAL:
            found.better, found.reached = match["better"] is not None, match["reach"] is not None
        return found
    return None


def _quantity_at(text: str, start: int) -> re.Match[str] | None:
    gap = words.GAP.match(text, start)
    return words.QUANTITY.match(text, gap.end() if gap else start)


def _upper(text: str, start: int) -> tuple[float, str, int] | None:
    """The second half of "≥ 5 and ≤ 10 mm": the value, its unit, and where it ends."""
    joined = words.JOINED.match(text, start)
    match = words.OPERATOR.match(text, joined.end() if joined else start)
    if match is None or not match["most"]:
        return None
    quantity = _quantity_at(text, match.end())
    if quantity is None or quantity["b"] or quantity["sign"] in words.TOLERANCE:
        return None
    return numerals.signed(quantity["sign"], quantity["a"]), (quantity["ua"] or "").strip(), quantity.end()


def _bare(text: str) -> _Found | None:
    """A quantity without an operator: it must have a unit, a word after it ("以上"), or be a tolerance."""
    for quantity in words.QUANTITY.finditer(text):
        end = quantity.end()
        bounded = words.AFTER_LEAST.match(text, end) or words.AFTER_MOST.match(text, end)
        if not (bounded or quantity["ua"] or quantity["ub"] or quantity["sign"] in words.TOLERANCE):
            continue
        if words.CONDITION_AFTER.match(
            text, end
        ):  # "-20℃下30min充电至80%": which of them is meant is not ours to guess
            return None
        found = _read(text, quantity, Operator.EQUAL, explicit=False)
        if found is None:
            continue
        dash = quantity["sign"] == "-" and text[: quantity.start()].strip()
        return None if dash and not words.MAY_BE_NEGATIVE.search(found.unit) else found
    return None


def _without_unit(text: str) -> _Found | None:
    """ "friction coefficient 0.04"."""
    found = bare_numbers.find(text)
    if found is None:
        return None
    name, (start, end) = found
    return _Found(name, start, end, Operator.EQUAL, numerals.number(text[start:end]), None, "")


def _read(text: str, quantity: re.Match[str], operator: Operator, *, explicit: bool) -> _Found | None:
    """The quantity with what follows it; None for what only looks like one."""
    end = quantity.end()
    if words.SIZE.match(text, end):
        return None
    sign, separator = quantity["sign"], quantity["sep"]
    unit, other = (quantity["ub"] or "").strip(), (quantity["ua"] or "").strip()
    if unit and other and unit != other:
        return None
    unit = unit or other
    if unit and (more := units.GOES_ON.match(text, end)):
        unit, end = unit + more[0].rstrip(), more.end()
    if not unit and explicit and (loose := units.LOOSE.match(text, end)):
        unit, end = loose[1], loose.end()
    low = numerals.signed(sign, quantity["a"])
    high: float | None = None
    if separator in words.TOLERANCE:
        spread = numerals.number(quantity["b"])
        low, high = numerals.tidy(low - spread), numerals.tidy(low + spread)
    elif separator:
        high = numerals.signed(quantity["sign2"], quantity["b"])
        scale = words.SCALE_AT_END.search(quantity["b"])
        if scale and not words.SCALE_AT_END.search(quantity["a"]) and not other:
            low = numerals.signed(sign, quantity["a"] + scale[0])
    elif sign in words.TOLERANCE:
        low, high = -low, low
    close = None
    if high is not None:
        operator = Operator.BETWEEN
        close = words.AFTER_BETWEEN.match(text, end)
    elif close := words.AFTER_LEAST.match(text, end):
        operator = Operator.AT_LEAST
    elif close := words.AFTER_MOST.match(text, end):
        operator = Operator.AT_MOST
    start = quantity.start()
    return _Found((0, start), start, close.end() if close else end, operator, low, high, unit)
