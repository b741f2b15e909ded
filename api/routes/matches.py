"""Matches for what is not stored."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from sqlmodel import Session

from api import described
from api.deps import AskingDep, IndexDep
from api.routes import items
from api.schemas.matches import Matches, MatchRequest
from matcher import access, readings
from matcher.actors import Actor
from matcher.indexing import SearchIndex
from matcher.matching.matches import Match
from matcher.matching.pipeline import match_draft, match_text
from matcher.sessions import reading

router = APIRouter(tags=["matches"])


@router.post("/match", responses=described.refusals())
def match(
    asked: Annotated[MatchRequest, Body(openapi_examples=described.QUESTIONS)],
    asking: AskingDep,
    index: IndexDep,
) -> Matches:
    """Matches a draft (a need finds results, a result needs) or a text. Nothing of it is stored.

    What you are shown in part only is found by stored needs and results, not by this.
    """
    with reading(asking.home.engine) as session:
        found = _found(session, index, asking.actor, asked)
        seen = readings.of_matches(session, access.viewer(session, asking.actor), found)
    items.keep(asking, seen)
    return Matches.of(found)


def _found(session: Session, index: SearchIndex, actor: Actor, asked: MatchRequest) -> list[Match]:
    draft = asked.need or asked.result
    if draft is not None:
        return match_draft(session, index, actor, draft, **asked.given())
    assert asked.text is not None
    assert asked.wanted is not None
    return match_text(session, index, actor, asked.text, asked.wanted, **asked.given())
