"""`jiebang clinic` and `jiebang teams`: needs examined before they are posted, and labs put together for one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.console import bars, note, output, say
from api.cli.options import Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.cli.console import Bars
    from matcher.drafts import NeedDraft
    from matcher.matching.clinic import Examined

_BY_HAND = (".toml", ".json")


def clinic(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="One draft as TOML or JSON, or a list of needs: a spreadsheet, CSV or JSON Lines file.",
            show_default=False,
        ),
    ],
    as_json: options.Json = False,
) -> None:
    """Examine drafts of needs: what they lack, and how many of the home's results would do. Keeps nothing."""
    from api.cli import clinic_tables, files, pairs
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.matching.clinic import examine
    from matcher.sessions import reading

    with open_home(options.settings()) as home, bars() as shown:
        drafts = dict(_drafts(file, shown))
        files.catch_up(home, shown)
        with reading(home.engine) as session:
            found = {name: examine(session, home.index, COMMAND_LINE, draft) for name, draft in drafts.items()}
    for name, examined in found.items():
        if as_json:
            say(pairs.json_line({"need": name, "title": drafts[name].title} | _record(examined)))
        else:
            output().print(clinic_tables.examined(name, drafts[name], examined))


def teams(
    id: Annotated[str, typer.Argument(metavar="NEED", help="Its id or its reference.", show_default=False)],
    as_json: options.Json = False,
) -> None:
    """Find the fewest results that have all must-haves of a need together, to be asked as a consortium."""
    from api.cli import clinic_tables, files, lookups, pairs
    from api.composition import open_home
    from api.schemas.clinic import TeamOut
    from matcher.actors import COMMAND_LINE
    from matcher.matching.teams import for_need
    from matcher.sessions import reading

    with open_home(options.settings()) as home:
        with bars() as shown:
            files.catch_up(home, shown)
        with reading(home.engine) as session:
            team = for_need(session, home.index, COMMAND_LINE, lookups.need(session, id))
    if as_json:
        say(pairs.json_line(TeamOut.of(team).model_dump(mode="json")))
        return
    if team.members:
        output().print(clinic_tables.members(team))
    for must in team.uncovered:
        note(f"covered by nobody: {must.text}", "yellow")
    say(clinic_tables.COVERAGE[team.coverage])


def _drafts(file: Path, shown: Bars) -> Iterator[tuple[str, NeedDraft]]:
    """Each with what the file calls it."""
    from api.cli import draft_files, files
    from matcher.drafts import NeedDraft

    if file.suffix.lower() in _BY_HAND:
        yield file.name, draft_files.read(file, NeedDraft)
        return
    intake = files.read(file, Side.NEEDS, shown)
    files.list_problems([intake])
    files.require_rows([intake])
    for label, row in zip(files.labels(intake.accepted), intake.accepted, strict=True):
        assert isinstance(row.draft, NeedDraft)
        yield label, row.draft


def _record(examined: Examined) -> dict[str, Any]:
    from api.schemas.clinic import ClinicOut

    return ClinicOut.of(examined).model_dump(mode="json")
