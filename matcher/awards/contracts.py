"""The contract of an award: drafted, edited, and signed once managers of both sides confirm the same version."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from matcher import states
from matcher.actors import Actor
from matcher.awards import cases, contract_versions, ledger
from matcher.awards.cases import Case, Side
from matcher.awards.drafts import ContractDraft, hash_of, text_hash
from matcher.awards.ledger import Purpose
from matcher.entities import Contract, Milestone
from matcher.errors import Conflict, Invalid, NotAllowed, NotFound, StaleVersion
from matcher.policy import Action
from matcher.states import CONTRACT_MOVES, ContractState

_COLUMNS = {"kind", "ownership", "amount", "currency"}
"""What of a draft stands in columns of its own."""


def draft(session: Session, actor: Actor, award_id: str, said: ContractDraft, *, at: datetime) -> Contract:
    """Raises Conflict where the award has a contract already: that one is edited."""
    case = cases.of_award(session, actor, award_id, Action.WRITE_CONTRACT)
    if cases.contract_of(session, case.award) is not None:
        raise Conflict("This award has a contract already.")
    _check(case, said)
    contract = Contract(
        award_id=case.award.id,
        kind=said.kind,
        ownership=said.ownership,
        terms=_terms(said),
        amount=said.amount,
        currency=said.currency,
    )
    session.add(contract)
    session.flush()
    contract_versions.keep(session, actor, case, contract, said, at=at)
    _record(session, actor, case, contract, "drafted", {"terms_hash": hash_of(said)}, at=at)
    return contract


def edit(
    session: Session,
    actor: Actor,
    id: str,
    said: ContractDraft,
    *,
    versions: Collection[int] | None = None,
    at: datetime,
) -> Contract:
    """Puts another text in its place; what was confirmed has to be confirmed again.

    Raises StaleVersion when it is none of `versions`, and NotAllowed once it is signed.
    """
    case, contract = cases.of_contract(session, actor, id, Action.WRITE_CONTRACT)
    _expect(contract, versions)
    if contract.state is not ContractState.DRAFT:
        raise NotAllowed(f"This contract is {contract.state}: ask for a change instead.")
    _check(case, said)
    contract.kind, contract.ownership, contract.terms = said.kind, said.ownership, _terms(said)
    contract.amount, contract.currency = said.amount, said.currency
    contract.confirmed_by_setter = contract.confirmed_by_answerer = ""
    contract.version += 1
    session.add(contract)
    contract_versions.keep(session, actor, case, contract, said, at=at)
    _record(session, actor, case, contract, "edited", {"terms_hash": hash_of(said)}, at=at)
    return contract


def confirm(
    session: Session, actor: Actor, id: str, version: int, side: Side | None = None, *, at: datetime
) -> Contract:
    """Confirms the version that was read, for one's side; the second confirmation signs it.

    What the contract does not need of the award's money is released then.
    """
    case, contract = cases.of_contract(session, actor, id, Action.SIGN_CONTRACT)
    _expect(contract, (version,))
    state = states.advance(contract.state, "sign", CONTRACT_MOVES)
    own = cases.side_of(actor, case.challenge, side)
    said = cases.draft_of(contract)
    if said.amount and not said.milestones:
        raise NotAllowed("It has no milestones yet: say what is paid for what.")
    if own is Side.SETTER:
        contract.confirmed_by_setter = actor.name
    else:
        contract.confirmed_by_answerer = actor.name
    _record(session, actor, case, contract, "confirmed", {"side": str(own), "terms_hash": hash_of(said)}, at=at)
    if contract.confirmed_by_setter and contract.confirmed_by_answerer:
        contract.state, contract.signed_at = state, at
        _record(session, actor, case, contract, "sign", {"terms_hash": hash_of(said)}, at=at)
        _begin(session, actor, case, contract, said, at)
    session.add(contract)
    return contract


def drop(session: Session, actor: Actor, id: str, reason: str, *, at: datetime) -> Contract:
    """Gives a contract up that was never signed, and the award's money with it."""
    case, contract = cases.of_contract(session, actor, id, Action.SIGN_CONTRACT)
    contract.state = states.advance(contract.state, "drop", CONTRACT_MOVES)
    contract.ended_at, contract.outcome_text = at, reason
    session.add(contract)
    _record(session, actor, case, contract, "drop", {"reason_hash": text_hash(reason)}, at=at)
    ledger.release(session, actor, case.challenge, Purpose(case.answer.id, "contract dropped"), at=at)
    return contract


def get(session: Session, actor: Actor, id: str) -> Contract:
    return cases.of_contract(session, actor, id, Action.READ_AWARD, hold=False)[1]


def of_award(session: Session, actor: Actor, award_id: str) -> Contract:
    """Raises NotFound where none was drafted."""
    case = cases.of_award(session, actor, award_id, Action.READ_AWARD, hold=False)
    contract = cases.contract_of(session, case.award)
    if contract is None:
        raise NotFound("contract of award", award_id)
    return contract


def _begin(session: Session, actor: Actor, case: Case, contract: Contract, said: ContractDraft, at: datetime) -> None:
    for number, planned in enumerate(said.milestones, start=1):
        session.add(
            Milestone(
                contract_id=contract.id,
                number=number,
                title=planned.title,
                due=planned.due,
                amount=planned.amount,
                indicators=planned.indicators,
            )
        )
    spare: Decimal = case.award.amount - contract.amount
    ledger.release(session, actor, case.challenge, Purpose(case.answer.id, "not needed by the contract"), spare, at=at)


def _check(case: Case, said: ContractDraft) -> None:
    if said.currency != case.award.currency:
        raise Invalid(f"the award is in {case.award.currency}", place="currency")
    if said.amount > case.award.amount:
        raise Invalid(f"{said.amount:,} is more than was awarded ({case.award.amount:,})", place="amount")
    known = len(cases.indicators_of(case.challenge))
    for position, milestone in enumerate(said.milestones):
        if any(place >= known for place in milestone.indicators):
            raise Invalid(
                f"the challenge has {known} indicators, counted from 0", place=f"milestones.{position}.indicators"
            )


def _terms(said: ContractDraft) -> dict[str, Any]:
    return said.model_dump(mode="json", exclude=_COLUMNS)


def _expect(contract: Contract, versions: Collection[int] | None) -> None:
    if versions is not None and contract.version not in versions:
        raise StaleVersion("contract", max(versions, default=0), contract.version)


def _record(
    session: Session,
    actor: Actor,
    case: Case,
    contract: Contract,
    move: str,
    told: dict[str, Any],
    *,
    at: datetime,
) -> None:
    told = {"contract": contract.id, "award": case.award.id, "version": contract.version} | told
    cases.record(session, actor, case.challenge, f"contract.{move}", told, at=at)
