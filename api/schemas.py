"""What goes in and out. The fields of needs and results are those of their drafts (`matcher.drafts`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Self, TypedDict, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from matcher import fields, regions
from matcher.drafts import Disclosure, NeedDraft, ResultDraft
from matcher.entities import Kind, OrganisationKind
from matcher.listing import ListFilter
from matcher.matching.matches import Match, Narrowing, Ranker
from matcher.states import ItemState

T = TypeVar("T")

Id = Annotated[str, StringConstraints(max_length=36)]
Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]


class Sent(BaseModel):
    """Names that are not known are refused: a misspelt one would be lost in silence."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


# -- organisations ---------------------------------------------------------------------------------


class OrganisationOut(Shown):
    id: str
    kind: OrganisationKind
    name: str
    name_en: str
    credit_code: str | None = Field(description="Unified social credit code (GB 32100).")
    region: str | None = Field(description="GB/T 2260 code.")
    created_at: datetime


class OrganisationName(Shown):
    id: str
    name: str


# -- needs and results -----------------------------------------------------------------------------


class NeedPost(NeedDraft):
    organisation_id: Id = Field(description="The company whose need it is.")
    problem_list_id: Id | None = Field(default=None, description="A problem list of that company to publish it in.")

    def draft(self) -> NeedDraft:
        return NeedDraft.model_validate(self.model_dump(include=set(NeedDraft.model_fields)))


class ResultPost(ResultDraft):
    organisation_id: Id = Field(description="The lab whose result it is.")

    def draft(self) -> ResultDraft:
        return ResultDraft.model_validate(self.model_dump(include=set(ResultDraft.model_fields)))


class NeedOut(NeedDraft):
    id: str
    organisation: OrganisationName
    problem_list_id: str | None
    state: ItemState
    version: int = Field(description="Also the ETag.")
    created_at: datetime
    updated_at: datetime


class ResultOut(ResultDraft):
    id: str
    organisation: OrganisationName
    state: ItemState
    version: int = Field(description="Also the ETag.")
    created_at: datetime
    updated_at: datetime


class Listed(BaseModel, Generic[T]):
    items: list[T]
    next_cursor: str | None = Field(description="Give it as `after` to read on; null on the last page.")


class Move(Sent):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = Field(
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


# -- lists -----------------------------------------------------------------------------------------


class Paging(Sent):
    after: Cursor | None = Field(default=None, description="The next_cursor of the page before.")
    limit: int = Field(default=50, ge=1, le=200)


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
        return ListFilter(**self.model_dump(exclude={"after", "limit"}))


class ResultsQuery(Paging, PlaceAndField):
    state: ItemState | None = None
    maturity: int | None = Field(default=None, ge=1, le=9, description="At least this TRL.")
    words: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="Stand in the title or the problem, letter by letter."
    )

    def narrowed(self) -> ListFilter:
        return ListFilter(**self.model_dump(exclude={"after", "limit"}))


# -- matches ---------------------------------------------------------------------------------------


class MatchArguments(TypedDict):
    top: int
    min_score: float
    narrowing: Narrowing
    ranker: Ranker


class MatchOptions(PlaceAndField):
    top: int = Field(default=10, ge=1, le=100)
    min_score: float = Field(default=0.0, ge=0, le=1)
    maturity: int | None = Field(
        default=None, ge=1, le=9, description="At least this TRL: a result's, or what a need wants."
    )
    state: ItemState = Field(default=ItemState.OPEN, description="Withdrawn ones are never found.")
    ranker: Ranker = Field(default=Ranker.HYBRID, description="Others than hybrid are for comparison.")

    def given(self) -> MatchArguments:
        """As the matching functions take them."""
        return MatchArguments(
            top=self.top,
            min_score=self.min_score,
            narrowing=Narrowing(
                field=self.field,
                region=self.region,
                maturity=self.maturity,
                state=self.state,
                disclosure=self.disclosure,
                organisation_id=self.organisation_id,
            ),
            ranker=self.ranker,
        )


class MatchRequest(MatchOptions):
    """One of `need`, `result` and `text`; nothing of it is stored."""

    need: NeedDraft | None = None
    result: ResultDraft | None = None
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)] | None = None
    wanted: Kind | None = Field(default=None, description="For a text: whether needs or results are looked for.")

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if sum(part is not None for part in (self.need, self.result, self.text)) != 1:
            raise ValueError("exactly one of need, result and text is expected")
        if (self.wanted is None) != (self.text is None):
            raise ValueError("'wanted' (need or result) goes with a text, and with nothing else")
        return self


class AgreementOut(Shown):
    part_here: str = Field(description="The part of what was asked with that this passage is from.")
    text_here: str
    part_there: str
    text_there: str
    similarity: float = Field(description="Cosine, at most 1.")


class ShareOut(Shown):
    part: str
    value: float = Field(description="The evidence, 0 (against) to 1 (for).")
    share: float = Field(description="Of the score; all shares add up to it.")


class GapOut(Shown):
    part: str
    message: str


class MatchOut(Shown):
    rank: int
    kind: Kind
    id: str
    reference: str
    title: str
    organisation_id: str
    organisation: str
    score: float
    reason: str = Field(description="The reasons in one line.")
    shares: list[ShareOut]
    agreements: list[AgreementOut] = Field(description="Pairs of passages that say the same.")
    terms: list[str] = Field(description="Words that both have, the most telling first.")
    gaps: list[GapOut]
    duplicates: list[str] = Field(description="Ids of others that say nearly the same, folded into this one.")


class Matches(BaseModel):
    matches: list[MatchOut] = Field(description="Best first.")

    @classmethod
    def of(cls, found: Sequence[Match]) -> Self:
        return cls(matches=[MatchOut.model_validate(match) for match in found])


# -- files -----------------------------------------------------------------------------------------


class RowProblemOut(Shown):
    sheet: str
    row: int = Field(description="As a spreadsheet numbers it, from 1; 0: the sheet as a whole.")
    column: str
    value: str
    problem: str
    expected: str


class ImportCounts(BaseModel):
    created: int
    updated: int
    unchanged: int
    rejected: int


class ImportOut(BaseModel):
    file: str
    counts: ImportCounts
    created: list[str] = Field(description="Ids, in the file's order.")
    updated: list[str]
    problem_lists: list[str] = Field(description="Ids of the lists that new needs were published in.")
    problems: list[RowProblemOut] = Field(description="Why rows were rejected.")
    notices: list[RowProblemOut] = Field(description="What was understood in part or passed over.")


class ProblemListOut(BaseModel):
    id: str
    organisation: OrganisationName
    title: str
    created_at: datetime


# -- lists of codes --------------------------------------------------------------------------------


class FieldOut(BaseModel):
    code: str
    zh: str
    en: str
    gbt4754: list[str] = Field(description="The nearest classes of GB/T 4754-2017.")
    children: list[FieldOut] = []


class RegionOut(BaseModel):
    code: str
    zh: str
    en: str | None = Field(default=None, description="Provinces only.")
    children: list[RegionOut] = []


# -- the installation ------------------------------------------------------------------------------


class Alive(BaseModel):
    status: str = "alive"


class Readiness(BaseModel):
    status: str = "ready"
    migration: str
    indexed: int = Field(description="Needs and results in the index.")
    event: int = Field(description="The last event that the index has taken in.")


class Welcome(BaseModel):
    name: str = "Jiebang 揭榜"
    docs: str
    openapi: str
