"""Objections to a determination, and their answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described, idempotency
from api import described_grading as examples
from api import grading_presenting as presenting
from api.deps import AskingDep, KeyDep
from api.idempotency import Created
from api.schemas.decisions import ObjectionAnswer, ObjectionOut, ObjectionPost
from api.timed import turn, writing_now
from matcher.grading import objections
from matcher.sessions import reading

router = APIRouter(tags=["grading"])

_MOVED = described.refusals(403, 404, 409)


@router.post(
    "/answers/{id}/objections",
    status_code=201,
    response_model=ObjectionOut,
    responses=described.CREATED | _MOVED,
)
def raise_objection(
    id: str,
    sent: Annotated[ObjectionPost, Body(openapi_examples=examples.OBJECTIONS)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """An answer's lead objects to what was decided on it, within the set time."""

    def make(session: Session) -> Created:
        made = objections.raise_(session, asking.actor, id, sent.text, at=turn(session))
        location = asking.request.url_for("list_objections", id=made.challenge_id).path
        return Created(presenting.objections(session, [made])[0], location)

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


@router.get("/challenges/{id}/objections", responses=described.refusals(404))
def list_objections(id: str, asking: AskingDep) -> list[ObjectionOut]:
    """All of them for the setter and operators, your organisation's own for others."""
    with reading(asking.home.engine) as session:
        return presenting.objections(session, objections.listed(session, asking.actor, id))


@router.post("/objections/{id}/take-back", responses=_MOVED)
def take_back_objection(id: str, asking: AskingDep) -> ObjectionOut:
    """Who raised it takes it back, while it is not answered."""
    with writing_now(asking.home.engine) as (session, at):
        return presenting.objections(session, [objections.take_back(session, asking.actor, id, at=at)])[0]


@router.post("/objections/{id}/answer", responses=_MOVED)
def answer_objection(
    id: str, sent: Annotated[ObjectionAnswer, Body(openapi_examples=examples.OBJECTION_ANSWERS)], asking: AskingDep
) -> ObjectionOut:
    """An operator who has not decided and belongs to neither side upholds or dismisses it."""
    with writing_now(asking.home.engine) as (session, at):
        found = objections.answer(session, asking.actor, id, upheld=sent.upheld, text=sent.text, at=at)
        return presenting.objections(session, [found])[0]
