"""One pair: judged, followed, introduced, ended; what was said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described, idempotency
from api import described_reviews as examples
from api import review_presenting as presenting
from api.deps import Asking, AskingDep, IndexDep, KeyDep
from api.idempotency import Created
from api.routes import items
from api.routes.desk import own_id
from api.routes.reviews import seen_in, shown_card
from api.schemas.matches import MatchOut
from api.schemas.reviews import AskedOut, HandOver, PairNoteOut, PairOut, VerdictOut
from api.timed import turn, writing_now
from matcher import access, readings
from matcher.policy import Action
from matcher.reviews import board, following, introductions, pairs, verdicts
from matcher.reviews import introductions as asking_sides
from matcher.reviews.following import ContractedDraft, EndDraft, NoteDraft
from matcher.reviews.verdicts import VerdictDraft
from matcher.sessions import reading

router = APIRouter(prefix="/pairs", tags=["pairs"])

_MOVED = described.refusals(403, 404, 409)


@router.get("/{id}", responses=described.refusals(403, 404))
def read_pair(id: str, asking: AskingDep) -> PairOut:
    """A pair, for matchmakers and operators. Its sides read what they were asked: GET /introductions."""
    with reading(asking.home.engine) as session:
        card = board.read(session, asking.actor, id)
        shown = presenting.card(session, asking.actor, card)
        seen = seen_in(session, asking, [card])
    items.keep(asking, seen)
    return shown


@router.get("/{id}/match", response_model=MatchOut, responses=described.refusals(403, 404))
def match_pair(id: str, asking: AskingDep, index: IndexDep) -> MatchOut:
    """Why the two fit, as matching says it now: passages, words, indicators, gaps, each part's share.

    Not of what you are shown in part only, nor of a result that is no match any more.
    """
    with reading(asking.home.engine) as session:
        found = board.match(session, index, asking.actor, id)
        seen = readings.of_matches(session, access.viewer(session, asking.actor), [found])
    items.keep(asking, seen)
    return MatchOut.of(found)


@router.post("/{id}/verdict", responses=_MOVED)
def judge_pair(
    id: str, sent: Annotated[VerdictDraft, Body(openapi_examples=examples.VERDICTS)], asking: AskingDep
) -> VerdictOut:
    """Says what you make of it: take further, not now, no with a reason, or unsure."""
    with writing_now(asking.home.engine) as (session, at):
        made = verdicts.decide(session, asking.actor, own_id(asking), id, sent, at=at)
        return presenting.verdicts(session, [made])[0]


@router.post("/{id}/undo", responses=_MOVED)
def undo_verdict(id: str, asking: AskingDep) -> PairOut:
    """Takes back what you said of it last, while nothing has followed, and puts it before you again."""
    return _moved(asking, id, lambda session, at: verdicts.undo(session, asking.actor, own_id(asking), id, at=at))


@router.get("/{id}/verdicts", responses=described.refusals(403, 404))
def list_verdicts(id: str, asking: AskingDep) -> list[VerdictOut]:
    """All that matchmakers have said of it, the oldest first. For matchmakers."""
    with reading(asking.home.engine) as session:
        return presenting.verdicts(session, verdicts.of_pair(session, asking.actor, id))


@router.get("/{id}/notes", responses=described.refusals(403, 404))
def list_notes(id: str, asking: AskingDep) -> list[PairNoteOut]:
    """What matchmakers have written down of it, the oldest first. For matchmakers."""
    with reading(asking.home.engine) as session:
        return presenting.notes(session, following.notes(session, asking.actor, id))


@router.post("/{id}/notes", status_code=201, response_model=PairNoteOut, responses=described.CREATED | _MOVED)
def write_note(
    id: str, sent: Annotated[NoteDraft, Body(openapi_examples=examples.NOTES)], asking: AskingDep, key: KeyDep
) -> JSONResponse:
    """Writes something down, for matchmakers alone."""

    def make(session: Session) -> Created:
        made = following.add_note(session, asking.actor, id, sent, at=turn(session))
        return Created(presenting.notes(session, [made])[0], asking.request.url_for("list_notes", id=id).path)

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


@router.get("/{id}/introductions", responses=described.refusals(403, 404))
def list_asked_sides(id: str, asking: AskingDep) -> list[AskedOut]:
    """How the two sides were asked last, and what they said. For matchmakers."""
    with reading(asking.home.engine) as session:
        pair = pairs.find(session, asking.actor, id, Action.READ_PAIR_NOTES)
        pairs.require_apart(session, asking.actor.person_id, pair)
        return presenting.asked(session, asking.actor, pair, introductions.standing(session, pair))


@router.post("/{id}/ask", responses=_MOVED)
def ask_sides(
    id: str, sent: Annotated[asking_sides.Asking, Body(openapi_examples=examples.ASKINGS)], asking: AskingDep
) -> PairOut:
    """Asks both sides whether they want to be introduced, each in words of its own."""
    return _moved(asking, id, lambda session, at: introductions.ask(session, asking.actor, id, sent, at=at))


@router.post("/{id}/ask-no-more", responses=_MOVED)
def ask_no_more(id: str, asking: AskingDep) -> PairOut:
    """Takes the question back, before both have accepted."""
    return _moved(asking, id, lambda session, at: introductions.ask_no_more(session, asking.actor, id, at=at))


@router.post("/{id}/talk", responses=_MOVED)
def tell_that_they_talk(id: str, asking: AskingDep) -> PairOut:
    """The two sides are talking."""
    return _moved(asking, id, lambda session, at: following.talk(session, asking.actor, id, at=at))


@router.post("/{id}/contract", responses=_MOVED)
def tell_of_contract(
    id: str, sent: Annotated[ContractedDraft, Body(openapi_examples=examples.CONTRACTS)], asking: AskingDep
) -> PairOut:
    """The two sides have made a contract."""
    return _moved(asking, id, lambda session, at: following.contract(session, asking.actor, id, sent, at=at))


@router.post("/{id}/end", responses=_MOVED)
def end_pair(id: str, sent: Annotated[EndDraft, Body(openapi_examples=examples.ENDINGS)], asking: AskingDep) -> PairOut:
    """Ends it, for a reason that both sides are told if they were asked."""
    return _moved(asking, id, lambda session, at: following.end(session, asking.actor, id, sent, at=at))


@router.post("/{id}/reopen", responses=_MOVED)
def reopen_pair(id: str, asking: AskingDep) -> PairOut:
    """Takes up again what ended, and follows it."""
    return _moved(asking, id, lambda session, at: following.reopen(session, asking.actor, own_id(asking), id, at=at))


@router.post("/{id}/hand-over", responses=_MOVED)
def hand_pair_over(
    id: str, sent: Annotated[HandOver, Body(openapi_examples=examples.HAND_OVERS)], asking: AskingDep
) -> PairOut:
    """Another matchmaker follows it from here on."""
    return _moved(asking, id, lambda session, at: following.hand_over(session, asking.actor, id, sent.to, at=at))


def _moved(asking: Asking, id: str, move: Callable[[Session, datetime], object]) -> PairOut:
    with writing_now(asking.home.engine) as (session, at):
        move(session, at)
        return shown_card(asking, session, board.read(session, asking.actor, id))
