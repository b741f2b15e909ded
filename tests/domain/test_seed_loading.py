"""The demonstration set goes into a home as users' data does, once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, func, select

from matcher.actors import Actor
from matcher.entities import Event, Need, Organisation, OrganisationKind, ProblemList, Result
from matcher.organisations import named
from matcher.sessions import reading, writing
from seed_data import loading

SOMEBODY = Actor("somebody", trusted=True)


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def count(session: Session, tables: Sequence[type]) -> list[int]:
    return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


def test_all_of_it_is_stored_with_its_events_and_then_left_alone(engine: Engine) -> None:
    told: list[tuple[int, int | None]] = []
    assert loading.fill(engine, SOMEBODY, lambda done, total: told.append((done, total)))
    needs, results, organisations = (lines(path) for path in (loading.NEEDS, loading.RESULTS, loading.ORGANISATIONS))
    assert told[-1] == (needs + results, needs + results)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    with reading(engine) as session:
        assert count(session, [Need, Result, Organisation]) == [needs, results, organisations]
        assert {one.title for one in session.exec(select(ProblemList))} == {loading.PROBLEM_LIST}
        events = count(session, [Event])
        assert set(session.exec(select(Event.actor))) == {"somebody"}

    assert not loading.fill(engine, SOMEBODY)
    with reading(engine) as session:
        assert count(session, [Event]) == events


def test_a_home_in_use_is_not_filled(engine: Engine) -> None:
    with writing(engine) as session:
        named(session, SOMEBODY, ["晨星电池"], OrganisationKind.COMPANY)
    assert not loading.fill(engine, SOMEBODY)
    with reading(engine) as session:
        assert count(session, [Need, Result, Organisation]) == [0, 0, 1]
