"""One need or result: as much as is shown of it, what may solve it or be solved by it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from api.deps import FollowerDep, IndexDep
from api.pages import acting, choices, exporting, forms, sentences
from api.pages.exporting import Format
from api.pages.forms import Sent
from api.pages.items import columns, history, kinds, matched
from api.pages.items.kinds import Desk, ItemOut
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import items
from api.schemas.items import Move
from matcher.errors import NotFound
from matcher.policy import Action
from matcher.states import ITEM_MOVES

router = APIRouter(include_in_schema=False)

PAGE = "items/one.html"
MOVES: Mapping[str, str] = {
    "close": _("It is closed: nobody is matched with it any more."),
    "withdraw": _("It is withdrawn: nobody else sees it any more."),
    "reopen": _("It is open again."),
}
"""Each move with what is told when it is done."""


@router.get("/needs/{id}")
@router.get("/results/{id}")
def read(id: str, looking: LookingDep, follower: FollowerDep) -> Response:
    desk = kinds.of(looking.request)
    item = items.read(looking, desk.table, id)
    wanted = matched.asked(looking)
    found = matched.find(looking, follower, desk, item, wanted)
    return looking.show(PAGE, form=forms.blank(), wanted=wanted, matches=found, **_shown(looking, desk, item))


@router.get("/needs/{id}/matches/export")
@router.get("/results/{id}/matches/export")
def export_matches(id: str, looking: LookingDep, index: IndexDep, format: Format = "xlsx") -> Response:
    """The best under the same filters."""
    desk = kinds.of(looking.request)
    found = items.matches(looking, index, desk.table, id, matched.asked(looking).best(matched.MOST))
    language = looking.language
    header, rows = columns.of_matches(found.matches, language, sentences.reader(language))
    return exporting.file("matches", header, rows, format)


@router.post("/needs/{id}/move")
@router.post("/results/{id}/move")
def move(id: str, looking: LookingDep, sent: Sent) -> Response:
    desk = kinds.of(looking.request)
    name = str(sent.get("move", ""))
    if name not in MOVES:
        raise NotFound("move", name)

    def do() -> Response:
        moved = forms.read(sent, Move, looking.zone)
        items.move(looking, desk.table, id, forms.versions(sent), name, moved)
        return looking.go(f"{desk.path}/{id}", MOVES[name])

    def told() -> dict[str, Any]:
        shown = _shown(looking, desk, items.read(looking, desk.table, id))
        return {"wanted": matched.asked(looking), "matches": None, **shown}

    return acting.act(looking, forms.sent(sent), PAGE, do, told)


def _shown(looking: Looking, desk: Desk, item: ItemOut) -> dict[str, Any]:
    edits = kinds.may(looking, desk.edits, item)
    own = kinds.may(looking, Action.READ_HISTORY, item)
    return {
        "kind": desk.kind,
        "here": desk.path,
        "item": item,
        "labels": kinds.labels(desk.kind, looking.language),
        "fields": choices.field_groups(looking.language),
        "provinces": choices.provinces(looking.language),
        "edits": edits,
        "moves": [name for name in MOVES if item.state in ITEM_MOVES[name][0]] if edits else [],
        "opens": desk is kinds.NEEDS and kinds.may(looking, Action.OPEN_CHALLENGE, item),
        "asks": matched.may_ask(looking, desk.kind, item),
        "history": history.of(looking, desk, item.id) if own else None,
    }
