"""Reads a file of needs or results: every row becomes a draft or is reported."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, overload

from pydantic import ValidationError

from matcher.drafts import NeedDraft, ResultDraft
from matcher.errors import UnusableFile
from matcher.intake import cells, columns
from matcher.intake.column_names import ORIGIN
from matcher.intake.examples import LISTS, is_example
from matcher.intake.files import Lines, opened
from matcher.intake.numbering import Numbering, is_count, numbering
from matcher.intake.report import Intake, Kind, RejectedRow, RowDraft, RowProblem, shortened
from matcher.intake.sheets import HEADER_WITHIN, Header, Row, Sheet, find_header, text_of, with_merges
from matcher.intake.words import BLANK

Progress = Callable[[int, int | None], None]
"""Called with the rows read so far and how many there are at most, where that is known."""

_STEP = 500
_UNKNOWN = "not known here, left out"


@overload
def read(
    path: Path, kind: Literal[Kind.NEEDS], *, name: str | None = None, progress: Progress | None = None
) -> Intake[NeedDraft]: ...
@overload
def read(
    path: Path, kind: Literal[Kind.RESULTS], *, name: str | None = None, progress: Progress | None = None
) -> Intake[ResultDraft]: ...
@overload
def read(path: Path, kind: Kind, *, name: str | None = None, progress: Progress | None = None) -> Intake: ...
def read(path: Path, kind: Kind, *, name: str | None = None, progress: Progress | None = None) -> Intake[Any]:
    """Drafts out of a spreadsheet, a text table or JSON Lines, and a report for every row that is none.

    `name` is how the user calls the file, where that is not its path. Raises UnusableFile, with one
    sentence, when the file as a whole is none of these or has no recognisable header.
    """
    name = name or path.name
    reader = _Reader(Intake(kind, name), progress)
    contents = opened(path, kind, name)
    if isinstance(contents, Lines):
        reader.take_lines(contents)
    else:
        reader.take_sheets(contents)
    return reader.intake


def read_again(rows: Sequence[RejectedRow], kind: Kind, *, name: str) -> Intake[Any]:
    """Drafts out of rows that were rejected and have been mended since; each keeps its sheet and its number.

    Whose header is not known is rejected again.
    """
    reader = _Reader(Intake(kind, name), None)
    groups: dict[tuple[str, tuple[str, ...]], list[RejectedRow]] = defaultdict(list)
    for row in rows:
        groups[row.sheet, tuple(row.header)].append(row)
    for (sheet, header), alike in groups.items():
        # The old numbers say that these are some rows of many (`numbering`).
        lines = [Row(0, [*header, ORIGIN]), *(Row(row.row, [*row.cells, row.row]) for row in alike)]
        try:
            reader.take_sheets(iter([Sheet(sheet, lines)]))
        except UnusableFile as error:
            for row in alike:
                record = cells.Record(kind)
                record.problem("", _line(row.cells), error.message, "the row mended in its file, brought again")
                reader.reject(sheet, row.row, record, header, row.cells)
    return reader.intake


class _Reader:
    def __init__(self, intake: Intake[Any], progress: Progress | None) -> None:
        self.intake = intake
        self.kind = intake.kind
        self._model: type[NeedDraft] | type[ResultDraft] = NeedDraft if self.kind is Kind.NEEDS else ResultDraft
        self._progress = progress
        self._read = 0
        self._references: dict[tuple[str, str], tuple[str, int]] = {}
        self._titles: dict[tuple[str, str], tuple[str, int, Any]] = {}

    def take_sheets(self, sheets: Iterator[Sheet]) -> None:
        unknown: list[tuple[str, list[str]]] = []
        known = 0
        for sheet in sheets:
            if sheet.name == LISTS:
                continue
            rows = iter(sheet.rows)
            head = list(itertools.islice(rows, HEADER_WITHIN + 1))
            header = find_header(head, self.kind)
            if header is None:
                if head:
                    unknown.append((sheet.name, _fullest(head)))
                continue
            known += 1
            for other in header.others:
                self._remark(self.intake.notices, sheet.name, header.last_row, cells.Remark(other, "", _UNKNOWN))
            following: Iterable[Row] = (row for row in itertools.chain(head, rows) if row.number > header.last_row)
            if "reference" not in header.fields:
                following = self._numbered(sheet.name, header, following)
            keys = {position for position, field in enumerate(header.fields) if field in ("title", "reference")}
            fed = _fed(header)
            for row in with_merges(following, sheet, keys):
                self._tick(sheet.total)
                self._take_row(sheet.name, row, header.names, fed)
        if not known:
            raise self._without_header(unknown)
        for title, headers in unknown:
            self._remark(
                self.intake.notices, title, 0,
                cells.Remark("", " | ".join(headers), "no header was recognised in this sheet, it was left out"),
            )  # fmt: skip

    def _numbered(self, sheet: str, header: Header, rows: Iterable[Row]) -> Iterable[Row]:
        """Rows whose column "No." is the reference, if it numbers the items and does not count the rows.

        That shows only at the end, so all rows of such a sheet are read beforehand. Those in which
        nothing but the number stands are left out.
        """
        place = next((place for place, name in enumerate(header.names) if columns.may_count(name)), None)
        if place is None:
            return rows
        fed = [position for position, _, _ in _fed(header)]
        filled = [
            row for row in rows if any(text_of(row.cells[position]) for position in fed if position < len(row.cells))
        ]
        values = [text for row in filled if place < len(row.cells) and (text := text_of(row.cells[place]))]
        found = numbering(values, mended=ORIGIN in header.names)
        if found is Numbering.IDENTIFIES:
            header.fields[place] = "reference"
        elif found is Numbering.REPEATS:
            remark = cells.Remark(
                header.names[place], "", "some numbers stand twice, so it is not taken for the reference; left out",
                "a column 编号 (Reference), where each stands once",
            )  # fmt: skip
            self._remark(self.intake.notices, sheet, header.last_row, remark)
        return filled

    def _without_header(self, unknown: list[tuple[str, list[str]]]) -> UnusableFile:
        if not unknown:
            return UnusableFile("the file holds no rows", place=self.intake.file)
        found = "; ".join(shortened(" | ".join(headers)) or "nothing" for _, headers in unknown[:3])
        expected = ", ".join(
            dict.fromkeys(
                name
                for column in columns.table(self.kind)
                if column.field in ("title", "problem", "abstract")
                for name in (column.zh, column.en)
            )
        )
        return UnusableFile(
            f"no header of a list of {self.kind} was found in the first {HEADER_WITHIN} rows. "
            f"Found: {found}. Expected at least one of: {expected}",
            place=self.intake.file,
        )

    def _take_row(self, sheet: str, row: Row, header: Sequence[str], fed: Sequence[tuple[int, str, str]]) -> None:
        width = len(row.cells)
        values = [
            (field, name, cell)
            for position, field, name in fed
            if position < width and (cell := row.cells[position]) not in ("", None)
        ]
        if row.fault:
            record = cells.Record(self.kind)
            record.problem("", _line(row.cells), row.fault, "a row written in the file's own form")
        else:
            if not values:
                return
            record = cells.read(values, self.kind)
        self._settle(sheet, row.number, record, header, row.cells)

    def take_lines(self, lines: Lines) -> None:
        """JSON Lines: each object's keys are its header."""
        noticed: set[str] = set()
        number = 0
        for number, line in enumerate(lines.lines, start=1):
            line = line.strip().lstrip("\ufeff")
            if not line:
                continue
            self._tick(None)
            keys, values, problem = _parsed(line)
            if problem:
                record = cells.Record(self.kind)
                record.problem("", line, problem, "one JSON object on each line")
                self._settle("", number, record, ["JSON"], [line])
                continue
            fields = columns.assign(keys, self.kind)
            if "reference" not in fields:
                fields = [
                    _own_number(key, value) or field for key, value, field in zip(keys, values, fields, strict=True)
                ]
            for key, field in zip(keys, fields, strict=True):
                if field is None and key not in noticed and not columns.passed_over(key):
                    noticed.add(key)
                    self._remark(self.intake.notices, "", number, cells.Remark(key, "", _UNKNOWN))
            triples = [(field, key, value) for field, key, value in zip(fields, keys, values, strict=True) if field]
            record = cells.read(triples, self.kind)
            self._settle("", number, record, keys, [_shown(value) for value in values])

    def _settle(self, sheet: str, number: int, record: cells.Record, header: Sequence[str], row: Sequence[Any]) -> None:
        """Accepts the record as a draft, or reports why not."""
        draft = None if record.problems else self._checked(record)
        if draft is not None:
            if is_example(draft.reference, draft.title):
                record.notices = [cells.Remark("", draft.title, "an example of the empty form, left out")]
                draft = None
            elif self._repeats(sheet, number, record, draft):
                draft = None
        for remark in record.notices:
            self._remark(self.intake.notices, sheet, number, remark)
        if record.problems:
            self.reject(sheet, number, record, header, row)
        elif draft is not None:
            self.intake.accepted.append(
                RowDraft(sheet, number, draft, record.organisation, record.organisation_region, header, row)
            )

    def reject(self, sheet: str, number: int, record: cells.Record, header: Sequence[str], row: Sequence[Any]) -> None:
        for remark in record.problems:
            self._remark(self.intake.problems, sheet, number, remark)
        self.intake.rejected.append(RejectedRow(sheet, number, header, row))

    def _checked(self, record: cells.Record) -> NeedDraft | ResultDraft | None:
        if "title" not in record.values:
            record.problem("", "", "the row has neither a title nor a description", "at least one of them")
            return None
        try:
            return self._model(**record.values)
        except ValidationError as error:
            for one in error.errors(include_url=False, include_context=False):
                place = [str(part) for part in one["loc"]]
                header = record.headers.get(place[0], place[0]) if place else ""
                inner = f" ({', '.join(place[1:])})" if len(place) > 1 else ""
                message = one["msg"].removeprefix("Value error, ")
                record.problem(header, _shown(one["input"]) if place else "", message + inner)
            return None

    def _repeats(self, sheet: str, number: int, record: cells.Record, draft: NeedDraft | ResultDraft) -> bool:
        """Whether the row stands in the file before; the record says so."""
        if draft.reference:
            key = (record.organisation, draft.reference)
            before = self._references.setdefault(key, (sheet, number))
            if before != (sheet, number):
                record.problem(
                    record.headers.get("reference", ""),
                    draft.reference,
                    f"row {_place(before)} has the same number",
                    "a number of its own",
                )
            return before != (sheet, number)
        first_sheet, first_number, first = self._titles.setdefault(
            (record.organisation, draft.title), (sheet, number, draft)
        )
        if first is draft:
            return False
        place = _place((first_sheet, first_number))
        if first == draft:
            record.notices = [cells.Remark("", draft.title, f"the same as row {place}, left out")]
        else:
            record.problem(
                record.headers.get("title", ""), draft.title, f"row {place} has the same title and differs otherwise",
                "a number (编号 / Reference) for each, or titles that tell them apart",
            )  # fmt: skip
        return True

    def _remark(self, into: list[RowProblem], sheet: str, number: int, remark: cells.Remark) -> None:
        into.append(
            RowProblem(self.intake.file, sheet, number, remark.column, remark.value, remark.problem, remark.expected)
        )

    def _tick(self, total: int | None) -> None:
        self._read += 1
        if self._progress is not None and self._read % _STEP == 0:
            self._progress(self._read, total)


