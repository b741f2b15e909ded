"""What time it is for deadlines: the database's, whichever machine asks.

For demonstrations and rehearsals an installation may run ahead of it (`AHEAD`, which the settings
set): a race of two years is played through in an afternoon. What nobody asks for and nobody can undo, such
as forgetting a key, is not rehearsed: it goes by `unshifted`, whatever a process beside the server is set to.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

AHEAD = "jiebang_ahead"
"""Execution option of an engine: a timedelta by which deadlines are judged ahead of the database's clock."""


def of_database(session: Session) -> datetime:
    """The moment that deadlines are held against. Ask it once everything that one had to wait for is held."""
    ahead: timedelta = session.connection().get_execution_options().get(AHEAD, timedelta())
    return unshifted(session) + ahead


def unshifted(session: Session) -> datetime:
    """The moment at which the database answers, in a rehearsal too."""
    if session.get_bind().dialect.name == "postgresql":
        found: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        return found.astimezone(UTC)
    said: str = session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
    return datetime.fromisoformat(said).replace(tzinfo=UTC)
