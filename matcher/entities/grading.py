"""How answers are judged: on whose desk, with which grades, and what was decided."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from matcher.column_types import EnumText, UtcDateTime
from matcher.entities.base import new_id, now
from matcher.states import AssignmentState, ObjectionState


class ConflictKind(StrEnum):
    OWN_ORGANISATION = "own_organisation"
    RIVAL = "rival"
    """Belongs to an organisation that answers the same challenge, alone or in a consortium."""
    CO_AUTHOR = "co_author"
    DECLARED = "declared"


class Conflict(SQLModel, table=True):
    """Why somebody must not grade what an organisation hands in."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=36)
    challenge_id: str | None = Field(default=None, foreign_key="challenge.id", max_length=36)
    """None: in every challenge."""
    kind: ConflictKind = Field(sa_type=EnumText(ConflictKind))
    reason: str = Field(default="", sa_type=Text)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Assignment(SQLModel, table=True):
    """One answer on one grader's desk, in one round. The grade is private until the round closes."""

    __table_args__ = (UniqueConstraint("answer_id", "round", "person_id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    answer_id: str = Field(foreign_key="answer.id", index=True, max_length=36)
    round: int
    person_id: str = Field(foreign_key="person.id", index=True, max_length=36)
    state: AssignmentState = Field(default=AssignmentState.ASSIGNED, sa_type=EnumText(AssignmentState))
    scores: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Criterion's key → {"score": 0 to 100, "reason": text}."""
    indicators: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """As the grader judges the claims: indicator's place, verdict, reason."""
    remark: str = Field(default="", sa_type=Text)
    version: int = 1
    assigned_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Verdict(StrEnum):
    """Of somebody who has used it."""

    ADOPT = "adopt"
    ADOPT_WITH_CHANGES = "adopt_with_changes"
    REJECT = "reject"


class Trial(SQLModel, table=True):
    """User evaluation 企业用户评价: a named user tries what an answer offers, measures, and says so."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    answer_id: str = Field(foreign_key="answer.id", index=True, max_length=36)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=36)
    round: int
    due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verdict: Verdict | None = Field(default=None, sa_type=EnumText(Verdict))
    measured: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """Claims as measured: indicator's place, value, unit, method."""
    report: str = Field(default="", sa_type=Text)
    named_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Decided(StrEnum):
    """What a determination 评榜结论 says of one answer."""

    SELECTED = "selected"
    ELIMINATED = "eliminated"
    SUPPLEMENT = "supplement"
    REJECTED = "rejected"


class Determination(SQLModel, table=True):
    """A decision on one answer, apart from its grades; a later one of the same round stands in its place."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    answer_id: str = Field(foreign_key="answer.id", index=True, max_length=36)
    round: int
    decided: Decided = Field(sa_type=EnumText(Decided))
    reason: str = Field(sa_type=Text)
    rank: int | None = None
    """By the grades; None where none were given."""
    departs: bool = False
    """From the ranking: the reason says why."""
    actor: str = Field(max_length=200)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Elimination(SQLModel, table=True):
    """The step from one round of a race to the next, with all that is needed to undo it."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    challenge_id: str = Field(foreign_key="challenge.id", index=True, max_length=36)
    round: int
    """The one that ended."""
    rule: dict[str, Any] = Field(sa_type=JSON)
    before: dict[str, Any] = Field(sa_type=JSON)
    """The exact state of challenge, answers and consortia before it."""
    actor: str = Field(max_length=200)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    reversed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reversed_by: str = Field(default="", max_length=200)
    reason: str = Field(default="", sa_type=Text)
    """Of the reversal."""


class Objection(SQLModel, table=True):
    """An answerer holds that the determination is wrong; somebody else than who decided answers."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    challenge_id: str = Field(foreign_key="challenge.id", index=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", max_length=36)
    round: int
    state: ObjectionState = Field(default=ObjectionState.RAISED, sa_type=EnumText(ObjectionState))
    text: str = Field(sa_type=Text)
    raised_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    answer: str = Field(default="", sa_type=Text)
    answered_by: str = Field(default="", max_length=200)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
