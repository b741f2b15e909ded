"""`jiebang review`: the queue of pairs, matchmakers' decisions, introductions, the board."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from api.cli import lookups, options
from api.cli.changes import changing, moment
from api.cli.console import bars, note, output, say
from api.cli.grade import print_lines, reading_home
from api.cli.lookups import EmailArgument

if TYPE_CHECKING:
    from api.cli.changes import Change
    from matcher.drafts import Draft

D = TypeVar("D", bound="Draft")

app = typer.Typer(no_args_is_help=True, help="Review ranked pairs, introduce the two sides, follow them to a contract.")

PairArgument = Annotated[
    str, typer.Argument(metavar="PAIR", help="Its id, as `jiebang review next` shows it.", show_default=False)
]
ReasonOption = Annotated[
    str, typer.Option(metavar="CODE", help="Why, as `jiebang review reasons` lists it.", show_default=False)
]
NoteOption = Annotated[str, typer.Option("--note", help="For matchmakers.", show_default=False)]


class JudgementChoice(StrEnum):
    TAKE_FURTHER = "take_further"
    NOT_NOW = "not_now"
    NO = "no"
    UNSURE = "unsure"


class SideChoice(StrEnum):
    NEED = "need"
    RESULT = "result"


class PairStateChoice(StrEnum):
    PROPOSED = "proposed"
    TAKEN = "taken"
    ASKED = "asked"
    INTRODUCED = "introduced"
    TALKING = "talking"
    CONTRACTED = "contracted"
    ENDED = "ended"


@app.command()
def refresh() -> None:
    """Rank the needs that changed, or that results changed for, and fill the queue. A running server does it itself."""
    from api.cli import files
    from api.composition import open_home
    from matcher.reviews import proposing
    from matcher.sessions import reading

    ranked = 0
    with bars() as shown, open_home(options.settings()) as home:
        files.catch_up(home, shown)
        with shown.waiting("Ranking"):
            while True:
                with reading(home.engine) as session:
                    if not proposing.behind(session, home.index):
                        break
                ranked += proposing.step(home.engine, home.index)
    say(f"Ranked {ranked} needs.")


@app.command("next")
def draw(
    email: EmailArgument,
    count: Annotated[int, typer.Option(min=1, max=20, help="At most so many.")] = 1,
    as_json: options.Json = False,
) -> None:
    """Put the next pairs of the queue before a matchmaker, best use of their time first."""
    from api import review_presenting as presenting
    from api.cli import review_tables as tables
    from api.cli.pairs import json_line
    from matcher.actors import COMMAND_LINE
    from matcher.reviews import queue

    with changing() as change:
        person = _person(change, email)
        found = queue.draw(change.session, COMMAND_LINE, person, at=change.at, count=count)
        desk = presenting.desk(change.session, COMMAND_LINE, found)
    if as_json:
        for one in desk.drawn:
            say(json_line(one.pair.model_dump(mode="json") | {"position": one.position}))
    elif desk.drawn:
        output().print(tables.pairs([one.pair for one in desk.drawn]))
    if not desk.has_room:
        note(f"As many pairs wait on them as may ({desk.following}): end one or hand one over first.")
    elif not desk.drawn:
        note("Nothing is in their queue.")


@app.command()
def decide(
    pair: PairArgument,
    judgement: Annotated[JudgementChoice, typer.Argument(show_default=False)],
    email: EmailArgument,
    reason: ReasonOption = "",
    said: NoteOption = "",
    until: Annotated[
        str, typer.Option(metavar="MOMENT", help='With "not_now": when it comes back.', show_default=False)
    ] = "",
) -> None:
    """Take down what a matchmaker makes of a pair."""
    from matcher.actors import COMMAND_LINE
    from matcher.entities import Judgement
    from matcher.reviews import verdicts
    from matcher.reviews.verdicts import VerdictDraft

    back: datetime | None = moment(until, "--until") if until else None
    draft = _checked(VerdictDraft, judgement=Judgement(judgement), reason=reason, note=said, until=back)
    with changing() as change:
        verdicts.decide(change.session, COMMAND_LINE, _person(change, email), pair, draft, at=change.at)
    say("Decided.")


@app.command()
def undo(pair: PairArgument, email: EmailArgument) -> None:
    """Take back what a matchmaker said of a pair last, while nothing has followed."""
    from matcher.actors import COMMAND_LINE
    from matcher.reviews import verdicts

    with changing() as change:
        verdicts.undo(change.session, COMMAND_LINE, _person(change, email), pair, at=change.at)
    say("Taken back: it is before them again.")


@app.command()
def introduce(
    pair: PairArgument,
    to_need: Annotated[str, typer.Option(help="What the need's side reads.", show_default=False)] = "",
    to_result: Annotated[str, typer.Option(help="What the result's side reads.", show_default=False)] = "",
) -> None:
    """Ask both sides whether they want to be introduced."""
    from matcher.actors import COMMAND_LINE
    from matcher.reviews import introductions
    from matcher.reviews.introductions import Asking

    draft = _checked(Asking, to_need=to_need, to_result=to_result)
    with changing() as change:
        introductions.ask(change.session, COMMAND_LINE, pair, draft, at=change.at)
    say("Both sides are asked.")


@app.command()
def answer(
    pair: PairArgument,
    side: Annotated[SideChoice, typer.Argument(help="Which side answers.", show_default=False)],
    decline: Annotated[
        str, typer.Option(metavar="CODE", help="It does not want to, for this reason.", show_default=False)
    ] = "",
    said: Annotated[str, typer.Option("--note", help="For the matchmaker.", show_default=False)] = "",
) -> None:
    """Take down that one side accepts to be introduced, or declines."""
    from matcher.actors import COMMAND_LINE
    from matcher.entities import Kind
    from matcher.errors import NotAllowed
    from matcher.reviews import introductions, pairs
    from matcher.reviews.introductions import Assent, Declining

    with changing() as change:
        found = pairs.find(change.session, COMMAND_LINE, pair)
        asked = introductions.of_side(change.session, found, Kind(side))
        if asked is None:
            raise NotAllowed("Its sides are not asked.")
        if decline:
            refusal = _checked(Declining, reason=decline, note=said)
            introductions.decline(change.session, COMMAND_LINE, asked.id, refusal, at=change.at)
        else:
            introductions.accept(change.session, COMMAND_LINE, asked.id, _checked(Assent, note=said), at=change.at)
        say(f"The pair is {found.state}.")


@app.command()
def talk(pair: PairArgument) -> None:
    """Take down that the two sides are talking."""
    from matcher.actors import COMMAND_LINE
    from matcher.reviews import following

    with changing() as change:
        following.talk(change.session, COMMAND_LINE, pair, at=change.at)
    say("They are talking.")


@app.command()
def contract(
    pair: PairArgument,
    amount: Annotated[str, typer.Option(help="Of the contract, such as 600000.", show_default=False)] = "",
) -> None:
    """Take down that the two sides have made a contract."""
    from matcher.actors import COMMAND_LINE
    from matcher.reviews import following
    from matcher.reviews.following import ContractedDraft

    draft = _checked(ContractedDraft, amount=amount or None)
    with changing() as change:
        following.contract(change.session, COMMAND_LINE, pair, draft, at=change.at)
    say("They have a contract.")


@app.command()
def end(pair: PairArgument, reason: ReasonOption, said: NoteOption = "") -> None:
    """End a pair that was taken further."""
    from matcher.actors import COMMAND_LINE
    from matcher.reviews import following
    from matcher.reviews.following import EndDraft

    draft = _checked(EndDraft, reason=reason, note=said)
    with changing() as change:
        following.end(change.session, COMMAND_LINE, pair, draft, at=change.at)
    say("Ended.")


@app.command()
def board(
    state: Annotated[PairStateChoice | None, typer.Option(help="One column alone.", show_default=False)] = None,
    matchmaker: Annotated[str, typer.Option(metavar="EMAIL", help="Only what they follow.", show_default=False)] = "",
    limit: Annotated[int, typer.Option(min=1, help="Pairs of each state.")] = 20,
    as_json: options.Json = False,
) -> None:
    """Show pairs by state, with what waits on whom and since when."""
    from api import review_presenting as presenting
    from api.cli import review_tables as tables
    from matcher.actors import COMMAND_LINE
    from matcher.reviews import board
    from matcher.states import PairState

    wanted = list(PairState) if state is None else [PairState(state)]
    with reading_home() as (session, _):
        follower = lookups.person(session, matchmaker).id if matchmaker else None
        counts = board.counts(session, COMMAND_LINE, follower_id=follower)
        cards = [
            card
            for column in wanted
            for card in board.cards(session, COMMAND_LINE, column, follower_id=follower, limit=limit)
        ]
        shown = presenting.cards(session, COMMAND_LINE, cards)
    if as_json:
        print_lines(shown)
        return
    say(", ".join(f"{one}: {counts[one]}" for one in wanted))
    if shown:
        output().print(tables.board(shown))


@app.command()
def reasons() -> None:
    """List the codes of reasons, with what would make it fit."""
    from api import review_presenting as presenting
    from api.cli import review_tables as tables

    output().print(tables.reasons(presenting.reasons()))


def _person(change: Change, email: str) -> str:
    return lookups.person(change.session, email).id


def _checked(form: type[D], **said: object) -> D:
    """Raises Invalid with the place."""
    from pydantic import ValidationError

    from matcher.errors import Invalid

    try:
        return form.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(first["msg"], place="--" + "-".join(map(str, first["loc"])) if first["loc"] else "") from None
