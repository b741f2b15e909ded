"""From the grades to the decision: standings, determinations, eliminations and their reversal."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import challenge_presenting, described, idempotency
from api import described_grading as examples
from api import grading_presenting as presenting
from api.deps import Asking, AskingDep, KeyDep
from api.idempotency import Created
from api.schemas.challenges import ChallengeOut
from api.schemas.decisions import (
    DeterminationOut,
    EliminationOut,
    RehearsalOut,
    Reversal,
    RoundQuery,
    StandingsOut,
)
from api.timed import turn, writing_now
from matcher.engine import challenge_moves, clock
from matcher.entities import Challenge
from matcher.grading import closing, determinations, eliminations, readings, standings
from matcher.grading.determinations import DecisionDraft
from matcher.grading.eliminations import EliminationDraft
from matcher.sessions import reading

router = APIRouter(tags=["grading"])

_MOVED = described.refusals(403, 404, 409)


@router.post("/challenges/{id}/rank", response_model=ChallengeOut, responses=_MOVED)
def close_grades(id: str, asking: AskingDep) -> ChallengeOut:
    """Closes the round's grades and makes its commitments firm: from here on they are read, and no longer changed."""
    with writing_now(asking.home.engine) as (session, at):
        teams = readings.teams(asking.home.secrets)
        return _challenge(asking, session, closing.close(session, asking.actor, id, teams=teams, at=at))


@router.get("/challenges/{id}/standings", responses=_MOVED)
def read_standings(id: str, query: Annotated[RoundQuery, Query()], asking: AskingDep) -> StandingsOut:
    """Ranks, means, agreement and severity, what was measured and committed, once the round's grades are closed."""
    with reading(asking.home.engine) as session:
        return presenting.standings(session, standings.read(session, asking.actor, id, query.round))


# -- determinations --------------------------------------------------------------------------------


@router.put("/answers/{id}/decision", response_model=DeterminationOut, responses=_MOVED)
def decide_answer(
    id: str, draft: Annotated[DecisionDraft, Body(openapi_examples=examples.DECISIONS)], asking: AskingDep
) -> DeterminationOut:
    """Decides on one answer, in the place of what was decided before. It is told once all are determined."""
    with writing_now(asking.home.engine) as (session, at):
        made = determinations.decide(session, asking.actor, id, draft, at=at)
        return DeterminationOut.model_validate(made)


@router.post("/challenges/{id}/determine", responses=_MOVED)
def determine_challenge(id: str, asking: AskingDep) -> list[DeterminationOut]:
    """Carries out and tells what was decided on every answer of the last round, all at once."""
    with writing_now(asking.home.engine) as (session, at):
        made = determinations.determine(session, asking.actor, id, at=at)
        return [DeterminationOut.model_validate(one) for one in made]


@router.get("/challenges/{id}/determinations", responses=described.refusals(403, 404))
def list_determinations(id: str, asking: AskingDep) -> list[DeterminationOut]:
    """All decisions on its answers, those not told yet included. For the setter's posters and managers."""
    with reading(asking.home.engine) as session:
        found = determinations.listed(session, asking.actor, id)
        return [DeterminationOut.model_validate(one) for one in found]


@router.get("/answers/{id}/determinations", responses=described.refusals(404))
def list_told_determinations(id: str, asking: AskingDep) -> list[DeterminationOut]:
    """What was decided on an answer, once it was told. For its readers."""
    with reading(asking.home.engine) as session:
        return [DeterminationOut.model_validate(one) for one in determinations.of_answer(session, asking.actor, id)]


@router.post("/challenges/{id}/reconsider", response_model=ChallengeOut, responses=_MOVED)
def reconsider_challenge(
    id: str, sent: Annotated[Reversal, Body(openapi_examples=examples.REVERSALS)], asking: AskingDep
) -> ChallengeOut:
    """After an upheld objection an operator has the answers of the round decided on again."""
    with writing_now(asking.home.engine) as (session, at):
        found = determinations.reconsider(session, asking.actor, id, reason=sent.reason, at=at)
        return _challenge(asking, session, found)


# -- eliminations ----------------------------------------------------------------------------------


@router.get("/challenges/{id}/rehearsal", responses=_MOVED)
def rehearse_elimination(id: str, asking: AskingDep) -> RehearsalOut:
    """A dry run: who would go on to the next round, why, and what each would be paid. Changes nothing."""
    with reading(asking.home.engine) as session:
        at = clock.of_database(session)
        return presenting.rehearsal(eliminations.rehearse(session, asking.actor, id, at=at))


@router.post(
    "/challenges/{id}/eliminations",
    status_code=201,
    response_model=EliminationOut,
    responses=described.CREATED | _MOVED,
)
def eliminate_answers(
    id: str,
    draft: Annotated[EliminationDraft, Body(openapi_examples=examples.ELIMINATIONS)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """Opens the next round to those that go on, as it was rehearsed or not at all."""

    def make(session: Session) -> Created:
        made = eliminations.eliminate(session, asking.actor, id, draft, at=turn(session))
        return Created(presenting.eliminations([made])[0], asking.request.url_for("list_eliminations", id=id).path)

    return idempotency.create(asking.home.engine, asking.actor, key, draft, make)


@router.get("/challenges/{id}/eliminations", responses=described.refusals(403, 404))
def list_eliminations(id: str, asking: AskingDep) -> list[EliminationOut]:
    """All that were carried out, those reversed included, oldest first. For who makes them."""
    with reading(asking.home.engine) as session:
        return presenting.eliminations(eliminations.listed(session, asking.actor, id))


@router.post("/challenges/{id}/reversal", responses=_MOVED)
def reverse_elimination(
    id: str, sent: Annotated[Reversal, Body(openapi_examples=examples.REVERSALS)], asking: AskingDep
) -> EliminationOut:
    """Puts the challenge and its answers back to what they were before the last elimination, within the set time."""
    with writing_now(asking.home.engine) as (session, at):
        undone = eliminations.reverse(session, asking.actor, id, reason=sent.reason, at=at)
        return presenting.eliminations([undone])[0]


def _challenge(asking: Asking, session: Session, challenge: Challenge) -> ChallengeOut:
    session.flush()
    found = challenge_moves.find(session, asking.actor, challenge.id)
    [told] = challenge_presenting.shown(session, asking.actor, [found])
    return told
