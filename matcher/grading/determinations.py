"""The determination 评榜结论: what becomes of each answer, by decision of who is entitled to it.

Grades rank; people decide. Each answer is decided on by itself, with a reason, as one goes; nothing of it
is told before all of it is, in one transaction (`determine`). A decision that departs from the ranking
has to say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints
from sqlmodel import Session, col, select

from matcher import states
from matcher.actors import Actor
from matcher.drafts import Draft
from matcher.engine import answer_moves, challenge_moves
from matcher.engine.challenge_guards import IN_PLAY, current_round
from matcher.entities import Answer, Challenge, Decided, Determination, Offer, Round
from matcher.errors import Invalid, NotAllowed
from matcher.grading import desks, standings
from matcher.grading.standings import Standing, Standings
from matcher.mechanisms import Decider
from matcher.policy import Action
from matcher.states import ANSWER_MOVES, AnswerState, ChallengeState, OfferState

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50_000)]

_MOVES = {Decided.SELECTED: "select", Decided.ELIMINATED: "eliminate", Decided.REJECTED: "reject"}
_DECIDED_STATES = (AnswerState.SELECTED, AnswerState.ELIMINATED, AnswerState.REJECTED)


class DecisionDraft(Draft):
    decided: Decided
    reason: Reason
    departs: bool = False
    """Knowingly departs from the ranking; the reason says why."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Why a decision is not what the ranking says."""

    number: int
    why: str


# -- deciding -------------------------------------------------------------------------------------


def decide(session: Session, actor: Actor, answer_id: str, draft: DecisionDraft, *, at: datetime) -> Determination:
    """Decides on one answer; a later decision of the same round stands in its place.

    One that asks for more 补充材料 holds at once: the answer is given back to be supplemented, and has to
    be decided on again. All others wait for `determine`. Raises Forbidden for who has part in an answer.
    """
    challenge, answer = desks.held_answers_challenge(session, actor, answer_id, Action.MOVE_CHALLENGE, move="determine")
    if challenge.state is not ChallengeState.DECIDING or answer.round != challenge.round:
        raise NotAllowed("Answers are decided on once the grades of their round are closed.")
    answer_moves.require_no_part(session, actor, challenge_moves.answers_in(session, challenge, *IN_PLAY))
    if answer.state not in IN_PLAY:
        raise NotAllowed(f"This answer is {answer.state}: there is nothing to decide.")
    last = len(challenge_moves.mechanism_of(challenge).rounds)
    if challenge.round < last and draft.decided is not Decided.SUPPLEMENT:
        raise NotAllowed(f"Who goes on from round {challenge.round} of {last} is decided by elimination.")
    standing = _standing(standings.gather(session, challenge, challenge.round), answer)
    made = Determination(
        answer_id=answer.id,
        round=challenge.round,
        decided=draft.decided,
        reason=draft.reason,
        rank=standing.rank,
        departs=draft.departs,
        actor=actor.name,
        at=at,
    )
    session.add(made)
    session.flush()
    if draft.decided is Decided.SUPPLEMENT:
        _advance(session, answer, "ask_more", at)
    told = {"determination": made.id, "answer": answer.id, "round": challenge.round}
    challenge_moves.touch(session, actor, challenge, "determination.decided", at=at, told=told)
    return made


def determine(session: Session, actor: Actor, challenge_id: str, *, at: datetime) -> list[Determination]:
    """Carries out and tells what was decided on every answer of the last round, in one transaction.

    Raises NotAllowed while an answer is not decided on, none or too many are selected, or a decision departs
    from the ranking without saying so. After an upheld objection only decisions made since count.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.MOVE_CHALLENGE, move="determine")
    answers = challenge_moves.answers_in(session, challenge, *IN_PLAY)
    answer_moves.require_no_part(session, actor, answers)
    decisions = _standing_decisions(session, challenge, answers)
    _require_whole(answers, decisions)
    selected = [answer for answer in answers if decisions[answer.id].decided is Decided.SELECTED]
    _require_right_number(selected, current_round(session, challenge))
    _require_agreed(session, challenge, selected)
    found = standings.gather(session, challenge, challenge.round)
    departures = departing(found, {id: one.decided for id, one in decisions.items()}, current_round(session, challenge))
    _require_said(answers, decisions, departures)
    for answer in answers:
        decision = decisions[answer.id]
        decision.departs, decision.rank = answer.id in departures, _standing(found, answer).rank
        session.add(decision)
        _advance(session, answer, _MOVES[decision.decided], at)
    told = {
        "round": challenge.round,
        "decided": {answer.id: decisions[answer.id].decided.value for answer in answers},
        "departs": sorted(departures),
    }
    challenge_moves.move(session, actor, challenge, "determine", at=at, told=told)
    challenge.decided_at = at
    session.add(challenge)
    return [decisions[answer.id] for answer in answers]


def reconsider(session: Session, actor: Actor, challenge_id: str, *, reason: str, at: datetime) -> Challenge:
    """After an upheld objection the answers decided on stand as they did before, to be decided on again.

    One that was rejected otherwise, such as when it could not be opened, stays so.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.MOVE_CHALLENGE, move="reconsider")
    challenge_moves.move(session, actor, challenge, "reconsider", at=at, reason=reason)
    answers = challenge_moves.answers_in(session, challenge, *_DECIDED_STATES)
    query = select(Determination.answer_id).where(
        col(Determination.answer_id).in_([answer.id for answer in answers]), Determination.round == challenge.round
    )
    decided_on = set(session.exec(query))
    for answer in answers:
        if answer.id in decided_on:
            _advance(session, answer, "reconsider", at)
    return challenge


