"""Asking an owner for the whole of a need or result, and the owner's answer.

Three questions are answered in asking: why you, what you bring, what you want. The owner grants it
to the organisation that asks, until a day or until it is withdrawn; or offers it under a
confidentiality agreement, and it holds once that is accepted. Expiry is judged by time when somebody
reads (`access.in_force`). Events name the consent, never what was written in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlmodel import Session, col, or_, select

from matcher import access, disclosure, events, items, policy, states
from matcher.access import Viewer
from matcher.actors import Actor
from matcher.drafts import Draft
from matcher.entities import Agreement, Consent, Kind, now
from matcher.errors import Conflict, Invalid, NotFound
from matcher.policy import Action, ConsentThing
from matcher.states import CONSENT_MOVES, ConsentState

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]


class Questions(Draft):
    """What the owner wants to know before letting somebody in."""

    why_you: Words
    what_you_bring: Words
    what_you_want: Words


class Side(StrEnum):
    """Which end of a request an organisation stands at."""

    RECEIVED = "received"
    SENT = "sent"


def ask(session: Session, actor: Actor, kind: Kind, item_id: str, questions: Questions) -> Consent:
    """Asks the owner of an item to let the actor's organisation in.

    Raises NotFound, Forbidden to its own people, and Conflict when a request of this organisation
    waits or holds.
    """
    events.lock(session)  # of two requests at the same time, the second sees the first
    item = items.get(session, actor, items.TABLES[kind], item_id, Action.ASK_CONSENT)
    if actor.organisation_id is None:
        raise Invalid("consent is given to an organisation: act for one", place="organisation")
    if _standing(session, actor.organisation_id, item_id) is not None:
        raise Conflict("Your organisation has asked already, and its request stands: it is among your requests.")
    consent = Consent(
        item_kind=kind,
        item_id=item_id,
        owner_id=item.organisation_id,
        organisation_id=actor.organisation_id,
        asked_by=actor.name,
        **questions.model_dump(),
    )
    session.add(consent)
    session.flush()
    _record(session, actor, consent, "asked", {"questions_hash": _hash(questions.model_dump_json())})
    return consent


def grant(session: Session, actor: Actor, id: str, *, until: datetime | None = None, answer: str = "") -> Consent:
    """Lets the organisation in, until a moment or until it is withdrawn."""
    consent = _held(session, actor, id, Action.ANSWER_CONSENT)
    _answer(session, actor, consent, "grant", answer, {"until": _until(consent, until)})
    return consent


def let_in(session: Session, actor: Actor, item: items.Stored, organisation_id: str, *, words: str) -> Consent | None:
    """Lets an organisation in that was introduced rather than asked by itself. `actor` is the owner's manager who
    said so when accepting (`matcher.reviews.introductions`). None where it has consent already.

    Its request, if one waits, is what is granted.
    """
    standing = _standing(session, organisation_id, item.id)
    if standing is not None and standing.state is not ConsentState.ASKED:
        return None
    consent = standing or Consent(
        item_kind=item.kind,
        item_id=item.id,
        owner_id=item.organisation_id,
        organisation_id=organisation_id,
        asked_by=actor.name,
        why_you=words,
        what_you_bring="",
        what_you_want="",
    )
    session.add(consent)
    session.flush()
    _answer(session, actor, consent, "grant", "", {"until": None, "introduced": True})
    return consent


def offer(
    session: Session, actor: Actor, id: str, agreement_id: str, *, until: datetime | None = None, answer: str = ""
) -> Consent:
    """Lets the organisation in as soon as it accepts a confidentiality agreement of the owner's."""
    consent = _held(session, actor, id, Action.ANSWER_CONSENT)
    agreement = session.get(Agreement, agreement_id)
    if agreement is None or agreement.organisation_id != consent.owner_id:
        raise NotFound("agreement", agreement_id)
    told = {"until": _until(consent, until), "agreement": agreement.id, "text_hash": agreement.text_hash}
    consent.agreement_id = agreement.id
    _answer(session, actor, consent, "offer", answer, told)
    return consent


def refuse(session: Session, actor: Actor, id: str, *, answer: str = "") -> Consent:
    consent = _held(session, actor, id, Action.ANSWER_CONSENT)
    _answer(session, actor, consent, "refuse", answer)
    return consent


def accept(session: Session, actor: Actor, id: str, text_hash: str) -> Consent:
    """Accepts the agreement that was offered. `text_hash` says which text was read: only that is accepted."""
    consent = _held(session, actor, id, Action.ACCEPT_AGREEMENT)
    state = states.advance(consent.state, "accept", CONSENT_MOVES)
    agreement = session.get(Agreement, consent.agreement_id)
    if agreement is None or agreement.text_hash != text_hash:
        raise Invalid("is not that of the agreement offered: read it, and accept what you read", place="text_hash")
    if consent.expires_at is not None and consent.expires_at <= now():
        raise Conflict("This offer has expired: ask again.")
    consent.state, consent.accepted_at, consent.accepted_by = state, now(), actor.name
    session.add(consent)
    _record(session, actor, consent, "accept", {"agreement": agreement.id, "text_hash": agreement.text_hash})
    return consent


