"""Introducing the two sides of a pair: each is asked by itself, and learns who the other is once both agree.

Until then each is shown of the other's need or result what it would be shown anyway. With accepting, a
manager may let the other side in: once both have accepted it reads all of theirs, by a consent like any
other (`matcher.consents`), which can be withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field
from sqlmodel import Session, col, select

from matcher import consents, events, organisations, policy, states
from matcher.accounts import people
from matcher.actors import Actor
from matcher.drafts import Disclosure, Draft, Text
from matcher.entities import Introduction, Kind, Organisation, Pair, Person
from matcher.errors import Forbidden, NotAllowed, NotFound
from matcher.items import Stored
from matcher.policy import Action
from matcher.policy_who import manager
from matcher.reviews import pairs, reasons
from matcher.reviews.reasons import Use
from matcher.states import INTRODUCTION_MOVES, IntroductionState, ItemState


class Asking(Draft):
    """What the matchmaker writes to each side. Nothing of the one may stand in what the other reads."""

    to_need: Text = ""
    to_result: Text = ""


class Assent(Draft):
    note: Text = ""
    """For the matchmaker."""
    lets_in: bool = False
    """Once both have accepted, the other side reads all of one's need or result. For managers."""


class Declining(Draft):
    reason: str = Field(max_length=40)
    """A code of `reasons.REASONS` for declining."""
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom the other side talks to: who accepted for their organisation."""

    organisation: Organisation
    name: str
    email: str
    """Both empty where it was accepted with a shell, or the person was erased."""


# -- the matchmaker asks --------------------------------------------------------------------------


def ask(session: Session, actor: Actor, pair_id: str, draft: Asking, *, at: datetime) -> list[Introduction]:
    """Asks both sides. Raises NotAllowed where one of the two is not open any more."""
    pair = pairs.follow(session, actor, pair_id)
    need, result = pairs.sides(session, pair)
    for item in (need, result):
        if item.state is not ItemState.OPEN:
            raise NotAllowed(f"The {item.kind} is {item.state}: nobody is introduced for it.")
    pair.asking += 1
    asked = [
        Introduction(
            pair_id=pair.id,
            asking=pair.asking,
            side=item.kind,
            organisation_id=item.organisation_id,
            message=message,
            asked_at=at,
        )
        for item, message in ((need, draft.to_need), (result, draft.to_result))
    ]
    session.add_all(asked)
    session.flush()
    pairs.advance(session, actor, pair, "ask", at=at)
    for one in asked:
        _record(session, actor, one, "asked", at)
    return asked


def ask_no_more(session: Session, actor: Actor, pair_id: str, *, at: datetime) -> None:
    """Takes the question back, before both have accepted: the sides are not shown the pair any more."""
    pair = pairs.follow(session, actor, pair_id)
    pairs.advance(session, actor, pair, "ask_no_more", at=at)
    for one in standing(session, pair):
        _moved(session, actor, one, "take_back", at)


def close(session: Session, actor: Actor, pair: Pair, at: datetime) -> None:
    """The pair ended: who was asked and has not answered need not answer any more, who has accepted is told."""
    for one in standing(session, pair):
        if one.state is IntroductionState.ASKED:
            _moved(session, actor, one, "take_back", at)
        elif one.state is IntroductionState.ACCEPTED:
            _record(session, actor, one, "ended", at)


# -- the sides answer -----------------------------------------------------------------------------


def accept(session: Session, actor: Actor, id: str, draft: Assent, *, at: datetime) -> Introduction:
    """For the people of the side that is asked. The second of the two introduces them."""
    introduction, pair = _held(session, actor, id)
    if draft.lets_in and not (
        actor.trusted or manager(actor, pairs.thing(session, pair, owner=introduction.organisation_id))
    ):
        raise Forbidden("Managers let another organisation in.")
    introduction.note, introduction.lets_in = draft.note, draft.lets_in
    _answered(session, actor, introduction, "accept", at)
    both = standing(session, pair)
    if all(one.state is IntroductionState.ACCEPTED for one in both):
        pairs.advance(session, actor, pair, "introduce", at=at)
        for one in both:
            _record(session, actor, one, "made", at)
            if one.lets_in:
                _let_in(session, pair, one)
    return introduction


def decline(session: Session, actor: Actor, id: str, draft: Declining, *, at: datetime) -> Introduction:
    """For the people of the side that is asked: ends the pair, for the reason that they give."""
    introduction, pair = _held(session, actor, id)
    reasons.check(draft.reason, Use.DECLINE, draft.note)
    introduction.note, introduction.reason = draft.note, draft.reason
    _answered(session, actor, introduction, "decline", at)
    pair.ended_for, pair.ended_by = draft.reason, introduction.side
    pairs.advance(session, actor, pair, "decline", at=at, told={"side": introduction.side, "reason": draft.reason})
    close(session, actor, pair, at)
    return introduction


# -- looked up ------------------------------------------------------------------------------------


def standing(session: Session, pair: Pair) -> list[Introduction]:
    """Those of the last time that the sides were asked: the need's, then the result's."""
    query = select(Introduction).where(Introduction.pair_id == pair.id, Introduction.asking == pair.asking)
    return list(session.exec(query.order_by(col(Introduction.side))))


def of_side(session: Session, pair: Pair, side: Kind) -> Introduction | None:
    return next((one for one in standing(session, pair) if one.side is side), None)


def contact(session: Session, pair: Pair, of: Kind) -> Contact | None:
    """Whom to talk to at that side; None until both have accepted."""
    both = standing(session, pair)
    if not both or any(one.state is not IntroductionState.ACCEPTED for one in both):
        return None
    one = next(one for one in both if one.side is of)
    person = session.get(Person, one.answered_by) if one.answered_by else None
    there = person is not None and people.active(person)
    return Contact(
        organisations.get(session, one.organisation_id),
        person.name if person and there else "",
        person.email if person and there else "",
    )


def _held(session: Session, actor: Actor, id: str) -> tuple[Introduction, Pair]:
    """One to be answered. Nobody but its own side knows of it: neither the desk nor the other side answers."""
    events.lock(session)
    introduction = session.get(Introduction, id, with_for_update=True, populate_existing=True)
    if introduction is None:
        raise NotFound("introduction", id)
    pair = session.get_one(Pair, introduction.pair_id, with_for_update=True, populate_existing=True)
    policy.require(actor, Action.ANSWER_INTRODUCTION, pairs.thing(session, pair, owner=introduction.organisation_id))
    return introduction, pair


def _answered(session: Session, actor: Actor, introduction: Introduction, move: str, at: datetime) -> None:
    introduction.answered_at, introduction.answered_by = at, actor.person_id
    _moved(session, actor, introduction, move, at)


def _moved(session: Session, actor: Actor, introduction: Introduction, move: str, at: datetime) -> None:
    introduction.state = states.advance(introduction.state, move, INTRODUCTION_MOVES)
    session.add(introduction)
    session.flush()
    _record(session, actor, introduction, move, at)


def _record(session: Session, actor: Actor, introduction: Introduction, what: str, at: datetime) -> None:
    told = {"introduction": introduction.id, "side": introduction.side.value}
    events.record(session, actor, events.Entry(f"introduction.{what}", f"pair:{introduction.pair_id}", told), at=at)


def _let_in(session: Session, pair: Pair, introduction: Introduction) -> None:
    """As the manager said who accepted, and in their name."""
    need, result = pairs.sides(session, pair)
    item: Stored = need if introduction.side is Kind.NEED else result
    other = result if introduction.side is Kind.NEED else need
    if item.disclosure is Disclosure.PUBLIC:
        return
    name = people.name_of(introduction.answered_by) if introduction.answered_by else "command line"
    granting = Actor(name, introduction.organisation_id, person_id=introduction.answered_by)
    consents.let_in(session, granting, item, other.organisation_id, words=introduction.message)
