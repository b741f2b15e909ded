"""What one is told, and how one wants to be."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from api import described, described_notices
from api.deps import ActorDep, HomeDep
from api.routes.account import oneself
from api.schemas.notices import NoticeOut, NoticeQuery, NoticesOut, NoticeWishOut, ReadPost
from matcher import events, notices
from matcher.engine import clock
from matcher.notices import NoticeWish
from matcher.sessions import reading, writing

router = APIRouter(prefix="/notices", tags=["notices"])


@router.get("", responses=described.refusals(401, 404))
def list_notices(query: Annotated[NoticeQuery, Query()], home: HomeDep, actor: ActorDep) -> NoticesOut:
    """One's own, the newest first."""
    person = oneself(actor)
    with reading(home.engine) as session:
        found = notices.listed(session, actor, person, unread=query.unread, cursor=query.cursor, limit=query.limit + 1)
        shown = [NoticeOut.of(one) for one in found[: query.limit]]
        return NoticesOut(
            items=shown,
            next_cursor=shown[-1].id if len(found) > query.limit else None,
            unread=notices.unread(session, actor, person),
        )


@router.post("/read", status_code=204, response_class=Response, responses=described.refusals(401, 403, 404))
def mark_notices_read(
    sent: Annotated[ReadPost, Body(openapi_examples=described_notices.READ)], home: HomeDep, actor: ActorDep
) -> Response:
    """Marks these as read, or all of one's own."""
    person = oneself(actor)
    with writing(home.engine) as session:
        notices.mark_read(session, actor, person, sent.ids, at=clock.of_database(session))
    return Response(status_code=204)


@router.get("/settings", responses=described.refusals(401))
def list_notice_settings(home: HomeDep, actor: ActorDep) -> list[NoticeWishOut]:
    """How one is told of each kind of things: in the list of notices, by mail, both or not at all."""
    with reading(home.engine) as session:
        found = notices.wishes(session, actor, oneself(actor))
    return [NoticeWishOut.of(kind, wish) for kind, wish in found.items()]


@router.put("/settings/{kind}", responses=described.refusals(401, 403, 404))
def set_notices(
    kind: str,
    sent: Annotated[NoticeWish, Body(openapi_examples=described_notices.WISHES)],
    home: HomeDep,
    actor: ActorDep,
) -> NoticeWishOut:
    """Says how one wants to be told of one kind of things from now on."""
    person = oneself(actor)
    with writing(home.engine) as session:
        events.lock(session)
        notices.wish(session, actor, person, kind, sent, at=clock.of_database(session))
    return NoticeWishOut.of(kind, sent)
