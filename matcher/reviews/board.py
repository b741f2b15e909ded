"""The board: pairs by state, with what waits on whom since when; and what is due at one desk today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from matcher import policy
from matcher.actors import Actor
from matcher.entities import Introduction, Judgement, Kind, Need, Pair, PairVerdict, Result
from matcher.errors import NotFound
from matcher.indexing import SearchIndex
from matcher.matching.matches import Match, Narrowing
from matcher.matching.pipeline import match_item
from matcher.policy import Action
from matcher.reviews import desks, pairs
from matcher.states import FOLLOWED, IntroductionState, PairState

PATIENCE = timedelta(days=7)
"""What waits longer is due."""


class On(StrEnum):
    """Who has to do something for a pair to go on."""

    MATCHMAKER = "matchmaker"
    NEED = "need"
    """The side whose need it is."""
    RESULT = "result"
    BOTH = "both"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Card:
    """A pair on the board. Of its two sides the reader is shown what their tiers hold."""

    pair: Pair
    need: Need
    result: Result
    waits_on: On
    since: datetime
    """Since when it waits."""


class Why(StrEnum):
    """Why a pair is on the day's list."""

    ANSWERED = "answered"
    """Both sides have accepted, or one has declined: see to what comes next."""
    WAITING = "waiting"
    """Nothing has happened for longer than `PATIENCE`."""
    RESERVED = "reserved"
    """Drawn from the queue, and not decided on."""
    BACK = "back"
    """They said "not now", and the time has come."""


@dataclass(frozen=True, slots=True)
class Due:
    why: Why
    card: Card


def cards(
    session: Session,
    actor: Actor,
    state: PairState,
    *,
    follower_id: str | None = None,
    before: datetime | None = None,
    limit: int = 50,
) -> list[Card]:
    """One column of the board: pairs in a state, those that came into it last first, from before a moment.

    `follower_id`: those that one matchmaker follows. Of what is proposed, only what is reserved by them, or by
    anybody: the rest is the queue.
    """
    policy.require(actor, Action.READ_BOARD)
    query = select(Pair).where(Pair.state == state)
    holder = col(Pair.reserved_by) if state is PairState.PROPOSED else col(Pair.follower_id)
    if follower_id is not None:
        query = query.where(holder == follower_id)
    elif state is PairState.PROPOSED:
        query = query.where(holder.is_not(None))
    if before is not None:
        query = query.where(col(Pair.since) < before)
    return of_pairs(session, session.exec(query.order_by(col(Pair.since).desc(), col(Pair.id)).limit(limit)).all())


def counts(session: Session, actor: Actor, *, follower_id: str | None = None) -> dict[PairState, int]:
    """How many pairs stand in each state, in order; what nobody has decided on is not anybody's."""
    policy.require(actor, Action.READ_BOARD)
    query = select(Pair.state, func.count()).group_by(col(Pair.state))
    if follower_id is not None:
        query = query.where(Pair.follower_id == follower_id)
    found = dict(session.exec(query).all())
    return {state: found.get(state, 0) for state in PairState}


def today(session: Session, actor: Actor, matchmaker_id: str, *, at: datetime) -> list[Due]:
    """What is due at a matchmaker's desk, by why and then by how long it waits."""
    desks.at_desk(session, actor, matchmaker_id)
    mine = select(Pair).where(Pair.follower_id == matchmaker_id)
    declined = (
        (col(Pair.state) == PairState.ENDED) & col(Pair.ended_by).is_not(None) & (col(Pair.since) > at - PATIENCE)
    )
    late = col(Pair.since) <= at - PATIENCE
    reserved = (col(Pair.reserved_by) == matchmaker_id) & (col(Pair.reserved_until) > at)
    found = {
        Why.ANSWERED: mine.where(or_(col(Pair.state) == PairState.INTRODUCED, declined)),
        Why.WAITING: mine.where(col(Pair.state).in_(FOLLOWED), col(Pair.state) != PairState.INTRODUCED, late),
        Why.RESERVED: select(Pair).where(Pair.state == PairState.PROPOSED, reserved),
        Why.BACK: select(Pair).where(
            Pair.state == PairState.PROPOSED,
            col(Pair.not_before) <= at,
            col(Pair.id).in_(_put_aside_by(matchmaker_id)),
        ),
    }
    listed: list[Due] = []
    told: set[str] = set()
    for why, query in found.items():
        due = session.exec(query.order_by(col(Pair.since), col(Pair.id)).limit(200)).all()
        listed += [Due(why, card) for card in of_pairs(session, [pair for pair in due if pair.id not in told])]
        told |= {pair.id for pair in due}
    return listed


def read(session: Session, actor: Actor, pair_id: str) -> Card:
    """One pair, for the desk. Raises NotFound."""
    policy.require(actor, Action.READ_BOARD)
    return of_pairs(session, [pairs.find(session, actor, pair_id)])[0]


def match(session: Session, index: SearchIndex, actor: Actor, pair_id: str) -> Match:
    """Why the two fit, as matching says it now. Raises Forbidden where the actor is not shown the whole need, and
    NotFound where matching finds the result no more, or only in part."""
    pair = pairs.find(session, actor, pair_id)
    result = session.get_one(Result, pair.result_id)
    where = Narrowing(organisation_id=result.organisation_id, state=None)
    for found in match_item(session, index, actor, Kind.NEED, pair.need_id, top=100, narrowing=where):
        if found.id == result.id:
            return found
    raise NotFound("match of the pair", pair_id)


def of_pairs(session: Session, found: Sequence[Pair]) -> list[Card]:
    """As they would stand on the board, whoever asks."""
    sides = pairs.sides_of(session, found)
    answers = _unanswered(session, found)
    return [Card(pair, *sides[pair.id], *_waits(pair, answers.get(pair.id, []))) for pair in found]


def _put_aside_by(matchmaker_id: str) -> Any:
    return select(PairVerdict.pair_id).where(
        PairVerdict.person_id == matchmaker_id,
        PairVerdict.judgement == Judgement.NOT_NOW,
        col(PairVerdict.undone_at).is_(None),
    )


def _unanswered(session: Session, found: Sequence[Pair]) -> Mapping[str, list[Kind]]:
    query = (
        select(Introduction.pair_id, Introduction.side)
        .join(Pair, col(Pair.id) == col(Introduction.pair_id))
        .where(
            col(Introduction.pair_id).in_([pair.id for pair in found if pair.state is PairState.ASKED]),
            Introduction.asking == col(Pair.asking),
            Introduction.state == IntroductionState.ASKED,
        )
    )
    waiting: dict[str, list[Kind]] = {}
    for pair_id, side in session.exec(query):
        waiting.setdefault(pair_id, []).append(Kind(side))
    return waiting


_WAITS = {
    PairState.PROPOSED: On.MATCHMAKER,
    PairState.TAKEN: On.MATCHMAKER,
    PairState.INTRODUCED: On.MATCHMAKER,
    PairState.TALKING: On.BOTH,
    PairState.CONTRACTED: On.NOBODY,
    PairState.ENDED: On.NOBODY,
}


def _waits(pair: Pair, unanswered: Sequence[Kind]) -> tuple[On, datetime]:
    if pair.state is not PairState.ASKED:
        return _WAITS[pair.state], pair.since
    return (On.BOTH if len(unanswered) == 2 else On(unanswered[0].value)), pair.since
