"""Accounts: register, find, rename, change the password, disable, erase; and the actor somebody is."""

from __future__ import annotations

from contextlib import suppress

import pytest
from accounts_support import (
    DAY,
    NOON,
    PASSWORD,
    SECRETS,
    accredit,
    acting,
    email,
    operator,
    organisation,
    person,
    recorded,
    signed_in,
    stored,
)
from databases import ON_BOTH
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, select

from matcher import events
from matcher.accounts import erasure, keys, links, members, passwords, people, sign_ins, tokens
from matcher.accounts.people import NameDraft, PersonDraft
from matcher.accounts.tokens import TokenDraft
from matcher.actors import ANONYMOUS, COMMAND_LINE, Actor
from matcher.entities import ApiToken, Event, Link, Membership, PlatformRole, Role, SignIn
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound, TooManyAttempts, Unauthenticated
from matcher.sessions import reading, writing

pytestmark = ON_BOTH

NEW = "velvet-harbour-31"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Mei.Lin@Example.COM ", "mei.lin@example.com"),
        ("mei+lab@例子.中国", "mei+lab@xn--fsqu00a.xn--fiqs8s"),
    ],
)
def test_an_address_has_one_form(engine: Engine, typed: str, kept: str) -> None:
    with writing(engine) as session:
        made = people.register(session, COMMAND_LINE, PersonDraft(email=typed, name="Mei"))
        assert made.email == kept
        found = people.by_email(session, typed.upper())
        assert found is not None
        assert found.id == made.id
        with pytest.raises(Conflict, match="already an account"):
            people.register(session, COMMAND_LINE, PersonDraft(email=kept.upper(), name="Another"))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "mei",
        "mei@",
        "@example.com",
        "mei lin@example.com",
        "mei@example.com\nBcc: x@y.cn",
        "Mei <mei@example.com>",
        "梅@example.com",
        "mei@localhost",
        "a" * 250 + "@example.com",
        "\udcff@example.com",
    ],
)
def test_what_is_no_address_makes_no_account(engine: Engine, typed: str) -> None:
    with pytest.raises(ValidationError, match="not an e-mail address"):
        PersonDraft(email=typed, name="Mei")
    with reading(engine) as session:
        assert people.by_email(session, typed) is None


def test_the_record_names_people_by_id_alone(engine: Engine) -> None:
    mei = person(engine)
    with reading(engine) as session:
        (event,) = session.exec(select(Event))
        assert (event.action, event.thing, event.detail) == ("person.registered", f"person:{mei}", {})


def test_only_operators_make_list_and_look_at_accounts(engine: Engine) -> None:
    mei, other = person(engine), person(engine, "wei")
    olga = operator(engine)
    with writing(engine) as session:
        for actor, error in ((ANONYMOUS, Unauthenticated), (acting_in(session, mei), Forbidden)):
            with pytest.raises(error):
                people.register(session, actor, PersonDraft(email="x@example.com", name="X"))
            with pytest.raises(error):
                people.listed(session, actor)
            for somebody in (other, "nobody"):
                with pytest.raises(NotFound):
                    people.get(session, actor, somebody)
        assert people.get(session, acting_in(session, mei), mei).id == mei
        assert people.get(session, olga, mei).id == mei
        assert [one.name for one in people.listed(session, olga)] == ["mei", "wei", "olga"]
        assert [one.name for one in people.listed(session, olga, cursor=mei, limit=1)] == ["wei"]
        with pytest.raises(NotFound):
            people.get(session, olga, "nobody")


def acting_in(session: Session, person_id: str) -> Actor:
    return people.actor_for(session, people.find(session, person_id), None)


def test_an_actor_has_the_roles_of_the_organisation_acted_for(engine: Engine) -> None:
    mei = person(engine)
    first = organisation(engine, "甲公司", manager=mei)
    second = organisation(engine, "乙公司", poster=mei)
    third = organisation(engine, "丙公司")
    accredit(engine, mei, PlatformRole.GRADER)
    grader = frozenset({PlatformRole.GRADER})
    with reading(engine) as session:
        one = people.find(session, mei)
        actor = people.actor_for(session, one, first, request_id="r-1")
        assert (actor.name, actor.person_id, actor.request_id) == (f"person:{mei}", mei, "r-1")
        assert (actor.roles, actor.platform_roles) == ({Role.MANAGER}, grader)
        assert people.actor_for(session, one, second).roles == {Role.POSTER}
        alone = people.actor_for(session, one, second, platform=False, may_write=False)
        assert (alone.platform_roles, alone.may_write, alone.trusted) == (frozenset(), False, False)
        nowhere = people.actor_for(session, one, None)
        assert (nowhere.organisation_id, nowhere.roles, nowhere.platform_roles) == (None, frozenset(), grader)
        for other in (third, "nowhere"):
            with pytest.raises(Forbidden, match="do not belong"):
                people.actor_for(session, one, other)


