"""Whatever is done to the record behind the program's back is found, and its first place named."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from databases import ON_BOTH
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlmodel import Session

from matcher import events
from matcher.actors import Actor
from matcher.entities import Event, EventHead
from matcher.events import Entry
from matcher.record import hashing, lines
from matcher.record.verification import Flaw, Head, Verification, verify
from matcher.sessions import WRITES, reading, writing

pytestmark = ON_BOTH

EVENT = Event.__table__  # type: ignore[attr-defined]
HEAD = EventHead.__table__  # type: ignore[attr-defined]

LAST = 11
ERASED, EXPLAINING = 4, 9
"""The event whose detail is erased, and the one that says so."""
ITS_DETAIL = {"name": "兰"}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_AT_ONCE", 3)


@pytest.fixture
def recorded(engine: Engine) -> Engine:
    """Eleven events of two actors, the guards taken away."""
    mei, lin = Actor("person:mei", "org-1", request_id="r-1"), Actor("person:lin")
    with writing(engine) as session:
        for number in range(1, EXPLAINING):
            detail = ITS_DETAIL if number == ERASED else {"n": number, "地": [None, 0.5]} if number % 2 else {}
            events.record(session, mei if number % 3 else lin, Entry("need.edited", f"need:{number % 4}", detail))
        events.erase(session, mei, [ERASED], "asked for it")
        events.record_all(session, lin, [Entry("need.close", "need:1", {"reason": "solved"}), Entry("a", "need:2")])
        if engine.dialect.name == "postgresql":
            session.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
        else:
            for name in ("update", "delete", "replace"):
                session.execute(text(f"DROP TRIGGER event_kept_from_{name}"))
    return engine


@contextmanager
def tampering(engine: Engine) -> Iterator[Session]:
    """A session whose changes are seen in it and undone at the end."""
    with Session(engine.execution_options(**{WRITES: True})) as session:
        yield session
        session.rollback()


def rows(session: Session) -> dict[int, dict[str, Any]]:
    return {row["id"]: dict(row) for row in session.execute(select(EVENT).order_by(EVENT.c.id)).mappings()}


def chained(event: dict[str, Any], previous: str) -> dict[str, Any]:
    """The event as somebody who knows how would forge it."""
    names = ("actor", "organisation_id", "action", "thing", "request_id", "detail_hash")
    body = hashing.body_hash(event["id"], hashing.moment(event["at"]), *(event[name] for name in names))
    return event | {"previous_hash": previous, "hash": hashing.link(previous, body)}


def test_a_record_that_nobody_touched_is_intact(recorded: Engine) -> None:
    with reading(recorded) as session:
        found = verify(session)
        assert found == Verification(LAST, 1, Head(*events.head(session)))
        assert found.intact


def test_an_empty_record_is_intact(engine: Engine) -> None:
    with reading(engine) as session:
        assert verify(session) == Verification(0, 0, Head(0, ""))


# -- one thing at a time, with the place expected ---------------------------------------------------

_words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30)
_hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
_moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=6,
)
_columns: dict[str, st.SearchStrategy[Any]] = {
    "at": _moments,
    "actor": _words,
    "organisation_id": st.none() | _words,
    "action": _words,
    "thing": _words,
    "request_id": _words,
    "detail": st.dictionaries(_words, _json, max_size=3),
    "salt": st.text("0123456789abcdef", max_size=32),
    "detail_hash": _hashes,
    "erased_at": st.none() | _moments,
    "previous_hash": _hashes,
    "hash": _hashes,
}
_ids = st.integers(1, LAST)
_one_column = st.sampled_from(sorted(_columns)).flatmap(lambda name: st.tuples(st.just(name), _columns[name]))
MANY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@MANY
@given(id=_ids, changed=_one_column)
def test_any_changed_column_of_any_event_is_found_there(recorded: Engine, id: int, changed: tuple[str, Any]) -> None:
    name, value = changed
    with tampering(recorded) as session:
        if hashing_form(rows(session)[id][name]) == hashing_form(value):
            return
        session.execute(update(EVENT).where(EVENT.c.id == id).values({name: value}))
        found = verify(session)
    assert found.broken is not None
    assert found.broken.event_id == id


def hashing_form(value: Any) -> str:
    """1 and 1.0 and True are equal for Python and not for the record."""
    return hashing.moment(value) if isinstance(value, datetime) else hashing.canonical(value)


@MANY
@given(id=_ids, number=st.integers(-3, LAST + 3).filter(bool))
def test_a_renumbered_event_is_missed(recorded: Engine, id: int, number: int) -> None:
    with tampering(recorded) as session:
        if number in rows(session):
            return
        session.execute(update(EVENT).where(EVENT.c.id == id).values(id=number))
        found = verify(session)
    assert found.broken is not None
    assert (found.broken.event_id, found.broken.flaw) == (min(id, number), Flaw.NUMBER)


@MANY
@given(gone=st.sets(_ids, min_size=1))
def test_removed_events_are_missed_the_end_of_the_record_too(recorded: Engine, gone: set[int]) -> None:
    with tampering(recorded) as session:
        session.execute(delete(EVENT).where(EVENT.c.id.in_(gone)))
        found = verify(session)
    assert found.broken is not None
    assert (found.broken.event_id, found.broken.flaw) == (min(gone), Flaw.NUMBER)
    assert found.head.event_id == min(gone) - 1


@MANY
@given(pair=st.sets(_ids, min_size=2, max_size=2))
def test_two_events_that_changed_places_are_found(recorded: Engine, pair: set[int]) -> None:
    first, second = sorted(pair)
    with tampering(recorded) as session:
        before = rows(session)
        session.execute(delete(EVENT).where(EVENT.c.id.in_(pair)))
        session.execute(insert(EVENT), [before[first] | {"id": second}, before[second] | {"id": first}])
        found = verify(session)
    assert found.broken is not None
    assert found.broken.event_id == first


@MANY
@given(place=st.integers(1, LAST + 1), words=_words, forged=st.booleans())
def test_an_event_slipped_in_is_found(recorded: Engine, place: int, words: str, forged: bool) -> None:
    """Also when it fits the one before it and all that follow are renumbered."""
    with tampering(recorded) as session:
        before = rows(session)
        session.execute(delete(EVENT).where(EVENT.c.id >= place))
        slipped = before[min(place, LAST)] | {"id": place, "actor": words + "?"}
        if forged:
            slipped = chained(slipped, before[place - 1]["hash"] if place > 1 else "")
        moved = [before[id] | {"id": id + 1} for id in range(place, LAST + 1)]
        session.execute(insert(EVENT), [slipped, *moved])
        found = verify(session)
    assert found.broken is not None
    assert found.broken.event_id in ({place, place + 1} if forged else {place})


@pytest.mark.parametrize("number", [0, -1, -(2**62)])
def test_an_event_before_the_first_is_found(recorded: Engine, number: int) -> None:
    with tampering(recorded) as session:
        session.execute(insert(EVENT), [rows(session)[1] | {"id": number}])
        broken = verify(session).broken
    assert broken is not None
    assert (broken.event_id, broken.flaw) == (number, Flaw.NUMBER)


def test_a_tail_rewritten_in_the_right_form_does_not_fit_the_head(recorded: Engine) -> None:
    with tampering(recorded) as session:
        before = rows(session)
        forged = chained(before[LAST] | {"actor": "somebody else"}, before[LAST - 1]["hash"])
        session.execute(update(EVENT).where(EVENT.c.id == LAST).values(forged))
        broken = verify(session).broken
    assert broken is not None
    assert (broken.event_id, broken.flaw) == (LAST, Flaw.HEAD)


@pytest.mark.parametrize(
    ("change", "place", "fault"),
    [
        (update(HEAD).values(event_id=LAST - 1), LAST, Flaw.HEAD),
        (update(HEAD).values(event_id=LAST + 1), LAST + 1, Flaw.NUMBER),
        (update(HEAD).values(hash="0" * 64), LAST, Flaw.HEAD),
        (delete(HEAD), LAST, Flaw.HEAD),
        (insert(HEAD).values(id=2, event_id=LAST, hash="0" * 64), LAST, Flaw.HEAD),
    ],
)
def test_a_head_that_does_not_fit_the_record_is_found(recorded: Engine, change: Any, place: int, fault: Flaw) -> None:
    with tampering(recorded) as session:
        session.execute(change)
        broken = verify(session).broken
    assert broken is not None
    assert (broken.event_id, broken.flaw) == (place, fault)


@pytest.mark.parametrize("id", [1, 5, EXPLAINING, LAST])
def test_a_detail_emptied_without_an_event_that_says_so_is_found(recorded: Engine, id: int) -> None:
    with tampering(recorded) as session:
        emptied = {"detail": {}, "salt": "", "erased_at": datetime(2026, 1, 1, tzinfo=UTC)}
        session.execute(update(EVENT).where(EVENT.c.id == id).values(emptied))
        broken = verify(session).broken
    assert broken is not None
    if id == EXPLAINING:  # what it explained is no longer
        assert (broken.event_id, broken.flaw) == (ERASED, Flaw.ERASURE)
    else:
        assert (broken.event_id, broken.flaw) == (id, Flaw.ERASURE)


def test_an_erased_detail_that_comes_back_is_found(engine: Engine) -> None:
    """From a copy of the database that was made before: it fits its hash."""
    with writing(engine) as session:
        events.record(session, Actor("tester"), Entry("a", "person:1", ITS_DETAIL))
        before = rows(session)[1]
        events.erase(session, Actor("tester"), [1], "asked for it")
        assert verify(session).intact
    with tampering(engine) as session:
        disable = {
            "sqlite": "DROP TRIGGER event_kept_from_update",
            "postgresql": "ALTER TABLE event DISABLE TRIGGER USER",
        }
        session.execute(text(disable[engine.dialect.name]))
        session.execute(update(EVENT).where(EVENT.c.id == 1).values(before))
        broken = verify(session).broken
    assert broken is not None
    assert (broken.event_id, broken.flaw) == (1, Flaw.ERASURE)


# -- a whole new history, and a head noted before it -----------------------------------------------


def test_a_whole_new_chain_is_told_from_the_one_that_was_noted(recorded: Engine) -> None:
    with reading(recorded) as session:
        noted = Head(*events.head(session))
    with writing(recorded) as session:
        events.record(session, Actor("person:mei"), Entry("a", "need:3"))
        assert verify(session, noted=noted).intact
    with tampering(recorded) as session:
        previous = ""
        for event in rows(session).values():
            actor = "somebody else" if event["id"] == 6 else event["actor"]
            event = chained(event | {"actor": actor}, previous)
            previous = event["hash"]
            session.execute(update(EVENT).where(EVENT.c.id == event["id"]).values(event))
        session.execute(update(HEAD).values(hash=previous))
        assert verify(session).intact
        broken = verify(session, noted=noted).broken
        assert broken is not None
        assert (broken.event_id, broken.flaw) == (LAST, Flaw.NOTED)


@pytest.mark.parametrize("noted", [Head(LAST + 1, "0" * 64), Head(0, "0" * 64), Head(LAST, "0" * 64)])
def test_a_noted_event_that_is_not_here_is_missed(recorded: Engine, noted: Head) -> None:
    with reading(recorded) as session:
        broken = verify(session, noted=noted).broken
    assert broken is not None
    assert broken.flaw is Flaw.NOTED


# -- what only hands can have written ---------------------------------------------------------------

_WRONG = [
    "'not JSON'",
    "'[1]'",
    "x'00ff'",
    "'" + "[" * 5000 + "]" * 5000 + "'",
    "'{\"a\": NaN}'",
    '\'{"a": "\\ud800"}\'',
]


def test_values_that_no_event_can_have_are_found_and_not_stumbled_over(recorded: Engine) -> None:
    """SQLite lets any value stand in any column; PostgreSQL refuses most of these itself."""
    if recorded.dialect.name == "postgresql":
        return
    found = {}
    for column in ("detail", "at", "actor", "erased_at", "hash"):
        for wrong in _WRONG:
            with tampering(recorded) as session:
                session.connection().exec_driver_sql(f"UPDATE event SET {column} = {wrong} WHERE id = 5")
                broken = verify(session).broken
            found[column, wrong] = broken and broken.event_id
    assert set(found.values()) == {5}, found


def test_a_long_record_is_walked_in_little_memory(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_AT_ONCE", 100)
    with writing(engine) as session:
        events.record_all(session, Actor("tester"), [Entry("a", "need:1", {"words": "x" * 2000})] * 2000)
    with reading(engine) as session:
        tracemalloc.start()
        assert verify(session).events == 2000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2_000_000, "all of it would be more than 4 MB"
