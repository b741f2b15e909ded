"""The two-level tree of technical fields (`fields.toml`), and how people name them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from embeddings.text import normalise

EXAMPLE = "new_materials.metals"


@dataclass(frozen=True, slots=True)
class Field:
    code: str
    zh: str
    en: str
    aliases: tuple[str, ...]
    """Other names that people write for it, in either language."""
    gbt4754: tuple[str, ...]
    """The nearest classes of GB/T 4754-2017, the national classification of industries."""

    @property
    def parent(self) -> str | None:
        head, dot, _ = self.code.rpartition(".")
        return head if dot else None


@cache
def tree() -> tuple[Field, ...]:
    """Every field, each parent before its children, in the order shown to people."""
    text = Path(__file__).with_name("fields.toml").read_text(encoding="utf-8")
    return tuple(
        Field(row["code"], row["zh"], row["en"], tuple(row.get("aliases", ())), tuple(row["gbt4754"]))
        for row in tomllib.loads(text)["field"]
    )


@cache
def by_code() -> dict[str, Field]:
    return {field.code: field for field in tree()}


def top(code: str) -> str:
    """The first level of a field code."""
    return code.partition(".")[0]


def within(code: str) -> frozenset[str]:
    """A field's code with those of its children, for filters."""
    return frozenset(known for known in by_code() if known == code or known.startswith(f"{code}."))


def related(one: str, other: str) -> float:
    """How near two fields are: 1 the same or one inside the other, 0.5 siblings, 0 else."""
    if one == other or top(one) == other or top(other) == one:
        return 1.0
    return 0.5 if top(one) == top(other) else 0.0


@cache
def _names() -> dict[str, str]:
    """Whole names first, then what joint names join ("半导体与集成电路"), a parent before its children."""
    names = {_key(name): field.code for field in tree() for name in (field.code, field.zh, field.en, *field.aliases)}
    for field in tree():
        for name in re.split("[与、]", field.zh):
            names.setdefault(_key(name), field.code)
    return names


def _key(name: str) -> str:
    return normalise(name).casefold()


def recognise(text: str) -> str | None:
    """The code for a code or a name in either language (traditional Chinese too), or None.

    "新材料/先进金属材料" and "New materials > Advanced metals" are read by their last part.
    """
    parts = [text, *reversed([part for part in _split(text) if part.strip()])]
    return next((_names()[_key(part)] for part in parts if _key(part) in _names()), None)


def _split(text: str) -> list[str]:
    for mark in "/>—|\\：:":
        text = text.replace(mark, "\n")
    return text.split("\n")
