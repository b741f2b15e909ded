"""`jiebang audit`: the record checked, and handed out as evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.console import UNEXPECTED, note, say

if TYPE_CHECKING:
    from matcher.record.checking import Checked
    from matcher.record.verification import Head, Verification

app = typer.Typer(help="Check the record of who did what, and hand out evidence from it.", no_args_is_help=True)


@app.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE.zip]",
            help="An evidence file; no home is needed. Else the home's own record.",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="FINGERPRINT", help="The file must be signed with this key.", show_default=False),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER:HASH", help="The record must lead through this event, noted earlier.", show_default=False
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Check the record, or an evidence file. Ends with status 1 where it does not hold, and says why."""
    from api.cli import pairs
    from matcher.errors import Invalid

    if file is not None:
        from matcher.record.checking import check

        if head is not None:
            raise Invalid("is for the home's own record, not for a file", place="--head")
        checked = check(file, fingerprint=key)
        say(pairs.json_line(_checked(checked)) if as_json else _told_of_file(file, checked))
        holds = checked.intact
    else:
        from api.composition import open_home
        from matcher.record.verification import verify
        from matcher.sessions import reading

        if key is not None:
            raise Invalid("is for an evidence file; name one", place="--key")
        noted = None if head is None else _head(head)
        settings = options.settings()
        if not settings.database_url and not settings.home.expanduser().is_dir():
            raise Invalid(f"There is no home in {settings.home}: is JIEBANG_HOME right?")
        with open_home(settings) as home, reading(home.engine) as session:
            found = verify(session, noted=noted)
        say(pairs.json_line(_found(found)) if as_json else _told_of_record(found))
        holds = found.intact
    if not holds:
        raise typer.Exit(UNEXPECTED)


@app.command()
def export(
    thing: Annotated[str, typer.Option(metavar="KIND:ID", help="The matter, such as need:0191….", show_default=False)],
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="Where to write it.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write the evidence of one matter: its events, decisions, hashes of documents, signed."""
    from api import evidence
    from api.cli import targets
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.errors import Invalid
    from matcher.record import signing

    targets.check(out, (".zip",))
    if out.exists() and not force:
        raise Invalid("is there already; --force overwrites it", place=str(out))
    with open_home(options.settings()) as home, targets.replacing(out) as fresh, fresh.open("wb") as target:
        manifest = evidence.write(home, COMMAND_LINE, thing, target)
    say(f"Wrote {out}: {manifest.events} events of {thing}, up to event {manifest.chain.head}.")
    note(f"Signed with the key {signing.fingerprint(manifest.public_key)}")


@app.command("key")
def show_key() -> None:
    """Print the fingerprint of the key that signs evidence, for those who check it; made at the first use."""
    from api import evidence
    from api.composition import open_home
    from matcher.record import signing

    with open_home(options.settings()) as home:
        say(signing.fingerprint(signing.public_key(evidence.key(home))))


def _head(text: str) -> Head:
    """As `jiebang audit verify` prints it. Raises Invalid."""
    from matcher.errors import Invalid
    from matcher.record.verification import Head

    number, _, hash = text.strip().partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Invalid("NUMBER:HASH is expected, as this command prints it", place="--head")
    return Head(int(number), hash.lower())


def _told_of_record(found: Verification) -> str:
    where = f"{found.head.event_id}:{found.head.hash}"
    if found.broken is not None:
        return f"Broken at event {found.broken.event_id}: {found.broken.explanation}. Up to {where} it holds."
    erased = f", the details of {found.erased:,} erased" if found.erased else ""
    return f"Intact: {found.events:,} events{erased}. Head {where}"


def _found(found: Verification) -> dict[str, object]:
    broken = found.broken
    return {
        "intact": found.intact,
        "events": found.events,
        "erased": found.erased,
        "head": {"event_id": found.head.event_id, "hash": found.head.hash},
        "broken": broken and {"event_id": broken.event_id, "flaw": str(broken.flaw), "explanation": broken.explanation},
    }


def _told_of_file(file: Path, checked: Checked) -> str:
    if checked.fault is not None:
        return f"{file.name} does not hold: {checked.fault}.\nKey {checked.fingerprint}"
    return (
        f"Intact: {checked.events:,} events of {checked.thing}, in the chain up to "
        f"{checked.head}:{checked.head_hash}\nKey {checked.fingerprint}"
    )


def _checked(checked: Checked) -> dict[str, object]:
    return {
        "intact": checked.intact,
        "thing": checked.thing,
        "events": checked.events,
        "head": {"event_id": checked.head, "hash": checked.head_hash},
        "key": checked.fingerprint,
        "fault": checked.fault,
    }
