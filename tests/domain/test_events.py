from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from databases import ON_BOTH
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from matcher import events
from matcher.actors import Actor
from matcher.entities import Event
from matcher.errors import Invalid, NotFound
from matcher.events import Entry
from matcher.sessions import reading, writing

pytestmark = ON_BOTH

ACTOR = Actor("tester", "org-1", request_id="request-1")


def test_events_are_numbered_in_a_row_and_each_carries_the_hash_of_the_one_before(engine: Engine) -> None:
    with writing(engine) as session:
        first = events.record(session, ACTOR, Entry("need.posted", "need:1", {"fingerprint": "f"}))
        rest = events.record_all(session, ACTOR, [Entry("need.edited", "need:1"), Entry("need.close", "need:1")])
    assert [first, *rest] == [1, 2, 3]
    with reading(engine) as session:
        rows = list(session.exec(select(Event).order_by(col(Event.id))))
        assert [row.previous_hash for row in rows] == ["", rows[0].hash, rows[1].hash]
        assert events.head(session) == (3, rows[2].hash)
        assert [(row.actor, row.organisation_id, row.request_id, row.detail) for row in rows] == [
            ("tester", "org-1", "request-1", {"fingerprint": "f"}),
            ("tester", "org-1", "request-1", {}),
            ("tester", "org-1", "request-1", {}),
        ]


def test_the_hash_of_an_event_is_what_the_documentation_says(engine: Engine) -> None:
    at = datetime(2026, 3, 2, 20, 0, 0, 7, tzinfo=timezone(timedelta(hours=8)))
    with writing(engine) as session:
        events.record(session, ACTOR, Entry("need.posted", "need:1", {"b": "电池", "a": [1.5, None]}), at=at)
        row = session.exec(select(Event)).one()
        salt, detail_hash, found = row.salt, row.detail_hash, row.hash
    assert detail_hash == sha256(f'{salt}{{"a":[1.5,null],"b":"电池"}}'.encode()).hexdigest()
    body = f'[1,"2026-03-02T12:00:00.000007+00:00","tester","org-1","need.posted","need:1","request-1","{detail_hash}"]'
    assert found == sha256(sha256(body.encode()).hexdigest().encode()).hexdigest()


def test_events_of_the_same_words_have_different_hashes_of_them(engine: Engine) -> None:
    """Otherwise an erased detail could be found by trying out what it may have been."""
    with writing(engine) as session:
        events.record_all(session, ACTOR, [Entry("a", "need:1", {"yes": True})] * 3)
        hashes = session.exec(select(Event.detail_hash)).all()
    assert len(set(hashes)) == 3


@pytest.mark.parametrize("detail", [{"at": object()}, {"share": float("nan")}, {"who": {1, 2}}])
def test_a_detail_that_json_cannot_say_is_refused(engine: Engine, detail: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)), writing(engine) as session:
        events.record(session, ACTOR, Entry("a", "need:1", detail))
    with reading(engine) as session:
        assert events.head(session) == (0, "")


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


def test_erasing_empties_the_details_of_one_thing_and_says_so(engine: Engine) -> None:
    with writing(engine) as session:
        told = [Entry("a", "person:1", {"name": "梅"}), Entry("a", "person:2", {"name": "兰"}), Entry("b", "person:1")]
        events.record_all(session, ACTOR, told)
        before = [row.hash for row in session.exec(select(Event).order_by(col(Event.id)))]
    with writing(engine) as session:
        assert events.erase(session, ACTOR, "person:1", "asked for it") == 2
    with reading(engine) as session:
        rows = list(session.exec(select(Event).order_by(col(Event.id))))
    assert [row.detail for row in rows] == [
        {},
        {"name": "兰"},
        {},
        {"events": [1, 3], "reason": "asked for it"},
    ]
    assert [row.hash for row in rows[:3]] == before
    assert [bool(row.salt) for row in rows] == [False, True, False, True]
    assert [row.erased_at for row in rows] == [rows[3].at, None, rows[3].at, None]
    assert (rows[3].action, rows[3].thing) == ("record.erased", "person:1")


def test_what_is_read_in_the_same_session_is_erased_too(engine: Engine) -> None:
    with writing(engine) as session:
        events.record(session, ACTOR, Entry("a", "person:1", {"name": "梅"}))
        [row] = events.of_thing(session, "person:1")
        events.erase(session, ACTOR, "person:1", "asked for it")
        assert row.detail == {}


