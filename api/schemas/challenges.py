"""Challenges, in and out. What they say is what their drafts say (`matcher.engine.challenge_drafts`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator

from api.schemas.base import Id, Paging, Sent, Shown
from api.schemas.organisations import OrganisationName
from matcher import fields, regions
from matcher.challenges.listing import ChallengeFilter
from matcher.challenges.publishing import Judgement
from matcher.drafts import PRINTABLE, Currency, Moment, Money, Text
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.states import ChallengeState

Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), PRINTABLE]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000), PRINTABLE]


# -- what is sent -----------------------------------------------------------------------------------


class ChallengeNarrowing(Sent):
    """What the public list, its feed and its calendar can be narrowed by."""

    organisation_id: Id | None = None
    mechanism: Annotated[str, StringConstraints(max_length=60)] | None = Field(
        default=None, description="A name of GET /mechanisms."
    )
    state: ChallengeState | None = None
    field: str | None = Field(default=None, description="A code of GET /fields; takes the fields inside it along.")
    region: str | None = Field(
        default=None, description="The setter's, a code of GET /regions; takes the regions inside it along."
    )
    budget_min: Money | None = None
    budget_max: Money | None = None
    currency: Currency = Field(default="CNY", description="Of the two sums; other budgets are not compared.")
    deadline_from: Moment | None = None
    deadline_until: Moment | None = None
    words: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="Stand in the title or the summary, letter by letter."
    )

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

    def narrowed(self) -> ChallengeFilter:
        return ChallengeFilter(**self.model_dump(exclude={"cursor", "limit"}))


class ChallengesQuery(Paging, ChallengeNarrowing):
    published: bool | None = Field(default=None, description="False: the drafts of the organisation you act for.")
    invited: bool | None = Field(default=None, description="Whether the organisation you act for is invited.")


class GateQuery(Sent):
    matched: bool = Field(default=False, description="Look for labs that can likely do it, too (able_labs).")


class GivingBack(Sent):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PRINTABLE] = Field(
        default="", description="What is to be mended: the desk has to say it, and the setter is told."
    )


class FundingPost(Sent):
    amount: Annotated[Money, Field(gt=0)] = Field(
        description="The public part of the budget, to the cent, as GET /challenges/{id}/gate has it."
    )
    currency: Currency = Field(default="CNY", description="That of the budget.")


class FundingWithdrawal(Sent):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PRINTABLE] = Field(
        default="", description="Kept in the record."
    )


class Decision(Sent):
    reason: Why = Field(description="Told to everybody concerned, and kept in the record.")


class Extension(Decision):
    deadline: Moment = Field(description="Of the current round; those after it move by as much.")


class Amendment(Decision):
    draft: ChallengeDraft = Field(description="All of it as it shall read now.")


class QuestionPost(Sent):
    text: Words = Field(description="Shown to the setter, and to everybody once it is answered. Do not name yourself.")


class Reply(Sent):
    question_id: Id
    answer: Words


class Replies(Sent):
    replies: Annotated[list[Reply], Field(min_length=1, max_length=200)] = Field(
        description="Shown to everybody at the same time."
    )


class ChallengeInvitationPost(Decision):
    organisations: Annotated[list[Id], Field(min_length=1, max_length=200)]
    invests: bool = Field(default=False, description="To invest in the answers, not to answer.")
    reason: Why = Field(description="Why they; each of them is told.")


class MatchingInvitation(Sent):
    least: float = Field(default=0.5, ge=0, le=1, description="The score from which a result is reason enough.")
    top: int = Field(default=20, ge=1, le=100, description="How many results are looked at.")


# -- what is shown ----------------------------------------------------------------------------------


class ChallengeContent(ChallengeDraft):
    """What a challenge says, to whoever reads it."""

    need_ids: list[str] = Field(description="Those of its needs that you may read as far as to know whose they are.")


class WinnerOut(Shown):
    """Of what is awarded, no more than whose it is."""

    organisation: OrganisationName
    partners: list[OrganisationName]


class ChallengeOut(ChallengeContent):
    id: str
    organisation: OrganisationName = Field(description="The setter.")
    state: ChallengeState
    version: int = Field(description="Also the ETag.")
    round: int = Field(description="The current one, from 1.")
    field: str | None
    region: str | None
    deadline: datetime | None = Field(description="Of the current round; null until it is published.")
    funder_amount: Money | None = Field(
        description="What the public funder has confirmed that it puts in; null until it has."
    )
    topic_id: str | None = Field(description="The topic of an explorer programme that it was opened from.")
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    decided_at: datetime | None = Field(description="When the determination was told.")
    winners: list[WinnerOut] = Field(description="Those awarded, once it is settled.")


class PossibleMoveOut(Shown):
    move: str
    hindrance: str | None = Field(description="What is in its way just now; null: nothing.")


class VersionOut(Shown):
    number: int
    at: datetime
    reason: str
    content: ChallengeContent


class CheckOut(Shown):
    part: str
    passed: bool
    blocks: bool = Field(description="It may not be published so.")
    weight: float
    message: str = Field(description="What is wanted: it is there where `passed` says so.")


class GateOut(Shown):
    score: float = Field(description="The passed checks' part of all weights, 0 to 1.")
    publishable: bool
    checks: list[CheckOut]
    able_labs: float | None = Field(
        description="How many labs can likely do it, by their registered results; null without ?matched=true, "
        "because ranking all results takes longer than everything else here."
    )

    @classmethod
    def of(cls, judgement: Judgement) -> Self:
        gate = judgement.gate
        return cls(
            score=round(gate.score, 3),
            publishable=not any(check.blocks for check in gate.checks),
            checks=[CheckOut.model_validate(check) for check in gate.checks],
            able_labs=judgement.able_labs,
        )


class QuestionOut(Shown):
    id: str
    text: str
    asked_at: datetime
    own: bool = Field(description="Asked by the organisation that you act for. Who else asks, nobody is told.")
    answer: str = Field(description="Empty while it waits.")
    answered_at: datetime | None


class DocumentOut(Shown):
    id: str
    name: str
    media_type: str
    size: int = Field(description="Bytes.")
    sha256: str
    at: datetime


class ChallengeInvitationOut(Shown):
    organisation: OrganisationName
    invests: bool
    result_id: str | None = Field(description="The result on account of which it was invited.")
    reason: str
    score: float | None
    at: datetime


# -- programmes -------------------------------------------------------------------------------------


class ProgrammePost(Sent):
    problem_list_id: Id
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), PRINTABLE]
    funder_id: Id | None = Field(default=None, description="The organisation that puts in the public part.")
    public_ratio: float = Field(default=1.0, ge=0, le=100, allow_inf_nan=False, description="For each unit of yours.")


class TopicTitle(Sent):
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), PRINTABLE]


class TopicNeeds(Sent):
    need_ids: Annotated[list[Id], Field(min_length=1, max_length=1000)]


class TopicSplit(TopicTitle, TopicNeeds):
    pass


class TopicMerge(Sent):
    topics: Annotated[list[Id], Field(min_length=1, max_length=100)] = Field(description="Their needs move here.")


class TopicOpening(TopicTitle):
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), PRINTABLE] = Field(
        description="As it is published; the topic's own words may come from needs that are not public."
    )
    summary: Text = ""


class TopicOut(Shown):
    id: str
    title: str
    need_ids: list[str]
    terms: list[str] = Field(description="The words that named it.")
    challenge_id: str | None = Field(description="The challenge it became; it stays as it is then.")


class ProgrammeSummary(Shown):
    id: str
    organisation_id: str
    problem_list_id: str
    funder_id: str | None
    public_ratio: float
    title: str
    created_at: datetime


class ProgrammeOut(ProgrammeSummary):
    topics: list[TopicOut]
