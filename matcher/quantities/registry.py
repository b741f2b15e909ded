"""Which units there are (definitions.txt, through pint) and how they are written (names.tsv).

pint is given units by their own names only, never a text that somebody wrote: its parser would take
"pa" for a pico-year. It is imported when a unit is first read, since that takes as long as a small model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from matcher.quantities import spelling

if TYPE_CHECKING:
    import pint
    from pint.util import UnitsContainer

_SYMBOLS = {
    "E": "exa", "P": "peta", "T": "tera", "G": "giga", "M": "mega", "k": "kilo", "h": "hecto", "d": "deci",
    "c": "centi", "m": "milli", "μ": "micro", "n": "nano", "p": "pico", "f": "femto",
}  # fmt: skip
_CHINESE = {
    "exa": "艾", "peta": "拍", "tera": "太", "giga": "吉", "mega": "兆", "kilo": "千", "hecto": "百", "deci": "分",
    "centi": "厘", "milli": "毫", "micro": "微", "nano": "纳奈", "pico": "皮", "femto": "飞",
}  # fmt: skip
_ENGLISH_WORD = re.compile(r"[a-z]{4,}(?: [a-z]+)*")
_TAKES_S = re.compile(r"[a-z ]{2,}[a-rt-z]")

Powers = tuple[tuple[str, float], ...]
"""Units of the registry with their exponents."""


class Measure(NamedTuple):
    """What a unit amounts to: a value v of it is `v * factor + offset` in the base units of its dimension."""

    dimension: str
    factor: float
    offset: float


@cache
def _units() -> pint.UnitRegistry[float]:
    import pint

    units: pint.UnitRegistry[float] = pint.UnitRegistry(None)
    with resources.as_file(resources.files(__package__) / "definitions.txt") as path:
        units.load_definitions(path)
    return units


@cache
def measure(powers: Powers) -> Measure:
    """Of known units (`written` names them) multiplied with each other."""
    units = _units()
    if len(powers) == 1 and powers[0] in (("degree_celsius", 1.0), ("degree_fahrenheit", 1.0)):
        zero, one = (float(units.Quantity(value, powers[0][0]).to("kelvin").magnitude) for value in (0.0, 1.0))
        return Measure("[temperature]", one - zero, zero)
    # Within a compound a degree is a difference: W/(m·℃) is W/(m·K).
    from pint.util import UnitsContainer

    container = UnitsContainer(_summed(powers))
    factor = float(units.Quantity(1.0, container).to_root_units().magnitude)
    return Measure(_dimension(units, powers, container), factor, 0.0)


def _summed(powers: Powers) -> dict[str, float]:
    """Each unit once, as pint wants them; degrees as differences."""
    summed: dict[str, float] = {}
    for name, power in powers:
        name = f"delta_{name}" if name in ("degree_celsius", "degree_fahrenheit") else name
        summed[name] = summed.get(name, 0.0) + power
    return summed


def _dimension(units: pint.UnitRegistry[float], powers: Powers, container: UnitsContainer) -> str:
    """As text. Where all cancels, what stands above the line too: g/kg is not m/m, and neither is a number."""
    if dimension := units.get_dimensionality(container):
        return _in_order(dimension)
    above = type(container)(_summed(tuple((name, power) for name, power in powers if power > 0)))
    return f"{_in_order(units.get_dimensionality(above))} over the same"


def _in_order(dimension: Mapping[str, Any]) -> str:
    return " ".join(f"{name}{'' if power == 1 else f'^{power:.6g}'}" for name, power in sorted(dimension.items()))


@cache
def written() -> Mapping[str, Powers]:
    """Every name of a unit, spelled as `spelling.plain` spells it. A name never means two units."""
    names: dict[str, Powers] = {}
    for name, powers in _all_names():
        names.setdefault(spelling.plain(name).replace(" ", ""), powers)
    return names


@cache
def loosely_written() -> Mapping[str, frozenset[str]]:
    """The names of `written` by their letters without regard to capitals."""
    found: dict[str, set[str]] = {}
    for name in written():
        found.setdefault(name.casefold(), set()).add(name)
    return {folded: frozenset(names) for folded, names in found.items()}


def _all_names() -> Iterator[tuple[str, Powers]]:
    """Plain names before those with prefixes: "min" is a minute and no milli-inch."""
    rows = list(_rows())
    for unit, _, names in rows:
        for name, prefix in names:
            yield from ((form, _prefixed(unit, prefix)) for form in _forms(name))
    for unit, prefixes, names in rows:
        for symbol in prefixes:
            prefix = _SYMBOLS[symbol]
            for name, own in names:
                if not own:
                    yield from ((form, _prefixed(unit, prefix)) for form in _with_prefix(name, symbol, prefix))


def _rows() -> Iterator[tuple[Powers, list[str], list[tuple[str, str]]]]:
    text = (resources.files(__package__) / "names.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("# "):
            unit, prefixes, names = line.split("\t")
            parted = (name.strip().rpartition("=") for name in names.split(" | "))
            yield _powers(unit), prefixes.split(), [(name, own) if name else (own, "") for name, _, own in parted]


def _powers(expression: str) -> Powers:
    """Of "metre^2" or "revolution/minute", as the table writes them."""
    above, _, below = expression.partition("/")
    found: list[tuple[str, float]] = []
    for part, sign in ((above, 1), (below, -1)):
        for factor in filter(None, part.split("*")):
            name, _, power = factor.partition("^")
            found.append((name, sign * float(power or 1)))
    return tuple(found)


def _prefixed(powers: Powers, prefix: str) -> Powers:
    (name, power), *rest = powers
    return ((prefix + name, power), *rest)


def _forms(name: str) -> Iterator[str]:
    yield name
    if _ENGLISH_WORD.fullmatch(name):
        yield name.capitalize()
    if _TAKES_S.fullmatch(name):
        yield f"{name}s"
    if _ENGLISH_WORD.fullmatch(name) and _TAKES_S.fullmatch(name):
        yield f"{name.capitalize()}s"


def _with_prefix(name: str, symbol: str, prefix: str) -> Iterator[str]:
    if name[0] > "\u2fff":
        yield from (chinese + name for chinese in _CHINESE[prefix])
    elif _ENGLISH_WORD.fullmatch(name):
        yield from (prefix + form for form in _forms(name) if form.islower())
    else:
        yield symbol + name
        if symbol == "μ":
            yield f"u{name}"
