"""Custodians 双人开标: two people without whom nobody opens the answers to a challenge.

Each chooses a passphrase before it is published, and gives the share that it opens once the deadline
has passed. Where one is lost, an operator who is no custodian gives the installation's share in its
place, with a reason, on the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.utils import random
from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from matcher import events, policy
from matcher.accounts import passwords
from matcher.accounts.people import looked_up
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.engine import challenge_moves, key_shares, sealed_keys
from matcher.engine.challenge_guards import current_round
from matcher.engine.challenge_moves import UNPUBLISHED
from matcher.engine.sealed_keys import CUSTODIANS
from matcher.entities import Accreditation, Challenge, Custodian, KeyShare, Membership, Person, PlatformRole
from matcher.errors import Forbidden, Invalid, NotAllowed, NotFound
from matcher.policy import Action, Thing
from matcher.states import ChallengeState

SHORTEST = 16
"""Characters of a passphrase: whoever has a copy of the database can try them on machines of their own."""
_ACTIVE = (col(Person.disabled_at).is_(None), col(Person.erased_at).is_(None))


@dataclass(frozen=True, slots=True)
class Held:
    """How far a custodian has come."""

    person_id: str
    ready: bool
    """Has chosen a passphrase."""
    given: bool
    """Has given the share of the current round."""


def name_custodians(
    session: Session, actor: Actor, challenge_id: str, people: Sequence[str], *, at: datetime
) -> list[Held]:
    """Names two, in place of whoever was named before; or none, where the mechanism asks for none.

    Each is called by the id of an account or by the e-mail address of one that the actor may know of:
    of any other address is not told whether somebody has it. Raises NotAllowed once it is published, or
    where nothing is sealed.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.NAME_CUSTODIANS)
    mechanism = challenge_moves.mechanism_of(challenge)
    if challenge.state not in UNPUBLISHED:
        raise NotAllowed("Custodians are named before a challenge is published.")
    if not mechanism.sealed:
        raise NotAllowed(f"Under the mechanism {mechanism.name} answers are not sealed: there is no key to hold.")
    wanted = [_named(session, actor, challenge, one, place) for place, one in enumerate(people)]
    if len(set(wanted)) != len(wanted) or len(wanted) not in {CUSTODIANS} | (
        {0} if not mechanism.custodians else set()
    ):
        raise Invalid(f"{CUSTODIANS} different people are expected", place="people")
    there = {custodian.person_id: custodian for custodian in _of(session, challenge)}
    for id in there.keys() - set(wanted):
        session.delete(there[id])
    for id in wanted:
        if id not in there:
            session.add(Custodian(challenge_id=challenge.id, person_id=id))
    session.flush()
    told = {"custodians": sorted(wanted)}
    challenge_moves.touch(session, actor, challenge, "challenge.custodians_named", at=at, told=told)
    return _held(session, challenge)


def candidates(session: Session, actor: Actor, challenge_id: str) -> list[Person]:
    """Whom the setter knows well enough to name: its own people, matchmakers and operators. For who names them."""
    challenge = challenge_moves.find(session, actor, challenge_id)
    policy.require(actor, Action.NAME_CUSTODIANS, challenge_moves.thing(session, challenge))
    return list(session.exec(select(Person).where(*_may_hold(challenge)).order_by(col(Person.id))))


def of_challenge(session: Session, actor: Actor, challenge_id: str) -> list[Held]:
    """For whoever may know of the challenge."""
    return _held(session, challenge_moves.find(session, actor, challenge_id))


def new_key(passphrase: str) -> tuple[bytes, PrivateKey]:
    """A fresh salt, and the key of a passphrase with it. Takes a second: call it before the transaction.

    Raises Invalid for what is easily guessed.
    """
    passwords.check_rule(passphrase, place="passphrase", called="passphrase", shortest=SHORTEST)
    salt = random(key_shares.SALT_BYTES)
    return salt, key_shares.key_of(passphrase, salt)


def choose_passphrase(
    session: Session,
    actor: Actor,
    challenge_id: str,
    salt: bytes,
    key: PrivateKey,
    *,
    person_id: str | None = None,
    at: datetime,
) -> list[Held]:
    """Keeps the public half of what `new_key` made of the passphrase. Until it is published, another may be chosen."""
    challenge, custodian = _hold_own(session, actor, challenge_id, person_id)
    if challenge.state not in UNPUBLISHED:
        raise NotAllowed("The shares are made for the passphrase that was chosen before it was published.")
    custodian.salt, custodian.public_key = salt, bytes(key.public_key)
    session.add(custodian)
    told = {"custodian": custodian.person_id, "key": sealed_keys.mark(custodian.public_key)}
    challenge_moves.touch(session, actor, challenge, sealed_keys.CHOSEN, at=at, told=told)
    session.flush()
    return _held(session, challenge)


def require_custodian(session: Session, actor: Actor, challenge_id: str, *, person_id: str | None = None) -> None:
    """Raises NotFound for whoever is none: before anything is spent on a passphrase of theirs."""
    _own(session, actor, challenge_id, person_id)


def salt_of(session: Session, actor: Actor, challenge_id: str, *, person_id: str | None = None) -> bytes:
    """What `key_shares.key_of` needs to make a custodian's key from the passphrase again."""
    custodian = _own(session, actor, challenge_id, person_id)
    if custodian.salt is None:
        raise NotAllowed("No passphrase was chosen.")
    return custodian.salt


