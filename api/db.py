"""The database engine, and bringing the tables to the form this version needs."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

from api.settings import Settings
from matcher.engine import clock
from matcher.errors import Unready
from matcher.sessions import WRITES

BUSY_SECONDS = 30
"""How long a writer waits for another before it gives up (SQLite)."""

_CONNECTIONS = 40
"""As many as FastAPI has worker threads, so that no request waits for a connection."""

_MIGRATIONS = Path(__file__).with_name("migrations")
_ADVISORY_LOCK = 0x6A696562


def make_engine(settings: Settings) -> Engine:
    """The engine for `settings.database`. No connection is made yet.

    Values never stand in error messages, and so not in logs: they are other people's secrets.
    """
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite":
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
        event.listen(engine, "handle_error", _keep_values_back)
        return _on_time(engine, settings)
    engine = create_engine(
        url,
        pool_size=_CONNECTIONS,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return _on_time(engine, settings)


def _on_time(engine: Engine, settings: Settings) -> Engine:
    if not settings.days_ahead:
        return engine
    return engine.execution_options(**{clock.AHEAD: timedelta(days=settings.days_ahead)})


def _keep_values_back(context: ExceptionContext) -> None:
    """PostgreSQL's messages quote the values that it refused: of some only the code is told."""
    raised, told = context.original_exception, context.sqlalchemy_exception
    diagnosis = getattr(raised, "diag", None)
    if told is None or diagnosis is None or not diagnosis.sqlstate:
        return
    quoting = diagnosis.sqlstate.startswith("22")  # data exceptions
    message = diagnosis.sqlstate if quoting else f"{diagnosis.sqlstate}: {diagnosis.message_primary}"
    raised.args = (message,)
    told.args = (f"({type(raised).__name__}) {message}",)


def _prepare(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver would begin transactions late, and never for reading
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def upgrade(engine: Engine) -> None:
    """Brings the tables to this version's form. Raises Unready for a database of a newer version.

    Two processes that start at once do not collide: the second waits, and then finds it done. Where
    there is nothing to do, nobody who writes meanwhile is waited for.
    """
    if revision(engine) == head_revision():
        return
    # Only now: to import it takes a tenth of a start.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision(engine: Engine) -> str | None:
    """The migration that the database stands at, None for one without tables.

    Raises Unready when this version does not know it.
    """
    with engine.connect() as connection:
        migrated = inspect(connection).has_table("alembic_version")
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version")) if migrated else None
    if found is not None and found not in _revisions():
        raise Unready(
            f"The database was written by a newer version of Jiebang (migration {found!r}; this version "
            f"knows up to {head_revision()!r}): install that version, or name another database."
        )
    return found


def head_revision() -> str:
    """The migration that this version needs."""
    return _revisions()[-1]


def _revisions() -> list[str]:
    """In order: the files of the migrations begin with their numbers."""
    return sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
