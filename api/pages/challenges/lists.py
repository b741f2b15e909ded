"""The public list 榜单, under filters that its feed and its calendar share; and the lists of one's own work."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.errors import invalid
from api.pages import choices
from api.pages.looking import Looking, LookingDep
from api.routes import challenges, mechanisms
from api.schemas.challenges import ChallengeNarrowing, ChallengesQuery
from matcher.states import ChallengeState

router = APIRouter(include_in_schema=False)

SHOWN = 20
_DAYS = ("deadline_from", "deadline_until")


@router.get("/challenges")
def read_list(looking: LookingDep, view: str = "") -> Response:
    query = _asked(looking, view)
    found = challenges.list_challenges(query, looking)
    return looking.show(
        "challenges/list.html",
        found=found,
        view=view,
        mechanisms=mechanisms.list_mechanisms(looking),
        fields=choices.field_groups(looking.language),
        provinces=choices.provinces(looking.language),
        feed=_feed(query),
    )


def _asked(looking: Looking, view: str) -> ChallengesQuery:
    """The filters of the address. Raises Problem (422) for what is no value of theirs."""
    told: dict[str, Any] = {
        name: value.strip()
        for name, value in parse_qsl(looking.request.url.query)
        if value.strip() and name in ChallengesQuery.model_fields
    }
    for name in _DAYS:
        if name in told:
            told[name] = _moment(looking, told[name], end=name == "deadline_until")
    try:
        return ChallengesQuery.model_validate(told | {"limit": SHOWN} | _of_view(looking, view))
    except ValidationError as error:
        raise invalid(error, "query") from None


def _of_view(looking: Looking, view: str) -> dict[str, Any]:
    """Whose, and in which state: what the tabs above the list say."""
    if view == "ours":
        return {"organisation_id": looking.actor.organisation_id or "", "published": True}
    if view == "drafts":
        return {"organisation_id": looking.actor.organisation_id or "", "published": False}
    if view == "waiting":
        return {"state": ChallengeState.PROPOSED}
    if view == "invited":
        return {"invited": True}
    return {"published": True}


def _moment(looking: Looking, text: str, *, end: bool) -> datetime | str:
    """A day begins and ends in the time zone of the pages."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return datetime.combine(day + timedelta(days=end), time(), looking.zone)


def _feed(query: ChallengesQuery) -> str:
    """The same filters, as the feed and the calendar take them."""
    names = set(ChallengeNarrowing.model_fields)
    told = query.model_dump(mode="json", include=names, exclude_none=True, exclude_defaults=True)
    return f"?{urlencode(told)}" if told else ""
