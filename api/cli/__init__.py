"""The `jiebang` command. Each command imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated, NoReturn

import typer

from api.cli import (
    account,
    answer,
    audit,
    award,
    challenge_talks,
    clinic,
    contract,
    decide,
    evaluate,
    grade,
    home,
    items,
    learn,
    match,
    mechanism,
    milestone,
    notice,
    offer,
    organisation,
    programme,
    review,
    seal,
    serving,
    token,
)
from api.cli.console import Commands, say

app = typer.Typer(
    name="jiebang",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        say(f"jiebang {version('jiebang')}")
        raise typer.Exit


@app.callback()
def _jiebang(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Bring companies' technology needs and labs' results together: ranked pairs, with reasons."""


_AT_ONCE = "Without set-up"
_KEPT = "On the home (JIEBANG_HOME)"
_SERVED = "Served"

app.command(rich_help_panel=_AT_ONCE)(match.match)
app.command(rich_help_panel=_AT_ONCE)(evaluate.evaluate)
app.command(rich_help_panel=_AT_ONCE)(home.template)
app.command(rich_help_panel=_KEPT)(home.init)
app.command("import", rich_help_panel=_KEPT)(home.bring)
app.command("list", rich_help_panel=_KEPT)(items.listed)
app.command(rich_help_panel=_KEPT)(items.show)
app.command(rich_help_panel=_KEPT)(items.matches)
app.command(rich_help_panel=_KEPT)(items.search)
app.command(rich_help_panel=_KEPT)(clinic.clinic)
app.command(rich_help_panel=_KEPT)(clinic.teams)
app.command(rich_help_panel=_KEPT)(home.reindex)
app.command(rich_help_panel=_KEPT)(learn.learn)
app.add_typer(review.app, name="review", rich_help_panel=_KEPT)
app.add_typer(challenge_talks.app, name="challenge", rich_help_panel=_KEPT)
app.add_typer(answer.app, name="answer", rich_help_panel=_KEPT)
app.add_typer(seal.app, name="seal", rich_help_panel=_KEPT)
app.add_typer(programme.app, name="programme", rich_help_panel=_KEPT)
app.add_typer(offer.app, name="offer", rich_help_panel=_KEPT)
app.add_typer(award.app, name="award", rich_help_panel=_KEPT)
app.add_typer(contract.app, name="contract", rich_help_panel=_KEPT)
app.add_typer(milestone.app, name="milestone", rich_help_panel=_KEPT)
app.add_typer(account.app, name="account", rich_help_panel=_KEPT)
app.add_typer(organisation.app, name="organisation", rich_help_panel=_KEPT)
app.add_typer(token.app, name="token", rich_help_panel=_KEPT)
app.add_typer(mechanism.app, name="mechanism", rich_help_panel=_KEPT)
app.add_typer(notice.app, name="notice", rich_help_panel=_KEPT)
app.add_typer(audit.app, name="audit", rich_help_panel=_KEPT)
app.add_typer(grade.app, name="grade", rich_help_panel=_KEPT)
app.add_typer(decide.app, name="decide", rich_help_panel=_KEPT)
app.command(rich_help_panel=_SERVED)(serving.serve)
app.command(rich_help_panel=_SERVED)(serving.demo)


def main() -> None:
    signal.signal(signal.SIGTERM, _end)
    for stream in (sys.stdout, sys.stderr):
        # Titles hold characters that a terminal's own encoding may lack: better a mark than no answer.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a program's own streams can
    app(prog_name="jiebang")


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    """Ends as an error would, so that throw-away homes are deleted on the way out."""
    raise SystemExit(128 + signum)
