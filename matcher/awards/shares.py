"""Splitting an amount among those who pay it, to the cent and without a rest."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal


def split(amount: Decimal, among: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Each one's part of an amount, in proportion to what it has, never more than that.

    Cents that do not come out even go to those whose part was cut most, then by name: the same question
    has the same answer. Raises ValueError where all together have less.
    """
    whole, wanted = _cents(sum(among.values(), Decimal(0))), _cents(amount)
    if not 0 <= wanted <= whole:
        raise ValueError(f"{amount} cannot be split among {sum(among.values())}")
    if not wanted:
        return {}
    parts, cut = {}, {}
    for name, has in among.items():
        parts[name], cut[name] = divmod(wanted * _cents(has), whole)
    left = wanted - sum(parts.values())
    for name in sorted(cut, key=lambda name: (-cut[name], name))[:left]:
        parts[name] += 1
    return {name: Decimal(part) / 100 for name, part in parts.items() if part}


def _cents(amount: Decimal) -> int:
    return int(amount * 100)
