"""`jiebang contract`: drafted, confirmed, changed, ended, exported. A shell here may speak for either side."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import changes, draft_files, options
from api.cli.award import AwardArgument, Out, write_export
from api.cli.console import note, say
from api.cli.draft_files import DraftFile
from api.cli.sides import SideOption

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.cli.changes import Change
    from matcher.entities import Contract, ContractChange

app = typer.Typer(no_args_is_help=True, help="Draft, confirm, change, end and export contracts.")


class OutcomeChoice(StrEnum):
    ACHIEVED = "achieved"
    ACHIEVED_IN_PART = "achieved_in_part"
    TECHNICAL_FAILURE = "technical_failure"
    TOO_LATE = "too_late"
    OVER_BUDGET = "over_budget"
    TEAM_LEFT = "team_left"
    NEED_GONE = "need_gone"
    DISPUTE = "dispute"
    OTHER = "other"


IdArgument = Annotated[str, typer.Argument(metavar="CONTRACT", help="The contract's id.", show_default=False)]
ChangeArgument = Annotated[str, typer.Argument(metavar="CHANGE", help="The change's id.", show_default=False)]
Outcome = Annotated[OutcomeChoice, typer.Option(help="How it ended.", show_default=False)]
Explanation = Annotated[str, typer.Option("--text", help="Why, unless everything was achieved.")]


@app.command()
def propose(id: AwardArgument) -> None:
    """Print a contract to begin with, as JSON, for `contract draft`."""
    from api import award_presenting as presenting
    from api.cli import pairs
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        draft = presenting.proposal(session, home.secrets, COMMAND_LINE, id)
    say(pairs.json_line(draft.model_dump(mode="json")))


@app.command()
def draft(id: AwardArgument, file: DraftFile, as_json: options.Json = False) -> None:
    """Draft the contract of an award."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import contracts
    from matcher.awards.drafts import ContractDraft

    said = draft_files.read(file, ContractDraft)
    _changed(lambda change: contracts.draft(change.session, COMMAND_LINE, id, said, at=change.at), as_json)


@app.command()
def edit(id: IdArgument, file: DraftFile, as_json: options.Json = False) -> None:
    """Replace a draft; both sides have to confirm again."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import contracts
    from matcher.awards.drafts import ContractDraft

    said = draft_files.read(file, ContractDraft)
    _changed(lambda change: contracts.edit(change.session, COMMAND_LINE, id, said, at=change.at), as_json)


@app.command()
def show(id: IdArgument, as_json: options.Json = False) -> None:
    """Show a contract; with --json all of it."""
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.awards import contracts
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        _print(contracts.get(session, COMMAND_LINE, id), as_json)


@app.command()
def versions(id: IdArgument, as_json: options.Json = False) -> None:
    """List what a contract said before, the first version first; with --json all of each."""
    from api import award_presenting as presenting
    from api.cli import pairs
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.awards import contract_versions
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = [presenting.contract_version(one) for one in contract_versions.listed(session, COMMAND_LINE, id)]
    for one in found:
        by = {True: "by the setter", False: "by the answerer", None: "from a shell"}[one.by_setter]
        short = f"{one.number}, {one.at:%Y-%m-%d} {by}: {one.terms.amount:,.2f} {one.terms.currency}"
        say(pairs.json_line(one.model_dump(mode="json")) if as_json else short)


@app.command()
def confirm(
    id: IdArgument,
    version: Annotated[int, typer.Option(min=1, help="That was read.", show_default=False)],
    side: SideOption,
    as_json: options.Json = False,
) -> None:
    """Confirm a version for one side; the second side's confirmation signs it."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import contracts
    from matcher.awards.cases import Side

    own = Side(side)
    _changed(lambda change: contracts.confirm(change.session, COMMAND_LINE, id, version, own, at=change.at), as_json)


@app.command()
def drop(
    id: IdArgument,
    reason: Annotated[str, typer.Option(help="Why.", show_default=False)],
    as_json: options.Json = False,
) -> None:
    """Give up a contract that was never signed; its money is released."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import contracts

    _changed(lambda change: contracts.drop(change.session, COMMAND_LINE, id, reason, at=change.at), as_json)


@app.command()
def complete(id: IdArgument, outcome: Outcome, text: Explanation = "", as_json: options.Json = False) -> None:
    """End a contract that was carried out, whatever came of it."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import outcomes
    from matcher.entities import OutcomeCode

    code = OutcomeCode(outcome)
    _changed(lambda change: outcomes.complete(change.session, COMMAND_LINE, id, code, text, at=change.at), as_json)


