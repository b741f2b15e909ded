"""What somebody hands in: a need or a result before it is stored, checked at this edge.

SQLModel tables do not validate, so everything that enters (a row of a spreadsheet, the body of a
request, the demonstration set) becomes one of these first. Field names here are the field names
everywhere: tables, JSON, JSON Lines.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from matcher import fields, regions
from matcher.strict import Strict


def _no_truth_value(value: object) -> object:
    """Python, and so pydantic, takes true for 1: somebody's "yes" would become TRL 1."""
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} stands where a number or a date is expected")
    return value


_NoTruthValue = BeforeValidator(_no_truth_value)

LAST_YEAR = 2999
"""Of what is given as a moment: the calendar ends at 9999, and moments are reckoned on from."""


def _within_reach(value: datetime) -> datetime:
    if not 1900 <= value.year <= LAST_YEAR:
        raise ValueError(f"a moment between 1900 and {LAST_YEAR} is expected")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_within_reach)]

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50_000)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Trl = Annotated[int, Field(ge=1, le=9), _NoTruthValue]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2), _NoTruthValue]
MOST_MONEY = Decimal("9999999999999999.99")
"""What `Money` takes at most: a sum of several is held to it before it is kept as one."""
Number = Annotated[float, Field(allow_inf_nan=False), _NoTruthValue]
Currency = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Z]{3}$")]


class Operator(StrEnum):
    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "="
    BETWEEN = "between"


class CooperationMode(StrEnum):
    DEVELOPMENT = "development"
    TRANSFER = "transfer"
    LICENCE = "licence"
    CONSULTING = "consulting"
    SERVICE = "service"
    EQUITY = "equity"
    JOINT_DEVELOPMENT = "joint_development"
    OPEN_LICENCE = "open_licence"


class Disclosure(StrEnum):
    PUBLIC = "public"
    SUMMARY = "summary"
    CONSENT = "consent"


class MaturityStage(StrEnum):
    """初期 / 中期 / 成熟, as results registration forms ask for it."""

    EARLY = "early"
    MIDDLE = "middle"
    MATURE = "mature"


class RightKind(StrEnum):
    INVENTION_PATENT = "invention_patent"
    UTILITY_MODEL = "utility_model"
    DESIGN_PATENT = "design_patent"
    SOFTWARE_COPYRIGHT = "software_copyright"
    PLANT_VARIETY = "plant_variety"
    IC_LAYOUT = "ic_layout"
    TRADE_SECRET = "trade_secret"
    OTHER = "other"


class RightStatus(StrEnum):
    PLANNED = "planned"
    APPLIED = "applied"
    GRANTED = "granted"
    LAPSED = "lapsed"


TURNING = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Signs that turn the way of reading, as they stand in a class of a pattern."""
_UNPRINTABLE = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u200b\u2060{TURNING}]")


def printable(value: object) -> object:
    """A text without what no form holds: control signs (PostgreSQL refuses some), halves of characters, signs
    without width, and those that turn the way of reading, so that `fdp.exe` would be shown as `exe.pdf`.
    Anything else as it is."""
    if isinstance(value, str):
        return value if value.isprintable() else _UNPRINTABLE.sub("", value)  # the test costs half
    if isinstance(value, list):
        return [printable(one) for one in value]
    return value


PRINTABLE = BeforeValidator(printable)
"""Beside the constraints of a text that somebody writes where no draft is sent."""


class Draft(Strict):
    """What is handed in. What its fields say below them, the OpenAPI document says too: so "left out", not None."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _printable(cls, values: object) -> object:
        return {name: printable(value) for name, value in values.items()} if isinstance(values, dict) else values


class _Quantity(Draft):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    operator: Operator = Operator.EQUAL
    value: Number
    value_high: Number | None = None
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)] = ""

    @model_validator(mode="after")
    def _range_is_a_range(self) -> Self:
        if (self.operator is Operator.BETWEEN) != (self.value_high is not None):
            raise ValueError("'between' needs value and value_high; no other operator takes value_high")
        if self.value_high is not None and self.value_high < self.value:
            raise ValueError(f"the range ends ({self.value_high}) below its start ({self.value})")
        return self


class IndicatorTarget(_Quantity):
    """What a need asks for."""

    test_method: Line = ""
    must: bool = True


class IndicatorAchieved(_Quantity):
    """What a result has shown."""

    conditions: Line = ""
    evidence: Line = ""


class Right(Draft):
    """A patent or another right."""

    kind: RightKind
    number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    status: RightStatus = RightStatus.GRANTED


class ItemDraft(Draft):
    """What needs and results have in common."""

    title: Title
    reference: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    """The owner's own number for it; a file brought again is matched by it."""
    field: str | None = None
    keywords: list[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]] = Field(
        default_factory=list, max_length=50
    )
    cooperation_modes: list[CooperationMode] = Field(default_factory=list)
    disclosure: Disclosure = Disclosure.PUBLIC

    @field_validator("field")
    @classmethod
    def _known_field(cls, code: str | None) -> str | None:
        if code is not None and code not in fields.by_code():
            raise ValueError(f"unknown field {code!r}: a code of the field tree is expected, e.g. '{fields.EXAMPLE}'")
        return code

    @field_validator("keywords", "cooperation_modes")
    @classmethod
    def _each_once(cls, values: list[str]) -> list[str]:
        return list(dict.fromkeys(values))


class NeedDraft(ItemDraft):
    problem: Text = ""
    current_state: Text = ""
    """How it is done today, and what was tried and failed."""
    indicators: list[IndicatorTarget] = Field(default_factory=list, max_length=100)
    scenario: Text = ""
    out_of_scope: Text = ""
    maturity_now: Trl | None = None
    maturity_wanted: Trl | None = None
    budget_min: Money | None = None
    budget_max: Money | None = None
    currency: Currency = "CNY"
    funding_share: Annotated[Number, Field(ge=0, le=1)] | None = None
    """The part that public money or a co-funder pays, 0 to 1."""
    deadline: Annotated[date, _NoTruthValue] | None = None
    preferred_regions: list[str] = Field(default_factory=list, max_length=50)
    """GB/T 2260 codes."""
    ip_wishes: Text = ""
    decision_owner: Line = ""

    @field_validator("preferred_regions")
    @classmethod
    def _known_regions(cls, codes: list[str]) -> list[str]:
        return list(dict.fromkeys(regions.checked(code) for code in codes))

    @model_validator(mode="after")
    def _budget_is_a_range(self) -> Self:
        if self.budget_min is not None and self.budget_max is not None and self.budget_max < self.budget_min:
            raise ValueError(f"the budget ends ({self.budget_max}) below its start ({self.budget_min})")
        return self


class ResultDraft(ItemDraft):
    problem: Text = ""
    """The problem it solves."""
    abstract: Text = ""
    innovation: Text = ""
    indicators: list[IndicatorAchieved] = Field(default_factory=list, max_length=100)
    advantage: Text = ""
    """Over the leading alternative, economics included."""
    maturity: Trl | None = None
    maturity_stage: MaturityStage | None = None
    rights: list[Right] = Field(default_factory=list, max_length=200)
    ownership: Text = ""
    price: Money | None = None
    currency: Currency = "CNY"
    open_licence_terms: Text = ""
    team: Text = ""
    team_continuity: Text = ""
    """Who stays on it, until when, and who stands in."""
    evidence: Text = ""
    region: str | None = None
    """GB/T 2260 code."""

    @field_validator("region")
    @classmethod
    def _known_region(cls, code: str | None) -> str | None:
        return None if code is None else regions.checked(code)
