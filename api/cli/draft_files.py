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
    from pydantic import BaseModel

D = TypeVar("D", bound="BaseModel")

DraftFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A draft as TOML or JSON; - for JSON from standard input.", show_default=False),
]


def read(path: Path, form: type[D], beside: Mapping[str, object] | None = None) -> D:
    """What the file says, and `beside` it what was said on the command line.

    Raises Invalid with the place and what was expected.
    """
    from pydantic import ValidationError

    from matcher.errors import Invalid

    try:
        said = _raw(path)
        return form.model_validate(said | dict(beside) if isinstance(said, dict) and beside else said)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise Invalid(message, place=f"{path}: {place}" if place else str(path)) from None


def _raw(path: Path) -> Any:
    from matcher.errors import UnusableFile

    text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    form, parse = ("TOML", tomllib.loads) if path.suffix == ".toml" else ("JSON", json.loads)
    try:
        return parse(text)
    except ValueError as error:
        raise UnusableFile(f"this is not {form}: {error}", place=str(path)) from None
