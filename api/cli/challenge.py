"""`jiebang challenge`: challenges as their setters and the desk see them. A shell here may do all of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import changes, draft_files, lookups, options
from api.cli.console import bars, note, output, say
from api.cli.draft_files import DraftFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

    from api.cli.changes import Change
    from matcher.drafts import NeedDraft
    from matcher.entities import Challenge
    from matcher.matching.matches import Match

app = typer.Typer(no_args_is_help=True, help="Open, publish, change, list challenges.")


class StateChoice(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    ANSWERING = "answering"
    SEALED = "sealed"
    GRADING = "grading"
    DECIDING = "deciding"
    OBJECTING = "objecting"
    AWARDED = "awarded"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="As `jiebang challenge list` shows it.", show_default=False)
]
Reason = Annotated[str, typer.Option(help="Told to everybody concerned.", show_default=False)]


# -- drafts -----------------------------------------------------------------------------------------


@app.command("open")
def opened(
    file: DraftFile,
    need: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NEED", help="By id or reference, where the file names none; again for more.", show_default=False
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Open a challenge as a draft, for the organisation whose needs it names."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import drafting
    from matcher.engine.challenge_drafts import ChallengeDraft

    draft = draft_files.read(file, ChallengeDraft, {"need_ids": need} if need else {})

    def open_it(change: Change) -> Challenge:
        needs = [lookups.need(change.session, named) for named in draft.need_ids]
        named = draft.model_copy(update={"need_ids": needs})
        mechanisms = change.home.mechanisms
        return drafting.open_challenge(change.session, COMMAND_LINE, named, at=change.at, mechanisms=mechanisms)

    _changed(open_it, as_json)


@app.command()
def edit(id: IdArgument, file: DraftFile, as_json: options.Json = False) -> None:
    """Replace a draft."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import drafting
    from matcher.engine.challenge_drafts import ChallengeDraft

    draft = draft_files.read(file, ChallengeDraft)
    _changed(
        lambda change: drafting.edit(
            change.session, COMMAND_LINE, id, draft, at=change.at, mechanisms=change.home.mechanisms
        ),
        as_json,
    )


@app.command()
def gate(
    id: IdArgument,
    matched: Annotated[bool, typer.Option("--matched", help="Look for labs that can likely do it, too.")] = False,
    as_json: options.Json = False,
) -> None:
    """Show what the quality gate finds missing or good."""
    from api.cli import challenge_tables, files, pairs
    from api.composition import open_home
    from api.schemas.challenges import GateOut
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import publishing
    from matcher.engine import clock
    from matcher.matching.pipeline import match_draft
    from matcher.sessions import reading

    with open_home(options.settings()) as home:
        if matched:
            with bars() as shown:
                files.catch_up(home, shown)
        with reading(home.engine) as session:

            def matching(need: NeedDraft) -> list[Match]:
                return match_draft(session, home.index, COMMAND_LINE, need, top=50)

            at = clock.of_database(session)
            judged = publishing.judged(session, COMMAND_LINE, id, at=at, matching=matching if matched else None)
    found = GateOut.of(judged)
    if as_json:
        say(pairs.json_line(found.model_dump(mode="json")))
        return
    output().print(challenge_tables.checks_table(found.checks))
    say(f"score {found.score:.2f}: {'may be published' if found.publishable else 'may not be published so'}")
    if found.able_labs is not None:
        say(f"labs that can likely do it: {found.able_labs}")


@app.command()
def propose(id: IdArgument, as_json: options.Json = False) -> None:
    """Hand a draft to the matchmakers and operators."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import drafting

    _changed(lambda change: drafting.propose(change.session, COMMAND_LINE, id, at=change.at), as_json)


@app.command("give-back")
def give_back(
    id: IdArgument,
    reason: Annotated[str, typer.Option(help="What is to be mended; told to the setter.", show_default=False)],
    as_json: options.Json = False,
) -> None:
    """Make a draft of a proposed one again."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import drafting

    _changed(lambda change: drafting.give_back(change.session, COMMAND_LINE, id, reason=reason, at=change.at), as_json)


@app.command()
def fund(
    id: IdArgument,
    amount: Annotated[
        str,
        typer.Argument(
            metavar="AMOUNT", help="The public part, as `jiebang challenge gate` has it.", show_default=False
        ),
    ],
    currency: Annotated[str, typer.Option(help="That of the budget.")] = "CNY",
    as_json: options.Json = False,
) -> None:
    """Confirm the public part of a budget, for its funder, before the challenge is published."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import funding

    part = changes.amount(amount, "AMOUNT")
    _changed(
        lambda change: funding.agree(change.session, COMMAND_LINE, id, part, currency.upper(), at=change.at), as_json
    )


@app.command()
def unfund(
    id: IdArgument,
    reason: Annotated[str, typer.Option(help="Kept in the record.")] = "",
    as_json: options.Json = False,
) -> None:
    """Take the confirmation of the public part back, for its funder."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import funding

    _changed(lambda change: funding.withdraw(change.session, COMMAND_LINE, id, at=change.at, reason=reason), as_json)


# -- published --------------------------------------------------------------------------------------


