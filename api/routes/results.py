"""Results."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described, idempotency
from api.deps import ActorDep, ConditionDep, HomeDep, IndexDep, KeyDep
from api.idempotency import Created
from api.presenting import etag, history, merged, shown_result, shown_results
from api.schemas import EventOut, Listed, Matches, MatchOptions, Move, MoveName, ResultOut, ResultPost, ResultsQuery
from matcher import items, results
from matcher.drafts import ResultDraft
from matcher.entities import Kind
from matcher.matching.pipeline import match_item
from matcher.sessions import reading, writing

router = APIRouter(prefix="/results", tags=["results"])

_EDIT = described.SHOWN | described.refusals(404, 409, 412, 428)


@router.post(
    "",
    status_code=201,
    response_model=ResultOut,
    responses=described.ITEM_CREATED | described.refusals(404, 409),
)
def post_result(
    post: Annotated[ResultPost, Body(openapi_examples=described.NEW_RESULTS)],
    request: Request,
    home: HomeDep,
    actor: ActorDep,
    key: KeyDep,
) -> JSONResponse:
    """Posts a result of an organisation. 409 when it already has one of that reference or title."""

    def make(session: Session) -> Created:
        result = results.post_result(session, actor, post.organisation_id, post.draft())
        return Created(shown_result(session, result), request.url_for("read_result", id=result.id).path, etag(result))

    return idempotency.create(home.engine, actor, key, post, make)


@router.get("", response_model=Listed[ResultOut], responses=described.refusals())
def list_results(query: Annotated[ResultsQuery, Query()], home: HomeDep, actor: ActorDep) -> Listed[ResultOut]:
    """Newest first."""
    with reading(home.engine) as session:
        page = results.list_results(session, actor, query.narrowed(), after=query.after, limit=query.limit)
        return Listed(items=shown_results(session, page.items), next_cursor=page.next_cursor)


@router.get("/{id}", responses=described.SHOWN | described.refusals(404))
def read_result(id: str, response: Response, home: HomeDep, actor: ActorDep) -> ResultOut:
    with reading(home.engine) as session:
        result = results.get_result(session, actor, id)
        response.headers["ETag"] = etag(result)
        return shown_result(session, result)


@router.put("/{id}", responses=_EDIT)
def replace_result(
    id: str,
    draft: Annotated[ResultDraft, Body(openapi_examples=described.RESULTS)],
    response: Response,
    home: HomeDep,
    actor: ActorDep,
    condition: ConditionDep,
) -> ResultOut:
    """Replaces everything that was handed in; what is left out gets its default."""
    with writing(home.engine) as session:
        version = condition.check(results.get_result(session, actor, id))
        result = results.edit_result(session, actor, id, draft, version=version)
        response.headers["ETag"] = etag(result)
        return shown_result(session, result)


@router.patch("/{id}", responses=_EDIT)
def patch_result(
    id: str,
    patch: Annotated[
        dict[str, Any], Body(media_type="application/merge-patch+json", openapi_examples=described.RESULT_PATCHES)
    ],
    response: Response,
    home: HomeDep,
    actor: ActorDep,
    condition: ConditionDep,
) -> ResultOut:
    """Changes some fields (JSON merge patch, RFC 7396): null empties a field, lists are replaced whole."""
    with writing(home.engine) as session:
        result = results.get_result(session, actor, id)
        version = condition.check(result)
        current = items.draft_of(session, result)
        assert isinstance(current, ResultDraft)
        result = results.edit_result(session, actor, id, merged(current, patch), version=version)
        response.headers["ETag"] = etag(result)
        return shown_result(session, result)


@router.post("/{id}/{move}", responses=_EDIT)
def move_result(
    id: str,
    move: MoveName,
    response: Response,
    home: HomeDep,
    actor: ActorDep,
    condition: ConditionDep,
    moved: Move = Move(),  # noqa: B008  # never changed
) -> ResultOut:
    """Closes a result no longer to be had, withdraws one from every search, or reopens it. Nothing is deleted."""
    with writing(home.engine) as session:
        version = condition.check(results.get_result(session, actor, id))
        result = results.move_result(session, actor, id, move, reason=moved.reason, version=version)
        response.headers["ETag"] = etag(result)
        return shown_result(session, result)


@router.get("/{id}/events", responses=described.refusals(404))
def read_history(id: str, home: HomeDep, actor: ActorDep) -> list[EventOut]:
    """Who did what to it, oldest first."""
    with reading(home.engine) as session:
        return history(session, results.get_result(session, actor, id))


@router.get("/{id}/matches", responses=described.refusals(404))
def match_result(
    id: str, options: Annotated[MatchOptions, Query()], home: HomeDep, index: IndexDep, actor: ActorDep
) -> Matches:
    """Needs that it may solve, with reasons."""
    with reading(home.engine) as session:
        return Matches.of(match_item(session, index, actor, Kind.RESULT, id, **options.given()))
