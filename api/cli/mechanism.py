"""`jiebang mechanism`: the ways in which challenges are answered and decided, and checking one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.console import UNUSABLE, note, output, say

if TYPE_CHECKING:
    from matcher.mechanisms import Mechanism

app = typer.Typer(no_args_is_help=True, help="Show mechanisms of challenges, and check files that add one.")

NamedArgument = Annotated[
    str,
    typer.Argument(metavar="NAME|FILE", help="A mechanism's name, or a file that describes one.", show_default=False),
]


@app.command("list")
def listed(as_json: options.Json = False) -> None:
    """List the mechanisms that challenges can be opened under."""
    from api.cli import pairs, tables
    from api.schemas.mechanisms import MechanismOut

    found = _known().values()
    if as_json:
        for one in found:
            say(pairs.json_line(MechanismOut.of(one).model_dump(mode="json", exclude={"diagram", "moves"})))
    else:
        output().print(tables.mechanisms_table(list(found)))


@app.command()
def show(named: NamedArgument, as_json: options.Json = False) -> None:
    """Print a mechanism in full, as a file to begin one's own from."""
    from api.cli import pairs
    from api.schemas.mechanisms import MechanismOut
    from matcher.engine import mechanism_files

    one = _find(named)
    if as_json:
        say(pairs.json_line(MechanismOut.of(one).model_dump(mode="json")))
    else:
        say(mechanism_files.text(one).rstrip("\n"))


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.toml…", show_default=False)],
    as_json: options.Json = False,
) -> None:
    """Check files that describe mechanisms; what is wrong is told with its line. Ends with status 2 then."""
    from api.cli import pairs
    from matcher.engine import mechanism_files
    from matcher.mechanisms import Mechanism

    wrong = False
    for file in files:
        found = mechanism_files.look_through(file.read_bytes())
        if isinstance(found, Mechanism):
            good = f"{file}: {found.en} {found.zh}, {len(found.rounds)} rounds, {len(found.moves)} moves: good."
            say(pairs.json_line({"file": str(file), "name": found.name, "problems": []}) if as_json else good)
            continue
        wrong = True
        if as_json:
            problems = [{"line": one.line, "reason": one.reason} for one in found]
            say(pairs.json_line({"file": str(file), "name": None, "problems": problems}))
        else:
            for one in found:
                note(f"{file}:{one.line}: {one.reason}", "red")
    if wrong:
        raise typer.Exit(UNUSABLE)


@app.command()
def diagram(named: NamedArgument) -> None:
    """Print the states and moves of a mechanism as a Mermaid diagram."""
    from matcher.engine import mechanism_diagrams

    say(mechanism_diagrams.mermaid(_find(named)).rstrip("\n"))


def _known() -> dict[str, Mechanism]:
    from matcher.engine import mechanism_files

    return dict(mechanism_files.known(options.settings().mechanism_folder))


def _find(named: str) -> Mechanism:
    """By name, or from a file. Raises Invalid."""
    from matcher.engine import mechanism_files
    from matcher.errors import Invalid

    if named.endswith(".toml"):
        return mechanism_files.read(Path(named).read_bytes(), named)
    known = _known()
    if named not in known:
        raise Invalid(f"No mechanism {named!r}; known are {', '.join(known)}.")
    return known[named]
