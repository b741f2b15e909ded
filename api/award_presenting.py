"""Awards, contracts, milestones and the ledger as they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from api.schemas.awards import (
    AwardOut,
    BalanceOut,
    ContractOut,
    ContractVersionOut,
    EntryOut,
    LedgerOut,
    MilestoneOut,
)
from api.schemas.organisations import OrganisationName
from matcher import organisations
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.answers import reading as answer_reading
from matcher.awards import awards, cases, contract_versions, ledger, milestones, proposals
from matcher.awards.drafts import ContractDraft, hash_of
from matcher.engine import clock
from matcher.entities import Answer, Award, Contract, ContractVersion, LedgerEntry, Milestone
from matcher.errors import NotAllowed, NotFound
from matcher.states import ContractState


def awarded(session: Session, found: Sequence[tuple[Award, Answer]]) -> list[AwardOut]:
    names = organisations.names(session, {answer.organisation_id for _, answer in found})
    told = []
    for award, answer in found:
        made = cases.contract_of(session, award)
        more = {
            "answer_number": answer.number,
            "organisation": OrganisationName(id=answer.organisation_id, name=names[answer.organisation_id]),
            "contract_id": made.id if made else None,
        }
        told.append(AwardOut.model_validate(award.model_dump() | more))
    return told


def books(session: Session, lines: Sequence[LedgerEntry]) -> LedgerOut:
    found = ledger.balances_of(lines)
    names = organisations.names(session, {one.party_id for one in found})
    balances = [
        BalanceOut(
            organisation=OrganisationName(id=one.party_id, name=names[one.party_id]),
            answer_id=one.answer_id,
            currency=one.currency,
            committed=one.committed,
            open=one.open,
            paid=one.paid,
            released=one.released,
        )
        for one in found
    ]
    return LedgerOut(balances=balances, entries=[EntryOut.model_validate(line) for line in lines])


def contract(found: Contract) -> ContractOut:
    drafted = found.state in (ContractState.DRAFT, ContractState.DROPPED)
    planned = cases.draft_of(found).milestones if drafted else []
    return ContractOut.of(found, cases.terms_of(found), planned)


def contract_version(found: ContractVersion) -> ContractVersionOut:
    terms = contract_versions.draft_of(found)
    return ContractVersionOut.model_validate(found.model_dump() | {"terms": terms, "terms_hash": hash_of(terms)})


def milestone(session: Session, actor: Actor, found: Milestone) -> MilestoneOut:
    return MilestoneOut.of(found, milestones.attachments(session, actor, found.id))


def proposal(session: Session, secrets: Secrets, actor: Actor, award_id: str) -> ContractDraft:
    """A contract to begin with, with what the answer says where this actor may open it."""
    award = awards.get(session, actor, award_id)
    try:
        _, contents = answer_reading.text(session, secrets, actor, award.answer_id)
        said = contents.draft
    except (NotAllowed, NotFound):  # without it, what the challenge says is enough
        said = None
    return proposals.proposed(session, actor, award_id, said, at=clock.of_database(session))
