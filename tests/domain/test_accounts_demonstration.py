"""The demonstration's people: one of each kind, there only when asked for."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from matcher.accounts import passwords, people
from matcher.actors import COMMAND_LINE
from matcher.entities import Organisation, OrganisationKind, Person, PlatformRole, Role
from matcher.sessions import reading, writing
from seed_data import loading
from seed_data import people as demonstration


@pytest.fixture
def filled(engine: Engine) -> Engine:
    assert loading.fill(engine, COMMAND_LINE, accounts=True)
    return engine


def test_there_is_one_of_each_kind_and_all_sign_in_with_the_password_told(filled: Engine) -> None:
    kinds = set()
    with reading(filled) as session:
        for person in session.exec(select(Person)):
            assert passwords.check(demonstration.PASSWORD, person.password_hash)[0]
            for kind in (OrganisationKind.COMPANY, OrganisationKind.LAB):
                for organisation in session.exec(select(Organisation).where(Organisation.kind == kind)):
                    try:
                        actor = people.actor_for(session, person, organisation.id)
                    except people.Forbidden:
                        continue
                    kinds |= {(kind, role) for role in actor.roles}
            kinds |= {("platform", role) for role in people.platform_roles(session, person.id)}
        assert len(demonstration.there(session)) == len(demonstration.ACCOUNTS)
    assert kinds == {
        (OrganisationKind.COMPANY, Role.POSTER),
        (OrganisationKind.COMPANY, Role.MANAGER),
        (OrganisationKind.LAB, Role.RESEARCHER),
        (OrganisationKind.LAB, Role.MANAGER),
        *(("platform", role) for role in PlatformRole),
    }


def test_the_password_keeps_the_rule_that_all_passwords_keep() -> None:
    for account in demonstration.ACCOUNTS:
        passwords.check_rule(demonstration.PASSWORD, email=account.email, name=account.name)


def test_accounts_that_were_changed_are_not_told_any_more(filled: Engine) -> None:
    first, second, *rest = demonstration.ACCOUNTS
    with reading(filled) as session:
        ids = {person.email: person.id for person in session.exec(select(Person))}
    people.set_password(filled, COMMAND_LINE, ids[first.email], "velvet-harbour-31")
    with writing(filled) as session:
        people.disable(session, COMMAND_LINE, ids[second.email])
        assert demonstration.there(session) == rest


def test_without_asking_and_in_a_home_in_use_there_is_nobody(engine: Engine) -> None:
    assert loading.fill(engine, COMMAND_LINE)
    assert not loading.fill(engine, COMMAND_LINE, accounts=True)
    with reading(engine) as session:
        assert session.exec(select(Person)).all() == []
        assert demonstration.there(session) == []
