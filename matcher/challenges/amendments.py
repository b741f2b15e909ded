"""Changing what is published: amendments, a later deadline, and ends without an award.

Each is a decision with its reason. An amendment or an extension makes another version of the
content; what was told before stays to be read.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from matcher.actors import Actor
from matcher.challenges import content
from matcher.drafts import IndicatorTarget
from matcher.engine import answer_moves, challenge_gate, challenge_moves
from matcher.engine.challenge_drafts import ChallengeDraft, Criterion, DatedRound, RoundPlan, dated
from matcher.engine.challenge_guards import IN_PLAY, current_round, deadline_ahead
from matcher.entities import Answer, Challenge, ChallengeVersion, Offer, Round
from matcher.errors import Invalid, NotAllowed
from matcher.mechanisms import Funding
from matcher.policy import Action
from matcher.states import AnswerState, OfferState

SETTLED = ("mechanism", "need_ids", "funder_id", "currency")
"""What answers build on from the first day: for another one of these, another challenge is opened."""
_UNOPENED = (AnswerState.DRAFT, AnswerState.HANDED_IN)
_QUANTITY = ("name", "operator", "unit")
"""Of an indicator: what the numbers that are claimed and measured for it are numbers of."""
_BEFOREHAND = ("rounds", "questions_until", "funder_amount")
"""Parts of the gate that are settled with the publication: the time that is left grows less afterwards, and
what a funder has confirmed is not asked about again."""


def amend(
    session: Session,
    actor: Actor,
    id: str,
    draft: ChallengeDraft,
    *,
    reason: str,
    at: datetime,
    versions: Collection[int] | None = None,
) -> Challenge:
    """Puts another text in the place of the published one, while answers may be handed in.

    Raises Invalid for what is settled, for dates (`extend`), for a round that is over, for what answers
    and grades already speak of, and for what the quality gate would not have let pass.
    """
    challenge = challenge_moves.hold(session, actor, id, Action.MOVE_CHALLENGE, move="amend", versions=versions)
    _reasoned(reason)
    _require_time(session, challenge, at)
    now = content.draft_of(challenge)
    draft = draft.model_copy(update={"rounds": _with_dates(draft.rounds, now.rounds)})
    mechanism = challenge_moves.mechanism_of(challenge)
    matched = ("budget",) if mechanism.funding is Funding.MATCHED else ()
    for name in (*SETTLED, *matched):
        if getattr(draft, name) != getattr(now, name):
            raise Invalid("cannot be changed once it is published", place=name)
    _check_rounds(challenge, now.rounds, draft.rounds)
    _check_indicators(now.indicators, draft.indicators)
    _check_rubric(versions_of(session, actor, id), draft.rubric)
    if draft.indicators != now.indicators:
        _require_no_offer(session, challenge)
    gate = challenge_gate.judge(draft, mechanism, at=at)
    for check in gate.checks:
        if check.blocks and check.part not in _BEFOREHAND:
            raise Invalid(f"missing: {check.message}", place=check.part)
    if draft == now:
        raise Invalid("says what it said before", place="draft")
    _tell(session, actor, challenge, "amend", draft, reason, at)
    for plan, row in zip(draft.rounds, _rounds(session, challenge), strict=True):
        row.sqlmodel_update(plan.model_dump(exclude={"deadline"}))
        session.add(row)
    return challenge


def extend(session: Session, actor: Actor, id: str, deadline: datetime, *, reason: str, at: datetime) -> Challenge:
    """Moves the current round's deadline to a later moment, as long as it has not passed.

    The rounds after it move by as much, and so keep their length.
    """
    challenge = challenge_moves.hold(session, actor, id, Action.MOVE_CHALLENGE, move="extend")
    _reasoned(reason)
    _require_time(session, challenge, at)
    before = current_round(session, challenge).deadline
    if deadline <= before:
        raise Invalid(f"has to lie after the one that stands, {before:%Y-%m-%d %H:%M:%S} UTC", place="deadline")
    now = content.draft_of(challenge)
    rounds = [
        _later(plan, deadline - before) if number >= challenge.round else plan
        for number, plan in enumerate(dated(now.rounds), start=1)
    ]
    _tell(session, actor, challenge, "extend", now.model_copy(update={"rounds": rounds}), reason, at)
    challenge.deadline = deadline
    for plan, row in zip(rounds, _rounds(session, challenge), strict=True):
        row.deadline = plan.deadline
        session.add(row)
    return challenge


def cancel(session: Session, actor: Actor, id: str, *, reason: str, at: datetime) -> Challenge:
    """Calls a challenge off. Answers that were not opened stay sealed for good."""
    return _ended(session, actor, id, "cancel", reason, at)


def no_award(session: Session, actor: Actor, id: str, *, reason: str, at: datetime) -> Challenge:
    """Ends a challenge that nobody answered, or nobody well enough 流标."""
    return _ended(session, actor, id, "no_award", reason, at)


def versions_of(session: Session, actor: Actor, id: str) -> list[ChallengeVersion]:
    """What was told when, the first version first; for whoever may read the challenge."""
    challenge = challenge_moves.find(session, actor, id)
    query = select(ChallengeVersion).where(ChallengeVersion.challenge_id == challenge.id)
    return list(session.exec(query.order_by(col(ChallengeVersion.number))))


def _ended(session: Session, actor: Actor, id: str, move: str, reason: str, at: datetime) -> Challenge:
    challenge = challenge_moves.hold(session, actor, id, Action.MOVE_CHALLENGE, move=move)
    _reasoned(reason)
    challenge_moves.move(session, actor, challenge, move, at=at, reason=reason)
    for answer in challenge_moves.answers_in(session, challenge, *_UNOPENED, *IN_PLAY):
        answer_moves.move(answer, "end" if answer.state in _UNOPENED else "reject")
        answer_moves.record(session, actor, answer, "answer.ended", at=at, told={"state": answer.state})
    return challenge


def _require_time(session: Session, challenge: Challenge, at: datetime) -> None:
    """Raises NotAllowed once the deadline has passed, also where a challenge was opened under rules that do not
    say so."""
    why_not = deadline_ahead(session, challenge, challenge_moves.mechanism_of(challenge), at)
    if why_not is not None:
        raise NotAllowed(why_not)


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise Invalid("say why: it is told to everybody concerned", place="reason")


def _with_dates(wanted: list[RoundPlan], now: list[RoundPlan]) -> list[RoundPlan]:
    """What is said of no date leaves it as it is."""
    if len(wanted) != len(now):
        return wanted
    return [
        plan if plan.deadline is not None else plan.model_copy(update={"deadline": was.deadline})
        for plan, was in zip(wanted, now, strict=True)
    ]


def _check_rounds(challenge: Challenge, now: list[RoundPlan], wanted: list[RoundPlan]) -> None:
    if [plan.deadline for plan in wanted] != [plan.deadline for plan in now]:
        raise Invalid("a deadline is moved by an extension", place="rounds")
    over = challenge.round - 1
    if wanted[:over] != now[:over]:
        raise Invalid("a round that is over cannot be changed", place="rounds")


def _check_indicators(now: list[IndicatorTarget], wanted: list[IndicatorTarget]) -> None:
    """Raises Invalid where a claim would speak of something else than it did.

    Claims, measurements and milestones name an indicator by its place; those of sealed answers cannot be
    rewritten. So each keeps its place and the quantity that it is, whether or not anybody has answered:
    a rule that looked would tell the setter who has.
    """
    for place, was in enumerate(now):
        told = wanted[place] if place < len(wanted) else None
        if told is None or any(getattr(told, name) != getattr(was, name) for name in _QUANTITY):
            raise Invalid(
                f"answers speak of {was.name!r} by its place: it stays here, with its name, operator and unit; "
                "others are added behind the last, and one that is not asked for any more becomes a nice-to-have",
                place=f"indicators.{place}",
            )


def _require_no_offer(session: Session, challenge: Challenge) -> None:
    """Raises NotAllowed where what an offer is accepted against would be another thing than when it was made."""
    standing = (
        select(Offer.id)
        .join(Answer)
        .where(Answer.challenge_id == challenge.id, col(Offer.state).in_((OfferState.MADE, OfferState.AGREED)))
    )
    if session.exec(standing).first() is not None:
        raise NotAllowed("An offer stands, which speaks of the indicators as they are: they stay, or it goes first.")


def _check_rubric(told: list[ChallengeVersion], wanted: list[Criterion]) -> None:
    """Raises Invalid for a key that meant another criterion before: the scores of a round that is over name it."""
    names = {one["key"]: one["name"] for version in told for one in version.content["rubric"]}
    for place, criterion in enumerate(wanted):
        was = names.get(criterion.key, criterion.name)
        if criterion.name != was:
            raise Invalid(
                f"{criterion.key!r} is the criterion {was!r}: another one has another key", place=f"rubric.{place}.key"
            )


def _later(plan: DatedRound, by: timedelta) -> DatedRound:
    return plan.model_copy(update={"deadline": plan.deadline + by})


def _rounds(session: Session, challenge: Challenge) -> list[Round]:
    query = select(Round).where(Round.challenge_id == challenge.id).order_by(col(Round.number))
    return list(session.exec(query))


def _tell(
    session: Session, actor: Actor, challenge: Challenge, move: str, draft: ChallengeDraft, reason: str, at: datetime
) -> None:
    """Makes the move with the draft as the next version of what is published."""
    query = select(func.max(ChallengeVersion.number)).where(ChallengeVersion.challenge_id == challenge.id)
    number = session.exec(query).one() + 1
    content.put(challenge, draft)
    told = {
        "number": number,
        "content_hash": content.digest(challenge.content),
        "deadlines": [plan.deadline.isoformat() for plan in dated(draft.rounds)],
    }
    challenge_moves.move(session, actor, challenge, move, at=at, reason=reason, told=told)
    session.add(
        ChallengeVersion(challenge_id=challenge.id, number=number, content=challenge.content, reason=reason, at=at)
    )
