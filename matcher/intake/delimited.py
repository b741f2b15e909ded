"""Text tables: in which encoding and with which separator they are written, and their rows.

A file put together from two (one saved by a spreadsheet program as GB18030, one as UTF-8) is read
line by line, each in its own encoding. A quotation mark that is opened and never closed costs the
line it stands on, not all that follow.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import IO

from matcher.intake.report import Kind
from matcher.intake.sheets import HEADER_WITHIN, Row, find_header

SEPARATORS = (",", "\t", ";")
CELL_LIMIT = 131_072
"""The longest cell that is taken apart; the longest that is accepted is shorter (`cells.LONGEST`)."""

_SURE = 12
"""So many bytes beyond ASCII that decode as UTF-8 are UTF-8, and not GB18030 by chance (as 联通 is)."""

UNDECODABLE = "characters that are text neither in UTF-8 nor in GB18030"
UNCLOSED = "a quotation mark is opened in this line and not closed where a cell ends"


def decoder(open_file: Callable[[], IO[bytes]]) -> Callable[[], Iterator[str]]:
    """Gives the file's lines with their ends, from the first on each time it is called.

    What cannot be decoded becomes U+FFFD, see `UNDECODABLE`.
    """
    with open_file() as file:
        head = file.read(4)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return lambda: _lines_in("utf-16", open_file)
    utf8_first, plain = _census(open_file)
    return lambda: _lines_in("utf-8-sig", open_file) if plain else _mixed_lines(open_file, utf8_first)


def _lines_in(encoding: str, open_file: Callable[[], IO[bytes]]) -> Iterator[str]:
    with open_file() as file, io.TextIOWrapper(file, encoding, errors="replace", newline="") as text:
        yield from text


def _mixed_lines(open_file: Callable[[], IO[bytes]], utf8_first: bool) -> Iterator[str]:
    with open_file() as file:
        for number, line in enumerate(file):
            whole = _decoded(line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line, utf8_first)
            yield from io.StringIO(whole, newline="") if "\r" in whole else (whole,)


def _census(open_file: Callable[[], IO[bytes]]) -> tuple[bool, bool]:
    """Whether most lines beyond ASCII are UTF-8, and whether all are."""
    valid = invalid = 0
    with open_file() as file:
        for line in file:
            if not line.isascii():
                if _is_utf8(line):
                    valid += 1
                else:
                    invalid += 1
    return valid > invalid, not invalid


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decoded(line: bytes, utf8_first: bool) -> str:
    if line.isascii():
        return line.decode("ascii")
    if _is_utf8(line) and (utf8_first or len(line) - len(line.decode("ascii", "ignore")) >= _SURE):
        return line.decode("utf-8")
    try:
        return line.decode("gb18030")
    except UnicodeDecodeError:
        return line.decode("utf-8" if utf8_first else "gb18030", "replace")


def separator(lines: Iterable[str], kind: Kind) -> str:
    """The separator with which the first lines show the fullest header, or else the most even columns."""
    head = list(lines)
    best, best_rank = SEPARATORS[0], (-1, -1)
    for mark in SEPARATORS:
        rows = [row for _, row in zip(range(HEADER_WITHIN * 2), rows_of(iter(head), mark), strict=False)]
        header = find_header(rows, kind)
        known = len(set(header.fields) - {None}) if header else 0
        rank = (known, min((len(row.cells) for row in rows), default=0))
        if rank > best_rank:
            best, best_rank = mark, rank
    return best


class _Lines:
    """Lines to a csv reader, which remembers what it gave out since the last record and can take it back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.given: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.given.append(line)
        return line

    def back(self, lines: list[str]) -> None:
        self._again.extendleft(reversed(lines))


_SPAN = 500
"""A record over more lines than this has lost a quotation mark."""


def rows_of(lines: Iterator[str], mark: str) -> Iterator[Row]:
    """The records that are not empty. Empty ones count in the numbering, as a spreadsheet program shows it."""
    source = _Lines(lines)
    number = 0
    while True:
        reader = csv.reader(source, delimiter=mark, strict=True)
        try:
            for cells in reader:
                if len(source.given) > _SPAN:
                    raise csv.Error
                number += 1
                row = _row(number, cells)
                source.given = []
                if row is not None:
                    yield row
            return
        except csv.Error:
            number += 1
            first, *rest = source.given
            source.given = []
            source.back(rest)
            cells, closed = _alone(first, mark)
            row = _row(number, cells)
            if row is not None:
                yield row if closed else Row(number, cells, UNCLOSED)


def _row(number: int, cells: list[str]) -> Row | None:
    whole = "".join(cells)
    if not whole or whole.isspace():
        return None
    return Row(number, cells, UNDECODABLE if "\ufffd" in whole else "")


def _alone(line: str, mark: str) -> tuple[list[str], bool]:
    """One line read leniently, and whether its quotation marks close."""
    source = _Lines(iter([line, "\n"]))
    try:
        cells = next(csv.reader(source, delimiter=mark), [])
    except csv.Error:
        return [line[:CELL_LIMIT]], False
    return cells, len(source.given) == 1
