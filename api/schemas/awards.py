"""What goes in and out about awards, contracts, milestones, negotiations and the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import Field

from api.schemas.base import Id, Sent, Shown
from api.schemas.organisations import OrganisationName
from matcher.awards.drafts import ContractDraft, MilestoneDraft, Reason, Remark, Terms
from matcher.drafts import Line, Money, Operator
from matcher.entities import Account, Attachment, Contract, Milestone, Offer, OutcomeCode
from matcher.quantities.compare import Outcome
from matcher.states import ChangeState, ContractState, MilestoneState, OfferState


class Settlement(Sent):
    amounts: dict[Id, Money] = Field(
        default_factory=dict,
        max_length=1000,
        description="How much selected answers are awarded, by their ids. Those left out get what they ask for, held "
        "to what is left of the budget, or what was agreed or committed; prizes are always said.",
    )
    reason: Remark = Field(
        default="",
        description="Expected where another amount is awarded than is asked for, which is the setter's to do.",
    )


class StagePayment(Sent):
    round: int = Field(ge=1, le=100, description="The one that the paid answers went on from.")


class PaidOut(Shown):
    answer_id: str
    answer_number: int


class AwardOut(Shown):
    id: str
    challenge_id: str
    answer_id: str
    answer_number: int
    organisation: OrganisationName = Field(description="The answer's lead.")
    amount: Decimal
    currency: str
    at: datetime
    contract_id: str | None


class BalanceOut(Shown):
    organisation: OrganisationName = Field(description="Whose money it is.")
    answer_id: str | None
    currency: str
    committed: Decimal = Field(description="What was promised: paid, open and released together.")
    open: Decimal
    paid: Decimal
    released: Decimal


class EntryOut(Shown):
    posting: str = Field(description="The lines of one posting share it, and add up to nothing.")
    at: datetime
    party_id: str
    answer_id: str | None
    milestone_id: str | None
    round: int | None
    account: Account
    amount: Decimal
    currency: str
    text: str


class LedgerOut(Shown):
    balances: list[BalanceOut]
    entries: list[EntryOut] = Field(description="In the order in which they were posted.")


class ContractOut(Shown):
    id: str
    award_id: str
    state: ContractState
    version: int
    terms: Terms
    amount: Decimal
    currency: str
    planned: list[MilestoneDraft] = Field(description="The milestones as drafted; what runs is under /milestones.")
    confirmed_by_setter: bool
    confirmed_by_answerer: bool
    signed_at: datetime | None
    ended_at: datetime | None
    outcome: OutcomeCode | None
    outcome_text: str

    @classmethod
    def of(cls, contract: Contract, terms: Terms, planned: Sequence[MilestoneDraft]) -> Self:
        own = contract.model_dump(exclude={"terms", "confirmed_by_setter", "confirmed_by_answerer"})
        return cls.model_validate(
            own
            | {
                "terms": terms,
                "planned": list(planned),
                "confirmed_by_setter": bool(contract.confirmed_by_setter),
                "confirmed_by_answerer": bool(contract.confirmed_by_answerer),
            }
        )


class ContractVersionOut(Shown):
    number: int
    at: datetime
    by_setter: bool | None = Field(description="By which side's act it came to; null: by whoever runs the server.")
    terms: ContractDraft
    terms_hash: str = Field(description="Of these terms, as the record has it of drafts and confirmations.")


class Confirmation(Sent):
    version: int = Field(ge=1, description="The one that was read: no other is confirmed.")


class Why(Sent):
    reason: Reason


class OfferRefusal(Sent):
    reason: Remark = Field(default="", description="Shown to the other side.")


class Ending(Sent):
    outcome: OutcomeCode
    text: Remark = Field(default="", description="Why, unless everything was achieved.")


class ChangeOut(Shown):
    id: str
    contract_id: str
    state: ChangeState
    by_setter: bool = Field(description="Asked for by the setter; else by the answerer.")
    reason: str
    changes: dict[str, Any] = Field(description="As it was asked for: terms, amend, cancel, add.")
    at: datetime
    answered_at: datetime | None
    remark: str


class DeliveredValueOut(Shown):
    indicator: int
    operator: Operator
    value: float
    value_high: float | None
    unit: str
    method: str
    evidence: str
    outcome: Outcome = Field(description="Held against the challenge's indicator.")
    reason: str


class FileOut(Shown):
    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    at: datetime


class MilestoneOut(Shown):
    id: str
    contract_id: str
    number: int
    state: MilestoneState
    title: str
    due: date | None
    amount: Decimal
    indicators: list[int]
    report: str
    measured: list[DeliveredValueOut]
    remark: str
    submitted_at: datetime | None
    accepted_at: datetime | None
    files: list[FileOut]

    @classmethod
    def of(cls, milestone: Milestone, files: Sequence[Attachment]) -> Self:
        shown = [FileOut.model_validate(file) for file in files]
        return cls.model_validate(milestone.model_dump() | {"files": shown})


class DeliveryAcceptance(Sent):
    remark: Remark = Field(default="", description="Why, where an indicator is not met or cannot be told.")


class Payment(Sent):
    reference: Annotated[Line, Field(max_length=200)] = Field(
        default="", description="Of the transfer, such as its number."
    )


class OfferOut(Shown):
    id: str
    answer_id: str
    number: int
    by_setter: bool
    state: OfferState
    terms: ContractDraft
    message: str
    remark: str
    at: datetime

    @classmethod
    def of(cls, offer: Offer) -> Self:
        return cls.model_validate(offer.model_dump())
