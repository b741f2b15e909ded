"""`jiebang notice`: what people are told when a challenge takes a turn that concerns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import lookups, options
from api.cli.console import note, output, say
from api.cli.lookups import EmailArgument

if TYPE_CHECKING:
    from sqlalchemy import Engine

app = typer.Typer(no_args_is_help=True, help="Show somebody's notices, and say how they want them.")


@app.command("list")
def listed(
    email: EmailArgument,
    unread: Annotated[bool, typer.Option("--unread", help="Only what has not been read.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: options.Json = False,
) -> None:
    """List somebody's notices, the newest first."""
    from api.cli import pairs, tables
    from api.composition import open_home
    from api.schemas.notices import NoticeOut
    from matcher import notices
    from matcher.actors import COMMAND_LINE
    from matcher.sessions import reading

    with open_home(options.settings()) as home:
        _catch_up(home.engine)
        with reading(home.engine) as session:
            person = lookups.person(session, email).id
            found = notices.listed(session, COMMAND_LINE, person, unread=unread, limit=limit)
            records = [NoticeOut.of(one).model_dump(mode="json") for one in found]
    if as_json:
        for record in records:
            say(pairs.json_line(record))
    elif records:
        output().print(tables.notices_table(records))
    else:
        note("No notice.")


@app.command()
def read(email: EmailArgument) -> None:
    """Mark all of somebody's notices as read."""
    from api.composition import open_home
    from matcher import notices
    from matcher.actors import COMMAND_LINE
    from matcher.engine import clock
    from matcher.sessions import writing

    with open_home(options.settings()) as home, writing(home.engine) as session:
        person = lookups.person(session, email).id
        count = notices.unread(session, COMMAND_LINE, person)
        notices.mark_read(session, COMMAND_LINE, person, None, at=clock.of_database(session))
    say(f"Marked {count} as read.")


@app.command("settings")
def show_settings(email: EmailArgument, as_json: options.Json = False) -> None:
    """Show how somebody is told of each kind of things."""
    from api.cli import pairs, tables
    from api.composition import open_home
    from api.schemas.notices import NoticeWishOut
    from matcher import notices
    from matcher.actors import COMMAND_LINE
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = notices.wishes(session, COMMAND_LINE, lookups.person(session, email).id)
    records = [NoticeWishOut.of(kind, wish).model_dump() for kind, wish in found.items()]
    if as_json:
        for record in records:
            say(pairs.json_line(record))
    else:
        output().print(tables.wishes_table(records))


@app.command("set")
def set_wish(
    email: EmailArgument,
    kind: Annotated[str, typer.Argument(help="As `jiebang notice settings` shows it.", show_default=False)],
    mail: Annotated[bool, typer.Option(help="By mail.")] = True,
    app: Annotated[bool, typer.Option(help="In the list of notices.")] = True,
) -> None:
    """Say how somebody is to be told of one kind of things from now on."""
    from api.composition import open_home
    from matcher import events, notices
    from matcher.actors import COMMAND_LINE
    from matcher.engine import clock
    from matcher.notices import NoticeWish
    from matcher.sessions import writing

    wanted = NoticeWish(by_mail=mail, in_app=app)
    with open_home(options.settings()) as home, writing(home.engine) as session:
        person = lookups.person(session, email).id
        events.lock(session)
        notices.wish(session, COMMAND_LINE, person, kind, wanted, at=clock.of_database(session))
    say(f"{email}, {kind}: {'by mail' if mail else 'no mail'}, {'listed' if app else 'not listed'}.")


def _catch_up(engine: Engine) -> None:
    """What was recorded just now is told, whether or not a server runs beside it; the mails are the server's."""
    from matcher import notices
    from matcher.engine import clock
    from matcher.sessions import writing

    behind = True
    while behind:
        with writing(engine) as session:
            notices.follow(session, at=clock.unshifted(session))
            behind = notices.behind(session)
