"""What came out of reading a file: drafts, and a report for every row that did not become one."""

from __future__ import annotations

from collections.abc import Sequence
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


def shortened(value: object) -> str:
    """A cell's content for a report: one line, at most `SHOWN` characters."""
    text = " ".join(str(value)[: SHOWN * 4].split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
