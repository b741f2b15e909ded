"""Organisations, going out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.base import Paging, Shown
from matcher.entities import OrganisationKind, SizeClass


class OrganisationsQuery(Paging):
    words: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="Stand in the Chinese or the English name, letter by letter."
    )


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
