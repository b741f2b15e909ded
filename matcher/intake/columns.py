"""How people head the columns of a need list or a result list, and which field each column feeds.

A header is folded (width, traditional characters, case, brackets and punctuation) before it is looked
up among the names of `column_names.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice

from embeddings.text import normalise
from matcher.intake.column_names import COUNTERS, NEED, ORIGIN, PASSED_OVER, REASONS, RESULT, SHARED, Column
from matcher.intake.report import Kind


@cache
def table(kind: Kind) -> tuple[Column, ...]:
    """The columns of a kind of list, in the order the empty form has them."""
    own = NEED if kind is Kind.NEEDS else RESULT
    reference, *rest = SHARED
    return (own[0], reference, *own[1:], *rest)


@cache
def by_field(kind: Kind) -> dict[str, Column]:
    return {column.field: column for column in table(kind)}


_BRACKETED = re.compile(r"[(\[【〔{<][^()\[\]【】〔〕{}<>]*[)\]】〕}>]")
_MARKS = re.compile(r"[\W_]+")
_ORDINAL = re.compile(
    r"^\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[.、．,]\s*|^\s*[(][\d一二三四五六七八九十]{1,3}[)]\s*"
)
_ASIDE = re.compile(r"(?:必填项?|选填项?|可选|如有|请填写|可多选|单选|多选|required|optional|mandatory)+$")
_TRAILING_NUMBER = re.compile(r"(?<=[^\d])\d{1,2}$")
_PARTS = re.compile(r"[/|\n\r:;,、]+")
_CHINESE = re.compile(r"[^㐀-鿿]+")
_LATIN = re.compile(r"[^a-z0-9]+")


def _key(text: str) -> str:
    return _ASIDE.sub("", _MARKS.sub("", text))


def _keys(header: str) -> Iterator[str]:
    """The keys a header may stand under, the most literal first."""
    lines = header.strip()
    folded = _ORDINAL.sub("", normalise(lines).casefold())
    bare = _BRACKETED.sub(" ", folded)
    for text in (folded, bare):
        yield _key(text)
    yield _TRAILING_NUMBER.sub("", _key(bare))
    for part in _PARTS.split(_BRACKETED.sub(" ", normalise_lines(lines))):
        yield _key(part)
    yield _key(_CHINESE.sub("", bare))
    yield _key(_LATIN.sub("", bare))


def normalise_lines(text: str) -> str:
    """Normalised and case-folded, line by line: `normalise` alone would join the lines."""
    return "\n".join(normalise(line).casefold() for line in text.splitlines())


@cache
def _lookup(kind: Kind) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    sure: dict[str, str] = {}
    unsure: dict[str, tuple[str, ...]] = {}
    for column in table(kind):
        for name in (column.field, column.zh, column.en, *column.names.split("|")):
            sure.setdefault(_key(normalise(name).casefold()), column.field)
    for column in table(kind):
        for name in filter(None, column.unsure.split("|")):
            key = _key(normalise(name).casefold())
            unsure[key] = (*unsure.get(key, ()), column.field)
    for key in unsure:
        sure.pop(key, None)
    return sure, unsure


@lru_cache(maxsize=4096)
def candidates(header: str, kind: Kind) -> tuple[str, ...]:
    """The fields a header may feed, the likeliest first; none for one that is not known.

    One field: the header names it outright. Several: which, depends on the other headers.
    """
    if not header or len(header) > 200:
        return ()
    sure, unsure = _lookup(kind)
    for key in _keys(header):
        if key in sure:
            return (sure[key],)
        if key in unsure:
            return unsure[key] if len(unsure[key]) > 1 else (unsure[key][0],)
    return ()


@lru_cache(maxsize=4096)
def named(header: str, kind: Kind) -> bool:
    """Whether a header as a whole, its brackets apart, is a known name: no other words stand beside it."""
    sure, unsure = _lookup(kind)
    return any(key in sure or key in unsure for key in islice(_keys(header), 2))


@lru_cache(maxsize=1024)
def passed_over(header: str) -> bool:
    """Whether a column says nothing about the items, so that leaving it out needs no word."""
    if header in (REASONS, ORIGIN):
        return True
    return any(key in PASSED_OVER or key in COUNTERS for key in _keys(header))


@lru_cache(maxsize=1024)
def may_count(header: str) -> bool:
    """Whether a column under this header counts the rows, or else numbers the items."""
    return header not in (REASONS, ORIGIN) and any(key in COUNTERS for key in _keys(header))


def assign(headers: Sequence[str], kind: Kind) -> list[str | None]:
    """The field each header feeds, or None. A field that one cell must fill goes to one header only."""
    columns = by_field(kind)
    fields: list[str | None] = [None] * len(headers)
    taken: set[str] = set()
    wanted = [candidates(header, kind) for header in headers]
    sure, _ = _lookup(kind)
    outright = [
        len(fields_) == 1 and not _is_unsure(header, kind) for header, fields_ in zip(headers, wanted, strict=True)
    ]
    for first in (True, False):
        for position, possible in enumerate(wanted):
            if outright[position] is not first:
                continue
            for field in possible:
                if field not in taken or (columns[field].joins and (first or field == possible[-1])):
                    fields[position] = field
                    taken.add(field)
                    break
    return fields


def _is_unsure(header: str, kind: Kind) -> bool:
    sure, unsure = _lookup(kind)
    return next((key in unsure for key in _keys(header) if key in sure or key in unsure), False)
