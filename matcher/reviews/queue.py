"""The queue: pairs drawn for one matchmaker, the best use of their time first, and kept from the others meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import Session, col, select

from matcher import access, events, fields, readings, regions
from matcher.access import Viewer
from matcher.actors import Actor
from matcher.entities import (
    Accreditation,
    Judgement,
    Kind,
    Membership,
    Need,
    Organisation,
    Pair,
    PairShowing,
    PairVerdict,
    Result,
)
from matcher.policy import View
from matcher.reviews import desks, pairs
from matcher.states import ItemState, PairState

RESERVED_FOR = timedelta(minutes=20)
"""For so long a drawn pair is kept from other matchmakers; drawing it again keeps it anew."""
MOST = 20
"""Pairs on one desk at a time."""
_COUNTED = 1000
"""More are not counted out."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A pair before a matchmaker."""

    pair: Pair
    position: int
    """In the queue as it was drawn, from 1."""
    score: float
    """As it is shown to them."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What was drawn, and how things stand at the desk."""

    drawn: Sequence[Drawn]
    waiting: int
    """Pairs in the queue of this matchmaker, those drawn among them; at most a thousand are counted."""
    following: int
    workload: int | None
    has_room: bool
    """False: as many wait on them as may; nothing is drawn until one is ended or handed over."""


def draw(session: Session, actor: Actor, matchmaker_id: str, *, at: datetime, count: int = 1) -> Desk:
    """Puts the next pairs before a matchmaker: those still reserved for them among the rest, by what they are worth.

    Kept is what was shown where, and that items which are not public were shown.
    """
    events.lock(session)  # of two that draw at the same moment, the second sees what the first has reserved
    accreditation = desks.at_desk(session, actor, matchmaker_id)
    room = desks.has_room(session, accreditation)
    viewer = access.viewer(session, actor)
    queue = _queue(viewer, accreditation, at)
    found = list(session.exec(queue.limit(min(count, MOST)))) if room else []
    drawn = [_drawn(session, viewer, matchmaker_id, place, row, at) for place, row in enumerate(found, start=1)]
    shown = [item for _, need, result in found for item in (need, result)]
    readings.keep(session, readings.worth_keeping(viewer, shown, "review"))
    return Desk(
        drawn,
        waiting=_count(session, queue),
        following=desks.following(session, matchmaker_id),
        workload=accreditation.workload,
        has_room=room,
    )


def release(session: Session, actor: Actor, matchmaker_id: str) -> int:
    """Gives back what is reserved for a matchmaker, for others to draw. Returns how many."""
    events.lock(session)
    desks.at_desk(session, actor, matchmaker_id)
    reserved = session.exec(select(Pair).where(Pair.reserved_by == matchmaker_id)).all()
    for pair in reserved:
        pair.reserved_by = pair.reserved_until = None
        session.add(pair)
    return len(reserved)


def is_reserved_for(pair: Pair, matchmaker_id: str, at: datetime) -> bool:
    return pair.reserved_by == matchmaker_id and pair.reserved_until is not None and pair.reserved_until > at


def is_reserved_for_another(pair: Pair, matchmaker_id: str, at: datetime) -> bool:
    held = pair.reserved_until is not None and pair.reserved_until > at
    return held and pair.reserved_by not in (None, matchmaker_id)


def showing(session: Session, pair: Pair, matchmaker_id: str) -> PairShowing | None:
    """How it was last put before them."""
    query = select(PairShowing).where(PairShowing.pair_id == pair.id, PairShowing.person_id == matchmaker_id)
    return session.exec(query.order_by(col(PairShowing.id).desc())).first()


def _drawn(
    session: Session, viewer: Viewer, person: str, place: int, row: tuple[Pair, Need, Result], at: datetime
) -> Drawn:
    """Reserved anew; shown anew only where it was not reserved for them before."""
    pair, need, result = row
    score = pairs.shown_score(viewer, pair, need, result)
    before = showing(session, pair, person) if is_reserved_for(pair, person, at) else None
    pair.reserved_by, pair.reserved_until = person, at + RESERVED_FOR
    session.add(pair)
    if before is not None:
        return Drawn(pair, before.position, before.score)
    session.add(PairShowing(pair_id=pair.id, person_id=person, at=at, position=place, score=score))
    return Drawn(pair, place, score)


# -- what is in it --------------------------------------------------------------------------------


def _queue(viewer: Viewer, accreditation: Accreditation, at: datetime) -> Any:
    """Pairs with both sides, for this matchmaker."""
    person = accreditation.person_id
    query = (
        select(Pair, Need, Result)
        .join(Need, col(Need.id) == col(Pair.need_id))
        .join(Result, col(Result.id) == col(Pair.result_id))
        .where(
            Pair.state == PairState.PROPOSED,
            col(Pair.rank).is_not(None),
            Need.state == ItemState.OPEN,
            Result.state == ItemState.OPEN,
            viewer.visible(Kind.NEED, View.SUMMARY),
            viewer.visible(Kind.RESULT, View.SUMMARY),
            or_(col(Pair.not_before).is_(None), col(Pair.not_before) <= at),
            or_(col(Pair.reserved_by).is_(None), col(Pair.reserved_until) <= at, col(Pair.reserved_by) == person),
            ~_decided(person),
            ~_own(person),
        )
    )
    for condition in (_of_fields(accreditation.fields), _of_regions(viewer, accreditation.regions)):
        if condition is not None:
            query = query.where(condition)
    return query.order_by(col(Pair.priority).desc(), col(Pair.id))


def _count(session: Session, queue: Any) -> int:
    some = queue.with_only_columns(col(Pair.id)).order_by(None).limit(_COUNTED).subquery()
    return session.exec(select(func.count()).select_from(some)).one()


def _decided(person_id: str) -> ColumnElement[bool]:
    """They have said what they think of it. "Not now" is for a time (`Pair.not_before`)."""
    return exists().where(
        col(PairVerdict.pair_id) == col(Pair.id),
        col(PairVerdict.person_id) == person_id,
        col(PairVerdict.judgement) != Judgement.NOT_NOW,
        col(PairVerdict.undone_at).is_(None),
    )


def _own(person_id: str) -> ColumnElement[bool]:
    """They belong to one of the two sides."""
    homes = select(Membership.organisation_id).where(Membership.person_id == person_id)
    return or_(col(Need.organisation_id).in_(homes), col(Result.organisation_id).in_(homes))


def _of_fields(known: Sequence[str]) -> ColumnElement[bool] | None:
    """One of the two sides is of a field that they know."""
    if not known:
        return None
    wanted = frozenset().union(*(fields.within(code) for code in known))
    return or_(col(Need.field).in_(wanted), col(Result.field).in_(wanted))


def _of_regions(viewer: Viewer, known: Sequence[str]) -> ColumnElement[bool] | None:
    """One of the two sides is of a region in which they work, as far as its region is told them."""
    if not known:
        return None
    wanted = frozenset().union(*(regions.within(code) for code in known))
    there = select(Organisation.id).where(col(Organisation.region).in_(wanted))
    need = and_(viewer.visible(Kind.NEED, View.PUBLIC), col(Need.organisation_id).in_(there))
    placed = or_(
        col(Result.region).in_(wanted),
        and_(col(Result.region).is_(None), col(Result.organisation_id).in_(there)),
    )
    return or_(need, and_(viewer.visible(Kind.RESULT, View.PUBLIC), placed))
