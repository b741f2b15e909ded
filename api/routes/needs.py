"""Needs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described, idempotency
from api.deps import ActorDep, ConditionDep, HomeDep, IndexDep, KeyDep
from api.idempotency import Created
from api.presenting import etag, history, merged, shown_need, shown_needs
from api.schemas import EventOut, Listed, Matches, MatchOptions, Move, MoveName, NeedOut, NeedPost, NeedsQuery
from matcher import items, needs
from matcher.drafts import NeedDraft
from matcher.entities import Kind
from matcher.matching.pipeline import match_item
from matcher.sessions import reading, writing

router = APIRouter(prefix="/needs", tags=["needs"])

_EDIT = described.SHOWN | described.refusals(404, 409, 412, 428)


@router.post(
    "",
    status_code=201,
    response_model=NeedOut,
    responses=described.ITEM_CREATED | described.refusals(404, 409),
)
def post_need(
    post: Annotated[NeedPost, Body(openapi_examples=described.NEW_NEEDS)],
    request: Request,
    home: HomeDep,
    actor: ActorDep,
    key: KeyDep,
) -> JSONResponse:
    """Posts a need of an organisation. 409 when it already has one of that reference or title."""

    def make(session: Session) -> Created:
        need = needs.post_need(session, actor, post.organisation_id, post.draft(), problem_list_id=post.problem_list_id)
        return Created(shown_need(session, need), request.url_for("read_need", id=need.id).path, etag(need))

    return idempotency.create(home.engine, actor, key, post, make)


@router.get("", response_model=Listed[NeedOut], responses=described.refusals())
def list_needs(query: Annotated[NeedsQuery, Query()], home: HomeDep, actor: ActorDep) -> Listed[NeedOut]:
    """Newest first."""
    with reading(home.engine) as session:
        page = needs.list_needs(session, actor, query.narrowed(), after=query.after, limit=query.limit)
        return Listed(items=shown_needs(session, page.items), next_cursor=page.next_cursor)


@router.get("/{id}", responses=described.SHOWN | described.refusals(404))
def read_need(id: str, response: Response, home: HomeDep, actor: ActorDep) -> NeedOut:
    with reading(home.engine) as session:
        need = needs.get_need(session, actor, id)
        response.headers["ETag"] = etag(need)
        return shown_need(session, need)


@router.put("/{id}", responses=_EDIT)
def replace_need(
    id: str,
    draft: Annotated[NeedDraft, Body(openapi_examples=described.NEEDS)],
    response: Response,
    home: HomeDep,
    actor: ActorDep,
    condition: ConditionDep,
) -> NeedOut:
    """Replaces everything that was handed in; what is left out gets its default."""
    with writing(home.engine) as session:
        version = condition.check(needs.get_need(session, actor, id))
        need = needs.edit_need(session, actor, id, draft, version=version)
        response.headers["ETag"] = etag(need)
        return shown_need(session, need)


@router.patch("/{id}", responses=_EDIT)
def patch_need(
    id: str,
    patch: Annotated[
        dict[str, Any], Body(media_type="application/merge-patch+json", openapi_examples=described.PATCHES)
    ],
    response: Response,
    home: HomeDep,
    actor: ActorDep,
    condition: ConditionDep,
) -> NeedOut:
    """Changes some fields (JSON merge patch, RFC 7396): null empties a field, lists are replaced whole."""
    with writing(home.engine) as session:
        need = needs.get_need(session, actor, id)
        version = condition.check(need)
        current = items.draft_of(session, need)
        assert isinstance(current, NeedDraft)
        need = needs.edit_need(session, actor, id, merged(current, patch), version=version)
        response.headers["ETag"] = etag(need)
        return shown_need(session, need)


@router.post("/{id}/{move}", responses=_EDIT)
def move_need(
    id: str,
    move: MoveName,
    response: Response,
    home: HomeDep,
    actor: ActorDep,
    condition: ConditionDep,
    moved: Move = Move(),  # noqa: B008  # never changed
) -> NeedOut:
    """Closes a settled need, withdraws one from every search, or reopens it. Nothing is deleted."""
    with writing(home.engine) as session:
        version = condition.check(needs.get_need(session, actor, id))
        need = needs.move_need(session, actor, id, move, reason=moved.reason, version=version)
        response.headers["ETag"] = etag(need)
        return shown_need(session, need)


@router.get("/{id}/events", responses=described.refusals(404))
def read_history(id: str, home: HomeDep, actor: ActorDep) -> list[EventOut]:
    """Who did what to it, oldest first."""
    with reading(home.engine) as session:
        return history(session, needs.get_need(session, actor, id))


@router.get("/{id}/matches", responses=described.refusals(404))
def match_need(
    id: str, options: Annotated[MatchOptions, Query()], home: HomeDep, index: IndexDep, actor: ActorDep
) -> Matches:
    """Results that may solve it, with reasons."""
    with reading(home.engine) as session:
        return Matches.of(match_item(session, index, actor, Kind.NEED, id, **options.given()))
