"""An award with all that hangs on it, found from whichever end it is asked for, and who stands on which side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, select

from matcher import events, policy
from matcher.actors import Actor
from matcher.awards.drafts import ContractDraft, MilestoneDraft, Terms
from matcher.drafts import IndicatorTarget
from matcher.engine import answer_moves, challenge_moves
from matcher.entities import Answer, Award, Challenge, Contract, ContractChange, Milestone
from matcher.errors import Forbidden, Invalid, NotAllowed, NotFound
from matcher.policy import Action
from matcher.states import ContractState, MilestoneState

T = TypeVar("T", bound=SQLModel)


class Side(StrEnum):
    """Of a contract or a negotiation."""

    SETTER = "setter"
    ANSWERER = "answerer"


@dataclass(frozen=True, slots=True)
class Case:
    challenge: Challenge
    answer: Answer
    award: Award


def of_award(session: Session, actor: Actor, id: str, action: Action, *, hold: bool = True) -> Case:
    """The case of an award. Raises as the policy does, NotFound also for what the actor may not know of.

    `hold`: to be changed, as it stands now; until commit nobody else can.
    """
    award = _got(session, Award, id, "award", hold)
    return _case(session, actor, award, action, "award", id, hold)


def of_contract(session: Session, actor: Actor, id: str, action: Action, *, hold: bool = True) -> tuple[Case, Contract]:
    contract = _got(session, Contract, id, "contract", hold)
    award = _got(session, Award, contract.award_id, "award", hold)
    return _case(session, actor, award, action, "contract", id, hold), contract


def of_milestone(
    session: Session, actor: Actor, id: str, action: Action, *, hold: bool = True
) -> tuple[Case, Contract, Milestone]:
    """Raises NotAllowed besides where it is to be changed and its contract is not running."""
    milestone = _got(session, Milestone, id, "milestone", hold)
    contract = _got(session, Contract, milestone.contract_id, "contract", hold)
    award = _got(session, Award, contract.award_id, "award", hold)
    case = _case(session, actor, award, action, "milestone", id, hold)
    if hold:
        require_running(contract)
    return case, contract, milestone


def of_change(session: Session, actor: Actor, id: str, action: Action) -> tuple[Case, Contract, ContractChange]:
    change = _got(session, ContractChange, id, "change", True)
    contract = _got(session, Contract, change.contract_id, "contract", True)
    award = _got(session, Award, contract.award_id, "award", True)
    return _case(session, actor, award, action, "change", id, True), contract, change


def of_answer(
    session: Session, actor: Actor, id: str, action: Action, *, hold: bool = True
) -> tuple[Challenge, Answer]:
    """For negotiations, which come before any award."""
    answer = _got(session, Answer, id, "answer", hold)
    challenge = _got(session, Challenge, answer.challenge_id, "challenge", hold)
    policy.require(actor, action, challenge_moves.answer_thing(session, challenge, answer))
    _require_one_side(session, actor, challenge, answer, hold)
    return challenge, answer


def require_running(contract: Contract) -> None:
    if contract.state is not ContractState.SIGNED:
        raise NotAllowed(f"This contract is {contract.state}: only one that is signed and runs is carried out.")


def side_of(actor: Actor, challenge: Challenge, side: Side | None = None) -> Side:
    """Which side somebody acts for. Whoever has a shell names one; others cannot choose."""
    if actor.trusted:
        if side is None:
            raise Invalid("setter or answerer is expected: for which one is this done?", place="side")
        return side
    own = Side.SETTER if actor.organisation_id == challenge.organisation_id else Side.ANSWERER
    if side not in (None, own):
        raise Forbidden(f"You act for the {own}.")
    return own


def milestones_of(session: Session, contract: Contract, *, hold: bool = False) -> list[Milestone]:
    query = select(Milestone).where(Milestone.contract_id == contract.id).order_by(Milestone.number)  # type: ignore[arg-type]
    return list(session.exec(query.with_for_update() if hold else query))


def contract_of(session: Session, award: Award) -> Contract | None:
    return session.exec(select(Contract).where(Contract.award_id == award.id)).one_or_none()


def terms_of(contract: Contract) -> Terms:
    """What it says besides its amount and milestones."""
    said = {name: value for name, value in contract.terms.items() if name != "milestones"}
    return Terms.model_validate(said | {"kind": contract.kind, "ownership": contract.ownership})


def draft_of(contract: Contract) -> ContractDraft:
    """A contract as it was drafted; once it is signed its milestones are rows of their own."""
    own = {"kind": contract.kind, "ownership": contract.ownership}
    return ContractDraft.model_validate(
        contract.terms | own | {"amount": contract.amount, "currency": contract.currency}
    )


def as_it_stands(contract: Contract, milestones: Sequence[Milestone]) -> ContractDraft:
    """A signed contract in the form of a draft, with those of its milestones that were not cancelled."""
    planned = [
        MilestoneDraft(title=one.title, due=one.due, amount=one.amount, indicators=one.indicators)
        for one in milestones
        if one.state is not MilestoneState.CANCELLED
    ]
    own = {"amount": contract.amount, "currency": contract.currency, "milestones": planned}
    return ContractDraft.model_validate(terms_of(contract).model_dump() | own)


def indicators_of(challenge: Challenge) -> list[IndicatorTarget]:
    return [IndicatorTarget.model_validate(one) for one in challenge.content.get("indicators", [])]


def record(
    session: Session, actor: Actor, challenge: Challenge, action: str, told: dict[str, Any], *, at: datetime
) -> None:
    """In the history of the challenge: what is private to the two sides stands there as its hash."""
    events.record(session, actor, events.Entry(action, f"challenge:{challenge.id}", told), at=at)


def _case(session: Session, actor: Actor, award: Award, action: Action, kind: str, id: str, hold: bool) -> Case:
    challenge = _got(session, Challenge, award.challenge_id, "challenge", hold)
    answer = _got(session, Answer, award.answer_id, "answer", hold)
    thing = challenge_moves.answer_thing(session, challenge, answer)
    policy.require(actor, action, replace(thing, name=kind, id=id))
    _require_one_side(session, actor, challenge, answer, hold)
    return Case(challenge, answer, award)


def _require_one_side(session: Session, actor: Actor, challenge: Challenge, answer: Answer, hold: bool) -> None:
    """Nobody changes for the setter what stands between it and an organisation of their own: one person
    would agree with themselves."""
    if hold and actor.organisation_id == challenge.organisation_id:
        answer_moves.require_no_part(session, actor, [answer])


def _got(session: Session, table: type[T], id: str, kind: str, hold: bool) -> T:
    if hold:
        events.lock(session)
    found = session.get(table, id, with_for_update=True, populate_existing=True) if hold else session.get(table, id)
    if found is None:
        raise NotFound(kind, id)
    return found
