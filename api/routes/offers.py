"""Directed commission: offers, counter-offers, agreement."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described, idempotency
from api import described_awards as examples
from api.deps import AskingDep, KeyDep
from api.idempotency import Created
from api.schemas.awards import OfferOut, OfferRefusal
from api.timed import turn, writing_now
from matcher.awards import negotiations
from matcher.awards.drafts import OfferDraft
from matcher.sessions import reading

router = APIRouter(tags=["awards"])

_MOVED = described.refusals(403, 404, 409)
_NO_REASON = OfferRefusal()


@router.post("/answers/{id}/offers", status_code=201, response_model=OfferOut, responses=described.CREATED | _MOVED)
def make_offer(
    id: str,
    sent: Annotated[OfferDraft, Body(openapi_examples=examples.OFFERS)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """Offers terms for an answer, or counters the other side's offer that stands."""

    def make(session: Session) -> Created:
        made = negotiations.offer(session, asking.actor, id, sent, at=turn(session))
        return Created(OfferOut.of(made), asking.request.url_for("list_offers", id=id).path)

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


@router.get("/answers/{id}/offers", responses=described.refusals(404))
def list_offers(id: str, asking: AskingDep) -> list[OfferOut]:
    """Every version, the first one first."""
    with reading(asking.home.engine) as session:
        return [OfferOut.of(one) for one in negotiations.listed(session, asking.actor, id)]


@router.post("/offers/{id}/agree", responses=_MOVED)
def agree_to_offer(id: str, asking: AskingDep) -> OfferOut:
    """Agrees to the other side's offer."""
    with writing_now(asking.home.engine) as (session, at):
        return OfferOut.of(negotiations.agree(session, asking.actor, id, at=at))


@router.post("/offers/{id}/decline", responses=_MOVED)
def decline_offer(id: str, asking: AskingDep, sent: OfferRefusal = _NO_REASON) -> OfferOut:
    """Declines the other side's offer; either side may make another."""
    with writing_now(asking.home.engine) as (session, at):
        return OfferOut.of(negotiations.decline(session, asking.actor, id, at=at, reason=sent.reason))
