"""What people write is read with the right number, bound and unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.drafts import Operator
from matcher.intake.quantities import parse
from matcher.quantities import units
from matcher.quantities.kinds import Conversion, conversion

TABLE = Path(__file__).parent / "quantity_expressions.tsv"


def expressions() -> list[tuple[str, str, float, float | None, str]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = (line.split("\t") for line in lines)
    return [
        (text, operator, float(low), float(high) if high else None, unit) for text, operator, low, high, unit in rows
    ]


def test_there_are_at_least_300_of_them_each_once() -> None:
    found = [(text, unit) for text, *_, unit in expressions()]
    assert len(found) == len(set(found)) >= 300


@pytest.mark.parametrize(("text", "operator", "low", "high", "reference"), expressions())
def test_an_expression_says(text: str, operator: str, low: float, high: float | None, reference: str) -> None:
    (read,), unread = parse(text)
    unit, to = units.read(read.unit), units.read(reference)
    assert unread == []
    assert unit is not None
    assert to is not None
    way = conversion(to, read.name, unit, read.name, difference=read.value_high == -read.value)
    assert isinstance(way, Conversion)
    assert (way.caveat, way.inexact) == ("", 0.0)
    assert (read.target_values() if read.reached else read.achieved_values())["operator"] is Operator(operator)
    assert read.value * way.factor + way.offset == pytest.approx(low, rel=1e-9)
    assert (None if read.value_high is None else read.value_high * way.factor + way.offset) == pytest.approx(high)
