"""People: find, register, rename, change the password, disable; and the actor that somebody is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import StringConstraints, ValidationError, field_validator
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matcher import events, policy
from matcher.accounts import attempts, keys, passwords
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.drafts import Draft
from matcher.entities import Accreditation, Membership, Person, PlatformRole, Role, now
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound, Unauthenticated
from matcher.policy import Action, Thing
from matcher.sessions import reading, writing

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PersonDraft(Draft):
    email: str
    name: Name

    @field_validator("email")
    @classmethod
    def _email(cls, text: str) -> str:
        try:
            return checked_email(text)
        except Invalid as error:
            raise ValueError(error.message) from None


class NameDraft(Draft):
    name: Name


def drafted(email: str, name: str) -> PersonDraft:
    """A draft of what was not parsed as one. Raises Invalid."""
    address = checked_email(email)
    try:
        return PersonDraft(email=address, name=name)
    except ValidationError:
        raise Invalid("1 to 200 characters are expected", place="name") from None


def checked_email(text: str) -> str:
    """The address in the one form it is kept and looked up in. Raises Invalid for what is none."""
    try:
        read = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise Invalid(f"not an e-mail address: {error}", place="email") from None
    return (read.ascii_email or read.normalized).lower()


def looked_up(email: str) -> str:
    """As `checked_email`, and something steady for what is none: to count by, however it is spelt."""
    try:
        return checked_email(email)
    except Invalid:
        return email.strip().casefold()


# -- find -----------------------------------------------------------------------------------------


def account_of(person_id: str) -> Thing:
    """A person's account as the policy asks about it."""
    return Thing("person", person_id, person=person_id)


def get(session: Session, actor: Actor, person_id: str) -> Person:
    """One's own account, or any for operators. Raises NotFound."""
    require_known(actor, person_id)
    return find(session, person_id)


def require_known(actor: Actor, person_id: str) -> None:
    """Raises NotFound, whether or not there is such a person, for who may not know who has an account."""
    if not policy.can(actor, Action.READ_PEOPLE).allowed:
        policy.require(actor, Action.READ_ACCOUNT, account_of(person_id))


