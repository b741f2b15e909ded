"""What an answer to a challenge says, checked at this edge. It is stored sealed, never as columns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from matcher.drafts import Draft, Line, Money, Number, Text, Title

Id = Annotated[str, StringConstraints(max_length=36)]


class Member(Draft):
    """Somebody of the team, and whether they stay."""

    name: Line
    part: Line = ""
    stays_until: Line = ""
    fallback: Line = ""
    """Who takes over if they leave."""


class Claim(Draft):
    """What the answer promises against one indicator of the challenge."""

    indicator: Annotated[int, Field(ge=0, le=99)]
    """Its place in the challenge's list, from 0."""
    value: Number
    value_high: Number | None = None
    """The upper end, of a range."""
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)] = ""
    evidence: Text = ""
    method: Line = ""


class PlannedMilestone(Draft):
    title: Title
    months: Annotated[int, Field(ge=0, le=240)]
    """After the contract begins."""
    amount: Money | None = None


class Part(Draft):
    """What one organisation of a consortium 创新联合体 does, and gets."""

    organisation_id: Id
    does: Text = ""
    gets: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    """Its share of the money, 0 to 1."""


class AnswerDraft(Draft):
    """Everything may be empty while it is written; what a challenge insists on is asked when it is handed in."""

    title: Line = ""
    approach: Text = ""
    claims: list[Claim] = Field(default_factory=list, max_length=100)
    plan: Text = ""
    milestones: list[PlannedMilestone] = Field(default_factory=list, max_length=50)
    budget: Money | None = None
    team: list[Member] = Field(default_factory=list, max_length=100)
    parts: list[Part] = Field(default_factory=list, max_length=20)
    joint_patents: Text = ""
    """Of a consortium: who owns what is found together."""
    result_id: Id | None = None
    """A registered result of its own that it builds on."""
    conflicts: Text | None = None
    """Conflicts of interest, "" for none; left out: not declared yet."""
