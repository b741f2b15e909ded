"""What the pages of needs and of results have in common, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from api.pages.languages import Language, say
from api.pages.looking import Looking
from api.schemas.items import NeedOut, NeedPost, NeedsQuery, ResultOut, ResultPost, ResultsQuery
from matcher import policy
from matcher.drafts import NeedDraft, ResultDraft
from matcher.entities import Kind, Need, Result
from matcher.intake.columns import by_field
from matcher.intake.report import Kind as Form
from matcher.policy import Action, ItemThing, Thing

ItemOut = NeedOut | ResultOut


@dataclass(frozen=True, slots=True)
class Desk:
    kind: Kind
    path: str
    table: type[Need] | type[Result]
    draft: type[NeedDraft] | type[ResultDraft]
    post: type[NeedPost] | type[ResultPost]
    query: type[NeedsQuery] | type[ResultsQuery]
    posts: Action
    edits: Action
    form: str
    """The template of its form."""


NEEDS = Desk(
    Kind.NEED, "/needs", Need, NeedDraft, NeedPost, NeedsQuery, Action.POST_NEED, Action.EDIT_NEED,
    "items/need_form.html",
)  # fmt: skip
RESULTS = Desk(
    Kind.RESULT, "/results", Result, ResultDraft, ResultPost, ResultsQuery, Action.POST_RESULT, Action.EDIT_RESULT,
    "items/result_form.html",
)  # fmt: skip
DESKS: Mapping[str, Desk] = {"needs": NEEDS, "results": RESULTS}
BY_KIND: Mapping[Kind, Desk] = {desk.kind: desk for desk in DESKS.values()}


def of(request: Request) -> Desk:
    """By the first part of the address."""
    return DESKS[request.scope["route"].path.split("/")[1]]


def may_post(looking: Looking, desk: Desk) -> bool:
    return policy.can(looking.actor, desk.posts, _own(looking)).allowed


def require_posting(looking: Looking, desk: Desk) -> None:
    """Raises Unauthenticated or Forbidden before anybody has filled in a form in vain."""
    policy.require(looking.actor, desk.posts, _own(looking))


def _own(looking: Looking) -> Thing:
    acted_for = looking.actor.organisation_id
    return Thing("organisation", acted_for or "", owner=acted_for)


def may(looking: Looking, action: Action, item: ItemOut) -> bool:
    """What the policy says of one that is shown."""
    return policy.can(looking.actor, action, thing(item)).allowed


def thing(item: ItemOut) -> ItemThing:
    """One that is shown, as the policy sees it. Whose it is is not known where that is hidden: then not one's own."""
    owner = item.organisation.id if item.organisation else None
    return ItemThing(
        str(item.kind), item.id, owner, kind=item.kind, state=item.state, tier=item.disclosure,
        consented=item.view == "full",
    )  # fmt: skip


def labels(kind: Kind, language: Language) -> dict[str, str]:
    """What each field is called, as in the empty forms for spreadsheets."""
    return {name: say(language, column.zh, column.en) for name, column in by_field(_FORMS[kind]).items()}


_FORMS = {Kind.NEED: Form.NEEDS, Kind.RESULT: Form.RESULTS}
