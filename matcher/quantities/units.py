"""The text of a unit → what it measures and how much of it. What is not surely known is None, never guessed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from matcher.quantities import registry, spelling

_LONGEST = 50
_NONE = frozenset({"", "1", "-", "/", "无", "无量纲", "无单位", "ratio", "dimensionless", "none"})


@dataclass(frozen=True, slots=True)
class Unit:
    """A value v of it is `v * factor + offset` in the base units of its dimension."""

    dimension: str
    factor: float
    offset: float
    counted_in: frozenset[str]
    """The units that it is made of, by their own names."""
    of: str = ""
    """What it is an amount of, where that is said: "CO2" in GJ/t CO2."""


@lru_cache(maxsize=8192)
def read(text: str) -> Unit | None:
    """The unit that a text means; None where it is unknown or may mean several."""
    if len(text) > _LONGEST:
        return None
    plain = spelling.plain(text)
    if plain.casefold() in _NONE:
        return Unit("", 1.0, 0.0, frozenset())
    parts = _name(plain) or _compound(plain)
    if parts is None:
        return None
    try:
        measure = registry.measure(tuple(sorted(parts.powers)))
    except (ArithmeticError, ValueError):
        return None
    factor = parts.scale * measure.factor
    if not math.isfinite(factor) or factor <= 0 or (measure.offset and parts.scale != 1):
        return None
    return Unit(measure.dimension, factor, measure.offset, frozenset(name for name, _ in parts.powers), parts.of)


@dataclass(frozen=True, slots=True)
class _Parts:
    powers: registry.Powers
    scale: float = 1.0
    of: str = ""


_SEPARATOR = re.compile(r"\s*·\s*|(?<=[A-Za-zΩ)\u4e00-\u9fff])[.-](?=[A-Za-zΩμ\u4e00-\u9fff])")


def _compound(text: str) -> _Parts | None:
    """ "W/(m·K)", "次/(台·年)". All that follows a slash is below the line: W/m·K is written for W/(m·K)."""
    above, *below = _split(text)
    found: list[_Parts] = []
    for position, product in enumerate((above, *below)):
        if position == 0 and below and product in ("", "1"):
            continue
        inner = product[1:-1] if product.startswith("(") and product.endswith(")") else product
        for factor in _SEPARATOR.split(inner.strip()):
            part = _factor("分钟" if position and factor == "分" else factor.strip())  # 转/分; 4.5 分 are points
            if part is None:
                return None
            found.append(_inverse(part) if position else part)
    said = [part.of for part in found if part.of]
    if not found or len(said) > 1:
        return None
    powers = tuple(power for part in found for power in part.powers)
    return _Parts(powers, math.prod(part.scale for part in found), said[0] if said else "")


def _split(text: str) -> list[str]:
    """At its slashes, except those in brackets."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == "/" and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def _inverse(part: _Parts) -> _Parts:
    return _Parts(tuple((name, -power) for name, power in part.powers), 1 / part.scale, part.of)


_POWER = re.compile(r"(?P<base>.*?[^\d.^(+-])\s?(?:\^\(?(?P<signed>[+-]?\d(?:\.5)?)\)?|(?P<bare>-?[1-9]))")
_NUMBER = re.compile(r"(\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d{1,3})?)\s?(?:[×x]\s?)?(?=\D)", re.IGNORECASE)
_TEN = re.compile(r"(?:(\d+(?:\.\d+)?)\s?[×x·]\s?)?10\^([+-]?\d{1,2})\s?", re.IGNORECASE)
_WORDS = {
    "百万": 1e6, "千万": 1e7, "十万": 1e5, "万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2, "million ": 1e6,
    "thousand ": 1e3,
}  # fmt: skip


def _factor(text: str) -> _Parts | None:
    """One unit, maybe with a number or a word for one before it, a power, or what it is an amount of behind it."""
    return _name(text) or _raised(text) or _scaled(text) or _of_something(text)


def _name(text: str) -> _Parts | None:
    name = text.replace(" ", "")
    known = registry.written().get(name)
    if known is None and len(name) > 1:
        known = _loosely(name)
    return _Parts(known) if known is not None else None


def _loosely(name: str) -> registry.Powers | None:
    """ "KHz", "mpa·s": capitals do not matter where they could not tell one unit from another.

    The first letter may be a prefix, and its capital a factor of a billion: only K stands for k.
    """
    alike = registry.loosely_written().get(name.casefold(), frozenset())
    meant = {registry.written()[other] for other in alike if other[0] == name[0] or name[0] == "K" == other[0].upper()}
    shouted = name.islower() or name.isupper()
    if len(meant) != 1 or (shouted and len({registry.written()[other] for other in alike}) > 1):
        return None
    return meant.pop()


def _raised(text: str) -> _Parts | None:
    match = _POWER.fullmatch(text)
    part = _name(match["base"]) if match else None
    if match is None or part is None:
        return None
    exponent = float(match["signed"] or match["bare"])
    return _Parts(tuple((name, own * exponent) for name, own in part.powers)) if exponent else None


def _scaled(text: str) -> _Parts | None:
    if ten := _TEN.match(text):
        scale, rest = float(ten[1] or 1) * 10.0 ** int(ten[2]), text[ten.end() :]
    elif number := _NUMBER.match(text):
        scale, rest = float(number[1].replace(",", "")), text[number.end() :]
    else:
        word = next((word for word in _WORDS if text.startswith(word)), "")
        scale, rest = _WORDS.get(word, 1.0), text.removeprefix(word)
    if rest == text or not scale > 0:
        return None
    part = _name(rest) or _raised(rest) or _of_something(rest)
    return _Parts(part.powers, part.scale * scale, part.of) if part else None


_SOMETHING = re.compile(
    r"(?P<unit>[A-Za-zμΩ%]+(?:\^?[23])?)(?:(?P<of>[\u4e00-\u9fff]{1,6})|\s(?P<named>[A-Za-z][A-Za-z0-9]{1,15})|\((?P<aside>[^()]{1,12})\))"
)


def _of_something(text: str) -> _Parts | None:
    """ "t布", "t CO2", "kg(干基)": comparable only with amounts of the same."""
    match = _SOMETHING.fullmatch(text)
    part = (_name(match["unit"]) or _raised(match["unit"])) if match else None
    if match is None or part is None:
        return None
    of = match["of"] or match["named"] or match["aside"]
    return _Parts(part.powers, part.scale, of.casefold())
