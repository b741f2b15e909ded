"""The ways in which a challenge is answered and decided, each with its states and moves."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.pages.looking import LookingDep
from api.routes import mechanisms
from api.schemas.mechanisms import MechanismOut, MoveOut
from matcher.states import ChallengeState

router = APIRouter(include_in_schema=False)


@router.get("/mechanisms")
def read(looking: LookingDep) -> Response:
    found = mechanisms.list_mechanisms(looking)
    return looking.show("challenges/mechanisms.html", mechanisms=found, steps={one.name: _steps(one) for one in found})


def _steps(mechanism: MechanismOut) -> list[tuple[ChallengeState, list[MoveOut]]]:
    """Each state that a challenge may be in, with the moves that lead on from it; an end has none."""
    there = {ChallengeState.DRAFT, *(move.target for move in mechanism.moves)}
    return [
        (state, [move for move in mechanism.moves if state in move.sources])
        for state in ChallengeState
        if state in there
    ]
