"""The record of who did what, and the answers kept for repeated requests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field, SQLModel

from matcher.column_types import UtcDateTime
from matcher.entities.base import now


class Event(SQLModel, table=True):
    """One line of the append-only record of who did what (`matcher.events`)."""

    id: int = Field(sa_type=BigInteger, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=200)
    organisation_id: str | None = Field(default=None, max_length=36)
    action: str = Field(max_length=60)
    thing: str = Field(max_length=60, index=True)
    """Kind and id, such as `need:0191…`."""
    request_id: str = Field(default="", max_length=64)
    """The request that it happened in; empty where there was none."""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What changed; empty once it was erased."""
    salt: str = Field(default="", max_length=32)
    """Hashed with the detail and erased with it: without it a short detail could be guessed from its hash."""
    detail_hash: str = Field(max_length=64)
    """Of the detail as it was recorded: the chain holds on to this, so that a detail can be erased."""
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class EventHead(SQLModel, table=True):
    """The last event. Locking this one row makes the order of events the order of commits."""

    __tablename__ = "event_head"

    id: int = Field(default=1, primary_key=True)
    event_id: int = Field(default=0, sa_type=BigInteger)
    hash: str = Field(default="", max_length=64)


class IdempotentReply(SQLModel, table=True):
    """What a create answered under its Idempotency-Key, so that a repeated one creates nothing."""

    __tablename__ = "idempotent_reply"

    actor: str = Field(primary_key=True, max_length=200)
    key: str = Field(primary_key=True, max_length=200)
    request_hash: str = Field(max_length=64)
    status: int
    body: dict[str, Any] = Field(sa_type=JSON)
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
