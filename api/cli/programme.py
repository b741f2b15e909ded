"""`jiebang programme`: a problem list compiled into topics, each opened as a challenge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import changes, lookups, options
from api.cli.console import bars, note, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.cli.changes import Change
    from api.schemas.challenges import ProgrammeOut
    from matcher.entities import Programme

app = typer.Typer(no_args_is_help=True, help="Compile problem lists into explorer programmes.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The programme's.", show_default=False)]
TopicArgument = Annotated[str, typer.Argument(metavar="TOPIC", help="The topic's id.", show_default=False)]
Needs = Annotated[list[str], typer.Option("--need", metavar="ID", help="Give it again for more.", show_default=False)]
Title = Annotated[str, typer.Option(show_default=False)]


@app.command()
def compile(
    problem_list: Annotated[str, typer.Argument(metavar="LIST", help="The problem list's id.", show_default=False)],
    title: Title,
    funder: Annotated[str, typer.Option(metavar="NAME", help="Who puts in the public part.")] = "",
    ratio: Annotated[float, typer.Option(min=0, max=100, help="What they put in for each unit of the setter's.")] = 1.0,
    as_json: options.Json = False,
) -> None:
    """Group the needs of a problem list into topics, as a proposal to be edited."""
    from api import challenge_presenting as presenting
    from api.cli import files
    from api.composition import open_home
    from api.timed import writing_now
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import programmes

    with open_home(options.settings()) as home:
        with bars() as progress:
            files.catch_up(home, progress)
        with writing_now(home.engine) as (session, at):
            compiled = programmes.compile_guide(
                session,
                COMMAND_LINE,
                problem_list,
                title=_titled(title),
                model_id=home.index.encoder.model_id,
                telling=home.index.lexical.telling,
                at=at,
                funder_id=lookups.organisation(session, funder).id if funder else None,
                public_ratio=ratio,
            )
            found = presenting.programme(session, compiled)
    _print(found, as_json)


@app.command("list")
def listed(as_json: options.Json = False) -> None:
    """List programmes, the newest first."""
    from api.cli import pairs
    from api.composition import open_home
    from api.schemas.challenges import ProgrammeSummary
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import programmes
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = programmes.listed(session, COMMAND_LINE, limit=1000)
        shown = [ProgrammeSummary.model_validate(one) for one in found]
    for one in shown:
        say(pairs.json_line(one.model_dump(mode="json")) if as_json else f"{one.id}  {one.title}")
    if not shown:
        note("No programme here.")


@app.command()
def show(id: IdArgument, as_json: options.Json = False) -> None:
    """Show a programme with its topics."""
    from api import challenge_presenting as presenting
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import programmes
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = presenting.programme(session, programmes.find(session, COMMAND_LINE, id))
    _print(found, as_json)


@app.command()
def rename(id: IdArgument, topic: TopicArgument, title: Title, as_json: options.Json = False) -> None:
    """Call a topic something else."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import programmes

    _arranged(
        lambda change: programmes.rename(change.session, COMMAND_LINE, id, topic, _titled(title), at=change.at), as_json
    )


@app.command()
def move(id: IdArgument, topic: TopicArgument, needs: Needs, as_json: options.Json = False) -> None:
    """Put needs into this topic; what is left empty is gone."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import programmes

    _arranged(lambda change: programmes.move(change.session, COMMAND_LINE, id, topic, needs, at=change.at), as_json)


@app.command()
def merge(
    id: IdArgument,
    topic: TopicArgument,
    others: Annotated[list[str], typer.Option("--other", metavar="TOPIC", help="Give it again for more.")],
    as_json: options.Json = False,
) -> None:
    """Put all needs of other topics into this one."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import programmes

    _arranged(lambda change: programmes.merge(change.session, COMMAND_LINE, id, topic, others, at=change.at), as_json)


@app.command()
def split(id: IdArgument, topic: TopicArgument, needs: Needs, title: Title, as_json: options.Json = False) -> None:
    """Make a topic of its own of some of its needs."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import programmes

    _arranged(
        lambda change: programmes.split(change.session, COMMAND_LINE, id, topic, needs, _titled(title), at=change.at),
        as_json,
    )


@app.command("open")
def opened(
    id: IdArgument,
    topic: TopicArgument,
    title: Annotated[str, typer.Option(help="As it is published.", show_default=False)],
    summary: Annotated[str, typer.Option(help="As it is published.")] = "",
    as_json: options.Json = False,
) -> None:
    """Open a topic as a draft of a challenge."""
    from api.challenge_presenting import shown
    from api.cli import pairs
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import programmes

    with changes.changing() as change:
        challenge = programmes.open_topic(
            change.session,
            COMMAND_LINE,
            id,
            topic,
            title=_titled(title),
            summary=summary,
            at=change.at,
            mechanisms=change.home.mechanisms,
        )
        [told] = shown(change.session, COMMAND_LINE, [challenge])
    say(pairs.json_line(told.model_dump(mode="json")) if as_json else f"{told.id} is {told.state}: {told.title}")


def _titled(title: str) -> str:
    from matcher.errors import Invalid

    title = title.strip()
    if not 1 <= len(title) <= 500:
        raise Invalid("1 to 500 characters are expected", place="--title")
    return title


def _arranged(do: Callable[[Change], Programme], as_json: bool) -> None:
    from api import challenge_presenting as presenting

    with changes.changing() as change:
        found = presenting.programme(change.session, do(change))
    _print(found, as_json)


def _print(found: ProgrammeOut, as_json: bool) -> None:
    """Each topic with its needs below it: both are named by their ids when topics are edited."""
    from api.cli import pairs

    if as_json:
        say(pairs.json_line(found.model_dump(mode="json")))
        return
    say(f"{found.id}  {found.title}")
    for topic in found.topics:
        became = f" (challenge {topic.challenge_id})" if topic.challenge_id else ""
        say(f"{topic.id}  {topic.title}{became}")
        for need in topic.need_ids:
            say(f"    {need}")
