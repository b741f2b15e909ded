"""Forms of the pages: what was typed read as a draft of the domain, and shown again with what is wrong.

Fields are named by their place in the draft: `title`, `indicators.0.value`. A draft says itself what may
stand in it, so what it refuses is told at the field with its own words, and nothing typed is lost.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from enum import Enum
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from pydantic import AwareDatetime, BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from uuid_utils import uuid4

from api.errors import Fault, faults
from matcher.errors import Invalid

M = TypeVar("M", bound=BaseModel)

KEY = "_key"
"""The hidden field that makes what is sent twice one thing."""
MORE = "_more"
"""The button that asks for one more row of a list, by the name of the list."""
LESS = "_less"
"""The button that takes a row away, by the name of the row."""
_MOST_FIELDS = 5000
_SEPARATORS = str.maketrans({"，": "\n", ",": "\n", "；": "\n", ";": "\n", "、": "\n"})


async def _received(request: Request) -> AsyncIterator[FormData]:
    async with request.form(max_fields=_MOST_FIELDS, max_files=100) as received:
        request.state.form = received  # for whoever has to sign in again first (`problems`)
        yield received


Sent = Annotated[FormData, Depends(_received)]
"""What a form sent."""


@dataclass
class Form:
    """A form as it is shown: what stands in its fields, and what is wrong with them."""

    values: Mapping[str, list[str]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    """By place. What is wrong with the whole stands at ""."""
    key: str = field(default_factory=lambda: str(uuid4()))
    rows_wanted: dict[str, int] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return (self.values.get(name) or [""])[0]

    def all(self, name: str) -> list[str]:
        return list(self.values.get(name, []))

    def has(self, name: str, code: str) -> bool:
        return code in self.values.get(name, [])

    def rows(self, name: str, at_least: int = 1) -> range:
        """The numbers of the rows of a list: those filled in, and as many empty ones as are wanted."""
        return range(max(self._filled(name), self.rows_wanted.get(name, 0), at_least))

    def _filled(self, name: str) -> int:
        return 1 + max(_numbers(self.values, name), default=-1)

    def fault(self, name: str) -> str:
        return self.wrong.get(name, "")


def _numbers(values: Mapping[str, Any], name: str) -> Iterator[int]:
    for one in values:
        if one.startswith(f"{name}."):
            number = one[len(name) + 1 :].partition(".")[0]
            if number.isdecimal():
                yield int(number)


# -- shown ------------------------------------------------------------------------------------------


def blank(**values: str) -> Form:
    return Form({name: [value] for name, value in values.items()})


def of(draft: BaseModel, zone: tzinfo) -> Form:
    """The form filled with a draft."""
    return Form(dict(_flat(draft.model_dump(), "", zone)))


def _flat(value: Any, name: str, zone: tzinfo) -> Iterator[tuple[str, list[str]]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(part, f"{name}.{key}" if name else str(key), zone)
    elif isinstance(value, list | tuple):
        if any(isinstance(part, Mapping) for part in value):
            for number, part in enumerate(value):
                yield from _flat(part, f"{name}.{number}", zone)
        else:
            yield name, [_text(part, zone) for part in value]
    else:
        yield name, [_text(value, zone)]


def _text(value: Any, zone: tzinfo) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)


# -- read -------------------------------------------------------------------------------------------


def sent(form: FormData) -> Form:
    """What was sent, to be shown again; a row more or less where that was asked for."""
    values: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile) and not name.startswith("_"):
            values.setdefault(name, []).append(value)
    again = Form(values if only_rows(form) else _compacted(values))
    key = form.get(KEY)
    if isinstance(key, str) and key:
        again.key = key
    more, less = form.get(MORE), form.get(LESS)
    if isinstance(more, str) and more:
        again.rows_wanted[more] = len(again.rows(more)) + 1
    if isinstance(less, str) and less:
        again.values = _without(values, less)
    return again


def only_rows(form: FormData) -> bool:
    """Whether a row more or less was asked for, and nothing else."""
    return bool(form.get(MORE) or form.get(LESS))


def _without(values: Mapping[str, list[str]], row: str) -> dict[str, list[str]]:
    """The values without one row of a list; those after it move up."""
    name, _, number = row.rpartition(".")
    if not number.isdecimal():
        return dict(values)
    gone, left = int(number), {}
    for one, value in values.items():
        if one.startswith(f"{name}."):
            which, dot, rest = one[len(name) + 1 :].partition(".")
            if which.isdecimal():
                if int(which) == gone:
                    continue
                left[f"{name}.{int(which) - (int(which) > gone)}{dot}{rest}"] = value
                continue
        left[one] = value
    return left


def versions(sent: FormData) -> frozenset[int] | None:
    """The version that the form was shown with: none other is replaced, unless that is wanted."""
    if sent.get("_overwrite"):
        return None
    version = sent.get("_version")
    return frozenset({int(version)}) if isinstance(version, str) and version.isdecimal() else frozenset()


def read(form: FormData, model: type[M], zone: ZoneInfo, **given: Any) -> M:
    """What was typed, as a draft. What was left empty gets its default; rows without anything in them are none.

    `given` is what the form does not ask for. Raises pydantic's ValidationError.
    """
    values = sent(form).values
    return model.model_validate({**_members(values, model, "", zone), **given})


def _members(values: Mapping[str, list[str]], model: type[BaseModel], prefix: str, zone: ZoneInfo) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        place = f"{prefix}{name}"
        read = _member(values, info.annotation, place, zone)
        if read is not None:
            told[name] = read
    return told


def _member(values: Mapping[str, list[str]], annotation: Any, place: str, zone: ZoneInfo) -> Any:
    kind, inner = _kind(annotation)
    if kind is list:
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return _rows(values, inner, place, zone)
        if place not in values:
            return [] if f"{place}.none" in values else None
        return _lines(values[place], separated=not (isinstance(inner, type) and issubclass(inner, Enum)))
    if kind is dict:
        return _mapping(values, inner, place, zone)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        part = _members(values, kind, f"{place}.", zone)
        return part or None
    if kind is bool:
        # A box that is not ticked sends nothing: the form says by a field of its own that it asked.
        return bool(values.get(place)) if place in values or f"{place}.asked" in values else None
    if place not in values:
        return None
    text = values[place][0]
    if not text.strip():
        return None
    if kind in (datetime, AwareDatetime):
        return _moment(text.strip(), zone)
    return text


def _rows(values: Mapping[str, list[str]], model: type[BaseModel], place: str, zone: ZoneInfo) -> list[Any] | None:
    numbers = sorted(set(_numbers(values, place)))
    if not numbers and f"{place}.none" not in values:
        return None
    return [_members(values, model, f"{place}.{number}.", zone) for number in numbers]


def _mapping(
    values: Mapping[str, list[str]], model: type[BaseModel], place: str, zone: ZoneInfo
) -> dict[str, Any] | None:
    """Of a member that has parts by name: `scores.cost.score`."""
    keys = sorted({name[len(place) + 1 :].partition(".")[0] for name in values if name.startswith(f"{place}.")})
    return {key: _members(values, model, f"{place}.{key}.", zone) for key in keys if _typed(values, f"{place}.{key}.")}


_NAME = r"[^\W\d]\w*"
_LIST = rf"(?:{_NAME}\.)*{_NAME}"
_LISTS = (
    re.compile(rf"({_LIST})\.(\d{{1,4}})\.(.+)"),
    re.compile(rf"({_LIST}\.\d{{1,4}}\.{_LIST})\.(\d{{1,4}})\.(.+)"),
)
"""Fields in rows: of a list, and of a list in a row of a list."""


def _compacted(values: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Without the rows into which nobody wrote; those after them move up, so that faults are told where they stand."""
    left = dict(values)
    for rows in _LISTS:
        left = _compacted_at(left, rows)
    return left


