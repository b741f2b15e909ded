"""Organisations, going out."""

from __future__ import annotations

from datetime import datetime

from pydantic import (
    Field,
)

from api.schemas.base import Shown
from matcher.entities import OrganisationKind, SizeClass


class OrganisationOut(Shown):
    id: str
    kind: OrganisationKind
    name: str
    name_en: str
    credit_code: str | None = Field(description="Unified social credit code (GB 32100).")
    region: str | None = Field(description="GB/T 2260 code.")
    size: SizeClass | None
    created_at: datetime


class OrganisationName(Shown):
    id: str
    name: str
