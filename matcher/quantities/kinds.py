"""Which units may be compared with each other, and what a reader should know when they are."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from embeddings.text import normalise
from matcher.quantities.units import Unit

_TIME, _CALENDAR, _TEMPERATURE = "[time]", "[calendar_time]", "[temperature]"
_YEAR = 365.25 * 86400.0
_MASS_RATIO = "[mass] over the same"
_VOLUME_RATIO = "[length]^3 over the same"
_BY_VOLUME, _BY_AMOUNT = "[fraction_by_volume]", "[fraction_by_amount]"

_NEAR: dict[frozenset[str], str] = {
    frozenset(("[fraction]", "[fraction_by_mass]")): "only one side says that it is by mass",
    frozenset(("[fraction]", _MASS_RATIO)): "only one side says that it is by mass",
    frozenset(("[fraction_by_mass]", _MASS_RATIO)): "",
    frozenset(("[fraction]", _BY_VOLUME)): "only one side says that it is by volume",
    frozenset((_BY_VOLUME, _VOLUME_RATIO)): "",
    frozenset(("[fraction]", _BY_AMOUNT)): "only one side says that it is by amount",
    frozenset(("[decibels]", "[decibels_a_weighted]")): "only one side says that it is A-weighted",
}
"""Dimensions that differ by what is left unsaid, with the caveat that goes with a comparison. Their
units amount to the same number of each."""

_COUNTS = re.compile(r"数量?$|数目|个数|次数|number|count|cycles|\bno\. of", re.IGNORECASE)
_COUNTED = frozenset(("[pieces]", "[repetitions]", "[machines]", "[persons]", "[sets]", "[layers]", "[channels]"))

_DIFFERENCE = re.compile(
    r"温升|升温|降温|温降|温差|温漂|温度?(?:偏差|波动|误差|均匀|稳定|变化|漂移|精度|分辨)|(?:控|测|恒)温精度|过冷|过热度"
    r"|升高|降低|下降|提高|精度|误差|偏差|波动|均匀性|稳定性|分辨率|\b(?:rise|drop|difference|deviation|error|accuracy"
    r"|uniformity|stability|gradient|fluctuations?|variation|increase|decrease|reduction|resolution|delta|cooler"
    r"|warmer|hysteresis|superheat|subcooling)\b|Δ",
    re.IGNORECASE,
)
_POINT = re.compile(
    r"温度|[高低常室炉水油]温|耐[高低]?温|耐热|耐寒|[熔沸凝闪燃露]点|软化点|相变点|居里|玻璃化|Tg\b|Tm\b|\btemperatures?\b"
    r"|\b(?:melting|boiling|flash|dew|softening|freezing|pour|glass transition|transition|Curie)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a value of one unit becomes one of another: value * factor + offset."""

    factor: float
    offset: float = 0.0
    zero: float = 0.0
    """Where the scale really begins, in the unit converted to: -273.15 for a temperature in ℃."""
    inexact: float = 0.0
    """The part of a value by which the conversion may be off."""
    caveat: str = ""

    @property
    def is_same(self) -> bool:
        """Whether the values stay as they are: hours in 小时, a difference of kelvins in ℃."""
        return self.offset == 0 and math.isclose(self.factor, 1.0, rel_tol=1e-12)


_FAMILIES = (
    frozenset((_TIME, _CALENDAR)),
    frozenset(dimension for sides in _NEAR for dimension in sides if "decibels" not in dimension),
    frozenset(("[decibels]", "[decibels_a_weighted]")),
    _COUNTED | {""},
)


def family(unit: Unit) -> str:
    """Units of two families are never compared; those of one may be."""
    return next((min(family) for family in _FAMILIES if unit.dimension in family), unit.dimension)


def conversion(to: Unit, to_name: str, unit: Unit, name: str, *, difference: bool = False) -> Conversion | str:
    """From `unit` to `to`, or in words why there is none.

    `difference`: the values are known to be differences of temperatures.
    """
    if to.of != unit.of:
        return f"an amount of {unit.of or 'something'} is not one of {to.of or 'something'}"
    if to.dimension == _TEMPERATURE == unit.dimension:
        return _temperature(to, unit, f"{to_name} {name}", difference)
    factor = unit.factor / to.factor
    if to.dimension == unit.dimension:
        return Conversion(factor, caveat=_working_days(to, unit))
    sides = frozenset((to.dimension, unit.dimension))
    if sides == {_TIME, _CALENDAR}:
        factor *= _YEAR if unit.dimension == _CALENDAR else 1 / _YEAR
        return Conversion(factor, inexact=0.03, caveat="a month is taken as 30.4 days")
    if (caveat := _NEAR.get(sides)) is not None:
        return Conversion(factor, caveat=caveat)
    if "" in sides and (sides - {""}) <= _COUNTED:
        bare = to_name if not to.dimension else name
        if _COUNTS.search(bare):
            return Conversion(factor)
        return "one side has no unit"
    if "" in sides:
        return "one side has no unit"
    return "the units measure different things"


def _working_days(to: Unit, unit: Unit) -> str:
    days = ("day" in to.counted_in) != ("day" in unit.counted_in)
    return "a day is taken as 24 hours" if days and to.dimension != _TIME and _TIME in to.dimension else ""


def _temperature(to: Unit, unit: Unit, names: str, difference: bool) -> Conversion | str:
    names = normalise(names)
    factor = unit.factor / to.factor
    difference = difference or _DIFFERENCE.search(names) is not None
    if difference:
        return Conversion(factor)
    if to == unit:
        point = _POINT.search(names) is not None
        return Conversion(1.0, zero=-to.offset / to.factor if point else 0.0)
    if _POINT.search(names) is None:
        return "whether a temperature or a difference of temperatures is meant is not said"
    return Conversion(factor, (unit.offset - to.offset) / to.factor, -to.offset / to.factor)