def withdraw(session: Session, actor: Actor, id: str, *, answer: str = "") -> Consent:
    """Ends a request or a consent: the owner at any time, the organisation that asked its own request."""
    consent = get(session, actor, id)
    asked_it = consent.organisation_id == actor.organisation_id and not actor.trusted
    consent = _held(session, actor, id, Action.ACCEPT_AGREEMENT if asked_it else Action.ANSWER_CONSENT)
    if asked_it:
        consent.state = states.advance(consent.state, "withdraw", CONSENT_MOVES)
        session.add(consent)
        _record(session, actor, consent, "withdraw", {})
    else:
        _answer(session, actor, consent, "withdraw", answer)
    return consent


def get(session: Session, actor: Actor, id: str) -> Consent:
    """For its two sides; to anybody else it does not exist."""
    consent = session.get(Consent, id)
    if consent is None:
        raise NotFound("consent", id)
    policy.require(actor, Action.READ_CONSENT, _thing(consent))
    return consent


def is_in_force(consent: Consent, at: datetime) -> bool:
    """As `access.in_force` says it to the database."""
    return consent.state is ConsentState.GRANTED and (consent.expires_at is None or consent.expires_at > at)


def agreement_of(session: Session, actor: Actor, consent: Consent) -> Agreement | None:
    """The agreement offered with a request, which both its sides may read."""
    policy.require(actor, Action.READ_CONSENT, _thing(consent))
    return session.get(Agreement, consent.agreement_id) if consent.agreement_id else None


def names_owner(session: Session, viewer: Viewer, consent: Consent) -> bool:
    """Whether the viewer is told whose the item is: who asks need not know that."""
    item = session.get(items.TABLES[consent.item_kind], consent.item_id)
    return item is not None and disclosure.holds(consent.item_kind, viewer.view(item), "organisation")


def listed(
    session: Session,
    actor: Actor,
    *,
    side: Side | None = None,
    state: ConsentState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> list[Consent]:
    """Those that the organisation acted for has received or sent, the newest first, from behind the id `cursor`."""
    policy.require(actor, Action.LIST_CONSENTS)
    query = select(Consent).order_by(col(Consent.id).desc()).limit(limit)
    if not actor.trusted:
        received = col(Consent.owner_id) == actor.organisation_id
        sent = col(Consent.organisation_id) == actor.organisation_id
        query = query.where(received if side is Side.RECEIVED else sent if side is Side.SENT else or_(received, sent))
    if state is not None:
        query = query.where(Consent.state == state)
    if cursor:
        query = query.where(col(Consent.id) < cursor)
    return list(session.exec(query))


def _held(session: Session, actor: Actor, id: str, action: Action) -> Consent:
    """One to be changed, as it stands now; until commit nobody else can."""
    events.lock(session)
    consent = session.get(Consent, id, with_for_update=True, populate_existing=True)
    if consent is None:
        raise NotFound("consent", id)
    policy.require(actor, action, _thing(consent))
    return consent


def _thing(consent: Consent) -> ConsentThing:
    return ConsentThing("consent", consent.id, owner=consent.owner_id, asking=consent.organisation_id)


def _standing(session: Session, organisation_id: str, item_id: str) -> Consent | None:
    """A request that waits for one of the two, or a consent in force."""
    waiting = col(Consent.state).in_((ConsentState.ASKED, ConsentState.OFFERED))
    stands = waiting & or_(col(Consent.expires_at).is_(None), col(Consent.expires_at) > now())
    query = select(Consent).where(
        Consent.organisation_id == organisation_id, Consent.item_id == item_id, or_(stands, access.in_force(now()))
    )
    return session.exec(query).first()


def _until(consent: Consent, until: datetime | None) -> str | None:
    if until is not None and until <= now():
        raise Invalid("lies in the past", place="until")
    consent.expires_at = until
    return until.isoformat() if until else None


def _answer(
    session: Session, actor: Actor, consent: Consent, move: str, answer: str, told: Mapping[str, Any] | None = None
) -> None:
    consent.state = states.advance(consent.state, move, CONSENT_MOVES)
    consent.answered_at, consent.answered_by, consent.answer = now(), actor.name, answer
    session.add(consent)
    _record(session, actor, consent, move, dict(told or {}) | ({"answer_hash": _hash(answer)} if answer else {}))


def _record(session: Session, actor: Actor, consent: Consent, move: str, detail: dict[str, Any]) -> None:
    """In the history of the item itself: who was let in to it is part of its matter."""
    thing = f"{consent.item_kind}:{consent.item_id}"
    told = {"consent": consent.id, "organisation": consent.organisation_id} | detail
    events.record(session, actor, events.Entry(f"consent.{move}", thing, told))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
