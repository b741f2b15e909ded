"""Confidentiality agreements, under which one's organisation lets others in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.pages import acting, choices, forms
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import agreements
from api.schemas.base import Paging
from api.schemas.disclosure import AgreementPost
from matcher import policy
from matcher.policy import Action, Thing

router = APIRouter(prefix="/agreements", include_in_schema=False)

LIST = "consents/agreements.html"
SHOWN = 20


@router.get("")
def list_agreements(looking: LookingDep) -> Response:
    return looking.show(LIST, form=forms.blank(), **_told(looking))


@router.post("")
def write(looking: LookingDep, sent: Sent) -> Response:
    form = forms.sent(sent)

    def do() -> Response:
        post = forms.read(sent, AgreementPost, looking.zone, organisation_id=looking.actor.organisation_id)
        agreements.write_agreement(post, looking, form.key)
        return looking.go("/agreements", _("The agreement is written. It can be offered to who asks for consent."))

    return acting.act(looking, form, LIST, do, lambda: _told(looking))


@router.get("/{id}")
def read(id: str, looking: LookingDep) -> Response:
    return looking.show("consents/agreement.html", one=agreements.read_agreement(id, looking))


def _told(looking: Looking) -> dict[str, Any]:
    own = looking.actor.organisation_id
    thing = Thing("organisation", own or "", owner=own)
    return {
        "found": agreements.list_agreements(choices.asked(looking, Paging, limit=SHOWN), looking),
        "writes": policy.can(looking.actor, Action.WRITE_AGREEMENT, thing).allowed,
    }
