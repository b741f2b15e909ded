"""What time it is for deadlines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from answers_support import Stage
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import Session, select

from api import housekeeping
from api.db import make_engine, upgrade
from api.settings import Settings
from matcher.engine import clock
from matcher.engine.challenge_drafts import RoundPlan
from matcher.entities import AnswerText, Round
from matcher.sessions import reading, writing

SOON = timedelta(seconds=5)


@ON_BOTH
def test_it_is_the_database_s_time_in_utc(engine: Engine) -> None:
    with writing(engine) as session:
        told = clock.of_database(session)
    assert told.tzinfo is UTC
    assert abs(told - datetime.now(UTC)) < SOON


@pytest.fixture
def ahead(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(Settings(home=tmp_path, days_ahead=400, _env_file=None))
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("opened", [reading, writing])
def test_a_rehearsal_runs_ahead_by_days(ahead: Engine, opened: object) -> None:
    with opened(ahead) as session:  # type: ignore[operator]
        assert abs(clock.of_database(session) - datetime.now(UTC) - timedelta(days=400)) < SOON
        assert abs(clock.unshifted(session) - datetime.now(UTC)) < SOON


def test_a_process_that_runs_ahead_ends_nobody_s_key_before_the_true_deadline(ahead: Engine) -> None:
    now = datetime.now(UTC)
    with Session(ahead) as session:
        stage = Stage(session)
        challenge = stage.publish(rounds=[RoundPlan(deadline=now + timedelta(days=days)) for days in (1, 90, 500)])
        stage.handed_in(challenge)
        session.commit()
        housekeeping.run(ahead)
        session.expire_all()
        text = session.exec(select(AnswerText).where(AnswerText.handed_in)).one()
        assert text.own_key is not None
        session.exec(select(Round).where(Round.number == 1)).one().deadline = now
        session.commit()
        housekeeping.run(ahead)
        session.expire_all()
        assert text.own_key is None
