"""The ways in which a challenge is answered and decided."""

from __future__ import annotations

from fastapi import APIRouter

from api import described
from api.deps import AskingDep
from api.schemas.mechanisms import MechanismOut
from matcher import policy
from matcher.policy import Action

router = APIRouter(prefix="/mechanisms", tags=["challenges"])


@router.get("", responses=described.refusals())
def list_mechanisms(asking: AskingDep) -> list[MechanismOut]:
    """Those that come with the program, and the operator's own. A challenge keeps its own as it was opened."""
    policy.require(asking.actor, Action.LIST_CHALLENGES)
    return [MechanismOut.of(one) for one in asking.home.mechanisms.values()]
