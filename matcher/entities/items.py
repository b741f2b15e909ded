"""Needs and results, the lists they are published in, and what they are indexed by."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from matcher.column_types import EnumText, MoneyType, UtcDateTime
from matcher.drafts import Disclosure, MaturityStage, Operator
from matcher.entities.base import now, random_id
from matcher.states import ItemState

PASSAGES_PER_ITEM = 1024
"""A passage's id is its item's number times this, plus its position."""


class Kind(StrEnum):
    """The two sides of a match."""

    NEED = "need"
    RESULT = "result"

    @property
    def other(self) -> Kind:
        return Kind.RESULT if self is Kind.NEED else Kind.NEED


class ProblemList(SQLModel, table=True):
    """A set of needs published together, usually one spreadsheet."""

    __tablename__ = "problem_list"

    id: str = Field(default_factory=random_id, primary_key=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=36)
    title: str = Field(max_length=500)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Item(SQLModel):
    """The columns that needs and results share; the rest is named as in their drafts."""

    kind: ClassVar[Kind]

    id: str = Field(default_factory=random_id, primary_key=True, max_length=36)
    number: int = Field(sa_type=BigInteger, unique=True)
    seq: int = Field(sa_type=BigInteger, index=True)
    """The event that changed it last: the indexes follow by it."""
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=36)
    source_key: str = Field(max_length=120)
    """What a file brought again is matched by: the reference, or else the title."""
    fingerprint: str = Field(max_length=32)
    """Of all that was handed in; equal when nothing changed."""
    version: int = 1
    state: ItemState = Field(default=ItemState.OPEN, sa_type=EnumText(ItemState))
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)

    reference: str = Field(default="", max_length=100)
    title: str = Field(max_length=500)
    field: str | None = Field(default=None, max_length=60, index=True)
    keywords: list[str] = Field(default_factory=list, sa_type=JSON)
    cooperation_modes: list[str] = Field(default_factory=list, sa_type=JSON)
    disclosure: Disclosure = Field(default=Disclosure.PUBLIC, sa_type=EnumText(Disclosure))
    problem: str = Field(default="", sa_type=Text)
    currency: str = Field(default="CNY", max_length=3)


class Need(Item, table=True):
    __table_args__ = (UniqueConstraint("organisation_id", "source_key"),)
    kind: ClassVar[Kind] = Kind.NEED

    problem_list_id: str | None = Field(default=None, foreign_key="problem_list.id", index=True, max_length=36)
    current_state: str = Field(default="", sa_type=Text)
    scenario: str = Field(default="", sa_type=Text)
    out_of_scope: str = Field(default="", sa_type=Text)
    maturity_now: int | None = None
    maturity_wanted: int | None = None
    budget_min: Decimal | None = Field(default=None, sa_type=MoneyType)
    budget_max: Decimal | None = Field(default=None, sa_type=MoneyType)
    funding_share: float | None = None
    deadline: date | None = None
    preferred_regions: list[str] = Field(default_factory=list, sa_type=JSON)
    ip_wishes: str = Field(default="", sa_type=Text)
    decision_owner: str = Field(default="", max_length=500)


class Result(Item, table=True):
    __table_args__ = (UniqueConstraint("organisation_id", "source_key"),)
    kind: ClassVar[Kind] = Kind.RESULT

    abstract: str = Field(default="", sa_type=Text)
    innovation: str = Field(default="", sa_type=Text)
    advantage: str = Field(default="", sa_type=Text)
    maturity: int | None = None
    maturity_stage: MaturityStage | None = Field(default=None, sa_type=EnumText(MaturityStage))
    rights: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    ownership: str = Field(default="", sa_type=Text)
    price: Decimal | None = Field(default=None, sa_type=MoneyType)
    open_licence_terms: str = Field(default="", sa_type=Text)
    team: str = Field(default="", sa_type=Text)
    team_continuity: str = Field(default="", sa_type=Text)
    evidence: str = Field(default="", sa_type=Text)
    region: str | None = Field(default=None, max_length=6)


class Indicator(SQLModel, table=True):
    """A quantity that a need asks for or that a result has shown."""

    id: int | None = Field(default=None, primary_key=True)
    item_number: int = Field(sa_type=BigInteger, index=True)
    position: int
    name: str = Field(max_length=200)
    operator: Operator = Field(sa_type=EnumText(Operator))
    value: float
    value_high: float | None = None
    unit: str = Field(default="", max_length=50)
    test_method: str = Field(default="", max_length=500)
    must: bool = True
    conditions: str = Field(default="", max_length=500)
    evidence: str = Field(default="", max_length=500)


class Passage(SQLModel, table=True):
    """A piece of a need or result short enough to be shown as the reason for a match.

    The vector belongs to (content_hash, model_id): a passage whose words did not change keeps it,
    and a rebuilt index reads it instead of encoding again.
    """

    __table_args__ = (Index("ix_passage_model_id", "model_id"),)

    id: int = Field(sa_type=BigInteger, primary_key=True)
    item_number: int = Field(sa_type=BigInteger, index=True)
    part: str = Field(max_length=20)
    text: str = Field(sa_type=Text)
    content_hash: str = Field(max_length=32)
    model_id: str = Field(default="", max_length=200)
    """The model that made the vector; empty while there is none."""
    vector: bytes | None = None
    """Little-endian half floats: half the room of single ones, cosines off by less than 0.001."""
