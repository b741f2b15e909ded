from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine
from sqlmodel import col, select

from matcher import events
from matcher.actors import Actor
from matcher.entities import Event
from matcher.events import Entry
from matcher.sessions import reading, writing

ACTOR = Actor("tester", "org-1")


def test_events_are_numbered_in_a_row_and_each_carries_the_hash_of_the_one_before(engine: Engine) -> None:
    with writing(engine) as session:
        first = events.record(session, ACTOR, Entry("need.posted", "need:1", {"fingerprint": "f"}))
        rest = events.record_all(session, ACTOR, [Entry("need.edited", "need:1"), Entry("need.close", "need:1")])
    assert [first, *rest] == [1, 2, 3]
    with reading(engine) as session:
        rows = list(session.exec(select(Event).order_by(col(Event.id))))
        assert [row.previous_hash for row in rows] == ["", rows[0].hash, rows[1].hash]
        assert events.head(session) == (3, rows[2].hash)
        assert all(row.hash == events.chained_hash(row.model_dump()) for row in rows)
        assert (rows[0].actor, rows[0].organisation_id, rows[0].detail) == (
            "tester",
            "org-1",
            {"fingerprint": "f"},
        )


def test_a_changed_event_no_longer_fits_its_hash(engine: Engine) -> None:
    with writing(engine) as session:
        events.record(session, ACTOR, Entry("need.posted", "need:1"))
    with reading(engine) as session:
        row = session.exec(select(Event)).one().model_dump()
    assert events.chained_hash(row | {"actor": "somebody else"}) != row["hash"]


def test_the_history_of_one_thing_is_its_own(engine: Engine) -> None:
    with writing(engine) as session:
        events.record_all(session, ACTOR, [Entry("a", "need:1"), Entry("b", "need:2"), Entry("c", "need:1")])
        assert [event.action for event in events.of_thing(session, "need:1")] == ["a", "c"]


def test_what_is_rolled_back_leaves_no_event(engine: Engine) -> None:
    try:
        with writing(engine) as session:
            events.record(session, ACTOR, Entry("a", "need:1"))
            raise RuntimeError
    except RuntimeError:
        pass
    with reading(engine) as session:
        assert events.head(session) == (0, "")


def test_writers_at_the_same_time_make_one_chain(engine: Engine) -> None:
    def write(thread: int) -> None:
        for number in range(10):
            with writing(engine) as session:
                events.record(session, ACTOR, Entry("a", f"need:{thread}-{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    with reading(engine) as session:
        rows = list(session.exec(select(Event).order_by(col(Event.id))))
    assert [row.id for row in rows] == list(range(1, 81))
    assert [row.previous_hash for row in rows] == ["", *(row.hash for row in rows[:-1])]
