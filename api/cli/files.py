"""Files read, and two of them put into a home that lives as long as the command."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from api.cli import targets
from api.cli.console import Bars, note
from api.cli.options import Side
from api.composition import Home
from matcher import organisations, problem_lists
from matcher.actors import COMMAND_LINE
from matcher.entities import OrganisationKind, now
from matcher.errors import UnusableFile
from matcher.intake import columns, rows
from matcher.intake.rejected import write_rejected
from matcher.intake.report import Intake, Kind, RowDraft, RowProblem, told
from matcher.sessions import writing

_SHOWN = 10
"""Kinds of remarks that are printed before the rest is only counted."""


@dataclass(frozen=True)
class Stored:
    """One file in a home: its items in the file's order."""

    ids: list[str]
    labels: dict[str, str]
    """Id in the home → what the file calls the item."""
    titles: dict[str, str]

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, ids: list[str]) -> Stored:
        """The same file with fewer items."""
        return replace(self, ids=ids)


def read(path: Path, side: Side, bars: Bars) -> Intake:
    """Raises UnusableFile; where the file is a list of the other kind, it says so."""
    if path.is_fifo():  # a pipe can be read once only, and reading looks at the beginning first
        with tempfile.NamedTemporaryFile() as copy, path.open("rb") as pipe:
            shutil.copyfileobj(pipe, copy)
            copy.flush()
            return _read(Path(copy.name), side, bars, path.name)
    return _read(path, side, bars, path.name)


def _read(path: Path, side: Side, bars: Bars, name: str) -> Intake:
    count = bars.of(f"Reading {name}")
    try:
        return rows.read(path, Kind(side), name=name, progress=count)
    except UnusableFile as error:
        other = _other(Kind(side))
        try:
            if not rows.read(path, other).accepted:
                raise error
        except UnusableFile:
            raise error from None
        message = f"this is a list of {other}, and a list of {side} is expected: were two files swapped?"
        raise UnusableFile(message, place=name) from None


def check_sides(needs: Intake, results: Intake) -> None:
    """Raises UnusableFile when each file has columns that only the other kind of list has.

    General headers such as Title and Description can be read either way, so the rows alone do not tell.
    """
    if _foreign(needs) and _foreign(results):
        raise UnusableFile(
            f"{needs.file} has columns of a list of results ({', '.join(_foreign(needs)[:3])}) and {results.file} "
            f"those of a list of needs ({', '.join(_foreign(results)[:3])}): the two files seem to be swapped"
        )


def _foreign(intake: Intake) -> list[str]:
    """Headers that are not known in this kind of list but in the other one."""
    other = _other(intake.kind)
    unknown = dict.fromkeys(remark.column for remark in intake.notices if remark.column)
    return [name for name in unknown if not columns.candidates(name, intake.kind) and columns.candidates(name, other)]


def _other(kind: Kind) -> Kind:
    return Kind.RESULTS if kind is Kind.NEEDS else Kind.NEEDS


def store_all(home: Home, intakes: Sequence[Intake], bars: Bars) -> list[Stored]:
    """Puts files into an empty home. Rows that cannot be stored move to the rejected ones."""
    return [_store(home, intake, bars) for intake in intakes]


def _store(home: Home, intake: Intake, bars: Bars) -> Stored:
    side = Side(intake.kind)
    owner = OrganisationKind.COMPANY if side is Side.NEEDS else OrganisationKind.LAB
    with writing(home.engine) as session:
        organisation = organisations.by_name_or_new(session, COMMAND_LINE, intake.file[:200], owner)
        report = problem_lists.bring(
            session, COMMAND_LINE, intake, organisation=organisation, progress=bars.of(f"Storing {side}")
        )
    return Stored(
        report.created,
        dict(zip(report.created, labels(intake.accepted), strict=True)),
        {id: row.draft.title for id, row in zip(report.created, intake.accepted, strict=True)},
    )


def catch_up(home: Home, bars: Bars) -> None:
    """Brings the index up to date with everything stored."""
    with bars.waiting("Loading the model"):
        index = home.index
    index.catch_up(bars.indexing)


def fill(home: Home, bars: Bars) -> None:
    """Puts the demonstration set into a home in which nothing has happened yet, ready to be matched."""
    from seed_data import loading, pairs

    storing = bars.of("Storing the demonstration set")
    filled = loading.fill(home.engine, COMMAND_LINE, storing, accounts=True, secrets=home.secrets)
    catch_up(home, bars)
    if filled:
        with writing(home.engine) as session:
            pairs.add(session, home.index, now())


def require_rows(intakes: Sequence[Intake]) -> None:
    """Raises UnusableFile when a file has no row that can be used."""
    for intake in intakes:
        if not intake.accepted:
            raise UnusableFile(f"not one row can be used as one of {intake.kind}", place=intake.file)


def labels(accepted: Sequence[RowDraft]) -> list[str]:
    """What a file calls each of its rows: the reference, or else where the row stands.

    A reference that two organisations of the file both use gets the row added.
    """
    references = Counter(row.draft.reference for row in accepted)
    several_sheets = len({row.sheet for row in accepted}) > 1
    found: list[str] = []
    for row in accepted:
        place = f"{row.sheet} row {row.row}" if several_sheets else f"row {row.row}"
        if not row.draft.reference:
            found.append(place)
        elif references[row.draft.reference] > 1:
            found.append(f"{row.draft.reference} ({place})")
        else:
            found.append(row.draft.reference)
    return found


def list_problems(intakes: Sequence[Intake]) -> None:
    """Says on standard error which rows were left out and why, and what was understood in part."""
    _list("rejected: ", [problem for intake in intakes for problem in intake.problems], "yellow")
    _list("note: ", [remark for intake in intakes for remark in intake.notices], "")


def _list(label: str, remarks: Sequence[RowProblem], style: str) -> None:
    lines = told(remarks)
    for line in lines[:_SHOWN]:
        note(f"{label}{line}", style)
    if len(lines) > _SHOWN:
        note(f"{label}… and {len(lines) - _SHOWN} more", style)


def write_report(intakes: Sequence[Intake], report: Path | None) -> None:
    """Writes the rejected rows to `report`, if it is given, and says so on standard error."""
    with_rejected = [intake for intake in intakes if intake.rejected]
    if report is None:
        if with_rejected:
            note("--report FILE.xlsx writes the rejected rows with the reasons, to mend and bring again.")
        return
    if not with_rejected:
        note(f"No row was rejected: {report} is not written.")
    for intake in with_rejected:
        path = report if len(with_rejected) == 1 else report_path(report, Side(intake.kind))
        with targets.replacing(path) as fresh:
            write_rejected(intake, fresh)
        note(f"The rejected rows of {intake.file} are in {path}.")


def report_path(report: Path, side: Side) -> Path:
    """Where the rejected rows of one side go when both have some: a form takes one kind only."""
    return report.with_name(f"{report.stem}-{side}{report.suffix}")
