"""Ranked pairs as files: a spreadsheet for reading, CSV, or JSON Lines with the reasons in full."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from api.cli.targets import replacing
from matcher.intake import formulas
from matcher.matching.matches import Match

COLUMNS = ("need_id", "need_title", "rank", "result_id", "result_title", "score", "reason")
_WIDTHS = (14, 44, 7, 14, 44, 9, 90)
_WRAPPED = frozenset({"need_title", "result_title", "reason"})


@dataclass(frozen=True, slots=True)
class Pair:
    """A match with both sides named as their files name them."""

    need_id: str
    need_title: str
    result_id: str
    match: Match
    duplicates: tuple[str, ...]

    def cells(self) -> tuple[str | int | float, ...]:
        """In the order of `COLUMNS`."""
        return (
            self.need_id,
            self.need_title,
            self.match.rank,
            self.result_id,
            self.match.title,
            round(self.match.score, 4),
            self.match.reason,
        )

    def record(self) -> dict[str, Any]:
        """The columns, then everything that the score was made of."""
        return dict(zip(COLUMNS, self.cells(), strict=True)) | reasons(self.match, self.duplicates)


def reasons(match: Match, duplicates: Sequence[str]) -> dict[str, Any]:
    """The structured reasons of a match, for JSON."""
    return {
        "shares": [asdict(share) for share in match.shares],
        "agreements": [asdict(agreement) for agreement in match.agreements],
        "terms": list(match.terms),
        "gaps": [asdict(gap) for gap in match.gaps],
        "indicators": [asdict(compared) for compared in match.indicators],
        "duplicates": list(duplicates),
    }


def json_line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)


def _write_jsonl(pairs: Sequence[Pair], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json_line(pair.record()) + "\n" for pair in pairs)


def _write_csv(pairs: Sequence[Pair], path: Path) -> None:
    # Spreadsheet programs take UTF-8 for what it is only behind a byte order mark.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([formulas.harmless(cell) for cell in pair.cells()] for pair in pairs)


def _write_xlsx(pairs: Sequence[Pair], path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.worksheet import Worksheet

    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "pairs"
    sheet.append(COLUMNS)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", start_color="DDE6F0")
        cell.alignment = Alignment(vertical="center")
    for position, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width
    wrapped, plain = Alignment(vertical="top", wrap_text=True), Alignment(vertical="top")
    first_of_need = Border(top=Side(style="thin", color="B0B0B0"))
    for pair, row in zip(pairs, range(2, len(pairs) + 2), strict=True):
        for position, (name, value) in enumerate(zip(COLUMNS, pair.cells(), strict=True), start=1):
            cell = sheet.cell(row, position)
            assert isinstance(cell, Cell)
            formulas.fill(cell, value)
            cell.alignment = wrapped if name in _WRAPPED else plain
            if name == "score":
                cell.number_format = "0.000"
            if pair.match.rank == 1:
                cell.border = first_of_need
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(pairs) + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    book.save(path)


_WRITERS: dict[str, Callable[[Sequence[Pair], Path], None]] = {
    ".xlsx": _write_xlsx,
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
}
SUFFIXES = tuple(_WRITERS)


def write(pairs: Sequence[Pair], path: Path) -> None:
    """Writes them in the form that the file's ending names, over what was there."""
    with replacing(path) as fresh:
        _WRITERS[path.suffix.lower()](pairs, fresh)
