"""People and organisations for tests of accounts, on a clock of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events, organisations
from matcher.accounts import accreditations, members, passwords, people, sign_ins
from matcher.accounts.accreditations import AccreditationDraft
from matcher.accounts.people import PersonDraft
from matcher.accounts.secrets import Secrets
from matcher.actors import ANONYMOUS, COMMAND_LINE, Actor
from matcher.entities import OrganisationKind, Person, PlatformRole, Role
from matcher.errors import Unauthenticated
from matcher.organisations import OrganisationDraft
from matcher.sessions import reading, writing

SECRETS = Secrets(bytes(range(32)))
PASSWORD = "quartz-lantern-77"
WRONG = "wrong-lantern-77"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def person(engine: Engine, name: str = "mei", *, password: str = PASSWORD, confirmed: bool = True) -> str:
    """Somebody with an account, by id; the address is the name at example.com."""
    hashed = passwords.hash_password(password) if password else ""
    with writing(engine) as session:
        draft = PersonDraft(email=email(name), name=name)
        made = people.register(
            session, COMMAND_LINE, draft, password_hash=hashed, confirmed=NOON if confirmed else None
        )
        return made.id


def email(name: str) -> str:
    return f"{name}@example.com"


def organisation(engine: Engine, name: str = "甲公司", **roles: str) -> str:
    """An organisation, by id, and the roles of people in it: `manager=mei` gives Mei that role."""
    with writing(engine) as session:
        draft = OrganisationDraft(kind=OrganisationKind.COMPANY, name=name)
        made = organisations.admit(session, COMMAND_LINE, draft).id
        for role, person_id in roles.items():
            members.set_roles(session, COMMAND_LINE, made, person_id, [Role(role)])
    return made


def operator(engine: Engine, name: str = "olga") -> Actor:
    made = person(engine, name)
    accredit(engine, made, PlatformRole.OPERATOR)
    return acting(engine, made)


def accredit(engine: Engine, person_id: str, role: PlatformRole) -> None:
    with writing(engine) as session:
        accreditations.grant(session, COMMAND_LINE, person_id, AccreditationDraft(role=role))


def acting(engine: Engine, person_id: str, organisation_id: str | None = None) -> Actor:
    with reading(engine) as session:
        return people.actor_for(session, people.find(session, person_id), organisation_id)


def signed_in(engine: Engine, name: str = "mei", at: datetime = NOON) -> tuple[str, str]:
    """The id of a new sign-in, and its token."""
    made, token = sign_ins.sign_in(engine, ANONYMOUS, SECRETS, email(name), PASSWORD, at=at)
    return made.id, token


def stored(engine: Engine, person_id: str) -> Person:
    with reading(engine) as session:
        return people.find(session, person_id)


def recorded(session: Session, thing: str) -> list[str]:
    return [event.action for event in events.of_thing(session, thing)]


def attempt(
    engine: Engine, name: str = "mei", password: str = PASSWORD, *, at: datetime = NOON, address: str = "",
    code: str | None = None,
) -> None:  # fmt: skip
    sign_ins.sign_in(engine, ANONYMOUS, SECRETS, email(name), password, code, address=address, at=at)


def fail(engine: Engine, times: int, name: str = "mei", *, at: datetime = NOON, address: str = "") -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated, match="do not go together"):
            attempt(engine, name, WRONG, at=at, address=address)
