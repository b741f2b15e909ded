"""A list holds exactly what the policy shows, and narrowing it tells no more than is shown: random data."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_tables import ACTORS, HOME, OTHER, THIRD, expected_view
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import access, listing
from matcher.actors import Actor
from matcher.drafts import Disclosure
from matcher.entities import Consent, Kind, Need, Organisation, OrganisationKind, ProblemList, Result, now
from matcher.items import TABLES
from matcher.listing import ListFilter
from matcher.policy import View
from matcher.states import ConsentState, ItemState

REGIONS = ("320500", "430100")
FIELDS = ("new_materials.metals", "equipment.robotics", None)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Row:
    """A random item; `let_in` is the state of a consent that OTHER asked for, and whether it has expired."""

    owner: str
    state: ItemState
    tier: Disclosure
    field: str | None
    region: str
    maturity: int | None
    listed: bool
    title: str
    let_in: tuple[ConsentState, bool] | None

    @property
    def consented(self) -> bool:
        return self.let_in == (ConsentState.GRANTED, False)


rows = st.lists(
    st.builds(
        Row,
        owner=st.sampled_from([HOME, OTHER, THIRD]),
        state=st.sampled_from(list(ItemState)),
        tier=st.sampled_from(list(Disclosure)),
        field=st.sampled_from(FIELDS),
        region=st.sampled_from(REGIONS),
        maturity=st.sampled_from([None, 3, 7]),
        listed=st.booleans(),
        title=st.sampled_from(["残碱 control", "coating 涂布"]),
        let_in=st.none() | st.tuples(st.sampled_from(list(ConsentState)), st.booleans()),
    ),
    max_size=8,
)
filters = st.builds(
    ListFilter,
    organisation_id=st.none() | st.sampled_from([HOME, OTHER, THIRD]),
    problem_list_id=st.none() | st.sampled_from([HOME, OTHER]),
    state=st.none() | st.sampled_from(list(ItemState)),
    field=st.none() | st.sampled_from(["new_materials", "equipment"]),
    region=st.none() | st.sampled_from(["320000", "430100"]),
    maturity=st.none() | st.sampled_from([2, 5]),
    disclosure=st.none() | st.sampled_from(list(Disclosure)),
    words=st.none() | st.sampled_from(["残碱", "COATING"]),
)


@contextmanager
def stored(engine: Engine, kind: Kind, drawn: list[Row]) -> Iterator[tuple[Session, dict[str, Row]]]:
    """The rows by id, in a transaction that is rolled back."""
    with Session(engine) as session:
        for name, place in zip((HOME, OTHER, THIRD), (REGIONS[0], REGIONS[1], REGIONS[0]), strict=True):
            session.add(Organisation(id=name, kind=OrganisationKind.COMPANY, name=name, region=place))
        session.flush()
        session.add_all([ProblemList(id=name, organisation_id=name, title=name) for name in (HOME, OTHER, THIRD)])
        session.flush()
        by_id: dict[str, Row] = {}
        for row in drawn:
            number = next(_numbers)
            shared = {
                "number": number,
                "seq": number,
                "organisation_id": row.owner,
                "source_key": str(number),
                "fingerprint": str(number),
                "state": row.state,
                "title": row.title,
                "field": row.field,
                "disclosure": row.tier,
            }
            item: Need | Result
            if kind is Kind.NEED:
                item = Need(**shared, problem_list_id=row.owner if row.listed else None, maturity_wanted=row.maturity)
            else:
                item = Result(**shared, region=row.region, maturity=row.maturity)
            session.add(item)
            by_id[item.id] = row
            if row.let_in is not None:
                state, expired = row.let_in
                session.add(
                    Consent(
                        item_kind=kind,
                        item_id=item.id,
                        owner_id=row.owner,
                        organisation_id=OTHER,
                        asked_by="person:x",
                        why_you="a",
                        what_you_bring="b",
                        what_you_want="c",
                        state=state,
                        expires_at=now() + timedelta(hours=-1 if expired else 1),
                    )
                )
        session.flush()
        yield session, by_id
        session.rollback()


def listed(session: Session, actor: Actor, kind: Kind, narrowed: ListFilter) -> list[str]:
    """All pages."""
    found: list[str] = []
    cursor = None
    while True:
        page = listing.page(session, actor, TABLES[kind], narrowed, cursor=cursor, limit=5)
        found += [item.id for item in page.items]
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor


def view_of(who: str, row: Row) -> View:
    """From the tables that are read, for the columns that say who this is to the row's owner."""
    actor = ACTORS[who]
    if actor.organisation_id == row.owner:
        return View.FULL
    if actor.organisation_id is not None:
        return expected_view(
            "other" if actor.organisation_id == OTHER and row.consented else "third", row.state, row.tier
        )
    return expected_view(who, row.state, row.tier)


