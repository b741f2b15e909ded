"""Rejected rows as parts of a form: what is wrong stands at the cell, and what is mended is read again.

Nothing of a file is kept on the server. The rows that were rejected travel with the page: the first of
them to be typed into, the others as they stood.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from matcher.errors import Invalid
from matcher.intake.column_names import ORIGIN, REASONS
from matcher.intake.report import Intake, RejectedRow, RowProblem
from matcher.intake.sheets import text_of

SHOWN = 20
"""Rows to be typed into on one page."""
CARRIED = 2000
"""Rows that travel with a page at most. Of more than that, the file itself is to be mended."""
REST = "rest"


@dataclass(frozen=True, slots=True)
class Cell:
    place: int
    """In the row."""
    column: str
    text: str
    faults: Sequence[RowProblem]


@dataclass(frozen=True, slots=True)
class Line:
    """A rejected row."""

    sheet: str
    row: int
    cells: Sequence[Cell]
    faults: Sequence[RowProblem]
    """Of the row as a whole, or of a column that it has not."""
    at: str
    """What tells where it stood, for the form."""

    @property
    def wrong(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.faults]

    @property
    def right(self) -> list[Cell]:
        return [cell for cell in self.cells if not cell.faults]


def lines(intake: Intake[Any]) -> list[Line]:
    """Those to be typed into."""
    return [_line(row, intake) for row in intake.rejected[:SHOWN]]


def carried(intake: Intake[Any]) -> list[str]:
    """Those after them, as they stood."""
    return [_packed(row.sheet, row.row, *_plain(row)) for row in intake.rejected[SHOWN:CARRIED]]


def dropped(intake: Intake[Any]) -> int:
    return max(0, len(intake.rejected) - CARRIED)


def _line(row: RejectedRow, intake: Intake[Any]) -> Line:
    header, values = _plain(row)
    faults = [one for one in intake.problems if (one.sheet, one.row) == (row.sheet, row.row)]
    cells = [
        Cell(place, column, value, [one for one in faults if one.column == column and column])
        for place, (column, value) in enumerate(zip(header, values, strict=True))
    ]
    at_cells = {id(one) for cell in cells for one in cell.faults}
    rest = [one for one in faults if id(one) not in at_cells]
    return Line(row.sheet, row.row, cells, rest, _packed(row.sheet, row.row, header))


def _plain(row: RejectedRow) -> tuple[list[str], list[str]]:
    """Header and texts, without the columns that only say why and where."""
    values = [text_of(value) for value in row.cells][: len(row.header)]
    values += [""] * (len(row.header) - len(values))
    kept = [(name, value) for name, value in zip(row.header, values, strict=True) if name not in (REASONS, ORIGIN)]
    return [name for name, _ in kept], [value for _, value in kept]


def _packed(sheet: str, row: int, header: Sequence[str], cells: Sequence[str] | None = None) -> str:
    told: dict[str, Any] = {"sheet": sheet, "row": row, "header": header}
    return json.dumps(told if cells is None else told | {"cells": cells}, ensure_ascii=False)


# -- read -------------------------------------------------------------------------------------------


def typed(sent: FormData, only: int | None = None) -> tuple[list[RejectedRow], list[RejectedRow]]:
    """The rows that are to be read again, and those that wait: all that were typed into, or one alone."""
    wanted: list[RejectedRow] = []
    waiting: list[RejectedRow] = []
    for number, row in _typed(sent):
        (wanted if only in (None, number) else waiting).append(row)
    return wanted, waiting + [_unpacked(one) for one in sent.getlist(REST) if isinstance(one, str)]


def _typed(sent: FormData) -> Iterator[tuple[int, RejectedRow]]:
    for number in range(SHOWN):
        at = sent.get(f"rows.{number}.at")
        if isinstance(at, str):
            row = _unpacked(at)
            row.cells = [str(sent.get(f"rows.{number}.{place}", "")) for place in range(len(row.header))]
            yield number, row


def _unpacked(text: str) -> RejectedRow:
    try:
        told = json.loads(text)
        header, cells = [str(one) for one in told["header"]], [str(one) for one in told.get("cells", [])]
        return RejectedRow(str(told["sheet"]), int(told["row"]), header, cells)
    except (ValueError, TypeError, KeyError):
        raise Invalid("These rows are not as this page sent them: bring the file again.") from None
