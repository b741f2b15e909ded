"""Results."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described
from api.deps import AskingDep, IndexDep, KeyDep, VersionsDep
from api.routes import items
from api.schemas.base import Listed, Paging
from api.schemas.disclosure import ReadingOut
from api.schemas.items import EventOut, Move, MoveName, ResultOut, ResultPost, ResultsQuery
from api.schemas.matches import Matches, MatchOptions
from matcher import results
from matcher.drafts import ResultDraft
from matcher.entities import Result

router = APIRouter(prefix="/results", tags=["results"])


@router.post("", status_code=201, response_model=ResultOut, responses=described.POSTED)
def post_result(
    post: Annotated[ResultPost, Body(openapi_examples=described.NEW_RESULTS)], asking: AskingDep, key: KeyDep
) -> JSONResponse:
    """Posts a result of an organisation. 409 when it already has one of that reference or title."""

    def store(session: Session) -> Result:
        return results.post_result(session, asking.actor, post.organisation_id, post.draft())

    return items.post(asking, key, post, store)


@router.get("", response_model=Listed[ResultOut], responses=described.refusals())
def list_results(query: Annotated[ResultsQuery, Query()], asking: AskingDep) -> Listed[Any]:
    """Newest first."""
    return items.listed(asking, Result, query)


@router.get("/{id}", response_model=ResultOut, responses=described.SHOWN)
def read_result(id: str, asking: AskingDep) -> items.Shown:
    return items.read(asking, Result, id)


@router.put("/{id}", response_model=ResultOut, responses=described.EDITED)
def replace_result(
    id: str,
    draft: Annotated[ResultDraft, Body(openapi_examples=described.RESULTS)],
    asking: AskingDep,
    versions: VersionsDep,
) -> items.Shown:
    """Replaces everything that was handed in; what is left out gets its default."""
    return items.replace(asking, Result, id, versions, draft)


@router.patch("/{id}", response_model=ResultOut, responses=described.EDITED)
def patch_result(
    id: str,
    patch: Annotated[
        dict[str, Any], Body(media_type="application/merge-patch+json", openapi_examples=described.RESULT_PATCHES)
    ],
    asking: AskingDep,
    versions: VersionsDep,
) -> items.Shown:
    """Changes some fields (JSON merge patch, RFC 7396): null empties a field, lists are replaced whole."""
    return items.patch(asking, Result, id, versions, patch)


@router.post("/{id}/{move}", response_model=ResultOut, responses=described.EDITED)
def move_result(
    id: str,
    move: MoveName,
    asking: AskingDep,
    versions: VersionsDep,
    moved: Move = Move(),  # noqa: B008  # never changed
) -> items.Shown:
    """Closes a result no longer to be had, withdraws one from every search, or reopens it. Nothing is deleted."""
    return items.move(asking, Result, id, versions, move, moved)


@router.get("/{id}/events", responses=described.refusals(403, 404))
def read_history(id: str, asking: AskingDep) -> list[EventOut]:
    """Who did what to it, oldest first."""
    return items.history(asking, Result, id)


@router.get("/{id}/readings", response_model=Listed[ReadingOut], responses=described.refusals(403, 404))
def read_readings(id: str, paging: Annotated[Paging, Query()], asking: AskingDep) -> Listed[ReadingOut]:
    """Who of other organisations was shown what is not public of it; for its own people, newest first."""
    return items.read_by(asking, Result, id, paging)


@router.get("/{id}/matches", responses=described.refusals(403, 404))
def match_result(id: str, options: Annotated[MatchOptions, Query()], asking: AskingDep, index: IndexDep) -> Matches:
    """Needs that it may solve, with reasons."""
    return items.matches(asking, index, Result, id, options)
