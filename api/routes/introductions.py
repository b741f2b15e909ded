"""What the two sides of a pair are asked, and answer; and what would make their needs and results fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Query
from sqlmodel import Session

from api import described
from api import described_reviews as examples
from api import review_presenting as presenting
from api.deps import Asking, AskingDep
from api.routes import items
from api.schemas.base import Listed
from api.schemas.reviews import FittingOut, IntroductionOut, IntroductionsQuery
from api.timed import writing_now
from matcher import access, readings
from matcher.entities import Introduction, Kind
from matcher.reviews import introductions, sides
from matcher.reviews.introductions import Assent, Declining
from matcher.reviews.sides import Side
from matcher.sessions import reading

router = APIRouter(tags=["introductions"])

_MOVED = described.refusals(403, 404, 409)


@router.get("/introductions", responses=described.refusals(403, 404))
def list_introductions(query: Annotated[IntroductionsQuery, Query()], asking: AskingDep) -> Listed[IntroductionOut]:
    """The pairs that the organisation you act for was asked about, the last asked first."""
    with reading(asking.home.engine) as session:
        found = sides.listed(
            session,
            asking.actor,
            item_id=query.item_id,
            waiting=query.waiting,
            cursor=query.cursor,
            limit=query.limit + 1,
        )
        shown = presenting.sides(session, asking.actor, found[: query.limit])
        seen = _seen(session, asking, found[: query.limit])
    items.keep(asking, seen)
    return Listed(items=shown, next_cursor=shown[-1].id if len(found) > query.limit else None)


@router.get("/introductions/{id}", responses=described.refusals(403, 404))
def read_introduction(id: str, asking: AskingDep) -> IntroductionOut:
    """One of them: what you are asked, what became of it, and whom to talk to once both sides have accepted."""
    with reading(asking.home.engine) as session:
        found = sides.read(session, asking.actor, id)
        shown = presenting.side(session, asking.actor, found)
        seen = _seen(session, asking, [found])
    items.keep(asking, seen)
    return shown


@router.post("/introductions/{id}/accept", responses=_MOVED)
def accept_introduction(
    id: str, sent: Annotated[Assent, Body(openapi_examples=examples.ACCEPTANCES)], asking: AskingDep
) -> IntroductionOut:
    """Your side wants to be introduced. Once both do, each is told whom to talk to."""
    return _answered(asking, lambda session, at: introductions.accept(session, asking.actor, id, sent, at=at))


@router.post("/introductions/{id}/decline", responses=_MOVED)
def decline_introduction(
    id: str, sent: Annotated[Declining, Body(openapi_examples=examples.DECLININGS)], asking: AskingDep
) -> IntroductionOut:
    """Your side does not want to be introduced, for a reason that helps the other one to do better."""
    return _answered(asking, lambda session, at: introductions.decline(session, asking.actor, id, sent, at=at))


@router.get("/needs/{id}/fitting", responses=described.refusals(403, 404))
def fit_need(id: str, asking: AskingDep) -> list[FittingOut]:
    """What would make a need of yours fit results that matchmakers found not to."""
    return _fitting(asking, Kind.NEED, id)


@router.get("/results/{id}/fitting", responses=described.refusals(403, 404))
def fit_result(id: str, asking: AskingDep) -> list[FittingOut]:
    """What would make a result of yours fit needs that matchmakers found it not to."""
    return _fitting(asking, Kind.RESULT, id)


def _fitting(asking: Asking, kind: Kind, id: str) -> list[FittingOut]:
    with reading(asking.home.engine) as session:
        return presenting.fitting(sides.what_would_fit(session, asking.actor, kind, id))


def _answered(asking: Asking, answer: Callable[[Session, datetime], Introduction]) -> IntroductionOut:
    with writing_now(asking.home.engine) as (session, at):
        found = sides.read(session, asking.actor, answer(session, at).id)
        readings.keep(session, _seen(session, asking, [found]))
        return presenting.side(session, asking.actor, found)


def _seen(session: Session, asking: Asking, found: Sequence[Side]) -> list[readings.Reading]:
    shown = [side.other for side in found]
    return readings.worth_keeping(access.viewer(session, asking.actor), shown, "introduction")