def test_erasing_again_erases_only_what_is_new(engine: Engine) -> None:
    with writing(engine) as session:
        events.record(session, ACTOR, Entry("a", "person:1", {"name": "梅"}))
        assert events.erase(session, ACTOR, "person:1", "asked for it") == 1
        assert events.erase(session, ACTOR, "person:1", "asked for it") == 0
        events.record(session, ACTOR, Entry("b", "person:1", {"name": "梅"}))
        assert events.erase(session, ACTOR, [1, 3], "once more") == 1
        rows = session.exec(select(Event).order_by(col(Event.id))).all()
        assert [row.action for row in rows] == ["a", "record.erased", "b", "record.erased"]
        assert [row.detail.get("events") for row in rows] == [None, [1], None, [3]]


def test_more_events_than_one_statement_takes_are_erased(engine: Engine) -> None:
    with writing(engine) as session:
        events.record_all(session, ACTOR, [Entry("a", "person:1", {"name": "梅"})] * 2001)
        assert events.erase(session, ACTOR, "person:1", "asked for it") == 2001
        left = session.exec(select(Event.action).where(col(Event.erased_at).is_(None))).all()
        assert left == ["record.erased"] * 3
        assert events.head(session)[0] == 2004


@pytest.mark.parametrize(("ids", "refused"), [([1, 9], NotFound), ([1, 2], Invalid)])
def test_what_cannot_be_erased_leaves_all_as_it_is(engine: Engine, ids: list[int], refused: type[Exception]) -> None:
    with writing(engine) as session:
        events.record(session, ACTOR, Entry("a", "person:1", {"name": "梅"}))
        events.erase(session, ACTOR, [1], "first")
        events.record(session, ACTOR, Entry("b", "person:1", {"name": "梅"}))
        with pytest.raises(refused):
            events.erase(session, ACTOR, [*ids, 3], "second")
        assert events.of_thing(session, "person:1")[-1].detail == {"name": "梅"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor = 'somebody else' WHERE id = 1",
        "UPDATE event SET detail = '{}' WHERE id = 1",
        "UPDATE event SET detail = '{}', salt = '' WHERE id = 1",
        "UPDATE event SET erased_at = at WHERE id = 1",
        "UPDATE event SET detail = '{}', erased_at = at WHERE id = 1",
        "UPDATE event SET detail = '{\"a\": 1}', salt = '', erased_at = at WHERE id = 1",
        "UPDATE event SET detail = '{}', salt = '', erased_at = at, thing = 'need:2' WHERE id = 1",
        "UPDATE event SET detail = '{}', salt = '', erased_at = at, organisation_id = NULL WHERE id = 1",
        "UPDATE event SET detail = '{\"name\": 1}', salt = '1', erased_at = NULL WHERE id = 2",
        "UPDATE event SET detail = '{}', salt = '', erased_at = '2026-01-01 00:00:00.000000' WHERE id = 2",
        "DELETE FROM event WHERE id = 1",
        "DELETE FROM event",
    ],
)
def test_the_database_refuses_to_change_events(engine: Engine, statement: str) -> None:
    _two_of_which_one_is_erased(engine)
    with reading(engine) as session:
        before = session.execute(text("SELECT * FROM event ORDER BY id")).all()
    with pytest.raises(IntegrityError, match="events are not"), writing(engine) as session:
        session.execute(text(statement))
    with reading(engine) as session:
        assert session.execute(text("SELECT * FROM event ORDER BY id")).all() == before


def test_each_database_refuses_its_own_ways_round_that(engine: Engine) -> None:
    _two_of_which_one_is_erased(engine)
    copied = "SELECT * FROM event WHERE id = 2"
    ways = {
        "sqlite": [f"INSERT OR REPLACE INTO event {copied}", "UPDATE OR REPLACE event SET id = 2 WHERE id = 1"],
        "postgresql": ["TRUNCATE event"],
    }
    for statement in ways[engine.dialect.name]:
        with pytest.raises(IntegrityError, match="events are not"), writing(engine) as session:
            session.execute(text(statement))


def _two_of_which_one_is_erased(engine: Engine) -> None:
    with writing(engine) as session:
        events.record_all(session, ACTOR, [Entry("a", "need:1", {"name": "梅"}), Entry("b", "need:1", {"name": 1})])
        events.erase(session, ACTOR, [2], "for the test")
