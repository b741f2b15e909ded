"""The grader's desk: what is to be graded, the answer beside what it is graded by, and trials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.errors import INVALID, Fault, Problem, faults
from api.pages import acting, forms
from api.pages.forms import Form, Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import desk, trials
from api.schemas.grading import AssignmentOut, AssignmentRefusal, TrialOut
from matcher.errors import Unauthenticated
from matcher.grading.grades import GradeDraft
from matcher.grading.trials import ReportDraft

router = APIRouter(include_in_schema=False)

PAGE, TRIAL = "grading/one.html", "grading/trial.html"


@router.get("/grading")
def list_assignments(looking: LookingDep) -> Response:
    if not looking.actor.known:
        raise Unauthenticated("Sign in first.")
    waiting = desk.list_own_assignments(looking)
    return looking.show("grading/list.html", assignments=waiting, trials=trials.list_own_trials(looking))


@router.get("/grading/{id}")
def read_assignment(id: str, looking: LookingDep) -> Response:
    found = desk.read_assignment(id, looking)
    return looking.show(PAGE, one=found, form=_filled(found))


@router.post("/grading/{id}/draft")
def save_draft(id: str, looking: LookingDep, sent: Sent) -> Response:
    """What is typed so far, by itself. The answer stands where the page says that it is saved."""
    form = forms.sent(sent)
    try:
        saved = _save(looking, id, sent)
    except Exception as error:
        acting.refuse(form, error)
        return looking.show("grading/saved.html", at=None, version=None, fault=next(iter(form.wrong.values())))
    return looking.show("grading/saved.html", at=datetime.now(UTC), version=saved.version, fault="")


@router.post("/grading/{id}")
def grade(id: str, looking: LookingDep, sent: Sent) -> Response:
    """Saves the grade, and hands it in where that is asked for."""

    def do() -> Response:
        saved = _save(looking, id, sent)
        if sent.get("do") != "submit":
            return looking.go(f"/grading/{id}", _("Saved."))
        desk.submit_grade(id, looking, frozenset({saved.version}))
        return looking.go(
            "/grading", _("The grade is handed in. You can change it until the round's grades are closed.")
        )

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: {"one": desk.read_assignment(id, looking)})


@router.post("/grading/{id}/reopen")
def reopen(id: str, looking: LookingDep, sent: Sent) -> Response:
    desk.reopen_grade(id, looking, forms.versions(sent))
    return looking.go(f"/grading/{id}", _("You can change it again. Hand it in when you are done."))


@router.post("/grading/{id}/decline")
def decline(id: str, looking: LookingDep, sent: Sent) -> Response:
    found = desk.read_assignment(id, looking)

    def do() -> Response:
        desk.decline_assignment(id, forms.read(sent, AssignmentRefusal, looking.zone), looking)
        return looking.go("/grading", _("It is off your desk."))

    return acting.act(looking, _filled(found), PAGE, do, lambda: {"one": found})


@router.get("/grading/{id}/files/{file_id}")
def read_file(id: str, file_id: str, looking: LookingDep) -> Response:
    return desk.read_assigned_file(id, file_id, looking)


def _save(looking: Looking, id: str, sent: Sent) -> AssignmentOut:
    values = forms.sent(sent).values
    judged = [
        {name: value for name in JUDGED if (value := _first(values, f"judged.i{place}.{name}"))} | {"indicator": place}
        for place in range(100)
        if any(_first(values, f"judged.i{place}.{name}") for name in JUDGED)
    ]
    try:
        draft = forms.read(sent, GradeDraft, looking.zone, indicators=judged)
    except ValidationError as error:
        raise _misjudged(error, judged) from None
    return desk.save_grade(id, draft, looking, forms.versions(sent))


# Each indicator's fields are named by its place (`judged.i2.value`): unlike the rows of a list they do not move up.
JUDGED = ("value", "value_high", "unit", "outcome", "reason")


_ROW = re.compile(r"^indicators\[(\d+)\]")


def _first(values: Mapping[str, list[str]], name: str) -> str:
    return values.get(name, [""])[0].strip()


def _misjudged(error: ValidationError, judged: list[dict[str, Any]]) -> Problem:
    """What is wrong, with indicators named by their place in the challenge, as the form does."""

    def placed(place: str) -> str:
        return _ROW.sub(lambda row: f"judged.i{judged[int(row[1])]['indicator']}", place)

    told = [Fault(place=placed(one.place), message=one.message) for one in faults(error.errors(include_input=False))]
    return Problem(422, "invalid", INVALID, errors=told)


def _filled(found: AssignmentOut) -> Form:
    values: dict[str, list[str]] = {"remark": [found.remark]}
    for key, score in found.scores.items():
        values |= {f"scores.{key}.score": [f"{score.score:.15g}"], f"scores.{key}.reason": [score.reason]}
    for one in found.judged:
        named = {"value": one.value, "value_high": one.value_high, "unit": one.unit, "reason": one.reason}
        if one.value is None:
            named["outcome"] = one.outcome.value
        values |= {
            f"judged.i{one.indicator}.{name}": [f"{value:.15g}" if isinstance(value, float) else str(value)]
            for name, value in named.items()
            if value is not None
        }
    return Form(values)


# -- trials -----------------------------------------------------------------------------------------


@router.get("/trials/{id}")
def read_trial(id: str, looking: LookingDep) -> Response:
    found = trials.read_trial(id, looking)
    return looking.show(TRIAL, one=found, form=_reported(found))


@router.post("/trials/{id}")
def report_trial(id: str, looking: LookingDep, sent: Sent) -> Response:
    def do() -> Response:
        trials.report_trial(id, forms.read(sent, ReportDraft, looking.zone), looking)
        return looking.go(f"/trials/{id}", _("Your report is taken."))

    return acting.act(looking, forms.sent(sent), TRIAL, do, lambda: {"one": trials.read_trial(id, looking)})


def _reported(found: TrialOut) -> Form:
    values = {"verdict": [found.verdict.value if found.verdict else ""], "report": [found.report]}
    for row, one in enumerate(found.measured):
        named = {"indicator": one.indicator, "value": one.value, "value_high": one.value_high, "unit": one.unit,
                 "method": one.method}  # fmt: skip
        values |= {
            f"measured.{row}.{name}": [f"{value:.15g}" if isinstance(value, float) else str(value)]
            for name, value in named.items()
            if value is not None
        }
    return Form(values)
