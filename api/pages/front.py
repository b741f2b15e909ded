"""The front door: what this is, and the ways in."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.pages.looking import LookingDep
from api.routes import challenges
from api.schemas.challenges import ChallengesQuery
from matcher.states import ChallengeState

router = APIRouter(include_in_schema=False)

SHOWN = 6


@router.get("/")
def front(looking: LookingDep) -> Response:
    query = ChallengesQuery(state=ChallengeState.ANSWERING, limit=SHOWN)
    return looking.show("front.html", challenges=challenges.list_challenges(query, looking).items)
