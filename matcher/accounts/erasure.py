"""Erasing a person's particulars: the account stays as an empty shell, so that the record keeps its names."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, delete

from matcher import events, policy
from matcher.accounts import members, people
from matcher.actors import Actor
from matcher.entities import Accreditation, ApiToken, Link, Notice, NoticeSetting, Person, SavedSearch, SignIn, now
from matcher.policy import Action

DOMAIN = "erased.invalid"


def erase(session: Session, actor: Actor, person_id: str, *, at: datetime | None = None) -> Person:
    """Erases name, address, password and every key; ends memberships and platform roles.

    Irrevocable. Raises NotAllowed for the last operator.
    """
    policy.require(actor, Action.ERASE_PERSON, people.account_of(person_id))
    person = people.hold(session, person_id)
    if person.erased_at is not None:
        return person
    people.keep_an_operator(session, person_id)
    at = at or now()
    members.remove_everywhere(session, actor, person_id, at)
    session.execute(delete(Accreditation).where(col(Accreditation.person_id) == person_id))
    session.execute(delete(SignIn).where(col(SignIn.person_id) == person_id))
    session.execute(delete(ApiToken).where(col(ApiToken.person_id) == person_id))
    session.execute(delete(Notice).where(col(Notice.person_id) == person_id))
    session.execute(delete(NoticeSetting).where(col(NoticeSetting.person_id) == person_id))
    session.execute(delete(SavedSearch).where(col(SavedSearch.person_id) == person_id))
    session.execute(delete(Link).where(or_(col(Link.person_id) == person_id, col(Link.email) == person.email)))
    person.email, person.name, person.password_hash = f"{person_id}@{DOMAIN}", "", ""
    person.email_confirmed_at = person.totp_key = person.totp_since = person.subject = person.language = None
    person.totp_last_step = 0
    person.erased_at = at
    person.disabled_at = person.disabled_at or at
    session.add(person)
    events.erase(session, actor, people.name_of(person_id), "the person was erased")
    events.record(session, actor, events.Entry("person.erased", people.name_of(person_id)))
    return person
