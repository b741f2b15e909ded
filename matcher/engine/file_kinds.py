"""Which files are taken as attachments: known by what they hold, not by what they are called."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import PurePath

from matcher.drafts import printable
from matcher.errors import Invalid

LARGEST = 20 * 1024 * 1024
"""Bytes of one file."""
_LONGEST_NAME = 200

_Test = Callable[[bytes], bool]


def _begins(*marks: bytes) -> _Test:
    return lambda content: content.startswith(marks)


def _office(part: str) -> _Test:
    """A package of Office Open XML with this part in it, and without macros."""

    def test(content: bytes) -> bool:
        names = _names(content)
        return part in names and not any(name.endswith("vbaProject.bin") for name in names)

    return test


def _open_document(media_type: bytes) -> _Test:
    return lambda content: content.startswith(b"PK\x03\x04") and content[30:].startswith(b"mimetype" + media_type)


def _names(content: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return package.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return []


def _text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

KINDS: dict[str, tuple[str, _Test]] = {
    ".pdf": ("application/pdf", _begins(b"%PDF-")),
    ".docx": (f"{_OOXML}.wordprocessingml.document", _office("word/document.xml")),
    ".xlsx": (f"{_OOXML}.spreadsheetml.sheet", _office("xl/workbook.xml")),
    ".pptx": (f"{_OOXML}.presentationml.presentation", _office("ppt/presentation.xml")),
    ".odt": (f"{_ODF}.text", _open_document(f"{_ODF}.text".encode())),
    ".ods": (f"{_ODF}.spreadsheet", _open_document(f"{_ODF}.spreadsheet".encode())),
    ".png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    ".jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".jpeg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".mp4": ("video/mp4", lambda content: content[4:8] == b"ftyp"),
    ".step": ("model/step", _begins(b"ISO-10303-21")),
    ".dwg": ("image/vnd.dwg", _begins(b"AC10")),
    ".csv": ("text/csv", _text),
    ".txt": ("text/plain", _text),
}  # fmt: skip
"""Ending → media type, and how such a file is known."""


def checked(name: str, content: bytes) -> tuple[str, str]:
    """Its name without folders and its media type. Raises Invalid for what is not taken."""
    name = str(printable(name.replace("\\", "/").rpartition("/")[2])).strip()
    ending = PurePath(name).suffix.lower()
    if ending not in KINDS:
        raise Invalid(f"is of none of the kinds that are taken, which are {', '.join(KINDS)}", place="file")
    if len(name) > _LONGEST_NAME:
        raise Invalid(f"has a name longer than {_LONGEST_NAME} characters", place="file")
    if not content:
        raise Invalid("is empty", place="file")
    if len(content) > LARGEST:
        raise Invalid(f"is larger than {LARGEST // 1024 // 1024} MiB", place="file")
    media_type, test = KINDS[ending]
    if not test(content):
        raise Invalid(f"is called {ending} and is no such file", place="file")
    return name, media_type
