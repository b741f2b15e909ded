"""Migration 0002 hashes the events of 0001 anew, and keeps what proves that they are the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from databases import Postgres, postgres_engine
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

import api
from api.db import make_engine, upgrade
from api.settings import Settings
from matcher import events
from matcher.actors import Actor
from matcher.entities import Event
from matcher.events import Entry
from matcher.record.verification import Flaw, verify
from matcher.sessions import WRITES, reading, writing

DETAILS: list[dict[str, Any]] = [{"title": "电池", "share": 0.5}, {}, {"reason": "solved", "list": [1, None, True]}]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INSERT = text(
    "INSERT INTO event (id, at, actor, organisation_id, action, thing, detail, previous_hash, hash)"
    " VALUES (:id, :at, :actor, :organisation_id, :action, :thing, :detail, :previous_hash, :hash)"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database that stands at migration 0001."""
    if request.param == "sqlite":
        engine = make_engine(Settings(home=tmp_path, _env_file=None))
        _to_0001(engine)
        yield engine
        engine.dispose()
    else:
        running: Postgres = request.getfixturevalue("postgres")
        with running.database(empty=True) as url, postgres_engine(url) as engine:
            _to_0001(engine)
            yield engine


def _to_0001(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(api.__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")


def _fill(engine: Engine, count: int) -> str:
    """Events as the first version wrote them; the head's hash."""
    previous = ""
    rows = []
    for number in range(1, count + 1):
        row = {
            "id": number,
            "at": NOON + timedelta(microseconds=number),
            "actor": "tester",
            "organisation_id": None if number % 2 else "org-1",
            "action": "need.edited",
            "thing": f"need:{number % 7}",
            "detail": DETAILS[number % 3],
            "previous_hash": previous,
        }
        said = json.dumps(
            row | {"at": row["at"].isoformat(timespec="microseconds")},  # type: ignore[attr-defined]
            sort_keys=True,
            ensure_ascii=False,
            separators=(",", ":"),
        )
        previous = row["hash"] = sha256(said.encode()).hexdigest()
        rows.append(row)
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        for row in rows:
            row["detail"] = json.dumps(row["detail"])
            if engine.dialect.name == "sqlite":
                row["at"] = row["at"].strftime("%Y-%m-%d %H:%M:%S.%f")  # type: ignore[attr-defined]
        if rows:
            connection.execute(INSERT, rows)
        connection.execute(text("UPDATE event_head SET event_id = :id, hash = :hash"), {"id": count, "hash": previous})
    return previous


def test_the_events_of_the_first_version_are_chained_anew(old: Engine) -> None:
    """More of them than are read at once."""
    old_head = _fill(old, 2003)
    upgrade(old)
    with reading(old) as session:
        found = verify(session)
        assert (found.broken, found.events, found.head) == (None, 2004, found.head)
        rows = list(session.exec(select(Event).order_by("id")))
        assert [row.detail for row in rows[:-1]] == [DETAILS[number % 3] for number in range(1, 2004)]
        assert [(row.at, row.request_id, row.erased_at) for row in rows[:2]] == [
            (NOON + timedelta(microseconds=number), "", None) for number in (1, 2)
        ]
        assert (rows[-1].action, rows[-1].thing, rows[-1].detail) == (
            "record.rechained",
            "record",
            {"old_head": {"event_id": 2003, "hash": old_head}, "first_broken": None},
        )
        assert events.head(session) == (2004, rows[-1].hash)


def test_the_record_goes_on_after_the_migration(old: Engine) -> None:
    _fill(old, 3)
    upgrade(old)
    with writing(old) as session:
        assert events.record(session, Actor("tester"), Entry("need.edited", "need:1")) == 5
        assert events.erase(session, Actor("tester"), "need:1", "asked for it") == 2
        assert verify(session).intact


def test_an_empty_record_stays_empty(old: Engine) -> None:
    upgrade(old)
    with reading(old) as session:
        assert events.head(session) == (0, "")
        assert verify(session).events == 0


@pytest.mark.parametrize("filled", [0, 3])
def test_events_are_kept_from_change_afterwards(old: Engine, filled: int) -> None:
    _fill(old, filled)
    upgrade(old)
    with writing(old) as session:
        events.record(session, Actor("tester"), Entry("a", "need:1", {"a": 1}))
    with pytest.raises(IntegrityError, match="events are not"), writing(old) as session:
        session.execute(text("UPDATE event SET actor = 'somebody else'"))


@pytest.mark.parametrize(
    ("done", "first_broken"),
    [
        ("UPDATE event SET actor = 'somebody else' WHERE id = 2", 2),
        ("UPDATE event SET hash = previous_hash WHERE id = 3", 3),
        ("UPDATE event_head SET hash = 'x'", 4),
    ],
)
def test_what_was_changed_before_is_not_made_good_in_silence(old: Engine, done: str, first_broken: int) -> None:
    _fill(old, 3)
    with old.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text(done))
    upgrade(old)
    with reading(old) as session:
        [told] = events.of_thing(session, "record")
        assert told.detail["first_broken"] == first_broken
        assert verify(session).intact


@pytest.mark.parametrize(("gone", "missing"), [(1, 1), (2, 2), (3, 3)])
def test_events_removed_before_are_missed_afterwards(old: Engine, gone: int, missing: int) -> None:
    _fill(old, 3)
    with old.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text(f"DELETE FROM event WHERE id = {gone}"))
    upgrade(old)
    with reading(old) as session:
        broken = verify(session).broken
    assert broken is not None
    assert (broken.event_id, broken.flaw) == (missing, Flaw.NUMBER)
