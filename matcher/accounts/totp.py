"""The optional second factor: a code of six digits that changes every half minute (RFC 6238)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

import pyotp
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events, policy
from matcher.accounts import people
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.entities import Person, now
from matcher.errors import Conflict, Invalid, NotAllowed
from matcher.policy import Action
from matcher.sessions import writing

ISSUER = "Jiebang"
STEP = 30
"""Seconds that one code stands for."""

_WINDOW = 1
"""Steps by which clocks may differ."""


@dataclass(frozen=True, slots=True)
class Started:
    """What an authenticator has to be told. Shown until it is confirmed, and never again."""

    key: str = field(repr=False)
    uri: str = field(repr=False)
    """The same for a picture to be scanned."""


def start(session: Session, actor: Actor, secrets: Secrets, person_id: str) -> Started:
    """A new key, in force once `confirm` has seen a code of it. Raises NotAllowed where there is one in force."""
    policy.require(actor, Action.OWN_ACCOUNT, people.account_of(person_id))
    person = people.hold(session, person_id)
    if person.totp_since is not None:
        raise NotAllowed("There is a second factor already: turn that off first.")
    key = pyotp.random_base32()
    person.totp_key, person.totp_last_step = secrets.seal("totp", key.encode()), 0
    session.add(person)
    events.record(session, actor, events.Entry("person.second_factor_started", people.name_of(person_id)))
    return Started(key, pyotp.TOTP(key).provisioning_uri(name=person.email, issuer_name=ISSUER))


def confirm(
    session: Session, actor: Actor, secrets: Secrets, person_id: str, code: str, *, at: datetime | None = None
) -> Person:
    """From now on a code is asked for at every sign-in by password. Raises Invalid for a wrong one."""
    policy.require(actor, Action.OWN_ACCOUNT, people.account_of(person_id))
    at = at or now()
    person = people.hold(session, person_id)
    if person.totp_since is not None or person.totp_key is None:
        raise NotAllowed("There is no second factor to be confirmed.")
    if not take(session, secrets, person, code, at):
        raise Invalid("this code is not right; is the clock of the device?", place="code")
    person.totp_since = at
    session.add(person)
    events.record(session, actor, events.Entry("person.second_factor_on", people.name_of(person_id)))
    return person


def take(session: Session, secrets: Secrets, person: Person, code: str, at: datetime) -> bool:
    """Whether the code is right just now; a right one is used up, and so are those before it.

    `person` is held (`people.hold`), so that no code is good twice, even in two requests at once.
    """
    if person.totp_key is None:
        return False
    generator = pyotp.TOTP(secrets.unseal("totp", person.totp_key).decode(), interval=STEP)
    given = unicodedata.normalize("NFKC", "".join(code.split()))
    if not given.isascii():
        return False
    present = int(at.timestamp()) // STEP
    for step in range(present - _WINDOW, present + _WINDOW + 1):
        if pyotp.utils.strings_equal(given, generator.generate_otp(step)) and step > person.totp_last_step:
            person.totp_last_step = step
            session.add(person)
            return True
    return False


def turn_off(
    engine: Engine, actor: Actor, secrets: Secrets, person_id: str, password: str, *, at: datetime | None = None
) -> None:
    """Raises Forbidden for a wrong password, TooManyAttempts."""
    policy.require(actor, Action.OWN_ACCOUNT, people.account_of(person_id))
    proved = people.prove_password(engine, secrets, person_id, password, at=at)
    with writing(engine) as session:
        person = people.hold(session, person_id)
        if person.password_hash != proved.password_hash:
            raise Conflict("The password was changed meanwhile.")
        remove(session, actor, person)


def remove(session: Session, actor: Actor, person: Person) -> None:
    """The last step of turning it off: nothing where there is none."""
    if person.totp_key is not None:
        person.totp_key, person.totp_since, person.totp_last_step = None, None, 0
        session.add(person)
        events.record(session, actor, events.Entry("person.second_factor_off", people.name_of(person.id)))
