"""`jiebang token`: personal keys for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import lookups, options
from api.cli.console import note, output, say
from api.cli.lookups import EmailArgument

if TYPE_CHECKING:
    from matcher.entities import ApiToken

app = typer.Typer(no_args_is_help=True, help="Make and revoke people's API tokens.")


@app.command()
def create(
    email: EmailArgument,
    name: Annotated[str, typer.Option(help="What it is for.", show_default=False)],
    organisation: Annotated[
        str,
        typer.Option(metavar="NAME", help="The organisation that it acts for; without it, their platform roles alone."),
    ] = "",
    write: Annotated[bool, typer.Option("--write", help="It may change things, not only read.")] = False,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it lasts.")] = 90,
    as_json: options.Json = False,
) -> None:
    """Make a token and print it, this once."""
    from api.cli import pairs
    from api.composition import open_home
    from matcher.accounts import tokens
    from matcher.accounts.tokens import TokenDraft
    from matcher.actors import COMMAND_LINE
    from matcher.errors import Invalid
    from matcher.sessions import writing

    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise Invalid("1 to 100 characters are expected", place="--name")
    with open_home(options.settings()) as home, writing(home.engine) as session:
        there = lookups.organisation(session, organisation).id if organisation else None
        draft = TokenDraft(name=name, may_write=write, organisation_id=there, days=days)
        made, secret = tokens.create(session, COMMAND_LINE, lookups.person(session, email).id, draft)
        told = _record(made)
    if as_json:
        say(pairs.json_line(told | {"token": secret}))
    else:
        say(secret)
        note(f"Good until {told['expires_at'][:10]}. It is not shown again.")


@app.command("list")
def listed(email: EmailArgument, as_json: options.Json = False) -> None:
    """List somebody's tokens that are still good, the newest first."""
    from api.cli import pairs, tables
    from api.composition import open_home
    from matcher import organisations
    from matcher.accounts import tokens
    from matcher.actors import COMMAND_LINE
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = tokens.listed(session, COMMAND_LINE, lookups.person(session, email).id)
        names = organisations.names(session, {one.organisation_id for one in found if one.organisation_id})
        records = [_record(one) | {"organisation": names.get(one.organisation_id or "", "")} for one in found]
    if as_json:
        for record in records:
            say(pairs.json_line(record))
    elif records:
        output().print(tables.tokens_table(records))
    else:
        note("No token.")


@app.command()
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `jiebang token list` shows it.", show_default=False)],
) -> None:
    """Make a token useless, now."""
    from api.composition import open_home
    from matcher.accounts import tokens
    from matcher.actors import COMMAND_LINE
    from matcher.sessions import writing

    with open_home(options.settings()) as home, writing(home.engine) as session:
        tokens.revoke(session, COMMAND_LINE, id)
    say(f"Token {id} is revoked.")


def _record(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "may_write": token.may_write,
        "organisation_id": token.organisation_id,
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat(),
        "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
    }
