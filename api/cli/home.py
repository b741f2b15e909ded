"""The commands that set the home up and fill it; the home is what is kept from one run to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.console import bars, say, without_collector
from api.cli.options import Side


def init(
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help="And fill it with the demonstration set, if it is empty.")
    ] = False,
) -> None:
    """Make the home (JIEBANG_HOME) and its tables, or bring them to this version's form."""
    from api.cli import files
    from api.composition import open_home

    settings = options.settings()
    with open_home(settings) as home, bars() as shown:
        if demonstration:
            files.fill(home, shown)
        with shown.waiting("Loading the model"):
            dimension = home.encoder.dimension
        say(f"Ready: {settings.home.expanduser()} (model {home.encoder.model_id}, {dimension} dimensions).")


def bring(
    side: options.SideArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=options.INPUT, show_default=False)],
    organisation: Annotated[
        str, typer.Option(metavar="NAME", help="Whose they are, where a row does not say so itself.")
    ] = "",
    title: Annotated[str, typer.Option(metavar="LIST", help="Publish new needs as a problem list of this title.")] = "",
    report: options.Report = None,
    as_json: options.Json = False,
) -> None:
    """Bring a file of needs or results. Again: what is unchanged stays, what changed is updated."""
    from api.cli import files, pairs, targets
    from api.composition import open_home
    from matcher import organisations, problem_lists
    from matcher.actors import COMMAND_LINE
    from matcher.entities import OrganisationKind
    from matcher.errors import Invalid
    from matcher.sessions import writing

    if title and side is Side.RESULTS:
        raise Invalid("only needs are published as a problem list", place="--title")
    if report is not None:
        targets.check(report, (".xlsx",), inputs=[file])
    owner_kind = OrganisationKind.COMPANY if side is Side.NEEDS else OrganisationKind.LAB
    with without_collector(), bars() as shown, open_home(options.settings()) as home:
        intake = files.read(file, side, shown)
        with writing(home.engine) as session:
            owner = (
                organisations.by_name_or_new(session, COMMAND_LINE, organisation, owner_kind)
                if organisation.strip()
                else None
            )
            brought = problem_lists.bring(
                session,
                COMMAND_LINE,
                intake,
                organisation=owner,
                title=title,
                progress=shown.of(f"Storing {side}"),
            )
            files.list_problems([intake])
            files.write_report([intake], report)
            files.require_rows([intake])
        files.catch_up(home, shown)
    counts = {
        "created": len(brought.created),
        "updated": len(brought.updated),
        "unchanged": brought.unchanged,
        "rejected": len(intake.rejected),
    }
    if as_json:
        say(pairs.json_line(counts | {"created_ids": brought.created, "updated_ids": brought.updated}))
    else:
        say(f"{file.name}: " + ", ".join(f"{count:,} {what}" for what, count in counts.items()) + ".")


def reindex() -> None:
    """Throw the search index away and build it again from the database."""
    from api.composition import open_home

    with open_home(options.settings()) as home, bars() as shown:
        with shown.waiting("Loading the model"):
            index = home.index
        index.rebuild(shown.indexing)
        say(f"Indexed {len(index):,} needs and results, up to event {index.seq}.")


def template(
    side: options.SideArgument,
    out: Annotated[Path, typer.Option(metavar="FILE.xlsx", help="Where to write it.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write an empty form with drop-downs, notes and two example rows."""
    from api.cli import targets
    from matcher.errors import Invalid
    from matcher.intake.report import Kind
    from matcher.intake.templates import write_template

    targets.check(out, (".xlsx",))
    if out.exists() and not force:
        raise Invalid("is there already; --force overwrites it", place=str(out))
    with targets.replacing(out) as fresh:
        write_template(Kind(side), fresh)
    say(f"Wrote {out}.")
