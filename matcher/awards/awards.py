"""Awards 中榜: made when a challenge is settled, one for each answer selected, with the money committed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from matcher import policy
from matcher.actors import Actor
from matcher.awards import cases, ledger, stages
from matcher.awards.drafts import ContractDraft, text_hash
from matcher.awards.ledger import ZERO, Purpose
from matcher.engine import challenge_moves
from matcher.engine.challenge_drafts import public_part
from matcher.entities import Answer, Award, Challenge, Commitment, LedgerEntry, Offer
from matcher.errors import Invalid, NotAllowed
from matcher.mechanisms import Decider, Funding, Mechanism
from matcher.policy import Action
from matcher.states import AnswerState, CommitmentState, OfferState

Parts = dict[str, Decimal]
"""Party → what it puts in."""


def settle(
    session: Session,
    actor: Actor,
    challenge_id: str,
    amounts: Mapping[str, Decimal] | None = None,
    *,
    at: datetime,
    reason: str = "",
) -> list[Award]:
    """Ends the time for objections: makes the awards and commits their money.

    `amounts` says, answer by answer, how much each is awarded. It need not be said of a single answer,
    which gets what is left of the budget, and cannot be where an agreed offer or investors' commitments
    say it. Raises NotAllowed while objections may be raised or wait for an answer.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.MOVE_CHALLENGE, move="settle")
    mechanism = challenge_moves.mechanism_of(challenge)
    challenge_moves.move(session, actor, challenge, "settle", at=at, reason=reason)
    selected = challenge_moves.answers_in(session, challenge, AnswerState.SELECTED)
    if not selected:
        raise NotAllowed("No answer is selected.")
    parts = _parts(session, challenge, mechanism, selected, amounts or {})
    made = []
    for answer in selected:
        award = Award(
            challenge_id=challenge.id,
            answer_id=answer.id,
            amount=sum(parts[answer.id].values(), ZERO),
            currency=challenge.currency,
            at=at,
        )
        session.add(award)
        session.flush()
        told = {"award": award.id, "answer": answer.id, "award_hash": hash_of(award)}
        cases.record(session, actor, challenge, "award.made", told, at=at)
        ledger.commit(session, actor, challenge, parts[answer.id], Purpose(answer.id, "award"), at=at)
        made.append(award)
    return made


def hash_of(award: Award) -> str:
    return text_hash(award.id, award.answer_id, f"{award.amount:.2f}", award.currency)


def get(session: Session, actor: Actor, id: str) -> Award:
    """For its two sides, the funder, investors and operators; to anybody else it does not exist."""
    return cases.of_award(session, actor, id, Action.READ_AWARD, hold=False).award


def listed(session: Session, actor: Actor, challenge_id: str) -> list[tuple[Award, Answer]]:
    """Those of a challenge that the actor may read, in the order of their answers."""
    challenge = challenge_moves.find(session, actor, challenge_id)
    query = select(Award, Answer).join(Answer, col(Answer.id) == col(Award.answer_id))
    found = session.exec(query.where(Award.challenge_id == challenge.id).order_by(col(Answer.number)))
    return [(award, answer) for award, answer in found if _may_read(session, actor, challenge, answer)]


def entries(session: Session, actor: Actor, challenge_id: str) -> list[LedgerEntry]:
    """The lines of a challenge's ledger that are about answers whose awards the actor may read."""
    challenge = challenge_moves.find(session, actor, challenge_id)
    answers = session.exec(select(Answer).where(Answer.challenge_id == challenge.id))
    readable = {answer.id for answer in answers if _may_read(session, actor, challenge, answer)}
    return [line for line in ledger.entries(session, challenge.id) if line.answer_id in readable]


def _may_read(session: Session, actor: Actor, challenge: Challenge, answer: Answer) -> bool:
    return policy.can(actor, Action.READ_AWARD, challenge_moves.answer_thing(session, challenge, answer)).allowed


