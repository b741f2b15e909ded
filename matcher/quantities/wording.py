"""Quantities as people write them: "≥ 99.9 %", "20–50 μm"."""

from __future__ import annotations

from matcher.drafts import Operator

_SIGNS = {Operator.AT_LEAST: "≥", Operator.AT_MOST: "≤", Operator.EQUAL: "="}


def quantity(operator: Operator, value: float, high: float | None, unit: str) -> str:
    if high is not None and high == -value:
        return f"±{plain(high)} {unit}".strip()
    if high is not None:
        return f"{plain(value)}–{plain(high)} {unit}".strip()
    return f"{_SIGNS[operator]} {plain(value)} {unit}".strip()


def plain(value: float) -> str:
    """A number without needless digits: 800, 0.05, 1e-09."""
    return f"{value:.10g}"


def tidy(value: float) -> float:
    """Without the dust of binary arithmetic: 0.1 + 0.2 is 0.3."""
    return float(f"{value:.12g}")
