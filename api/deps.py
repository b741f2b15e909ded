"""What routes are given: the open home, who acts, and the conditions of a request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from api.background import Background
from api.composition import Home
from api.errors import INVALID, Fault, Problem
from api.follower import Follower
from api.identity import authentication
from api.identity.authentication import Caller
from api.identity.limiting import Limiter, address
from matcher.actors import Actor
from matcher.indexing import SearchIndex

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*')
_VERSION = re.compile("[1-9][0-9]{0,17}")


def actor(request: Request) -> Actor:
    """Who asks; every route takes its actor from here alone. Raises Problem (401)."""
    return authentication.caller(request).actor


async def home(request: Request) -> Home:
    opened: Home = request.app.state.home
    return opened


async def background(request: Request) -> Background:
    running: Background = request.app.state.background
    return running


async def limiter(request: Request) -> Limiter:
    counting: Limiter = request.app.state.limiter
    return counting


def limited(purpose: str) -> Any:
    """A dependency that counts what one network address tries. Raises TooManyAttempts."""

    def attempt(request: Request, limiter: LimiterDep) -> None:
        limiter.attempt(purpose, address(request))

    return Depends(attempt)


async def follower(request: Request) -> Follower:
    running: Follower = request.app.state.follower
    return running


async def no_stray_query(request: Request) -> None:
    """Refuses a query where none is known: what is sent in the wrong place would be lost in silence.

    Routes that take one check it themselves (`schemas.Sent`).
    """
    if request.query_params and not request.scope["route"].dependant.query_params:
        faults = [Fault(place=f"query.{name}", message="Nothing is taken here.") for name in request.query_params]
        raise Problem(422, "invalid", INVALID, errors=faults)


def index(home: HomeDep, follower: FollowerDep) -> SearchIndex:
    """The index, caught up with everything committed until now. Raises Unready."""
    follower.wait_until_ready()
    found = home.index
    found.catch_up()
    return found


async def versions(
    if_match: Annotated[
        str | None,
        Header(
            description='The ETag of what was read, such as "3", so that no edit is lost; * for whatever is there.',
            max_length=1000,
        ),
    ] = None,
) -> frozenset[int] | None:
    """The versions that an edit may replace; None for whatever is there.

    Tags match as they were given out or not at all: "01" is nobody's first version, nor is a weak
    tag ever the same as a strong one (RFC 9110, 13.1.1).
    """
    if if_match is None:
        raise Problem(
            428, "precondition_required", "If-Match is missing: send the ETag that came with what you read, or *."
        )
    if if_match.strip() == "*":
        return None
    named: set[int] = set()
    for tag in if_match.split(","):
        read = _TAG.fullmatch(tag)
        if read is None:
            raise Problem(422, "invalid", f'If-Match holds entity tags, such as "3", or *; not {tag.strip()!r}.')
        weak, opaque = read.groups()
        if not weak and _VERSION.fullmatch(opaque):
            named.add(int(opaque))
    return frozenset(named)


async def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="A key of your own, such as a UUID. A request repeated under it creates nothing and gets "
            "the first one's answer, for at least a day.",
            min_length=1,
            max_length=200,
        ),
    ] = None,
) -> str | None:
    return idempotency_key


HomeDep = Annotated[Home, Depends(home)]
FollowerDep = Annotated[Follower, Depends(follower)]
IndexDep = Annotated[SearchIndex, Depends(index)]
ActorDep = Annotated[Actor, Depends(actor)]
CallerDep = Annotated[Caller, Depends(authentication.caller)]
StrangerDep = Annotated[Actor, Depends(authentication.stranger)]
"""Nobody, whatever key is sent along: for routes at which somebody becomes known."""
BackgroundDep = Annotated[Background, Depends(background)]
LimiterDep = Annotated[Limiter, Depends(limiter)]
VersionsDep = Annotated[frozenset[int] | None, Depends(versions)]
KeyDep = Annotated[str | None, Depends(idempotency_key)]


@dataclass
class Asking:
    """What nearly every route needs: who asks, of which home, and the headers of the answer."""

    request: Request
    response: Response
    home: Home
    actor: Actor


async def asking(request: Request, response: Response, home: HomeDep, actor: ActorDep) -> Asking:
    return Asking(request, response, home, actor)


AskingDep = Annotated[Asking, Depends(asking)]
