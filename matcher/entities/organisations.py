"""Who posts needs and registers results."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from matcher.column_types import EnumText, UtcDateTime
from matcher.entities.base import new_id, now


class OrganisationKind(StrEnum):
    COMPANY = "company"
    LAB = "lab"
    SERVICE = "service"
    OPERATOR = "operator"


class SizeClass(StrEnum):
    """大型 / 中型 / 小型 / 微型, as 统计上大中小微型企业划分办法 has it."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"


class Organisation(SQLModel, table=True):
    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    kind: OrganisationKind = Field(sa_type=EnumText(OrganisationKind))
    name: str = Field(max_length=200, unique=True)
    name_en: str = Field(default="", max_length=200)
    credit_code: str | None = Field(default=None, max_length=18, unique=True)
    """Unified social credit code (GB 32100), checked with stdnum at the edge."""
    region: str | None = Field(default=None, max_length=6)
    """GB/T 2260."""
    size: SizeClass | None = Field(default=None, sa_type=EnumText(SizeClass))
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