def find(session: Session, person_id: str) -> Person:
    """Whoever asks. Raises NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("person", person_id)
    return person


def by_email(session: Session, email: str) -> Person | None:
    try:
        wanted = checked_email(email)
    except Invalid:
        return None
    return session.exec(select(Person).where(Person.email == wanted)).first()


def by_subject(session: Session, subject: str) -> Person | None:
    """Who signs in elsewhere under this name (`Person.subject`)."""
    return session.exec(select(Person).where(Person.subject == subject)).first()


def listed(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> list[Person]:
    """In the order in which they came, from behind the id `cursor`; without those who were erased."""
    policy.require(actor, Action.READ_PEOPLE)
    query = select(Person).where(col(Person.erased_at).is_(None)).order_by(col(Person.id)).limit(limit)
    if cursor:
        query = query.where(col(Person.id) > cursor)
    return list(session.exec(query))


def names(session: Session, ids: set[str]) -> dict[str, str]:
    """Id → name; of the erased an empty one."""
    return dict(session.exec(select(Person.id, Person.name).where(col(Person.id).in_(ids))).all())


# -- the actor that somebody is -------------------------------------------------------------------


def actor_for(
    session: Session,
    person: Person,
    organisation_id: str | None,
    *,
    platform: bool = True,
    may_write: bool = True,
    token_id: str | None = None,
    request_id: str = "",
) -> Actor:
    """The person acting for an organisation, with their roles in it, and with their platform roles if `platform`.

    Raises Unauthenticated for a disabled person, Forbidden when they are not of that organisation.
    """
    if not active(person):
        raise Unauthenticated("This account is disabled.")
    roles: set[Role] = set()
    if organisation_id is not None:
        query = select(Membership.role).where(
            Membership.person_id == person.id, Membership.organisation_id == organisation_id
        )
        roles = {Role(role) for role in session.exec(query)}
        if not roles:
            raise Forbidden("You do not belong to this organisation.")
    return Actor(
        name_of(person.id),
        organisation_id=organisation_id,
        roles=frozenset(roles),
        platform_roles=platform_roles(session, person.id) if platform else frozenset(),
        person_id=person.id,
        may_write=may_write,
        token_id=token_id,
        request_id=request_id,
    )


def name_of(person_id: str) -> str:
    """As the record names them."""
    return f"person:{person_id}"


def active(person: Person) -> bool:
    return person.disabled_at is None and person.erased_at is None


def platform_roles(session: Session, person_id: str) -> frozenset[PlatformRole]:
    query = select(Accreditation.role).where(Accreditation.person_id == person_id)
    return frozenset(PlatformRole(role) for role in session.exec(query))


# -- change ---------------------------------------------------------------------------------------


def register(
    session: Session, actor: Actor, draft: PersonDraft, *, password_hash: str = "", confirmed: datetime | None = None
) -> Person:
    """Makes an account. `password_hash` is of a password that passed `passwords.check_rule`.

    Raises Conflict when the address has one.
    """
    policy.require(actor, Action.ADMIT_PERSON)
    return add(session, actor, draft, password_hash=password_hash, confirmed=confirmed)


def add(
    session: Session, actor: Actor, draft: PersonDraft, *, password_hash: str, confirmed: datetime | None
) -> Person:
    """What `register` does, for who was invited to do it for themselves."""
    events.lock(session)
    if by_email(session, draft.email) is not None:
        raise Conflict("There is already an account with this e-mail address.")
    person = Person(email=draft.email, name=draft.name, password_hash=password_hash, email_confirmed_at=confirmed)
    session.add(person)
    session.flush()
    events.record(session, actor, events.Entry("person.registered", name_of(person.id)))
    return person


def rename(session: Session, actor: Actor, person_id: str, draft: NameDraft) -> Person:
    policy.require(actor, Action.OWN_ACCOUNT, account_of(person_id))
    person = hold(session, person_id)
    if person.name != draft.name:
        person.name = draft.name
        session.add(person)
        events.record(session, actor, events.Entry("person.renamed", name_of(person_id)))
    return person


def choose_language(session: Session, actor: Actor, person_id: str, language: str | None) -> Person:
    """The language of the pages; None: what the browser asks for. Nothing that the record is kept of."""
    policy.require(actor, Action.OWN_ACCOUNT, account_of(person_id))
    person = hold(session, person_id)
    person.language = language
    session.add(person)
    return person


def change_password(
    engine: Engine,
    actor: Actor,
    secrets: Secrets,
    person_id: str,
    *,
    old: str,
    new: str,
    sign_in_id: str | None = None,
    at: datetime | None = None,
) -> keys.Ended:
    """Raises Forbidden for a wrong `old`, TooManyAttempts, Invalid for a `new` that is easily guessed.

    Ends every sign-in but the one that it happens in, and every token.
    """
    policy.require(actor, Action.OWN_ACCOUNT, account_of(person_id))
    person = prove_password(engine, secrets, person_id, old, at=at)
    passwords.check_rule(new, email=person.email, name=person.name, place="new")
    hashed = passwords.hash_password(new)
    with writing(engine) as session:
        held = hold(session, person_id)
        if held.password_hash != person.password_hash:
            raise Conflict("The password was changed meanwhile.")
        return replace_password(session, actor, held, hashed, sign_in_id=sign_in_id, at=at)


def prove_password(
    engine: Engine, secrets: Secrets, person_id: str, password: str, *, at: datetime | None = None
) -> Person:
    """Asks who is signed in for the password once more. Raises Forbidden for a wrong one, TooManyAttempts."""
    with writing(engine) as session:
        person = find(session, person_id)
        counted = attempts.begin(session, secrets, person.email, "", at or now())
        session.expunge(person)
    if not passwords.check(password, person.password_hash)[0]:
        raise Forbidden("The present password is another one.")
    with writing(engine) as session:
        attempts.forget(session, counted, all_of_account=False)
    return person


def set_password(engine: Engine, actor: Actor, person_id: str, new: str, *, at: datetime | None = None) -> keys.Ended:
    """Without the old one: for whoever has a shell. Everybody else resets it by mail."""
    policy.require(actor, Action.SET_PASSWORD, account_of(person_id))
    with reading(engine) as session:
        person = find(session, person_id)
    passwords.check_rule(new, email=person.email, name=person.name)
    hashed = passwords.hash_password(new)
    with writing(engine) as session:
        return replace_password(session, actor, hold(session, person_id), hashed, at=at)


def replace_password(
    session: Session,
    actor: Actor,
    person: Person,
    password_hash: str,
    *,
    sign_in_id: str | None = None,
    at: datetime | None = None,
) -> keys.Ended:
    """The last step of every way to a new password: ends the sign-ins but one and the tokens, and records it.

    Who changes a password because somebody else may know it would not think of the tokens made meanwhile.
    """
    if person.erased_at is not None:
        raise NotAllowed("This account was erased.")
    person.password_hash = password_hash
    session.add(person)
    ended = keys.end_all(session, person.id, at or now(), but=sign_in_id)
    detail = {"sign_ins_ended": ended.sign_ins, "tokens_revoked": ended.tokens}
    events.record(session, actor, events.Entry("person.password_changed", name_of(person.id), detail))
    return ended


def disable(session: Session, actor: Actor, person_id: str, *, reason: str = "", at: datetime | None = None) -> Person:
    """Nobody signs in to it any more, and what is signed in stops. Raises NotAllowed for the last operator."""
    policy.require(actor, Action.DISABLE_PERSON, account_of(person_id))
    person = hold(session, person_id)
    if person.disabled_at is None:
        keep_an_operator(session, person_id)
        person.disabled_at = at or now()
        session.add(person)
        keys.end_sign_ins(session, person_id, person.disabled_at)
        detail = {"reason": reason} if reason else {}
        events.record(session, actor, events.Entry("person.disabled", name_of(person_id), detail))
    return person


def enable(session: Session, actor: Actor, person_id: str) -> Person:
    policy.require(actor, Action.DISABLE_PERSON, account_of(person_id))
    person = hold(session, person_id)
    if person.erased_at is not None:
        raise NotAllowed("This account was erased.")
    if person.disabled_at is not None:
        person.disabled_at = None
        session.add(person)
        events.record(session, actor, events.Entry("person.enabled", name_of(person_id)))
    return person


def keep_an_operator(session: Session, without: str) -> None:
    """Raises NotAllowed when nobody but `without` is an operator who can sign in."""
    operators = select(Person.id).join(Accreditation).where(
        Accreditation.role == PlatformRole.OPERATOR, col(Person.disabled_at).is_(None)
    )  # fmt: skip
    if set(session.exec(operators)) == {without}:
        raise NotAllowed("This is the last operator: name another one first.")


def hold(session: Session, person_id: str) -> Person:
    """A person about to be changed; nobody else can until commit. Raises NotFound."""
    events.lock(session)
    person = session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise NotFound("person", person_id)
    return person
