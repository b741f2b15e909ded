"""The second factor: codes by time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp
import pytest
from accounts_support import (
    HOUR,
    NOON,
    PASSWORD,
    SECRETS,
    WRONG,
    acting,
    attempt,
    fail,
    person,
    stored,
)
from databases import ON_BOTH
from sqlalchemy import Engine

from matcher.accounts import totp
from matcher.errors import (
    CodeNeeded,
    Forbidden,
    Invalid,
    NotAllowed,
    NotFound,
    TooManyAttempts,
)
from matcher.sessions import writing

pytestmark = ON_BOTH

SECOND = timedelta(seconds=1)


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
