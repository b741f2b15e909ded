"""From one round of a race to the next: rehearsed, carried out as one transaction, reversible for a while.

The rule is the round's: at most so many go on, a grade that has to be reached, must-have indicators that
have to be measured. What it gives is shown first (`rehearse`), and carried out only if it still is the
same (`eliminate` is sent the rehearsal's digest). Where the rule's number falls among answers of one rank,
they are named, and who of them goes on is a person's decision with a reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from matcher import policy, states
from matcher.actors import Actor
from matcher.drafts import Draft, Moment, Text
from matcher.engine import answer_moves, challenge_moves
from matcher.engine.challenge_gate import SHORTEST_ROUND
from matcher.engine.challenge_guards import IN_PLAY, current_round
from matcher.entities import Answer, Challenge, Elimination, Partner, Round
from matcher.errors import Conflict, Invalid, NotAllowed
from matcher.grading import standings
from matcher.grading.determinations import short_of
from matcher.grading.standings import Standing
from matcher.policy import Action
from matcher.states import ANSWER_MOVES, AnswerState, ChallengeState

Id = Annotated[str, Field(max_length=36)]

_NOBODY = "Nobody would go on: end the challenge without an award instead."
_OF_CHALLENGE = {"state", "round", "deadline", "decided_at"}
_OF_ANSWER = {"state", "round", "handed_in_at"}
"""What an elimination, or what is done in the round that it opens, changes in them beside their versions."""


@dataclass(frozen=True, slots=True)
class Place:
    """What would become of one answer."""

    answer_id: str
    number: int
    rank: int | None
    score: float | None
    goes_on: bool | None
    """None: tied at the cut, and not for the rule to say."""
    why: str
    payment: Decimal | None = None
    """What it is paid when it goes on."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A dry run: what the rule would do now."""

    round: int
    rule: dict[str, Any]
    places: tuple[Place, ...]
    room: int
    """How many of those tied can go on."""
    hindrances: tuple[str, ...]
    """What stands against carrying it out, beside a tie."""
    digest: str
    """Of all of this: sent along to carry out this and nothing else."""

    @property
    def tied(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.goes_on is None)


class EliminationDraft(Draft):
    rehearsed: Annotated[str, StringConstraints(max_length=64)]
    """The digest of the rehearsal."""
    chosen: Annotated[list[Id], Field(max_length=1000)] | None = None
    """Of answers tied at the cut, those that go on."""
    reason: Text = ""
    """Why those; needed where there is a tie."""
    deadline: Moment | None = None
    """A later one of the next round, where the one planned has come too near. The rounds after it move along."""


# -- rehearsed ------------------------------------------------------------------------------------


def rehearse(session: Session, actor: Actor, challenge_id: str, *, at: datetime) -> Rehearsal:
    """Who would go on, why, and what each would be paid; changes nothing. For who makes the move."""
    challenge = challenge_moves.find(session, actor, challenge_id)
    policy.require(actor, Action.MOVE_CHALLENGE, challenge_moves.thing(session, challenge, move="eliminate"))
    return _rehearsed(session, challenge, at)


def _rehearsed(session: Session, challenge: Challenge, at: datetime) -> Rehearsal:
    if challenge.state is not ChallengeState.DECIDING:
        raise NotAllowed("Who goes on is decided once the grades of the round are closed.")
    held = current_round(session, challenge)
    in_play = [
        one for one in standings.gather(session, challenge, challenge.round).by_rank if one.answer.state in IN_PLAY
    ]
    places, room = apply(held, in_play)
    rule = {
        "goes_on": held.goes_on,
        "threshold": held.threshold,
        "measured_threshold": held.measured_threshold,
        "payment": _money(held.payment),
    }
    return Rehearsal(
        challenge.round, rule, places, room, tuple(_hindrances(session, challenge, in_play, places, at)),
        _digest(challenge, rule, places),
    )  # fmt: skip


def apply(held: Round, in_play: Sequence[Standing]) -> tuple[tuple[Place, ...], int]:
    """The rule of a round over its answers, best first; and how many of those tied at the cut can go on."""
    good = [one for one in in_play if not short_of(one, held)]
    most = len(good) if held.goes_on is None else held.goes_on
    ahead = {one.answer.id: sum(_rank(other) < _rank(one) for other in good) for one in good}
    beside = {one.answer.id: sum(_rank(other) == _rank(one) for other in good) for one in good}
    places, room = [], 0
    for one in in_play:
        id = one.answer.id
        goes_on: bool | None = False
        if id not in ahead:
            why = "; ".join(short_of(one, held))
        elif ahead[id] + beside[id] <= most:
            goes_on, why = True, "it is among those that go on"
        elif ahead[id] >= most:
            why = f"{most} stand before it, and no more go on"
        else:
            goes_on, room = None, most - ahead[id]
            why = f"{beside[id]} share its rank, and {room} of them can go on"
        payment = held.payment if goes_on is not False else None
        places.append(Place(id, one.answer.number, one.rank, one.score, goes_on, why, payment))
    return tuple(places), room


def _rank(one: Standing) -> float:
    return float("inf") if one.rank is None else one.rank


