"""Whole files of needs or results."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Header, Request, UploadFile
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from api import described
from api.composition import Home
from api.deps import ActorDep, FollowerDep, HomeDep
from api.schemas import ImportCounts, ImportOut, OrganisationName, ProblemListOut, RowProblemOut
from matcher import organisations, problem_lists
from matcher.actors import Actor
from matcher.drafts import printable
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


class Upload:
    """A file, and whose its rows are."""

    def __init__(
        self,
        file: UploadFile,
        organisation_id: Annotated[
            str | None, Form(description="Whose the rows are that do not say so themselves.", max_length=36)
        ] = None,
        organisation: Annotated[
            str | None, Form(description="The same by name; admitted when it is new.", max_length=200)
        ] = None,
    ) -> None:
        self.file = file
        self.organisation_id = (organisation_id or "").strip()
        self.organisation = (organisation or "").strip()
        if self.organisation_id and self.organisation:
            raise Invalid("is given beside organisation_id; one of them is expected", place="body.organisation")

    @property
    def name(self) -> str:
        """As the user knows the file, without the folders that some browsers send along."""
        name = (self.file.filename or "").replace("\\", "/").rpartition("/")[2][:200]
        return str(printable(name)) or "upload"

    def owner(self, session: Session, actor: Actor, kind: Kind) -> Organisation | None:
        if self.organisation_id:
            return organisations.get(session, self.organisation_id)
        if self.organisation:
            return organisations.by_name_or_new(session, actor, self.organisation, _OWNERS[kind])
        return None


UploadDep = Annotated[Upload, Depends()]
Accept = Annotated[
    str, Header(description=f"With {XLSX} the answer is a workbook of the rejected rows with the reasons.")
]


@router.post("/problem-lists", response_model=ImportOut, responses=_REPORT)
def bring_needs(
    upload: UploadDep,
    request: Request,
    home: HomeDep,
    follower: FollowerDep,
    actor: ActorDep,
    title: Annotated[str, Form(description="Of the problem list; else the file's name.", max_length=500)] = "",
    accept: Accept = "*/*",
) -> Response:
    """Brings a file of needs (.xlsx, .xls, .ods, .csv, .jsonl, .gz) and publishes new ones as a problem list.

    A file brought again changes only what was edited in it. Rows that cannot be read are reported,
    and the others stored.
    """
    intake, report = _bring(upload, Kind.NEEDS, home, actor, title.strip() or PurePath(upload.name).stem)
    follower.nudge()
    headers = {}
    if len(report.problem_lists) == 1:
        headers["Location"] = request.url_for("read_problem_list", id=report.problem_lists[0]).path
    return _answer(intake, report, accept, headers)


@router.post("/results/import", response_model=ImportOut, responses=_REPORT)
def bring_results(
    upload: UploadDep,
    home: HomeDep,
    follower: FollowerDep,
    actor: ActorDep,
    accept: Accept = "*/*",
) -> Response:
    """Brings a file of results, as POST /problem-lists does for needs."""
    intake, report = _bring(upload, Kind.RESULTS, home, actor)
    follower.nudge()
    return _answer(intake, report, accept, {})


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


def _bring(upload: Upload, kind: Kind, home: Home, actor: Actor, title: str = "") -> tuple[Intake, ImportReport]:
    with TemporaryDirectory(prefix="jiebang-upload-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as copy:
            shutil.copyfileobj(upload.file.file, copy)
        intake = read(path, kind, name=upload.name)
    with writing(home.engine) as session:
        owner = upload.owner(session, actor, kind)
        return intake, problem_lists.bring(session, actor, intake, organisation=owner, title=title)


def _answer(intake: Intake, report: ImportReport, accept: str, headers: dict[str, str]) -> Response:
    status = 201 if report.created else 200
    if XLSX in accept:
        headers["Content-Disposition"] = 'attachment; filename="rejected.xlsx"'
        with TemporaryDirectory(prefix="jiebang-rejected-") as folder:
            workbook = Path(folder) / "rejected.xlsx"
            write_rejected(intake, workbook)
            return Response(workbook.read_bytes(), status, headers, XLSX)
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
