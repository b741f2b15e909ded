"""Answers, sealed until their round is opened; offers and commitments beside them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from matcher.column_types import EnumText, MoneyType, UtcDateTime
from matcher.entities.base import new_id, now
from matcher.states import AnswerState, CommitmentState, OfferState


class Answer(SQLModel, table=True):
    """What is told of an answer without opening it: whose it is, and where it stands."""

    __table_args__ = (UniqueConstraint("challenge_id", "organisation_id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    challenge_id: str = Field(foreign_key="challenge.id", index=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=36)
    """The lead, who answers for all."""
    number: int
    """Its place among the challenge's answers, from 1: what graders who may not know whose it is call it."""
    state: AnswerState = Field(default=AnswerState.DRAFT, sa_type=EnumText(AnswerState))
    round: int = 1
    version: int = 1
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    handed_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AnswerText(SQLModel, table=True):
    """One version of an answer's text, as a sealed `AnswerDraft`.

    Each has a key of its own. That key is sealed to the round's public key once the version is handed
    in (`round_key`), and with the installation's secret (`own_key`) while its authors may read it and
    again once it was opened: between the deadline and the opening only the first of the two is there.
    """

    __tablename__ = "answer_text"
    __table_args__ = (UniqueConstraint("answer_id", "number"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    answer_id: str = Field(foreign_key="answer.id", index=True, max_length=36)
    number: int
    """From 1."""
    round: int
    handed_in: bool = False
    sealed: bytes
    own_key: bytes | None = None
    round_key: bytes | None = None
    hash: str = Field(max_length=64)
    """Salted SHA-256 of the text; the salt lies inside the seal. Events carry it."""
    attachment_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    """Its files. The name of each and the key that opens it lie inside the seal."""
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Partner(SQLModel, table=True):
    """An organisation of a consortium besides the lead. What it does and gets stands in the text."""

    answer_id: str = Field(foreign_key="answer.id", primary_key=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", primary_key=True, index=True, max_length=36)
    confirmed_hash: str = Field(default="", max_length=64)
    """Of its part, as it was when it agreed: another text has to be agreed to again."""
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confirmed_by: str = Field(default="", max_length=200)


class Supplement(SQLModel, table=True):
    """More that was asked for 补充材料 of an answer that is opened. What comes stands in a further version."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    answer_id: str = Field(foreign_key="answer.id", index=True, max_length=36)
    round: int
    asked: str = Field(sa_type=Text)
    due: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=200)
    """Who asked."""
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it came, or the setter went on without."""
    text_number: int | None = None
    """The version that holds what came."""


class Offer(SQLModel, table=True):
    """One version of the terms between the setter and an answerer of a directed commission."""

    __table_args__ = (UniqueConstraint("answer_id", "number"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    answer_id: str = Field(foreign_key="answer.id", index=True, max_length=36)
    number: int
    """From 1."""
    by_setter: bool
    state: OfferState = Field(default=OfferState.MADE, sa_type=EnumText(OfferState))
    terms: dict[str, Any] = Field(sa_type=JSON)
    message: str = Field(default="", sa_type=Text)
    remark: str = Field(default="", sa_type=Text)
    """Of who declined it."""
    actor: str = Field(max_length=200)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Commitment(SQLModel, table=True):
    """What an investor puts in for one answer, and on which conditions."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    answer_id: str = Field(foreign_key="answer.id", index=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=36)
    state: CommitmentState = Field(default=CommitmentState.MADE, sa_type=EnumText(CommitmentState))
    amount: Decimal = Field(sa_type=MoneyType)
    currency: str = Field(default="CNY", max_length=3)
    conditions: str = Field(default="", sa_type=Text)
    actor: str = Field(max_length=200)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
