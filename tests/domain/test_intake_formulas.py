from __future__ import annotations

import io
from pathlib import Path

import pytest
from intake_support import NEEDS, Bring
from openpyxl import Workbook, load_workbook

from matcher.intake import formulas
from matcher.intake.rejected import write_rejected

RISKY = [
    "=1+2",
    "+7",
    "-A1",
    "@SUM(A1)",
    "＝1+2",
    "＋7",
    "－A1",
    "＠SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u200b=1",
    "−1",
]
PLAIN = ["", "轴承", "a=b", "5-6 mm", "1+1", "用户@例", "'=1", "≥5"]


@pytest.mark.parametrize("text", RISKY)
def test_text_that_a_spreadsheet_program_might_run_is_kept_text(text: str) -> None:
    assert formulas.harmless(text) == f"'{text}"
    sheet = Workbook().active
    formulas.fill(sheet["A1"], text)
    assert (sheet["A1"].value, sheet["A1"].data_type, sheet["A1"].quotePrefix) == (text, "s", True)


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert formulas.harmless(text) == text
    sheet = Workbook().active
    formulas.fill(sheet["A1"], text)
    assert (sheet["A1"].value, sheet["A1"].quotePrefix) == (text, False)


@pytest.mark.parametrize("number", [5, -5, 0.5])
def test_numbers_stay_numbers(number: float) -> None:
    assert formulas.harmless(number) == number
    sheet = Workbook().active
    formulas.fill(sheet["A1"], number)
    assert (sheet["A1"].value, sheet["A1"].data_type) == (number, "n")


def test_signs_that_no_workbook_holds_are_left_out_and_long_text_is_cut() -> None:
    book = Workbook()
    formulas.fill(book.active["A1"], "a\x00b\ud800c")
    formulas.fill(book.active["A2"], "长" * 40_000)
    saved = io.BytesIO()
    book.save(saved)
    sheet = load_workbook(saved).active
    assert (sheet["A1"].value, len(sheet["A2"].value)) == ("abc", 32_767)


@pytest.mark.parametrize("title", ["=1+2", "＝1+2", "@SUM(A1)"])
def test_a_rejected_row_runs_nothing(listed: Bring, tmp_path: Path, title: str) -> None:
    intake = listed(f"需求名称,预算,{title}", f"{title},很多,x", kind=NEEDS)
    write_rejected(intake, tmp_path / "rejected.xlsx")
    rows = load_workbook(tmp_path / "rejected.xlsx").active
    assert [(rows[place].value, rows[place].data_type, rows[place].quotePrefix) for place in ("A2", "C1")] == [
        (title, "s", True),
        (title, "s", True),
    ]
