"""`jiebang challenge ask`, `invite` …: what is said around a challenge before it closes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import changes, lookups, options
from api.cli.challenge import IdArgument, app
from api.cli.console import bars, note, output, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

_NAMES = typer.Option("--organisation", metavar="NAME", help="Give it again for more.", show_default=False)


@app.command()
def ask(
    id: IdArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", show_default=False)],
    organisation: Annotated[str, typer.Option(metavar="NAME", help="Who asks; nobody is told.", show_default=False)],
    as_json: options.Json = False,
) -> None:
    """Ask the setter something, for an organisation."""
    from dataclasses import replace

    from api.challenge_presenting import questions as shown
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import questions

    with changes.changing() as change:
        actor = replace(COMMAND_LINE, organisation_id=lookups.organisation(change.session, organisation).id)
        asked = questions.ask(change.session, actor, id, _words(text), at=change.at)
        found = shown(actor, [asked])
    _print(found, as_json)


@app.command()
def answer(
    id: IdArgument,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="Its id.", show_default=False)],
    text: Annotated[str, typer.Argument(metavar="TEXT", show_default=False)],
    as_json: options.Json = False,
) -> None:
    """Answer a question, to everybody."""
    from api.challenge_presenting import questions as shown
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import questions

    with changes.changing() as change:
        answered = questions.answer(change.session, COMMAND_LINE, id, {question: _words(text)}, at=change.at)
        found = shown(COMMAND_LINE, answered)
    _print(found, as_json)


@app.command("questions")
def listed_questions(id: IdArgument, as_json: options.Json = False) -> None:
    """List the questions, answered or not."""
    from api.challenge_presenting import questions as shown
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import questions
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = shown(COMMAND_LINE, questions.listed(session, COMMAND_LINE, id))
    _print(found, as_json, "No question.")


@app.command()
def invite(
    id: IdArgument,
    organisations: Annotated[list[str], _NAMES],
    reason: Annotated[str, typer.Option(help="Why they; each of them is told.", show_default=False)],
    invests: Annotated[bool, typer.Option("--invests", help="To invest in the answers, not to answer.")] = False,
    as_json: options.Json = False,
) -> None:
    """Invite organisations by name."""
    from api.challenge_presenting import invitations as shown
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import invitations

    with changes.changing() as change:
        ids = [lookups.organisation(change.session, name).id for name in organisations]
        made = invitations.invite(change.session, COMMAND_LINE, id, ids, reason=reason, at=change.at, invests=invests)
        found = shown(change.session, made)
    _print(found, as_json, "All of them are invited already.")


@app.command("invite-matching")
def invite_matching(
    id: IdArgument,
    least: Annotated[float, typer.Option(min=0, max=1, help="The score from which a result is reason enough.")] = 0.5,
    top: options.Top = 20,
    as_json: options.Json = False,
) -> None:
    """Invite those with a public result that likely helps, each with the reason why."""
    from api.challenge_presenting import invitations as shown
    from api.cli import files
    from api.composition import open_home
    from api.timed import writing_now
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import invitations, publishing
    from matcher.engine import challenge_moves
    from matcher.matching.pipeline import match_draft
    from matcher.sessions import reading

    with open_home(options.settings()) as home:
        with bars() as progress:
            files.catch_up(home, progress)
        with reading(home.engine) as session:
            need = publishing.as_need(challenge_moves.find(session, COMMAND_LINE, id))
            matches = match_draft(session, home.index, COMMAND_LINE, need, top=top)
        with writing_now(home.engine) as (session, at):
            made = invitations.invite_matching(session, COMMAND_LINE, id, matches, at=at, least=least)
            found = shown(session, made)
    _print(found, as_json, "Nobody new has a public result that likely helps.")


@app.command()
def uninvite(
    id: IdArgument,
    organisation: Annotated[str, typer.Option(metavar="NAME", show_default=False)],
) -> None:
    """Take an invitation back, before an answer is started."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import invitations

    with changes.changing() as change:
        there = lookups.organisation(change.session, organisation)
        invitations.take_back(change.session, COMMAND_LINE, id, there.id, at=change.at)
    say(f"{organisation} is not invited any more.")


@app.command("invitations")
def listed_invitations(id: IdArgument, as_json: options.Json = False) -> None:
    """List who is invited, and why."""
    from api.challenge_presenting import invitations as shown
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import invitations
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = shown(session, invitations.listed(session, COMMAND_LINE, id))
    _print(found, as_json, "Nobody is invited.")


@app.command()
def attach(
    id: IdArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    as_json: options.Json = False,
) -> None:
    """Add a file that the challenge is told with."""
    from api.schemas.challenges import DocumentOut
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import documents

    content = file.read_bytes()
    with changes.changing() as change:
        added = documents.add(change.session, COMMAND_LINE, id, file.name, content, at=change.at)
        found = [DocumentOut.model_validate(added)]
    _print(found, as_json)


@app.command()
def detach(id: IdArgument, file_id: Annotated[str, typer.Argument(metavar="FILE-ID", show_default=False)]) -> None:
    """Take a file out of a draft."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import documents

    with changes.changing() as change:
        documents.remove(change.session, COMMAND_LINE, id, file_id, at=change.at)
    say(f"{file_id} is taken out.")


@app.command("documents")
def listed_documents(id: IdArgument, as_json: options.Json = False) -> None:
    """List the files that the challenge is told with."""
    from api.composition import open_home
    from api.schemas.challenges import DocumentOut
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import documents
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = [DocumentOut.model_validate(one) for one in documents.listed(session, COMMAND_LINE, id)]
    _print(found, as_json, "No file.")


def _words(text: str) -> str:
    from matcher.errors import Invalid

    text = text.strip()
    if not 1 <= len(text) <= 5000:
        raise Invalid("1 to 5000 characters are expected", place="TEXT")
    return text


def _print(found: Sequence[BaseModel], as_json: bool, none: str = "") -> None:
    from api.cli import challenge_tables, pairs

    records: list[dict[str, Any]] = [one.model_dump(mode="json") for one in found]
    if as_json:
        for record in records:
            say(pairs.json_line(record))
    elif records:
        output().print(challenge_tables.records_table(records))
    else:
        note(none)
