"""Lists as files, as far as whoever asks for them is shown them: a workbook, or CSV for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Literal

from fastapi import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from api.downloads import download
from matcher.intake import formulas

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
MOST = 20_000
"""Rows of one file."""

Format = Literal["xlsx", "csv"]
Cell = str | int | float

_WRAP = Alignment(wrap_text=True, vertical="top")


def file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], format: Format) -> Response:
    """Text that a spreadsheet program would run is text in it, too."""
    content = _csv(header, rows) if format == "csv" else _workbook(header, rows)
    return download(content, CSV if format == "csv" else XLSX, f"{name}.{format}")


def _csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """With a byte order mark: without it, Excel takes Chinese for something else."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(header)
    writer.writerows([formulas.harmless(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _workbook(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("1")
    sheet.freeze_panes = "A2"
    for position in range(1, len(header) + 1):
        sheet.column_dimensions[get_column_letter(position)].width = 24
    sheet.append([_cell(sheet, name, bold=True) for name in header])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def _cell(sheet: object, value: Cell, *, bold: bool = False) -> object:
    cell = WriteOnlyCell(sheet)
    formulas.fill(cell, value)
    cell.alignment = _WRAP
    if bold:
        cell.font = Font(bold=True)
    return cell
