"""The database: its migrations, its transactions, and what it keeps to itself."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from databases import ON_BOTH, postgres_engine
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import SQLModel, select

from api.db import head_revision, make_engine, revision, upgrade
from api.settings import Settings
from matcher.entities import EventHead, Organisation, OrganisationKind
from matcher.errors import Unready
from matcher.sessions import reading, writing


@ON_BOTH
def test_an_upgraded_empty_database_has_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_every_table_is_in_postgresqls_reach() -> None:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateTable

    made = [str(CreateTable(table).compile(dialect=postgresql.dialect())) for table in SQLModel.metadata.sorted_tables]
    assert len(made) == len(SQLModel.metadata.tables)


@ON_BOTH
def test_the_record_of_events_starts_at_nothing(engine: Engine) -> None:
    with reading(engine) as session:
        assert session.exec(select(EventHead)).one() == EventHead(id=1, event_id=0, hash="")


@ON_BOTH
def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    assert revision(engine) == head_revision()


@ON_BOTH
def test_upgrading_does_not_wait_for_a_writer_when_there_is_nothing_to_do(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(text("UPDATE event_head SET event_id = event_id"))
        upgrade(engine)


def test_a_database_without_tables_stands_at_no_migration(tmp_path: Path) -> None:
    engine = make_engine(Settings(home=tmp_path, _env_file=None))
    assert revision(engine) is None
    engine.dispose()


@ON_BOTH
def test_a_database_of_a_newer_version_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unready, match="newer version of Jiebang .*'9999'"):
        upgrade(engine)


def test_processes_that_start_at_once_upgrade_once(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; import sys; from api.db import make_engine, upgrade; "
        "from api.settings import Settings; upgrade(make_engine(Settings(home=Path(sys.argv[1]), _env_file=None)))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    complaints = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0], complaints
    engine = make_engine(Settings(home=tmp_path, _env_file=None))
    with reading(engine) as session:
        assert len(session.exec(select(EventHead)).all()) == 1
    engine.dispose()


def test_writers_that_read_first_take_turns(engine: Engine) -> None:
    """Without a write lock from the beginning, all but one would fail: what they read is outdated."""

    def count_up() -> None:
        for _ in range(20):
            with writing(engine) as session:
                head = session.exec(select(EventHead)).one()
                head.event_id += 1
                session.add(head)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as session:
        assert session.exec(select(EventHead)).one().event_id == 80


@ON_BOTH
def test_a_reader_sees_one_moment_while_others_write(engine: Engine) -> None:
    with reading(engine) as session:
        before = session.exec(select(EventHead.event_id)).one()
        with writing(engine) as other:
            other.execute(text("UPDATE event_head SET event_id = 7"))
        assert session.exec(select(EventHead.event_id)).one() == before
    with reading(engine) as session:
        assert session.exec(select(EventHead.event_id)).one() == 7


@ON_BOTH
def test_a_key_that_leads_nowhere_is_refused(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.execute(text("INSERT INTO problem_list VALUES ('a', 'nobody', 'title', '2026-01-01 00:00:00.000000')"))


@ON_BOTH
def test_errors_do_not_repeat_what_was_to_be_stored(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(Organisation(kind=OrganisationKind.COMPANY, name="秘密公司"))
    with pytest.raises(IntegrityError) as caught, writing(engine) as session:
        session.add(Organisation(kind=OrganisationKind.COMPANY, name="秘密公司"))
    assert "秘密公司" not in str(caught.value)


def test_nor_do_those_that_postgresql_words_with_a_value_in_them(postgresql_url: str) -> None:
    asked = text("SELECT CAST(:words AS INTEGER)")
    with postgres_engine(postgresql_url) as engine, pytest.raises(DataError) as caught, engine.connect() as connection:
        connection.execute(asked, {"words": "秘密公司"})
    assert "秘密公司" not in str(caught.value)
    assert "秘密公司" not in str(caught.value.orig)
