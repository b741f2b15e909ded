"""`jiebang offer`: the negotiation of a directed commission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import changes, draft_files, options
from api.cli.console import note, output, say
from api.cli.draft_files import DraftFile
from api.cli.sides import SideOption

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.cli.changes import Change
    from matcher.entities import Offer

app = typer.Typer(no_args_is_help=True, help="Offer terms, counter, agree, decline.")

AnswerArgument = Annotated[str, typer.Argument(metavar="ANSWER", help="The answer's id.", show_default=False)]
IdArgument = Annotated[
    str, typer.Argument(metavar="OFFER", help="As `jiebang offer list` shows it.", show_default=False)
]


@app.command()
def make(id: AnswerArgument, file: DraftFile, side: SideOption, as_json: options.Json = False) -> None:
    """Offer terms, or counter the other side's offer that stands."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import negotiations
    from matcher.awards.cases import Side
    from matcher.awards.drafts import OfferDraft

    said, own = draft_files.read(file, OfferDraft), Side(side)
    _moved(lambda change: negotiations.offer(change.session, COMMAND_LINE, id, said, own, at=change.at), as_json)


@app.command("list")
def listed(id: AnswerArgument, as_json: options.Json = False) -> None:
    """List every version, the first one first."""
    from api.cli import award_tables, pairs
    from api.composition import open_home
    from api.schemas.awards import OfferOut
    from matcher.actors import COMMAND_LINE
    from matcher.awards import negotiations
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = [OfferOut.of(one) for one in negotiations.listed(session, COMMAND_LINE, id)]
    if as_json:
        for one in found:
            say(pairs.json_line(one.model_dump(mode="json")))
    elif found:
        output().print(award_tables.offers_table(found))
    else:
        note("No offer was made.")


@app.command()
def agree(id: IdArgument, side: SideOption, as_json: options.Json = False) -> None:
    """Agree to the other side's offer."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import negotiations
    from matcher.awards.cases import Side

    own = Side(side)
    _moved(lambda change: negotiations.agree(change.session, COMMAND_LINE, id, own, at=change.at), as_json)


@app.command()
def decline(
    id: IdArgument,
    side: SideOption,
    reason: Annotated[str, typer.Option(help="Shown to the other side.")] = "",
    as_json: options.Json = False,
) -> None:
    """Decline the other side's offer."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import negotiations
    from matcher.awards.cases import Side

    own = Side(side)
    _moved(
        lambda change: negotiations.decline(change.session, COMMAND_LINE, id, own, at=change.at, reason=reason), as_json
    )


def _moved(do: Callable[[Change], Offer], as_json: bool) -> None:
    from api.cli import pairs
    from api.schemas.awards import OfferOut

    with changes.changing() as change:
        told = OfferOut.of(do(change))
    say(
        pairs.json_line(told.model_dump(mode="json"))
        if as_json
        else f"{told.id} is {told.state}, version {told.number}"
    )
