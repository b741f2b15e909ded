"""The platform's figures as they are shown."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from api.schemas.base import Sent, Shown
from matcher.entities import Kind


class FiguresQuery(Sent):
    months: Annotated[int, Field(ge=1, le=240, description="How many, the last ones.")] = 24


class MonthOut(Shown):
    month: str
    needs: int
    results: int
    challenges: int
    awards: int
    contracts: int
    value: Decimal = Field(description="Of the contracts signed in it, in CNY.")


class SupplyOut(Shown):
    code: str = Field(description="Of a field of the first level, or of a province; empty where none is given.")
    needs: int
    results: int


class StepOut(Shown):
    name: str
    count: int
    days: float | None = Field(description="The median time since the step before, in days.")


class FiguresOut(Shown):
    months: list[MonthOut]
    fields: list[SupplyOut] = Field(description="What is open by field, the busiest first.")
    regions: list[SupplyOut] = Field(description="What is open by province, the busiest first.")
    steps: list[StepOut] = Field(description="The way from a need to an outcome.")
    value: Decimal = Field(description="Of all signed contracts in CNY.")


class PointOut(Shown):
    kind: Kind
    id: str = Field(description="Empty, as the title is, for what one is shown in part only.")
    title: str
    field: str | None
    x: float
    y: float
    nearest: float = Field(description="Cosine of the nearest of the other side.")
