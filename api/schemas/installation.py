"""The codes that an installation knows, and how it is."""

from __future__ import annotations

from pydantic import (
    BaseModel,
    Field,
)


class FieldOut(BaseModel):
    code: str
    zh: str
    en: str
    gbt4754: list[str] = Field(description="The nearest classes of GB/T 4754-2017.")
    children: list[FieldOut] = []


class RegionOut(BaseModel):
    code: str
    zh: str
    en: str | None = Field(default=None, description="Provinces only.")
    children: list[RegionOut] = []


class Alive(BaseModel):
    status: str = "alive"


class Readiness(BaseModel):
    status: str = "ready"
    migration: str
    indexed: int = Field(description="Needs and results in the index.")
    event: int = Field(description="The last event that the index has taken in.")
