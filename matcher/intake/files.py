"""What a file is, and its sheets.

Its content says it. Only for text does the ending of the name count beside it: many a program or note
has a line that could be a header, and none of them is a list.
"""

from __future__ import annotations

import gzip
import io
import itertools
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from matcher.errors import UnusableFile
from matcher.intake import archives, delimited, workbooks
from matcher.intake.report import Kind
from matcher.intake.sheets import Sheet

EXPECTED = "Expected: .xlsx, .xls, .ods, .csv, .tsv, .txt (UTF-8 or GB18030) or .jsonl, the last four also as .gz"

_TEXT_ENDINGS = frozenset({"csv", "tsv", "tab", "txt", "jsonl", "ndjson", "json", "xlsx", "xlsm", "xls", "ods"})
"""Those of workbooks too: many a program calls a text table .xls."""
_ENDING = re.compile(r"\.([a-z][a-z0-9_+-]{0,11})$")
"""What follows another dot ("需求 2027.10") belongs to the name."""

_HEAD = 1 << 16
_UNPACKED_LIMIT = 1 << 30

_OTHER_KINDS = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"{\\rtf", "an RTF document"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"<!DOCTYPE html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML document"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(slots=True)
class Lines:
    """The lines of a JSON Lines file."""

    lines: Iterator[str]


def opened(path: Path, kind: Kind, name: str) -> Iterator[Sheet] | Lines:
    """The sheets of a workbook or text table; or, of JSON Lines, the lines.

    Raises UnusableFile for what is neither. `kind` helps to tell the separator of a text table.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UnusableFile(f"cannot be opened: {error.strerror or error}", place=name) from error
    if not head.strip():
        raise UnusableFile(f"the file is empty. {EXPECTED}", place=name)
    if head.startswith(b"PK"):
        return _zipped(path, name)
    if head.startswith(_OLE):
        return _ole(path, name)
    open_file: Callable[[], IO[bytes]] = lambda: path.open("rb")  # noqa: E731
    if head.startswith(b"\x1f\x8b"):
        open_file = lambda: io.BufferedReader(_Unpacked(path, name), 1 << 20)  # noqa: E731
        with open_file() as file:
            head = file.read(_HEAD)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for signature, described in _OTHER_KINDS:
        if start[:20].lower().startswith(signature.lower()):
            raise UnusableFile(f"this is {described}. {EXPECTED}", place=name)
    if not start:
        raise UnusableFile(f"the file is empty. {EXPECTED}", place=name)
    _check_text(head, name)
    _check_ending(name)
    if start.startswith(b"{"):
        return Lines(delimited.decoder(open_file)())
    if start.startswith(b"[") and start[1:].lstrip().startswith((b"{", b"]")):
        raise UnusableFile("this is one JSON array. Expected: JSON Lines, one object on each line", place=name)
    lines = delimited.decoder(open_file)
    mark = delimited.separator(itertools.islice(lines(), 200), kind)
    return iter([Sheet("", delimited.rows_of(lines(), mark))])


def _check_text(head: bytes, name: str) -> None:
    """Raises UnusableFile for bytes that are no text. A stray NUL in a text is let through."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    odd = sum(head.count(bytes([code])) for code in range(32) if code not in (9, 10, 12, 13, 26, 27))
    if odd * 200 > len(head) + 600:
        raise UnusableFile(f"this is neither a spreadsheet nor text. {EXPECTED}", place=name)


def _check_ending(name: str) -> None:
    ending = _ENDING.search(name.casefold().removesuffix(".gz"))
    if ending is not None and ending[1] not in _TEXT_ENDINGS:
        raise UnusableFile(
            f"this is text, and a file of text that ends in .{ending[1]} is no list. {EXPECTED}", place=name
        )


def _zipped(path: Path, name: str) -> Iterator[Sheet]:
    with path.open("rb") as file:
        content = file.read()
    if b"xl/workbook.bin" in content:
        raise UnusableFile("this is a binary workbook (.xlsb). Expected: saved as .xlsx", place=name)
    if b"word/document.xml" in content:
        raise UnusableFile(f"this is a Word document. {EXPECTED}", place=name)
    if b"ppt/presentation.xml" in content:
        raise UnusableFile(f"this is a presentation. {EXPECTED}", place=name)
    if b"xl/workbook.xml" not in content and b"opendocument.spreadsheet" not in content:
        if b"[Content_Types].xml" in content or b"xl/" in content:
            raise archives.damaged(name)
        raise UnusableFile(f"this is a ZIP archive without a workbook. {EXPECTED}", place=name)
    return workbooks.sheets(path, name)


def _ole(path: Path, name: str) -> Iterator[Sheet]:
    with path.open("rb") as file:
        content = file.read()
    if workbooks.is_encrypted_container(content):
        raise archives.encrypted(name)
    if not any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
        raise UnusableFile(f"this is an old Office document, but no workbook. {EXPECTED}", place=name)
    return workbooks.sheets(path, name)


class _Unpacked(io.RawIOBase):
    """What a gzip file holds. Says clearly when it is damaged, and stops before it fills the memory."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__()
        self._file = gzip.open(path, "rb")  # noqa: SIM115 (closed by close)
        self._place = name
        self._length = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            part = self._file.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise UnusableFile(
                "the compressed file is damaged. Expected: a whole .gz file", place=self._place
            ) from error
        self._length += len(part)
        if self._length > _UNPACKED_LIMIT:
            raise UnusableFile(
                f"the file unpacks to more than {_UNPACKED_LIMIT >> 20} MiB. Expected: a smaller file",
                place=self._place,
            )
        buffer[: len(part)] = part
        return len(part)
