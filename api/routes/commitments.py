"""What investors commit, and what of grades and commitments foretold success."""

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
from api.schemas.decisions import CommitmentOut, ForesightOut
from api.timed import turn, writing_now
from matcher.grading import commitments, foresight
from matcher.grading.commitments import CommitmentDraft
from matcher.sessions import reading

router = APIRouter(tags=["grading"])

_MOVED = described.refusals(403, 404, 409)


@router.post(
    "/answers/{id}/commitments",
    status_code=201,
    response_model=CommitmentOut,
    responses=described.CREATED | _MOVED,
)
def commit_money(
    id: str,
    draft: Annotated[CommitmentDraft, Body(openapi_examples=examples.COMMITMENTS)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """An organisation invited to invest promises money to an answer. It may be withdrawn until the round closes."""

    def make(session: Session) -> Created:
        made = commitments.commit(session, asking.actor, id, draft, at=turn(session))
        location = asking.request.url_for("list_commitments", id=id).path
        return Created(presenting.commitments(session, [made])[0], location)

    return idempotency.create(asking.home.engine, asking.actor, key, draft, make)


@router.get("/answers/{id}/commitments", responses=described.refusals(404))
def list_commitments(id: str, asking: AskingDep) -> list[CommitmentOut]:
    """All of them for the setter, the funder and operators, your organisation's own for others who read the answer."""
    with reading(asking.home.engine) as session:
        return presenting.commitments(session, commitments.of_answer(session, asking.actor, id))


@router.post("/commitments/{id}/withdraw", responses=_MOVED)
def withdraw_commitment(id: str, asking: AskingDep) -> CommitmentOut:
    """Takes a commitment back, until the round closes."""
    with writing_now(asking.home.engine) as (session, at):
        found = commitments.withdraw(session, asking.actor, id, at=at)
        return presenting.commitments(session, [found])[0]


@router.get("/foresight", responses=described.refusals())
def look_back(asking: AskingDep) -> ForesightOut:
    """Grades and commitments of awarded answers beside what became of them, over all that you may read."""
    with reading(asking.home.engine) as session:
        return presenting.foresight(foresight.look_back(session, asking.actor))
