"""Invitations by link: into an organisation, or to found one on the platform."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matcher import events, organisations, policy
from matcher.accounts import links, members, passwords, people, sign_ins
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.entities import Link, LinkPurpose, Organisation, Person, PlatformRole, Role, SignIn, now
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound, Unauthenticated
from matcher.organisations import OrganisationDraft
from matcher.policy import PLATFORM, Action
from matcher.sessions import reading, writing


@dataclass(frozen=True, slots=True)
class Invitation:
    """What somebody who holds the link is told of it."""

    email: str
    organisation: Organisation | None
    """None: whoever accepts founds one."""
    roles: frozenset[Role]
    has_account: bool
    """Then they sign in before they accept."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What whoever accepts hands in; name and password where they have no account yet."""

    name: str = ""
    password: str = field(default="", repr=False)
    organisation: OrganisationDraft | None = None
    """Of an invitation to found one."""


def invite(
    session: Session,
    actor: Actor,
    secrets: Secrets,
    email: str,
    organisation_id: str,
    roles: Collection[Role],
    *,
    at: datetime | None = None,
) -> tuple[Link, str]:
    """The invitation and what to mail. The answer does not tell whether the address has an account.

    Raises Invalid for an address that is none, or for no role.
    """
    policy.require(actor, Action.INVITE, members.people_of(organisation_id))
    organisations.get(session, organisation_id)
    return _make(session, actor, secrets, email, organisation_id, roles, at or now())


def found(
    session: Session,
    actor: Actor,
    secrets: Secrets,
    email: str,
    roles: Collection[Role] = (Role.MANAGER,),
    *,
    at: datetime | None = None,
) -> tuple[Link, str]:
    """An invitation to bring a new organisation onto the platform; whoever accepts is its manager."""
    policy.require(actor, Action.FOUND)
    return _make(session, actor, secrets, email, None, {*roles, Role.MANAGER}, at or now())


def look(session: Session, actor: Actor, secrets: Secrets, signed: str, *, at: datetime | None = None) -> Invitation:
    """What the link invites to, without using it up. Raises NotAllowed when it is not good (any more)."""
    policy.require(actor, Action.SIGN_IN)
    link = links.look(session, secrets, LinkPurpose.INVITATION, signed, at or now())
    return Invitation(
        email=link.email,
        organisation=organisations.get(session, link.organisation_id) if link.organisation_id else None,
        roles=frozenset(Role(role) for role in link.roles),
        has_account=people.by_email(session, link.email) is not None,
        expires_at=link.expires_at,
    )


def accept(
    engine: Engine, actor: Actor, secrets: Secrets, signed: str, acceptance: Acceptance, *, at: datetime | None = None
) -> tuple[Person, str]:
    """The person and the id of the organisation they belong to now.

    Who has an account accepts signed in to it (else Unauthenticated, or Forbidden in another's);
    who has none gets one, its address confirmed. Raises NotAllowed for a link that is not good,
    Invalid for a draft that does not fit; after those the link is still good.
    """
    policy.require(actor, Action.SIGN_IN)
    at = at or now()
    with reading(engine) as session:
        link = links.look(session, secrets, LinkPurpose.INVITATION, signed, at)
        person = _accepting(session, actor, link)
    if (link.organisation_id is None) != (acceptance.organisation is not None):
        message = "is needed to found one" if link.organisation_id is None else "is named by the invitation"
        raise Invalid(message, place="organisation")
    draft, hashed = None, ""
    if person is None:
        draft = people.drafted(link.email, acceptance.name)
        passwords.check_rule(acceptance.password, email=draft.email, name=draft.name)
        hashed = passwords.hash_password(acceptance.password)
    with writing(engine) as session:
        link = links.use(session, secrets, LinkPurpose.INVITATION, signed, at)
        _require_inviter(session, link)
        person = _accepting(session, actor, link)
        if person is None:
            if draft is None:
                raise Conflict("The account changed meanwhile: open the link again.")
            person = people.add(session, actor, draft, password_hash=hashed, confirmed=at)
        acting = replace(actor, name=people.name_of(person.id), person_id=person.id)
        organisation_id = link.organisation_id or _founded(session, acting, acceptance.organisation)
        roles = {Role(role) for role in link.roles}
        members.join(session, acting, organisation_id, person.id, roles, invitation=link.id)
        session.flush()
        session.refresh(person)
        session.expunge(person)
    return person, organisation_id