@app.command()
def terminate(id: IdArgument, outcome: Outcome, text: Explanation = "", as_json: options.Json = False) -> None:
    """Break a contract off; what is not accepted is cancelled, and its money released."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import outcomes
    from matcher.entities import OutcomeCode

    code = OutcomeCode(outcome)
    _changed(lambda change: outcomes.terminate(change.session, COMMAND_LINE, id, code, text, at=change.at), as_json)


@app.command()
def register(id: IdArgument, out: Out) -> None:
    """Write the fields of the registration form 技术合同登记表 (.xlsx)."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import registration

    write_export(out, ".xlsx", lambda session: registration.workbook(session, COMMAND_LINE, id))


@app.command()
def summary(id: IdArgument, out: Out) -> None:
    """Write the contract in short (.docx)."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import documents

    write_export(out, ".docx", lambda session: documents.contract_summary(session, COMMAND_LINE, id))


# -- changes ----------------------------------------------------------------------------------------


@app.command("change")
def ask_for_change(id: IdArgument, file: DraftFile, side: SideOption, as_json: options.Json = False) -> None:
    """Ask the other side to change a signed contract."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import changes as verbs
    from matcher.awards.cases import Side
    from matcher.awards.drafts import ChangeDraft

    said, own = draft_files.read(file, ChangeDraft), Side(side)
    _answered(lambda change: verbs.ask(change.session, COMMAND_LINE, id, said, own, at=change.at), as_json)


@app.command("changes")
def listed_changes(id: IdArgument, as_json: options.Json = False) -> None:
    """List the changes that were asked for."""
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.awards import changes as verbs
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = verbs.listed(session, COMMAND_LINE, id)
    for one in found:
        _print_change(one, as_json)
    if not found:
        note("No change was asked for.")


@app.command()
def agree(id: ChangeArgument, side: SideOption, as_json: options.Json = False) -> None:
    """Agree to a change that the other side asked for."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import changes as verbs
    from matcher.awards.cases import Side

    own = Side(side)
    _answered(lambda change: verbs.agree(change.session, COMMAND_LINE, id, own, at=change.at), as_json)


@app.command()
def decline(
    id: ChangeArgument,
    side: SideOption,
    reason: Annotated[str, typer.Option(help="Shown to the other side.")] = "",
    as_json: options.Json = False,
) -> None:
    """Decline a change that the other side asked for."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import changes as verbs
    from matcher.awards.cases import Side

    own = Side(side)
    _answered(lambda change: verbs.decline(change.session, COMMAND_LINE, id, own, at=change.at, reason=reason), as_json)


@app.command("take-back")
def take_back(id: ChangeArgument, side: SideOption, as_json: options.Json = False) -> None:
    """Take back a change that one's own side asked for."""
    from matcher.actors import COMMAND_LINE
    from matcher.awards import changes as verbs
    from matcher.awards.cases import Side

    own = Side(side)
    _answered(lambda change: verbs.take_back(change.session, COMMAND_LINE, id, own, at=change.at), as_json)


def _changed(do: Callable[[Change], Contract], as_json: bool) -> None:
    with changes.changing() as change:
        _print(do(change), as_json)


def _answered(do: Callable[[Change], ContractChange], as_json: bool) -> None:
    with changes.changing() as change:
        _print_change(do(change), as_json)


def _print(found: Contract, as_json: bool) -> None:
    from api import award_presenting as presenting
    from api.cli import pairs

    if as_json:
        say(pairs.json_line(presenting.contract(found).model_dump(mode="json")))
    else:
        say(f"{found.id} is {found.state} (version {found.version}): {found.amount:,.2f} {found.currency}")


def _print_change(found: ContractChange, as_json: bool) -> None:
    from api.cli import pairs
    from api.schemas.awards import ChangeOut

    if as_json:
        say(pairs.json_line(ChangeOut.model_validate(found).model_dump(mode="json")))
    else:
        say(f"{found.id} is {found.state}: {found.reason}")
