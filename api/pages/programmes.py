"""Explorer programmes 探索者计划: a problem list compiled into topics, edited, and opened as challenges."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from api.deps import IndexDep
from api.pages import acting, forms
from api.pages.challenges import drafts
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import imports, needs, organisations, programmes
from api.schemas.base import Cursor, Paging
from api.schemas.challenges import (
    ProgrammePost,
    TopicMerge,
    TopicNeeds,
    TopicOpening,
    TopicSplit,
    TopicTitle,
)
from api.schemas.items import NeedsQuery
from matcher.errors import Invalid

router = APIRouter(prefix="/programmes", include_in_schema=False)

LIST, ONE = "programmes/list.html", "programmes/one.html"
_AT_ONCE = 200


@router.get("")
def read_list(looking: LookingDep, cursor: Cursor | None = None) -> Response:
    return looking.show(LIST, form=forms.blank(public_ratio="1"), **_listed(looking, cursor))


@router.post("")
def compile_guide(looking: LookingDep, sent: Sent, found: IndexDep) -> Response:
    form = forms.sent(sent)

    def do() -> Response:
        funder = str(sent.get(drafts.FUNDER, "")).strip()
        given = {"funder_id": drafts.named(looking, funder).id} if funder else {}
        wanted = forms.read(sent, ProgrammePost, looking.zone, **given)
        made = json.loads(bytes(programmes.compile_guide(wanted, looking, form.key, found).body))
        return looking.go(f"/programmes/{made['id']}", _("Compiled. The topics are a proposal: edit them as you like."))

    return acting.act(looking, form, LIST, do, lambda: _listed(looking, None))


@router.get("/{id}")
def read(id: str, looking: LookingDep) -> Response:
    return looking.show(ONE, form=forms.blank(), at="", **_told(looking, id))


@router.post("/{id}/topics/{topic_id}")
def arrange(id: str, topic_id: str, looking: LookingDep, sent: Sent) -> Response:
    """One form for each topic; its buttons say what is to be done with what was ticked and typed in it."""

    def do() -> Response:
        _arrange(looking, id, topic_id, sent)
        return looking.go(f"/programmes/{id}", _("Saved."))

    return acting.act(looking, forms.sent(sent), ONE, do, lambda: {"at": topic_id, **_told(looking, id)})


@router.post("/{id}/topics/{topic_id}/challenge")
def open_topic(id: str, topic_id: str, looking: LookingDep, sent: Sent) -> Response:
    form = forms.sent(sent)

    def do() -> Response:
        wanted = forms.read(sent, TopicOpening, looking.zone)
        made = json.loads(bytes(programmes.open_topic(id, topic_id, wanted, looking, form.key).body))
        return looking.go(
            f"/challenges/{made['id']}/edit", _("The topic is a draft of a challenge now: write the rest.")
        )

    return acting.act(looking, form, ONE, do, lambda: {"at": topic_id, **_told(looking, id)})


def _arrange(looking: Looking, id: str, topic_id: str, sent: FormData) -> None:
    zone, wanted = looking.zone, sent.get("_do")
    if wanted == "rename":
        programmes.rename_topic(id, topic_id, forms.read(sent, TopicTitle, zone), looking)
    elif wanted == "move":
        target = str(sent.get("to", ""))
        if not target:
            raise Invalid("say into which topic", place="to")
        programmes.move_needs(id, target, forms.read(sent, TopicNeeds, zone), looking)
    elif wanted == "merge":
        target = str(sent.get("to", ""))
        if not target:
            raise Invalid("say into which topic", place="to")
        programmes.merge_topics(id, target, TopicMerge(topics=[topic_id]), looking)
    else:
        title = forms.read(sent, TopicTitle, zone, title=sent.get("fresh") or "").title
        programmes.split_topic(id, topic_id, forms.read(sent, TopicSplit, zone, title=title), looking)


def _listed(looking: Looking, cursor: str | None) -> dict[str, Any]:
    return {
        "found": programmes.list_programmes(Paging(cursor=cursor), looking),
        "lists": _problem_lists(looking),
        "opens": looking.me is not None and looking.me.posts_needs,
    }


def _problem_lists(looking: Looking) -> list[tuple[str, str]]:
    if looking.actor.organisation_id is None:
        return []
    return [(one.id, one.title) for one in imports.list_problem_lists(Paging(limit=_AT_ONCE), looking).items]


def _told(looking: Looking, id: str) -> dict[str, Any]:
    programme = programmes.read_programme(id, looking)
    funder = programme.funder_id
    return {
        "programme": programme,
        "titles": _titles(looking, programme.problem_list_id),
        "funder": organisations.read_organisation(funder, looking).name if funder else "",
    }


def _titles(looking: Looking, problem_list_id: str) -> dict[str, str]:
    """Of the needs of a problem list, by id."""
    found: dict[str, str] = {}
    cursor: str | None = None
    while True:
        page = needs.list_needs(NeedsQuery(problem_list_id=problem_list_id, limit=_AT_ONCE, cursor=cursor), looking)
        found |= {one.id: one.title for one in page.items}
        cursor = page.next_cursor
        if cursor is None:
            return found
