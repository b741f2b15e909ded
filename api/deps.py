"""What routes are given: the open home, who acts, and the conditions of a request."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Request

from api.composition import Home
from api.errors import Problem
from api.follower import Follower
from matcher.actors import Actor
from matcher.errors import StaleVersion
from matcher.indexing import SearchIndex
from matcher.items import Stored

ANONYMOUS = Actor("anonymous API")

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e]*)"\s*')


def actor() -> Actor:
    """Who asks. There are no accounts yet; every route takes its actor from here alone."""
    return ANONYMOUS


def home(request: Request) -> Home:
    opened: Home = request.app.state.home
    return opened


def follower(request: Request) -> Follower:
    running: Follower = request.app.state.follower
    return running


def index(home: HomeDep, follower: FollowerDep) -> SearchIndex:
    """The index, caught up with everything committed until now. Raises Unready."""
    follower.wait_until_ready()
    found = home.index
    found.catch_up()
    return found


class Condition:
    """The If-Match of an edit: which versions may be replaced."""

    def __init__(self, tags: str) -> None:
        self.any = tags.strip() == "*"
        self.versions: set[int] = set()
        for tag in "" if self.any else tags.split(","):
            read = _TAG.fullmatch(tag)
            if read is None:
                raise Problem(422, "invalid", f'If-Match holds entity tags, such as "3", or *; not {tag.strip()!r}.')
            weak, opaque = read.groups()
            if not weak and opaque.isascii() and opaque.isdigit():  # a weak tag never matches here (RFC 9110, 13.1.1)
                self.versions.add(int(opaque))

    def check(self, item: Stored) -> int:
        """The version that may be replaced. Raises StaleVersion when the stored one is another."""
        if not self.any and item.version not in self.versions:
            raise StaleVersion(item.kind, max(self.versions, default=0), item.version)
        return item.version


def condition(
    if_match: Annotated[
        str | None,
        Header(
            description='The ETag of what was read, such as "3", so that no edit is lost; * for whatever is there.',
            max_length=1000,
        ),
    ] = None,
) -> Condition:
    if if_match is None:
        raise Problem(
            428, "precondition_required", "If-Match is missing: send the ETag that came with what you read, or *."
        )
    return Condition(if_match)


def idempotency_key(
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
ConditionDep = Annotated[Condition, Depends(condition)]
KeyDep = Annotated[str | None, Depends(idempotency_key)]
