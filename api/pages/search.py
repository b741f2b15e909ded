"""What fits a text of one's own, and where words stand: in all that one may see."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api import deps
from api.deps import FollowerDep
from api.follower import Follower
from api.pages import acting, forms
from api.pages.items import kinds, matched
from api.pages.looking import Looking, LookingDep
from api.routes import challenges, items, matches
from api.schemas.challenges import ChallengesQuery
from api.schemas.matches import MatchRequest
from matcher.entities import Kind
from matcher.errors import Unready

router = APIRouter(include_in_schema=False)

PAGE = "search.html"
LONGEST = 4000
"""Signs of a text: it stands in the address, where more do not fit."""
_EACH = 8
"""So many of each kind are shown of where words stand."""

Wanted = Literal["result", "need", "words"]


@router.get("/search")
def search(looking: LookingDep, follower: FollowerDep, text: str = "", wanted: Wanted = "result") -> Response:
    form = forms.blank(text=text[:LONGEST], wanted=wanted)
    told: dict[str, Any] = {"form": form, "longest": LONGEST, "matches": None, "lists": None}
    try:
        if text.strip() and wanted == "words":
            told["lists"] = _standing(looking, text.strip())
        elif text.strip():
            told["matches"] = _fitting(looking, follower, text[:LONGEST], Kind(wanted))
    except (ValidationError, Unready) as error:
        return looking.show(PAGE, acting.refuse(form, error), **told)
    return looking.show(PAGE, **told)


def _fitting(looking: Looking, follower: Follower, text: str, wanted: Kind) -> matched.Found:
    asked = MatchRequest(text=text, wanted=wanted, top=matched.SHOWN)
    found = matches.match(asked, looking, deps.index(looking.home, follower))
    return matched.page(looking, found.matches)


def _standing(looking: Looking, words: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        desk.path: items.listed(looking, desk.table, desk.query(words=words, limit=_EACH))
        for desk in kinds.DESKS.values()
    }
    query = ChallengesQuery(words=words, limit=_EACH)
    return found | {"/challenges": challenges.list_challenges(query, looking)}
