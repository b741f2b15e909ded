"""Workbooks: cells of all kinds, merged ones, several sheets, and those that would fill the memory."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from intake_support import (
    FIRST,
    HEAD,
    NEEDS,
    TITLES,
    Bring,
    ods,
    ods_cell,
    places,
    titles,
    workbook,
)
from openpyxl import Workbook
from openpyxl.styles import Font

from matcher.errors import UnusableFile
from matcher.intake.report import Intake
from matcher.intake.rows import read

STORED = Path(__file__).with_name("intake_files")
"""Two files that need programs to make which the project does not use."""


def test_an_old_workbook_is_read() -> None:
    intake = read(STORED / "needs.xls", NEEDS)

    assert [(row.sheet, row.row) for row in intake.accepted] == [("清单", 2), ("清单", 3)]
    assert titles(intake) == TITLES
    assert intake.accepted[0].draft.deadline == date(2027, 3, 31)


def test_a_workbook_under_a_password_is_told_in_one_line() -> None:
    with pytest.raises(UnusableFile, match=r"^encrypted\.xlsx: the workbook is encrypted\."):
        read(STORED / "encrypted.xlsx", NEEDS)


def test_error_cells_and_formulas_without_a_value_are_problems_of_their_row(brought: Bring) -> None:
    def change(book: Workbook) -> None:
        sheet = book.active
        sheet["C2"] = "#REF!"
        sheet["C2"].data_type = "e"
        sheet["C3"] = "=1+1"
        sheet["D3"] = "=1+1"
        sheet["A5"] = "#N/A"

    intake = brought(workbook([*HEAD, "别的"], ["a", "1"], ["b", "2"], ["c", "3", 30], ["", "4"], change=change))

    assert titles(intake) == ["c"]
    assert [(problem.row, problem.column, problem.value) for problem in intake.problems] == [
        (2, "预算（万元）", "#REF!"),
        (3, "预算（万元）", ""),
        (5, "需求名称", "#N/A"),
    ]
    assert "no stored value" in intake.problems[1].problem


def test_numbers_and_dates_are_shown_as_people_see_them(brought: Bring) -> None:
    intake = brought(
        workbook(
            ["需求名称", "编号", "截止日期", "财政出资比例"],
            [2027, 12.0, date(2027, 3, 31), 0.5],
            ["b", 7.5, datetime(2027, 3, 31, 9), "50%"],
        )
    )

    assert [(row.draft.title, row.draft.reference) for row in intake.accepted] == [("2027", "12"), ("b", "7.5")]
    assert [(row.draft.deadline, row.draft.funding_share) for row in intake.accepted] == [(date(2027, 3, 31), 0.5)] * 2


def test_a_table_that_stands_away_from_the_corner_keeps_its_row_numbers(brought: Bring) -> None:
    def change(book: Workbook) -> None:
        for row, cells in enumerate((HEAD, FIRST, ["x", "N2", "?"]), start=5):
            for column, value in enumerate(cells, start=3):
                book.active.cell(row, column, value)

    intake = brought(workbook(change=change))

    assert [(row.row, row.draft.title) for row in intake.accepted] == [(6, "耐高温密封圈")]
    assert [(problem.row, problem.column) for problem in intake.problems] == [(7, "预算（万元）")]


def test_every_sheet_with_a_header_is_read_and_the_others_are_noticed(brought: Bring) -> None:
    def change(book: Workbook) -> None:
        book.active.title = "甲"
        second = book.create_sheet("乙")
        second.append(["Title", "Budget (USD)"])
        second.append(["Valve", 5000])
        notes = book.create_sheet("说明")
        notes.append(["请按要求填写"])
        book.create_sheet("空")

    intake = brought(workbook(HEAD, FIRST, change=change))

    assert [(row.sheet, row.row, row.draft.title) for row in intake.accepted] == [
        ("甲", 2, "耐高温密封圈"),
        ("乙", 2, "Valve"),
    ]
    assert [(notice.sheet, notice.value) for notice in intake.notices] == [("说明", "请按要求填写")]


def test_a_value_merged_over_rows_belongs_to_each(brought: Bring) -> None:
    def change(book: Workbook) -> None:
        book.active.merge_cells("A2:A3")
        book.active.merge_cells("C1:D1")

    rows = [["企业名称", "需求名称", "预算", ""], ["甲公司", "a", "5万元"], ["", "b", "6万元"], ["", "c", "7万元"]]
    intake = brought(workbook(*rows, change=change))

    assert [(row.organisation, row.draft.title) for row in intake.accepted] == [
        ("甲公司", "a"),
        ("甲公司", "b"),
        ("", "c"),
    ]


def test_a_title_merged_over_rows_makes_them_one_need(brought: Bring) -> None:
    def change(book: Workbook) -> None:
        book.active.merge_cells("A2:A4")
        book.active.merge_cells("C2:C4")

    rows = [
        ["需求名称", "技术指标", "预算"],
        ["a", "纯度≥99%", "5万元"],
        ["", "粒径≤5μm", ""],
        ["", "寿命≥3年", ""],
        ["b", "", "6万元"],
    ]
    intake = brought(workbook(*rows, change=change))

    assert [(row.row, row.draft.title, row.draft.budget_max) for row in intake.accepted] == [
        (2, "a", 50_000),
        (5, "b", 60_000),
    ]
    assert [indicator.name for indicator in intake.accepted[0].draft.indicators] == ["纯度", "粒径", "寿命"]


def timed(work: Callable[[], Intake]) -> tuple[Intake, float]:
    started = time.process_time()
    intake = work()
    return intake, time.process_time() - started


def far_cell(place: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book.active[place] = "尽头"

    return change


def test_a_million_empty_rows_cost_little(brought: Bring) -> None:
    content = workbook(HEAD, FIRST, change=far_cell("A1000000"))
    intake, seconds = timed(lambda: brought(content, "needs.xlsx"))

    assert titles(intake) == ["耐高温密封圈", "尽头"]
    assert seconds < 10


def test_a_stray_cell_in_the_furthest_corner_does_not_fill_the_memory(brought: Bring) -> None:
    content = workbook(HEAD, FIRST, change=far_cell("XFD1048576"))
    intake, seconds = timed(lambda: brought(content, "needs.xlsx"))

    assert titles(intake) == ["耐高温密封圈"]
    assert seconds < 15


def test_rows_that_are_only_formatted_are_passed_over(brought: Bring) -> None:
    def change(book: Workbook) -> None:
        for row in range(3, 3000):
            for column in range(1, 6):
                book.active.cell(row, column).font = Font(bold=True)

    assert titles(brought(workbook(HEAD, FIRST, change=change))) == ["耐高温密封圈"]


def test_an_endlessly_repeated_ods_cell_is_refused(brought: Bring) -> None:
    row = "<table:table-row table:number-rows-repeated='{}'>{}</table:table-row>"
    header = row.format(1, ods_cell("需求名称") + ods_cell("编号"))
    empty = row.format(1_048_000, "<table:table-cell table:number-columns-repeated='16384'/>")

    assert titles(brought(ods(header + row.format(1, ods_cell("a") + ods_cell("1")) + empty), "n.ods")) == ["a"]
    with pytest.raises(UnusableFile, match="stray or endlessly repeated cells"):
        brought(ods(header + row.format(1_000_000, ods_cell("a", 1000))), "n.ods")


def test_a_workbook_that_unpacks_beyond_measure_is_refused(brought: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.intake.archives.UNPACKED_LIMIT", 1000)
    with pytest.raises(UnusableFile, match="unpacks to more than"):
        brought(workbook(HEAD, FIRST))


def test_a_ticked_cell_is_no_number(brought: Bring) -> None:
    intake = brought(workbook(["需求名称", "期望成熟度"], ["a", True], ["b", 4]), "needs.xlsx")

    assert [(row.draft.title, row.draft.maturity_wanted) for row in intake.accepted] == [("b", 4)]
    assert places(intake.problems) == [(2, "期望成熟度", "TRUE")]


def rewritten(book: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of its parts changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return buffer.getvalue()


def understated(book: bytes, part: str) -> bytes:
    """The workbook with a directory that gives a part as a thousand bytes long."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        start, local = archive.start_dir, archive.getinfo(part).header_offset
    changed = bytearray(book)
    struct.pack_into("<L", changed, changed.index(part.encode(), start) - 46 + 24, 1000)
    struct.pack_into("<L", changed, local + 22, 1000)
    return bytes(changed)


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("part", [SHEET, "xl/styles.xml"])
@pytest.mark.parametrize("lying", [False, True])
def test_a_small_file_of_white_space_without_end_is_refused_at_once(brought: Bring, part: str, lying: bool) -> None:
    white = b" " * (64 << 20)
    content = rewritten(workbook(HEAD, FIRST), part, lambda xml: xml.replace(b"><", b">%s<" % white, 1))
    content = understated(content, part) if lying else content
    started = time.process_time()

    with pytest.raises(UnusableFile, match="unpacks to more than"):
        brought(content, "needs.xlsx")
    assert time.process_time() - started < 2