def _compacted_at(values: Mapping[str, list[str]], rows: re.Pattern[str]) -> dict[str, list[str]]:
    kept: dict[str, dict[int, int]] = {}
    for name in values:
        row = rows.fullmatch(name)
        if row is not None and _typed(values, f"{row[1]}.{row[2]}."):
            kept.setdefault(row[1], {})[int(row[2])] = 0
    for numbers in kept.values():
        numbers.update({number: place for place, number in enumerate(sorted(numbers))})
    left: dict[str, list[str]] = {}
    for name, value in values.items():
        row = rows.fullmatch(name)
        if row is None:
            left[name] = value
        elif int(row[2]) in kept.get(row[1], {}):
            left[f"{row[1]}.{kept[row[1]][int(row[2])]}.{row[3]}"] = value
        else:
            left.setdefault(f"{row[1]}.none", [""])
    return left


def _typed(values: Mapping[str, list[str]], prefix: str) -> bool:
    """Whether somebody wrote into a row: what is chosen from a list has a first choice by itself."""
    chosen = {one for name in values if name.startswith(prefix) and name.endswith(".chosen") for one in values[name]}
    return any(
        value.strip()
        for name, found in values.items()
        if name.startswith(prefix)
        and not name.endswith((".asked", ".chosen", ".none"))
        and name[len(prefix) :] not in chosen
        for value in found
    )


def _lines(found: Sequence[str], *, separated: bool) -> list[str]:
    """One text holds several, by line or by comma; each of several boxes holds one."""
    parts = found if not separated else [part for text in found for part in text.translate(_SEPARATORS).splitlines()]
    return [part.strip() for part in parts if part.strip()]


def _moment(text: str, zone: ZoneInfo) -> Any:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return text
    return read if read.tzinfo else read.replace(tzinfo=zone)


def _kind(annotation: Any) -> tuple[Any, Any]:
    """The plain type of a member, and of a list what it holds."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        return _kind(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        [first, *_] = [part for part in typing.get_args(annotation) if part is not type(None)]
        return _kind(first)
    if origin is dict:
        return dict, _kind(typing.get_args(annotation)[1])[0]
    if origin is list:
        return list, _kind(typing.get_args(annotation)[0])[0]
    return annotation, None


# -- what is wrong ----------------------------------------------------------------------------------


def refused(form: Form, error: ValidationError | Invalid) -> Form:
    """The form with what is wrong at its fields."""
    if isinstance(error, Invalid):
        return placed(form, [Fault(place=error.place, message=error.message)])
    return placed(form, faults(error.errors(include_input=False)))


def placed(form: Form, found: Sequence[Fault]) -> Form:
    for fault in found:
        place = fault.place.removeprefix("body.").replace("[", ".").replace("]", "")
        form.wrong.setdefault(place, fault.message)
    return form