def _fed(header: Header) -> list[tuple[int, str, str]]:
    """Position, field and header of each column that feeds a field."""
    return [
        (position, field, name)
        for position, (field, name) in enumerate(zip(header.fields, header.names, strict=True))
        if field is not None
    ]


def _place(place: tuple[str, int]) -> str:
    sheet, number = place
    return f"{number} of sheet {sheet!r}" if sheet else str(number)


def _fullest(rows: Sequence[Row]) -> list[str]:
    """The cells of the row most likely meant as a header."""
    row = max(rows[:HEADER_WITHIN], key=lambda row: sum(1 for cell in row.cells if text_of(cell)))
    return [text for cell in row.cells if (text := text_of(cell))]


def _line(row: Sequence[Any]) -> str:
    return " | ".join(text_of(cell) for cell in row)


def _parsed(line: str) -> tuple[list[str], list[Any], str]:
    """Keys and values of a line of JSON Lines, or what is wrong with it."""
    try:
        value = json.loads(line)
    except RecursionError:
        return [], [], "the JSON is nested too deeply"
    except ValueError as error:
        return [], [], f"not JSON: {error}"
    if not isinstance(value, dict):
        return [], [], "not a JSON object"
    return list(value), list(value.values()), ""


def _own_number(key: str, value: Any) -> str | None:
    """ "reference" for {"no": "N-017"}, whose number cannot count the lines."""
    if not columns.may_count(key) or not isinstance(value, str) or value.strip().casefold() in BLANK:
        return None
    return None if is_count(value.strip()) else "reference"


def _shown(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return text_of(value)
