"""Needs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described
from api.deps import AskingDep, IndexDep, KeyDep, VersionsDep
from api.routes import items
from api.schemas.base import Listed, Paging
from api.schemas.clinic import TeamOut
from api.schemas.disclosure import ReadingOut
from api.schemas.items import EventOut, Move, MoveName, NeedOut, NeedPost, NeedsQuery
from api.schemas.matches import Matches, MatchOptions
from matcher import access, needs, readings
from matcher.drafts import NeedDraft
from matcher.entities import Kind, Need
from matcher.matching import teams
from matcher.sessions import reading

router = APIRouter(prefix="/needs", tags=["needs"])


@router.post("", status_code=201, response_model=NeedOut, responses=described.POSTED)
def post_need(
    post: Annotated[NeedPost, Body(openapi_examples=described.NEW_NEEDS)], asking: AskingDep, key: KeyDep
) -> JSONResponse:
    """Posts a need of an organisation. 409 when it already has one of that reference or title."""

    def store(session: Session) -> Need:
        return needs.post_need(
            session, asking.actor, post.organisation_id, post.draft(), problem_list_id=post.problem_list_id
        )

    return items.post(asking, key, post, store)


@router.get("", response_model=Listed[NeedOut], responses=described.refusals())
def list_needs(query: Annotated[NeedsQuery, Query()], asking: AskingDep) -> Listed[Any]:
    """Newest first."""
    return items.listed(asking, Need, query)


@router.get("/{id}", response_model=NeedOut, responses=described.SHOWN)
def read_need(id: str, asking: AskingDep) -> items.Shown:
    return items.read(asking, Need, id)


@router.put("/{id}", response_model=NeedOut, responses=described.EDITED)
def replace_need(
    id: str,
    draft: Annotated[NeedDraft, Body(openapi_examples=described.NEEDS)],
    asking: AskingDep,
    versions: VersionsDep,
) -> items.Shown:
    """Replaces everything that was handed in; what is left out gets its default."""
    return items.replace(asking, Need, id, versions, draft)


@router.patch("/{id}", response_model=NeedOut, responses=described.EDITED)
def patch_need(
    id: str,
    patch: Annotated[
        dict[str, Any], Body(media_type="application/merge-patch+json", openapi_examples=described.PATCHES)
    ],
    asking: AskingDep,
    versions: VersionsDep,
) -> items.Shown:
    """Changes some fields (JSON merge patch, RFC 7396): null empties a field, lists are replaced whole."""
    return items.patch(asking, Need, id, versions, patch)


@router.post("/{id}/{move}", response_model=NeedOut, responses=described.EDITED)
def move_need(
    id: str,
    move: MoveName,
    asking: AskingDep,
    versions: VersionsDep,
    moved: Move = Move(),  # noqa: B008  # never changed
) -> items.Shown:
    """Closes a settled need, withdraws one from every search, or reopens it. Nothing is deleted."""
    return items.move(asking, Need, id, versions, move, moved)


@router.get("/{id}/events", responses=described.refusals(403, 404))
def read_history(id: str, asking: AskingDep) -> list[EventOut]:
    """Who did what to it, oldest first."""
    return items.history(asking, Need, id)


@router.get("/{id}/readings", response_model=Listed[ReadingOut], responses=described.refusals(403, 404))
def read_readings(id: str, paging: Annotated[Paging, Query()], asking: AskingDep) -> Listed[ReadingOut]:
    """Who of other organisations was shown what is not public of it; for its own people, newest first."""
    return items.read_by(asking, Need, id, paging)


@router.get("/{id}/matches", responses=described.refusals(403, 404))
def match_need(id: str, options: Annotated[MatchOptions, Query()], asking: AskingDep, index: IndexDep) -> Matches:
    """Results that may solve it, with reasons."""
    return items.matches(asking, index, Need, id, options)


@router.get("/{id}/teams", responses=described.refusals(403, 404))
def find_team(id: str, asking: AskingDep, index: IndexDep) -> TeamOut:
    """The fewest results that have all of the need's must-haves together, to be asked as a consortium."""
    with reading(asking.home.engine) as session:
        team = teams.for_need(session, index, asking.actor, id)
        viewer = access.viewer(session, asking.actor)
        seen = readings.of_ids(session, viewer, Kind.NEED, [id])
        seen += readings.of_ids(session, viewer, Kind.RESULT, [one.id for one in team.members])
    items.keep(asking, seen)
    return TeamOut.of(team)
