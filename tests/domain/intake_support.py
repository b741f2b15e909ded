"""Files of needs and results, made in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

from openpyxl import Workbook

from matcher.intake.report import Intake, Kind, RowProblem

Bring = Callable[..., Intake]

NEEDS, RESULTS = Kind.NEEDS, Kind.RESULTS

TABLE = "需求名称,编号,预算（万元）\n耐高温密封圈,N1,50-80\n氢气传感器,N2,30\n"
TITLES = ["耐高温密封圈", "氢气传感器"]
HEAD, FIRST, SECOND = ["需求名称", "编号", "预算（万元）"], ["耐高温密封圈", "N1", "50-80"], ["氢气传感器", "N2", 30]
OBJECTS = [
    {"title": "耐高温密封圈", "id": "N1", "budget": "50-80万"},
    {"title": "氢气传感器", "reference": "N2", "budget_min": 300_000, "budget_max": 300_000},
]
ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + "EncryptedPackage".encode("utf-16-le") + bytes(512)


def titles(intake: Intake) -> list[str]:
    return [row.draft.title for row in intake.accepted]


def places(remarks: list[RowProblem]) -> list[tuple[int, str, str]]:
    """Where each stands, and what stood there."""
    return [(remark.row, remark.column, remark.value) for remark in remarks]


def workbook(*rows: list[Any], change: Callable[[Workbook], None] | None = None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change is not None:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ods(rows: str) -> bytes:
    names = "urn:oasis:names:tc:opendocument:xmlns"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<?xml version="1.0"?><m:manifest xmlns:m="{names}:manifest:1.0"><m:file-entry m:full-path="/" '
            'm:media-type="application/vnd.oasis.opendocument.spreadsheet"/></m:manifest>',
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content xmlns:office="{names}:office:1.0" '
            f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="清单">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return buffer.getvalue()


def ods_cell(text: str, repeated: int = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()