def test_one_renames_oneself_and_nobody_else(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    with writing(engine) as session:
        actor = acting_in(session, mei)
        people.rename(session, actor, mei, NameDraft(name=" Mei Lin "))
        people.rename(session, actor, mei, NameDraft(name="Mei Lin"))
        with pytest.raises(NotFound):
            people.rename(session, actor, wei, NameDraft(name="X"))
        assert recorded(session, f"person:{mei}") == ["person.registered", "person.renamed"]
    assert (stored(engine, mei).name, stored(engine, wei).name) == ("Mei Lin", "wei")


def token_of(engine: Engine, person_id: str) -> str:
    with writing(engine) as session:
        return tokens.create(session, COMMAND_LINE, person_id, TokenDraft(name="nightly"), at=NOON)[1]


def token_refused(engine: Engine, secret: str) -> bool:
    with reading(engine) as session, suppress(Unauthenticated):
        tokens.actor_of(session, secret, at=NOON)
        return False
    return True


def test_a_new_password_takes_the_old_one_and_ends_other_sign_ins_and_tokens(engine: Engine) -> None:
    mei = person(engine)
    present, _ = signed_in(engine)
    _, elsewhere = signed_in(engine)
    actor = acting(engine, mei)
    secret = token_of(engine, mei)
    ended = people.change_password(engine, actor, SECRETS, mei, old=PASSWORD, new=NEW, sign_in_id=present, at=NOON)
    assert ended == keys.Ended(sign_ins=1, tokens=1)
    assert token_refused(engine, secret)
    with reading(engine) as session:
        [changed] = events.of_thing(session, f"person:{mei}")[-1:]
        assert (changed.action, changed.detail) == (
            "person.password_changed",
            {"sign_ins_ended": 1, "tokens_revoked": 1},
        )
    with reading(engine) as session:
        assert [one.id for one in sign_ins.listed(session, actor, mei, at=NOON)] == [present]
        with pytest.raises(Unauthenticated):
            sign_ins.actor_of(session, elsewhere, at=NOON)
    assert passwords.check(NEW, stored(engine, mei).password_hash)[0]
    assert not passwords.check(PASSWORD, stored(engine, mei).password_hash)[0]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [("wrong-lantern-77", NEW, Forbidden), (PASSWORD, "short", Invalid), (PASSWORD, "mei@example.com", Invalid)],
)
def test_a_password_stays_when_the_change_is_refused(
    engine: Engine, old: str, new: str, error: type[Exception]
) -> None:
    mei = person(engine)
    _, token = signed_in(engine)
    with pytest.raises(error):
        people.change_password(engine, acting(engine, mei), SECRETS, mei, old=old, new=new, at=NOON)
    assert passwords.check(PASSWORD, stored(engine, mei).password_hash)[0]
    with reading(engine) as session:
        sign_ins.actor_of(session, token, at=NOON)


def test_the_old_password_cannot_be_guessed_on_and_on(engine: Engine) -> None:
    mei = person(engine)
    actor = acting(engine, mei)
    for _ in range(5):
        with pytest.raises(Forbidden):
            people.change_password(engine, actor, SECRETS, mei, old="wrong-lantern-77", new=NEW, at=NOON)
    with pytest.raises(TooManyAttempts):
        people.change_password(engine, actor, SECRETS, mei, old=PASSWORD, new=NEW, at=NOON)


def test_nobody_changes_anothers_password_and_only_a_shell_sets_one(engine: Engine) -> None:
    mei = person(engine)
    olga = operator(engine)
    with pytest.raises(NotFound):
        people.change_password(engine, olga, SECRETS, mei, old=PASSWORD, new=NEW)
    with pytest.raises(Forbidden):
        people.set_password(engine, olga, mei, NEW)
    _, token = signed_in(engine)
    secret = token_of(engine, mei)
    assert people.set_password(engine, COMMAND_LINE, mei, NEW, at=NOON) == keys.Ended(sign_ins=1, tokens=1)
    assert token_refused(engine, secret)
    with reading(engine) as session, pytest.raises(Unauthenticated):
        sign_ins.actor_of(session, token, at=NOON)
    assert passwords.check(NEW, stored(engine, mei).password_hash)[0]


