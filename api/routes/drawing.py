"""Drawing a challenge's graders, and the conflicts of interest that are known."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described, idempotency
from api import described_grading as examples
from api import grading_presenting as presenting
from api.deps import AskingDep, KeyDep
from api.idempotency import Created
from api.routes.desk import own_id
from api.schemas.decisions import RoundQuery
from api.schemas.grading import CandidateOut, ConflictOut, DrawOut, ReasonOut, SeatOut
from api.timed import turn, writing_now
from matcher.grading import conflicts, drawing, pool, readings
from matcher.grading.conflicts import ConflictDraft, Declaration
from matcher.grading.drawing import DrawDraft, Impossible
from matcher.sessions import reading

router = APIRouter(tags=["grading"])


@router.get("/challenges/{id}/graders", responses=described.refusals(403, 404))
def list_graders(id: str, asking: AskingDep) -> list[CandidateOut]:
    """The pool of graders, how much waits on each, and the conflicts with answers of the current round."""
    teams = readings.teams(asking.home.secrets)
    with reading(asking.home.engine) as session:
        return presenting.candidates(drawing.candidates(session, asking.actor, id, teams))


@router.post("/challenges/{id}/draw", responses=described.refusals(403, 404, 409))
def draw_graders(
    id: str,
    draft: Annotated[DrawDraft, Body(openapi_examples=examples.DRAWS)],
    asking: AskingDep,
) -> DrawOut:
    """Puts each answer of the round on as many desks as it lacks, or says which rule cannot be kept.

    Nobody gets an answer of their own organisation, or one in whose team somebody is called as they are; who
    knows its field best comes first. Asked again, it fills up what was declined or recalled since.
    """
    with reading(asking.home.engine) as session:
        texts = readings.texts(session, asking.home.secrets, asking.actor, id)
    similarity, teams = pool.by_texts(asking.home.encoder, texts), readings.teams(asking.home.secrets)
    with writing_now(asking.home.engine) as (session, at):
        found = drawing.draw(session, asking.actor, id, draft, at=at, similarity=similarity, teams=teams)
        if isinstance(found, Impossible):
            return DrawOut(drawn=[], impossible=[ReasonOut.model_validate(reason) for reason in found.reasons])
        return DrawOut(drawn=presenting.seats(session, found), impossible=[])


@router.get("/challenges/{id}/assignments", responses=described.refusals(403, 404))
def list_seats(id: str, query: Annotated[RoundQuery, Query()], asking: AskingDep) -> list[SeatOut]:
    """Which answer lies on whose desk, for who draws; what graders found is not among it."""
    with reading(asking.home.engine) as session:
        return presenting.seats(session, drawing.listed(session, asking.actor, id, query.round))


@router.post("/assignments/{id}/recall", responses=described.refusals(403, 404, 409))
def recall_assignment(id: str, asking: AskingDep) -> SeatOut:
    """Takes an answer off a desk, with its grade. For who draws."""
    with writing_now(asking.home.engine) as (session, at):
        return presenting.seats(session, [drawing.recall(session, asking.actor, id, at=at)])[0]


@router.get("/challenges/{id}/conflicts", responses=described.refusals(403, 404))
def list_conflicts(id: str, asking: AskingDep) -> list[ConflictOut]:
    """Conflicts of interest recorded for a challenge, for who draws its graders."""
    with reading(asking.home.engine) as session:
        return [ConflictOut.model_validate(one) for one in conflicts.listed(session, asking.actor, id)]


@router.post(
    "/challenges/{id}/conflicts",
    status_code=201,
    response_model=ConflictOut,
    responses=described.CREATED | described.refusals(403, 404),
)
def record_conflict(
    id: str,
    draft: Annotated[ConflictDraft, Body(openapi_examples=examples.CONFLICTS)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """Says of a grader that they must not judge what an organisation hands in; what lies on their desk is recalled."""

    def make(session: Session) -> Created:
        made = conflicts.record(session, asking.actor, id, draft, at=turn(session))
        return Created(ConflictOut.model_validate(made), asking.request.url_for("list_conflicts", id=id).path)

    return idempotency.create(asking.home.engine, asking.actor, key, draft, make)


@router.get("/conflicts", responses=described.refusals())
def list_own_conflicts(asking: AskingDep) -> list[ConflictOut]:
    """The conflicts of interest that hold for you in every challenge."""
    with reading(asking.home.engine) as session:
        return [ConflictOut.model_validate(one) for one in conflicts.own(session, asking.actor, own_id(asking))]


@router.post(
    "/conflicts",
    status_code=201,
    response_model=ConflictOut,
    responses=described.CREATED | described.refusals(403, 404),
)
def declare_conflict(
    draft: Annotated[Declaration, Body(openapi_examples=examples.DECLARATIONS)], asking: AskingDep, key: KeyDep
) -> JSONResponse:
    """Says of oneself that one must not judge what an organisation hands in, and declines what one has of it;
    where one may not know whose the answers are, all that one has on the desk, whichever is named."""

    def make(session: Session) -> Created:
        made = conflicts.declare(session, asking.actor, own_id(asking), draft, at=turn(session))
        return Created(ConflictOut.model_validate(made), asking.request.url_for("list_own_conflicts").path)

    return idempotency.create(asking.home.engine, asking.actor, key, draft, make)
