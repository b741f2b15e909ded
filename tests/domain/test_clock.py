"""What time it is for deadlines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import ON_BOTH
from sqlalchemy import Engine

from api.db import make_engine, upgrade
from api.settings import Settings
from matcher.engine import clock
from matcher.sessions import reading, writing

SOON = timedelta(seconds=5)


@ON_BOTH
def test_it_is_the_database_s_time_in_utc(engine: Engine) -> None:
    with writing(engine) as session:
        told = clock.of_database(session)
    assert told.tzinfo is UTC
    assert abs(told - datetime.now(UTC)) < SOON


@pytest.mark.parametrize("opened", [reading, writing])
def test_a_rehearsal_runs_ahead_by_days(tmp_path: Path, opened: object) -> None:
    engine = make_engine(Settings(home=tmp_path, days_ahead=400, _env_file=None))
    upgrade(engine)
    with opened(engine) as session:  # type: ignore[operator]
        assert abs(clock.of_database(session) - datetime.now(UTC) - timedelta(days=400)) < SOON
    engine.dispose()
