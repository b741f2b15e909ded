"""Notices: what somebody is told when a challenge or a pair takes a turn that concerns them.

No verb knows of them. `follow` goes through the record from where it left off, so that whatever was
recorded is told, by whichever program it was done, and once. What each is told of stands in
`matcher.notice_turns`; how they want it, in their settings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from matcher import events, notice_circles, notice_pairs, policy
from matcher.actors import Actor
from matcher.entities import Event, Notice, NoticePosition, NoticeSetting, Person
from matcher.errors import NotFound
from matcher.notice_turns import KINDS, PAIR_TURNS, TURNS, kind_of
from matcher.policy import Action, Thing
from matcher.strict import Strict

AT_ONCE = 200
"""Events that `follow` goes through in one transaction."""

FAR_BEHIND = 5000
"""Events that tell nobody anything; past so many of them the position is moved all the same."""

MAILED_FOR = timedelta(days=1)
"""What is older is not mailed any more: a server that was down does not wake everybody with old news."""


class NoticeWish(Strict):
    """How somebody wants to be told of one kind of things."""

    by_mail: bool = True
    in_app: bool = True


# -- made from the record -------------------------------------------------------------------------


def behind(session: Session) -> bool:
    """Whether `follow` has something to do."""
    after, (head, _) = _position(session), events.head(session)
    return head - after > FAR_BEHIND or session.exec(_next(after).limit(1)).first() is not None


def follow(session: Session, *, at: datetime) -> int:
    """Makes the notices of the next events and returns how many. Call it until nothing is `behind`."""
    position = session.exec(select(NoticePosition).with_for_update()).one()
    head, _ = events.head(session)
    found = session.exec(_next(position.event_id).limit(AT_ONCE)).all()
    made = [notice for event in found for notice in _notices(session, event, at)]
    session.add_all(made)
    position.event_id = found[-1].id if len(found) == AT_ONCE else head
    session.add(position)
    session.flush()
    return len(made)


def _position(session: Session) -> int:
    return session.exec(select(NoticePosition.event_id)).one()


def _next(after: int) -> Any:
    query = select(Event).where(col(Event.id) > after, col(Event.action).in_(TURNS))
    return query.order_by(col(Event.id))


def _notices(session: Session, event: Event, at: datetime) -> list[Notice]:
    turn = TURNS[event.action]
    concerning = notice_pairs.concern if event.action in PAIR_TURNS else notice_circles.concern
    concern = concerning(session, event, turn)
    if concern is None:
        return []
    people = _reachable(session, concern.people, event)
    if turn.once:
        people -= _still_unread(session, people, event.action, concern.thing)
    wishes = _wishes(session, people, kind_of(event.action))
    return [
        Notice(
            person_id=person,
            event_id=event.id,
            kind=event.action,
            thing=concern.thing,
            told=concern.told,
            at=event.at,
            wants_mail=wishes[person].by_mail and event.at > at - MAILED_FOR,
            in_app=wishes[person].in_app,
        )
        for person in sorted(people)
        if wishes[person].by_mail or wishes[person].in_app
    ]


def _reachable(session: Session, people: Collection[str], event: Event) -> set[str]:
    """Those who can still sign in, without whose own act it was."""
    query = select(Person.id).where(col(Person.id).in_(people), col(Person.disabled_at).is_(None))
    return {person for person in session.exec(query) if event.actor != f"person:{person}"}


def _still_unread(session: Session, people: Collection[str], kind: str, thing: str) -> set[str]:
    query = select(Notice.person_id).where(
        col(Notice.person_id).in_(people), Notice.kind == kind, Notice.thing == thing, col(Notice.read_at).is_(None)
    )
    return set(session.exec(query))


# -- mailed ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one person is to be mailed."""

    email: str
    notices: Sequence[Notice]


