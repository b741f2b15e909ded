"""What is understood of a need's draft: its indicators as quantities, listed ones and those that only its text has."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.drafts import NeedDraft, Operator
from matcher.passages import cut
from matcher.quantities import reading, units
from matcher.quantities.compare import Quantity
from matcher.quantities.reading import Stated


@dataclass(frozen=True, slots=True)
class Understood:
    """One indicator as it is taken; what is listed comes in the list's order."""

    name: str
    operator: Operator
    value: float
    value_high: float | None
    unit: str
    must: bool
    text: str
    """As it reads; for one that was read from the text the sentence."""
    from_text: bool
    """Read from the text, and not in the list yet."""
    measures: str | None
    """The dimension of its unit, "" for a bare number; None: the unit is not known, or may mean several."""


def unlisted(draft: NeedDraft) -> list[Stated]:
    """What the texts ask for that the list does not have, whatever it is called there."""
    read = reading.wanted([(piece.part, piece.text) for piece in cut(draft)])
    listed = {_figure(indicator) for indicator in draft.indicators}
    return [stated for stated in read if _figure(stated) not in listed]


def understood(draft: NeedDraft, read: list[Stated]) -> tuple[Understood, ...]:
    return tuple(map(_understood, [*map(reading.handed_in, draft.indicators), *read]))


def _understood(stated: Stated) -> Understood:
    unit = units.read(stated.unit)
    return Understood(
        stated.name,
        stated.operator,
        stated.value,
        stated.value_high,
        stated.unit,
        stated.must,
        stated.text,
        stated.from_text,
        None if unit is None else unit.dimension,
    )


def _figure(quantity: Quantity) -> tuple[object, ...]:
    """Equal for the same bound in the same unit, spelt as it may be."""
    unit = units.read(quantity.unit)
    return quantity.operator, quantity.value, quantity.value_high, unit or quantity.unit
