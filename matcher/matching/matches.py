"""What a match says: how likely, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from matcher.drafts import Disclosure
from matcher.entities import Kind
from matcher.policy import View
from matcher.quantities.compare import Outcome
from matcher.states import ItemState


class Ranker(StrEnum):
    """Which evidence orders the candidates; anything but `full` is for comparison.

    `hybrid` looks at the texts alone, by vectors and words; `full` at the fit of the two sides as well.
    """

    FULL = "full"
    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which candidates are looked at. None: not narrowed by it."""

    field: str | None = None
    """A code of the field tree; a first-level code takes its children along."""
    region: str | None = None
    """A GB/T 2260 code; a province takes its prefectures along."""
    maturity: int | None = None
    """At least this TRL."""
    state: ItemState | None = ItemState.OPEN
    disclosure: Disclosure | None = None
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two passages that say the same: the reason that a person can check."""

    part_here: str
    text_here: str
    part_there: str
    text_there: str
    similarity: float
    """Cosine, at most 1."""


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the score. The shares of a match add up to its score."""

    part: str
    """One of `matcher.matching.parts`, or base."""
    value: float
    """The evidence itself, 0 to 1."""
    share: float
    """Negative where it speaks against the pair."""
    message: str
    """The same in words."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that stands between the two, such as "TRL 4, wanted 7"."""

    part: str
    message: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the need's indicators against the result's that is surely the same, if there is one."""

    name: str
    """The need's."""
    must: bool
    outcome: Outcome
    reason: str
    """In a few words: "99.5 %, wanted ≥ 99.9 %"."""
    need: str
    """How the need states it: the indicator, or the sentence that it was read from."""
    result: str
    """How the result states it; empty where it surely does not."""
    need_from_text: bool
    result_from_text: bool
    low: float | None
    high: float | None
    """What the result has shown, in the need's unit; None where there is no such end."""
    unit: str
    """The need's."""
    margin: float | None
    """Relative distance to what is wanted, positive in favour."""
    similarity: float
    """Cosine of the two names."""
    caveats: tuple[str, ...]
    """What makes the comparison less than safe."""

    @property
    def from_text(self) -> bool:
        return self.need_from_text or self.result_from_text


@dataclass(frozen=True, slots=True)
class Match:
    """A ranked candidate that nobody has looked at yet.

    What `view` does not hold is empty (`matcher.matching.redaction`).
    """

    rank: int
    kind: Kind
    id: str
    reference: str
    title: str
    organisation_id: str
    organisation: str
    score: float
    """0 to 1 (`matcher.matching.score` says what it is calibrated on); to one decimal where less than all
    that is public is shown."""
    shares: tuple[Share, ...]
    agreements: tuple[Agreement, ...]
    terms: tuple[str, ...]
    """Words that both have, the most telling first."""
    gaps: tuple[Gap, ...]
    duplicates: tuple[str, ...]
    """Ids of others that say nearly the same and were folded into this one."""
    indicators: tuple[Compared, ...] = ()
    """The need's indicators, each met, not met, or unknown."""
    view: View = View.FULL
    """How much whoever asked is shown of it."""

    @property
    def reason(self) -> str:
        """The reasons in one line, for a table or a spreadsheet."""
        said: list[str] = []
        if self.agreements:
            best = self.agreements[0]
            said.append(f"“{shorten(best.text_here)}” ↔ “{shorten(best.text_there)}” ({best.similarity:.2f})")
        if self.terms:
            said.append("in common: " + ", ".join(self.terms[:6]))
        if judged := [one.outcome for one in self.indicators if one.outcome is not Outcome.UNKNOWN]:
            said.append(f"indicators met: {judged.count(Outcome.MET)} of {len(judged)} comparable")
        said.extend(gap.message for gap in self.gaps)
        return "; ".join(said)


def shorten(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
