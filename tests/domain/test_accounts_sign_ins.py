"""Signing in, and slowing down whoever guesses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from accounts_support import (
    DAY,
    NOON,
    PASSWORD,
    SECRETS,
    WRONG,
    attempt,
    email,
    fail,
    person,
    recorded,
    signed_in,
    stored,
)
from databases import ON_BOTH
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine
from sqlmodel import select

from matcher.accounts import attempts, passwords, people, sign_ins
from matcher.actors import ANONYMOUS, COMMAND_LINE
from matcher.entities import SignIn, SignInFailure
from matcher.errors import (
    TooManyAttempts,
    Unauthenticated,
)
from matcher.sessions import reading, writing

pytestmark = ON_BOTH

SECOND = timedelta(seconds=1)


def counted(engine: Engine) -> int:
    with reading(engine) as session:
        return len(session.exec(select(SignInFailure)).all())


# -- with the password ----------------------------------------------------------------------------


def test_each_sign_in_has_a_token_of_its_own_of_which_only_the_hash_is_kept(engine: Engine) -> None:
    mei = person(engine)
    made, token = sign_ins.sign_in(
        engine, ANONYMOUS, SECRETS, " MEI@example.com", PASSWORD, address="192.0.2.7", program="A" * 999, at=NOON
    )
    _, second = signed_in(engine)
    assert len(token) == 43
    assert token != second
    with reading(engine) as session:
        kept = session.get(SignIn, made.id)
        assert kept is not None
        assert token not in str(kept.model_dump())
        assert (kept.person_id, kept.address, kept.program) == (mei, "192.0.2.7", "A" * 200)
        assert (kept.last_used_at, kept.expires_at) == (NOON, NOON + 14 * DAY)
        actor, found = sign_ins.actor_of(session, token, at=NOON, request_id="r-1")
        assert (actor.person_id, actor.request_id, found.id) == (mei, "r-1", made.id)
        assert recorded(session, f"person:{mei}")[-1] == "person.signed_in"


def disable(engine: Engine, person_id: str) -> None:
    with writing(engine) as session:
        people.disable(session, COMMAND_LINE, person_id)


def no_password(engine: Engine, person_id: str) -> None:
    with writing(engine) as session:
        people.find(session, person_id).password_hash = ""


@pytest.mark.parametrize(
    ("name", "password", "change"),
    [
        ("nobody", PASSWORD, None),
        ("not an address \udcff\x00", PASSWORD, None),
        ("mei", WRONG, None),
        ("mei", "", None),
        ("mei", "\ud800" * 300, None),
        ("mei", PASSWORD, disable),
        ("mei", PASSWORD, no_password),
    ],
)
def test_every_failure_says_the_same_costs_one_verification_and_is_counted(
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    password: str,
    change: Callable[[Engine, str], None] | None,
) -> None:
    mei = person(engine)
    if change:
        change(engine, mei)
    parameters: list[str] = []

    class Counting(Argon2Hasher):
        def verify(self, password: str | bytes, hash: str | bytes) -> bool:
            parameters.append(str(hash).split("$")[3])
            return super().verify(password, hash)

    monkeypatch.setattr(passwords, "HASHES", PasswordHash((Counting(time_cost=1, memory_cost=8, parallelism=1),)))
    with pytest.raises(Unauthenticated) as refused:
        attempt(engine, name, password, address="192.0.2.7")
    assert (type(refused.value), str(refused.value)) == (
        Unauthenticated,
        "This e-mail address and password do not go together.",
    )
    assert parameters == ["m=8,t=1,p=1"]
    assert counted(engine) == 2, "once for the account, once for the address"


def test_after_five_failures_one_waits_twice_as_long_each_time(engine: Engine) -> None:
    person(engine)
    fail(engine, 5)
    waits, at = [], NOON
    for _ in range(10):
        with pytest.raises(TooManyAttempts) as refused:
            attempt(engine, at=at)
        waits.append(refused.value.seconds)
        at += timedelta(seconds=refused.value.seconds)
        if at - NOON >= attempts.WINDOW:
            break
        fail(engine, 1, at=at)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512]


def test_the_longest_wait_is_a_quarter_of_an_hour(engine: Engine) -> None:
    with writing(engine) as session:
        key = SECRETS.hash("account", email("mei"))
        session.add_all(SignInFailure(key=key, at=NOON) for _ in range(1000))
    with pytest.raises(TooManyAttempts) as refused:
        attempt(engine)
    assert refused.value.seconds == 900


def test_who_waits_is_told_how_long_and_refused_attempts_do_not_count(engine: Engine) -> None:
    person(engine)
    fail(engine, 5)
    for _ in range(3):
        with pytest.raises(TooManyAttempts, match="try again in 1 seconds"):
            attempt(engine, at=NOON + 1.5 * SECOND)
    attempt(engine, at=NOON + 2 * SECOND)


def test_an_address_without_an_account_waits_just_the_same(engine: Engine) -> None:
    fail(engine, 5, "nobody")
    with pytest.raises(TooManyAttempts, match="2 seconds"):
        attempt(engine, "nobody")
    with pytest.raises(TooManyAttempts, match="2 seconds"):
        attempt(engine, "NOBODY")


@pytest.mark.parametrize("spelt", ["mei@eｘample.com", "MEI@EXAMPLE.COM", " mei@ｅxample.com"])
def test_an_account_is_slowed_down_however_its_address_is_spelt(engine: Engine, spelt: str) -> None:
    person(engine)
    fail(engine, 5)
    with pytest.raises(TooManyAttempts, match="2 seconds"):
        sign_ins.sign_in(engine, ANONYMOUS, SECRETS, spelt, PASSWORD, address="", at=NOON)


def test_failures_are_forgotten_after_a_quarter_of_an_hour_and_by_a_success(engine: Engine) -> None:
    person(engine)
    fail(engine, 4)
    attempt(engine)
    fail(engine, 4)
    fail(engine, 4, at=NOON + attempts.WINDOW)
    attempt(engine, at=NOON + attempts.WINDOW)
    assert counted(engine) == 0


def test_one_network_address_is_slowed_down_over_all_accounts(engine: Engine) -> None:
    person(engine)
    for number in range(attempts.FREE_PER_ADDRESS):
        fail(engine, 1, f"guess{number}", address="192.0.2.7")
    with pytest.raises(TooManyAttempts):
        attempt(engine, address="192.0.2.7")
    attempt(engine, address="192.0.2.8")


def test_one_success_does_not_wipe_out_an_addresss_failures(engine: Engine) -> None:
    person(engine)
    for number in range(attempts.FREE_PER_ADDRESS):
        attempt(engine, address="192.0.2.7")
        fail(engine, 1, f"guess{number}", address="192.0.2.7")
    with pytest.raises(TooManyAttempts):
        attempt(engine, address="192.0.2.7")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("somewhere", "somewhere", True),
    ],
)
def test_an_address_counts_as_its_network(engine: Engine, first: str, second: str, same: bool) -> None:
    for number in range(attempts.FREE_PER_ADDRESS):
        fail(engine, 1, f"guess{number}", address=first)
    with pytest.raises(TooManyAttempts if same else Unauthenticated) as refused:
        attempt(engine, "another", address=second)
    assert isinstance(refused.value, TooManyAttempts) is same


def test_neither_addresses_nor_names_are_kept_of_failures(engine: Engine) -> None:
    fail(engine, 1, address="192.0.2.7")
    with reading(engine) as session:
        keys = [row.key for row in session.exec(select(SignInFailure))]
    assert [len(key) for key in keys] == [64, 64]
    assert set(keys) == {SECRETS.hash("account", email("mei")), SECRETS.hash("address", "192.0.2.7")}


def test_an_outdated_hash_is_replaced_at_sign_in_and_the_password_stays(engine: Engine) -> None:
    mei = person(engine)
    outdated = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=16, parallelism=1),)).hash(PASSWORD)
    with writing(engine) as session:
        people.find(session, mei).password_hash = outdated
    attempt(engine)
    assert stored(engine, mei).password_hash.split("$")[3] == "m=8,t=1,p=1"
    attempt(engine)


def test_a_password_changed_while_it_was_checked_does_not_sign_in(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    mei = person(engine)
    check = passwords.check

    def slow(password: str, hashed: str) -> tuple[bool, str | None]:
        found = check(password, hashed)
        with writing(engine) as session:
            people.find(session, mei).password_hash = passwords.hash_password("velvet-harbour-31")
        return found

    monkeypatch.setattr(passwords, "check", slow)
    with pytest.raises(Unauthenticated, match="do not go together"):
        attempt(engine)


# -- elsewhere ------------------------------------------------------------------------------------

SUBJECT = "https://id.example.com#17"


def elsewhere(engine: Engine, subject: str = SUBJECT, address: str = "mei@example.com", verified: bool = True) -> str:
    with writing(engine) as session:
        made, _ = sign_ins.sign_in_elsewhere(session, ANONYMOUS, subject, address, email_verified=verified, at=NOON)
        return made.person_id


def test_an_identity_is_known_by_its_address_once_and_by_its_name_from_then_on(engine: Engine) -> None:
    mei = person(engine)
    assert elsewhere(engine) == mei
    assert elsewhere(engine, address="other@example.com", verified=False) == mei
    with reading(engine) as session:
        assert recorded(session, f"person:{mei}").count("person.identity_linked") == 1


@pytest.mark.parametrize(
    ("address", "verified", "confirmed"),
    [("mei@example.com", False, True), ("mei@example.com", True, False), ("wei@example.com", True, True)],
)
def test_an_identity_without_a_confirmed_account_here_is_refused(
    engine: Engine, address: str, verified: bool, confirmed: bool
) -> None:
    person(engine, confirmed=confirmed)
    with pytest.raises(Unauthenticated, match="ask for an invitation"):
        elsewhere(engine, address=address, verified=verified)


def test_another_identity_does_not_take_an_account_over_and_a_disabled_one_has_none(engine: Engine) -> None:
    mei = person(engine)
    elsewhere(engine)
    with pytest.raises(Unauthenticated):
        elsewhere(engine, "https://id.example.com#18")
    disable(engine, mei)
    with pytest.raises(Unauthenticated):
        elsewhere(engine)
