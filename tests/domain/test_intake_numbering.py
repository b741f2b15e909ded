"""Columns such as 序号 and "No.": counters of the rows, or the items' own numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_support import NEEDS, Bring, places
from openpyxl import load_workbook

from matcher.intake.numbering import Numbering, numbering
from matcher.intake.rejected import write_rejected
from matcher.intake.rows import read

COUNTS, IDENTIFIES, REPEATS = Numbering


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ("", COUNTS),
        ("1", COUNTS),
        ("1 2 3", COUNTS),
        ("0 1 2", COUNTS),
        ("001 002 003", COUNTS),
        ("1. 2. 3.", COUNTS),
        ("(1) (2) (3)", COUNTS),
        ("一 二 三", COUNTS),
        ("1 2 3 合计", COUNTS),
        ("1 2 4 5", COUNTS),
        ("1 2 3 1 2", COUNTS),
        ("N-017 N-003", IDENTIFIES),
        ("17", IDENTIFIES),
        ("17 203 88", IDENTIFIES),
        ("3 7 12", IDENTIFIES),
        ("101 102 103", IDENTIFIES),
        ("3 2 1", IDENTIFIES),
        ("A A B", REPEATS),
        ("88 17 88", REPEATS),
    ],
)
def test_what_a_column_of_numbers_is(values: str, found: Numbering) -> None:
    assert numbering(values.split()) is found


@pytest.mark.parametrize("header", ["序号", "No.", "No", "S/N", "№"])
def test_numbers_that_do_not_count_the_rows_are_the_references(listed: Bring, header: str) -> None:
    intake = listed(f"{header},需求名称", "N-017,a", "N-003,b", "N-200,")

    assert [(row.draft.reference, row.draft.title) for row in intake.accepted] == [("N-017", "a"), ("N-003", "b")]
    assert (intake.problems, intake.notices) == ([], [])


def test_a_counter_of_rows_is_left_out_without_a_word(listed: Bring) -> None:
    intake = listed("序号,需求名称", "1,a", "2,b", "3,")

    assert [row.draft.reference for row in intake.accepted] == ["", ""]
    assert (intake.problems, intake.notices) == ([], [])


def test_beside_a_reference_it_is_left_out(listed: Bring) -> None:
    intake = listed("No.,编号,需求名称", "N-017,A1,a", "N-003,A2,b")

    assert [row.draft.reference for row in intake.accepted] == ["A1", "A2"]
    assert intake.notices == []


def test_numbers_that_stand_twice_are_left_out_with_a_notice(listed: Bring) -> None:
    intake = listed("No.,需求名称", "N-1,a", "N-1,b")

    assert [row.draft.reference for row in intake.accepted] == ["", ""]
    assert places(intake.notices) == [(1, "No.", "")]
    assert "编号 (Reference)" in intake.notices[0].expected


def test_counted_rows_that_come_back_mended_are_still_counted(listed: Bring, tmp_path: Path) -> None:
    intake = listed(
        "序号,需求名称,预算", *(f"{number},标题{number},{number % 7 or '?'}万元" for number in range(1, 30))
    )
    path = tmp_path / "rejected.xlsx"
    write_rejected(intake, path)
    book = load_workbook(path)
    for row in book["needs"].iter_rows(min_row=2):
        row[2].value = "5万元"
    book.save(path)
    mended = read(path, NEEDS)

    assert [(row.draft.title, row.draft.reference) for row in mended.accepted] == [
        (f"标题{number}", "") for number in (7, 14, 21, 28)
    ]
