"""A need or result cut into the passages that are embedded, compared and shown as reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from embeddings import text as texts
from matcher.drafts import IndicatorAchieved, IndicatorTarget, ItemDraft, NeedDraft
from matcher.entities import PASSAGES_PER_ITEM
from matcher.quantities.wording import quantity

# Only what says what is wanted or offered. What is out of a need's scope stays out: a bag of words
# does not see the "not". Names of people, prices and rights are matters of fit, not of meaning.
NEED_PARTS = ("problem", "current_state", "scenario")
RESULT_PARTS = ("problem", "abstract", "innovation", "advantage")


@dataclass(frozen=True, slots=True)
class Cut:
    """One passage: which part of the item it is from, and its words."""

    part: str
    text: str

    @property
    def content_hash(self) -> str:
        return hashlib.blake2b(self.text.encode(), digest_size=16).hexdigest()


def cut(draft: ItemDraft) -> list[Cut]:
    """The passages of a draft in reading order, the title first."""
    found = list(dict.fromkeys(_cut(draft)))
    return found[:PASSAGES_PER_ITEM]


def _cut(draft: ItemDraft) -> Iterator[Cut]:
    parts = NEED_PARTS if isinstance(draft, NeedDraft) else RESULT_PARTS
    bodies = {part: str(getattr(draft, part)) for part in parts}
    if not any(body.startswith(draft.title) for body in bodies.values()):
        yield Cut("title", draft.title)
    for part, body in bodies.items():
        for passage in texts.passages(body):
            yield Cut(part, passage)
    indicators: list[IndicatorTarget] | list[IndicatorAchieved] = getattr(draft, "indicators", [])
    for passage in texts.passages("；".join(describe(indicator) for indicator in indicators)):
        yield Cut("indicators", passage)
    if draft.keywords:
        yield Cut("keywords", "、".join(draft.keywords))


def describe(indicator: IndicatorTarget | IndicatorAchieved) -> str:
    """An indicator as a person writes it: `纯度 ≥ 99.9 %`."""
    told = quantity(indicator.operator, indicator.value, indicator.value_high, indicator.unit)
    return f"{indicator.name} {told}"