def claim_mails(session: Session, *, at: datetime) -> list[Waiting]:
    """What waits to be mailed, by person, marked as mailed: nobody else takes it too.

    Where a letter cannot be sent after all, `give_back` it.
    """
    query = (
        select(Notice, Person)
        .join(Person)
        .where(
            col(Notice.wants_mail),
            col(Notice.mailed_at).is_(None),
            col(Notice.at) > at - MAILED_FOR,
            col(Person.email_confirmed_at).is_not(None),
            col(Person.disabled_at).is_(None),
        )
        .order_by(col(Notice.event_id))
        .with_for_update(of=Notice)
    )
    found: dict[str, list[Notice]] = defaultdict(list)
    for notice, person in session.exec(query):
        notice.mailed_at = at
        session.add(notice)
        found[person.email].append(notice)
    session.flush()
    return [Waiting(email, notices) for email, notices in found.items()]


def give_back(session: Session, ids: Collection[str]) -> None:
    """These could not be mailed: they wait again."""
    session.execute(update(Notice).where(col(Notice.id).in_(ids)).values(mailed_at=None))


# -- read -----------------------------------------------------------------------------------------


def listed(
    session: Session, actor: Actor, person_id: str, *, unread: bool = False, cursor: str | None = None, limit: int = 50
) -> list[Notice]:
    """Somebody's notices, the newest first. Raises NotFound for a cursor that is none of them."""
    policy.require(actor, Action.READ_NOTICES, _of(person_id))
    query = _own(person_id)
    if unread:
        query = query.where(col(Notice.read_at).is_(None))
    if cursor is not None:
        last = session.get(Notice, cursor)
        if last is None or last.person_id != person_id:
            raise NotFound("notice", cursor)
        query = query.where(col(Notice.event_id) < last.event_id)
    return list(session.exec(query.order_by(col(Notice.event_id).desc()).limit(limit)))


def unread(session: Session, actor: Actor, person_id: str) -> int:
    policy.require(actor, Action.READ_NOTICES, _of(person_id))
    waiting = _own(person_id).where(col(Notice.read_at).is_(None)).subquery()
    return session.exec(select(func.count()).select_from(waiting)).one()


def mark_read(session: Session, actor: Actor, person_id: str, ids: Collection[str] | None, *, at: datetime) -> None:
    """Marks these of somebody's notices as read, or all of them (None). Raises NotFound for an id that is none."""
    policy.require(actor, Action.SET_NOTICES, _of(person_id))
    query = _own(person_id)
    if ids is not None:
        query = query.where(col(Notice.id).in_(ids))
    found = session.exec(query).all()
    for missing in sorted(set(ids or ()) - {notice.id for notice in found}):
        raise NotFound("notice", missing)
    for notice in found:
        notice.read_at = notice.read_at or at
        session.add(notice)


def _own(person_id: str) -> Any:
    return select(Notice).where(Notice.person_id == person_id, col(Notice.in_app))


def _of(person_id: str) -> Thing:
    return Thing("person", person_id, person=person_id)


# -- wished for -----------------------------------------------------------------------------------


def wishes(session: Session, actor: Actor, person_id: str) -> dict[str, NoticeWish]:
    """How somebody wants to be told, by kind; what they never said anything about too."""
    policy.require(actor, Action.READ_NOTICES, _of(person_id))
    said = session.exec(select(NoticeSetting).where(NoticeSetting.person_id == person_id))
    return {kind: NoticeWish() for kind in KINDS} | {one.kind: _wish(one) for one in said}


def wish(session: Session, actor: Actor, person_id: str, kind: str, wanted: NoticeWish, *, at: datetime) -> None:
    """From now on; what was told before stays as it is. Raises NotFound for a kind that is none."""
    events.lock(session)
    policy.require(actor, Action.SET_NOTICES, _of(person_id))
    if kind not in KINDS:
        raise NotFound("kind of notice", kind)
    session.merge(NoticeSetting(person_id=person_id, kind=kind, **wanted.model_dump()))
    told = {"kind": kind, **wanted.model_dump()}
    events.record(session, actor, events.Entry("person.notices_set", f"person:{person_id}", told), at=at)


def _wishes(session: Session, people: Collection[str], kind: str) -> Mapping[str, NoticeWish]:
    query = select(NoticeSetting).where(col(NoticeSetting.person_id).in_(people), NoticeSetting.kind == kind)
    return dict.fromkeys(people, NoticeWish()) | {one.person_id: _wish(one) for one in session.exec(query)}


def _wish(setting: NoticeSetting) -> NoticeWish:
    return NoticeWish(by_mail=setting.by_mail, in_app=setting.in_app)
