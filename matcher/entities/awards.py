"""From the award to the outcome: contract, milestones, changes, and the money."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from matcher.column_types import EnumText, MoneyType, UtcDateTime
from matcher.drafts import CooperationMode
from matcher.entities.base import new_id, now
from matcher.states import ChangeState, ContractState, MilestoneState


class Award(SQLModel, table=True):
    """中榜: an answer selected and settled."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    challenge_id: str = Field(foreign_key="challenge.id", index=True, max_length=36)
    answer_id: str = Field(foreign_key="answer.id", unique=True, max_length=36)
    amount: Decimal = Field(sa_type=MoneyType)
    currency: str = Field(default="CNY", max_length=3)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Ownership(StrEnum):
    """赋权: to whom the rights in what comes out go."""

    FULL = "full"
    """To the setter."""
    PARTIAL = "partial"
    LICENCE = "licence"
    """They stay with the answerer, who licenses."""
    TRANSFER_WITH_REVENUE = "transfer_with_revenue"
    """Transferred, with an agreed part of the revenue."""


class OutcomeCode(StrEnum):
    """How a contract ended, also when it failed."""

    ACHIEVED = "achieved"
    ACHIEVED_IN_PART = "achieved_in_part"
    TECHNICAL_FAILURE = "technical_failure"
    TOO_LATE = "too_late"
    OVER_BUDGET = "over_budget"
    TEAM_LEFT = "team_left"
    NEED_GONE = "need_gone"
    DISPUTE = "dispute"
    OTHER = "other"


class Contract(SQLModel, table=True):
    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    award_id: str = Field(foreign_key="award.id", unique=True, max_length=36)
    state: ContractState = Field(default=ContractState.DRAFT, sa_type=EnumText(ContractState))
    version: int = 1
    kind: CooperationMode = Field(sa_type=EnumText(CooperationMode))
    """One of the five technical contracts 技术合同, equity, or an open licence."""
    ownership: Ownership = Field(sa_type=EnumText(Ownership))
    terms: dict[str, Any] = Field(sa_type=JSON)
    """The rest of a `matcher.awards.drafts.ContractDraft`."""
    amount: Decimal = Field(sa_type=MoneyType)
    currency: str = Field(default="CNY", max_length=3)
    confirmed_by_setter: str = Field(default="", max_length=200)
    confirmed_by_answerer: str = Field(default="", max_length=200)
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: OutcomeCode | None = Field(default=None, sa_type=EnumText(OutcomeCode))
    outcome_text: str = Field(default="", sa_type=Text)


class ContractVersion(SQLModel, table=True):
    """What a contract said at one time, kept for both sides. The last is what it says now."""

    __tablename__ = "contract_version"

    contract_id: str = Field(foreign_key="contract.id", primary_key=True, max_length=36)
    number: int = Field(primary_key=True)
    """The contract's `version` as it was made."""
    terms: dict[str, Any] = Field(sa_type=JSON)
    """A whole `matcher.awards.drafts.ContractDraft`."""
    by_setter: bool | None = None
    """By which side's act it came to; None: by whoever has a shell, for neither."""
    actor: str = Field(default="", max_length=200)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Milestone(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("contract_id", "number"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    contract_id: str = Field(foreign_key="contract.id", index=True, max_length=36)
    number: int
    """From 1."""
    state: MilestoneState = Field(default=MilestoneState.OPEN, sa_type=EnumText(MilestoneState))
    title: str = Field(max_length=500)
    due: date | None = None
    amount: Decimal = Field(sa_type=MoneyType)
    indicators: list[int] = Field(default_factory=list, sa_type=JSON)
    """Of the challenge, by place, which it is accepted against."""
    report: str = Field(default="", sa_type=Text)
    measured: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """Against the challenge's indicators: place, value, unit, method, and the verdict of the acceptance."""
    remark: str = Field(default="", sa_type=Text)
    """Of the setter, with acceptance or when it was sent back."""
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ContractChange(SQLModel, table=True):
    """A request to change a signed contract; the other side agrees or does not."""

    __tablename__ = "contract_change"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    contract_id: str = Field(foreign_key="contract.id", index=True, max_length=36)
    state: ChangeState = Field(default=ChangeState.PROPOSED, sa_type=EnumText(ChangeState))
    by_setter: bool
    changes: dict[str, Any] = Field(sa_type=JSON)
    reason: str = Field(sa_type=Text)
    actor: str = Field(max_length=200)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    answered_by: str = Field(default="", max_length=200)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    remark: str = Field(default="", sa_type=Text)
    """Of who declined it."""


class Account(StrEnum):
    """Where money of a challenge stands. The entries of each posting add up to nothing."""

    COMMITTED = "committed"
    """What was promised, as a negative amount: all the others together are what became of it."""
    OPEN = "open"
    PAID = "paid"
    RELEASED = "released"
    """Promised, and not needed any more."""


class LedgerEntry(SQLModel, table=True):
    """One line of a posting in the challenge's ledger. Appended, never changed."""

    __tablename__ = "ledger_entry"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    posting: str = Field(index=True, max_length=36)
    """The lines of one posting share it."""
    challenge_id: str = Field(foreign_key="challenge.id", index=True, max_length=36)
    party_id: str = Field(foreign_key="organisation.id", max_length=36)
    """Whose money it is."""
    answer_id: str | None = Field(default=None, foreign_key="answer.id", max_length=36)
    milestone_id: str | None = Field(default=None, foreign_key="milestone.id", max_length=36)
    round: int | None = None
    """A stage payment of this round, apart from an award."""
    account: Account = Field(sa_type=EnumText(Account))
    amount: Decimal = Field(sa_type=MoneyType)
    currency: str = Field(default="CNY", max_length=3)
    text: str = Field(default="", max_length=500)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
