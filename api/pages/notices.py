"""One's notices, and how one wants to be told."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.pages import forms
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import LookingDep
from api.routes import notices
from api.schemas.notices import NoticeQuery, ReadPost
from matcher.notices import NoticeWish

router = APIRouter(prefix="/notices", include_in_schema=False)

PAGES = {"challenge": "/challenges/{id}", "introduction": "/introductions/{id}", "pair": "/pairs/{id}"}
"""Where a notice leads, by the noun of the thing that it is about."""


@router.get("")
def read(looking: LookingDep, cursor: str | None = None, unread: bool = False) -> Response:
    query = NoticeQuery(cursor=cursor, unread=unread)
    found = notices.list_notices(query, looking.home, looking.actor)
    return looking.show("people/notices.html", found=found, unread=unread, place=place)


@router.post("/read")
def mark_read(looking: LookingDep, sent: Sent) -> Response:
    """Those that are named, or all."""
    ids = [one for one in sent.getlist("id") if isinstance(one, str)]
    notices.mark_notices_read(ReadPost(ids=ids or None), looking.home, looking.actor)
    return looking.go("/notices", _("Marked as read."))


@router.get("/settings")
def read_settings(looking: LookingDep) -> Response:
    wishes = notices.list_notice_settings(looking.home, looking.actor)
    return looking.show("people/notice_settings.html", wishes=wishes, form=forms.blank())


@router.post("/settings")
def change_settings(looking: LookingDep, sent: Sent) -> Response:
    for one in notices.list_notice_settings(looking.home, looking.actor):
        wish = NoticeWish(by_mail=f"{one.kind}.by_mail" in sent, in_app=f"{one.kind}.in_app" in sent)
        if wish != NoticeWish(by_mail=one.by_mail, in_app=one.in_app):
            notices.set_notices(one.kind, wish, looking.home, looking.actor)
    return looking.go("/notices/settings", _("Saved."))


def place(thing: str) -> str:
    """The page of what a notice is about; empty where there is none."""
    noun, _colon, id = thing.partition(":")
    return PAGES[noun].format(id=id) if noun in PAGES else ""
