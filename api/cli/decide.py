"""`jiebang decide`: determinations, eliminations and their reversal, objections."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from api.cli import lookups, options
from api.cli.console import note, output, say
from api.cli.grade import ChallengeArgument, NumberArgument, print_lines, reading_home, writing_home

app = typer.Typer(no_args_is_help=True, help="Decide on answers: determine, eliminate, reverse, object.")

ObjectionArgument = Annotated[str, typer.Argument(metavar="OBJECTION", help="Its id.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why; kept and told.", show_default=False)]


class DecidedChoice(StrEnum):
    SELECTED = "selected"
    ELIMINATED = "eliminated"
    SUPPLEMENT = "supplement"
    REJECTED = "rejected"


@app.command()
def answer(
    challenge: ChallengeArgument,
    number: NumberArgument,
    decided: Annotated[DecidedChoice, typer.Argument(show_default=False)],
    reason: Reason,
    departs: Annotated[bool, typer.Option("--departs", help="Knowingly departs from the ranking.")] = False,
) -> None:
    """Decide on one answer. It is told with all the others, by `jiebang decide all`."""
    from matcher.actors import COMMAND_LINE
    from matcher.entities import Decided
    from matcher.grading import determinations
    from matcher.grading.determinations import DecisionDraft

    draft = DecisionDraft(decided=Decided(decided), reason=reason, departs=departs)
    with writing_home() as (session, at, _):
        id = lookups.answer(session, challenge, number)
        determinations.decide(session, COMMAND_LINE, id, draft, at=at)
    say(f"Answer {number}: {decided}.")


@app.command("all")
def determine(challenge: ChallengeArgument, as_json: options.Json = False) -> None:
    """Carry out and tell what was decided on every answer of the last round."""
    from api.schemas.decisions import DeterminationOut
    from matcher.actors import COMMAND_LINE
    from matcher.grading import determinations

    with writing_home() as (session, at, _):
        made = determinations.determine(session, COMMAND_LINE, challenge, at=at)
        told = [DeterminationOut.model_validate(one) for one in made]
    if as_json:
        print_lines(told)
    else:
        say(f"Told on {len(told)} answers; objections may be raised now.")


@app.command()
def rehearse(challenge: ChallengeArgument, as_json: options.Json = False) -> None:
    """Show who would go on to the next round, why, and what each would be paid. Changes nothing."""
    from api import grading_presenting as presenting
    from api.cli import grading_tables as tables
    from matcher.actors import COMMAND_LINE
    from matcher.engine import clock
    from matcher.grading import eliminations

    with reading_home() as (session, _):
        at = clock.of_database(session)
        found = presenting.rehearsal(eliminations.rehearse(session, COMMAND_LINE, challenge, at=at))
    if as_json:
        print_lines([found])
        return
    output().print(tables.rehearsal(found))
    for hindrance in found.hindrances:
        note(hindrance)
    say(f"jiebang decide eliminate {challenge} --rehearsed {found.digest}")


@app.command()
def eliminate(
    challenge: ChallengeArgument,
    rehearsed: Annotated[str, typer.Option(metavar="DIGEST", help="Of the rehearsal.", show_default=False)],
    choose: Annotated[
        list[int] | None, typer.Option(help="The number of an answer tied at the cut that goes on; again for more.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why those; needed for a tie.")] = "",
    deadline: Annotated[
        datetime | None, typer.Option(help="A later one of the next round, in UTC.", show_default=False)
    ] = None,
) -> None:
    """Open the next round to those that go on, as it was rehearsed or not at all."""
    from matcher.actors import COMMAND_LINE
    from matcher.grading import eliminations
    from matcher.grading.eliminations import EliminationDraft

    with writing_home() as (session, at, _):
        draft = EliminationDraft(
            rehearsed=rehearsed,
            chosen=None if choose is None else [lookups.answer(session, challenge, number) for number in choose],
            reason=reason,
            deadline=deadline.replace(tzinfo=UTC) if deadline else None,
        )
        made = eliminations.eliminate(session, COMMAND_LINE, challenge, draft, at=at)
        told = f"{sum(one['goes_on'] for one in made.rule['outcome'])} go on to round {made.round + 1}."
    say(told)


@app.command()
def reverse(challenge: ChallengeArgument, reason: Reason) -> None:
    """Put challenge and answers back to what they were before the last elimination."""
    from matcher.actors import COMMAND_LINE
    from matcher.grading import eliminations

    with writing_home() as (session, at, _):
        made = eliminations.reverse(session, COMMAND_LINE, challenge, reason=reason, at=at)
        round = made.round
    say(f"Reversed: round {round} is to be decided again.")


@app.command()
def objections(challenge: ChallengeArgument, as_json: options.Json = False) -> None:
    """List the objections to its determinations."""
    from api import grading_presenting as presenting
    from api.cli import grading_tables as tables
    from matcher.actors import COMMAND_LINE
    from matcher.grading import objections

    with reading_home() as (session, _):
        found = presenting.objections(session, objections.listed(session, COMMAND_LINE, challenge))
    if as_json:
        print_lines(found)
    elif found:
        output().print(tables.objections(found))
    if not found:
        note("No objection here.")


@app.command("object")
def object_(
    challenge: ChallengeArgument,
    number: NumberArgument,
    text: Annotated[str, typer.Option(help="What is wrong with the decision.", show_default=False)],
) -> None:
    """Take down an objection of an answer's lead, as it came on paper; prints its id."""
    from matcher.actors import COMMAND_LINE
    from matcher.grading import objections

    with writing_home() as (session, at, _):
        say(objections.raise_(session, COMMAND_LINE, lookups.answer(session, challenge, number), text, at=at).id)


@app.command("take-back")
def take_back(id: ObjectionArgument) -> None:
    """Take back an objection that is not answered yet, for who raised it."""
    from matcher.actors import COMMAND_LINE
    from matcher.grading import objections

    with writing_home() as (session, at, _):
        objections.take_back(session, COMMAND_LINE, id, at=at)
    say("Taken back.")


@app.command()
def objection(
    id: ObjectionArgument,
    text: Annotated[str, typer.Option(help="The answer, with its reasons.", show_default=False)],
    uphold: Annotated[bool, typer.Option("--uphold/--dismiss", show_default=False)],
) -> None:
    """Answer an objection. Not for the command line where the command line has decided."""
    from matcher.actors import COMMAND_LINE
    from matcher.grading import objections

    with writing_home() as (session, at, _):
        objections.answer(session, COMMAND_LINE, id, upheld=uphold, text=text, at=at)
    say("Upheld: jiebang decide again ... has its answers decided on again." if uphold else "Dismissed.")


@app.command("again")
def reconsider(challenge: ChallengeArgument, reason: Reason) -> None:
    """Have the answers of the round decided on again, after an upheld objection."""
    from matcher.actors import COMMAND_LINE
    from matcher.grading import determinations

    with writing_home() as (session, at, _):
        determinations.reconsider(session, COMMAND_LINE, challenge, reason=reason, at=at)
    say("To be decided again.")


@app.command()
def foresight(as_json: options.Json = False) -> None:
    """Print grades and commitments of awarded answers beside what became of their contracts."""
    from api import grading_presenting as presenting
    from api.cli import grading_tables as tables
    from matcher.actors import COMMAND_LINE
    from matcher.grading import foresight

    with reading_home() as (session, _):
        found = presenting.foresight(foresight.look_back(session, COMMAND_LINE))
    if as_json:
        print_lines([found])
    elif found.rows:
        output().print(tables.foresight(found))
    if not found.rows:
        note("No contract of an awarded answer has ended yet.")
