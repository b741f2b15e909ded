"""Indicators as both sides state them: handed in as such, or read from the sentences of their texts.

Prose tells how things are as well as how they should be, so little of it is taken: from a need only
bounds in sentences that want something, from a result what stands behind a short name. Units have to be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from embeddings import text as texts
from matcher.drafts import Operator
from matcher.intake import quantities
from matcher.quantities import units
from matcher.quantities.compare import Quantity
from matcher.quantities.wording import quantity

NEED_PARTS = frozenset({"problem", "scenario", "text"})
"""Not `current_state`: that is how things are."""
RESULT_PARTS = frozenset({"abstract", "innovation", "text"})
"""Neither `problem`, which is how things were, nor `advantage`, where others' values stand beside."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One indicator of either side."""

    name: str
    operator: Operator
    value: float
    value_high: float | None
    unit: str
    text: str
    """As it reads; for one that was read from text the sentence."""
    must: bool = False
    conditions: str = ""
    test_method: str = ""
    from_text: bool = False


def handed_in(indicator: Quantity) -> Stated:
    """From an indicator of a draft, or a stored one."""
    method = getattr(indicator, "test_method", "")
    conditions = getattr(indicator, "conditions", "")
    told = quantity(indicator.operator, indicator.value, indicator.value_high, indicator.unit)
    aside = method or conditions
    return Stated(
        indicator.name,
        indicator.operator,
        indicator.value,
        indicator.value_high,
        indicator.unit,
        f"{indicator.name} {told}" + (f" ({aside})" if aside else ""),
        bool(getattr(indicator, "must", False)),
        conditions,
        method,
    )


def wanted(passages: Sequence[tuple[str, str]]) -> list[Stated]:
    """What a need's passages, each with its part, ask for in words."""
    return list(dict.fromkeys(_read(passages, NEED_PARTS, asks=True)))


def shown(passages: Sequence[tuple[str, str]]) -> list[Stated]:
    """What a result's passages say was achieved."""
    return list(dict.fromkeys(_read(passages, RESULT_PARTS, asks=False)))


def _read(passages: Sequence[tuple[str, str]], parts: frozenset[str], *, asks: bool) -> Iterator[Stated]:
    for part, text in passages:
        if part in parts:
            for stated in _in_passage(text):
                if not asks or stated.operator in _BOUNDS and (part == "text" or _WISH.search(stated.text)):
                    yield stated


_MEASURED = re.compile(r"[\d⁰¹²³⁴⁵⁶⁷⁸⁹)]\s*[^\s\d.,，。;；:：、!！?？…]|[(（\[【［]")
"""A number with something behind it that may be a unit, or a bracket that may hold one: what lacks both, such as
"FT-9993.", is not worth a closer look."""
_BOUNDS = (Operator.AT_LEAST, Operator.AT_MOST)
_WISH = re.compile(
    r"要求|需要|希望|期望|目标|须|需|应|不得|想要?|要能|要在|要达|wanted|\b(?:want|needs?|needed|must|require[ds]?|target|should"
    r"|shall|looking for|expect|aim|goal)\b",
    re.IGNORECASE,
)
_WISH_FIRST = re.compile(
    r"^(?:我[们方]|现在?|并|且|同时)?(?:希望|要求|需要|期望|目标|须|需|应|想|使|让)+(?:将|把)?"
    r"|^(?:(?:we|the|our)\b\s*)?(?:(?:need|want|require[ds]?|target|expect)\b\s*)?(?:(?:an?|the)\b\s*)?",
    re.IGNORECASE,
)
_NAME_WEIGHT = 12.0
_NAME_WORDS = 5
_NOT_A_NAME = re.compile(
    r"[,，、;；:：\"“”]|[由从每共仅约只在至了是的使把将]$|不到$|只有$|实测$|为主$|最[高低大小]$|左右"
    r"|\b(?:from|at|to|by|of|on|in|is|are|was|were|ran|has|had|have|that|which|it|its|we|they)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def _in_passage(text: str) -> tuple[Stated, ...]:
    return tuple(stated for sentence in texts.sentences(text) for stated in _in_sentence(sentence))


def _in_sentence(sentence: str) -> Iterator[Stated]:
    if not _MEASURED.search(sentence):
        return
    for read in quantities.parse(sentence)[0]:
        # What goes on behind it may turn it into another ("由9%降到2%"), unless it names what has it ("90 nm的粉").
        name = _WISH_FIRST.sub("", read.name)
        plain = not read.method and (not read.conditions or read.conditions.startswith("的"))
        if plain and read.unit and _is_name(name) and units.read(read.unit) is not None:
            yield Stated(name, read.operator, read.value, read.value_high, read.unit, sentence, from_text=True)


def _is_name(name: str) -> bool:
    return (
        name != quantities.UNNAMED
        and texts.weight(name) <= _NAME_WEIGHT
        and len(name.split()) <= _NAME_WORDS
        and len(name) >= 2
        and not _NOT_A_NAME.search(name)
    )