def _hindrances(
    session: Session, challenge: Challenge, in_play: Sequence[Standing], places: Sequence[Place], at: datetime
) -> list[str]:
    found = []
    why_not = challenge_moves.hindrance(session, challenge, "eliminate", at)
    if why_not is not None:
        return [why_not]
    if all(place.goes_on is False for place in places):
        found.append(_NOBODY)
    waiting = {one.answer.id for one in in_play if one.answer.state is AnswerState.SUPPLEMENTING}
    found += [_owes(place) for place in places if place.goes_on is not False and place.answer_id in waiting]
    following = _round(session, challenge, challenge.round + 1)
    if following.deadline - at < SHORTEST_ROUND:
        found.append(
            f"The deadline of round {following.number} is {following.deadline:%Y-%m-%d %H:%M} UTC, "
            f"less than {SHORTEST_ROUND.days} days from now: give a later one."
        )
    return found


def _owes(place: Place) -> str:
    return f"Answer {place.number} was asked for more, and has not handed it in."


def _digest(challenge: Challenge, rule: dict[str, Any], places: Sequence[Place]) -> str:
    said = [
        challenge.id,
        challenge.round,
        rule,
        [[place.answer_id, place.rank, place.score, place.goes_on, _money(place.payment)] for place in places],
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _round(session: Session, challenge: Challenge, number: int) -> Round:
    return session.exec(select(Round).where(Round.challenge_id == challenge.id, Round.number == number)).one()


# -- carried out ----------------------------------------------------------------------------------


def eliminate(
    session: Session, actor: Actor, challenge_id: str, draft: EliminationDraft, *, at: datetime
) -> Elimination:
    """Opens the next round to those that go on, all at once.

    Raises Conflict where it would not do what was rehearsed, and NotAllowed where a tie is not decided.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.MOVE_CHALLENGE, move="eliminate")
    rehearsal = _rehearsed(session, challenge, at)
    why_not = challenge_moves.hindrance(session, challenge, "eliminate", at)
    if why_not is not None:
        raise NotAllowed(why_not)
    if rehearsal.digest != draft.rehearsed:
        raise Conflict("This is not what was rehearsed: rehearse it again, and carry that out.")
    going_on = _going_on(rehearsal, draft)
    answers = challenge_moves.answers_in(session, challenge, *IN_PLAY)
    answer_moves.require_no_part(session, actor, answers)
    _require_supplemented(rehearsal, [answer for answer in answers if answer.id in going_on])
    put_off = _put_off(_round(session, challenge, challenge.round + 1), draft.deadline, at)
    before: dict[str, Any] = {
        "challenge": _kept(challenge, _OF_CHALLENGE),
        "answers": {answer.id: _kept(answer, _OF_ANSWER) for answer in answers},
        "partners": {answer.id: _partners(session, answer) for answer in answers},
    }
    told = {
        "round": rehearsal.round,
        "goes_on": sorted(going_on),
        "eliminated": sorted(place.answer_id for place in rehearsal.places if place.answer_id not in going_on),
        "chosen": sorted(draft.chosen or ()),
    }
    challenge_moves.move(session, actor, challenge, "eliminate", at=at, reason=draft.reason, told=told)
    for answer in answers:
        _move_answer(session, answer, on=answer.id in going_on, at=at)
    challenge.round += 1
    before["moved"] = _move_deadlines(session, challenge, put_off)
    challenge.deadline = current_round(session, challenge).deadline
    made = Elimination(
        challenge_id=challenge.id,
        round=rehearsal.round,
        rule=rehearsal.rule | {"outcome": _outcome(rehearsal, going_on), "reason": draft.reason},
        before=before,
        actor=actor.name,
        at=at,
    )
    session.add_all([challenge, made])
    session.flush()
    return made


def _going_on(rehearsal: Rehearsal, draft: EliminationDraft) -> set[str]:
    going_on = {place.answer_id for place in rehearsal.places if place.goes_on} | _chosen(rehearsal, draft)
    if not going_on:
        raise NotAllowed(_NOBODY)
    return going_on


def _chosen(rehearsal: Rehearsal, draft: EliminationDraft) -> set[str]:
    """Of those tied at the cut."""
    tied = {place.answer_id: place.number for place in rehearsal.tied}
    if not tied:
        if draft.chosen:
            raise Invalid("there is no tie to decide", place="chosen")
        return set()
    named = ", ".join(map(str, sorted(tied.values())))
    if draft.chosen is None:
        raise NotAllowed(f"Answers {named} are tied, and {rehearsal.room} of them can go on: name those, and say why.")
    chosen = set(draft.chosen)
    if not chosen <= tied.keys():
        raise Invalid(f"only answers that are tied are chosen from: {named}", place="chosen")
    if len(chosen) > rehearsal.room:
        raise Invalid(f"{len(chosen)} are chosen, and {rehearsal.room} can go on", place="chosen")
    if not draft.reason:
        raise Invalid("a tie is decided with a reason", place="reason")
    return chosen


def _move_answer(session: Session, answer: Answer, *, on: bool, at: datetime) -> None:
    answer.state = states.advance(answer.state, "go_on" if on else "eliminate", ANSWER_MOVES)
    answer.round += on
    answer.version, answer.updated_at = answer.version + 1, at
    session.add(answer)


def _require_supplemented(rehearsal: Rehearsal, going_on: Sequence[Answer]) -> None:
    places = {place.answer_id: place for place in rehearsal.places}
    for answer in going_on:
        if answer.state is AnswerState.SUPPLEMENTING:
            raise NotAllowed(_owes(places[answer.id]))


def _put_off(following: Round, deadline: datetime | None, at: datetime) -> timedelta:
    """By how much the deadline of the round to come is later than planned."""
    planned = f"{following.deadline:%Y-%m-%d %H:%M} UTC is planned for round {following.number}"
    if (deadline or following.deadline) - at < SHORTEST_ROUND:
        raise Invalid(f"a round needs at least {SHORTEST_ROUND.days} days, and {planned}", place="deadline")
    if deadline is None:
        return timedelta(0)
    if deadline < following.deadline:
        raise Invalid(f"a deadline is only put off, and {planned}", place="deadline")
    return deadline - following.deadline


def _move_deadlines(session: Session, challenge: Challenge, by: timedelta) -> dict[str, list[str]]:
    """Of the round now current and those after it; returns each before and after, by the round's number."""
    if not by:
        return {}
    later = select(Round).where(Round.challenge_id == challenge.id, col(Round.number) >= challenge.round)
    moved: dict[str, list[str]] = {}
    for one in session.exec(later):
        after = one.deadline + by
        moved[str(one.number)] = [one.deadline.isoformat(), after.isoformat()]
        one.deadline = after
        session.add(one)
    return moved


def _outcome(rehearsal: Rehearsal, going_on: set[str]) -> list[dict[str, Any]]:
    return [
        {
            "answer": place.answer_id,
            "rank": place.rank,
            "score": place.score,
            "goes_on": place.answer_id in going_on,
            "why": place.why,
            "payment": _money(place.payment) if place.answer_id in going_on else None,
        }
        for place in rehearsal.places
    ]


# -- reversed -------------------------------------------------------------------------------------


def reverse(session: Session, actor: Actor, challenge_id: str, *, reason: str, at: datetime) -> Elimination:
    """Puts challenge, answers and consortia back to what they were, whatever was done to them in the new round.

    Texts and files written for the new round stay with their authors. Versions go on counting: a number
    that came back would let an edit overwrite what its author never saw.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.MOVE_CHALLENGE, move="reverse")
    if not reason.strip():
        raise Invalid("an elimination is reversed with a reason", place="reason")
    undone = challenge.round - 1
    challenge_moves.move(session, actor, challenge, "reverse", at=at, reason=reason, told={"round": undone})
    query = select(Elimination).where(
        Elimination.challenge_id == challenge.id, Elimination.round == undone, col(Elimination.reversed_at).is_(None)
    )
    found = session.exec(query).one()
    for number, (before, after) in found.before["moved"].items():
        held = _round(session, challenge, int(number))
        if held.deadline == datetime.fromisoformat(after):  # else it was extended since, and told to everybody
            held.deadline = datetime.fromisoformat(before)
            session.add(held)
    _restore(challenge, found.before["challenge"])
    answers = select(Answer).where(col(Answer.id).in_(found.before["answers"])).with_for_update()
    for answer in session.exec(answers):
        _restore(answer, found.before["answers"][answer.id])
        _restore_partners(session, answer, found.before["partners"][answer.id])
        answer.version, answer.updated_at = answer.version + 1, at
        session.add(answer)
    found.reversed_at, found.reversed_by, found.reason = at, actor.name, reason
    session.add_all([challenge, found])
    session.flush()
    return found


def _kept(row: Challenge | Answer, names: set[str]) -> dict[str, Any]:
    return row.model_dump(mode="json", include=names)


def _restore(row: Challenge | Answer, kept: dict[str, Any]) -> None:
    read = type(row).model_validate(row.model_dump() | kept)  # moments and states from their JSON
    for name in kept:
        setattr(row, name, getattr(read, name))


def _partners(session: Session, answer: Answer) -> list[dict[str, Any]]:
    return [partner.model_dump(mode="json") for _, partner in sorted(answer_moves.partners_of(session, answer).items())]


def _restore_partners(session: Session, answer: Answer, kept: Sequence[dict[str, Any]]) -> None:
    """Who was named in the new round goes, who was no longer named comes back, with what each had agreed to."""
    for partner in answer_moves.partners_of(session, answer).values():
        session.delete(partner)
    session.flush()
    session.add_all(Partner.model_validate(one) for one in kept)
    session.flush()


def listed(session: Session, actor: Actor, challenge_id: str) -> list[Elimination]:
    """All that were carried out, those reversed included, for who may make them; the oldest first."""
    challenge = challenge_moves.find(session, actor, challenge_id)
    policy.require(actor, Action.MOVE_CHALLENGE, challenge_moves.thing(session, challenge, move="eliminate"))
    query = select(Elimination).where(Elimination.challenge_id == challenge.id).order_by(col(Elimination.id))
    return list(session.exec(query))
