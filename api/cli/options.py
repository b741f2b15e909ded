"""Arguments and options that several commands take.

Kept free of heavy imports, so that `jiebang --help` answers at once: the domain's own enums would
bring the database along.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.settings import Settings


class Side(StrEnum):
    NEEDS = "needs"
    RESULTS = "results"


class RankerChoice(StrEnum):
    FULL = "full"
    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"


class RankersChoice(StrEnum):
    FULL = "full"
    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"
    ALL = "all"


class StateChoice(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


INPUT = "A spreadsheet (.xlsx, .xls, .ods), CSV or JSON Lines file, .gz too."

NeedsFile = Annotated[Path, typer.Argument(metavar="NEEDS", help=f"The needs. {INPUT}", show_default=False)]
ResultsFile = Annotated[Path, typer.Argument(metavar="RESULTS", help=f"The results. {INPUT}", show_default=False)]
SideArgument = Annotated[Side, typer.Argument(metavar="needs|results", show_default=False)]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `jiebang list` shows it.", show_default=False)]

Report = Annotated[
    Path | None,
    typer.Option(metavar="FILE.xlsx", help="Write rejected rows here with the reasons, to mend and bring again."),
]
Top = Annotated[int, typer.Option(min=1, max=1000, help="Matches at most.")]
MinScore = Annotated[float, typer.Option(min=0.0, max=1.0, help="Leave out what scores less.")]
Ranker = Annotated[RankerChoice, typer.Option(help="The evidence that orders matches; for comparison.")]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="Another embedding model for this run, named as in JIEBANG_MODEL.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON Lines.")]

FieldOption = Annotated[
    str | None, typer.Option("--field", help="Only this field, by code or name, with what lies inside it.")
]
RegionOption = Annotated[
    str | None, typer.Option("--region", help="Only this region, by code or name, with what lies inside it.")
]
MaturityOption = Annotated[int | None, typer.Option("--maturity", min=1, max=9, help="At least this TRL.")]


def settings(model: str | None = None) -> Settings:
    """What the environment sets, with another model where one is given. Raises Invalid."""
    from pydantic import ValidationError

    from api.settings import Settings
    from matcher.errors import Invalid

    try:
        found = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "JIEBANG_" + "_".join(str(part) for part in first["loc"]).upper()
        raise Invalid(first["msg"], place=name) from None
    return found if model is None else found.model_copy(update={"model": model})


def field_code(text: str | None) -> str | None:
    """The code of a field named by code or by name. Raises Invalid for one that is not in the tree."""
    from matcher import fields
    from matcher.errors import Invalid

    if text is None:
        return None
    code = fields.recognise(text)
    if code is None:
        known = ", ".join(field.code for field in fields.tree() if field.parent is None)
        raise Invalid(f"unknown field {text!r}; the first level is: {known}", place="--field")
    return code


def region_code(text: str | None) -> str | None:
    """The GB/T 2260 code of a region named by code or by name. Raises Invalid."""
    from matcher import regions
    from matcher.errors import Invalid

    if text is None:
        return None
    code = regions.recognise(text)
    if code is None:
        raise Invalid(
            f"unknown region {text!r}; a GB/T 2260 code or a name is expected, such as 320500 or 苏州",
            place="--region",
        )
    return code
