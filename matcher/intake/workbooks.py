"""Sheets out of XLSX, XLS and ODS workbooks, through calamine.

calamine is quick, but one stray cell at XFD1048576 would end the whole process: see `archives.py`, which
finds such a sheet beforehand. It is read cell by cell with openpyxl instead.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import python_calamine
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from matcher.intake import archives
from matcher.intake.sheets import Cell, Row, Sheet

WIDTH_LIMIT = 200
"""Columns read of a sparse giant."""

_OOXML_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def is_encrypted_container(content: bytes) -> bool:
    """Whether an OLE container holds an encrypted OOXML workbook."""
    return _OOXML_ENCRYPTED in content


def sheets(path: Path, name: str) -> Iterator[Sheet]:
    """The visible worksheets of a workbook, each read when its turn comes."""
    findings = archives.looked_through(path, name)
    workbook = _opened(path, name)
    for metadata in workbook.sheets_metadata:
        if metadata.typ is not SheetTypeEnum.WorkSheet:
            continue
        finding = findings.get(metadata.name, archives.Finding())
        if finding.sparse_giant:
            yield Sheet(metadata.name, _with_odd(_cell_by_cell(path, metadata.name, name), finding.odd))
            continue
        sheet = _sheet(workbook, metadata.name, name)
        yield Sheet(
            metadata.name,
            _with_odd(_rows(sheet), finding.odd),
            total=sheet.total_height,
            merged=[(first[0] + 1, last[0] + 1, first[1], last[1]) for first, last in sheet.merged_cell_ranges or ()],
        )


def _opened(path: Path, name: str) -> CalamineWorkbook:
    try:
        with path.open("rb") as file:
            return python_calamine.load_workbook(file)
    except PasswordError:
        raise archives.encrypted(name) from None
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic in calamine is no Exception
        raise archives.damaged(name) from error


def _sheet(workbook: CalamineWorkbook, title: str, name: str) -> CalamineSheet:
    try:
        return workbook.get_sheet_by_name(title)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        raise archives.damaged(name) from error


def _rows(sheet: CalamineSheet) -> Iterator[Row]:
    """Rows that are not empty. calamine starts at row 1 but at the first column that is not empty."""
    left: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
    for number, values in enumerate(sheet.iter_rows(), start=1):
        if values.count("") != len(values):
            yield Row(number, [*left, *values] if left else values)


def _cell_by_cell(path: Path, title: str, name: str) -> Iterator[Row]:
    """The same without laying out the block, slower for each cell."""
    blank: tuple[Cell, ...] = ()
    try:
        # A stream, not the path: openpyxl turns away a file whose name does not end as it expects.
        stream = io.BytesIO(path.read_bytes())
        workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        sheet = workbook[title]
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_col=WIDTH_LIMIT, max_row=archives.LAST_ROW, values_only=True)
        for number, values in enumerate(rows, start=1):
            if values is blank:  # openpyxl gives out one and the same tuple for all rows between
                continue
            if any(value is not None for value in values):
                yield Row(number, values)
            else:
                blank = values
    except (KeyError, ValueError, TypeError, OSError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise archives.damaged(name) from error


def _with_odd(rows: Iterator[Row], odd: dict[int, dict[int, str]]) -> Iterator[Row]:
    """The rows with the error values and uncalculated formulas put in, which the readers show as empty."""
    left = sorted(odd, reverse=True)
    for row in rows:
        while left and left[-1] < row.number:
            yield _odd_row(Row(left[-1], []), odd[left.pop()])
        if left and left[-1] == row.number:
            yield _odd_row(row, odd[left.pop()])
        else:
            yield row
    while left:
        yield _odd_row(Row(left[-1], []), odd[left.pop()])


def _odd_row(row: Row, odd: dict[int, str]) -> Row:
    cells = list(row.cells)
    for column, shown in odd.items():
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = shown
    return Row(row.number, cells)