@app.command()
def publish(id: IdArgument, as_json: options.Json = False) -> None:
    """Open a proposed challenge for answers."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import publishing

    _changed(
        lambda change: publishing.publish(change.session, COMMAND_LINE, change.home.secrets, id, at=change.at), as_json
    )


@app.command()
def amend(id: IdArgument, file: DraftFile, reason: Reason, as_json: options.Json = False) -> None:
    """Put another text in the place of the published one."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import amendments
    from matcher.engine.challenge_drafts import ChallengeDraft

    draft = draft_files.read(file, ChallengeDraft)
    _changed(
        lambda change: amendments.amend(change.session, COMMAND_LINE, id, draft, reason=reason, at=change.at), as_json
    )


@app.command()
def extend(
    id: IdArgument,
    deadline: Annotated[
        str, typer.Option(metavar="MOMENT", help="Such as 2027-03-31T17:00+08:00.", show_default=False)
    ],
    reason: Reason,
    as_json: options.Json = False,
) -> None:
    """Move the current round's deadline to a later moment."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import amendments

    until = changes.moment(deadline, "--deadline")
    _changed(
        lambda change: amendments.extend(change.session, COMMAND_LINE, id, until, reason=reason, at=change.at), as_json
    )


@app.command()
def cancel(id: IdArgument, reason: Reason, as_json: options.Json = False) -> None:
    """Call a challenge off."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import amendments

    _changed(lambda change: amendments.cancel(change.session, COMMAND_LINE, id, reason=reason, at=change.at), as_json)


@app.command("no-award")
def no_award(id: IdArgument, reason: Reason, as_json: options.Json = False) -> None:
    """End a challenge that nobody answered well enough."""
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import amendments

    _changed(lambda change: amendments.no_award(change.session, COMMAND_LINE, id, reason=reason, at=change.at), as_json)


# -- looking ----------------------------------------------------------------------------------------


@app.command("list")
def listed(
    field: options.FieldOption = None,
    region: options.RegionOption = None,
    mechanism: Annotated[str | None, typer.Option(help="Only under this mechanism.", show_default=False)] = None,
    state: Annotated[StateChoice | None, typer.Option(help="Only in this state.", show_default=False)] = None,
    words: Annotated[
        str | None, typer.Option(help="Only with these words in the title or the summary.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    as_json: options.Json = False,
) -> None:
    """List challenges, drafts too, the newest first."""
    from api.challenge_presenting import shown
    from api.cli import challenge_tables, pairs
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import listing
    from matcher.challenges.listing import ChallengeFilter
    from matcher.sessions import reading
    from matcher.states import ChallengeState

    narrowed = ChallengeFilter(
        field=options.field_code(field),
        region=options.region_code(region),
        mechanism=mechanism,
        state=ChallengeState(state) if state else None,
        words=words,
    )
    with open_home(options.settings()) as home, reading(home.engine) as session:
        page = listing.page(session, COMMAND_LINE, narrowed, limit=limit, mechanisms=home.mechanisms)
        found = shown(session, COMMAND_LINE, page.items)
    if as_json:
        for one in found:
            say(pairs.json_line(one.model_dump(mode="json")))
    elif found:
        output().print(challenge_tables.challenges_table(found))
    else:
        note("No challenge here." if narrowed == ChallengeFilter() else "No such challenge.")
    if page.next_cursor:
        note(f"There are more than {limit}: --limit shows more.")


@app.command()
def show(
    id: IdArgument,
    draft: Annotated[bool, typer.Option("--draft", help="Print it as a draft, to edit or amend it by.")] = False,
    as_json: options.Json = False,
) -> None:
    """Show a challenge, and what can be done with it from here."""
    from api.challenge_presenting import shown
    from api.cli import challenge_tables, pairs
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.engine import challenge_moves, clock
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        challenge = challenge_moves.find(session, COMMAND_LINE, id)
        moves = challenge_moves.possible(session, COMMAND_LINE, challenge, clock.of_database(session))
        [told] = shown(session, COMMAND_LINE, [challenge])
        content = challenge.content
    if draft:
        import json

        say(json.dumps(content, ensure_ascii=False, indent=2))
    elif as_json:
        say(pairs.json_line(told.model_dump(mode="json") | {"moves": moves}))
    else:
        output().print(challenge_tables.challenge_table(told, moves))


@app.command()
def versions(id: IdArgument, as_json: options.Json = False) -> None:
    """Show what was told when, and why it was changed."""
    from api.challenge_presenting import versions as shown
    from api.cli import challenge_tables, pairs
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.challenges import amendments
    from matcher.sessions import reading

    with open_home(options.settings()) as home, reading(home.engine) as session:
        found = shown(session, COMMAND_LINE, amendments.versions_of(session, COMMAND_LINE, id))
    if as_json:
        for one in found:
            say(pairs.json_line(one.model_dump(mode="json")))
    elif found:
        output().print(challenge_tables.versions_table(found))
    else:
        note("Not published yet.")


def _changed(do: Callable[[Change], Challenge], as_json: bool) -> None:
    with changes.changing() as change:
        challenge = do(change)
        record = _record(change.session, challenge)
    _print(record, as_json)


def _record(session: Session, challenge: Challenge) -> dict[str, Any]:
    from api.challenge_presenting import shown
    from matcher.actors import COMMAND_LINE

    [told] = shown(session, COMMAND_LINE, [challenge])
    return told.model_dump(mode="json")


def _print(record: dict[str, Any], as_json: bool) -> None:
    from api.cli import pairs

    if as_json:
        say(pairs.json_line(record))
    else:
        say(f"{record['id']} is {record['state']}: {record['title']}")
