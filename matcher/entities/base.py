"""What every table is made with."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from uuid_utils import uuid7


def new_id() -> str:
    """In order of time, which keeps a table's index small and its rows in order."""
    return str(uuid7())


def random_id() -> str:
    """For what may be known of by who may not know whose it is: the ids of what came together tell nothing."""
    return str(uuid4())


def now() -> datetime:
    return datetime.now(UTC)