def give_share(
    session: Session,
    secrets: Secrets,
    actor: Actor,
    challenge_id: str,
    key: PrivateKey,
    *,
    person_id: str | None = None,
    at: datetime,
) -> list[Held]:
    """Opens a custodian's share of the current round with the key of the passphrase, and gives it.

    Raises Invalid for another passphrase, NotAllowed before the round is closed or when it was given.
    """
    challenge, custodian = _hold_own(session, actor, challenge_id, person_id)
    share = _to_be_given(session, challenge, custodian.person_id)
    try:
        part = SealedBox(key).decrypt(share.sealed)
    except CryptoError:
        raise Invalid("does not open your share", place="passphrase") from None
    sealed_keys.release(session, secrets, share, part, at=at)
    told = {"custodian": custodian.person_id, "round": challenge.round}
    challenge_moves.touch(session, actor, challenge, "challenge.share_given", at=at, told=told)
    session.flush()
    return _held(session, challenge)


def use_recovery_share(
    session: Session, secrets: Secrets, actor: Actor, challenge_id: str, *, reason: str, at: datetime
) -> list[Held]:
    """Gives the installation's share in place of one that is lost; the other custodian's is needed as ever.

    Raises Forbidden to a custodian, who would open alone with it.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.RECOVER_KEY)
    if not reason.strip():
        raise Invalid("says which share is lost, and how", place="reason")
    if any(custodian.person_id == actor.person_id for custodian in _of(session, challenge)):
        raise Forbidden("A custodian would open the answers alone: another operator does this.")
    share = _to_be_given(session, challenge, None)
    sealed_keys.release_installations(session, secrets, share, at=at)
    told = {"round": challenge.round, "reason": reason}
    challenge_moves.touch(session, actor, challenge, "challenge.recovery_share_used", at=at, told=told)
    session.flush()
    return _held(session, challenge)


def _named(session: Session, actor: Actor, challenge: Challenge, said: str, place: int) -> str:
    """The id of an active account, named by it or by an address. Raises Invalid, in the same words for whatever
    else is said."""
    if "@" in said:
        known = _ACTIVE if policy.can(actor, Action.READ_PEOPLE).allowed else _may_hold(challenge)
        condition = col(Person.email) == looked_up(said)
    else:
        known, condition = _ACTIVE, col(Person.id) == said
    found = session.exec(select(Person.id).where(condition, *known)).first()
    if found is None:
        listed = f"GET /challenges/{challenge.id}/custodians/candidates lists who can"
        raise Invalid(f"names nobody who can hold a key of this challenge; {listed}", place=f"people[{place}]")
    return found


def _may_hold(challenge: Challenge) -> tuple[ColumnElement[bool], ...]:
    own = select(Membership.person_id).where(Membership.organisation_id == challenge.organisation_id)
    desk = select(Accreditation.person_id).where(
        col(Accreditation.role).in_((PlatformRole.MATCHMAKER, PlatformRole.OPERATOR))
    )
    return (*_ACTIVE, or_(col(Person.id).in_(own), col(Person.id).in_(desk)))


def _to_be_given(session: Session, challenge: Challenge, person_id: str | None) -> KeyShare:
    """A share of the current round. Raises NotAllowed outside of the time between close and opening."""
    if challenge.state is not ChallengeState.SEALED:
        raise NotAllowed("Shares are given between the round's close and its opening.")
    found = {share.person_id: share for share in sealed_keys.shares(session, current_round(session, challenge))}
    if person_id not in found:
        raise NotAllowed("The key of this round is not in shares.")
    if found[person_id].released is not None:
        raise NotAllowed("This share was given already.")
    return found[person_id]


def _hold_own(session: Session, actor: Actor, challenge_id: str, person_id: str | None) -> tuple[Challenge, Custodian]:
    """A custodian need not be somebody who may read the challenge before it is published."""
    events.lock(session)
    custodian = _own(session, actor, challenge_id, person_id)
    return session.get_one(Challenge, challenge_id, with_for_update=True, populate_existing=True), custodian


def _own(session: Session, actor: Actor, challenge_id: str, person_id: str | None) -> Custodian:
    """The actor's own place among the custodians; whoever has a shell says whose."""
    wanted = person_id if actor.trusted else actor.person_id
    custodian = session.get(Custodian, (challenge_id, wanted)) if wanted else None
    thing = Thing("custodian of challenge", challenge_id, person=custodian.person_id if custodian else None)
    policy.require(actor, Action.HOLD_KEY, thing)
    if custodian is None:
        raise NotFound(thing.name, challenge_id)
    return custodian


def _of(session: Session, challenge: Challenge) -> list[Custodian]:
    query = select(Custodian).where(Custodian.challenge_id == challenge.id).order_by(col(Custodian.person_id))
    return list(session.exec(query))


def _held(session: Session, challenge: Challenge) -> list[Held]:
    named = _of(session, challenge)
    given: set[str | None] = set()
    if challenge.published_at is not None and named:
        shares = sealed_keys.shares(session, current_round(session, challenge))
        given = {share.person_id for share in shares if share.released is not None}
    return [
        Held(custodian.person_id, custodian.public_key is not None, custodian.person_id in given) for custodian in named
    ]
