"""Signing in, slowing down whoever guesses, the second factor, and what is signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pyotp
import pytest
from accounts_support import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PASSWORD,
    SECRETS,
    acting,
    email,
    organisation,
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

from matcher.accounts import attempts, members, passwords, people, sign_ins, totp
from matcher.actors import ANONYMOUS, COMMAND_LINE
from matcher.entities import Role, SignIn, SignInFailure
from matcher.errors import (
    CodeNeeded,
    Forbidden,
    Invalid,
    NotAllowed,
    NotFound,
    TooManyAttempts,
    Unauthenticated,
)
from matcher.sessions import reading, writing

pytestmark = ON_BOTH

WRONG = "wrong-lantern-77"
SECOND = timedelta(seconds=1)


def attempt(
    engine: Engine, name: str = "mei", password: str = PASSWORD, *, at: datetime = NOON, address: str = "",
    code: str | None = None,
) -> None:  # fmt: skip
    sign_ins.sign_in(engine, ANONYMOUS, SECRETS, email(name), password, code, address=address, at=at)


def fail(engine: Engine, times: int, name: str = "mei", *, at: datetime = NOON, address: str = "") -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated, match="do not go together"):
            attempt(engine, name, WRONG, at=at, address=address)


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


# -- what is signed in ----------------------------------------------------------------------------


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


# -- the second factor ----------------------------------------------------------------------------


def with_second_factor(engine: Engine, person_id: str, at: datetime = NOON - HOUR) -> pyotp.TOTP:
    actor = acting(engine, person_id)
    with writing(engine) as session:
        started = totp.start(session, actor, SECRETS, person_id)
    with writing(engine) as session:
        generator = pyotp.TOTP(started.key)
        totp.confirm(session, actor, SECRETS, person_id, generator.at(at), at=at)
    return generator


def test_a_key_is_sealed_shown_once_and_in_force_when_a_code_confirmed_it(engine: Engine) -> None:
    mei = person(engine)
    actor = acting(engine, mei)
    with writing(engine) as session:
        totp.start(session, actor, SECRETS, mei)
    attempt(engine)
    with writing(engine) as session:
        started = totp.start(session, actor, SECRETS, mei)
        assert started.uri == f"otpauth://totp/Jiebang:mei%40example.com?secret={started.key}&issuer=Jiebang"
        assert started.key not in repr(started)
        with pytest.raises(Invalid, match="not right"):
            totp.confirm(session, actor, SECRETS, mei, "000000", at=NOON)
        totp.confirm(session, actor, SECRETS, mei, pyotp.TOTP(started.key).at(NOON), at=NOON)
        with pytest.raises(NotAllowed):
            totp.confirm(session, actor, SECRETS, mei, "000000", at=NOON)
        with pytest.raises(NotAllowed, match="turn that off first"):
            totp.start(session, actor, SECRETS, mei)
    kept = stored(engine, mei)
    assert kept.totp_since == NOON
    assert started.key.encode() not in (kept.totp_key or b"")


def test_the_code_is_asked_for_only_of_who_knows_the_password(engine: Engine) -> None:
    mei = person(engine)
    generator = with_second_factor(engine, mei)
    fail(engine, 1)
    with pytest.raises(CodeNeeded, match="Give the code"):
        attempt(engine)
    with pytest.raises(CodeNeeded, match="not right"):
        attempt(engine, code="000000")
    code = generator.at(NOON)
    attempt(engine, code=f" {code[:3]} {code[3:]}")


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clocks_may_differ_by_one_step(engine: Engine, seconds: int, good: bool) -> None:
    mei = person(engine)
    code = with_second_factor(engine, mei).at(NOON + timedelta(seconds=seconds))
    if good:
        attempt(engine, code=code)
    else:
        with pytest.raises(CodeNeeded):
            attempt(engine, code=code)


def test_no_code_is_taken_twice_nor_one_from_before_the_last(engine: Engine) -> None:
    mei = person(engine)
    generator = with_second_factor(engine, mei)
    attempt(engine, code=generator.at(NOON))
    for spent in (NOON, NOON - 30 * SECOND):
        with pytest.raises(CodeNeeded):
            attempt(engine, code=generator.at(spent))
    attempt(engine, code=generator.at(NOON + 30 * SECOND))


def test_codes_cannot_be_guessed_on_and_on_nor_the_count_be_wiped_by_leaving_the_code_out(engine: Engine) -> None:
    mei = person(engine)
    with_second_factor(engine, mei)
    for _ in range(5):
        with pytest.raises(CodeNeeded):
            attempt(engine, code="000000")
        with pytest.raises((CodeNeeded, TooManyAttempts)):
            attempt(engine)
    with pytest.raises(TooManyAttempts):
        attempt(engine, code="000000")


@pytest.mark.parametrize("code", ["", " ", "１２３４５６", "12345é", "\ud800", "0" * 5000])
def test_what_is_no_code_is_wrong(engine: Engine, code: str) -> None:
    mei = person(engine)
    with_second_factor(engine, mei)
    with pytest.raises(CodeNeeded):
        attempt(engine, code=code)


def test_turning_it_off_takes_the_password(engine: Engine) -> None:
    mei, wei = person(engine), person(engine, "wei")
    with_second_factor(engine, mei)
    with pytest.raises(Forbidden):
        totp.turn_off(engine, acting(engine, mei), SECRETS, mei, WRONG, at=NOON)
    with pytest.raises(NotFound):
        totp.turn_off(engine, acting(engine, wei), SECRETS, mei, PASSWORD, at=NOON)
    with pytest.raises(CodeNeeded):
        attempt(engine)
    totp.turn_off(engine, acting(engine, mei), SECRETS, mei, PASSWORD, at=NOON)
    attempt(engine)
    kept = stored(engine, mei)
    assert (kept.totp_key, kept.totp_since, kept.totp_last_step) == (None, None, 0)
