"""What is asked of matching, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self, TypedDict

from pydantic import (
    BaseModel,
    Field,
    StringConstraints,
    model_validator,
)

from api.schemas.base import InPart, Shown, ViewName
from api.schemas.items import PlaceAndField
from matcher.drafts import NeedDraft, ResultDraft
from matcher.entities import Kind
from matcher.matching import redaction
from matcher.matching.matches import Match, Narrowing, Ranker
from matcher.quantities.compare import Outcome
from matcher.states import ItemState


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
    ranker: Ranker = Field(default=Ranker.FULL, description="Others than full are for comparison.")

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
    share: float = Field(description="Of the score; all shares add up to it. Negative: it speaks against the pair.")
    message: str = Field(description="The same in words.")


class GapOut(Shown):
    part: str
    message: str


class ComparedOut(Shown):
    name: str = Field(description="The need's name of the indicator.")
    must: bool
    outcome: Outcome
    reason: str = Field(description="In a few words.")
    need: str = Field(description="How the need states it: the indicator, or the sentence it was read from.")
    result: str = Field(description="How the result states it; empty where it surely does not.")
    need_from_text: bool
    result_from_text: bool
    low: float | None = Field(description="What the result has shown, in the need's unit; null: no lower end.")
    high: float | None
    unit: str = Field(description="The need's.")
    margin: float | None = Field(description="Relative distance to what is wanted, positive in favour.")
    similarity: float = Field(description="Cosine of the two names.")
    caveats: list[str] = Field(description="What makes the comparison less than safe.")


class MatchOut(Shown, InPart):
    rank: int
    kind: Kind
    id: str
    view: ViewName = Field(description="How much is shown of it; what it does not hold is absent.")
    reference: str = ""
    title: str = ""
    organisation_id: str = ""
    organisation: str = ""
    score: float = Field(description="To one decimal where it is shown in part.")
    reason: str = Field(description="The reasons in one line.")
    shares: list[ShareOut] = []
    agreements: list[AgreementOut] = Field(default=[], description="Pairs of passages that say the same.")
    terms: list[str] = Field(default=[], description="Words that both have, the most telling first.")
    gaps: list[GapOut] = []
    indicators: list[ComparedOut] = Field(default=[], description="The need's indicators against the result's.")
    duplicates: list[str] = Field(
        default=[], description="Ids of others that say nearly the same, folded into this one."
    )

    @classmethod
    def always(cls) -> list[str]:
        return [name for name, member in cls.model_fields.items() if member.is_required()]

    @classmethod
    def of(cls, match: Match) -> Self:
        told = {name: getattr(match, name) for name in cls.model_fields if redaction.holds(match.view, name)}
        return cls.model_validate(told | {"view": match.view.name.lower()}, from_attributes=True)


class Matches(BaseModel):
    matches: list[MatchOut] = Field(description="Best first.")

    @classmethod
    def of(cls, found: Sequence[Match]) -> Self:
        return cls(matches=[MatchOut.of(match) for match in found])
