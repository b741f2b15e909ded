"""Directed commission: offer, counter-offer, agreement. Every version of the terms is kept."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from matcher import states
from matcher.actors import Actor
from matcher.awards import cases
from matcher.awards.cases import Side
from matcher.awards.drafts import ContractDraft, OfferDraft, hash_of, text_hash
from matcher.engine import challenge_guards, challenge_moves
from matcher.entities import Answer, Challenge, Offer
from matcher.errors import Conflict, Invalid, NotAllowed, NotFound
from matcher.mechanisms import Decider
from matcher.policy import Action
from matcher.states import OFFER_MOVES, AnswerState, ChallengeState, OfferState

_NEGOTIABLE = (AnswerState.HANDED_IN, AnswerState.ADMITTED, AnswerState.SUPPLEMENTING)
_NEGOTIATING = (ChallengeState.ANSWERING, ChallengeState.GRADING)


def offer(
    session: Session, actor: Actor, answer_id: str, draft: OfferDraft, side: Side | None = None, *, at: datetime
) -> Offer:
    """Makes an offer, or counters the other side's that stands. Raises Conflict while one's own stands."""
    challenge, answer = cases.of_answer(session, actor, answer_id, Action.NEGOTIATE)
    _require_negotiating(challenge, answer)
    by_setter = cases.side_of(actor, challenge, side) is Side.SETTER
    if draft.terms.currency != challenge.currency:
        raise Invalid(f"the challenge is in {challenge.currency}", place="terms.currency")
    earlier = versions_of(session, answer)
    last = earlier[-1] if earlier else None
    if last is not None and last.state is OfferState.AGREED:
        raise Conflict("The two sides have agreed already.")
    if last is not None and last.state is OfferState.MADE:
        if last.by_setter == by_setter:
            raise Conflict("Your offer stands: wait for the answer to it.")
        last.state = states.advance(last.state, "counter", OFFER_MOVES)
        session.add(last)
    made = Offer(
        answer_id=answer.id,
        number=len(earlier) + 1,
        by_setter=by_setter,
        terms=draft.terms.model_dump(mode="json"),
        message=draft.message,
        actor=actor.name,
        at=at,
    )
    session.add(made)
    session.flush()
    _record(session, actor, challenge, made, "made", at)
    return made


def agree(session: Session, actor: Actor, offer_id: str, side: Side | None = None, *, at: datetime) -> Offer:
    """Agrees to the other side's offer. As many are agreed on as the round lets through, and not one more."""
    challenge, answer, found = _answered(session, actor, offer_id, side)
    state = states.advance(found.state, "agree", OFFER_MOVES)
    if challenge_guards.places_taken(session, challenge):
        raise Conflict("Another offer was agreed on, and this challenge has no place for one more.")
    found.state = state
    session.add(found)
    _record(session, actor, challenge, found, "agree", at)
    return found


def decline(
    session: Session, actor: Actor, offer_id: str, side: Side | None = None, *, at: datetime, reason: str = ""
) -> Offer:
    """Declines the other side's offer; either side may make another."""
    challenge, _, found = _answered(session, actor, offer_id, side)
    found.state, found.remark = states.advance(found.state, "decline", OFFER_MOVES), reason
    session.add(found)
    _record(session, actor, challenge, found, "decline", at, reason)
    return found


def listed(session: Session, actor: Actor, answer_id: str) -> list[Offer]:
    """Every version, the first one first, for who may read the answer."""
    _, answer = cases.of_answer(session, actor, answer_id, Action.READ_ANSWER, hold=False)
    return versions_of(session, answer)


def versions_of(session: Session, answer: Answer) -> list[Offer]:
    return list(session.exec(select(Offer).where(Offer.answer_id == answer.id).order_by(col(Offer.number))))


def terms_hash(found: Offer) -> str:
    return hash_of(ContractDraft.model_validate(found.terms))


def _answered(session: Session, actor: Actor, offer_id: str, side: Side | None) -> tuple[Challenge, Answer, Offer]:
    """An offer held to be answered by the side that did not make it."""
    known = session.get(Offer, offer_id)
    if known is None:
        raise NotFound("offer", offer_id)
    challenge, answer = cases.of_answer(session, actor, known.answer_id, Action.NEGOTIATE)
    found = session.get_one(Offer, offer_id, with_for_update=True, populate_existing=True)
    _require_negotiating(challenge, answer)
    if found.by_setter == (cases.side_of(actor, challenge, side) is Side.SETTER):
        raise NotAllowed("This offer is your own: the other side answers it.")
    return challenge, answer, found


def _require_negotiating(challenge: Challenge, answer: Answer) -> None:
    mechanism = challenge_moves.mechanism_of(challenge)
    if mechanism.decider is not Decider.NEGOTIATION:
        raise NotAllowed(f"Under the mechanism {mechanism.name} nothing is negotiated.")
    if challenge.state not in _NEGOTIATING or answer.round != challenge.round:
        raise NotAllowed(f"This challenge is {challenge.state}: nothing is negotiated now.")
    if answer.state not in _NEGOTIABLE:
        raise NotAllowed(f"This answer is {answer.state}: nothing is negotiated about it.")


def _record(
    session: Session, actor: Actor, challenge: Challenge, found: Offer, move: str, at: datetime, reason: str = ""
) -> None:
    told = {
        "offer": found.id,
        "answer": found.answer_id,
        "number": found.number,
        "by_setter": found.by_setter,
        "terms_hash": terms_hash(found),
    } | ({"reason_hash": text_hash(reason)} if reason else {})
    cases.record(session, actor, challenge, f"offer.{move}", told, at=at)
