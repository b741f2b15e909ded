"""A pair that was taken further: followed to a contract, or ended, or handed over; and notes on it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from matcher.actors import Actor
from matcher.drafts import Currency, Draft, Money, Text
from matcher.entities import Pair, PairNote
from matcher.errors import Forbidden, Invalid
from matcher.policy import Action
from matcher.reviews import desks, introductions, pairs, reasons
from matcher.reviews.reasons import Use

NoteText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class EndDraft(Draft):
    reason: str = Field(max_length=40)
    """A code of `reasons.REASONS` for ending."""
    note: Text = ""


class ContractedDraft(Draft):
    amount: Money | None = None
    currency: Currency = "CNY"


class NoteDraft(Draft):
    text: NoteText


# -- moved ----------------------------------------------------------------------------------------


def talk(session: Session, actor: Actor, pair_id: str, *, at: datetime) -> Pair:
    """The two sides are talking."""
    pair = pairs.follow(session, actor, pair_id)
    pairs.advance(session, actor, pair, "talk", at=at)
    return pair


def contract(session: Session, actor: Actor, pair_id: str, draft: ContractedDraft, *, at: datetime) -> Pair:
    """They have made a contract, over so much where it is told."""
    pair = pairs.follow(session, actor, pair_id)
    pair.amount, pair.currency = draft.amount, draft.currency
    pairs.advance(session, actor, pair, "contract", at=at)
    return pair


def end(session: Session, actor: Actor, pair_id: str, draft: EndDraft, *, at: datetime) -> Pair:
    """Ends it, for a reason that both sides are told if they were asked. The note is for matchmakers."""
    pair = pairs.follow(session, actor, pair_id)
    reasons.check(draft.reason, Use.END, draft.note)
    pair.ended_for, pair.ended_by = draft.reason, None
    pairs.advance(session, actor, pair, "end", at=at, told={"reason": draft.reason})
    introductions.close(session, actor, pair, at)
    if draft.note:
        _add_note(session, actor, pair, draft.note, at)
    return pair


def reopen(session: Session, actor: Actor, matchmaker_id: str, pair_id: str, *, at: datetime) -> Pair:
    """Takes up again what ended. For the matchmaker who followed it; for any, where nobody did."""
    pair = pairs.hold(session, actor, pair_id, Action.WRITE_PAIR_NOTE)
    accreditation = desks.at_desk(session, actor, matchmaker_id)
    pairs.require_apart(session, matchmaker_id, pair)
    if pair.follower_id not in (None, matchmaker_id):
        raise Forbidden("Another matchmaker follows it: ask them to hand it over.")
    desks.require_room(session, accreditation)
    pair.follower_id, pair.ended_for, pair.ended_by = matchmaker_id, "", None
    pairs.advance(session, actor, pair, "reopen", at=at)
    return pair


def hand_over(session: Session, actor: Actor, pair_id: str, to: str, *, at: datetime) -> Pair:
    """Another matchmaker follows it from here on. Raises NotFound for who is none, NotAllowed where too much waits
    on them already, Forbidden where they belong to one of the sides."""
    pair = pairs.hold(session, actor, pair_id, Action.HAND_OVER_PAIR)
    if pair.follower_id is None or pair.follower_id == to:
        raise Invalid("another matchmaker than the one who follows it is expected", place="to")
    accreditation = desks.colleague(session, to)
    pairs.require_apart(session, to, pair)
    desks.require_room(session, accreditation)
    told = {"from": pair.follower_id, "to": to}
    pair.follower_id = to
    pairs.record(session, actor, pair, "hand_over", at=at, told=told)
    return pair


# -- notes ----------------------------------------------------------------------------------------


def add_note(session: Session, actor: Actor, pair_id: str, draft: NoteDraft, *, at: datetime) -> PairNote:
    """For matchmakers to read, and nobody else."""
    pair = pairs.hold(session, actor, pair_id, Action.WRITE_PAIR_NOTE)
    pairs.require_apart(session, actor.person_id, pair)
    return _add_note(session, actor, pair, draft.text, at)


def notes(session: Session, actor: Actor, pair_id: str) -> list[PairNote]:
    """The oldest first."""
    pair = pairs.find(session, actor, pair_id, Action.READ_PAIR_NOTES)
    pairs.require_apart(session, actor.person_id, pair)
    return list(session.exec(select(PairNote).where(PairNote.pair_id == pair_id).order_by(col(PairNote.id))))


def _add_note(session: Session, actor: Actor, pair: Pair, text: str, at: datetime) -> PairNote:
    note = PairNote(pair_id=pair.id, person_id=actor.person_id, text=text, at=at)
    session.add(note)
    session.flush()
    pairs.record(session, actor, pair, "note", at=at, told={"note": note.id})
    return note
