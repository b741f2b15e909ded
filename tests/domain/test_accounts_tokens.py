"""Personal API tokens: what they may, how long, and who ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from accounts_support import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PASSWORD,
    SECRETS,
    accredit,
    acting,
    organisation,
    person,
    recorded,
    stored,
)
from databases import ON_BOTH
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import select

from matcher.accounts import members, people, sign_ins, tokens, totp
from matcher.accounts.people import NameDraft
from matcher.accounts.tokens import TokenDraft
from matcher.actors import Actor
from matcher.entities import ApiToken, PlatformRole, Role
from matcher.errors import Forbidden, NotFound, Unauthenticated
from matcher.sessions import reading, writing

pytestmark = ON_BOTH


def made(engine: Engine, person_id: str, **draft: object) -> tuple[str, str]:
    """Id and secret."""
    with writing(engine) as session:
        actor = people.actor_for(session, people.find(session, person_id), None)
        wanted = TokenDraft.model_validate({"name": "script", **draft})
        token, secret = tokens.create(session, actor, person_id, wanted, at=NOON)
        return token.id, secret


def by(engine: Engine, secret: str) -> Actor:
    with reading(engine) as session:
        return tokens.actor_of(session, secret, at=NOON, request_id="r-1")[0]


def test_the_secret_is_told_once_and_only_its_hash_is_kept(engine: Engine) -> None:
    mei = person(engine)
    id, secret = made(engine, mei)
    assert secret.startswith("jb_")
    assert len(secret) == 3 + 43
    assert secret != made(engine, mei)[1]
    with reading(engine) as session:
        kept = session.get(ApiToken, id)
        assert kept is not None
        assert secret[3:] not in str(kept.model_dump())
        assert (kept.may_write, kept.organisation_id, kept.expires_at) == (False, None, NOON + 90 * DAY)
        assert recorded(session, f"person:{mei}")[-2:] == ["token.created", "token.created"]


def test_a_token_acts_for_one_organisation_alone_or_in_the_platform_roles_alone(engine: Engine) -> None:
    mei = person(engine)
    company = organisation(engine, manager=mei)
    accredit(engine, mei, PlatformRole.OPERATOR)
    id, secret = made(engine, mei, organisation_id=company, may_write=True)
    assert by(engine, secret) == Actor(
        f"person:{mei}",
        organisation_id=company,
        roles=frozenset({Role.MANAGER}),
        person_id=mei,
        token_id=id,
        request_id="r-1",
    )
    id, secret = made(engine, mei)
    assert by(engine, secret) == Actor(
        f"person:{mei}",
        platform_roles=frozenset({PlatformRole.OPERATOR}),
        person_id=mei,
        may_write=False,
        token_id=id,
        request_id="r-1",
    )


def test_nobody_gets_a_token_for_an_organisation_that_is_not_theirs(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    company = organisation(engine, manager=wei)
    with pytest.raises(Forbidden, match="do not belong"):
        made(engine, mei, organisation_id=company)
    with writing(engine) as session, pytest.raises(NotFound):
        tokens.create(session, acting(engine, mei), wei, TokenDraft(name="x"))


def test_who_leaves_the_organisation_has_no_token_for_it_any_more(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    company = organisation(engine, manager=wei, poster=mei)
    other = organisation(engine, "乙公司", poster=mei)
    _, secret = made(engine, mei, organisation_id=company)
    _, kept = made(engine, mei, organisation_id=other)
    with writing(engine) as session:
        members.set_roles(session, acting(engine, wei, company), company, mei, [])
    with pytest.raises(Unauthenticated, match="unknown, revoked or expired"):
        by(engine, secret)
    assert by(engine, kept).organisation_id == other


def test_a_token_ends_in_time(engine: Engine) -> None:
    mei = person(engine)
    _, secret = made(engine, mei, days=1)
    with reading(engine) as session:
        tokens.actor_of(session, secret, at=NOON + DAY - timedelta(seconds=1))
        with pytest.raises(Unauthenticated):
            tokens.actor_of(session, secret, at=NOON + DAY)


@pytest.mark.parametrize("draft", [{"days": 0}, {"days": 367}, {"name": " "}, {"name": "x" * 101}, {"person_id": "x"}])
def test_a_token_that_makes_no_sense_is_refused(engine: Engine, draft: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TokenDraft.model_validate({"name": "script", **draft})


@pytest.mark.parametrize("secret", ["", "jb_", "jb_" + "a" * 43, "\udcff\x00", "a" * 10_000])
def test_what_is_no_token_is_nobody(engine: Engine, secret: str) -> None:
    with pytest.raises(Unauthenticated):
        by(engine, secret)


def test_its_last_use_is_noted_at_most_once_a_minute(engine: Engine) -> None:
    mei = person(engine)
    id, secret = made(engine, mei)
    noted = []
    for at in (NOON, NOON + MINUTE / 2, NOON + MINUTE, NOON + HOUR):
        with writing(engine) as session:
            _, found = tokens.actor_of(session, secret, at=at)
            if tokens.is_due(found, at):
                tokens.touch(session, id, at=at)
            noted.append(found.last_used_at)
    assert noted == [NOON, NOON, NOON + MINUTE, NOON + HOUR]


def test_one_lists_and_revokes_ones_own_tokens_alone(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    first, secret = made(engine, mei, name="first")
    second, _ = made(engine, mei, name="second")
    made(engine, mei, days=1)
    foreign, _ = made(engine, wei)
    actor = acting(engine, mei)
    with writing(engine) as session:
        assert [one.name for one in tokens.listed(session, actor, mei, at=NOON + DAY)] == ["second", "first"]
        with pytest.raises(NotFound):
            tokens.listed(session, actor, wei)
        for other in (foreign, "nothing"):
            with pytest.raises(NotFound):
                tokens.revoke(session, actor, other)
        tokens.revoke(session, actor, first, at=NOON)
        tokens.revoke(session, actor, first, at=NOON + DAY)
        assert [one.id for one in tokens.listed(session, actor, mei, at=NOON + DAY)] == [second]
        assert recorded(session, f"person:{mei}").count("token.revoked") == 1
        assert session.exec(select(ApiToken.revoked_at).where(ApiToken.id == first)).one() == NOON
    with pytest.raises(Unauthenticated):
        by(engine, secret)


@pytest.mark.parametrize("may_write", [True, False])
def test_a_token_reads_the_account_but_cannot_widen_itself(engine: Engine, may_write: bool) -> None:
    mei = person(engine)
    company = organisation(engine, manager=mei)
    id, secret = made(engine, mei, organisation_id=company, may_write=may_write)
    actor = by(engine, secret)
    with writing(engine) as session:
        assert people.get(session, actor, mei).id == mei
        assert [one.id for one in tokens.listed(session, actor, mei, at=NOON)] == [id]
        for widen in (
            lambda: tokens.create(session, actor, mei, TokenDraft(name="more", may_write=True)),
            lambda: tokens.revoke(session, actor, id),
            lambda: people.rename(session, actor, mei, NameDraft(name="X")),
            lambda: totp.start(session, actor, SECRETS, mei),
            lambda: sign_ins.end_all(session, actor, mei),
            lambda: members.leave(session, actor, company, mei),
        ):
            with pytest.raises(Forbidden, match="Sign in for this: a token may not"):
                widen()
    with pytest.raises(Forbidden):
        people.change_password(engine, actor, SECRETS, mei, old=PASSWORD, new="velvet-harbour-31")
    assert stored(engine, mei).name == "mei"
