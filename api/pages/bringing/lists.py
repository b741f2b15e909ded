"""Problem lists: the needs that were published together."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.pages import choices
from api.pages.items import kinds
from api.pages.looking import LookingDep
from api.routes import imports, items
from api.schemas.base import Paging
from api.schemas.items import NeedsQuery

router = APIRouter(prefix="/problem-lists", include_in_schema=False)

SHOWN = 20


@router.get("")
def list_problem_lists(looking: LookingDep) -> Response:
    found = imports.list_problem_lists(choices.asked(looking, Paging, limit=SHOWN), looking)
    return looking.show("bringing/lists.html", found=found, posts=kinds.may_post(looking, kinds.NEEDS))


@router.get("/{id}")
def read(id: str, looking: LookingDep) -> Response:
    published = imports.read_problem_list(id, looking)
    query = choices.asked(looking, NeedsQuery, limit=SHOWN, problem_list_id=id)
    found = items.listed(looking, kinds.NEEDS.table, query)
    return looking.show("bringing/list.html", list=published, found=found)
