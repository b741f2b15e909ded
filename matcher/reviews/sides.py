"""What the two sides of a pair see of it, from when they are asked: each its own end of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from matcher import items, policy
from matcher.actors import Actor
from matcher.drafts import Disclosure
from matcher.entities import Introduction, Judgement, Kind, Pair, PairVerdict
from matcher.errors import NotFound
from matcher.items import Stored
from matcher.policy import Action
from matcher.reviews import introductions, pairs, reasons
from matcher.reviews.introductions import Contact
from matcher.states import IntroductionState, PairState


@dataclass(frozen=True, slots=True)
class End:
    """Why a pair ended."""

    code: str
    by: Kind | None
    """The side that declined; None: the matchmaker ended it."""
    at: datetime
    fitting: Sequence[tuple[str, str]]
    """What would have made it fit, for this side to mend, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Side:
    """A pair as one of its sides sees it. Of the other's item the reader is shown what its tier holds."""

    introduction: Introduction
    state: PairState
    since: datetime
    own: Stored
    other: Stored
    contact: Contact | None
    """Whom to talk to at the other side, once both have accepted."""
    end: End | None


def listed(
    session: Session,
    actor: Actor,
    *,
    item_id: str | None = None,
    waiting: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> list[Side]:
    """The pairs that the organisation acted for was asked about, the last asked first, from behind the id `cursor`
    of an introduction. `waiting`: those that it has not answered yet."""
    policy.require(actor, Action.LIST_PAIRS)
    query = (
        select(Introduction, Pair)
        .join(Pair, col(Pair.id) == col(Introduction.pair_id))
        .where(
            Introduction.organisation_id == actor.organisation_id,
            Introduction.asking == col(Pair.asking),
            Introduction.state != IntroductionState.TAKEN_BACK,
        )
        .order_by(col(Introduction.asked_at).desc(), col(Introduction.id).desc())
    )
    if item_id is not None:
        query = query.where((col(Pair.need_id) == item_id) | (col(Pair.result_id) == item_id))
    if waiting:
        query = query.where(Introduction.state == IntroductionState.ASKED)
    if cursor is not None:
        last = session.get(Introduction, cursor)
        if last is None or last.organisation_id != actor.organisation_id:
            raise NotFound("introduction", cursor)
        earlier = col(Introduction.asked_at) < last.asked_at
        same = (col(Introduction.asked_at) == last.asked_at) & (col(Introduction.id) < last.id)
        query = query.where(earlier | same)
    return [_side(session, introduction, pair) for introduction, pair in session.exec(query.limit(limit))]


def read(session: Session, actor: Actor, id: str) -> Side:
    """One introduction, for the organisation acted for. Raises NotFound for everybody but the side that is asked."""
    introduction = session.get(Introduction, id)
    if introduction is None or introduction.state is IntroductionState.TAKEN_BACK:
        raise NotFound("introduction", id)
    pair = session.get_one(Pair, introduction.pair_id)
    thing = pairs.thing(session, pair, owner=introduction.organisation_id)
    policy.require(actor, Action.READ_INTRODUCTION, thing)
    return _side(session, introduction, pair)


def what_would_fit(session: Session, actor: Actor, kind: Kind, item_id: str) -> list[tuple[str, str]]:
    """What would make a need or result fit that was refused, for its own organisation to mend: each once, and not
    how often, nor beside what. Only pairs with what is public count: of others it could tell something hidden."""
    item = items.get(session, actor, items.TABLES[kind], item_id, Action.READ_HISTORY)
    mine, its = col(Pair.need_id), col(Pair.result_id)
    if kind is Kind.RESULT:
        mine, its = its, mine
    other = items.TABLES[kind.other]
    query = (
        select(PairVerdict.reason)
        .join(Pair, col(Pair.id) == col(PairVerdict.pair_id))
        .join(other, col(other.id) == its)
        .where(
            mine == item.id,
            other.disclosure == Disclosure.PUBLIC,
            PairVerdict.judgement == Judgement.NO,
            col(PairVerdict.undone_at).is_(None),
        )
        .distinct()
    )
    return reasons.fitting(sorted(session.exec(query)), kind)


def _side(session: Session, introduction: Introduction, pair: Pair) -> Side:
    need, result = pairs.sides(session, pair)
    side = introduction.side
    own, other = (need, result) if side is Kind.NEED else (result, need)
    return Side(
        introduction=introduction,
        state=pair.state,
        since=pair.since,
        own=own,
        other=other,
        contact=introductions.contact(session, pair, side.other),
        end=_end(pair, side) if pair.state is PairState.ENDED else None,
    )


def _end(pair: Pair, side: Kind) -> End:
    """What the other side wrote down as its reason is told with its code; this side's own it knows."""
    return End(pair.ended_for, pair.ended_by, pair.since, reasons.fitting([pair.ended_for], side))
