"""`jiebang answer`: answers to challenges. What is sealed is not shown here either: who has a shell writes for an
organisation, and reads what was opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import changes, draft_files, lookups, options
from api.cli.console import note, output, say
from api.cli.draft_files import DraftFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlmodel import Session

    from api.cli.changes import Change
    from matcher.entities import Answer

app = typer.Typer(no_args_is_help=True, help="Write, hand in, read, add to answers.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `jiebang answer list` shows it.", show_default=False)]
ChallengeArgument = Annotated[
    str, typer.Argument(metavar="CHALLENGE", help="As `jiebang challenge list` shows it.", show_default=False)
]
Organisation = Annotated[str, typer.Option(metavar="NAME", help="Whose it is.", show_default=False)]


@app.command("list")
def listed(challenge: ChallengeArgument, as_json: options.Json = False) -> None:
    """List the answers to a challenge: whose they are and how far they are, not what they say."""
    from api.answer_presenting import shown
    from api.cli import pairs
    from api.cli.challenge_tables import answers_table
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.answers import reading
    from matcher.sessions import reading as looking

    with open_home(options.settings()) as home, looking(home.engine) as session:
        found = shown(session, COMMAND_LINE, reading.of_challenge(session, COMMAND_LINE, challenge))
    if as_json:
        for one in found:
            say(pairs.json_line(one.model_dump(mode="json")))
    elif found:
        output().print(answers_table(found))
    else:
        note("Nobody has started an answer.")


@app.command()
def start(
    challenge: ChallengeArgument,
    organisation: Organisation,
    like: Annotated[
        str | None, typer.Option(metavar="ID", help="Begin with an earlier answer of its own.", show_default=False)
    ] = None,
    result: Annotated[
        str | None, typer.Option(metavar="ID", help="Begin with a result it has registered.", show_default=False)
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Start an organisation's answer."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import drafting

    _changed(
        lambda change: drafting.start(
            change.session,
            change.home.secrets,
            COMMAND_LINE,
            challenge,
            organisation_id=lookups.organisation(change.session, organisation).id,
            like=like,
            result_id=result,
            at=change.at,
        ),
        as_json,
    )


@app.command()
def save(id: IdArgument, file: DraftFile, as_json: options.Json = False) -> None:
    """Store what is written so far, as a further version."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import drafting
    from matcher.engine.answer_drafts import AnswerDraft

    draft = draft_files.read(file, AnswerDraft)
    _changed(
        lambda change: drafting.save(change.session, change.home.secrets, COMMAND_LINE, id, draft, at=change.at),
        as_json,
    )


@app.command()
def attach(
    id: IdArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    anonymous: Annotated[bool, typer.Option("--anonymous", help="It names nobody: blind graders get it.")] = False,
) -> None:
    """Add a file to a draft, sealed as the text is."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import attaching
    from matcher.engine.file_kinds import LARGEST

    with file.open("rb") as opened:
        content = opened.read(LARGEST + 1)
    with changes.changing() as change:
        added = attaching.attach(
            change.session, change.home.secrets, COMMAND_LINE, id, file.name, content, anonymous=anonymous,
            at=change.at,
        )  # fmt: skip
        told = added.id
    say(f"Added {file.name} as {told}.")


@app.command("hand-in")
def hand_in(id: IdArgument, as_json: options.Json = False) -> None:
    """Hand an answer in, before the deadline, and seal it."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import handing_in

    _changed(
        lambda change: handing_in.hand_in(change.session, change.home.secrets, COMMAND_LINE, id, at=change.at), as_json
    )


@app.command("take-back")
def take_back(id: IdArgument, as_json: options.Json = False) -> None:
    """Make an answer that was handed in a draft again, before the deadline."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import handing_in

    _changed(lambda change: handing_in.take_back(change.session, COMMAND_LINE, id, at=change.at), as_json)


@app.command()
def withdraw(id: IdArgument, as_json: options.Json = False) -> None:
    """Take an answer out of its challenge, before the deadline."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import drafting

    _changed(lambda change: drafting.withdraw(change.session, COMMAND_LINE, id, at=change.at), as_json)


@app.command()
def resume(id: IdArgument, as_json: options.Json = False) -> None:
    """Go on with an answer that was withdrawn."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import drafting

    _changed(lambda change: drafting.resume(change.session, COMMAND_LINE, id, at=change.at), as_json)


@app.command()
def confirm(
    id: IdArgument,
    organisation: Annotated[str, typer.Option(metavar="NAME", help="The partner.", show_default=False)],
    part_hash: Annotated[
        str, typer.Option("--hash", help="Of its part, as its people read it over the API.", show_default=False)
    ],
    as_json: options.Json = False,
) -> None:
    """Confirm a partner's part in a consortium."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import consortium

    _changed(
        lambda change: consortium.confirm_part(
            change.session,
            change.home.secrets,
            COMMAND_LINE,
            id,
            part_hash,
            organisation_id=lookups.organisation(change.session, organisation).id,
            at=change.at,
        ),
        as_json,
    )


@app.command()
def show(id: IdArgument) -> None:
    """Print what an answer says, as JSON, once it is opened."""
    from api.answer_presenting import text
    from api.cli import pairs
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.answers import reading
    from matcher.sessions import reading as looking

    with open_home(options.settings()) as home, looking(home.engine) as session:
        found = text(*reading.text(session, home.secrets, COMMAND_LINE, id))
    say(pairs.json_line(found.model_dump(mode="json")))


@app.command("ask-more")
def ask_more(
    id: IdArgument,
    asked: Annotated[str, typer.Argument(metavar="TEXT", show_default=False)],
    due: Annotated[str, typer.Option(metavar="MOMENT", help="Such as 2027-03-31T17:00+08:00.", show_default=False)],
) -> None:
    """Ask for more of an answer that is being judged."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import supplements

    request = supplements.Request(asked=asked, due=changes.moment(due, "--due"))
    with changes.changing() as change:
        supplements.ask_more(change.session, COMMAND_LINE, id, request, at=change.at)
    say("Asked.")


@app.command()
def supplement(
    id: IdArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", show_default=False)],
    as_json: options.Json = False,
) -> None:
    """Give what was asked for, with the files added since."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import supplements

    _changed(
        lambda change: supplements.hand_in(change.session, change.home.secrets, COMMAND_LINE, id, text, at=change.at),
        as_json,
    )


@app.command()
def waive(
    id: IdArgument,
    reason: Annotated[str, typer.Option(help="Why, for the record.", show_default=False)],
    as_json: options.Json = False,
) -> None:
    """Go on judging an answer without what was asked for."""
    from matcher.actors import COMMAND_LINE
    from matcher.answers import supplements

    _changed(
        lambda change: supplements.go_without(change.session, COMMAND_LINE, id, reason=reason, at=change.at), as_json
    )


def _changed(do: Callable[[Change], Answer], as_json: bool) -> None:
    from api.cli import pairs

    with changes.changing() as change:
        [record] = _records(change.session, [do(change)])
    say(
        pairs.json_line(record) if as_json else f"{record['id']} is {record['state']}: {record['organisation']['name']}"
    )


def _records(session: Session, found: Sequence[Answer]) -> list[dict[str, Any]]:
    from api.answer_presenting import shown
    from matcher.actors import COMMAND_LINE

    return [one.model_dump(mode="json") for one in shown(session, COMMAND_LINE, found)]
