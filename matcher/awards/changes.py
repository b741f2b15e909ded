"""Changes to a signed contract: one side asks, the other agrees or does not.

The contract's amount becomes what its milestones pay together. What that adds is committed by who
bears the award, within what is left (`bearing.added`); what it saves is released to whoever committed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from matcher import states
from matcher.actors import Actor
from matcher.awards import bearing, cases, contract_versions, ledger
from matcher.awards.bearing import Parts
from matcher.awards.cases import Case, Side
from matcher.awards.drafts import ChangeDraft, hash_of, text_hash
from matcher.awards.ledger import ZERO, Purpose
from matcher.drafts import MOST_MONEY
from matcher.entities import Contract, ContractChange, Milestone
from matcher.errors import Conflict, Invalid, NotAllowed
from matcher.policy import Action
from matcher.states import CHANGE_MOVES, MILESTONE_MOVES, ChangeState, MilestoneState

_OPEN = (MilestoneState.OPEN, MilestoneState.SUBMITTED)


def ask(
    session: Session, actor: Actor, contract_id: str, said: ChangeDraft, side: Side | None = None, *, at: datetime
) -> ContractChange:
    """Raises Conflict while another waits for its answer."""
    case, contract = cases.of_contract(session, actor, contract_id, Action.WRITE_CONTRACT)
    cases.require_running(contract)
    own = cases.side_of(actor, case.challenge, side)
    if any(one.state is ChangeState.PROPOSED for one in _of(session, contract)):
        raise Conflict("Another change to this contract waits for its answer.")
    milestones = cases.milestones_of(session, contract)
    _check(case, milestones, said)
    _borne(session, case, contract, _amount(milestones, said))
    change = ContractChange(
        contract_id=contract.id,
        by_setter=own is Side.SETTER,
        changes=said.model_dump(mode="json", exclude={"reason"}),
        reason=said.reason,
        actor=actor.name,
        at=at,
    )
    session.add(change)
    session.flush()
    _record(session, actor, case, change, "change_asked", {"change_hash": hash_of(said)}, at=at)
    return change


def agree(session: Session, actor: Actor, id: str, side: Side | None = None, *, at: datetime) -> ContractChange:
    """The other side's managers agree, and it holds. Raises NotAllowed where a milestone has moved on since."""
    case, contract, change = _answered(session, actor, id, side, "agree")
    cases.require_running(contract)
    said = ChangeDraft.model_validate(change.changes | {"reason": change.reason})
    change.state = states.advance(change.state, "agree", CHANGE_MOVES)
    _answer(session, actor, case, change, "change_agree", at)
    _carry_out(session, actor, case, contract, said, at)
    return change


def decline(
    session: Session, actor: Actor, id: str, side: Side | None = None, *, at: datetime, reason: str = ""
) -> ContractChange:
    case, _, change = _answered(session, actor, id, side, "decline")
    change.state = states.advance(change.state, "decline", CHANGE_MOVES)
    _answer(session, actor, case, change, "change_decline", at, reason)
    return change


def take_back(session: Session, actor: Actor, id: str, side: Side | None = None, *, at: datetime) -> ContractChange:
    """By the side that asked."""
    case, _, change = cases.of_change(session, actor, id, Action.WRITE_CONTRACT)
    if change.by_setter != (cases.side_of(actor, case.challenge, side) is Side.SETTER):
        raise NotAllowed("The other side asked for this change: decline it instead.")
    change.state = states.advance(change.state, "take_back", CHANGE_MOVES)
    _answer(session, actor, case, change, "change_take_back", at)
    return change


def listed(session: Session, actor: Actor, contract_id: str) -> list[ContractChange]:
    """In the order in which they were asked for."""
    _, contract = cases.of_contract(session, actor, contract_id, Action.READ_AWARD, hold=False)
    return _of(session, contract)


def _of(session: Session, contract: Contract) -> list[ContractChange]:
    query = select(ContractChange).where(ContractChange.contract_id == contract.id)
    return list(session.exec(query.order_by(col(ContractChange.id))))


