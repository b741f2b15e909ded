"""What is handed in about offers, contracts and milestones, checked at this edge."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from matcher.drafts import PRINTABLE, CooperationMode, Currency, Draft, Line, Money, Number, Operator, Text, Title
from matcher.engine.challenge_drafts import Share
from matcher.entities import Ownership

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000), PRINTABLE]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000), PRINTABLE]
IndicatorPlace = Annotated[int, Field(ge=0, le=99)]
"""Of an indicator in the challenge's list, from 0."""


class BenefitShare(Draft):
    """What one party gets of later benefit."""

    party: Title
    share: Share
    after_end: bool = False
    """Of iterations made after the project's end, too."""
    until: date | None = None
    basis: Line = ""
    """A share of what: sales, savings, royalties …"""


class ConsortiumPart(Draft):
    """What one organisation of a consortium does, and gets of the money."""

    party: Title
    does: Text = ""
    share: Share


class Terms(Draft):
    """What a contract says besides its amount and milestones."""

    kind: CooperationMode
    ownership: Ownership
    ownership_text: Text = ""
    """The same in words, with what a code cannot say."""
    subject: Line = ""
    begins: date | None = None
    ends: date | None = None
    revenue_share: Share | None = None
    """Of revenue from what is transferred or licensed, to the answerer."""
    equity_share: Share | None = None
    """Of the capital, where the technology is put in as equity."""
    parts: list[ConsortiumPart] = Field(default_factory=list, max_length=21)
    """Of the partners and their lead, where a consortium answered."""
    benefit_sharing: Text = ""
    """How later benefit is shared, in words."""
    benefit_shares: list[BenefitShare] = Field(default_factory=list, max_length=20)
    risk_sharing: Text = ""
    """Who bears the cost if it fails."""
    setter_risk: Share | None = None
    """The setter's part of that cost, as a number."""
    joint_ip: Text = ""
    """Who owns what is found together."""
    confidentiality: Text = ""
    further: Text = ""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.begins and self.ends and self.ends < self.begins:
            raise ValueError(f"the contract ends ({self.ends}) before it begins ({self.begins})")
        return self

    @model_validator(mode="after")
    def _no_more_than_all_is_shared(self) -> Self:
        for after_end in (False, True):
            shared = sum(one.share for one in self.benefit_shares if one.after_end is after_end)
            if shared > 1 + 1e-9:
                raise ValueError("the shares of benefit add up to more than 1")
        return self

    @model_validator(mode="after")
    def _no_more_than_the_money_is_shared(self) -> Self:
        if sum(one.share for one in self.parts) > 1 + 1e-6:
            raise ValueError("the parts of the consortium get more than all of the money")
        return self

    @model_validator(mode="after")
    def _what_the_kind_promises_is_said(self) -> Self:
        if self.ownership is Ownership.TRANSFER_WITH_REVENUE and not self.revenue_share:
            raise ValueError("a transfer with an agreed part of the revenue says which part: revenue_share")
        if self.kind is CooperationMode.EQUITY and not self.equity_share:
            raise ValueError("a contribution as equity says which part of the capital: equity_share")
        return self


class MilestoneDraft(Draft):
    title: Title
    due: date | None = None
    amount: Money
    """What is paid once it is accepted."""
    indicators: list[IndicatorPlace] = Field(default_factory=list, max_length=100)
    """Of the challenge, which it is accepted against."""


class ContractDraft(Terms):
    amount: Money
    currency: Currency = "CNY"
    milestones: list[MilestoneDraft] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _milestones_add_up(self) -> Self:
        total = sum((one.amount for one in self.milestones), Decimal(0))
        if self.milestones and total != self.amount:
            raise ValueError(f"the milestones pay {total:,} together; the contract says {self.amount:,}")
        return self


class MilestoneChange(Draft):
    """What becomes of one milestone that is not accepted yet; what is not said stays."""

    number: Annotated[int, Field(ge=1, le=1000)]
    title: Title | None = None
    due: date | None = None
    amount: Money | None = None


class ChangeDraft(Draft):
    """A change to a signed contract: its amount becomes what its milestones pay together."""

    reason: Reason
    terms: Terms | None = None
    """In place of those that hold now; left out: they stay."""
    amend: list[MilestoneChange] = Field(default_factory=list, max_length=50)
    cancel: list[Annotated[int, Field(ge=1, le=1000)]] = Field(default_factory=list, max_length=50)
    add: list[MilestoneDraft] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _changes_something_once(self) -> Self:
        numbers = [*(one.number for one in self.amend), *self.cancel]
        if len(set(numbers)) < len(numbers):
            raise ValueError("each milestone is changed or cancelled once")
        if not (self.terms or numbers or self.add):
            raise ValueError("nothing is changed")
        return self


class OfferDraft(Draft):
    terms: ContractDraft
    message: Remark = ""


class DeliveredValue(Draft):
    """What was measured for one indicator of the challenge."""

    indicator: IndicatorPlace
    operator: Operator = Operator.EQUAL
    value: Number
    value_high: Number | None = None
    """The upper end, of a range."""
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)] = ""
    method: Line = ""
    evidence: Text = ""

    @model_validator(mode="after")
    def _range_is_a_range(self) -> Self:
        if (self.operator is Operator.BETWEEN) != (self.value_high is not None):
            raise ValueError("'between' needs value and value_high; no other operator takes value_high")
        return self


class MilestoneReport(Draft):
    report: Annotated[Text, StringConstraints(min_length=1)]
    measured: list[DeliveredValue] = Field(default_factory=list, max_length=100)

    @model_validator(mode="after")
    def _each_indicator_once(self) -> Self:
        if len({one.indicator for one in self.measured}) < len(self.measured):
            raise ValueError("an indicator is measured twice")
        return self


def hash_of(draft: Draft) -> str:
    """What events hold in place of terms, which are for the two sides alone."""
    return hashlib.sha256(draft.model_dump_json().encode()).hexdigest()


def text_hash(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def total(milestones: Sequence[MilestoneDraft]) -> Decimal:
    return sum((one.amount for one in milestones), Decimal(0))