def in_order(who: str, by_id: dict[str, Row], ids: list[str]) -> list[str]:
    """Newest first, then what is shown in part, of which the order tells nothing: ids are random."""
    in_part = [id for id in ids if view_of(who, by_id[id]) < View.PUBLIC]
    return [id for id in reversed(by_id) if id in ids and id not in in_part] + sorted(in_part)


def agrees(kind: Kind, row: Row, narrowed: ListFilter) -> bool:
    owner_region = REGIONS[1] if row.owner == OTHER else REGIONS[0]
    region = owner_region if kind is Kind.NEED else row.region
    conditions = [
        narrowed.organisation_id in (None, row.owner),
        narrowed.state in (None, row.state),
        narrowed.disclosure in (None, row.tier),
        narrowed.field is None or (row.field or "").startswith(narrowed.field),
        narrowed.region is None or region.startswith(narrowed.region.rstrip("0")),
        narrowed.words is None or narrowed.words.casefold() in row.title,
    ]
    if kind is Kind.NEED:
        conditions.append(narrowed.problem_list_id in (None, row.owner if row.listed else ""))
    else:
        conditions.append(narrowed.maturity is None or (row.maturity or 0) >= narrowed.maturity)
    return all(conditions)


def needed(narrowed: ListFilter) -> View:
    """What has to be shown of an item that such a list may hold."""
    if narrowed.organisation_id or narrowed.problem_list_id or narrowed.region or narrowed.words:
        return View.PUBLIC
    return View.SUMMARY if narrowed.maturity else View.FIELD


RANDOM = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)


@pytest.mark.parametrize("kind", Kind)
@RANDOM
@given(drawn=rows)
def test_a_list_holds_exactly_what_is_shown(engine: Engine, kind: Kind, drawn: list[Row]) -> None:
    with stored(engine, kind, drawn) as (session, by_id):
        for who, actor in ACTORS.items():
            visible = [id for id, row in by_id.items() if view_of(who, row) > View.NOTHING]
            assert listed(session, actor, kind, ListFilter()) == in_order(who, by_id, visible), who
            viewer = access.viewer(session, actor)
            found = {id: viewer.view(session.get_one(TABLES[kind], id)) for id in by_id}
            assert found == {id: view_of(who, row) for id, row in by_id.items()}, who


@pytest.mark.parametrize("kind", Kind)
def test_a_cursor_that_names_what_is_shown_in_part_tells_nothing_of_when_it_was_posted(
    engine: Engine, kind: Kind
) -> None:
    tiers = [Disclosure.PUBLIC, Disclosure.CONSENT, Disclosure.PUBLIC]
    drawn = [Row(HOME, ItemState.OPEN, tier, None, "320500", None, False, "a", None) for tier in tiers]
    with stored(engine, kind, drawn) as (session, by_id):
        hidden = list(by_id)[1]
        for who in ("anonymous", "third", "match"):
            page = listing.page(session, ACTORS[who], TABLES[kind], ListFilter(), cursor=hidden)
            assert page == listing.Page([], None)


@pytest.mark.parametrize("kind", Kind)
@RANDOM
@given(drawn=rows, narrowed=filters)
def test_a_narrowed_list_holds_what_agrees_in_facts_that_are_shown(
    engine: Engine, kind: Kind, drawn: list[Row], narrowed: ListFilter
) -> None:
    with stored(engine, kind, drawn) as (session, by_id):
        for who, actor in ACTORS.items():
            expected = [
                id for id, row in by_id.items() if view_of(who, row) >= needed(narrowed) and agrees(kind, row, narrowed)
            ]
            assert listed(session, actor, kind, narrowed) == in_order(who, by_id, expected), who
