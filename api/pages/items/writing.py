"""Posting a need or a result by a form, and editing one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from api.deps import FollowerDep
from api.follower import Follower
from api.pages import acting, choices, forms
from api.pages.forms import Sent
from api.pages.items import clinic, kinds, spoken
from api.pages.items.kinds import Desk
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import items, needs, results
from api.schemas.items import NeedPost
from matcher import policy
from matcher.drafts import Disclosure, NeedDraft
from matcher.errors import Forbidden

router = APIRouter(include_in_schema=False)


@router.get("/needs/new")
@router.get("/results/new")
def new(looking: LookingDep) -> Response:
    desk = kinds.of(looking.request)
    kinds.require_posting(looking, desk)
    form = forms.blank(currency="CNY", disclosure=str(Disclosure.PUBLIC))
    return looking.show(desk.form, form=form, **_told(looking, desk))


@router.post("/needs/new")
@router.post("/results/new")
def post(looking: LookingDep, sent: Sent, follower: FollowerDep) -> Response:
    desk = kinds.of(looking.request)
    kinds.require_posting(looking, desk)
    given = spoken.read(sent)
    form = spoken.shown(forms.sent(given), looking)
    if _only_shown(sent):
        told = _told(looking, desk) | _examined(looking, desk, follower, given, "")
        return looking.show(desk.form, form=form, **told)

    def do() -> Response:
        posted = forms.read(given, desk.post, looking.zone, organisation_id=looking.actor.organisation_id)
        if isinstance(posted, NeedPost):
            made = needs.post_need(posted, looking, form.key)
        else:
            made = results.post_result(posted, looking, form.key)
        id = made.headers["Location"].rpartition("/")[2]
        return looking.go(f"{desk.path}/{id}", _("It is posted. What fits it stands below."))

    return acting.act(looking, form, desk.form, do, lambda: _told(looking, desk))


@router.get("/needs/{id}/edit")
@router.get("/results/{id}/edit")
def edit(id: str, looking: LookingDep, follower: FollowerDep) -> Response:
    desk = kinds.of(looking.request)
    item = items.read(looking, desk.table, id)
    if not kinds.may(looking, desk.edits, item):
        raise Forbidden(policy.RULES[desk.edits].otherwise)
    draft = desk.draft.model_validate(item.model_dump(include=set(desk.draft.model_fields)))
    form = spoken.shown(forms.of(draft, looking.zone), looking)
    told = _told(looking, desk, id, str(item.version))
    if isinstance(draft, NeedDraft):
        told["clinic"] = clinic.examined(looking, follower, draft, id)
    return looking.show(desk.form, form=form, **told)


@router.post("/needs/{id}/edit")
@router.post("/results/{id}/edit")
def replace(id: str, looking: LookingDep, sent: Sent, follower: FollowerDep) -> Response:
    desk = kinds.of(looking.request)
    given = spoken.read(sent)
    form = spoken.shown(forms.sent(given), looking)
    version = str(sent.get("_version", ""))
    if _only_shown(sent):
        told = _told(looking, desk, id, version) | _examined(looking, desk, follower, given, id)
        return looking.show(desk.form, form=form, **told)

    def do() -> Response:
        draft = forms.read(given, desk.draft, looking.zone)
        items.replace(looking, desk.table, id, forms.versions(sent), draft)
        return looking.go(f"{desk.path}/{id}", _("Saved."))

    return acting.act(looking, form, desk.form, do, lambda: _told(looking, desk, id, version))


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
        "clinic": None,
    }


def _only_shown(sent: FormData) -> bool:
    """Whether one more row or the clinic was asked for, and nothing is to be stored."""
    return forms.only_rows(sent) or bool(sent.get("_examine"))


def _examined(looking: Looking, desk: Desk, follower: Follower, given: FormData, id: str) -> dict[str, Any]:
    if desk is not kinds.NEEDS:
        return {}
    return {"clinic": clinic.examined(looking, follower, clinic.readable(given, looking), id)}
