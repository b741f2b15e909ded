"""The archive that an XLSX or ODS workbook is, looked through before the workbook is opened.

calamine lays a sheet out as one solid block up to its furthest cell, shows error cells as empty ones,
and ends the whole process when something does not fit into memory. So the parts are measured first,
and the XML of the sheets is searched for its extent, its error cells and its formulas without a value.
All of it in bounded memory and in one pass, whatever the file holds.
"""

from __future__ import annotations

import copy
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from matcher.errors import UnusableFile
from matcher.intake.sheets import UNCALCULATED

UNPACKED_LIMIT = 512 << 20
"""Bytes that the parts of a workbook may come to when unpacked."""

RATIO_LIMIT = 250
"""How many times its packed size a part may unpack to, beyond `RATIO_FREE` bytes: the same long row a
hundred thousand times comes to 100, white space to 1,000."""

RATIO_FREE = 32 << 20

BLOCK_LIMIT = 8_000_000
"""Cells of a sheet's block that are laid out (32 bytes each) even when most of them are empty."""

LAST_ROW = 1_048_576
"""Of any workbook."""

_CONTENTS_LIMIT = 4 << 20
"""Bytes of the parts that only name the sheets."""


def encrypted(name: str) -> UnusableFile:
    return UnusableFile("the workbook is encrypted. Expected: one saved without a password", place=name)


def damaged(name: str) -> UnusableFile:
    return UnusableFile(
        "the workbook is damaged and cannot be opened. Expected: a whole .xlsx, .xls or .ods", place=name
    )


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


def looked_through(path: Path, name: str) -> dict[str, Finding]:
    """Findings for each sheet of an XLSX by its title; none for another kind of workbook."""
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive, name)
            if "content.xml" in archive.namelist():
                _OdsExtent(name).read(archive)
                return {}
            return {title: _finding(archive, part) for title, part in _parts(archive).items()}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, EOFError, OSError, NotImplementedError) as error:
        raise damaged(name) from error
    except RuntimeError as error:  # how zipfile says that a part is encrypted
        raise encrypted(name) from error
    except (ElementTree.ParseError, expat.ExpatError, ValueError, zlib.error) as error:
        raise damaged(name) from error


def _check_size(archive: zipfile.ZipFile, name: str) -> None:
    """Refuses a workbook whose parts are beyond all measure once unpacked.

    What the archive's directory says of them is believed only where it is too much: zipfile goes by
    it, calamine by what is there. So each part is unpacked once here, as far as it may go.
    """
    parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    if total > UNPACKED_LIMIT:
        raise _too_large(name)
    total = 0
    for part in parts:
        unbounded = copy.copy(part)
        unbounded.file_size = UNPACKED_LIMIT + 1
        del unbounded.CRC  # which zipfile would otherwise compare
        size, most = 0, max(RATIO_FREE, RATIO_LIMIT * part.compress_size)
        with archive.open(unbounded) as content:
            while chunk := content.read(_CHUNK):
                size += len(chunk)
                total += len(chunk)
                if size > most or total > UNPACKED_LIMIT:
                    raise _too_large(name)
        if size != part.file_size:
            raise damaged(name)


def _too_large(name: str) -> UnusableFile:
    return UnusableFile(
        f"the workbook unpacks to more than {UNPACKED_LIMIT >> 20} MiB, or to more than {RATIO_LIMIT} times its size. "
        "Expected: a smaller file, or CSV",
        place=name,
    )


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet title → path of its XML inside the archive."""
    for contents in ("xl/_rels/workbook.xml.rels", "xl/workbook.xml"):
        if archive.getinfo(contents).file_size > _CONTENTS_LIMIT:
            raise ValueError(f"{contents} is too large")
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


# None of these looks twice at the same byte, however the file is broken: no part of a match may hold
# what the next match begins with.
_CELL = re.compile(rb"<(?:\w+:)?c\s([^<>]*[^/<>])>")
_BODY = re.compile(_CELL.pattern + rb"((?:[^<]++|<(?!/?(?:\w+:)?c[\s/>]))*+)</(?:\w+:)?c>")
_PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^<>]*)?>([^<]+)<")
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


_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "


class _OdsExtent:
    """Refuses an ODS whose few cells lie so far apart, or are repeated so often, that they fill the memory."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._row = self._column = self._filled = self._last_row = self._last_column = 0
        self._rows = 1
        """How often the row being read is repeated."""
        self._cell: int | None = None
        """How deep in the tree the cell being read stands."""
        self._depth = 0

    def read(self, archive: zipfile.ZipFile) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        with archive.open("content.xml") as file:
            parser.ParseFile(file)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._cell is not None and self._depth == self._cell + 1:
            self._fill()
        if not tag.startswith(_NAMESPACE):
            return
        element = tag.removeprefix(_NAMESPACE)
        if element == "table":
            self._row = self._filled = self._last_row = self._last_column = 0
        elif element == "table-row":
            self._column = 0
            self._rows = int(attributes.get(f"{_NAMESPACE}number-rows-repeated", "1"))
        elif element in ("table-cell", "covered-table-cell"):
            self._column += int(attributes.get(f"{_NAMESPACE}number-columns-repeated", "1"))
            self._cell = self._depth if element == "table-cell" else None

    def _fill(self) -> None:
        """The cell being read holds something."""
        self._cell = None
        self._filled += 1
        self._last_row, self._last_column = self._row + 1, max(self._last_column, self._column)

    def _end(self, tag: str) -> None:
        if self._depth == self._cell:
            self._cell = None
        self._depth -= 1
        if tag != f"{_NAMESPACE}table-row":
            return
        if self._last_row == self._row + 1:
            self._last_row = self._row + self._rows
        self._row += self._rows
        block = self._last_row * self._last_column
        if block > BLOCK_LIMIT and self._filled < block / 4:
            raise UnusableFile(
                f"a sheet spreads {self._filled} filled cells over {self._last_row} rows and {self._last_column} "
                "columns. Expected: no stray or endlessly repeated cells",
                place=self._name,
            )
