"""The public list for feed readers and calendars, which know no API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api import described, feeds
from api.deps import Asking, AskingDep
from api.schemas.challenges import ChallengeNarrowing
from matcher import organisations
from matcher.challenges import announcing, listing
from matcher.sessions import reading

router = APIRouter(tags=["challenges"])

_FRESH = {"Cache-Control": "private, max-age=300"}
"""Readers ask often, and what is listed depends on who asks."""


def _is(media_type: str) -> described.Responses:
    content = {media_type: {"schema": {"type": "string"}}}
    return {200: {"content": content, "description": "As it stands now."}} | described.refusals()


@router.get("/challenges.atom", response_class=Response, responses=_is(feeds.ATOM))
def follow_challenges(query: Annotated[ChallengeNarrowing, Query()], asking: AskingDep) -> Response:
    """Published challenges as an Atom feed: what happened last comes first."""
    with reading(asking.home.engine) as session:
        found = listing.latest(session, asking.actor, query.narrowed(), mechanisms=asking.home.mechanisms)
        names = organisations.names(session, {one.organisation_id for one in found})
        winners = announcing.winners(session, {one.id for one in found})
    feed = f"{asking.home.settings.address}/challenges.atom"
    return Response(feeds.atom(found, names, winners, feed, _link(asking)), media_type=feeds.ATOM, headers=_FRESH)


@router.get("/challenges.ics", response_class=Response, responses=_is(feeds.CALENDAR))
def list_deadlines(query: Annotated[ChallengeNarrowing, Query()], asking: AskingDep) -> Response:
    """The deadlines of challenges that take answers, for a calendar to subscribe to."""
    with reading(asking.home.engine) as session:
        found = listing.due(session, asking.actor, query.narrowed(), mechanisms=asking.home.mechanisms)
    return Response(feeds.calendar(found, _link(asking)), media_type=feeds.CALENDAR, headers=_FRESH)


def _link(asking: Asking) -> str:
    """What the address of a challenge begins with, for people elsewhere."""
    return asking.home.settings.address + asking.request.url_for("list_challenges").path
