"""What goes in and out about the record."""

from __future__ import annotations

from pydantic import Field

from api.schemas.base import Sent, Shown
from matcher.record.verification import Flaw, Head


class VerificationQuery(Sent):
    head: str | None = Field(
        default=None,
        pattern=r"^[0-9]{1,18}:([0-9a-f]{64})?$",
        description="NUMBER:HASH of an event, noted earlier: the record has to lead through it.",
    )

    def noted(self) -> Head | None:
        if self.head is None:
            return None
        number, _, hash = self.head.partition(":")
        return Head(int(number), hash)


class HeadOut(Shown):
    event_id: int
    hash: str


class BrokenOut(Shown):
    event_id: int
    flaw: Flaw
    explanation: str


class VerificationOut(Shown):
    intact: bool
    events: int = Field(description="How many were looked at: all, where none is broken.")
    erased: int = Field(description="Of how many of them the detail is erased.")
    head: HeadOut = Field(description="The last event that holds. Note it elsewhere to compare with later.")
    broken: BrokenOut | None = Field(description="The first link that does not hold.")


class EvidenceQuery(Sent):
    thing: str = Field(max_length=60, description="The matter, such as need:0191….", examples=["need:0191…"])