# -- how much, and whose --------------------------------------------------------------------------


def _parts(
    session: Session,
    challenge: Challenge,
    mechanism: Mechanism,
    selected: list[Answer],
    amounts: Mapping[str, Decimal],
) -> dict[str, Parts]:
    said_elsewhere = mechanism.funding is Funding.INVESTORS or mechanism.decider is Decider.NEGOTIATION
    if said_elsewhere and amounts:
        raise Invalid("what was agreed or committed says how much is awarded", place="amounts")
    if mechanism.funding is Funding.INVESTORS:
        return {answer.id: _invested(session, challenge, answer) for answer in selected}
    if mechanism.decider is Decider.NEGOTIATION:
        totals = {answer.id: _agreed(session, answer) for answer in selected}
    else:
        totals = _named(session, challenge, mechanism, selected, amounts)
    return {answer: _borne(challenge, mechanism, total) for answer, total in totals.items()}


def _invested(session: Session, challenge: Challenge, answer: Answer) -> Parts:
    query = select(Commitment).where(Commitment.answer_id == answer.id, Commitment.state == CommitmentState.FIRM)
    parts: Parts = {}
    for one in session.exec(query):
        if one.currency != challenge.currency:
            raise NotAllowed(f"Answer {answer.number} has a commitment in {one.currency}, not {challenge.currency}.")
        parts[one.organisation_id] = parts.get(one.organisation_id, ZERO) + one.amount
    if not parts:
        raise NotAllowed(f"Answer {answer.number} is selected, and nobody has firmly committed money to it.")
    return parts


def _agreed(session: Session, answer: Answer) -> Decimal:
    query = select(Offer).where(Offer.answer_id == answer.id, Offer.state == OfferState.AGREED)
    offer = session.exec(query).first()
    if offer is None:
        raise NotAllowed(f"Answer {answer.number} is selected, and no offer of it was agreed on.")
    return ContractDraft.model_validate(offer.terms).amount


def _named(
    session: Session,
    challenge: Challenge,
    mechanism: Mechanism,
    selected: list[Answer],
    amounts: Mapping[str, Decimal],
) -> dict[str, Decimal]:
    ids = [answer.id for answer in selected]
    for unknown in amounts.keys() - set(ids):
        raise Invalid("is not selected", place=f"amounts.{unknown}")
    left = budget_left(session, challenge, mechanism)
    if not amounts and len(selected) == 1 and left is not None:
        return {ids[0]: left}
    missing = [answer.number for answer in selected if answer.id not in amounts]
    if missing:
        raise Invalid(f"say how much answer {missing[0]} is awarded", place="amounts")
    asked = sum(amounts.values(), ZERO)
    if left is not None and asked > left:
        raise Invalid(f"{asked:,} together is more than the {left:,} left of the budget", place="amounts")
    return dict(amounts)


def budget_left(session: Session, challenge: Challenge, mechanism: Mechanism) -> Decimal | None:
    """With the public part, less what is committed already and what is owed for rounds gone through; None where
    no budget was set."""
    if challenge.budget is None:
        return None
    whole = challenge.budget
    if mechanism.funding is Funding.MATCHED:
        whole += public_part(challenge.budget, mechanism.public_ratio)
    return max(whole - ledger.committed_in(session, challenge) - stages.owed(session, challenge), ZERO)


def _borne(challenge: Challenge, mechanism: Mechanism, total: Decimal) -> Parts:
    """The setter's and, of matched funding, the public funder's part."""
    if mechanism.funding is not Funding.MATCHED:
        return {challenge.organisation_id: total}
    if challenge.funder_id is None:
        raise NotAllowed("No public funder is named, who pays a part of it.")
    public = public_part(total / (1 + Decimal(str(mechanism.public_ratio))), mechanism.public_ratio)
    own = {challenge.organisation_id: total - public}
    return own | {challenge.funder_id: public + own.get(challenge.funder_id, ZERO)}
