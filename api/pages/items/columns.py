"""A list of needs or results as a table of cells: headed as the forms are, so that it can be brought in again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from api.pages import choices, formats, wording
from api.pages.exporting import Cell
from api.pages.items.kinds import ItemOut, labels
from api.pages.languages import Language, say
from api.schemas.matches import MatchOut
from matcher.drafts import IndicatorTarget, Right
from matcher.entities import Kind
from matcher.items import DRAFTS
from matcher.passages import describe

_ALONE = {
    "id": ("平台编号", "Id"),
    "state": ("状态", "State"),
    "view": ("可见范围", "Shown"),
    "updated_at": ("更新时间", "Updated"),
    "organisation": ("单位", "Organisation"),
}
_VIEWS = {"full": ("全文", "in full"), "public": ("公开内容", "what is public"), "summary": ("摘要", "summary"),
          "field": ("仅领域", "field only")}  # fmt: skip


def table(
    kind: Kind, items: Sequence[ItemOut], language: Language, zone: ZoneInfo
) -> tuple[list[str], list[list[Cell]]]:
    """Header and rows. What is not shown of an item is empty."""
    named = labels(kind, language) | {name: say(language, *words) for name, words in _ALONE.items()}
    form = DRAFTS[kind].model_fields
    names = ["id", "organisation", *form, "state", "view", "updated_at"]
    header = [named[name] for name in names]
    write = _writers(language, zone)
    return header, [[_cell(name, getattr(item, name), language, write) for name in names] for item in items]


_OF_MATCHES = {
    "rank": ("排名", "Rank"), "id": ("平台编号", "Id"), "reference": ("编号", "Reference"), "title": ("名称", "Title"),
    "organisation": ("单位", "Organisation"), "score": ("契合概率", "Likelihood"),
    "terms": ("共同用词", "Words in common"), "indicators": ("指标对照", "Indicators compared"),
    "gaps": ("差距", "Gaps"),
}  # fmt: skip


def of_matches(
    found: Sequence[MatchOut], language: Language, sentence: Callable[[str], str]
) -> tuple[list[str], list[list[Cell]]]:
    """Ranked matches with the reasons that fit a cell."""

    def cells(one: MatchOut) -> list[Cell]:
        compared = [
            f"{wording.worded(each.outcome, language)}: {each.need} / {each.result or sentence(each.reason)}"
            for each in one.indicators
        ]
        return [
            one.rank, one.id, one.reference, one.title, one.organisation, round(one.score, 4), "、".join(one.terms),
            "\n".join(compared), "\n".join(sentence(gap.message) for gap in one.gaps),
        ]  # fmt: skip

    return [say(language, *words) for words in _OF_MATCHES.values()], [cells(one) for one in found]


def _writers(language: Language, zone: ZoneInfo) -> Mapping[str, Callable[[Any], str]]:
    filters = formats.filters(language, zone)
    return {
        "field": filters["field"],
        "region": lambda code: choices.named(code, language),
        "preferred_regions": lambda codes: "、".join(choices.uncoded(codes, language)),
        "view": lambda view: say(language, *_VIEWS[view]),
        "organisation": lambda one: one.name,
        "updated_at": filters["moment"],
    }


def _cell(name: str, value: Any, language: Language, write: Mapping[str, Callable[[Any], str]]) -> Cell:
    if value is None or value == [] or value == "":
        return ""
    if name in write:
        return write[name](value)
    if isinstance(value, StrEnum):
        return wording.worded(value, language)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return ("\n" if name in ("indicators", "rights") else "、").join(_one(part, language) for part in value)
    return value if isinstance(value, int | float) else str(value)


def _one(part: Any, language: Language) -> str:
    if isinstance(part, StrEnum):
        return wording.worded(part, language)
    if isinstance(part, Right):
        words = [wording.worded(part.kind, language), part.number, f"({wording.worded(part.status, language)})"]
        return " ".join(filter(None, words))
    if isinstance(part, str):
        return part
    told = describe(part)
    wish = isinstance(part, IndicatorTarget) and not part.must
    return f"{told} {say(language, '（期望）', '(nice)')}" if wish else told
