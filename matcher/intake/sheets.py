"""Rows of cells out of any kind of table, and where the header stands among them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from matcher.drafts import TURNING
from matcher.intake import columns
from matcher.intake.report import Kind

Cell = str | float | bool | date | datetime | time | timedelta | None

HEADER_WITHIN = 10
"""The header is looked for in the first so many rows that are not empty."""

UNCALCULATED = "#(formula without a stored value)"
"""Stands in a cell whose formula no spreadsheet program has calculated yet."""

_JUNK = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\u200b\u2060\ufffe\uffff{TURNING}]|_x000D_")


class Row(NamedTuple):
    number: int
    cells: Sequence[Cell]
    fault: str = ""
    """Why the row could not be taken apart properly, or ""."""


@dataclass(slots=True)
class Sheet:
    name: str
    """"" for files without sheets."""
    rows: Iterable[Row]
    """Those that are not empty, in order."""
    total: int | None = None
    """How many rows at most, where that is known before reading."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Merged cells: first row, last row (as in `Row.number`), first column, last column (from 0)."""


def text_of(cell: Cell) -> str:
    """A cell as text: whole numbers without ".0", dates as ISO, no control characters, no outer space."""
    if isinstance(cell, str):
        if not cell.isprintable() or "_x000D_" in cell:  # which is told in half the time of a search
            cell = _JUNK.sub("", cell)
        if "\r" in cell:
            cell = cell.replace("\r\n", "\n").replace("\r", "\n")
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if isinstance(cell, float) and not math.isfinite(cell):
            return ""
        return format(cell, ".15g") if abs(cell) < 1e15 else str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return str(cell)


@dataclass(slots=True)
class Header:
    names: list[str]
    """As written; over two rows, both with a space between."""
    fields: list[str | None]
    last_row: int
    others: list[str] = field(default_factory=list)
    """Headers that feed no field and are not passed over."""


def find_header(rows: Sequence[Row], kind: Kind) -> Header | None:
    """The row, or the two rows, of `rows` that name the most fields; None when none names a title or a text.

    In a header of two rows an upper cell spans the lower cells to its right up to the next upper
    cell; a lower cell is read alone, or after the upper one ("预算" over "下限").
    """
    best: Header | None = None
    best_rank = (0, 0)
    for position, row in enumerate(rows[:HEADER_WITHIN]):
        upper = [text_of(cell) for cell in row.cells]
        for below in (None, *rows[position + 1 : position + 2]):
            names = upper if below is None else _combined(upper, [text_of(cell) for cell in below.cells], kind)
            fields = columns.assign(names, kind)
            known = set(fields) - {None}
            # a sheet's heading ("技术需求") stands alone in its row: of two rows that name as much, the fuller
            rank = (len(known), sum(map(bool, names)) if below is None else 0)
            if rank > best_rank and (
                known & _TEXTS if len(known) > 1 or sum(map(bool, names)) == 1 else "title" in known
            ):
                best_rank, best = rank, Header(names, fields, (below or row).number)
    if best is not None:
        best.others = [
            name
            for name, known in zip(best.names, best.fields, strict=True)
            if known is None and name and not columns.passed_over(name)
        ]
    return best


_TEXTS = {"title", "problem", "abstract"}


def _combined(upper: list[str], lower: list[str], kind: Kind) -> list[str]:
    """One name for each column out of two rows: of both cells where they name a field together, else the lower."""
    width = max(len(upper), len(lower))
    names: list[str] = []
    above = ""
    for position in range(width):
        top = upper[position] if position < len(upper) else ""
        bottom = lower[position] if position < len(lower) else ""
        above = top or above
        if not bottom:
            names.append(top)
            above = top
        else:
            options = (f"{above} {bottom}", f"{bottom} {above}") if above else ()
            names.append(next((name for name in options if columns.named(name, kind)), bottom))
    return names


def with_merges(rows: Iterable[Row], sheet: Sheet, key_columns: set[int]) -> Iterator[Row]:
    """Rows with merged cells filled in: a value that spans rows belongs to each of them.

    Rows over which a title or number (`key_columns`) spans are one item, told over several lines
    ("one indicator a row"): they become one row, whose cells hold the lines in order.
    """
    if not sheet.merged:
        yield from rows
        return
    spans = [span for span in sheet.merged if span[1] > span[0]]
    spans_by_row: dict[int, list[tuple[int, int, int, int]]] = {}
    for span in spans:
        spans_by_row.setdefault(span[0], []).append(span)
    active: list[tuple[tuple[int, int, int, int], Cell]] = []
    held: list[Row] = []
    held_until = 0
    for row in rows:
        active = [(span, value) for span, value in active if span[1] >= row.number]
        cells = list(row.cells)
        one_item = row.number <= held_until
        for span, value in active:
            if span[2] < len(cells) and cells[span[2]] in ("", None) and not one_item:
                cells[span[2]] = value
        for span in spans_by_row.get(row.number, ()):
            if span[2] < len(cells):
                active.append((span, cells[span[2]]))
                if span[2] in key_columns and not one_item:
                    held_until = max(held_until, span[1])
        if held and not one_item:
            yield _joined(held)
            held = []
        if row.number <= held_until:
            held.append(Row(row.number, cells, row.fault))
        else:
            yield Row(row.number, cells, row.fault)
    if held:
        yield _joined(held)


def _joined(rows: list[Row]) -> Row:
    if len(rows) == 1:
        return rows[0]
    width = max(len(row.cells) for row in rows)
    cells: list[Cell] = []
    for position in range(width):
        values = [row.cells[position] for row in rows if position < len(row.cells)]
        filled = [value for value in values if value not in ("", None)]
        texts = list(dict.fromkeys(text_of(value) for value in filled))
        cells.append(filled[0] if len(texts) == 1 else "\n".join(texts))
    return Row(rows[0].number, cells, next((row.fault for row in rows if row.fault), ""))