def _advance(session: Session, answer: Answer, move: str, at: datetime) -> None:
    answer.state = states.advance(answer.state, move, ANSWER_MOVES)
    answer.version, answer.updated_at = answer.version + 1, at
    session.add(answer)


# -- what holds it up -----------------------------------------------------------------------------


def _standing_decisions(session: Session, challenge: Challenge, answers: Sequence[Answer]) -> dict[str, Determination]:
    """The latest on each answer, of those made since the last time all was told."""
    query = select(Determination).where(
        col(Determination.answer_id).in_([answer.id for answer in answers]), Determination.round == challenge.round
    )
    if challenge.decided_at is not None:
        query = query.where(col(Determination.at) > challenge.decided_at)
    return {one.answer_id: one for one in session.exec(query.order_by(col(Determination.id)))}


def _require_whole(answers: Sequence[Answer], decisions: Mapping[str, Determination]) -> None:
    missing = [answer.number for answer in answers if answer.id not in decisions]
    if missing:
        raise NotAllowed(f"Answers {_named(missing)} are not decided on yet.")
    asked = [answer.number for answer in answers if decisions[answer.id].decided is Decided.SUPPLEMENT]
    if asked:
        raise NotAllowed(f"Answers {_named(asked)} were asked for more: decide on them again.")


def _require_right_number(selected: Sequence[Answer], held: Round) -> None:
    if not selected:
        raise NotAllowed("No answer is selected: end the challenge without an award instead.")
    if held.goes_on is not None and len(selected) > held.goes_on:
        raise NotAllowed(f"{len(selected)} answers are selected, and {held.goes_on} at most can be.")


def _require_agreed(session: Session, challenge: Challenge, selected: Sequence[Answer]) -> None:
    """What is decided by negotiation is what was agreed on."""
    if challenge_moves.mechanism_of(challenge).decider is not Decider.NEGOTIATION:
        return
    agreed = set(session.exec(select(Offer.answer_id).where(Offer.state == OfferState.AGREED)))
    without = [answer.number for answer in selected if answer.id not in agreed]
    if without:
        raise NotAllowed(f"No offer was agreed on with answers {_named(without)}.")


def departing(found: Standings, decided: Mapping[str, Decided], held: Round) -> dict[str, Departure]:
    """Answer → why what was decided on it is not what the ranking and the round's thresholds say.

    Between answers of one rank the ranking says nothing.
    """
    ones = [one for one in found.by_rank if one.answer.id in decided]
    selected = [one for one in ones if decided[one.answer.id] is Decided.SELECTED]
    others = [one for one in ones if decided[one.answer.id] is not Decided.SELECTED]
    departures: dict[str, Departure] = {}
    for one in selected:
        passed_over = [other.answer.number for other in others if _before(other, one)]
        why = [f"answers {_named(passed_over)} stand before it"] if passed_over else []
        why += short_of(one, held)
        if why:
            departures[one.answer.id] = Departure(one.answer.number, " and ".join(why))
    for one in others:
        behind = [other.answer.number for other in selected if _before(one, other)]
        if behind and not short_of(one, held):
            departures[one.answer.id] = Departure(one.answer.number, f"answers {_named(behind)} stand behind it")
    return departures


def short_of(one: Standing, held: Round) -> list[str]:
    """Which thresholds of its round an answer does not reach, in words."""
    found = []
    if held.threshold is not None and (one.score is None or one.score < held.threshold):
        scored = "it has no grade" if one.score is None else f"its grade is {one.score:.2f}"
        found.append(f"{scored}, and {held.threshold:g} is asked for")
    if held.measured_threshold:
        found += [f"{finding.name}: {finding.why}" for finding in one.misses]
    return found


def _before(one: Standing, other: Standing) -> bool:
    return one.rank is not None and other.rank is not None and one.rank < other.rank


def _require_said(
    answers: Sequence[Answer], decisions: Mapping[str, Determination], departures: Mapping[str, Departure]
) -> None:
    silent = [
        departures[answer.id] for answer in answers if answer.id in departures and not decisions[answer.id].departs
    ]
    if silent:
        told = "; ".join(f"answer {one.number}: {one.why}" for one in silent)
        raise Invalid(f"departs from the ranking ({told}): say so, and why, in the decision", place="departs")


def _standing(found: Standings, answer: Answer) -> Standing:
    return next(one for one in found.by_rank if one.answer.id == answer.id)


def _named(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


# -- read -----------------------------------------------------------------------------------------


def listed(session: Session, actor: Actor, challenge_id: str) -> list[Determination]:
    """All decisions, those not told yet included, for who makes them; the oldest first."""
    challenge = challenge_moves.find(session, actor, challenge_id, Action.EDIT_CHALLENGE)
    query = select(Determination).join(Answer).where(Answer.challenge_id == challenge.id)
    return list(session.exec(query.order_by(col(Determination.id))))


def of_answer(session: Session, actor: Actor, answer_id: str) -> list[Determination]:
    """What was decided on an answer, once it was told, for its readers."""
    challenge, answer = desks.found_answer(session, actor, answer_id, Action.READ_ANSWER)
    query = select(Determination).where(Determination.answer_id == answer.id).order_by(col(Determination.id))
    told = [one for one in session.exec(query) if _is_told(challenge, one)]
    return list({(one.round, one.decided is Decided.SUPPLEMENT): one for one in told}.values())


def _is_told(challenge: Challenge, one: Determination) -> bool:
    if one.decided is Decided.SUPPLEMENT:
        return True
    return challenge.decided_at is not None and one.at <= challenge.decided_at
