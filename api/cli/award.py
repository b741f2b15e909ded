"""`jiebang award`: what a challenge ends in, the money, the dossier."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import changes, options
from api.cli.console import note, output, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

app = typer.Typer(no_args_is_help=True, help="Make awards, record stage payments, show the ledger, export.")

ChallengeArgument = Annotated[str, typer.Argument(metavar="CHALLENGE", help="The challenge's id.", show_default=False)]
AwardArgument = Annotated[
    str, typer.Argument(metavar="AWARD", help="As `jiebang award list` shows it.", show_default=False)
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it.", show_default=False)]


@app.command()
def settle(
    id: ChallengeArgument,
    amount: Annotated[
        list[str] | None,
        typer.Option(metavar="ANSWER=AMOUNT", help="What an answer is awarded; again for more.", show_default=False),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="For the record; expected where an answer gets another amount than it asks for.")
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Make the awards once the time for objections is over, and commit their money: what each asks for, unless said."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import awards

    amounts = dict(map(_amount, amount or ()))
    with changes.changing() as change:
        awards.settle(change.session, change.home.secrets, COMMAND_LINE, id, amounts, at=change.at, reason=reason)
    listed(id, as_json)


@app.command("list")
def listed(id: ChallengeArgument, as_json: options.Json = False) -> None:
    """List the awards of a challenge."""
    from api import award_presenting as presenting
    from api.cli import award_tables, pairs
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.awards import awards
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = presenting.awarded(session, awards.listed(session, COMMAND_LINE, id))
    if as_json:
        for one in found:
            say(pairs.json_line(one.model_dump(mode="json")))
    elif found:
        output().print(award_tables.awards_table(found))
    else:
        note("No awards yet.")


@app.command()
def ledger(id: ChallengeArgument, as_json: options.Json = False) -> None:
    """Show what was committed for a challenge and what became of it. Ends with status 1 where it does not add up."""
    from api import award_presenting as presenting
    from api.cli import award_tables, pairs
    from api.cli.console import UNEXPECTED
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.awards import awards
    from matcher.awards import ledger as books
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        lines = awards.entries(session, COMMAND_LINE, id)
        told, faults = presenting.books(session, lines), books.faults(lines)
    if as_json:
        say(pairs.json_line(told.model_dump(mode="json") | {"faults": faults}))
    else:
        output().print(award_tables.balances_table(told.balances))
        say("; ".join(faults) or f"It balances: {len(told.entries)} entries.")
    if faults:
        raise typer.Exit(UNEXPECTED)


@app.command("pay-stage")
def pay_stage(
    id: ChallengeArgument,
    round: Annotated[int, typer.Option(min=1, help="That the paid answers went on from.", show_default=False)],
) -> None:
    """Record what the answers that went on from a round are paid."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import stages

    with changes.changing() as change:
        paid = stages.pay(change.session, COMMAND_LINE, id, round, at=change.at)
        numbers = ", ".join(str(answer.number) for answer in paid)
    say(f"Recorded the stage payments of round {round} to answers {numbers or '(none)'}.")


@app.command()
def finish(id: ChallengeArgument) -> None:
    """Close a challenge all of whose contracts have ended."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import outcomes

    with changes.changing() as change:
        outcomes.finish(change.session, COMMAND_LINE, id, at=change.at)
    say(f"{id} is finished.")


@app.command()
def notice(id: AwardArgument, out: Out) -> None:
    """Write the award notice 中榜通知书 (.docx)."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import documents

    write_export(out, ".docx", lambda session: documents.award_notice(session, COMMAND_LINE, id))


@app.command()
def dossier(id: ChallengeArgument, out: Out) -> None:
    """Write the whole matter as signed evidence (.zip); `jiebang audit verify FILE` checks it."""
    from api import evidence
    from api.cli import targets
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE

    targets.check(out, (".zip",))
    with open_home(options.settings()) as home, targets.replacing(out) as fresh, fresh.open("wb") as target:
        manifest = evidence.write(home, COMMAND_LINE, f"challenge:{id}", target)
    say(f"Wrote {out}: {manifest.events} events.")


def write_export(out: Path, ending: str, make: Callable[[Session], bytes]) -> None:
    """Writes what was made from the home's database, whole or not at all."""
    from api.cli import targets
    from api.composition import open_home
    from matcher.sessions import reading

    targets.check(out, (ending,))
    with open_home(options.settings()) as home, reading(home.engine) as session:
        content = make(session)
    with targets.replacing(out) as fresh:
        fresh.write_bytes(content)
    say(f"Wrote {out}.")


def _amount(text: str) -> tuple[str, Decimal]:
    """Raises Invalid."""
    from matcher.errors import Invalid

    answer, _, said = text.partition("=")
    try:
        return answer, changes.amount(said, "--amount")
    except Invalid:
        expected = "ANSWER=AMOUNT is expected, such as 0191…=500000.00"
        raise Invalid(f"{expected}; not {text!r}", place="--amount") from None
