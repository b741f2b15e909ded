"""A spreadsheet brought, its report, and its rejected rows mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, UploadFile

from api import errors
from api.deps import FollowerDep
from api.downloads import download
from api.identity.authentication import KnownFirst
from api.pages import acting, forms
from api.pages.bringing import mending
from api.pages.exporting import XLSX
from api.pages.forms import Form, Sent
from api.pages.looking import Looking, LookingDep
from api.routes import imports
from api.routes.imports import Upload, Whose
from matcher import problem_lists
from matcher.entities import Kind as Stored
from matcher.errors import Invalid
from matcher.intake.report import Intake, Kind, RejectedRow
from matcher.intake.rows import read_again
from matcher.intake.templates import write_template
from matcher.problem_lists import ImportReport

router = APIRouter(include_in_schema=False, route_class=KnownFirst)


PAGE, REPORT = "bringing/upload.html", "bringing/report.html"
_NONE = "Choose a file first."
_ACCEPTED = 50
"""Rows of the report that were taken, and remarks on what was passed over."""


@dataclass(frozen=True, slots=True)
class Way:
    kind: Kind
    stored: Stored
    path: str
    there: str
    """Where what was brought is listed."""


_WAYS: Mapping[str, Way] = {
    "problem-lists": Way(Kind.NEEDS, Stored.NEED, "/problem-lists", "/needs"),
    "results": Way(Kind.RESULTS, Stored.RESULT, "/results", "/results"),
}


def _way(request: Request) -> Way:
    return _WAYS[request.scope["route"].path.split("/")[1]]


@router.get("/problem-lists/form.xlsx")
@router.get("/results/form.xlsx")
def empty_form(looking: LookingDep) -> Response:
    """With notes, choices and two examples; headed in Chinese and English."""
    way = _way(looking.request)
    with TemporaryDirectory(prefix="jiebang-form-") as folder:
        path = Path(folder) / "form.xlsx"
        write_template(way.kind, path)
        return download(path.read_bytes(), XLSX, f"{way.kind.value}.xlsx")


@router.get("/problem-lists/upload")
@router.get("/results/upload")
def ask(looking: LookingDep) -> Response:
    way = _way(looking.request)
    problem_lists.require_bringing(looking.actor, way.stored)
    return looking.show(PAGE, form=forms.blank(), **_told(looking, way))


@router.post("/problem-lists/upload")
@router.post("/results/upload")
def bring(looking: LookingDep, sent: Sent, follower: FollowerDep) -> Response:
    way = _way(looking.request)

    def do() -> Response:
        file = sent.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise Invalid(_NONE, place="file")
        upload = Upload(file, organisation=_text(sent, "organisation"))
        intake = imports.taken_apart(upload, way.kind, looking)
        title = (_text(sent, "title") or PurePath(upload.name).stem) if way.kind is Kind.NEEDS else ""
        report = imports.stored(intake, upload, looking, title)
        follower.nudge()
        return _report(looking, way, intake, report, upload, title, forms.blank())

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking, way))


@router.post("/problem-lists/mended")
@router.post("/results/mended")
def mend(looking: LookingDep, sent: Sent, follower: FollowerDep) -> Response:
    """Brings rows that were mended on the page: all of them, or one alone; or hands all out as a workbook."""
    way = _way(looking.request)
    name, title = _text(sent, "file") or "upload", _text(sent, "title")
    only = _text(sent, "_only")
    wanted, waiting = mending.typed(sent, int(only) if only.isdecimal() else None)
    problem_lists.require_bringing(looking.actor, way.stored)
    if sent.get("_workbook"):
        return _workbook(wanted + waiting, way, name)
    form, whose = forms.blank(), Whose(organisation=_text(sent, "organisation"))
    intake = read_again(wanted, way.kind, name=name)
    try:
        report = imports.stored(intake, whose, looking, title)
    except Exception as error:
        if errors.asks_to_sign_in(error):
            raise
        status = acting.refuse(form, error)
        everything = _waiting(wanted + waiting, way, name)
        return _report(looking, way, everything, ImportReport(), whose, title, form, status)
    follower.nudge()
    later = _waiting(waiting, way, name)
    intake.problems += later.problems
    intake.rejected = sorted(intake.rejected + later.rejected, key=lambda row: (row.sheet, row.row))
    return _report(looking, way, intake, report, whose, title, form)


def _waiting(rows: list[RejectedRow], way: Way, name: str) -> Intake[Any]:
    """Rows that are not brought now, with what is wrong with them: also those with which nothing is any more."""
    intake = read_again(rows, way.kind, name=name)
    intake.rejected += [RejectedRow(row.sheet, row.row, row.header, row.cells) for row in intake.accepted]
    intake.accepted.clear()
    return intake


def _workbook(rows: list[RejectedRow], way: Way, name: str) -> Response:
    intake = read_again(rows, way.kind, name=name)
    intake.rejected = rows
    return download(imports.rejected_workbook(intake), XLSX, "rejected.xlsx")


def _report(
    looking: Looking,
    way: Way,
    intake: Intake[Any],
    report: ImportReport,
    whose: Whose,
    title: str,
    form: Form,
    status: int = 200,
) -> Response:
    return looking.show(
        REPORT,
        status,
        form=form,
        way=way,
        file=intake.file,
        title=title,
        organisation=whose.organisation,
        report=report,
        accepted=intake.accepted[:_ACCEPTED],
        more_accepted=max(0, len(intake.accepted) - _ACCEPTED),
        rejected=len(intake.rejected),
        lines=mending.lines(intake),
        rest=mending.carried(intake),
        dropped=mending.dropped(intake),
        notices=intake.notices[:_ACCEPTED],
    )


def _told(looking: Looking, way: Way) -> dict[str, Any]:
    return {"way": way, "names_organisation": looking.actor.organisation_id is None}


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name)
    return value.strip() if isinstance(value, str) else ""
