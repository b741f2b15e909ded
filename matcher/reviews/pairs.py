"""A pair found, held, and moved through its one door; and how much of it somebody is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from matcher import events, policy, states
from matcher.access import Viewer
from matcher.actors import Actor
from matcher.entities import Introduction, Membership, Need, Pair, Result
from matcher.errors import Forbidden, NotFound
from matcher.matching import redaction
from matcher.policy import Action, PairThing, View
from matcher.states import PAIR_MOVES, IntroductionState


def thing(session: Session, pair: Pair, *, owner: str | None = None) -> PairThing:
    """As the policy sees it; `owner` is the side whose answer is asked about."""
    return PairThing("pair", pair.id, owner=owner, person=pair.follower_id, asked=_asked(session, pair))


def _asked(session: Session, pair: Pair) -> frozenset[str]:
    query = select(Introduction.organisation_id).where(
        Introduction.pair_id == pair.id, Introduction.state != IntroductionState.TAKEN_BACK
    )
    return frozenset(session.exec(query)) if pair.asking else frozenset()


# -- found and held -------------------------------------------------------------------------------


def find(session: Session, actor: Actor, id: str, action: Action = Action.READ_PAIR) -> Pair:
    """One that the actor may do this to. Raises NotFound, also for what the actor may not know of."""
    return _required(session, actor, session.get(Pair, id), id, action)


def hold(session: Session, actor: Actor, id: str, action: Action) -> Pair:
    """One to be changed, as it stands now; until commit nobody else can."""
    events.lock(session)
    found = session.get(Pair, id, with_for_update=True, populate_existing=True)
    return _required(session, actor, found, id, action)


def follow(session: Session, actor: Actor, id: str) -> Pair:
    """One to be taken on by the matchmaker who follows it, as `hold`. Raises Forbidden once they belong to a side."""
    pair = hold(session, actor, id, Action.FOLLOW_PAIR)
    require_apart(session, actor.person_id, pair)
    return pair


def _required(session: Session, actor: Actor, pair: Pair | None, id: str, action: Action) -> Pair:
    if pair is None:
        raise NotFound("pair", id)
    policy.require(actor, action, thing(session, pair))
    return pair


def require_apart(session: Session, person_id: str | None, pair: Pair) -> None:
    """Raises Forbidden to a matchmaker who belongs to one of the two sides."""
    if person_id is None:
        return
    need, result = sides(session, pair)
    belongs = select(Membership.organisation_id).where(
        Membership.person_id == person_id,
        col(Membership.organisation_id).in_([need.organisation_id, result.organisation_id]),
    )
    if session.exec(belongs).first() is not None:
        raise Forbidden("Who belongs to one of the two sides has no part in this pair.")


def sides(session: Session, pair: Pair) -> tuple[Need, Result]:
    return session.get_one(Need, pair.need_id), session.get_one(Result, pair.result_id)


def sides_of(session: Session, pairs: Sequence[Pair]) -> dict[str, tuple[Need, Result]]:
    """The two sides of each pair, by its id, read in two queries."""
    needs = {
        one.id: one for one in session.exec(select(Need).where(col(Need.id).in_({pair.need_id for pair in pairs})))
    }
    wanted = select(Result).where(col(Result.id).in_({pair.result_id for pair in pairs}))
    results = {one.id: one for one in session.exec(wanted)}
    return {pair.id: (needs[pair.need_id], results[pair.result_id]) for pair in pairs}


# -- the door -------------------------------------------------------------------------------------


def advance(
    session: Session,
    actor: Actor,
    pair: Pair,
    move: str,
    *,
    at: datetime,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Makes a move of `states.PAIR_MOVES` and records it. Raises NotAllowed. Nobody has it reserved any more."""
    pair.state = states.advance(pair.state, move, PAIR_MOVES)
    pair.since = at
    pair.reserved_by = pair.reserved_until = None
    record(session, actor, pair, move, at=at, told=told)


def record(
    session: Session,
    actor: Actor,
    pair: Pair,
    what: str,
    *,
    at: datetime,
    told: Mapping[str, Any] | None = None,
) -> None:
    """What happened to a pair without changing its state. Texts are not put in the record, only who, when, codes."""
    session.add(pair)
    detail = {"need": pair.need_id, "result": pair.result_id} | dict(told or {})
    events.record(session, actor, events.Entry(f"pair.{what}", f"pair:{pair.id}", detail), at=at)


# -- shown ----------------------------------------------------------------------------------------


def view(viewer: Viewer, need: Need, result: Result) -> View:
    """How much of both sides the viewer is shown."""
    return min(viewer.view(need), viewer.view(result))


def shown_score(viewer: Viewer, pair: Pair, need: Need, result: Result) -> float:
    """The exact score to who is shown all of both that is public; else the one that tells nothing hidden."""
    held = view(viewer, need, result)
    return pair.score if redaction.comparable(held) else redaction.rounded(held, pair.told_score)
