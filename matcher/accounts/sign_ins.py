"""Signing in, and what is signed in: list it, switch the organisation, end it.

Who signs in gets a new token each time, of which only the hash is kept; a sign-in ends when nobody
used it for two weeks, and after three months in any case.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matcher import events, policy
from matcher.accounts import attempts, keys, passwords, people, totp
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.entities import Membership, Person, SignIn, now
from matcher.errors import CodeNeeded, NotFound, Unauthenticated
from matcher.policy import Action, Thing
from matcher.sessions import writing

IDLE = timedelta(days=14)
LONGEST = timedelta(days=90)

_REFUSED = "This e-mail address and password do not go together."
"""The same for an unknown address, a wrong password and a disabled account."""


def sign_in(
    engine: Engine,
    actor: Actor,
    secrets: Secrets,
    email: str,
    password: str,
    code: str | None = None,
    *,
    address: str = "",
    program: str = "",
    at: datetime | None = None,
) -> tuple[SignIn, str]:
    """The sign-in and its token, which is told this once.

    Raises Unauthenticated, CodeNeeded where a second factor is asked for, TooManyAttempts. A failure
    is counted whatever becomes of the request: in a transaction of its own.
    """
    policy.require(actor, Action.SIGN_IN)
    at = at or now()
    with writing(engine) as session:
        counted = attempts.begin(session, secrets, people.looked_up(email), address, at)
        person = people.by_email(session, email)
        person_id, stored = (person.id, person.password_hash) if person and people.active(person) else ("", "")
    right, better = passwords.check(password, stored)
    if not right:
        raise Unauthenticated(_REFUSED)
    with writing(engine) as session:
        person = people.hold(session, person_id)
        if not people.active(person) or person.password_hash != stored:  # changed while it was checked
            raise Unauthenticated(_REFUSED)
        if person.totp_since is not None and not code:
            attempts.forget(session, counted, all_of_account=False)
        elif person.totp_since is None or totp.take(session, secrets, person, code or "", at):
            attempts.forget(session, counted, all_of_account=True)
            if better:
                person.password_hash = better
                session.add(person)
            return begin(session, actor, person, address=address, program=program, at=at)
    raise CodeNeeded("This code is not right." if code else "Give the code of your second factor too.")


def sign_in_elsewhere(
    session: Session,
    actor: Actor,
    subject: str,
    email: str,
    *,
    email_verified: bool,
    address: str = "",
    program: str = "",
    at: datetime | None = None,
) -> tuple[SignIn, str]:
    """For somebody whom a configured identity provider vouches for, second factor included.

    Nobody gets an account this way (but see `invitations.enter`): raises Unauthenticated.
    """
    policy.require(actor, Action.SIGN_IN)
    person = identified(session, actor, subject, email, email_verified=email_verified)
    return begin(session, actor, person, address=address, program=program, at=at or now())


def identified(session: Session, actor: Actor, subject: str, email: str, *, email_verified: bool) -> Person:
    """Whose account this identity elsewhere is. Raises Unauthenticated.

    `subject` is the issuer and its own name for the person. The first time, the account is found by
    its address, if both sides have confirmed that, and linked.
    """
    events.lock(session)
    person = people.by_subject(session, subject)
    if person is None:
        person = people.by_email(session, email) if email_verified else None
        if person is None or person.email_confirmed_at is None or person.subject is not None:
            raise Unauthenticated("There is no account for this identity here: ask for an invitation.")
    if not people.active(person):
        raise Unauthenticated("There is no account for this identity here: ask for an invitation.")
    if person.subject is None:
        person.subject = subject
        session.add(person)
        events.record(session, actor, events.Entry("person.identity_linked", people.name_of(person.id)))
    return person


def begin(
    session: Session, actor: Actor, person: Person, *, address: str, program: str, at: datetime
) -> tuple[SignIn, str]:
    """A new sign-in of somebody who has proved who they are, acting for whom they acted for last."""
    token = keys.new_key()
    made = SignIn(
        token_hash=keys.hash_of(token),
        person_id=person.id,
        organisation_id=_organisation_of(session, person.id),
        created_at=at,
        last_used_at=at,
        expires_at=at + IDLE,
        program=program[:200],
        address=address[:64],
    )
    session.add(made)
    session.flush()
    events.record(session, actor, events.Entry("person.signed_in", people.name_of(person.id), {"sign_in": made.id}))
    session.expunge(made)
    return made, token


def actor_of(session: Session, token: str, *, at: datetime | None = None, request_id: str = "") -> tuple[Actor, SignIn]:
    """Who is signed in with this token. Raises Unauthenticated.

    Only reads: where `is_due`, call `touch` in a transaction that writes.
    """
    at = at or now()
    found = session.exec(select(SignIn).where(SignIn.token_hash == keys.hash_of(token))).first()
    if found is None or not _lasts(found, at):
        raise Unauthenticated("You are not signed in any more: sign in again.")
    person = people.find(session, found.person_id)
    return people.actor_for(session, person, found.organisation_id, request_id=request_id), found


def is_due(sign_in: SignIn, at: datetime) -> bool:
    return at - sign_in.last_used_at >= keys.USE_NOTED_EVERY


def touch(session: Session, sign_in_id: str, *, at: datetime | None = None) -> None:
    """Notes the use, and so puts off the end. Needs no actor: it is no decision of anybody's."""
    at = at or now()
    found = session.get(SignIn, sign_in_id, with_for_update=True, populate_existing=True)
    if found is not None and _lasts(found, at) and is_due(found, at):
        found.last_used_at = at
        found.expires_at = min(at + IDLE, found.created_at + LONGEST)
        session.add(found)


