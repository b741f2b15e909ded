"""Whole files of needs or results."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Form, Header, Request, UploadFile
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from api import described
from api.composition import Home
from api.deps import ActorDep, FollowerDep, HomeDep
from api.schemas import ImportCounts, ImportOut, OrganisationName, ProblemListOut, RowProblemOut
from matcher import organisations, problem_lists
from matcher.actors import Actor
from matcher.entities import Organisation, OrganisationKind
from matcher.errors import Invalid
from matcher.intake.rejected import write_rejected
from matcher.intake.report import Intake, Kind
from matcher.intake.rows import read
from matcher.problem_lists import ImportReport
from matcher.sessions import reading, writing

router = APIRouter(tags=["files"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_OWNERS = {Kind.NEEDS: OrganisationKind.COMPANY, Kind.RESULTS: OrganisationKind.LAB}
_WORKBOOK = {XLSX: {"schema": {"type": "string", "format": "binary"}}}
_ANSWERS: described.Responses = {
    200: {"description": "Nothing new; rows may have been updated.", "content": _WORKBOOK},
    201: {"description": "New rows were stored.", "model": ImportOut, "content": _WORKBOOK},
}
_REPORT = _ANSWERS | described.refusals(404, 413)

OrganisationId = Annotated[
    str | None, Form(description="Whose the rows are that do not say so themselves.", max_length=36)
]
OrganisationNamed = Annotated[
    str | None,
    Form(alias="organisation", description="The same by name; admitted when it is new.", min_length=1, max_length=200),
]
Accept = Annotated[
    str, Header(description=f"With {XLSX} the answer is a workbook of the rejected rows with the reasons.")
]


@router.post("/problem-lists", response_model=ImportOut, responses=_REPORT)
def bring_needs(
    file: UploadFile,
    request: Request,
    home: HomeDep,
    follower: FollowerDep,
    actor: ActorDep,
    organisation_id: OrganisationId = None,
    organisation: OrganisationNamed = None,
    title: Annotated[str, Form(description="Of the problem list; else the file's name.", max_length=500)] = "",
    accept: Accept = "*/*",
) -> Response:
    """Brings a file of needs (.xlsx, .xls, .ods, .csv, .jsonl, .gz) and publishes new ones as a problem list.

    A file brought again changes only what was edited in it. Rows that cannot be read are reported,
    and the others stored.
    """
    name = _displayed(file)
    intake, report, workbook = _bring(
        file, Kind.NEEDS, name, home, actor, organisation_id, organisation, title.strip() or PurePath(name).stem
    )
    follower.nudge()
    headers = {}
    if len(report.problem_lists) == 1:
        headers["Location"] = request.url_for("read_problem_list", id=report.problem_lists[0]).path
    return _answer(intake, report, workbook if XLSX in accept else None, headers)


@router.post("/results/import", response_model=ImportOut, responses=_REPORT)
def bring_results(
    file: UploadFile,
    home: HomeDep,
    follower: FollowerDep,
    actor: ActorDep,
    organisation_id: OrganisationId = None,
    organisation: OrganisationNamed = None,
    accept: Accept = "*/*",
) -> Response:
    """Brings a file of results, as POST /problem-lists does for needs."""
    intake, report, workbook = _bring(file, Kind.RESULTS, _displayed(file), home, actor, organisation_id, organisation)
    follower.nudge()
    return _answer(intake, report, workbook if XLSX in accept else None, {})


@router.get("/problem-lists/{id}", responses=described.refusals(404))
def read_problem_list(id: str, home: HomeDep, actor: ActorDep) -> ProblemListOut:
    """Its needs are at GET /needs?problem_list_id=…"""
    with reading(home.engine) as session:
        found = problem_lists.get_problem_list(session, actor, id)
        owner = organisations.get(session, found.organisation_id)
        return ProblemListOut(
            id=found.id,
            organisation=OrganisationName.model_validate(owner),
            title=found.title,
            created_at=found.created_at,
        )


def _displayed(file: UploadFile) -> str:
    """The name the user knows the file by, without the folders that some browsers send along."""
    return (file.filename or "").replace("\\", "/").rpartition("/")[2][:200] or "upload"


def _bring(
    file: UploadFile,
    kind: Kind,
    name: str,
    home: Home,
    actor: Actor,
    organisation_id: str | None,
    organisation: str | None,
    title: str = "",
) -> tuple[Intake, ImportReport, bytes]:
    if organisation_id and organisation:
        raise Invalid("is given beside organisation_id; one of them is expected", place="organisation")
    with TemporaryDirectory(prefix="jiebang-upload-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as copy:
            shutil.copyfileobj(file.file, copy)
        intake = read(path, kind, name=name)
        with writing(home.engine) as session:
            owner = _owner(session, actor, kind, organisation_id, organisation)
            report = problem_lists.bring(session, actor, intake, organisation=owner, title=title)
        workbook = Path(folder) / "rejected.xlsx"
        write_rejected(intake, workbook)
        return intake, report, workbook.read_bytes()


def _owner(
    session: Session, actor: Actor, kind: Kind, organisation_id: str | None, organisation: str | None
) -> Organisation | None:
    if organisation_id:
        return organisations.get(session, organisation_id)
    if organisation and organisation.strip():
        return organisations.named(session, actor, organisation, _OWNERS[kind])
    return None


def _answer(intake: Intake, report: ImportReport, workbook: bytes | None, headers: dict[str, str]) -> Response:
    status = 201 if report.created else 200
    if workbook is not None:
        headers["Content-Disposition"] = 'attachment; filename="rejected.xlsx"'
        return Response(workbook, status, headers, XLSX)
    told = ImportOut(
        file=intake.file,
        counts=ImportCounts(
            created=len(report.created),
            updated=len(report.updated),
            unchanged=report.unchanged,
            rejected=len(intake.rejected),
        ),
        created=report.created,
        updated=report.updated,
        problem_lists=report.problem_lists,
        problems=[RowProblemOut.model_validate(problem) for problem in intake.problems],
        notices=[RowProblemOut.model_validate(notice) for notice in intake.notices],
    )
    return JSONResponse(told.model_dump(mode="json"), status, headers)
