"""What a matchmaker makes of a pair, and taking it back while nothing followed from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from pydantic import Field, model_validator
from sqlmodel import Session, col, select

from matcher import access, policy
from matcher.actors import Actor
from matcher.drafts import Draft, Moment, Text
from matcher.entities import Accreditation, Judgement, Pair, PairVerdict
from matcher.errors import Conflict, Invalid, NotAllowed
from matcher.policy import Action, Thing
from matcher.reviews import desks, pairs, queue, reasons
from matcher.reviews.reasons import Use
from matcher.states import PairState

NOT_NOW_FOR = timedelta(days=30)
"""After so long a pair of which somebody said "not now" comes back, where no day is named."""


class VerdictDraft(Draft):
    judgement: Judgement
    reason: str = Field(default="", max_length=40)
    """A code of `reasons.REASONS`: "no" needs one, "not now" may have one."""
    note: Text = ""
    until: Moment | None = None
    """With "not now": when it comes back."""

    @model_validator(mode="after")
    def _a_reason_where_it_belongs(self) -> Self:
        use = reasons.NEEDED.get(self.judgement)
        if use is None and self.reason:
            raise ValueError(f"{self.judgement.value} takes no reason")
        if use is Use.NO and not self.reason:
            raise ValueError("no takes a reason, so that something is learned from it")
        if self.until is not None and use is not Use.NOT_NOW:
            raise ValueError("until goes with not_now")
        return self


def decide(
    session: Session, actor: Actor, matchmaker_id: str, pair_id: str, draft: VerdictDraft, *, at: datetime
) -> PairVerdict:
    """Raises NotAllowed for a pair that is decided on, Conflict for one that another is looking at just now.

    "Take further" makes the matchmaker the one who follows it, "no" ends it, "not now" puts it aside for a
    time; "unsure" leaves it to the others.
    """
    pair = pairs.hold(session, actor, pair_id, Action.READ_PAIR)
    accreditation = desks.at_desk(session, actor, matchmaker_id)
    pairs.require_apart(session, matchmaker_id, pair)
    if (use := reasons.NEEDED.get(draft.judgement)) and draft.reason:
        reasons.check(draft.reason, use, draft.note)
    if pair.state is not PairState.PROPOSED:
        raise NotAllowed(f"This pair is {pair.state}: it is not for review any more.")
    if queue.is_reserved_for_another(pair, matchmaker_id, at):
        raise Conflict("Another matchmaker is looking at it just now.")
    verdict = _verdict(session, actor, matchmaker_id, pair, draft, at)
    _follow_from(session, actor, accreditation, pair, verdict, draft, at)
    return verdict


def undo(session: Session, actor: Actor, matchmaker_id: str, pair_id: str, *, at: datetime) -> PairVerdict:
    """Takes back the last thing that they said of a pair, and puts it before them again.

    Raises NotAllowed where there is nothing of theirs, and once something followed: the sides were asked, it was
    handed over, reopened, or ended.
    """
    pair = pairs.hold(session, actor, pair_id, Action.READ_PAIR)
    desks.at_desk(session, actor, matchmaker_id)
    verdict = _last(session, matchmaker_id, pair_id)
    if verdict is None:
        raise NotAllowed("You have said nothing of this pair that could be taken back.")
    told = {"verdict": verdict.id, "judgement": verdict.judgement.value}
    if verdict.judgement in (Judgement.TAKE_FURTHER, Judgement.NO):
        if not _as_left(pair, verdict):
            raise NotAllowed("Something has followed from it: it cannot be taken back any more.")
        pair.follower_id, pair.ended_for = None, ""
        pairs.advance(session, actor, pair, "put_back", at=at, told=told)
    elif pair.state is not PairState.PROPOSED:
        raise NotAllowed("Another has decided on it since.")
    else:
        if verdict.judgement is Judgement.NOT_NOW:
            pair.not_before = None
        pairs.record(session, actor, pair, "undo", at=at, told=told)
    verdict.undone_at = at
    session.add(verdict)
    if not queue.is_reserved_for_another(pair, matchmaker_id, at):
        pair.reserved_by, pair.reserved_until = matchmaker_id, at + queue.RESERVED_FOR
    session.add(pair)
    return verdict


def own(session: Session, actor: Actor, matchmaker_id: str, *, limit: int = 20) -> list[PairVerdict]:
    """What a matchmaker said last, and has not taken back, the newest first."""
    desks.at_desk(session, actor, matchmaker_id)
    query = select(PairVerdict).where(PairVerdict.person_id == matchmaker_id, col(PairVerdict.undone_at).is_(None))
    return list(session.exec(query.order_by(col(PairVerdict.id).desc()).limit(limit)))


def of_pair(session: Session, actor: Actor, pair_id: str) -> list[PairVerdict]:
    """All that was said of it, for matchmakers, the oldest first."""
    pair = pairs.find(session, actor, pair_id, Action.READ_PAIR_NOTES)
    pairs.require_apart(session, actor.person_id, pair)
    query = select(PairVerdict).where(PairVerdict.pair_id == pair_id).order_by(col(PairVerdict.id))
    return list(session.exec(query))


def for_learning(session: Session, actor: Actor, *, after: str = "", limit: int = 1000) -> Sequence[PairVerdict]:
    """Standing decisions with the evidence, the place and the score at which they were shown, in order of their ids."""
    policy.require(actor, Action.REFRESH_PAIRS, Thing("platform"))
    query = select(PairVerdict).where(col(PairVerdict.undone_at).is_(None), col(PairVerdict.id) > after)
    return session.exec(query.order_by(col(PairVerdict.id)).limit(limit)).all()


def _verdict(
    session: Session, actor: Actor, matchmaker_id: str, pair: Pair, draft: VerdictDraft, at: datetime
) -> PairVerdict:
    shown = queue.showing(session, pair, matchmaker_id)
    score = (
        shown.score if shown else pairs.shown_score(access.viewer(session, actor), pair, *pairs.sides(session, pair))
    )
    verdict = PairVerdict(
        pair_id=pair.id,
        person_id=matchmaker_id,
        judgement=draft.judgement,
        reason=draft.reason,
        note=draft.note,
        at=at,
        position=shown.position if shown else None,
        score=score,
        rank=pair.rank,
        evidence=pair.evidence,
        ranked_by=pair.ranked_by,
    )
    session.add(verdict)
    session.flush()
    return verdict


def _follow_from(
    session: Session,
    actor: Actor,
    accreditation: Accreditation,
    pair: Pair,
    verdict: PairVerdict,
    draft: VerdictDraft,
    at: datetime,
) -> None:
    told: dict[str, Any] = {"verdict": verdict.id, "position": verdict.position}
    if draft.reason:
        told["reason"] = draft.reason
    match draft.judgement:
        case Judgement.TAKE_FURTHER:
            desks.require_room(session, accreditation)
            pair.follower_id = accreditation.person_id
            pairs.advance(session, actor, pair, "take_further", at=at, told=told)
        case Judgement.NO:
            pair.ended_for = draft.reason
            pairs.advance(session, actor, pair, "refuse", at=at, told=told)
        case Judgement.NOT_NOW:
            until = draft.until or at + NOT_NOW_FOR
            if until <= at:
                raise Invalid("lies in the past", place="until")
            pair.not_before = until
            _put_down(session, actor, pair, "not_now", told | {"until": until.isoformat()}, at)
        case Judgement.UNSURE:
            _put_down(session, actor, pair, "unsure", told, at)


def _put_down(session: Session, actor: Actor, pair: Pair, what: str, told: dict[str, Any], at: datetime) -> None:
    pair.reserved_by = pair.reserved_until = None
    pairs.record(session, actor, pair, what, at=at, told=told)


def _as_left(pair: Pair, verdict: PairVerdict) -> bool:
    """Whether a pair that was taken further or refused still stands as that has left it."""
    left = (PairState.ENDED, None) if verdict.judgement is Judgement.NO else (PairState.TAKEN, verdict.person_id)
    return (pair.state, pair.follower_id) == left and pair.since == verdict.at and not pair.asking


def _last(session: Session, matchmaker_id: str, pair_id: str) -> PairVerdict | None:
    """What they said last of this pair, and have not taken back."""
    query = select(PairVerdict).where(
        PairVerdict.pair_id == pair_id,
        PairVerdict.person_id == matchmaker_id,
        col(PairVerdict.undone_at).is_(None),
    )
    return session.exec(query.order_by(col(PairVerdict.id).desc())).first()