def enter(
    session: Session,
    actor: Actor,
    secrets: Secrets,
    signed: str,
    subject: str,
    email: str,
    name: str,
    *,
    address: str = "",
    program: str = "",
    at: datetime | None = None,
) -> tuple[SignIn, str]:
    """Signs in, and accepts with it, for somebody whom a configured identity provider vouches for.

    `email` is the address that the provider has verified, empty where it has none, and has to be the
    invited one. Who has no account gets one, without a password. Whoever is invited to found an
    organisation is signed in only: accepting says what that is. Raises Unauthenticated, NotAllowed.
    """
    policy.require(actor, Action.SIGN_IN)
    at = at or now()
    link = links.look(session, secrets, LinkPurpose.INVITATION, signed, at)
    if not email or people.looked_up(email) != link.email:
        raise Unauthenticated("This invitation is for another address than the one that is verified elsewhere.")
    _require_inviter(session, link)
    if people.by_email(session, link.email) is None and people.by_subject(session, subject) is None:
        draft = people.drafted(link.email, name or link.email.partition("@")[0])
        people.add(session, actor, draft, password_hash="", confirmed=at)
    person = sign_ins.identified(session, actor, subject, email, email_verified=True)
    if person.email != link.email:
        raise Unauthenticated("This invitation is for another account than the one that this identity signs in to.")
    if link.organisation_id is not None:
        link = links.use(session, secrets, LinkPurpose.INVITATION, signed, at)
        acting = replace(actor, name=people.name_of(person.id), person_id=person.id)
        roles = {Role(role) for role in link.roles}
        members.join(session, acting, link.organisation_id or "", person.id, roles, invitation=link.id)
    return sign_ins.begin(session, actor, person, address=address, program=program, at=at)


def _require_inviter(session: Session, link: Link) -> None:
    """Raises NotAllowed when whoever sent the invitation may not invite any more: one who was removed
    would else have kept a way back in."""
    if link.created_by is None:  # sent from the shell
        return
    sender = people.find(session, link.created_by)
    into = link.organisation_id
    action, thing = (Action.FOUND, PLATFORM) if into is None else (Action.INVITE, members.people_of(into))
    for organisation_id in dict.fromkeys((into, None)):
        with suppress(Unauthenticated, Forbidden):
            if policy.can(people.actor_for(session, sender, organisation_id), action, thing).allowed:
                return
    raise NotAllowed("Whoever sent this invitation may not invite any more: ask for a new one.")


def listed(session: Session, actor: Actor, organisation_id: str | None, *, at: datetime | None = None) -> list[Link]:
    """Those into an organisation that still wait; for None those to found one. The newest first."""
    if organisation_id is None:
        policy.require(actor, Action.FOUND)
    else:
        policy.require(actor, Action.INVITE, members.people_of(organisation_id))
    where = Link.organisation_id == organisation_id
    query = select(Link).where(
        Link.purpose == LinkPurpose.INVITATION,
        where if organisation_id else col(Link.organisation_id).is_(None),
        col(Link.used_at).is_(None),
        col(Link.expires_at) > (at or now()),
    )
    return list(session.exec(query.order_by(col(Link.id).desc())))


def take_back(session: Session, actor: Actor, link_id: str, *, at: datetime | None = None) -> None:
    """Raises NotFound for what is no invitation of those one may give."""
    events.lock(session)
    link = session.get(Link, link_id, with_for_update=True, populate_existing=True)
    if link is None or link.purpose is not LinkPurpose.INVITATION:
        raise NotFound("invitation", link_id)
    action, thing = (
        (Action.INVITE, members.people_of(link.organisation_id))
        if link.organisation_id
        else (Action.FOUND, policy.PLATFORM)
    )
    if not policy.can(actor, action, thing).allowed:
        raise NotFound("invitation", link_id)
    if link.used_at is None:
        link.used_at = at or now()
        session.add(link)
        events.record(session, actor, events.Entry("invitation.taken_back", f"invitation:{link_id}"))


def _make(
    session: Session,
    actor: Actor,
    secrets: Secrets,
    email: str,
    organisation_id: str | None,
    roles: Collection[Role],
    at: datetime,
) -> tuple[Link, str]:
    if not roles:
        raise Invalid(f"at least one of {', '.join(Role)} is expected", place="roles")
    link = Link(
        purpose=LinkPurpose.INVITATION,
        email=people.checked_email(email),
        organisation_id=organisation_id,
        roles=sorted(Role(role).value for role in roles),
        created_by=actor.person_id,
        created_at=at,
        expires_at=at,
    )
    signed = links.make(session, secrets, link)
    detail = {"organisation": organisation_id, "roles": link.roles}
    events.record(session, actor, events.Entry("invitation.made", f"invitation:{link.id}", detail))
    return link, signed


def _accepting(session: Session, actor: Actor, link: Link) -> Person | None:
    """Who accepts, None for who has no account yet. Raises Unauthenticated, Forbidden."""
    person = people.by_email(session, link.email)
    if person is None:
        if actor.person_id is not None:
            raise Forbidden("This invitation is for another address: sign out, then open the link again.")
        return None
    if actor.person_id is None:
        raise Unauthenticated("There is an account with the invited address: sign in, then open the link again.")
    if actor.person_id != person.id:
        raise Forbidden("This invitation is for another account than the one that is signed in.")
    policy.require(actor, Action.OWN_ACCOUNT, people.account_of(person.id))
    return person


def _founded(session: Session, actor: Actor, draft: OrganisationDraft | None) -> str:
    assert draft is not None
    # The operator who invited has admitted the organisation; who accepts only says what it is.
    admitted_by = replace(actor, platform_roles=frozenset({PlatformRole.OPERATOR}))
    return organisations.admit(session, admitted_by, draft).id
