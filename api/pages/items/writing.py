"""Posting a need or a result by a form, and editing one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from api.pages import acting, choices, forms
from api.pages.forms import Form, Sent
from api.pages.items import kinds
from api.pages.items.kinds import Desk
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import items, needs, results
from api.schemas.items import NeedPost
from matcher import policy
from matcher.drafts import Disclosure
from matcher.errors import Forbidden

router = APIRouter(include_in_schema=False)

PLACES = ("preferred_regions", "region")
"""Fields in which regions are named."""
SHARE = "funding_share"


@router.get("/needs/new")
@router.get("/results/new")
def new(looking: LookingDep) -> Response:
    desk = kinds.of(looking.request)
    kinds.require_posting(looking, desk)
    form = forms.blank(currency="CNY", disclosure=str(Disclosure.PUBLIC))
    return looking.show(desk.form, form=form, **_told(looking, desk))


@router.post("/needs/new")
@router.post("/results/new")
def post(looking: LookingDep, sent: Sent) -> Response:
    desk = kinds.of(looking.request)
    kinds.require_posting(looking, desk)
    given = _read_by_people(sent)
    form = _spoken(forms.sent(given), looking)
    if forms.only_rows(sent):
        return looking.show(desk.form, form=form, **_told(looking, desk))

    def do() -> Response:
        posted = forms.read(given, desk.post, looking.zone, organisation_id=looking.actor.organisation_id)
        if isinstance(posted, NeedPost):
            made = needs.post_need(posted, looking, form.key)
        else:
            made = results.post_result(posted, looking, form.key)
        id = made.headers["Location"].rpartition("/")[2]
        return looking.go(f"{desk.path}/{id}", _("It is posted. What fits it stands below."))

    return acting.act(looking, form, desk.form, do, **_told(looking, desk))


@router.get("/needs/{id}/edit")
@router.get("/results/{id}/edit")
def edit(id: str, looking: LookingDep) -> Response:
    desk = kinds.of(looking.request)
    item = items.read(looking, desk.table, id)
    if not kinds.may(looking, desk.edits, item):
        raise Forbidden(policy.RULES[desk.edits].otherwise)
    draft = desk.draft.model_validate(item.model_dump(include=set(desk.draft.model_fields)))
    form = _spoken(forms.of(draft, looking.zone), looking)
    return looking.show(desk.form, form=form, **_told(looking, desk, id, str(item.version)))


@router.post("/needs/{id}/edit")
@router.post("/results/{id}/edit")
def replace(id: str, looking: LookingDep, sent: Sent) -> Response:
    desk = kinds.of(looking.request)
    given = _read_by_people(sent)
    form = _spoken(forms.sent(given), looking)
    told = _told(looking, desk, id, str(sent.get("_version", "")))
    if forms.only_rows(sent):
        return looking.show(desk.form, form=form, **told)

    def do() -> Response:
        draft = forms.read(given, desk.draft, looking.zone)
        items.replace(looking, desk.table, id, forms.versions(sent), draft)
        return looking.go(f"{desk.path}/{id}", _("Saved."))

    return acting.act(looking, form, desk.form, do, **told)


def _told(looking: Looking, desk: Desk, id: str = "", version: str = "") -> dict[str, Any]:
    language = looking.language
    return {
        "kind": desk.kind,
        "here": desk.path,
        "id": id,
        "version": version,
        "labels": kinds.labels(desk.kind, language),
        "fields": choices.field_groups(language),
        "places": choices.place_names(language),
    }


def _read_by_people(sent: FormData) -> FormData:
    """Regions by name, and a share in per cent, as codes and numbers."""
    given = choices.coded(sent, *PLACES)
    return FormData(
        [
            (name, _share(value) if name == SHARE and isinstance(value, str) else value)
            for name, value in given.multi_items()
        ]
    )


def _share(text: str) -> str:
    number = text.strip().replace("％", "%")
    if not number.endswith("%"):
        return text
    try:
        return f"{float(number.rstrip('% ')) / 100:.6g}"
    except ValueError:
        return text


def _spoken(form: Form, looking: Looking) -> Form:
    """The form with regions by their names."""
    form.values = {
        name: choices.uncoded(values, looking.language) if name in PLACES else values
        for name, values in form.values.items()
    }
    return form
