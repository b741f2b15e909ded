"""Whole files of needs or results."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Header, Query, UploadFile
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from api import described
from api.deps import Asking, AskingDep, FollowerDep
from api.identity.authentication import KnownFirst
from api.schemas.base import Listed, Paging
from api.schemas.files import ImportCounts, ImportOut, ProblemListOut, RowProblemOut
from api.schemas.organisations import OrganisationName
from matcher import organisations, problem_lists
from matcher.actors import Actor
from matcher.drafts import printable
from matcher.entities import Kind as StoredKind
from matcher.entities import Organisation, ProblemList
from matcher.errors import Invalid
from matcher.intake.rejected import write_rejected
from matcher.intake.report import Intake, Kind
from matcher.intake.rows import read
from matcher.problem_lists import ImportReport
from matcher.sessions import reading, writing

router = APIRouter(tags=["files"], route_class=KnownFirst)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_STORED = {Kind.NEEDS: StoredKind.NEED, Kind.RESULTS: StoredKind.RESULT}
_HOMELESS = (
    "no row of the file names its organisation; say whose they are with organisation_id or organisation in the "
    "request, or in a column 单位 (Organisation) of the file"
)
_WORKBOOK = {XLSX: {"schema": {"type": "string", "format": "binary"}}}
_ANSWERS: described.Responses = {
    200: {"description": "Nothing new; rows may have been updated.", "content": _WORKBOOK},
    201: {"description": "New rows were stored.", "model": ImportOut, "content": _WORKBOOK},
}
_REPORT = _ANSWERS | described.refusals(403, 404, 409)


class Whose:
    """Whose the rows are that do not say so themselves."""

    def __init__(self, organisation_id: str = "", organisation: str = "") -> None:
        self.organisation_id, self.organisation = organisation_id.strip(), organisation.strip()
        if self.organisation_id and self.organisation:
            raise Invalid("is given beside organisation_id; one of them is expected", place="body.organisation")

    @property
    def names_owner(self) -> bool:
        return bool(self.organisation_id or self.organisation)

    def owner(self, session: Session, actor: Actor) -> Organisation | str | None:
        """As `problem_lists.bring` takes it."""
        if self.organisation_id:
            return organisations.read(session, actor, self.organisation_id)
        return self.organisation or None


class Upload(Whose):
    """A file, and whose its rows are."""

    def __init__(
        self,
        file: UploadFile,
        organisation_id: Annotated[
            str | None,
            Form(
                description="Whose the rows are that do not say so themselves; else the organisation acted for.",
                max_length=36,
            ),
        ] = None,
        organisation: Annotated[
            str | None, Form(description="The same by name; operators admit it when it is new.", max_length=200)
        ] = None,
    ) -> None:
        super().__init__(organisation_id or "", organisation or "")
        self.file = file

    @property
    def name(self) -> str:
        """As the user knows the file, without the folders that some browsers send along."""
        name = (self.file.filename or "").replace("\\", "/").rpartition("/")[2][:200]
        return str(printable(name)) or "upload"


UploadDep = Annotated[Upload, Depends()]
Accept = Annotated[
    str, Header(description=f"With {XLSX} the answer is a workbook of the rejected rows with the reasons.")
]


@router.post("/problem-lists", response_model=ImportOut, responses=_REPORT)
def bring_needs(
    upload: UploadDep,
    asking: AskingDep,
    follower: FollowerDep,
    title: Annotated[
        str, Form(description="Of the problem list of new needs; else the file's name.", max_length=500)
    ] = "",
    accept: Accept = "*/*",
) -> Response:
    """Brings a file of needs (.xlsx, .xls, .ods, .csv, .jsonl, .gz) and publishes new ones as a problem list.

    A file brought again changes only what was edited in it. Rows that cannot be read are reported,
    and the others stored.
    """
    intake, report = _bring(upload, Kind.NEEDS, asking, title.strip() or PurePath(upload.name).stem)
    follower.nudge()
    headers = {}
    if len(report.problem_lists) == 1:
        headers["Location"] = asking.request.url_for("read_problem_list", id=report.problem_lists[0]).path
    return _answer(intake, report, accept, headers)


@router.post("/results/import", response_model=ImportOut, responses=_REPORT)
def bring_results(
    upload: UploadDep,
    asking: AskingDep,
    follower: FollowerDep,
    accept: Accept = "*/*",
) -> Response:
    """Brings a file of results, as POST /problem-lists does for needs."""
    intake, report = _bring(upload, Kind.RESULTS, asking)
    follower.nudge()
    return _answer(intake, report, accept, {})


@router.get("/problem-lists", response_model=Listed[ProblemListOut], responses=described.refusals(401, 403))
def list_problem_lists(paging: Annotated[Paging, Query()], asking: AskingDep) -> Listed[ProblemListOut]:
    """Those of the organisation that you act for, the newest first."""
    with reading(asking.home.engine) as session:
        found = problem_lists.listed(session, asking.actor, cursor=paging.cursor, limit=paging.limit + 1)
        shown = [_shown(session, one) for one in found[: paging.limit]]
    return Listed(items=shown, next_cursor=shown[-1].id if len(found) > paging.limit else None)


@router.get("/problem-lists/{id}", responses=described.refusals(404))
def read_problem_list(id: str, asking: AskingDep) -> ProblemListOut:
    """Its needs are at GET /needs?problem_list_id=…"""
    with reading(asking.home.engine) as session:
        return _shown(session, problem_lists.get_problem_list(session, asking.actor, id))


def _shown(session: Session, published: ProblemList) -> ProblemListOut:
    owner = organisations.get(session, published.organisation_id)
    return ProblemListOut(
        id=published.id,
        organisation=OrganisationName.model_validate(owner),
        title=published.title,
        created_at=published.created_at,
    )


def _bring(upload: Upload, kind: Kind, asking: Asking, title: str = "") -> tuple[Intake, ImportReport]:
    intake = taken_apart(upload, kind, asking)
    return intake, stored(intake, upload, asking, title)


def taken_apart(upload: Upload, kind: Kind, asking: Asking) -> Intake:
    """The rows of the file: drafts, and what is wrong with the others."""
    problem_lists.require_bringing(asking.actor, _STORED[kind])
    with TemporaryDirectory(prefix="jiebang-upload-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as copy:
            shutil.copyfileobj(upload.file.file, copy)
        return read(path, kind, name=upload.name)


def stored(intake: Intake, whose: Whose, asking: Asking, title: str = "") -> ImportReport:
    named = whose.names_owner or asking.actor.organisation_id
    if not named and intake.accepted and not any(row.organisation for row in intake.accepted):
        raise Invalid(_HOMELESS, place="body.organisation_id")
    with writing(asking.home.engine) as session:
        owner = whose.owner(session, asking.actor)
        return problem_lists.bring(session, asking.actor, intake, organisation=owner, title=title)


def _answer(intake: Intake, report: ImportReport, accept: str, headers: dict[str, str]) -> Response:
    status = 201 if report.created else 200
    if XLSX in accept:
        headers["Content-Disposition"] = 'attachment; filename="rejected.xlsx"'
        return Response(rejected_workbook(intake), status, headers, XLSX)
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


def rejected_workbook(intake: Intake) -> bytes:
    with TemporaryDirectory(prefix="jiebang-rejected-") as folder:
        workbook = Path(folder) / "rejected.xlsx"
        write_rejected(intake, workbook)
        return workbook.read_bytes()
