"""`jiebang grade`: graders drawn, grades taken down, a round's grades closed and read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import draft_files, lookups, options
from api.cli.console import UNUSABLE, note, output, say
from api.cli.draft_files import DraftFile
from api.cli.lookups import EmailArgument

if TYPE_CHECKING:
    from sqlmodel import Session

    from api.composition import Home

app = typer.Typer(no_args_is_help=True, help="Draw graders, take their grades down, close and read them.")

ChallengeArgument = Annotated[str, typer.Argument(metavar="CHALLENGE", help="Its id.", show_default=False)]
NumberArgument = Annotated[
    int, typer.Argument(metavar="NUMBER", min=1, help="The answer's number in the challenge.", show_default=False)
]
AssignmentArgument = Annotated[
    str, typer.Argument(metavar="ASSIGNMENT", help="Its id, as `jiebang grade desk` shows it.", show_default=False)
]
RoundOption = Annotated[int | None, typer.Option(min=1, help="Another round than the current one.", show_default=False)]


class ConflictChoice(StrEnum):
    CO_AUTHOR = "co_author"
    DECLARED = "declared"


@app.command()
def graders(challenge: ChallengeArgument, as_json: options.Json = False) -> None:
    """List the pool: what waits on each grader, and where they have a conflict of interest."""
    from api import grading_presenting as presenting
    from api.cli import grading_tables as tables
    from matcher.actors import COMMAND_LINE
    from matcher.grading import drawing, readings

    with reading_home() as (session, home):
        teams = readings.teams(home.secrets)
        found = presenting.candidates(drawing.candidates(session, COMMAND_LINE, challenge, teams))
    if as_json:
        print_lines(found)
    elif found:
        output().print(tables.graders(found))
    if not found:
        note("No grader here: an operator accredits people as graders.")


@app.command()
def draw(
    challenge: ChallengeArgument,
    each: Annotated[
        int | None, typer.Option(min=1, max=20, help="Graders for each answer; else as the mechanism has it.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="Answers on one desk at most.")] = 20,
    industry: Annotated[
        float | None, typer.Option(min=0, max=1, help="The share of graders from companies; else the mechanism's.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why fewer than the mechanism says, of either.")] = "",
    as_json: options.Json = False,
) -> None:
    """Put each answer on as many desks as it lacks. Ends with status 2 and the way out where that cannot be."""
    from api import grading_presenting as presenting
    from api.schemas.grading import ReasonOut
    from matcher.actors import COMMAND_LINE
    from matcher.grading import drawing, pool, readings
    from matcher.grading.drawing import DrawDraft, Impossible

    draft = DrawDraft(each=each, most=most, industry_share=industry, reason=reason)
    with reading_home() as (session, home):
        similarity = pool.by_texts(home.encoder, readings.texts(session, home.secrets, COMMAND_LINE, challenge))
    with writing_home() as (session, at, home):
        teams = readings.teams(home.secrets)
        found = drawing.draw(session, COMMAND_LINE, challenge, draft, at=at, similarity=similarity, teams=teams)
        impossible = isinstance(found, Impossible)
        if isinstance(found, Impossible):
            told: list[Any] = [ReasonOut.model_validate(reason) for reason in found.reasons]
        else:
            told = presenting.seats(session, found)
    if as_json:
        print_lines(told)
    elif impossible:
        for reason in told:
            note(reason.message)
    else:
        say(f"Put {len(told)} on desks.")
    if impossible:
        raise typer.Exit(UNUSABLE)


@app.command()
def desk(email: EmailArgument, as_json: options.Json = False) -> None:
    """List what lies on a grader's desk."""
    from api import grading_presenting as presenting
    from api.cli import grading_tables as tables
    from matcher.actors import COMMAND_LINE
    from matcher.grading import grades

    with reading_home() as (session, _):
        person = lookups.person(session, email).id
        found = [presenting.desk(one) for one in grades.on_desk(session, COMMAND_LINE, person)]
    if as_json:
        print_lines(found)
    elif found:
        output().print(tables.desk(found))
    if not found:
        note(f"Nothing lies on the desk of {email}.")


