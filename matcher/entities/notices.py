"""What people are told when it is their turn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from matcher.column_types import UtcDateTime
from matcher.entities.base import new_id, now


class Notice(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("person_id", "event_id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=36)
    event_id: int = Field(sa_type=BigInteger)
    """The event that it tells of: nobody is told of one twice, however often events are gone through."""
    kind: str = Field(max_length=60)
    """The event's action, such as `challenge.publish`."""
    thing: str = Field(max_length=60)
    told: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What its text is made of: names and dates, nothing that is not public to its reader."""
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    mailed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    wants_mail: bool = True
    in_app: bool = True
    """Listed; one that is not is there for its mail alone."""


class NoticeSetting(SQLModel, table=True):
    """What somebody wants to be told, and how; where there is none, everything, by mail too."""

    __tablename__ = "notice_setting"

    person_id: str = Field(foreign_key="person.id", primary_key=True, max_length=36)
    kind: str = Field(primary_key=True, max_length=60)
    """The noun, such as `challenge`."""
    by_mail: bool = True
    in_app: bool = True


class NoticePosition(SQLModel, table=True):
    """The last event of which everybody concerned was told: one row, held by who goes on from there."""

    __tablename__ = "notice_position"

    id: int = Field(default=1, primary_key=True)
    event_id: int = Field(default=0, sa_type=BigInteger)
