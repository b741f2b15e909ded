"""What became of a need or result, and who has read it: for its own organisation's eyes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.pages.items.kinds import Desk
from api.pages.languages import marked as _
from api.pages.looking import Looking
from api.routes import items, members
from api.schemas.base import Paging
from api.schemas.disclosure import ReadingOut

SHOWN = 50

WHAT: Mapping[str, str] = {
    "posted": _("posted"),
    "edited": _("edited"),
    "close": _("closed"),
    "withdraw": _("withdrawn"),
    "reopen": _("reopened"),
    "consent.asked": _("consent asked for by another organisation"),
    "consent.grant": _("consent granted"),
    "consent.offer": _("consent offered under an agreement"),
    "consent.accept": _("agreement accepted"),
    "consent.refuse": _("consent refused"),
    "consent.withdraw": _("consent withdrawn"),
}
"""By action, without the kind of thing before it."""


@dataclass(frozen=True, slots=True)
class Turn:
    at: datetime
    what: str
    who: str
    """Somebody of one's own; empty for anybody else."""
    reason: str


@dataclass(frozen=True, slots=True)
class History:
    turns: list[Turn]
    readings: list[ReadingOut]
    more_readings: bool


def of(looking: Looking, desk: Desk, id: str) -> History:
    acted_for = looking.actor.organisation_id or ""
    people = members.list_members(acted_for, looking.home, looking.actor)
    names = {f"person:{one.person.id}": one.person.name for one in people}
    turns = [
        Turn(event.at, _what(event.action), names.get(event.actor, ""), str(event.detail.get("reason", "")))
        for event in reversed(items.history(looking, desk.table, id))
    ]
    read = items.read_by(looking, desk.table, id, Paging(limit=SHOWN))
    return History(turns, read.items, read.next_cursor is not None)


def _what(action: str) -> str:
    """What is not worded is told by its code."""
    return WHAT.get(action, WHAT.get(action.partition(".")[2], action))
