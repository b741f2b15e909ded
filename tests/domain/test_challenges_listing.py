"""The public list holds exactly what the policy lets each read, however it is narrowed: random data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pytest
from challenges_support import BEGIN, DAY
from databases import ON_BOTH
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from policy_tables import ACTORS, HOME, OTHER, THIRD
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import policy
from matcher.actors import ANONYMOUS, Actor
from matcher.challenges import listing
from matcher.challenges.listing import ChallengeFilter
from matcher.engine import challenge_moves
from matcher.entities import Challenge, ChallengeInvitation, Organisation, OrganisationKind
from matcher.errors import Invalid
from matcher.mechanisms import SHIPPED
from matcher.policy import Action
from matcher.states import ChallengeState

REGIONS = {HOME: "320500", OTHER: "430100", THIRD: "320500"}


@dataclass(frozen=True)
class Row:
    owner: str
    state: ChallengeState
    mechanism: str
    funder: str | None
    invited: tuple[str, bool] | None
    """An organisation, and whether it is to invest."""
    field: str | None
    budget: int | None
    currency: str
    days: int
    title: str


rows = st.builds(
    Row,
    owner=st.sampled_from([HOME, OTHER, THIRD]),
    state=st.sampled_from(list(ChallengeState)),
    mechanism=st.sampled_from(["race", "directed_commission", "explorer", "invest_to_evaluate"]),
    funder=st.none() | st.sampled_from([OTHER, THIRD]),
    invited=st.none() | st.tuples(st.sampled_from([HOME, OTHER, THIRD]), st.booleans()),
    field=st.sampled_from(["new_materials.metals", "equipment.robotics", None]),
    budget=st.sampled_from([None, 10, 20]),
    currency=st.sampled_from(["CNY", "EUR"]),
    days=st.integers(1, 3),
    title=st.sampled_from(["残碱 control", "coating 涂布 100%"]),
)
filters = st.builds(
    ChallengeFilter,
    organisation_id=st.none() | st.sampled_from([HOME, OTHER]),
    mechanism=st.none() | st.sampled_from(["race", "directed_commission"]),
    state=st.none() | st.sampled_from(list(ChallengeState)),
    field=st.none() | st.sampled_from(["new_materials", "equipment"]),
    region=st.none() | st.sampled_from(["320000", "430100"]),
    budget_min=st.none() | st.just(Decimal(15)),
    budget_max=st.none() | st.just(Decimal(15)),
    deadline_from=st.none() | st.just(BEGIN + 2 * DAY),
    deadline_until=st.none() | st.just(BEGIN + 2 * DAY),
    words=st.none() | st.sampled_from(["残碱", "COATING", "0%", "摘要"]),
    published=st.none() | st.booleans(),
    invited=st.none() | st.booleans(),
)

RANDOM = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
SECRET = Row(HOME, ChallengeState.ANSWERING, "directed_commission", None, (OTHER, True), None, None, "CNY", 1, "a")
"""Who is asked to invest has no part in what is open to those asked to answer."""


@contextmanager
def stored(engine: Engine, drawn: list[Row]) -> Iterator[tuple[Session, dict[str, Row]]]:
    """The rows by id, in a transaction that is rolled back."""
    with Session(engine) as session:
        for name, region in REGIONS.items():
            session.add(Organisation(id=name, kind=OrganisationKind.COMPANY, name=name, region=region))
        session.flush()
        by_id = {}
        for row in drawn:
            there = row.state not in challenge_moves.UNPUBLISHED
            challenge = Challenge(
                organisation_id=row.owner,
                state=row.state,
                mechanism=row.mechanism,
                rules=challenge_moves.rules_of(SHIPPED[row.mechanism]),
                title=row.title,
                content={"summary": "摘要" if row.budget else ""},
                field=row.field,
                region=REGIONS[row.owner],
                budget=None if row.budget is None else Decimal(row.budget),
                currency=row.currency,
                deadline=deadline(row),
                funder_id=row.funder,
                published_at=BEGIN if there else None,
            )
            session.add(challenge)
            session.flush()
            if row.invited:
                id, invests = row.invited
                session.add(ChallengeInvitation(challenge_id=challenge.id, organisation_id=id, invests=invests))
            by_id[challenge.id] = row
        session.flush()
        yield session, by_id
        session.rollback()


def deadline(row: Row) -> datetime | None:
    return BEGIN + row.days * DAY if row.state not in challenge_moves.UNPUBLISHED else None


def listed(session: Session, actor: Actor, narrowed: ChallengeFilter) -> list[str]:
    """All pages."""
    found: list[str] = []
    cursor = None
    while True:
        page = listing.page(session, actor, narrowed, cursor=cursor, limit=3)
        found += [one.id for one in page.items]
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor


def may_read(session: Session, actor: Actor, id: str) -> bool:
    challenge = session.get_one(Challenge, id)
    return policy.can(actor, Action.READ_CHALLENGE, challenge_moves.thing(session, challenge)).allowed


def agrees(row: Row, actor: Actor, narrowed: ChallengeFilter) -> bool:
    said, due = narrowed, deadline(row)
    sums = said.budget_min is not None or said.budget_max is not None
    return all(
        [
            said.organisation_id in (None, row.owner),
            said.mechanism in (None, row.mechanism),
            said.state in (None, row.state),
            said.field is None or (row.field or "").startswith(said.field),
            said.region is None or REGIONS[row.owner].startswith(said.region.rstrip("0")),
            not sums or (row.currency == "CNY" and row.budget is not None),
            said.budget_min is None or (row.budget or 0) >= said.budget_min,
            said.budget_max is None or (row.budget or 0) <= said.budget_max,
            said.deadline_from is None or (due is not None and due >= said.deadline_from),
            said.deadline_until is None or (due is not None and due <= said.deadline_until),
            said.words is None or said.words.casefold() in row.title or (said.words == "摘要" and bool(row.budget)),
            said.published in (None, due is not None),
            said.invited in (None, bool(row.invited and row.invited[0] == actor.organisation_id)),
        ]
    )


@ON_BOTH
@RANDOM
@given(drawn=st.lists(rows, max_size=8))
@example(drawn=[SECRET])
def test_a_list_holds_exactly_what_may_be_read(engine: Engine, drawn: list[Row]) -> None:
    with stored(engine, drawn) as (session, by_id):
        for who, actor in ACTORS.items():
            expected = sorted((id for id in by_id if may_read(session, actor, id)), reverse=True)
            assert listed(session, actor, ChallengeFilter()) == expected, who


@RANDOM
@given(drawn=st.lists(rows, max_size=8), narrowed=filters)
def test_a_narrowed_list_holds_what_agrees(engine: Engine, drawn: list[Row], narrowed: ChallengeFilter) -> None:
    with stored(engine, drawn) as (session, by_id):
        for who, actor in ACTORS.items():
            expected = [
                id for id, row in by_id.items() if may_read(session, actor, id) and agrees(row, actor, narrowed)
            ]
            assert listed(session, actor, narrowed) == sorted(expected, reverse=True), who
            feed = {one.id for one in listing.latest(session, actor, narrowed)}
            assert feed == {id for id in expected if deadline(by_id[id]) is not None}, who
            due = {one.id for one in listing.due(session, actor, narrowed)}
            assert due == {id for id in expected if by_id[id].state is ChallengeState.ANSWERING}, who


def test_a_mechanism_that_nobody_knows_is_refused_with_those_that_one_may_know(engine: Engine) -> None:
    """One that an operator has taken away is known to who may read a challenge under it."""
    known = ["dance", "race"]
    own = ACTORS["manager"]
    with stored(engine, [SECRET]) as (session, (id, *_)):
        session.get_one(Challenge, id).mechanism = "gone"
        for actor, names in ((own, "dance, gone, race"), (ANONYMOUS, "dance, race")):
            for asked in (listing.page, listing.latest, listing.due):
                with pytest.raises(Invalid, match=f"^mechanism: unknown mechanism 'rac'; known are {names}$"):
                    asked(session, actor, ChallengeFilter(mechanism="rac"), mechanisms=known)
        page = listing.page(session, own, ChallengeFilter(mechanism="gone"), mechanisms=known)
        assert [one.id for one in page.items] == [id]
        assert listing.latest(session, ANONYMOUS, ChallengeFilter(mechanism="dance"), mechanisms=known) == []
