"""Needs and results, in and out. Their fields are those of their drafts (`matcher.drafts`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    StringConstraints,
    field_validator,
)
from pydantic.json_schema import SkipJsonSchema

from api.schemas.base import Id, InPart, Paging, Sent, Shown, ViewName
from api.schemas.organisations import OrganisationName
from matcher import disclosure, fields, regions
from matcher.drafts import PRINTABLE, Disclosure, NeedDraft, ResultDraft
from matcher.entities import Kind, SizeClass
from matcher.listing import ListFilter
from matcher.policy import View
from matcher.regions import RegionClass
from matcher.states import ItemState


class NeedPost(NeedDraft):
    organisation_id: Id = Field(description="The company whose need it is.")
    problem_list_id: Id | None = Field(default=None, description="A problem list of that company to publish it in.")

    def draft(self) -> NeedDraft:
        return NeedDraft.model_validate(self.model_dump(include=set(NeedDraft.model_fields)))


class ResultPost(ResultDraft):
    organisation_id: Id = Field(description="The lab whose result it is.")

    def draft(self) -> ResultDraft:
        return ResultDraft.model_validate(self.model_dump(include=set(ResultDraft.model_fields)))


class ItemOut(InPart):
    """Whatever `matcher.disclosure` shows of a need or result."""

    view: ViewName = Field(description="How much is shown; what it does not hold is absent.")
    id: str
    kind: Kind
    state: ItemState
    region_class: RegionClass | None = Field(default=None, description="The economic region it comes from.")
    size_class: SizeClass | None = Field(default=None, description="Of its organisation.")
    organisation: OrganisationName | SkipJsonSchema[None] = None
    version: int = Field(default=0, description="Also the ETag.")
    created_at: datetime | SkipJsonSchema[None] = None
    updated_at: datetime | SkipJsonSchema[None] = None


class NeedOut(ItemOut, NeedDraft):
    title: str = ""
    problem_list_id: str | None = None

    @classmethod
    def always(cls) -> list[str]:
        return _always(Kind.NEED)


class ResultOut(ItemOut, ResultDraft):
    title: str = ""

    @classmethod
    def always(cls) -> list[str]:
        return _always(Kind.RESULT)


def _always(kind: Kind) -> list[str]:
    return ["view", *(name for name in disclosure.HELD[kind] if disclosure.holds(kind, View.FIELD, name))]


class Move(Sent):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PRINTABLE] = Field(
        default="", description="Kept in the history."
    )


MoveName = Literal["close", "withdraw", "reopen"]
"""The moves of `matcher.states.ITEM_MOVES`."""


class EventOut(Shown):
    id: int
    at: datetime
    actor: str
    organisation_id: str | None
    action: str
    detail: dict[str, Any]
    hash: str = Field(description="Over this event and the one before it, so that a changed history shows.")


class PlaceAndField(Sent):
    """Field and region, checked: a misspelt code would find nothing and say nothing."""

    field: str | None = Field(default=None, description="A code of GET /fields; takes the fields inside it along.")
    region: str | None = Field(
        default=None,
        description="A code of GET /regions; takes the regions inside it along. Of a need, that of its organisation.",
    )
    disclosure: Disclosure | None = None
    organisation_id: Id | None = None

    @field_validator("field")
    @classmethod
    def _known_field(cls, code: str | None) -> str | None:
        if code is not None and code not in fields.by_code():
            raise ValueError(f"unknown field {code!r}: GET /fields lists the codes")
        return code

    @field_validator("region")
    @classmethod
    def _known_region(cls, code: str | None) -> str | None:
        return None if code is None else regions.checked(code)


class NeedsQuery(Paging, PlaceAndField):
    state: ItemState | None = None
    problem_list_id: Id | None = None
    words: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="Stand in the title or the problem, letter by letter."
    )

    def narrowed(self) -> ListFilter:
        return ListFilter(**self.model_dump(exclude={"cursor", "limit"}))


class ResultsQuery(Paging, PlaceAndField):
    state: ItemState | None = None
    maturity: int | None = Field(default=None, ge=1, le=9, description="At least this TRL.")
    words: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="Stand in the title or the problem, letter by letter."
    )

    def narrowed(self) -> ListFilter:
        return ListFilter(**self.model_dump(exclude={"cursor", "limit"}))
