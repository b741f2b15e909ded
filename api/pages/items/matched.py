"""What is matched with a need or result, and under which filters."""

from __future__ import annotations

from dataclasses import dataclass

from api import deps
from api.follower import Follower
from api.pages import choices
from api.pages.items import kinds
from api.pages.items.kinds import Desk, ItemOut
from api.pages.looking import Looking
from api.routes import items
from api.schemas.matches import MatchOptions, MatchOut
from matcher import policy
from matcher.drafts import Disclosure
from matcher.entities import Kind
from matcher.errors import Unready
from matcher.policy import Action, ItemThing, View

SHOWN = 10
"""Matches on one page: each comes with its reasons."""
MOST = 100


class Wanted(MatchOptions):
    """The filters, and which page of the matches."""

    page: int = 1

    @property
    def first(self) -> int:
        return (max(1, min(self.page, MOST // SHOWN)) - 1) * SHOWN

    def options(self) -> MatchOptions:
        """One more than is shown tells whether there are more."""
        return self.best(min(self.first + SHOWN + 1, MOST))

    def best(self, top: int) -> MatchOptions:
        return MatchOptions.model_validate(self.model_dump(exclude={"page", "top"}) | {"top": top})


@dataclass(frozen=True, slots=True)
class Found:
    """One page of matches."""

    matches: list[MatchOut]
    more: bool
    asks: frozenset[str]
    """Ids of those of which one may ask for more than is shown."""


def asked(looking: Looking) -> Wanted:
    return choices.asked(looking, Wanted)


def find(looking: Looking, follower: Follower, desk: Desk, item: ItemOut, wanted: Wanted) -> Found | None:
    """None for who is not shown enough of the item to be told its matches, and while the index is not there."""
    if not kinds.may(looking, Action.MATCH_ITEM, item):
        return None
    try:
        index = deps.index(looking.home, follower)
    except Unready:
        return None
    found = items.matches(looking, index, desk.table, item.id, wanted.options())
    return page(looking, found.matches, wanted.first)


def page(looking: Looking, matches: list[MatchOut], first: int = 0) -> Found:
    shown = matches[first : first + SHOWN]
    asks = frozenset(one.id for one in shown if _may_ask_for(looking, one))
    return Found(shown, len(matches) > first + SHOWN, asks)


def may_ask(looking: Looking, kind: Kind, item: ItemOut) -> bool:
    """Whether there is more to be shown of it, and one may ask for that."""
    return more_to_see(kind, item.view) and kinds.may(looking, Action.ASK_CONSENT, item)


def _may_ask_for(looking: Looking, match: MatchOut) -> bool:
    thing = ItemThing(str(match.kind), match.id, match.organisation_id or None, tier=Disclosure.PUBLIC)
    return more_to_see(match.kind, match.view) and policy.can(looking.actor, Action.ASK_CONSENT, thing).allowed


def more_to_see(kind: Kind, view: str) -> bool:
    """Of a public need all is shown; of a result who stays on it is told after consent only."""
    return View[view.upper()] < (View.PUBLIC if kind is Kind.NEED else View.FULL)
