"""Who belongs to which organisation, in which roles."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, col, delete, select

from matcher import events, organisations, policy
from matcher.accounts import keys, people
from matcher.actors import Actor
from matcher.entities import Membership, Organisation, Person, Role, now
from matcher.errors import NotAllowed, NotFound
from matcher.policy import Action, Thing

T = TypeVar("T", Person, Organisation)


def people_of(organisation_id: str) -> Thing:
    """An organisation, asked about its people."""
    return Thing("organisation", organisation_id, owner=organisation_id)


def of_organisation(session: Session, actor: Actor, organisation_id: str) -> list[tuple[Person, frozenset[Role]]]:
    """In the order in which they came to the platform. Raises NotFound for an unknown organisation."""
    organisations.get(session, organisation_id)
    policy.require(actor, Action.READ_MEMBERS, people_of(organisation_id))
    query = (
        select(Person, Membership.role)
        .join(Membership)
        .where(Membership.organisation_id == organisation_id)
        .order_by(col(Person.id))
    )
    rows = [(person, Role(role)) for person, role in session.exec(query)]
    return _grouped(rows)


def of_person(session: Session, actor: Actor, person_id: str) -> list[tuple[Organisation, frozenset[Role]]]:
    """The organisations that somebody belongs to, in the order of their names."""
    people.require_known(actor, person_id)
    query = (
        select(Organisation, Membership.role)
        .join(Membership)
        .where(Membership.person_id == person_id)
        .order_by(col(Organisation.name))
    )
    rows = [(organisation, Role(role)) for organisation, role in session.exec(query)]
    return _grouped(rows)


def set_roles(
    session: Session,
    actor: Actor,
    organisation_id: str,
    person_id: str,
    roles: Collection[Role],
    *,
    at: datetime | None = None,
) -> frozenset[Role]:
    """Gives exactly these roles; none of them: the person leaves the organisation.

    Managers change the roles of their own people; whoever is not there yet they invite. Raises
    NotFound, and NotAllowed when no manager would be left, unless operators take it on.
    """
    organisations.get(session, organisation_id)
    policy.require(actor, Action.CHANGE_MEMBERS, people_of(organisation_id))
    events.lock(session)
    has = _roles(session, organisation_id, person_id)
    by_operator = policy.can(actor, Action.ADMIT_PERSON).allowed
    if by_operator:
        if not people.active(people.find(session, person_id)) and roles:
            raise NotAllowed("This account is disabled.")
    else:
        if not has:
            raise NotFound("member", person_id)
        _keep_a_manager(session, organisation_id, person_id, roles)
    return _replace(session, actor, organisation_id, person_id, has, roles, at or now())


def leave(session: Session, actor: Actor, organisation_id: str, person_id: str, *, at: datetime | None = None) -> None:
    """Raises NotFound for an organisation one does not belong to, NotAllowed for its last manager."""
    policy.require(actor, Action.OWN_ACCOUNT, people.account_of(person_id))
    events.lock(session)
    has = _roles(session, organisation_id, person_id)
    if not has:
        raise NotFound("organisation", organisation_id)
    _keep_a_manager(session, organisation_id, person_id, ())
    _replace(session, actor, organisation_id, person_id, has, (), at or now())


def join(
    session: Session, actor: Actor, organisation_id: str, person_id: str, roles: Collection[Role], *, invitation: str
) -> None:
    """The last step of accepting an invitation: these roles besides what the person has already."""
    policy.require(actor, Action.OWN_ACCOUNT, people.account_of(person_id))
    has = _roles(session, organisation_id, person_id)
    _replace(session, actor, organisation_id, person_id, has, has | set(roles), now(), invitation=invitation)


def remove_everywhere(session: Session, actor: Actor, person_id: str, at: datetime) -> None:
    """The memberships of somebody whose account is erased."""
    for organisation_id in set(
        session.exec(select(Membership.organisation_id).where(Membership.person_id == person_id))
    ):
        has = _roles(session, organisation_id, person_id)
        _replace(session, actor, organisation_id, person_id, has, (), at)


def _replace(
    session: Session,
    actor: Actor,
    organisation_id: str,
    person_id: str,
    has: frozenset[Role],
    wanted: Collection[Role],
    at: datetime,
    *,
    invitation: str = "",
) -> frozenset[Role]:
    roles = frozenset(Role(role) for role in wanted)
    if roles == has:
        return roles
    theirs = (col(Membership.person_id) == person_id, col(Membership.organisation_id) == organisation_id)
    session.execute(delete(Membership).where(*theirs, col(Membership.role).in_(has - roles)))
    added = sorted(roles - has)
    session.add_all(
        Membership(person_id=person_id, organisation_id=organisation_id, role=role, since=at) for role in added
    )
    if not roles:
        keys.act_for_none(session, person_id, organisation_id)
        keys.revoke_tokens(session, person_id, at, organisation_id=organisation_id)
    detail = {"person": person_id, "roles": sorted(roles), "before": sorted(has)}
    if invitation:
        detail["invitation"] = invitation
    events.record(session, actor, events.Entry("membership.changed", f"organisation:{organisation_id}", detail))
    return roles


def _keep_a_manager(session: Session, organisation_id: str, person_id: str, roles: Collection[Role]) -> None:
    """Raises NotAllowed when nobody else who can sign in is a manager, and this person would cease to be one."""
    if Role.MANAGER in roles:
        return
    query = (
        select(Person.id)
        .join(Membership)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role == Role.MANAGER,
            col(Person.disabled_at).is_(None),
        )
    )
    if set(session.exec(query)) == {person_id}:
        raise NotAllowed("This is the organisation's last manager: make somebody else a manager first.")


def _roles(session: Session, organisation_id: str, person_id: str) -> frozenset[Role]:
    query = select(Membership.role).where(
        Membership.organisation_id == organisation_id, Membership.person_id == person_id
    )
    return frozenset(Role(role) for role in session.exec(query))


def _grouped(rows: Iterable[tuple[T, Role]]) -> list[tuple[T, frozenset[Role]]]:
    found: dict[str, tuple[T, set[Role]]] = {}
    for thing, role in rows:
        found.setdefault(thing.id, (thing, set()))[1].add(role)
    return [(thing, frozenset(roles)) for thing, roles in found.values()]
