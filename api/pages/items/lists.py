"""Lists of needs and of results: one's organisation's own, or all that one may see."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.pages import choices, exporting
from api.pages.exporting import Format
from api.pages.items import columns, kinds
from api.pages.items.kinds import Desk
from api.pages.looking import Looking, LookingDep
from api.routes import items
from api.schemas.base import Listed

router = APIRouter(include_in_schema=False)

SHOWN = 20
_AT_ONCE = 200


@router.get("/needs")
@router.get("/results")
def list_items(looking: LookingDep, whose: str = "") -> Response:
    desk = kinds.of(looking.request)
    own = owns(looking, whose)
    language = looking.language
    return looking.show(
        "items/list.html",
        kind=desk.kind,
        here=desk.path,
        found=listed(looking, desk, own, limit=SHOWN),
        own=own,
        fields=choices.field_groups(language),
        provinces=choices.provinces(language),
        posts=kinds.may_post(looking, desk),
    )


@router.get("/needs/export")
@router.get("/results/export")
def export(looking: LookingDep, format: Format = "xlsx", whose: str = "") -> Response:
    """The list under the same filters, from its beginning."""
    desk = kinds.of(looking.request)
    own = owns(looking, whose)
    rows: list[Any] = []
    page = listed(looking, desk, own, limit=_AT_ONCE, cursor=None)
    rows += page.items
    while page.next_cursor and len(rows) < exporting.MOST:
        page = listed(looking, desk, own, limit=_AT_ONCE, cursor=page.next_cursor)
        rows += page.items
    header, cells = columns.table(desk.kind, rows, looking.language, looking.zone)
    return exporting.file(desk.path.strip("/"), header, cells, format)


def owns(looking: Looking, whose: str) -> bool:
    """Whether one's own are meant: where nothing is said, they are, for who acts for an organisation."""
    return looking.actor.organisation_id is not None and whose != "all"


def listed(looking: Looking, desk: Desk, own: bool, **given: object) -> Listed[Any]:
    if own:
        given["organisation_id"] = looking.actor.organisation_id
    return items.listed(looking, desk.table, choices.asked(looking, desk.query, **given))
