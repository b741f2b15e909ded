"""The keys that answers are sealed to: one pair for each round, made when a challenge is published.

Without custodians the private key lies sealed with the installation's secret. With them it lies
nowhere: each of the two holds a part under a passphrase, the installation a third for the day one
of them is lost, and any two make it whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import combinations

from nacl.public import PrivateKey, PublicKey, SealedBox
from sqlmodel import Session, col, select

from matcher import events
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.engine import key_shares
from matcher.engine.challenge_moves import mechanism_of
from matcher.entities import Challenge, Custodian, Event, KeyShare, Round
from matcher.errors import NotAllowed, Unready

CUSTODIANS = 2
"""As many as a challenge has, if it has any: the shares are made for that."""
_PURPOSE, _SHARE = "round key", "key share"
_MADE = "challenge.keys_made"
CHOSEN = "challenge.passphrase_chosen"
"""Its detail names a custodian, and the mark of the key that came of the passphrase."""


def make_round_keys(session: Session, secrets: Secrets, actor: Actor, challenge: Challenge, *, at: datetime) -> None:
    """Makes a key pair for each round of a challenge that is held and about to be published, and records
    the public halves.

    Does nothing for a mechanism that seals nothing. Raises NotAllowed while a custodian is missing
    or has not chosen a passphrase.
    """
    mechanism = mechanism_of(challenge)
    if not mechanism.sealed:
        return
    custodians = _ready_custodians(session, challenge, wanted=mechanism.custodians)
    query = select(Round).where(Round.challenge_id == challenge.id, col(Round.public_key).is_(None))
    marks: dict[str, str] = {}
    for held in session.exec(query.order_by(col(Round.number))):
        private = PrivateKey.generate()
        held.public_key = bytes(private.public_key)
        marks[str(held.number)] = mark(held.public_key)
        if custodians:
            _share_out(session, secrets, held, private, custodians)
        else:
            held.private_key = secrets.seal(_purpose(held), bytes(private))
        session.add(held)
    told = {"keys": marks, "custodians": [custodian.person_id for custodian in custodians]}
    events.record(session, actor, events.Entry(_MADE, f"challenge:{challenge.id}", told), at=at)


def public_key(session: Session, held: Round) -> PublicKey:
    """The key that answers of this round are sealed to, if it is the one that was made for it.

    Raises Unready for another: somebody with access to the database could have put in their own.
    """
    query = select(Event.detail).where(Event.thing == f"challenge:{held.challenge_id}", Event.action == _MADE)
    marks = [detail["keys"].get(str(held.number)) for detail in session.exec(query) if "keys" in detail]
    if held.public_key is None or mark(held.public_key) not in marks:
        raise Unready("The round's key is not the one that the record names: nothing may be sealed to it.")
    return PublicKey(held.public_key)


def private_key(session: Session, secrets: Secrets, held: Round) -> PrivateKey:
    """The key that opens a round: the installation's, or whole again from two shares that were given.

    Raises NotAllowed while shares are missing, Unready where what there is does not fit the public key.
    """
    public = bytes(public_key(session, held))
    for found in _candidates(session, secrets, held):
        if bytes(found.public_key) == public:
            return found
    raise Unready("What was put together is not the round's key: it, or a share of it, was tampered with.")


def shares(session: Session, held: Round) -> list[KeyShare]:
    """The two custodians' in order of their ids, and the installation's as the third."""
    found = session.exec(select(KeyShare).where(KeyShare.round_id == held.id)).all()
    return sorted(found, key=lambda share: (share.person_id is None, share.person_id or ""))


def release(session: Session, secrets: Secrets, share: KeyShare, part: bytes, *, at: datetime) -> None:
    """Puts a custodian's part, opened by its passphrase, where the opening finds it."""
    share.released, share.released_at = secrets.seal(_share_purpose(share), part), at
    session.add(share)


def release_installations(session: Session, secrets: Secrets, share: KeyShare, *, at: datetime) -> None:
    """Puts the installation's own part beside that of the custodian who is left."""
    release(session, secrets, share, secrets.unseal(f"{_share_purpose(share)} kept", share.sealed), at=at)


def _candidates(session: Session, secrets: Secrets, held: Round) -> Iterator[PrivateKey]:
    """What may be the key: the installation's, or each two shares that were given put together."""
    if held.private_key is not None:
        yield PrivateKey(secrets.unseal(_purpose(held), held.private_key))
        return
    parts = {
        place: secrets.unseal(_share_purpose(share), share.released)
        for place, share in enumerate(shares(session, held))
        if share.released is not None
    }
    if len(parts) < CUSTODIANS:
        raise NotAllowed(f"Shares of its key still to be given: {CUSTODIANS - len(parts)}.")
    for (one, first), (other, second) in combinations(parts.items(), 2):
        yield PrivateKey(key_shares.join({one: first, other: second}))


def _ready_custodians(session: Session, challenge: Challenge, *, wanted: int) -> list[Custodian]:
    query = select(Custodian).where(Custodian.challenge_id == challenge.id).order_by(col(Custodian.person_id))
    named = list(session.exec(query))
    if not named and not wanted:
        return []
    if len(named) < CUSTODIANS:
        raise NotAllowed(f"{CUSTODIANS} custodians have to be named who open the answers together.")
    waiting = sum(custodian.public_key is None for custodian in named)
    if waiting:
        raise NotAllowed(f"Custodians who have not chosen a passphrase yet: {waiting}.")
    told = select(Event.detail).where(Event.thing == f"challenge:{challenge.id}", Event.action == CHOSEN)
    chosen = [(detail.get("custodian"), detail.get("key")) for detail in session.exec(told)]
    for custodian in named:
        if (custodian.person_id, mark(custodian.public_key or b"")) not in chosen:
            raise Unready("A custodian's key is not the one that the record names: nothing may be sealed to it.")
    return named


def _share_out(
    session: Session, secrets: Secrets, held: Round, private: PrivateKey, custodians: list[Custodian]
) -> None:
    first, second, third = key_shares.split(bytes(private))
    for custodian, part in zip(custodians, (first, second), strict=True):
        assert custodian.public_key is not None
        sealed = SealedBox(PublicKey(custodian.public_key)).encrypt(part)
        session.add(KeyShare(round_id=held.id, person_id=custodian.person_id, sealed=sealed))
    kept = KeyShare(round_id=held.id, sealed=b"")
    kept.sealed = secrets.seal(f"{_share_purpose(kept)} kept", third)
    session.add(kept)


def _purpose(held: Round) -> str:
    return f"{_PURPOSE} {held.id}"


def _share_purpose(share: KeyShare) -> str:
    return f"{_SHARE} {share.id}"


def mark(key: bytes) -> str:
    """By which the record names a public key."""
    return sha256(key).hexdigest()
