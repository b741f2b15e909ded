"""User evaluation: who tries what an answer offers, and what they found."""

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
from api.routes.desk import own_id
from api.schemas.grading import NamedOut, ReportOut, TrialOut
from api.timed import turn, writing_now
from matcher.grading import trials
from matcher.grading.trials import ReportDraft, TrialDraft
from matcher.sessions import reading

router = APIRouter(tags=["grading"])


@router.post(
    "/answers/{id}/trials",
    status_code=201,
    response_model=NamedOut,
    responses=described.CREATED | described.refusals(403, 404, 409),
)
def name_user(
    id: str, draft: Annotated[TrialDraft, Body(openapi_examples=examples.TRIALS)], asking: AskingDep, key: KeyDep
) -> JSONResponse:
    """The setter names a user who tries what an answer offers."""

    def make(session: Session) -> Created:
        made = trials.name_user(session, asking.actor, id, draft, at=turn(session))
        location = asking.request.url_for("list_reports", id=id).path
        return Created(presenting.named(session, [made])[0], location)

    return idempotency.create(asking.home.engine, asking.actor, key, draft, make)


@router.get("/answers/{id}/trials", responses=described.refusals(403, 404))
def list_reports(id: str, asking: AskingDep) -> list[ReportOut]:
    """What those found who tried it, of rounds whose grades are closed. For the setter, the funder and operators."""
    with reading(asking.home.engine) as session:
        return presenting.reports(session, trials.of_answer(session, asking.actor, id))


@router.get("/challenges/{id}/trials", responses=described.refusals(403, 404))
def list_named_users(id: str, asking: AskingDep) -> list[NamedOut]:
    """Who is to try which answer of the current round; what they found is not among it."""
    with reading(asking.home.engine) as session:
        return presenting.named(session, trials.named(session, asking.actor, id))


@router.get("/trials", responses=described.refusals())
def list_own_trials(asking: AskingDep) -> list[TrialOut]:
    """The trials that you are named for, the newest first."""
    with reading(asking.home.engine) as session:
        return [presenting.trial(session, one) for one in trials.own(session, asking.actor, own_id(asking))]


@router.get("/trials/{id}", responses=described.refusals(404))
def read_trial(id: str, asking: AskingDep) -> TrialOut:
    """A trial that you are named for."""
    with reading(asking.home.engine) as session:
        return presenting.trial(session, trials.read(session, asking.actor, id))


@router.put("/trials/{id}", responses=described.refusals(403, 404, 409))
def report_trial(
    id: str, draft: Annotated[ReportDraft, Body(openapi_examples=examples.REPORTS)], asking: AskingDep
) -> TrialOut:
    """Says what you found, in the place of what you said before, until the round's grades are closed."""
    with writing_now(asking.home.engine) as (session, at):
        trials.report(session, asking.actor, id, draft, at=at)
        return presenting.trial(session, trials.read(session, asking.actor, id))
