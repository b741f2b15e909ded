"""What came out of reading a file: drafts, and a report for every row that did not become one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic

from typing_extensions import TypeVar

from matcher.drafts import NeedDraft, ResultDraft

D = TypeVar("D", bound=NeedDraft | ResultDraft, default=NeedDraft | ResultDraft)

SHOWN = 80
"""Characters of a cell's content that a report repeats."""


class Kind(StrEnum):
    NEEDS = "needs"
    RESULTS = "results"


@dataclass(frozen=True, slots=True)
class RowProblem:
    file: str
    sheet: str
    """"" for files without sheets."""
    row: int
    """As a person sees it: the first row of the sheet, or line of the JSON Lines file, is 1. 0: the sheet
    as a whole."""
    column: str
    """The header as written, or "" when the row as a whole is meant."""
    value: str
    """What stood there, shortened."""
    problem: str
    expected: str

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                self.file,
                f"sheet {self.sheet!r}" if self.sheet else "",
                f"row {self.row}" if self.row else "",
                f"column {self.column!r}" if self.column else "",
            )
            if part
        )
        value = f" (found: {self.value!r})" if self.value else ""
        expected = f"; expected: {self.expected}" if self.expected else ""
        return f"{place}: {self.problem}{value}{expected}"


@dataclass(slots=True, eq=False)
class RowDraft(Generic[D]):
    sheet: str
    row: int
    draft: D
    organisation: str = ""
    """As written in the row; "" when the file has no such column or the cell is empty."""
    organisation_region: str | None = None
    """GB/T 2260 code of where it has its seat."""
    header: Sequence[str] = ()
    cells: Sequence[Any] = ()
    """As it stood in the file, for the case that it cannot be stored."""


@dataclass(slots=True)
class RejectedRow:
    """A row that became no draft, as it stood in the file."""

    sheet: str
    row: int
    header: Sequence[str]
    cells: Sequence[Any]


@dataclass(slots=True)
class Intake(Generic[D]):
    kind: Kind
    file: str
    """The name the user knows the file by."""
    accepted: list[RowDraft[D]] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    """Why rows were rejected: one or more for each row in `rejected`."""
    notices: list[RowProblem] = field(default_factory=list)
    """What was understood only in part, or passed over, without a row being rejected for it."""
    rejected: list[RejectedRow] = field(default_factory=list)

    def reject(self, rows: Sequence[tuple[RowDraft[D], str, str]]) -> None:
        """Moves accepted rows to the rejected ones, each with what is wrong and what was expected."""
        gone = {id(row) for row, _, _ in rows}
        self.accepted = [row for row in self.accepted if id(row) not in gone]
        for row, problem, expected in rows:
            self.rejected.append(RejectedRow(row.sheet, row.row, row.header, row.cells))
            self.problems.append(RowProblem(self.file, row.sheet, row.row, "", "", problem, expected))


_VARYING = re.compile(r"\d+(?:[.,]\d+)*")
_ROWS_TOLD, _COLUMNS_TOLD, _VALUES_TOLD = 5, 12, 3


def told(remarks: Sequence[RowProblem]) -> list[str]:
    """One line for each kind of remark on a sheet, in the order in which they first occur.

    A single one is told in full; of many alike, the columns and the first rows and contents.
    """
    groups: dict[tuple[str, str, str], list[RowProblem]] = defaultdict(list)
    for remark in remarks:
        groups[remark.file, remark.sheet, _VARYING.sub("…", remark.problem)].append(remark)
    return [_together(alike) if len(alike) > 1 else str(alike[0]) for alike in groups.values()]


def _together(alike: Sequence[RowProblem]) -> str:
    first = alike[0]
    rows = _listed("row", [str(row) for row in sorted({remark.row for remark in alike} - {0})], _ROWS_TOLD)
    columns = _listed("column", [repr(column) for column in _each(remark.column for remark in alike)], _COLUMNS_TOLD)
    values = [repr(value) for value in _each(remark.value for remark in alike)]
    place = ", ".join(filter(None, (first.file, f"sheet {first.sheet!r}" if first.sheet else "", rows, columns)))
    same = all(remark.problem == first.problem for remark in alike)
    problem = first.problem if same else _VARYING.sub("…", first.problem)
    more = ", …" if len(values) > _VALUES_TOLD else ""
    value = f" (found: {', '.join(values[:_VALUES_TOLD])}{more})" if values else ""
    expected = f"; expected: {first.expected}" if first.expected else ""
    return f"{place}: {problem}{value}{expected}"


def _each(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]


def _listed(what: str, names: Sequence[str], most: int) -> str:
    """ "rows 2, 3 and 4 more"."""
    if len(names) <= 1:
        return f"{what} {names[0]}" if names else ""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{what}s {', '.join(names[:most])}{more}"


def shortened(value: object) -> str:
    """A cell's content for a report: one line, at most `SHOWN` characters."""
    text = " ".join(str(value)[: SHOWN * 4].split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
