"""What the two sides of a pair are asked: whether they want to be introduced."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.pages import acting, forms
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import codes, introductions
from api.schemas.reviews import IntroductionsQuery
from matcher.reviews.introductions import Assent, Declining

router = APIRouter(prefix="/introductions", include_in_schema=False)

PAGE = "review/introduction.html"


@router.get("")
def list_introductions(looking: LookingDep, cursor: str | None = None, waiting: bool = False) -> Response:
    query = IntroductionsQuery(cursor=cursor, waiting=waiting)
    found = introductions.list_introductions(query, looking)
    return looking.show("review/introductions.html", found=found, waiting=waiting)


@router.get("/{id}")
def read_introduction(id: str, looking: LookingDep) -> Response:
    return looking.show(PAGE, form=forms.blank(), **_told(looking, id))


@router.post("/{id}")
def answer(id: str, looking: LookingDep, sent: Sent) -> Response:
    def do() -> Response:
        if sent.get("do") == "accept":
            introductions.accept_introduction(id, forms.read(sent, Assent, looking.zone), looking)
            return looking.go(f"/introductions/{id}", _("Your side has accepted."))
        introductions.decline_introduction(id, forms.read(sent, Declining, looking.zone), looking)
        return looking.go(f"/introductions/{id}", _("Your side has declined."))

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking, id))


def _told(looking: Looking, id: str) -> dict[str, Any]:
    return {"one": introductions.read_introduction(id, looking), "reasons": codes.list_reasons()}
