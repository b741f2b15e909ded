"""`jiebang milestone`: handed in, accepted, sent back, paid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import changes, draft_files, options
from api.cli.console import note, output, say
from api.cli.contract import IdArgument as ContractArgument
from api.cli.draft_files import DraftFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.cli.changes import Change
    from matcher.entities import Milestone

app = typer.Typer(no_args_is_help=True, help="Hand milestones in, accept and pay them.")

IdArgument = Annotated[
    str, typer.Argument(metavar="MILESTONE", help="As `jiebang milestone list` shows it.", show_default=False)
]


@app.command("list")
def listed(id: ContractArgument, as_json: options.Json = False) -> None:
    """List the milestones of a signed contract."""
    from api import award_presenting as presenting
    from api.cli import award_tables, pairs
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.awards import milestones
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        rows = milestones.listed(session, COMMAND_LINE, id)
        found = [presenting.milestone(session, COMMAND_LINE, one) for one in rows]
    if as_json:
        for one in found:
            say(pairs.json_line(one.model_dump(mode="json")))
    elif found:
        output().print(award_tables.milestones_table(found))
    else:
        note("No milestones: the contract is not signed, or pays nothing.")


@app.command()
def submit(id: IdArgument, file: DraftFile, as_json: options.Json = False) -> None:
    """Hand a milestone in: a report, and what was measured."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import milestones
    from matcher.awards.drafts import MilestoneReport

    said = draft_files.read(file, MilestoneReport)
    _moved(lambda change: milestones.submit(change.session, COMMAND_LINE, id, said, at=change.at), as_json)


@app.command()
def attach(
    id: IdArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="At most 20 MiB.", exists=True, dir_okay=False)],
) -> None:
    """Add a file to what is handed in."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import milestones

    with changes.changing() as change:
        made = milestones.attach(change.session, COMMAND_LINE, id, file.name, file.read_bytes(), at=change.at)
        told = f"{made.id}: {made.name}, {made.size:,} bytes, SHA-256 {made.sha256}"
    say(told)


@app.command("send-back")
def send_back(
    id: IdArgument,
    reason: Annotated[str, typer.Option(help="What is missing.", show_default=False)],
    as_json: options.Json = False,
) -> None:
    """Do not accept it as it is; it may be handed in again."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import milestones

    _moved(lambda change: milestones.send_back(change.session, COMMAND_LINE, id, reason, at=change.at), as_json)


@app.command()
def accept(
    id: IdArgument,
    remark: Annotated[str, typer.Option(help="Why, where an indicator is missed.")] = "",
    as_json: options.Json = False,
) -> None:
    """Accept what was handed in."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import milestones

    _moved(lambda change: milestones.accept(change.session, COMMAND_LINE, id, remark, at=change.at), as_json)


@app.command()
def pay(
    id: IdArgument,
    reference: Annotated[str, typer.Option(help="Of the transfer.")] = "",
    as_json: options.Json = False,
) -> None:
    """Record that an accepted milestone was paid; once."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import milestones

    _moved(lambda change: milestones.pay(change.session, COMMAND_LINE, id, reference, at=change.at), as_json)


def _moved(do: Callable[[Change], Milestone], as_json: bool) -> None:
    from api import award_presenting as presenting
    from api.cli import pairs
    from matcher.actors import COMMAND_LINE

    with changes.changing() as change:
        told = presenting.milestone(change.session, COMMAND_LINE, do(change))
    say(pairs.json_line(told.model_dump(mode="json")) if as_json else f"{told.id} is {told.state}: {told.title}")