def test_a_disabled_account_does_nothing_until_it_is_enabled(engine: Engine) -> None:
    mei = person(engine)
    company = organisation(engine, "甲公司", manager=mei)
    olga = operator(engine)
    _, token = signed_in(engine)
    with writing(engine) as session:
        draft = TokenDraft(name="script", organisation_id=company)
        _, secret = tokens.create(session, acting_in(session, mei), mei, draft, at=NOON)
        with pytest.raises(Forbidden):
            people.disable(session, acting_in(session, mei), mei)
        people.disable(session, olga, mei, reason="left", at=NOON)
        people.disable(session, olga, mei, at=NOON)
    with writing(engine) as session:
        with pytest.raises(Unauthenticated):
            sign_ins.actor_of(session, token, at=NOON)
        with pytest.raises(Unauthenticated, match="disabled"):
            tokens.actor_of(session, secret, at=NOON)
        with pytest.raises(Unauthenticated, match="disabled"):
            acting_in(session, mei)
        people.enable(session, olga, mei)
    with reading(engine) as session:
        assert tokens.actor_of(session, secret, at=NOON)[0].person_id == mei
        with pytest.raises(Unauthenticated):
            sign_ins.actor_of(session, token, at=NOON)
        assert recorded(session, f"person:{mei}")[-2:] == ["person.disabled", "person.enabled"]


def test_the_last_operator_is_neither_disabled_nor_erased(engine: Engine) -> None:
    olga = operator(engine)
    assert olga.person_id is not None
    with writing(engine) as session:
        for actor in (olga, COMMAND_LINE):
            with pytest.raises(NotAllowed, match="last operator"):
                people.disable(session, actor, olga.person_id)
            with pytest.raises(NotAllowed, match="last operator"):
                erasure.erase(session, actor, olga.person_id)
    second = operator(engine, "otto")
    with writing(engine) as session:
        people.disable(session, olga, str(second.person_id))
        with pytest.raises(NotAllowed, match="last operator"):
            people.disable(session, olga, olga.person_id)


def test_of_an_erased_person_nothing_stays_but_the_id(engine: Engine) -> None:
    mei = person(engine)
    olga = operator(engine)
    company = organisation(engine, "甲公司", manager=mei)
    accredit(engine, mei, PlatformRole.MATCHMAKER)
    signed_in(engine)
    with writing(engine) as session:
        actor = people.actor_for(session, people.find(session, mei), company)
        tokens.create(session, actor, mei, TokenDraft(name="meis laptop"), at=NOON)
        links.request_reset(session, ANONYMOUS, SECRETS, email("mei"), at=NOON)
        people.choose_language(session, actor, mei, "zh-Hant")
        people.disable(session, olga, mei, reason="Mei Lin moved to Suzhou")
        people.enable(session, olga, mei)
        with pytest.raises(NotFound):
            sign_ins.end(session, olga, "x")
        erasure.erase(session, actor, mei, at=NOON + DAY)
        erasure.erase(session, olga, mei, at=NOON + 2 * DAY)
    with reading(engine) as session:
        left = people.find(session, mei)
        assert left.model_dump(exclude={"created_at"}) == {
            "id": mei,
            "email": f"{mei}@erased.invalid",
            "name": "",
            "password_hash": "",
            "language": None,
            "email_confirmed_at": None,
            "totp_key": None,
            "totp_since": None,
            "totp_last_step": 0,
            "subject": None,
            "disabled_at": NOON + DAY,
            "erased_at": NOON + DAY,
        }
        for table in (SignIn, ApiToken, Membership, Link):
            assert list(session.exec(select(table))) == []
        written = " ".join(str(event.detail) for event in session.exec(select(Event)))
        assert "Suzhou" not in written
        assert "mei" not in written.replace(mei, "")
        assert "person.erased" in recorded(session, f"person:{mei}")
        assert [one.id for one in people.listed(session, olga)] == [olga.person_id]
        assert events.head(session)[0] > 0


def test_an_erased_account_comes_back_in_no_way_and_its_address_is_free(engine: Engine) -> None:
    mei = person(engine)
    with writing(engine) as session:
        erasure.erase(session, COMMAND_LINE, mei)
    with pytest.raises(NotAllowed, match="erased"):
        people.set_password(engine, COMMAND_LINE, mei, NEW)
    with writing(engine) as session:
        with pytest.raises(NotAllowed, match="erased"):
            people.enable(session, COMMAND_LINE, mei)
        assert links.request_reset(session, ANONYMOUS, SECRETS, f"{mei}@erased.invalid") is None
    assert person(engine, "mei") != mei


def test_only_oneself_in_person_and_operators_erase(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    company = organisation(engine, "甲公司", manager=wei)
    with writing(engine) as session:
        members.set_roles(session, COMMAND_LINE, company, mei, [Role.POSTER])
        _, secret = tokens.create(session, acting_in(session, mei), mei, TokenDraft(name="t", may_write=True))
        by_token, _ = tokens.actor_of(session, secret)
        manager = people.actor_for(session, people.find(session, wei), company)
        for actor, error in ((by_token, Forbidden), (manager, Forbidden), (ANONYMOUS, Unauthenticated)):
            with pytest.raises(error):
                erasure.erase(session, actor, mei)
        erasure.erase(session, acting_in(session, mei), mei)
    assert stored(engine, mei).name == ""
