"""For which side of a contract a command speaks: whoever has a shell here may speak for either."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class SideChoice(StrEnum):
    SETTER = "setter"
    ANSWERER = "answerer"


SideOption = Annotated[SideChoice, typer.Option("--side", help="For whom this is done.", show_default=False)]
