"""Sentences that the domain says, such as the reason of a refusal, in the reader's language.

The domain words them in English, with values in their places. The catalogue
`api/locales/zh_Hans/sentences.po` has each with numbered places (`{0}`, `{1}`, in the order in which
they stand in the English), and so a finished sentence is recognised and told in Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from babel.messages.pofile import read_po

from api.pages.languages import LOCALES, Language, traditional

FILE = LOCALES / "zh_Hans" / "sentences.po"

_PLACE = re.compile(r"\{(\d+)\}")
_DEPTH = 3
"""Sentences that stand in a sentence."""


@dataclass(frozen=True, slots=True)
class Form:
    """A sentence with places."""

    english: re.Pattern[str]
    places: tuple[str, ...]
    chinese: str
    literal: int
    """Signs that are not of a place: of several forms that fit, the one that says most is meant."""


def reader(language: Language) -> Callable[[str], str]:
    """A filter that tells sentences to one reader; one that is not known stays in English."""

    def sentence(english: str) -> str:
        if language.code == "en":
            return english
        told = in_chinese(english)
        simplified = english if told is None else told
        return traditional(simplified) if language.code == "zh-Hant" else simplified

    return sentence


def in_chinese(english: str) -> str | None:
    """None for what the catalogue does not know."""
    return _told(english, _DEPTH)


@lru_cache(maxsize=10_000)
def _told(english: str, depth: int) -> str | None:
    exact, forms = _catalogue()
    if english in exact:
        return exact[english]
    if not depth or not any(sign.isalpha() for sign in english):
        return None
    for form in forms:
        found = form.english.fullmatch(english)
        if found is not None:
            values = {place: _part(value, depth - 1) for place, value in zip(form.places, found.groups(), strict=True)}
            return _PLACE.sub(lambda place: values.get(place[1], ""), form.chinese)  # noqa: B023
    return None


def _part(value: str, depth: int) -> str:
    """What stands in a place: a sentence, several after each other, or what is nobody's words."""
    told = _told(value, depth)
    if told is not None or "; " not in value:
        return told or value
    return "；".join(_told(one, depth) or one for one in value.split("; "))


@cache
def _catalogue() -> tuple[Mapping[str, str], tuple[Form, ...]]:
    with FILE.open("rb") as opened:
        catalog = read_po(opened, locale="zh_Hans_CN")
    exact: dict[str, str] = {}
    forms: list[Form] = []
    for message in catalog:
        english, chinese = message.id, message.string
        if not isinstance(english, str) or not isinstance(chinese, str) or not english or not chinese:
            continue
        if _PLACE.search(english):
            forms.append(_form(english, chinese))
        else:
            exact[english] = chinese
    return exact, tuple(sorted(forms, key=lambda form: -form.literal))


def _form(english: str, chinese: str) -> Form:
    pieces = _PLACE.split(english)
    literal, places = pieces[::2], pieces[1::2]
    pattern = "(.*?)".join(re.escape(piece) for piece in literal)
    return Form(re.compile(pattern, re.DOTALL), tuple(places), chinese, sum(map(len, literal)))
