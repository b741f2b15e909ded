"""What forms and filters offer to choose from, in the reader's language; and places, named as people name them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from api.errors import invalid
from api.pages.languages import Language, say
from api.pages.looking import Looking
from matcher import fields, regions

M = TypeVar("M", bound=BaseModel)

Choice = tuple[str, str]
"""A code and its words."""

_BETWEEN = str.maketrans({"，": ",", "；": ",", ";": ",", "、": ",", "\n": ",", "\r": ","})


@dataclass(frozen=True, slots=True)
class Group:
    """A field with the fields inside it."""

    whole: Choice
    parts: tuple[Choice, ...]


def field_groups(language: Language) -> list[Group]:
    named = [(field.parent, (field.code, say(language, field.zh, field.en))) for field in fields.tree()]
    return [
        Group(whole, tuple(part for parent, part in named if parent == whole[0]))
        for parent, whole in named
        if parent is None
    ]


def provinces(language: Language) -> list[Choice]:
    return [(f"{code}0000", say(language, regions.name(f"{code}0000"), en)) for code, en in regions.ENGLISH.items()]


def place_names(language: Language) -> list[str]:
    """Of every region, to be offered while somebody types."""
    return [named(code, language) for code in regions.names()]


def named(code: str, language: Language) -> str:
    """So that `coded` finds the code again; prefectures have no English name."""
    whole = regions.ENGLISH.get(code[:2]) if code.endswith("0000") else None
    if code not in regions.names():
        return code
    return say(language, regions.name(code), whole or regions.name(code))


def coded(sent: FormData, *places: str) -> FormData:
    """What was sent, with codes instead of the names of regions in these fields; what is not known stays."""
    return FormData(
        [
            (name, "\n".join(map(_code, _each(value))) if name in places and isinstance(value, str) else value)
            for name, value in sent.multi_items()
        ]
    )


def uncoded(values: Iterable[str], language: Language) -> list[str]:
    return [named(one, language) for value in values for one in _each(value)]


def _each(text: str) -> list[str]:
    return [part.strip() for part in text.translate(_BETWEEN).split(",") if part.strip()]


def _code(name: str) -> str:
    return regions.recognise(name) or name


def asked(looking: Looking, model: type[M], **given: object) -> M:
    """The filters of a list, as its address tells them. A form sends along what was left empty: that is none.

    Raises Problem (422) for what is no value of theirs.
    """
    told = {name: value.strip() for name, value in parse_qsl(looking.request.url.query) if value.strip()}
    known = {name: value for name, value in told.items() if name in model.model_fields}
    try:
        return model.model_validate(known | given)
    except ValidationError as error:
        raise invalid(error, "query") from None
