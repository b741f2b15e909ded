"""Whether two names that read alike can be names of the same indicator at all.

An embedding puts tensile beside compressive strength, and the strength after 3 days beside that after
28. What is told here are the signs by which a reader knows them apart: numbers, symbols, words of
contrast, and whether a value or its change is named. That nothing contradicts makes no two names the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from embeddings.text import has_chinese, normalise

_NUMBER = re.compile(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?")
_SYMBOL = re.compile(
    r"(?<![A-Za-z])(?:[A-Z][A-Za-z]?\d[A-Za-z0-9]*|[A-Z]{2,}[A-Za-z0-9]*|R[aqtz]|S[aqz]|T[gm])(?![A-Za-z])"
)
_RELATIVE = re.compile(r"相对|\brelative\b", re.IGNORECASE)
_FALL = re.compile(
    r"降幅|降低|下降|减少|削减|缩短|减小|节约|节省|\b(?:reductions?|reduced|cut|fall|decrease|drop|savings?|saved)\b",
    re.IGNORECASE,
)
_RISE = re.compile(
    r"提高|提升|增加|增幅|增长|增重|温升|附加|延长|\b(?:increase|improvement|gain|rise|added|growth)\b", re.IGNORECASE
)


def contradict(one: str, other: str) -> bool:
    """Whether something in the two names says that they mean different things."""
    here, there = _signs(one), _signs(other)
    if here.told != there.told or (here.symbols and there.symbols and not here.symbols & there.symbols):
        return True
    unsaid = zip((here.numbers, *here.choices), (there.numbers, *there.choices), strict=True)
    return any(mine and theirs and mine != theirs for mine, theirs in unsaid)


@dataclass(frozen=True, slots=True)
class _Signs:
    told: frozenset[str]
    """What a name never leaves unsaid: a rise, a fall, a relative value."""
    numbers: frozenset[float]
    symbols: frozenset[str]
    choices: tuple[frozenset[int], ...]


@lru_cache(maxsize=8192)
def _signs(name: str) -> _Signs:
    name = normalise(name)
    told = (("fall", _FALL), ("rise", _RISE), ("relative", _RELATIVE))
    return _Signs(
        frozenset(sign for sign, pattern in told if pattern.search(name)),
        frozenset(float(number) for number in _NUMBER.findall(name)),
        frozenset(_SYMBOL.findall(name)),
        tuple(frozenset(i for i, words in enumerate(choice) if words.search(name)) for choice in _contrasts()),
    )


@cache
def _contrasts() -> tuple[tuple[re.Pattern[str], ...], ...]:
    text = (resources.files(__package__) / "contrasts.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(tuple(map(_any_of, line.split("\t"))) for line in lines)


def _any_of(alternative: str) -> re.Pattern[str]:
    words = [re.escape(word) if has_chinese(word) else rf"\b{re.escape(word)}\b" for word in alternative.split(" | ")]
    return re.compile("|".join(words), re.IGNORECASE)
