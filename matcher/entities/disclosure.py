"""Who was let in to what is not public, on which terms, and who has read it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from matcher.column_types import EnumText, UtcDateTime
from matcher.entities.base import new_id, now
from matcher.entities.items import Kind
from matcher.states import ConsentState


class Agreement(SQLModel, table=True):
    """The text of a confidentiality agreement. A new wording is a new one: what was accepted stays."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=36)
    title: str = Field(max_length=500)
    text: str = Field(sa_type=Text)
    text_hash: str = Field(max_length=64)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Consent(SQLModel, table=True):
    """An organisation asks to see one need or result in full; its owner answers."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    item_kind: Kind = Field(sa_type=EnumText(Kind))
    item_id: str = Field(index=True, max_length=36)
    owner_id: str = Field(foreign_key="organisation.id", index=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=36)
    """Who asks, and is let in: everyone who acts for it."""
    asked_by: str = Field(max_length=200)
    why_you: str = Field(sa_type=Text)
    what_you_bring: str = Field(sa_type=Text)
    what_you_want: str = Field(sa_type=Text)
    state: ConsentState = Field(default=ConsentState.ASKED, sa_type=EnumText(ConsentState))
    asked_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_by: str = Field(default="", max_length=200)
    answer: str = Field(default="", sa_type=Text)
    """What the owner wrote with the answer."""
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Until when it is granted; None: until it is withdrawn."""
    agreement_id: str | None = Field(default=None, foreign_key="agreement.id", max_length=36)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accepted_by: str = Field(default="", max_length=200)


class Reading(SQLModel, table=True):
    """Somebody of another organisation was shown what is not public of a need or result."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    item_id: str = Field(index=True, max_length=36)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    actor: str = Field(max_length=200)
    organisation_id: str | None = Field(default=None, foreign_key="organisation.id", max_length=36)
    view: str = Field(max_length=20)
    """How much was shown (`matcher.policy.View`)."""
    way: str = Field(max_length=40)
    """How: read, list, match, export …"""
