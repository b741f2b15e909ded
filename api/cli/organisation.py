"""`jiebang organisation`: admit organisations, and list them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.console import note, output, say

if TYPE_CHECKING:
    from matcher.entities import Organisation

app = typer.Typer(no_args_is_help=True, help="Admit organisations, and list them.")


class KindChoice(StrEnum):
    COMPANY = "company"
    LAB = "lab"
    SERVICE = "service"
    OPERATOR = "operator"


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Its name, which is its own.", show_default=False)],
    kind: Annotated[KindChoice, typer.Option(help="What it is.", show_default=False)],
    region: Annotated[str, typer.Option(help="Where it has its seat, by code or name.")] = "",
    credit_code: Annotated[str, typer.Option(help="Unified social credit code.")] = "",
    name_en: Annotated[str, typer.Option(help="Its name in English.")] = "",
    as_json: options.Json = False,
) -> None:
    """Admit an organisation. `jiebang account invite` then invites its manager."""
    from pydantic import ValidationError

    from api.cli import pairs
    from api.composition import open_home
    from matcher import organisations
    from matcher.actors import COMMAND_LINE
    from matcher.entities import OrganisationKind
    from matcher.errors import Invalid
    from matcher.organisations import OrganisationDraft
    from matcher.sessions import writing

    seat = options.region_code(region or None)
    try:
        draft = OrganisationDraft(
            kind=OrganisationKind(kind), name=name, name_en=name_en, credit_code=credit_code or None, region=seat
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise Invalid(fault["msg"], place=str(fault["loc"][0])) from None
    with open_home(options.settings()) as home, writing(home.engine) as session:
        told = _record(organisations.admit(session, COMMAND_LINE, draft))
    say(pairs.json_line(told) if as_json else f"Admitted {told['name']} as {_ARTICLES[kind]} {kind}.")


_ARTICLES = {
    KindChoice.COMPANY: "a",
    KindChoice.LAB: "a",
    KindChoice.SERVICE: "a",
    KindChoice.OPERATOR: "an",
}


@app.command("list")
def listed(
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 for all.")] = 50,
    as_json: options.Json = False,
) -> None:
    """List organisations, in the order in which they were admitted."""
    from api.cli import pairs, tables
    from api.composition import open_home
    from matcher import organisations
    from matcher.actors import COMMAND_LINE
    from matcher.sessions import reading

    records: list[dict[str, Any]] = []
    with open_home(options.settings()) as home, reading(home.engine) as session:
        cursor, more = None, True
        while more and (limit == 0 or len(records) < limit):
            size = 500 if limit == 0 else min(500, limit - len(records))
            found = organisations.listed(session, COMMAND_LINE, cursor=cursor, limit=size + 1)
            more = len(found) > size
            records.extend(_record(one) for one in found[:size])
            cursor = found[size - 1].id if more else None
    if as_json:
        for record in records:
            say(pairs.json_line(record))
    elif records:
        output().print(tables.organisations_table(records))
    if not records:
        note("No organisation here: jiebang organisation add NAME --kind company admits one.")
    elif more:
        note(f"There are more than {len(records)}: --limit 0 shows all.")


def _record(organisation: Organisation) -> dict[str, Any]:
    return {
        "id": organisation.id,
        "kind": organisation.kind,
        "name": organisation.name,
        "name_en": organisation.name_en,
        "credit_code": organisation.credit_code,
        "region": organisation.region,
    }
