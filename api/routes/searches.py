"""Searches that somebody keeps for themselves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described, idempotency
from api import described_reviews as examples
from api.deps import AskingDep, KeyDep
from api.idempotency import Created
from api.routes.desk import own_id
from api.schemas.reviews import SavedSearchOut
from api.timed import turn, writing_now
from matcher.reviews import searches
from matcher.reviews.searches import SearchDraft
from matcher.sessions import reading

router = APIRouter(prefix="/searches", tags=["account"])


@router.get("", responses=described.refusals(404))
def list_searches(asking: AskingDep) -> list[SavedSearchOut]:
    """Your own, by name."""
    with reading(asking.home.engine) as session:
        found = searches.listed(session, asking.actor, own_id(asking))
        return [SavedSearchOut.model_validate(one) for one in found]


@router.post(
    "", status_code=201, response_model=SavedSearchOut, responses=described.CREATED | described.refusals(403, 404, 409)
)
def save_search(
    sent: Annotated[SearchDraft, Body(openapi_examples=examples.SEARCHES)], asking: AskingDep, key: KeyDep
) -> JSONResponse:
    """Keeps a search under a name."""

    def make(session: Session) -> Created:
        made = searches.save(session, asking.actor, own_id(asking), sent, at=turn(session))
        return Created(SavedSearchOut.model_validate(made), asking.request.url_for("list_searches").path)

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


@router.delete("/{id}", status_code=204, response_class=Response, responses=described.refusals(403, 404))
def remove_search(id: str, asking: AskingDep) -> Response:
    """Forgets a search of yours."""
    with writing_now(asking.home.engine) as (session, _):
        searches.remove(session, asking.actor, own_id(asking), id)
    return Response(status_code=204)
