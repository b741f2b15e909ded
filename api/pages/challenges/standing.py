"""Where a challenge stands: the steps behind it and ahead of it, and who takes the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.pages.looking import Me
from api.schemas.challenges import ChallengeOut
from api.schemas.mechanisms import MechanismOut, MoveOut
from matcher.entities import PlatformRole
from matcher.states import ChallengeState as S

_ENDED_EARLY = (S.FAILED, S.CANCELLED)
_SIDEWAYS = ("give_back", "amend", "extend", "reverse", "reconsider", "no_award", "cancel")
"""Moves that lead to no later step."""


@dataclass(frozen=True, slots=True)
class Step:
    state: S
    done: bool
    now: bool
    since: datetime | None = None
    until: datetime | None = None


def steps(challenge: ChallengeOut, rules: MechanismOut) -> list[Step]:
    """The states that its mechanism leads through, in order. One that ended early ends where it was seen last."""
    way = [
        S.DRAFT,
        *(state for state in S if state not in _ENDED_EARLY and any(m.target is state for m in rules.moves)),
    ]
    way = list(dict.fromkeys(way))
    if challenge.state in _ENDED_EARLY:
        way = [*(state for state in way if _was_reached(challenge, state)), challenge.state]
    here = way.index(challenge.state)
    return [Step(state, place < here, place == here, *_dates(challenge, state)) for place, state in enumerate(way)]


def next_moves(challenge: ChallengeOut, rules: MechanismOut) -> list[MoveOut]:
    """What leads on from here, whoever makes it. Of two that exclude each other, the one that this round is for."""
    ways = [move for move in rules.moves if challenge.state in move.sources and move.name not in _SIDEWAYS]
    last = challenge.round == len(rules.rounds)
    return [move for move in ways if ("round_left" if last else "last_round") not in move.only_if]


def is_setter(me: Me | None, challenge: ChallengeOut) -> bool:
    """Whether somebody acts for the setter and may write for it."""
    return me is not None and me.session.organisation_id == challenge.organisation.id and me.posts_needs


def is_desk(me: Me | None) -> bool:
    return me is not None and me.is_a(PlatformRole.MATCHMAKER, PlatformRole.OPERATOR)


def _was_reached(challenge: ChallengeOut, state: S) -> bool:
    early: Sequence[S] = (S.DRAFT,)
    if challenge.published_at is not None:
        early = (S.DRAFT, S.PROPOSED, S.ANSWERING)
    return state in early or (state is S.OBJECTING and challenge.decided_at is not None)


def _dates(challenge: ChallengeOut, state: S) -> tuple[datetime | None, datetime | None]:
    if state is S.DRAFT:
        return challenge.created_at, None
    if state is S.ANSWERING:
        return challenge.published_at, challenge.deadline
    if state is S.OBJECTING:
        return challenge.decided_at, None
    return None, None
