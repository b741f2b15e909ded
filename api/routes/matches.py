"""Matches for what is not stored."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from api import described
from api.deps import ActorDep, HomeDep, IndexDep
from api.schemas import Matches, MatchRequest
from matcher.matching.pipeline import match_draft, match_text
from matcher.sessions import reading

router = APIRouter(tags=["matches"])


@router.post("/match", responses=described.refusals())
def match(
    asked: Annotated[MatchRequest, Body(openapi_examples=described.QUESTIONS)],
    home: HomeDep,
    index: IndexDep,
    actor: ActorDep,
) -> Matches:
    """Matches a draft (a need finds results, a result needs) or a text. Nothing of it is stored."""
    draft = asked.need or asked.result
    with reading(home.engine) as session:
        if draft is not None:
            return Matches.of(match_draft(session, index, actor, draft, **asked.given()))
        assert asked.text is not None
        assert asked.wanted is not None
        return Matches.of(match_text(session, index, actor, asked.text, asked.wanted, **asked.given()))