@app.command()
def show(assignment: AssignmentArgument) -> None:
    """Print an answer as its grader reads it, with the grade so far, as JSON."""
    from api import grading_presenting as presenting
    from matcher.actors import COMMAND_LINE
    from matcher.grading import grades, readings

    with reading_home() as (session, home):
        paper = readings.paper(session, home.secrets, COMMAND_LINE, assignment)
        found = presenting.assignment(session, grades.read(session, COMMAND_LINE, assignment), paper)
    print_lines([found])


@app.command()
def file(
    assignment: AssignmentArgument,
    id: Annotated[
        str, typer.Argument(metavar="FILE", help="Its id, as `jiebang grade show` has it.", show_default=False)
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Where to write it.", show_default=False)],
) -> None:
    """Write out a file of an answer as its grader gets it."""
    from api.cli import targets
    from matcher.actors import COMMAND_LINE
    from matcher.grading import readings

    with reading_home() as (session, home):
        found, content = readings.file(session, home.secrets, COMMAND_LINE, assignment, id)
    with targets.replacing(out) as fresh:
        fresh.write_bytes(content)
    say(f"Wrote {out}: {found.name}.")


@app.command()
def save(
    challenge: ChallengeArgument,
    number: NumberArgument,
    email: EmailArgument,
    file: DraftFile,
    submit: Annotated[bool, typer.Option("--submit", help="And hand it in.")] = False,
) -> None:
    """Take down a grader's grade of one answer, as it came on paper. The record says that it was the command line."""
    from matcher.actors import COMMAND_LINE
    from matcher.grading import grades, readings
    from matcher.grading.grades import GradeDraft

    draft = draft_files.read(file, GradeDraft)
    with writing_home() as (session, at, home):
        assignment, teams = lookups.assignment(session, challenge, number, email), readings.teams(home.secrets)
        grades.save(session, COMMAND_LINE, assignment, draft, teams=teams, at=at)
        if submit:
            grades.submit(session, COMMAND_LINE, assignment, teams=teams, at=at)
    say("Saved and submitted." if submit else "Saved.")


@app.command()
def recall(assignment: AssignmentArgument) -> None:
    """Take an answer off a desk, with its grade."""
    from matcher.actors import COMMAND_LINE
    from matcher.grading import drawing

    with writing_home() as (session, at, _):
        drawing.recall(session, COMMAND_LINE, assignment, at=at)
    say("Recalled.")


@app.command()
def conflict(
    challenge: ChallengeArgument,
    email: EmailArgument,
    organisation: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its name.", show_default=False)],
    kind: Annotated[ConflictChoice, typer.Option(help="Where it comes from.")] = ConflictChoice.DECLARED,
    reason: Annotated[str, typer.Option(help="Kept with it.")] = "",
) -> None:
    """Say that a grader must not judge what an organisation hands in; what they have of it is recalled."""
    from matcher.actors import COMMAND_LINE
    from matcher.entities import ConflictKind
    from matcher.grading import conflicts
    from matcher.grading.conflicts import ConflictDraft

    with writing_home() as (session, at, _):
        draft = ConflictDraft(
            person_id=lookups.person(session, email).id,
            organisation_id=lookups.organisation(session, organisation).id,
            kind=ConflictKind(kind),
            reason=reason,
        )
        conflicts.record(session, COMMAND_LINE, challenge, draft, at=at)
    say(f"{email} grades nothing of {organisation} here.")


@app.command()
def trial(
    challenge: ChallengeArgument,
    number: NumberArgument,
    email: EmailArgument,
    due: Annotated[
        datetime | None, typer.Option(help="The round waits until then, in UTC.", show_default=False)
    ] = None,
) -> None:
    """Name a user who tries what an answer offers; prints the trial's id."""
    from datetime import UTC

    from matcher.actors import COMMAND_LINE
    from matcher.grading import trials
    from matcher.grading.trials import TrialDraft

    with writing_home() as (session, at, _):
        person = lookups.person(session, email).id
        draft = TrialDraft(person_id=person, due=due.replace(tzinfo=UTC) if due else None)
        say(trials.name_user(session, COMMAND_LINE, lookups.answer(session, challenge, number), draft, at=at).id)


@app.command()
def report(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Its id.", show_default=False)], file: DraftFile
) -> None:
    """Take down what a user found in a trial."""
    from matcher.actors import COMMAND_LINE
    from matcher.grading import trials
    from matcher.grading.trials import ReportDraft

    draft = draft_files.read(file, ReportDraft)
    with writing_home() as (session, at, _):
        trials.report(session, COMMAND_LINE, trial, draft, at=at)
    say("Reported.")


@app.command()
def commit(
    challenge: ChallengeArgument,
    number: NumberArgument,
    organisation: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its name.", show_default=False)],
    file: DraftFile,
) -> None:
    """Take down what an organisation invited to invest promises to an answer; prints the commitment's id.

    The file says amount and conditions, such as {"amount": "500000", "conditions": "…"}.
    """
    from dataclasses import replace

    from matcher.actors import COMMAND_LINE
    from matcher.grading import commitments
    from matcher.grading.commitments import CommitmentDraft

    draft = draft_files.read(file, CommitmentDraft)
    with writing_home() as (session, at, _):
        investor = replace(COMMAND_LINE, organisation_id=lookups.organisation(session, organisation).id)
        answer = lookups.answer(session, challenge, number)
        say(commitments.commit(session, investor, answer, draft, at=at).id)


@app.command()
def uncommit(
    id: Annotated[str, typer.Argument(metavar="COMMITMENT", help="Its id.", show_default=False)],
) -> None:
    """Take a promise of money back, until the round's grades are closed."""
    from matcher.actors import COMMAND_LINE
    from matcher.grading import commitments

    with writing_home() as (session, at, _):
        commitments.withdraw(session, COMMAND_LINE, id, at=at)
    say("Withdrawn.")


@app.command()
def close(challenge: ChallengeArgument) -> None:
    """Close the round's grades: from here on they are read, and no longer changed."""
    from matcher.actors import COMMAND_LINE
    from matcher.grading import closing, readings

    with writing_home() as (session, at, home):
        closing.close(session, COMMAND_LINE, challenge, teams=readings.teams(home.secrets), at=at)
    say("Closed.")


@app.command()
def standings(challenge: ChallengeArgument, round: RoundOption = None, as_json: options.Json = False) -> None:
    """Print ranks, means and intervals, what was measured and committed, once the grades are closed."""
    from api import grading_presenting as presenting
    from api.cli import grading_tables as tables
    from matcher.actors import COMMAND_LINE
    from matcher.grading import standings

    with reading_home() as (session, _):
        found = presenting.standings(session, standings.read(session, COMMAND_LINE, challenge, round))
    if as_json:
        print_lines([found])
        return
    output().print(tables.standings(found))
    if found.alpha is not None:
        say(f"Agreement of the graders (Krippendorff's alpha): {found.alpha:.2f}")


# -- what commands that judge and decide share ------------------------------------------------------


@contextmanager
def reading_home() -> Iterator[tuple[Session, Home]]:
    from api.composition import open_home
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        yield session, home


@contextmanager
def writing_home() -> Iterator[tuple[Session, datetime, Home]]:
    from api.composition import open_home
    from api.timed import writing_now

    with open_home(options.settings()) as home, writing_now(home.engine) as (session, at):
        yield session, at, home


def print_lines(found: list[Any]) -> None:
    from api.cli import pairs

    for one in found:
        say(pairs.json_line(one.model_dump(mode="json")))
