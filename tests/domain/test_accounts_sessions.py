"""What is signed in: for whom it acts, how long it lasts, listing and ending it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from accounts_support import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    acting,
    organisation,
    person,
    recorded,
    signed_in,
)
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import select

from matcher.accounts import members, sign_ins
from matcher.entities import Role, SignIn
from matcher.errors import (
    Forbidden,
    NotFound,
    Unauthenticated,
)
from matcher.sessions import reading, writing

pytestmark = ON_BOTH

SECOND = timedelta(seconds=1)


def touched(engine: Engine, token: str, at: datetime) -> SignIn:
    with writing(engine) as session:
        _, found = sign_ins.actor_of(session, token, at=at)
        if sign_ins.is_due(found, at):
            sign_ins.touch(session, found.id, at=at)
        session.flush()
        return SignIn(**found.model_dump())


def test_use_is_noted_at_most_once_a_minute_and_puts_off_the_end(engine: Engine) -> None:
    person(engine)
    _, token = signed_in(engine)
    assert touched(engine, token, NOON + MINUTE - SECOND).last_used_at == NOON
    used = touched(engine, token, NOON + MINUTE)
    assert (used.last_used_at, used.expires_at) == (NOON + MINUTE, NOON + MINUTE + 14 * DAY)


def test_two_idle_weeks_or_three_months_end_a_sign_in(engine: Engine) -> None:
    person(engine)
    _, token = signed_in(engine)
    at = NOON
    while at + 13 * DAY < NOON + 90 * DAY:
        at += 13 * DAY
        last = touched(engine, token, at)
    assert last.expires_at == NOON + 90 * DAY
    with reading(engine) as session:
        sign_ins.actor_of(session, token, at=NOON + 90 * DAY - SECOND)
        for late in (NOON + 90 * DAY, NOON + 91 * DAY):
            with pytest.raises(Unauthenticated, match="sign in again"):
                sign_ins.actor_of(session, token, at=late)
    _, idle = signed_in(engine)
    with reading(engine) as session, pytest.raises(Unauthenticated):
        sign_ins.actor_of(session, idle, at=NOON + 14 * DAY)


def test_an_ended_sign_in_cannot_be_used_into_life_again(engine: Engine) -> None:
    person(engine)
    _, token = signed_in(engine)
    with writing(engine) as session:
        found = session.exec(select(SignIn)).one()
        sign_ins.touch(session, found.id, at=NOON + 15 * DAY)
        with pytest.raises(Unauthenticated):
            sign_ins.actor_of(session, token, at=NOON + 15 * DAY)


@pytest.mark.parametrize("token", ["", "x", "é\udcff\x00", "a" * 10_000])
def test_what_is_no_token_is_nobody(engine: Engine, token: str) -> None:
    with reading(engine) as session, pytest.raises(Unauthenticated):
        sign_ins.actor_of(session, token)


def test_one_lists_and_ends_ones_own_sign_ins_alone(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    first, token = signed_in(engine)
    second, _ = signed_in(engine, at=NOON + HOUR)
    third, _ = signed_in(engine, at=NOON - HOUR)
    foreign, _ = signed_in(engine, "wei")
    actor = acting(engine, mei)
    with writing(engine) as session:
        assert [one.id for one in sign_ins.listed(session, actor, mei, at=NOON)] == [second, first, third]
        with pytest.raises(NotFound):
            sign_ins.listed(session, actor, wei)
        for other in (foreign, "nothing"):
            with pytest.raises(NotFound):
                sign_ins.end(session, actor, other)
            with pytest.raises(NotFound):
                sign_ins.act_for(session, actor, other, None)
        sign_ins.end(session, actor, second, at=NOON)
        sign_ins.end(session, actor, second, at=NOON)
        assert [one.id for one in sign_ins.listed(session, actor, mei, at=NOON)] == [first, third]
        assert sign_ins.end_all(session, actor, mei, but=first, at=NOON) == 1
        assert sign_ins.end_all(session, actor, mei, but=first, at=NOON) == 0
        assert [one.id for one in sign_ins.listed(session, actor, mei, at=NOON)] == [first]
        assert recorded(session, f"person:{mei}").count("person.signed_out") == 2
        sign_ins.actor_of(session, token, at=NOON)
        with pytest.raises(NotFound):
            sign_ins.end_all(session, actor, wei)


def test_one_acts_for_one_of_ones_organisations_at_a_time_and_for_the_last_one_at_the_next_sign_in(
    engine: Engine,
) -> None:
    mei = person(engine)
    sign_in_id, token = signed_in(engine)
    first = organisation(engine, "甲公司", manager=mei)
    foreign = organisation(engine, "丙公司")

    def acts_for(token: str) -> tuple[str | None, frozenset[Role]]:
        with reading(engine) as session:
            actor, _ = sign_ins.actor_of(session, token, at=NOON)
            return actor.organisation_id, actor.roles

    assert acts_for(token) == (None, frozenset())
    assert acts_for(signed_in(engine)[1]) == (first, {Role.MANAGER}), "the only one"
    second = organisation(engine, "乙公司", poster=mei)
    assert acts_for(signed_in(engine)[1])[0] == first, "the one acted for last"
    with writing(engine) as session:
        sign_ins.act_for(session, acting(engine, mei), sign_in_id, second)
        with pytest.raises(Forbidden, match="do not belong"):
            sign_ins.act_for(session, acting(engine, mei), sign_in_id, foreign)
    assert acts_for(token) == (second, {Role.POSTER})
    with writing(engine) as session:
        members.leave(session, acting(engine, mei, second), second, mei)
    assert acts_for(token) == (None, frozenset())
