"""What the routes of needs and results do, whichever of the two is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import idempotency
from api.deps import Asking
from api.idempotency import Created
from api.presenting import all_shown, etag, merged, shown
from api.schemas.base import Listed, Paging
from api.schemas.disclosure import ReadingOut
from api.schemas.items import EventOut, Move, NeedOut, NeedPost, NeedsQuery, ResultOut, ResultPost, ResultsQuery
from api.schemas.matches import Matches, MatchOptions
from matcher import access, events, items, listing, organisations, readings
from matcher.drafts import ItemDraft
from matcher.entities import Reading
from matcher.indexing import SearchIndex
from matcher.items import Stored
from matcher.matching.pipeline import match_item
from matcher.policy import Action
from matcher.sessions import reading, writing

Shown = NeedOut | ResultOut
Table = type[Stored]
Versions = frozenset[int] | None
"""Those that an edit may replace; None for whatever is there."""


def post(
    asking: Asking, key: str | None, sent: NeedPost | ResultPost, store: Callable[[Session], Stored]
) -> JSONResponse:
    def make(session: Session) -> Created:
        item = store(session)
        told = shown(session, access.viewer(session, asking.actor), item)
        return Created(told, asking.request.url_for(f"read_{item.kind}", id=item.id).path, etag(item))

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


def listed(asking: Asking, table: Table, query: NeedsQuery | ResultsQuery) -> Listed[Any]:
    with reading(asking.home.engine) as session:
        page = listing.page(session, asking.actor, table, query.narrowed(), cursor=query.cursor, limit=query.limit)
        viewer = access.viewer(session, asking.actor)
        told = Listed(items=all_shown(session, viewer, page.items), next_cursor=page.next_cursor)
        seen = readings.worth_keeping(viewer, page.items, "list")
    keep(asking, seen)
    return told


def read(asking: Asking, table: Table, id: str) -> Shown:
    with reading(asking.home.engine) as session:
        item = items.get(session, asking.actor, table, id)
        told = _answer(asking, session, item)
        seen = readings.worth_keeping(access.viewer(session, asking.actor), [item], "read")
    keep(asking, seen)
    return told


def keep(asking: Asking, seen: Sequence[Reading]) -> None:
    """Has them stored before anything is answered."""
    if seen:
        with writing(asking.home.engine) as session:
            readings.keep(session, seen)


def read_by(asking: Asking, table: Table, id: str, paging: Paging) -> Listed[ReadingOut]:
    with reading(asking.home.engine) as session:
        found = readings.of_item(session, asking.actor, table, id, cursor=paging.cursor, limit=paging.limit + 1)
        shown_here = found[: paging.limit]
        names = organisations.names(session, {one.organisation_id for one in shown_here if one.organisation_id})
        told = [ReadingOut.of(one, names) for one in shown_here]
    return Listed(items=told, next_cursor=shown_here[-1].id if len(found) > paging.limit else None)


def replace(asking: Asking, table: Table, id: str, versions: Versions, draft: ItemDraft) -> Shown:
    with writing(asking.home.engine) as session:
        item = items.hold(session, asking.actor, table, id, versions=versions)
        items.replace(session, asking.actor, item, draft)
        return _answer(asking, session, item)


def patch(asking: Asking, table: Table, id: str, versions: Versions, changes: dict[str, Any]) -> Shown:
    with writing(asking.home.engine) as session:
        item = items.hold(session, asking.actor, table, id, versions=versions)
        items.replace(session, asking.actor, item, merged(items.draft_of(session, item), changes))
        return _answer(asking, session, item)


def move(asking: Asking, table: Table, id: str, versions: Versions, name: str, moved: Move) -> Shown:
    with writing(asking.home.engine) as session:
        item = items.hold(session, asking.actor, table, id, versions=versions)
        items.move(session, asking.actor, item, name, moved.reason)
        return _answer(asking, session, item)


def history(asking: Asking, table: Table, id: str) -> list[EventOut]:
    with reading(asking.home.engine) as session:
        item = items.get(session, asking.actor, table, id, Action.READ_HISTORY)
        return [EventOut.model_validate(event) for event in events.of_thing(session, f"{item.kind}:{item.id}")]


def matches(asking: Asking, index: SearchIndex, table: Table, id: str, options: MatchOptions) -> Matches:
    with reading(asking.home.engine) as session:
        item = items.get(session, asking.actor, table, id)  # kept, so that matching does not read it again
        viewer = access.viewer(session, asking.actor)
        found = match_item(session, index, asking.actor, table.kind, id, **options.given())
        seen = readings.worth_keeping(viewer, [item], "match")
        seen += readings.of_matches(session, viewer, found)
    keep(asking, seen)
    return Matches.of(found)


def _answer(asking: Asking, session: Session, item: Stored) -> Shown:
    told = shown(session, access.viewer(session, asking.actor), item)
    if "version" in told.model_fields_set:
        asking.response.headers["ETag"] = etag(item)
    return told