def _answered(
    session: Session, actor: Actor, id: str, side: Side | None, move: str
) -> tuple[Case, Contract, ContractChange]:
    case, contract, change = cases.of_change(session, actor, id, Action.SIGN_CONTRACT)
    if change.by_setter == (cases.side_of(actor, case.challenge, side) is Side.SETTER):
        raise NotAllowed(f"Your own side asked for this change: the other side may {move}.")
    return case, contract, change


def _answer(
    session: Session,
    actor: Actor,
    case: Case,
    change: ContractChange,
    action: str,
    at: datetime,
    reason: str = "",
) -> None:
    change.answered_by, change.answered_at, change.remark = actor.name, at, reason
    session.add(change)
    _record(session, actor, case, change, action, {"reason_hash": text_hash(reason)} if reason else {}, at=at)


# -- carrying it out ------------------------------------------------------------------------------


def _check(case: Case, milestones: Sequence[Milestone], said: ChangeDraft) -> None:
    by_number = {one.number: one for one in milestones}
    for number in [*(one.number for one in said.amend), *said.cancel]:
        if number not in by_number:
            raise Invalid(f"there is no milestone {number}", place="milestones")
        if by_number[number].state not in _OPEN:
            raise NotAllowed(f"Milestone {number} is {by_number[number].state}: it cannot be changed any more.")
    if _amount(milestones, said) > MOST_MONEY:
        raise Invalid("the milestones pay more together than an amount can be", place="milestones")
    known = len(cases.indicators_of(case.challenge))
    if any(place >= known for one in said.add for place in one.indicators):
        raise Invalid(f"the challenge has {known} indicators, counted from 0", place="add")


def _amount(milestones: Sequence[Milestone], said: ChangeDraft) -> Decimal:
    """What the milestones pay together once it is carried out."""
    amended = {one.number: one.amount for one in said.amend if one.amount is not None}
    gone = {one.number for one in milestones if one.state is MilestoneState.CANCELLED} | set(said.cancel)
    kept = (amended.get(one.number, one.amount) for one in milestones if one.number not in gone)
    return sum(kept, ZERO) + sum((one.amount for one in said.add), ZERO)


def _carry_out(session: Session, actor: Actor, case: Case, contract: Contract, said: ChangeDraft, at: datetime) -> None:
    milestones = cases.milestones_of(session, contract, hold=True)
    _check(case, milestones, said)
    amount = _amount(milestones, said)
    amended = {one.number: one.model_dump(exclude={"number"}, exclude_none=True) for one in said.amend}
    for milestone in milestones:
        for name, value in amended.get(milestone.number, {}).items():
            setattr(milestone, name, value)
        if milestone.number in said.cancel:
            milestone.state = states.advance(milestone.state, "cancel", MILESTONE_MOVES)
        session.add(milestone)
    for number, planned in enumerate(said.add, start=len(milestones) + 1):
        added = Milestone(contract_id=contract.id, number=number, **planned.model_dump())
        session.add(added)
        milestones.append(added)
    if said.terms is not None:
        contract.kind, contract.ownership = said.terms.kind, said.terms.ownership
        contract.terms = said.terms.model_dump(mode="json", exclude={"kind", "ownership"})
    parts, saved = _borne(session, case, contract, amount), contract.amount - amount
    contract.amount = amount
    contract.version += 1
    session.add(contract)
    session.flush()
    contract_versions.keep(session, actor, case, contract, cases.as_it_stands(contract, milestones), at=at)
    purpose = Purpose(case.answer.id, "change of the contract")
    if parts:
        ledger.commit(session, actor, case.challenge, parts, purpose, at=at)
    else:
        ledger.release(session, actor, case.challenge, purpose, saved, at=at)


def _borne(session: Session, case: Case, contract: Contract, amount: Decimal) -> Parts:
    """Who commits what a change to this amount adds; nobody where it adds nothing."""
    more = amount - contract.amount
    return bearing.added(session, case.challenge, case.answer, more) if more > 0 else {}


def _record(
    session: Session,
    actor: Actor,
    case: Case,
    change: ContractChange,
    move: str,
    told: dict[str, Any],
    *,
    at: datetime,
) -> None:
    told = {"change": change.id, "contract": change.contract_id, "by_setter": change.by_setter} | told
    cases.record(session, actor, case.challenge, f"contract.{move}", told, at=at)
