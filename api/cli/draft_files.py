"""Drafts written by hand: a JSON or a TOML file, checked as what the API takes is."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

D = TypeVar("D", bound="BaseModel")

DraftFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A draft as TOML or JSON; - for JSON from standard input.", show_default=False),
]


def read(path: Path, form: type[D], beside: Mapping[str, object] | None = None) -> D:
    """What the file says, and `beside` it what was said on the command line.

    Raises Invalid with every fault: its place, and what was expected there.
    """
    from pydantic import ValidationError

    from matcher.errors import Invalid

    try:
        said = _raw(path)
        return form.model_validate(said | dict(beside) if isinstance(said, dict) and beside else said)
    except ValidationError as error:
        raise Invalid(_told(error), place=str(path)) from None


def _told(error: ValidationError) -> str:
    """In the words of the API, one behind the other: a command's refusal is one line."""
    from api.errors import faults

    found = faults(error.errors(include_input=False))
    return "; ".join(f"{one.place}: {one.message}" if one.place else one.message for one in found)


def _raw(path: Path) -> Any:
    from matcher.errors import UnusableFile

    text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    form, parse = ("TOML", tomllib.loads) if path.suffix == ".toml" else ("JSON", json.loads)
    try:
        return parse(text)
    except ValueError as error:
        raise UnusableFile(f"this is not {form}: {error}", place=str(path)) from None
