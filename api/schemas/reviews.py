"""What goes in and out about the matchmaker's work: the queue, verdicts, the board, introductions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from api.schemas.base import Cursor, Id, Paging, Sent, Shown
from api.schemas.items import NeedOut, ResultOut
from api.schemas.organisations import OrganisationName
from matcher.drafts import Moment
from matcher.entities import Judgement, Kind
from matcher.reviews.board import On, Why
from matcher.reviews.reasons import Use
from matcher.states import IntroductionState, PairState


class WordsOut(Shown):
    zh: str
    en: str


class FittingOut(WordsOut):
    """What would make a pair fit."""


class PairReasonOut(WordsOut):
    code: str
    uses: list[Use] = Field(description="Where it may be given.")
    fit_need: WordsOut | None = Field(description="What would make it fit, for the need's side; null: nothing.")
    fit_result: WordsOut | None = Field(description="The same for the result's side.")


# -- pairs ----------------------------------------------------------------------------------------


class MatchmakerName(Shown):
    id: str
    name: str = Field(description="Empty once the person was erased.")


class EndOut(WordsOut):
    code: str
    by: Kind | None = Field(description="The side that declined; null: a matchmaker ended it.")
    at: datetime


class PairOut(Shown):
    """A need with a result. Of both you are shown what you may see; what is withdrawn is null."""

    id: str
    state: PairState
    since: datetime = Field(description="When it came into its state.")
    need: NeedOut | None
    result: ResultOut | None
    score: float = Field(description="To one decimal where one of the two is shown in part.")
    rank: int | None = Field(description="Of the result among the need's; null: it is none of the first any more.")
    waits_on: On
    follower: MatchmakerName | None = Field(description="The matchmaker who follows it.")
    not_before: datetime | None = Field(description='Somebody said "not now", until then.')
    end: EndOut | None
    amount: Decimal | None = Field(description="Of the contract, where it was told.")
    currency: str


class DrawnOut(Shown):
    position: int = Field(description="In the queue as it was drawn, from 1.")
    reserved_until: datetime = Field(description="Until then nobody else draws it.")
    pair: PairOut


class DeskOfPairsOut(BaseModel):
    drawn: list[DrawnOut] = Field(description="Best use of your time first.")
    waiting: int = Field(description="Pairs in your queue, those drawn among them; at most 1000 are counted.")
    following: int = Field(description="Pairs that wait on you.")
    workload: int | None = Field(description="How many may.")
    has_room: bool = Field(description="False: as many wait on you as may, and nothing is drawn.")


class Draw(Sent):
    count: int = Field(default=1, ge=1, le=20)


class ReleasedOut(BaseModel):
    released: int


class RefreshedOut(BaseModel):
    ranked: int = Field(description="Needs that were ranked in this step.")
    behind: bool = Field(description="There is more to rank: ask again.")


class VerdictOut(Shown):
    id: str
    pair_id: str
    by: MatchmakerName
    judgement: Judgement
    reason: str
    note: str
    at: datetime
    position: int | None = Field(description="Where it stood in the queue; null: it was not drawn.")
    score: float = Field(description="As it was shown.")
    undone_at: datetime | None


class OwnVerdictsQuery(Sent):
    limit: int = Field(default=20, ge=1, le=200)


class PairNoteOut(Shown):
    id: str
    by: MatchmakerName | None = Field(description="Null: on the command line.")
    text: str
    at: datetime


class HandOver(Sent):
    to: Id = Field(description="A matchmaker, of GET /reviews/matchmakers.")


# -- the board ------------------------------------------------------------------------------------


class BoardQuery(Sent):
    state: PairState | None = Field(default=None, description="One column alone.")
    follower: Id | None = Field(default=None, description="Only what this matchmaker follows.")
    before: Moment | None = Field(default=None, description="Read on: the `since` of the last card.")
    limit: int = Field(default=50, ge=1, le=200, description="Cards of each column.")


class ColumnOut(BaseModel):
    state: PairState
    count: int = Field(description="All pairs in this state; those of the queue too.")
    cards: list[PairOut] = Field(description="Those that came into it last first. Of the queue, what is reserved.")


class BoardOut(BaseModel):
    columns: list[ColumnOut]


class DueOut(BaseModel):
    why: Why
    pair: PairOut


class MatchmakerOut(MatchmakerName):
    following: int


# -- introductions --------------------------------------------------------------------------------


class ContactOut(BaseModel):
    organisation: OrganisationName
    name: str
    email: str = Field(description="Both empty where nobody is to be named any more.")


class AskedOut(Shown):
    """How one side was asked and what it has said, for matchmakers."""

    id: str
    side: Kind
    message: str
    state: IntroductionState
    asked_at: datetime
    answered_at: datetime | None
    reason: str = Field(description="Why it was declined: a code of GET /reasons.")
    note: str
    lets_in: bool
    contact: ContactOut | None = Field(description="For who follows the pair, once both have accepted.")


class IntroductionOut(Shown):
    """A pair as one of its sides sees it."""

    id: str
    pair_id: str
    side: Kind = Field(description="Which is yours.")
    message: str = Field(description="What the matchmaker wrote to you.")
    state: IntroductionState = Field(description="What your side has said.")
    asked_at: datetime
    answered_at: datetime | None
    pair_state: PairState
    since: datetime
    need: NeedOut | None
    result: ResultOut | None
    contact: ContactOut | None = Field(description="Whom to talk to, once both have accepted.")
    end: EndOut | None
    fitting: list[FittingOut] = Field(description="What would have made it fit, for you to mend.")


class IntroductionsQuery(Paging):
    item_id: Id | None = Field(default=None, description="Only those about this need or result.")
    waiting: bool = Field(default=False, description="Only those that your side has not answered.")
    cursor: Cursor | None = Field(default=None, description="The next_cursor of the page before.")


# -- saved searches -------------------------------------------------------------------------------


class SavedSearchOut(Shown):
    id: str
    name: str
    asked: dict[str, Any]
    at: datetime
