"""Sheets out of XLSX, XLS and ODS workbooks, through calamine.

calamine is quick but lays a sheet out as one solid block up to its furthest cell, shows error cells
as empty ones, and ends the whole process when the block does not fit into memory: one stray cell at
XFD1048576 would do it. So the XML of an XLSX is looked through first, for its extent, its error cells
and its formulas without a value, and a sparse giant is read cell by cell with openpyxl instead.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import openpyxl  # type: ignore[import-untyped]
import python_calamine
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from matcher.errors import UnusableFile
from matcher.intake.sheets import UNCALCULATED, Cell, Row, Sheet

UNPACKED_LIMIT = 1 << 30
"""Bytes that the parts of a workbook may come to when unpacked."""

BLOCK_LIMIT = 8_000_000
"""Cells of a sheet's block that are laid out (32 bytes each) even when most of them are empty."""

WIDTH_LIMIT = 200
"""Columns read of a sparse giant."""

LAST_ROW = 1_048_576
"""Of any workbook."""

_OOXML_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def is_encrypted_container(content: bytes) -> bool:
    """Whether an OLE container holds an encrypted OOXML workbook."""
    return _OOXML_ENCRYPTED in content


def encrypted(name: str) -> UnusableFile:
    return UnusableFile("the workbook is encrypted. Expected: one saved without a password", place=name)


def damaged(name: str) -> UnusableFile:
    return UnusableFile(
        "the workbook is damaged and cannot be opened. Expected: a whole .xlsx, .xls or .ods", place=name
    )


def sheets(path: Path, name: str) -> Iterator[Sheet]:
    """The visible worksheets of a workbook, each read when its turn comes."""
    findings = _looked_through(path, name)
    workbook = _opened(path, name)
    for metadata in workbook.sheets_metadata:
        if metadata.typ is not SheetTypeEnum.WorkSheet:
            continue
        finding = findings.get(metadata.name, Finding())
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
        raise encrypted(name) from None
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic in calamine is no Exception
        raise damaged(name) from error