def test_a_part_longer_than_the_directory_says_is_damage(brought: Bring) -> None:
    content = rewritten(workbook(HEAD, FIRST), SHEET, lambda xml: xml.replace(b"><", b">" + b" " * 5000 + b"<", 1))

    with pytest.raises(UnusableFile, match="damaged"):
        brought(understated(content, SHEET), "needs.xlsx")


@pytest.mark.parametrize("odd", [b"<c ", b'<c r="A1" t="e">', b'<c r="A1" t="e"><v ', b"<:c "])
def test_a_broken_sheet_costs_no_more_time_than_a_whole_one(brought: Bring, odd: bytes) -> None:
    content = rewritten(workbook(HEAD, FIRST), SHEET, lambda xml: xml.replace(b"</row>", b"</row>" + odd * 200_000, 1))
    started = time.process_time()

    with pytest.raises(UnusableFile, match="damaged"):
        brought(content, "needs.xlsx")
    assert time.process_time() - started < 5


def test_a_long_row_many_times_over_is_no_attack(brought: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.intake.archives.RATIO_FREE", 1 << 20)
    row = b'<row><c t="inlineStr"><is><t>title %d</t></is></c><c t="inlineStr"><is><t>%s</t></is></c></row>'
    text = "同样的长文本".encode() * 80
    rows = b"".join(row % (number, text) for number in range(2_000))
    head = ["需求名称", "问题描述"]
    content = rewritten(workbook(head), SHEET, lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>"))

    assert len(content) * 50 < len(rows)
    assert len(brought(content, "needs.xlsx").accepted) == 2_000