def act_for(session: Session, actor: Actor, sign_in_id: str, organisation_id: str | None) -> SignIn:
    """Acts for another of one's organisations from now on, or for none. Raises Forbidden."""
    found = _own(session, actor, sign_in_id)
    people.actor_for(session, people.find(session, found.person_id), organisation_id)
    if found.organisation_id != organisation_id:
        found.organisation_id = organisation_id
        session.add(found)
        detail = {"sign_in": found.id, "organisation": organisation_id}
        events.record(session, actor, events.Entry("person.acts_for", people.name_of(found.person_id), detail))
    return found


def listed(session: Session, actor: Actor, person_id: str, *, at: datetime | None = None) -> list[SignIn]:
    """Those that last, the latest used first."""
    policy.require(actor, Action.READ_ACCOUNT, people.account_of(person_id))
    query = (
        select(SignIn)
        .where(SignIn.person_id == person_id, col(SignIn.ended_at).is_(None), col(SignIn.expires_at) > (at or now()))
        .order_by(col(SignIn.last_used_at).desc(), col(SignIn.id).desc())
    )
    return list(session.exec(query))


def end(session: Session, actor: Actor, sign_in_id: str, *, at: datetime | None = None) -> None:
    """Signs out. Raises NotFound for another person's."""
    found = _own(session, actor, sign_in_id)
    if found.ended_at is None:
        found.ended_at = at or now()
        session.add(found)
        detail = {"sign_in": found.id}
        events.record(session, actor, events.Entry("person.signed_out", people.name_of(found.person_id), detail))


def end_all(
    session: Session, actor: Actor, person_id: str, *, but: str | None = None, at: datetime | None = None
) -> int:
    """Signs out everywhere, except in the sign-in of id `but`; how many there were."""
    policy.require(actor, Action.OWN_ACCOUNT, people.account_of(person_id))
    events.lock(session)
    ended = keys.end_sign_ins(session, person_id, at or now(), but=but)
    if ended:
        detail = {"sign_ins": ended}
        events.record(session, actor, events.Entry("person.signed_out", people.name_of(person_id), detail))
    return ended


def _own(session: Session, actor: Actor, sign_in_id: str) -> SignIn:
    """Raises NotFound."""
    events.lock(session)
    found = session.get(SignIn, sign_in_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("sign-in", sign_in_id)
    policy.require(actor, Action.OWN_ACCOUNT, Thing("sign-in", sign_in_id, person=found.person_id))
    return found


def _lasts(sign_in: SignIn, at: datetime) -> bool:
    return sign_in.ended_at is None and at < sign_in.expires_at


def _organisation_of(session: Session, person_id: str) -> str | None:
    """Whom they acted for last, if they still belong to it; else their only organisation, if they have one."""
    theirs = set(session.exec(select(Membership.organisation_id).where(Membership.person_id == person_id)))
    last = session.exec(
        select(SignIn.organisation_id)
        .where(SignIn.person_id == person_id, col(SignIn.organisation_id).is_not(None))
        .order_by(col(SignIn.id).desc())
    ).first()
    if last in theirs:
        return last
    return theirs.pop() if len(theirs) == 1 else None
