"""The versions of a contract: each draft and each edit, and what an agreed change made of it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from matcher.actors import Actor
from matcher.awards import cases
from matcher.awards.cases import Case
from matcher.awards.drafts import ContractDraft
from matcher.entities import Contract, ContractVersion
from matcher.policy import Action


def keep(session: Session, actor: Actor, case: Case, contract: Contract, said: ContractDraft, *, at: datetime) -> None:
    """As the version that a contract stands at now, by whose act it came to."""
    by_setter = None if actor.trusted else actor.organisation_id == case.challenge.organisation_id
    session.add(
        ContractVersion(
            contract_id=contract.id,
            number=contract.version,
            terms=said.model_dump(mode="json"),
            by_setter=by_setter,
            actor=actor.name,
            at=at,
        )
    )


def listed(session: Session, actor: Actor, contract_id: str) -> list[ContractVersion]:
    """All of them, the first one first; for who may read the award."""
    _, contract = cases.of_contract(session, actor, contract_id, Action.READ_AWARD, hold=False)
    query = select(ContractVersion).where(ContractVersion.contract_id == contract.id)
    return list(session.exec(query.order_by(col(ContractVersion.number))))


def draft_of(version: ContractVersion) -> ContractDraft:
    return ContractDraft.model_validate(version.terms)
