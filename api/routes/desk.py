"""A grader's desk: the answers on it, and the grades as they grow."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import Response
from sqlmodel import Session

from api import described
from api import described_grading as examples
from api import grading_presenting as presenting
from api.deps import Asking, AskingDep, VersionsDep
from api.downloads import download
from api.schemas.grading import AssignmentOut, AssignmentRefusal, DeskOut, GradeOut
from api.timed import writing_now
from matcher.errors import Unauthenticated
from matcher.grading import conflicts, grades, readings
from matcher.grading.grades import GradeDraft
from matcher.sessions import reading

router = APIRouter(tags=["grading"])

_FILE = {200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}


@router.get("/assignments", responses=described.refusals())
def list_own_assignments(asking: AskingDep) -> list[DeskOut]:
    """The answers that were put on your desk, the newest first."""
    with reading(asking.home.engine) as session:
        return [presenting.desk(one) for one in grades.on_desk(session, asking.actor, own_id(asking))]


@router.get("/assignments/{id}", response_model=AssignmentOut, responses=described.SHOWN)
def read_assignment(id: str, asking: AskingDep) -> AssignmentOut:
    """An answer on your desk: what it says, what it is graded by, and your grade as far as it has come."""
    with reading(asking.home.engine) as session:
        return _answer(asking, session, id)


@router.get(
    "/assignments/{id}/files/{file_id}", response_class=Response, responses=_FILE | described.refusals(404, 409)
)
def read_assigned_file(id: str, file_id: str, asking: AskingDep) -> Response:
    """A file of an answer on your desk; of one that you grade without knowing whose it is, those that name nobody."""
    with reading(asking.home.engine) as session:
        found, content = readings.file(session, asking.home.secrets, asking.actor, id, file_id)
    return download(content, "application/octet-stream", found.name)


@router.put("/assignments/{id}/grade", response_model=AssignmentOut, responses=described.EDITED)
def save_grade(
    id: str,
    draft: Annotated[GradeDraft, Body(openapi_examples=examples.GRADES)],
    asking: AskingDep,
    versions: VersionsDep,
) -> AssignmentOut:
    """Saves your grade, whole or in part, in the place of what was saved before. Nobody else reads it yet."""
    with writing_now(asking.home.engine) as (session, at):
        teams = readings.teams(asking.home.secrets)
        grades.save(session, asking.actor, id, draft, versions=versions, teams=teams, at=at)
        return _answer(asking, session, id)


@router.post("/assignments/{id}/submit", response_model=AssignmentOut, responses=described.EDITED)
def submit_grade(id: str, asking: AskingDep, versions: VersionsDep) -> AssignmentOut:
    """Hands your grade in: every score with its reason, every must-have indicator judged."""
    with writing_now(asking.home.engine) as (session, at):
        teams = readings.teams(asking.home.secrets)
        grades.submit(session, asking.actor, id, versions=versions, teams=teams, at=at)
        return _answer(asking, session, id)


@router.post("/assignments/{id}/reopen", response_model=AssignmentOut, responses=described.EDITED)
def reopen_grade(id: str, asking: AskingDep, versions: VersionsDep) -> AssignmentOut:
    """Takes your submitted grade back to be changed, until the round's grades are closed."""
    with writing_now(asking.home.engine) as (session, at):
        grades.reopen(session, asking.actor, id, versions=versions, at=at)
        return _answer(asking, session, id)


@router.post("/assignments/{id}/decline", response_model=AssignmentOut, responses=described.refusals(403, 404, 409))
def decline_assignment(
    id: str, sent: Annotated[AssignmentRefusal, Body(openapi_examples=examples.DECLININGS)], asking: AskingDep
) -> AssignmentOut:
    """Hands an answer back ungraded; for a conflict of interest, all answers of the same people with it."""
    with writing_now(asking.home.engine) as (session, at):
        conflicts.decline(session, asking.actor, id, conflict=sent.conflict, reason=sent.reason, at=at)
        return _answer(asking, session, id)


@router.get("/answers/{id}/grades", responses=described.refusals(403, 404))
def list_grades(id: str, asking: AskingDep) -> list[GradeOut]:
    """The grades of an answer, of rounds whose grades are closed. For the setter, the funder and operators."""
    with reading(asking.home.engine) as session:
        return presenting.grades(session, grades.of_answer(session, asking.actor, id))


def own_id(asking: Asking) -> str:
    """Whose desk it is. Raises Unauthenticated."""
    if asking.actor.person_id is None:
        raise Unauthenticated("Sign in first.")
    return asking.actor.person_id


def _answer(asking: Asking, session: Session, id: str) -> AssignmentOut:
    found = grades.read(session, asking.actor, id)
    asking.response.headers["ETag"] = presenting.etag(found[2])
    return presenting.assignment(session, found, readings.paper(session, asking.home.secrets, asking.actor, id))
