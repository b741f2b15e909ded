"""A need with one result: what the ranking said, what matchmakers made of it, and what the two sides say."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from matcher.column_types import EnumText, MoneyType, UtcDateTime
from matcher.entities.base import new_id, now, random_id
from matcher.entities.items import Kind
from matcher.states import IntroductionState, PairState


class Pair(SQLModel, table=True):
    """Made by the ranking, and written anew by it until somebody decides; from then on it is kept as it was."""

    __table_args__ = (UniqueConstraint("need_id", "result_id"), Index("ix_pair_state_priority", "state", "priority"))

    id: str = Field(default_factory=random_id, primary_key=True, max_length=36)
    need_id: str = Field(foreign_key="need.id", max_length=36)
    result_id: str = Field(foreign_key="result.id", index=True, max_length=36)
    state: PairState = Field(default=PairState.PROPOSED, sa_type=EnumText(PairState))
    since: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    """When it came into its state."""
    rank: int | None = None
    """Place of the result among the need's matches; None once it is none of the first any more."""
    score: float
    told_score: float
    """As far as a matchmaker is shown both sides: `score` itself where both are public."""
    evidence: dict[str, float] = Field(default_factory=dict, sa_type=JSON)
    """Part of the score → value, as the ranking saw it."""
    ranked_by: str = Field(max_length=40)
    """The ranker with its calibration and model, in short."""
    priority: float
    """Best use of a matchmaker's time first (`matcher.reviews.worth`)."""
    proposed_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    reserved_by: str | None = Field(default=None, foreign_key="person.id", index=True, max_length=36)
    reserved_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Somebody said "not now": it comes back to the queue then."""
    follower_id: str | None = Field(default=None, foreign_key="person.id", index=True, max_length=36)
    """The matchmaker who follows it."""
    asking: int = 0
    """How often the two sides were asked; introductions are of one asking."""
    ended_for: str = Field(default="", max_length=40)
    """The code of the reason for which it ended (`matcher.reviews.reasons`)."""
    ended_by: Kind | None = Field(default=None, sa_type=EnumText(Kind))
    """The side that declined; None: a matchmaker ended it."""
    amount: Decimal | None = Field(default=None, sa_type=MoneyType)
    """Of the contract, where it is told."""
    currency: str = Field(default="CNY", max_length=3)


class Judgement(StrEnum):
    """What a matchmaker makes of a pair."""

    TAKE_FURTHER = "take_further"
    NOT_NOW = "not_now"
    NO = "no"
    UNSURE = "unsure"


class PairVerdict(SQLModel, table=True):
    """One decision on a pair, with what the matchmaker had before them: learning is corrected by it."""

    __tablename__ = "pair_verdict"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    pair_id: str = Field(foreign_key="pair.id", index=True, max_length=36)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=36)
    judgement: Judgement = Field(sa_type=EnumText(Judgement))
    reason: str = Field(default="", max_length=40)
    """A code of `matcher.reviews.reasons`."""
    note: str = Field(default="", sa_type=Text)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    position: int | None = None
    """Where it stood when it was drawn from the queue, from 1; None: it was found in another way."""
    score: float
    """As it was shown."""
    rank: int | None = None
    """Among the need's matches, at that time."""
    evidence: dict[str, float] = Field(default_factory=dict, sa_type=JSON)
    ranked_by: str = Field(max_length=40)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PairShowing(SQLModel, table=True):
    """A pair was put before a matchmaker. Kept also of what was passed over."""

    __tablename__ = "pair_showing"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    pair_id: str = Field(foreign_key="pair.id", index=True, max_length=36)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=36)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    position: int
    """In the queue as it was drawn, from 1."""
    score: float
    """As it was shown."""


class Introduction(SQLModel, table=True):
    """One side is asked whether it wants to be introduced to the other, and answers."""

    __table_args__ = (UniqueConstraint("pair_id", "asking", "side"),)

    id: str = Field(default_factory=random_id, primary_key=True, max_length=36)
    pair_id: str = Field(foreign_key="pair.id", max_length=36)
    asking: int
    side: Kind = Field(sa_type=EnumText(Kind))
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=36)
    """Whose need or result it is, and who answers."""
    message: str = Field(default="", sa_type=Text)
    """What the matchmaker wrote to this side."""
    state: IntroductionState = Field(default=IntroductionState.ASKED, sa_type=EnumText(IntroductionState))
    asked_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_by: str | None = Field(default=None, foreign_key="person.id", max_length=36)
    """The other side's contact, once both have accepted."""
    reason: str = Field(default="", max_length=40)
    """Why it was declined: a code of `matcher.reviews.reasons`."""
    note: str = Field(default="", sa_type=Text)
    """For the matchmaker alone."""
    lets_in: bool = False
    """Once both have accepted, the other side may read all of this side's need or result."""


class PairNote(SQLModel, table=True):
    """What matchmakers write down of a pair, for each other."""

    __tablename__ = "pair_note"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    pair_id: str = Field(foreign_key="pair.id", index=True, max_length=36)
    person_id: str | None = Field(default=None, foreign_key="person.id", max_length=36)
    text: str = Field(sa_type=Text)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class ProposalPosition(SQLModel, table=True):
    """Up to which change needs, and results, have been ranked: one row each."""

    __tablename__ = "proposal_position"

    kind: Kind = Field(primary_key=True, sa_type=EnumText(Kind))
    seq: int = Field(default=0, sa_type=BigInteger)
    ranked_by: str = Field(default="", max_length=40)
    """As in `Pair`: ranked in another way, all is done anew."""


class SavedSearch(SQLModel, table=True):
    """A search that somebody looks at again and again."""

    __tablename__ = "saved_search"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=36)
    name: str = Field(max_length=100)
    asked: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What is looked for, by the names of the search's own fields."""
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
