"""The rejected rows as a workbook: what stood there, the reasons beside it, to be mended and brought again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from matcher.intake import formulas
from matcher.intake.column_names import ORIGIN, REASONS
from matcher.intake.report import Intake, RejectedRow, RowProblem
from matcher.intake.sheets import text_of

_BAD = PatternFill("solid", fgColor="FFD9D9")
_HEAD = PatternFill("solid", fgColor="E8EEF7")
_WRAP = Alignment(wrap_text=True, vertical="top")
_NOT_IN_TITLES = re.compile(r"[\\/*?:\[\]]")

_WIDEST = 16_000
"""Columns that are written: a workbook ends at 16,384."""


def write_rejected(intake: Intake[Any], path: Path) -> None:
    """Writes the rejected rows, a sheet for each sheet and header they came from.

    The columns of reasons are passed over when the mended file is read. JSON Lines come out as a
    sheet too; their lists and objects as JSON text, which is read back.
    """
    reasons: dict[tuple[str, int], list[RowProblem]] = defaultdict(list)
    for problem in intake.problems:
        reasons[problem.sheet, problem.row].append(problem)
    groups: dict[tuple[str, tuple[str, ...]], list[RejectedRow]] = defaultdict(list)
    for row in intake.rejected:
        groups[row.sheet, tuple(row.header[:_WIDEST])].append(row)
    workbook = Workbook(write_only=True)
    titles: set[str] = set()
    for (sheet, header), rows in groups.items():
        _write_sheet(workbook, _title(sheet or intake.kind.value, titles), header, rows, reasons)
    if not groups:
        workbook.create_sheet(intake.kind.value)
    workbook.save(path)


def _write_sheet(
    workbook: Workbook,
    title: str,
    header: Sequence[str],
    rows: Sequence[RejectedRow],
    reasons: dict[tuple[str, int], list[RowProblem]],
) -> None:
    sheet = workbook.create_sheet(title)
    sheet.freeze_panes = "A2"
    for position in range(1, len(header) + 1):
        sheet.column_dimensions[get_column_letter(position)].width = 24
    sheet.column_dimensions[get_column_letter(len(header) + 1)].width = 70
    sheet.column_dimensions[get_column_letter(len(header) + 2)].width = 12
    sheet.append([_cell(sheet, name, head=True) for name in (*header, REASONS, ORIGIN)])
    for row in rows:
        problems = reasons[row.sheet, row.row]
        why = {problem.column: _reason(problem) for problem in problems if problem.column}
        cells = [
            _cell(sheet, value, bad=why.get(name) if name else None)
            for name, value in zip(header, [*row.cells, *[""] * (len(header) - len(row.cells))], strict=False)
        ]
        told = "\n".join(
            f"{problem.column}: {_reason(problem)}" if problem.column else _reason(problem) for problem in problems
        )
        sheet.append([*cells, _cell(sheet, told), _cell(sheet, row.row)])


def _reason(problem: RowProblem) -> str:
    return f"{problem.problem}; expected: {problem.expected}" if problem.expected else problem.problem


def _cell(sheet: Any, value: Any, *, head: bool = False, bad: str | None = None) -> Any:
    cell = WriteOnlyCell(sheet)
    formulas.fill(cell, value if isinstance(value, int | float) else text_of(value))
    cell.alignment = _WRAP
    if head:
        cell.font, cell.fill = Font(bold=True), _HEAD
    if bad is not None:
        cell.fill = _BAD
        cell.comment = Comment(bad, "Jiebang", width=320, height=90)
    return cell


def _title(wanted: str, taken: set[str]) -> str:
    """A sheet's title that a workbook admits and that is not taken yet."""
    base = _NOT_IN_TITLES.sub(" ", wanted).strip("' ")[:28] or "rows"
    title, number = base, 1
    while title.casefold() in taken:
        number += 1
        title = f"{base[:25]} {number}"
    taken.add(title.casefold())
    return title
