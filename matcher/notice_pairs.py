"""Whom a turn of a pair concerns: one side, of what is its own, or the matchmaker who follows it."""

from __future__ import annotations

from sqlmodel import Session

from matcher import disclosure, items, organisations
from matcher.access import Viewer
from matcher.actors import Actor
from matcher.entities import Event, Introduction, Kind, Need, Pair, PlatformRole, Result, Role
from matcher.notice_circles import Concern, members
from matcher.notice_turns import To, Turn

_ANSWERING = (Role.POSTER, Role.RESEARCHER, Role.MANAGER)
_MATCHMAKER = Viewer(Actor("matchmaker", platform_roles=frozenset({PlatformRole.MATCHMAKER})))
_HIDDEN = "…"
"""Stands for a title of which nothing is shown."""


def concern(session: Session, event: Event, turn: Turn) -> Concern | None:
    """None where what the event was about is not there any more, or its detail was erased."""
    pair = session.get(Pair, event.thing.partition(":")[2])
    if pair is None:
        return None
    if To.FOLLOWER in turn.to:
        return _follower(session, pair)
    introduction = session.get(Introduction, str(event.detail.get("introduction", "")))
    return _side(session, pair, introduction) if introduction else None


def _side(session: Session, pair: Pair, introduction: Introduction) -> Concern:
    own: Need | Result = (
        session.get_one(Need, pair.need_id)
        if introduction.side is Kind.NEED
        else session.get_one(Result, pair.result_id)
    )
    people = set(members(session, [introduction.organisation_id], _ANSWERING))
    return Concern(people, f"introduction:{introduction.id}", {"title": own.title})


def _follower(session: Session, pair: Pair) -> Concern:
    need = session.get_one(Need, pair.need_id)
    owner = organisations.get(session, need.organisation_id)
    shown = disclosure.title(items.draft_of(session, need), _MATCHMAKER.view(need), owner)
    people = {pair.follower_id} if pair.follower_id else set()
    return Concern(people, f"pair:{pair.id}", {"title": shown or _HIDDEN})
