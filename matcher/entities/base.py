"""What every table is made with."""

from __future__ import annotations

from datetime import UTC, datetime

from uuid_utils import uuid7


def new_id() -> str:
    return str(uuid7())


def now() -> datetime:
    return datetime.now(UTC)
