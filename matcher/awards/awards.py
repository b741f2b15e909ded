"""Awards 中榜: made when a challenge is settled, one for each answer selected, with the money committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from matcher import policy
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.awards import bearing, cases, ledger
from matcher.awards.bearing import Parts
from matcher.awards.drafts import ContractDraft, text_hash
from matcher.awards.ledger import ZERO, Purpose
from matcher.engine import challenge_moves, opened_answers
from matcher.entities import Answer, Award, Challenge, LedgerEntry, Offer
from matcher.errors import Forbidden, Invalid, NotAllowed
from matcher.mechanisms import Decider, Funding, Mechanism
from matcher.policy import Action
from matcher.states import AnswerState, OfferState


def settle(
    session: Session,
    secrets: Secrets,
    actor: Actor,
    challenge_id: str,
    amounts: Mapping[str, Decimal] | None = None,
    *,
    at: datetime,
    reason: str = "",
) -> list[Award]:
    """Ends the time for objections: makes the awards and commits their money.

    Each answer is awarded what it asks for, held to what is left of the budget. `amounts` says it of prizes,
    of answers that ask for nothing, and in the place of what is asked for, then with a reason. That is for who
    makes the determination to say: others that the mechanism lets settle say no sum of their own.
    It cannot be said where an agreed offer or investors' commitments say it. Raises NotAllowed while objections
    may be raised or wait for an answer.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.MOVE_CHALLENGE, move="settle")
    mechanism = challenge_moves.mechanism_of(challenge)
    challenge_moves.move(session, actor, challenge, "settle", at=at, reason=reason)
    selected = challenge_moves.answers_in(session, challenge, AnswerState.SELECTED)
    if not selected:
        raise NotAllowed("No answer is selected.")
    said = _Said(amounts or {}, _asked(session, secrets, challenge, mechanism, selected), reason.strip())
    parts = _parts(session, actor, challenge, mechanism, selected, said)
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


@dataclass(frozen=True, slots=True)
class _Said:
    """What is known of how much each answer is to be awarded."""

    amounts: Mapping[str, Decimal]
    asked: Mapping[str, Decimal]
    """By the answers themselves."""
    reason: str


def _asked(
    session: Session, secrets: Secrets, challenge: Challenge, mechanism: Mechanism, selected: list[Answer]
) -> dict[str, Decimal]:
    """Nothing where it does not count: a prize is not asked for, and an offer or a commitment says its own."""
    if mechanism.decider is Decider.NEGOTIATION or mechanism.funding in (Funding.PRIZES, Funding.INVESTORS):
        return {}
    found: dict[str, Decimal] = {}
    for answer in selected:
        contents = opened_answers.contents(session, secrets, challenge, answer)
        if contents is not None and contents.draft.budget is not None:
            found[answer.id] = contents.draft.budget
    return found


def _parts(
    session: Session, actor: Actor, challenge: Challenge, mechanism: Mechanism, selected: list[Answer], said: _Said
) -> dict[str, Parts]:
    said_elsewhere = mechanism.funding is Funding.INVESTORS or mechanism.decider is Decider.NEGOTIATION
    if said_elsewhere and said.amounts:
        raise Invalid("what was agreed or committed says how much is awarded", place="amounts")
    if mechanism.funding is Funding.INVESTORS:
        return {answer.id: bearing.invested(session, challenge, answer) for answer in selected}
    if mechanism.decider is Decider.NEGOTIATION:
        totals = {answer.id: _agreed(session, answer) for answer in selected}
    else:
        left = bearing.budget_left(session, challenge, mechanism)
        totals = _totals(selected, said, left)
        own = {id for id, one in said.amounts.items() if id not in said.asked or one != _held(said.asked[id], left)}
        if own:
            _require_decider(session, actor, challenge)
        if own & said.asked.keys() and not said.reason:
            raise Invalid("say why another amount is awarded than is asked for", place="reason")
    return {answer: bearing.borne(challenge, mechanism, total) for answer, total in totals.items()}


def _require_decider(session: Session, actor: Actor, challenge: Challenge) -> None:
    """Raises Forbidden for who may settle and does not decide, under this mechanism."""
    decides = challenge_moves.thing(session, challenge, move="determine")
    if not policy.can(actor, Action.MOVE_CHALLENGE, decides).allowed:
        raise Forbidden("How much is awarded is said by who decides on the answers: settle without a sum of your own.")


def _agreed(session: Session, answer: Answer) -> Decimal:
    query = select(Offer).where(Offer.answer_id == answer.id, Offer.state == OfferState.AGREED)
    offer = session.exec(query).first()
    if offer is None:
        raise NotAllowed(f"Answer {answer.number} is selected, and no offer of it was agreed on.")
    return ContractDraft.model_validate(offer.terms).amount


def _totals(selected: list[Answer], said: _Said, left: Decimal | None) -> dict[str, Decimal]:
    """Answer → its amount: as it is said, else as it asks. One alone that asks for more than is left gets
    what is left; of several nobody can tell who is to get less."""
    for unknown in said.amounts.keys() - {answer.id for answer in selected}:
        raise Invalid("is not selected", place=f"amounts.{unknown}")
    for answer in selected:
        if answer.id not in said.amounts.keys() | said.asked.keys():
            raise Invalid(f"say how much answer {answer.number} is awarded", place="amounts")
    open_ones = [answer.id for answer in selected if answer.id not in said.amounts]
    totals = {answer.id: said.amounts.get(answer.id) or ZERO for answer in selected}
    rest = None if left is None else left - sum(totals.values(), ZERO)
    for id in open_ones:
        totals[id] = _held(said.asked[id], rest) if len(open_ones) == 1 else said.asked[id]
    whole = sum(totals.values(), ZERO)
    if left is not None and whole > left:
        if open_ones:
            raise Invalid("more is asked for than is left of the budget: say how much each gets", place="amounts")
        raise Invalid(f"{whole:,} together is more than the {left:,} left of the budget", place="amounts")
    return totals


def _held(amount: Decimal, left: Decimal | None) -> Decimal:
    return amount if left is None else max(min(amount, left), ZERO)
