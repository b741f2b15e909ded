"""Links sent by mail: signed, good once, for a while. Here those that confirm an address or reset a password.

What is signed is the id of a row; the row says what it is good for. The signed text is not kept, so
whoever reads the database has no links. The caller mails them, and says the same whether or not
there was one to mail.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, Engine, update
from sqlmodel import Session, col, select

from matcher import events, policy
from matcher.accounts import keys, passwords, people
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.entities import Link, LinkPurpose, Person, now
from matcher.errors import NotAllowed
from matcher.policy import Action
from matcher.sessions import reading, writing

LASTS = {
    LinkPurpose.CONFIRM_EMAIL: timedelta(days=3),
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
    LinkPurpose.INVITATION: timedelta(days=14),
}

PAUSE = timedelta(minutes=1)
"""Nobody's mailbox is filled: a second link of the same kind is not made sooner."""

_SPENT = "This link was used, replaced by a newer one, or has expired."


@dataclass(frozen=True, slots=True)
class Letter:
    """What there is to mail."""

    email: str
    name: str
    signed: str = field(repr=False)
    """What the link has to carry."""
    expires_at: datetime


def request_confirmation(
    session: Session, actor: Actor, secrets: Secrets, person_id: str, *, at: datetime | None = None
) -> Letter | None:
    """None when the address is confirmed already, or a link was sent just now."""
    policy.require(actor, Action.OWN_ACCOUNT, people.account_of(person_id))
    person = people.hold(session, person_id)
    if person.email_confirmed_at is not None:
        return None
    return _letter(session, actor, secrets, person, LinkPurpose.CONFIRM_EMAIL, at or now())


def request_reset(
    session: Session, actor: Actor, secrets: Secrets, email: str, *, at: datetime | None = None
) -> Letter | None:
    """None for an address without an account that is in use, or when a link was sent just now."""
    policy.require(actor, Action.SIGN_IN)
    events.lock(session)
    person = people.by_email(session, email)
    if person is None or not people.active(person):
        return None
    return _letter(session, actor, secrets, person, LinkPurpose.RESET_PASSWORD, at or now())


def confirm_email(
    session: Session, actor: Actor, secrets: Secrets, signed: str, *, at: datetime | None = None
) -> Person:
    """Raises NotAllowed for a link that is not good (any more)."""
    policy.require(actor, Action.SIGN_IN)
    at = at or now()
    link = use(session, secrets, LinkPurpose.CONFIRM_EMAIL, signed, at)
    person = _addressee(session, link)
    person.email_confirmed_at = person.email_confirmed_at or at
    session.add(person)
    events.record(session, actor, events.Entry("person.email_confirmed", people.name_of(person.id)))
    return person


def reset_password(
    engine: Engine, actor: Actor, secrets: Secrets, signed: str, new: str, *, at: datetime | None = None
) -> keys.Ended:
    """Ends every sign-in and token, and confirms the address: the link was read there.

    Raises NotAllowed for a link that is not good (any more), Invalid for a password easily guessed,
    after which the link is still good.
    """
    policy.require(actor, Action.SIGN_IN)
    at = at or now()
    with reading(engine) as session:
        person = _addressee(session, look(session, secrets, LinkPurpose.RESET_PASSWORD, signed, at))
    passwords.check_rule(new, email=person.email, name=person.name)
    hashed = passwords.hash_password(new)
    with writing(engine) as session:
        person = _addressee(session, use(session, secrets, LinkPurpose.RESET_PASSWORD, signed, at))
        person.email_confirmed_at = person.email_confirmed_at or at
        return people.replace_password(session, actor, person, hashed, at=at)


# -- what every kind of link needs ----------------------------------------------------------------


def make(session: Session, secrets: Secrets, link: Link) -> str:
    """Stores a link and gives what to mail. Earlier ones of the same kind to the same address end."""
    events.lock(session)
    session.execute(update(Link).where(*_same(link), col(Link.used_at).is_(None)).values(used_at=link.created_at))
    link.expires_at = link.created_at + LASTS[link.purpose]
    session.add(link)
    session.flush()
    return secrets.sign(f"link {link.purpose}", link.id)


def look(session: Session, secrets: Secrets, purpose: LinkPurpose, signed: str, at: datetime) -> Link:
    """What a link is for, without using it up. Raises NotAllowed when it is not good (any more)."""
    link_id = secrets.unsign(f"link {purpose}", signed)
    link = session.get(Link, link_id, populate_existing=True) if link_id else None
    if link is None or link.purpose is not purpose:
        raise NotAllowed("This link is not complete, or was never made here.")
    if link.used_at is not None or link.expires_at <= at:
        raise NotAllowed(_SPENT)
    return link


def use(session: Session, secrets: Secrets, purpose: LinkPurpose, signed: str, at: datetime) -> Link:
    """Uses a link up; of two at once one wins. Raises NotAllowed."""
    events.lock(session)
    link = look(session, secrets, purpose, signed, at)
    taken = session.execute(update(Link).where(col(Link.id) == link.id, col(Link.used_at).is_(None)).values(used_at=at))
    assert isinstance(taken, CursorResult)
    if taken.rowcount != 1:
        raise NotAllowed(_SPENT)
    session.refresh(link)
    return link


def _letter(
    session: Session, actor: Actor, secrets: Secrets, person: Person, purpose: LinkPurpose, at: datetime
) -> Letter | None:
    link = Link(purpose=purpose, email=person.email, person_id=person.id, created_at=at, expires_at=at)
    recent = select(Link.id).where(*_same(link), col(Link.created_at) > at - PAUSE)
    if session.exec(recent).first() is not None:
        return None
    signed = make(session, secrets, link)
    events.record(session, actor, events.Entry(f"person.{purpose}_asked", people.name_of(person.id)))
    return Letter(person.email, person.name, signed, link.expires_at)


def _same(link: Link) -> tuple[ColumnElement[bool], ...]:
    """The links that a new one replaces."""
    return (
        col(Link.purpose) == link.purpose,
        col(Link.email) == link.email,
        col(Link.organisation_id) == link.organisation_id
        if link.organisation_id
        else col(Link.organisation_id).is_(None),
    )


def _addressee(session: Session, link: Link) -> Person:
    """Raises NotAllowed when the account is not in use any more, or has another address."""
    person = session.get(Person, link.person_id, populate_existing=True)
    if person is None or not people.active(person) or person.email != link.email:
        raise NotAllowed(_SPENT)
    return person