def _sheet(workbook: CalamineWorkbook, title: str, name: str) -> CalamineSheet:
    try:
        return workbook.get_sheet_by_name(title)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        raise damaged(name) from error


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
        rows = sheet.iter_rows(max_col=WIDTH_LIMIT, max_row=LAST_ROW, values_only=True)
        for number, values in enumerate(rows, start=1):
            if values is blank:  # openpyxl gives out one and the same tuple for all rows between
                continue
            if any(value is not None for value in values):
                yield Row(number, values)
            else:
                blank = values
    except (KeyError, ValueError, TypeError, OSError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise damaged(name) from error


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


@dataclass(slots=True)
class Finding:
    """What calamine would not tell about a sheet."""

    odd: dict[int, dict[int, str]] = field(default_factory=dict)
    """Row → column (from 0) → error value, or `UNCALCULATED`."""
    filled: int = 0
    last_row: int = 0
    last_column: int = 0
    unplaced: bool = False
    """Whether a cell does not say where it stands, so that the extent is not known."""

    @property
    def sparse_giant(self) -> bool:
        block = self.last_row * self.last_column
        return self.unplaced or (block > BLOCK_LIMIT and self.filled < block / 4)


def _looked_through(path: Path, name: str) -> dict[str, Finding]:
    """Findings for each sheet of an XLSX by its title; none for another kind of workbook."""
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > UNPACKED_LIMIT:
                raise UnusableFile(
                    f"the workbook unpacks to more than {UNPACKED_LIMIT >> 20} MiB. Expected: a smaller file, or CSV",
                    place=name,
                )
            if "content.xml" in archive.namelist():
                _check_extent(archive, name)
                return {}
            return {title: _finding(archive, part) for title, part in _parts(archive).items()}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, EOFError, OSError, NotImplementedError) as error:
        raise damaged(name) from error
    except RuntimeError as error:  # how zipfile says that a part is encrypted
        raise encrypted(name) from error
    except (ElementTree.ParseError, ValueError, zlib.error) as error:
        raise damaged(name) from error


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet title → path of its XML inside the archive."""
    targets = {
        element.get("Id"): posixpath.normpath(posixpath.join("/xl", element.get("Target", ""))).lstrip("/")
        for element in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    found: dict[str, str] = {}
    for element in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if element.tag.endswith("}sheet"):
            identifier = next((value for key, value in element.items() if key.endswith("}id")), None)
            part = targets.get(identifier)
            if part in archive.namelist():
                found[element.get("name", "")] = str(part)
    return found


_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^/>])>")
_BODY = re.compile(rb"<(?:\w+:)?c\s([^>]*[^/>])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]+)<")
_ODD = (b't="e"', b"<f", b":f")
_CHUNK = 1 << 20


def _finding(archive: zipfile.ZipFile, part: str) -> Finding:
    finding = Finding()
    last_column = b"A"
    rest = b""
    with archive.open(part) as file:
        while True:
            chunk = file.read(_CHUNK)
            text = rest + chunk
            cut = _last_cell(text) if chunk else len(text)
            text, rest = text[:cut], text[cut:] if len(text) - cut < 8 * _CHUNK else b""
            for match in _CELL.finditer(text):
                place = _PLACE.search(match[1])
                if place is None:
                    finding.unplaced = True
                    continue
                finding.filled += 1
                column = place[1]
                if (len(column), column) > (len(last_column), last_column):
                    last_column = column
                finding.last_row = max(finding.last_row, int(place[2][:12]))
            if any(mark in text for mark in _ODD):
                _note_odd(text, finding)
            if not chunk:
                break
    finding.last_column = _index(last_column[:8]) + 1
    return finding


def _last_cell(text: bytes) -> int:
    """Where the last cell begins, which may go on in the next chunk."""
    start = text.rfind(b"<c ")
    if start < 0:
        prefixed = text.rfind(b":c ")
        start = text.rfind(b"<", 0, prefixed) if prefixed > 0 else -1
    return start if start >= 0 else max(len(text) - 64, 0)


def _note_odd(text: bytes, finding: Finding) -> None:
    for match in _BODY.finditer(text):
        attributes, body = match[1], match[2]
        place = _PLACE.search(attributes)
        if place is None or len(place[1]) > 3 or int(place[2][:12]) > LAST_ROW:
            continue
        value = _VALUE.search(body)
        if b't="e"' in attributes:
            shown = value[1].decode("utf-8", "replace") if value else "#VALUE!"
        elif value is None and b't="str"' not in attributes and (b"<f" in body or b":f" in body):
            shown = UNCALCULATED
        else:
            continue
        finding.odd.setdefault(int(place[2]), {})[_index(place[1])] = shown


def _index(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def _check_extent(archive: zipfile.ZipFile, name: str) -> None:
    """Refuses an ODS whose few cells lie so far apart, or are repeated so often, that they fill the memory."""
    row = column = filled = last_row = last_column = 0
    with archive.open("content.xml") as file:
        for event, element in ElementTree.iterparse(file, events=("start", "end")):
            if event == "start":
                if element.tag == f"{_TABLE}table":
                    row = filled = last_row = last_column = 0
                elif element.tag == f"{_TABLE}table-row":
                    column = 0
            elif element.tag == f"{_TABLE}table-cell":
                column += int(element.get(f"{_TABLE}number-columns-repeated", "1"))
                if len(element):
                    filled += 1
                    last_row, last_column = row + 1, max(last_column, column)
            elif element.tag == f"{_TABLE}covered-table-cell":
                column += int(element.get(f"{_TABLE}number-columns-repeated", "1"))
            elif element.tag == f"{_TABLE}table-row":
                repeated = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
                if last_row == row + 1:
                    last_row = row + repeated
                row += repeated
                element.clear()
                block = last_row * last_column
                if block > BLOCK_LIMIT and filled < block / 4:
                    raise UnusableFile(
                        f"a sheet spreads {filled} filled cells over {last_row} rows and {last_column} columns. "
                        "Expected: no stray or endlessly repeated cells",
                        place=name,
                    )
