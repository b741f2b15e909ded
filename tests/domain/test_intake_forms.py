"""Workbooks that go out and come back: empty forms, and rejected rows with their reasons."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_support import (
    NEEDS,
    Bring,
)
from openpyxl import load_workbook

from matcher.drafts import (
    IndicatorTarget,
)
from matcher.intake.column_names import ORIGIN, REASONS
from matcher.intake.columns import table
from matcher.intake.examples import EXAMPLES
from matcher.intake.rejected import write_rejected
from matcher.intake.report import Kind
from matcher.intake.rows import read
from matcher.intake.templates import write_template


def test_rejected_rows_come_back_mended(listed: Bring, tmp_path: Path) -> None:
    intake = listed(
        "编号\t需求名称\t预算（万元）\t截止日期", "1\ta\t很多\t2027-03-31", "2\tb\t5\t", "3\t=1+1\t6\t不知道"
    )
    path = tmp_path / "rejected.xlsx"
    write_rejected(intake, path)

    book = load_workbook(path)
    sheet = book["needs"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["编号", "需求名称", "预算（万元）", "截止日期", REASONS, ORIGIN]
    assert rows[1][:4] == ["1", "a", "很多", "2027-03-31"]
    assert rows[1][4].startswith("预算（万元）: not an amount of money; expected: ")
    assert (rows[1][5], rows[2][5]) == (2, 4)
    assert sheet["B3"].data_type == "s"
    assert sheet["C2"].comment.text.startswith("not an amount of money")
    assert sheet["C2"].fill.fgColor.rgb == "00FFD9D9"
    assert sheet["A2"].comment is None

    sheet["C2"] = 50
    sheet["D3"] = "2027年底"
    book.save(path)
    mended = read(path, NEEDS)
    assert (mended.problems, mended.notices) == ([], [])
    assert [(row.draft.reference, row.draft.title, row.draft.budget_max) for row in mended.accepted] == [
        ("1", "a", 500_000),
        ("3", "=1+1", 60_000),
    ]


def test_rejected_json_lines_come_back_too(listed: Bring, tmp_path: Path) -> None:
    line = {"title": "a", "indicators": [{"name": "x", "value": 5, "unit": "mm"}], "keywords": ["k"], "deadline": "?"}
    path = tmp_path / "rejected.xlsx"
    write_rejected(listed(line, {"title": "b", "budget": "?"}), path)

    book = load_workbook(path)
    assert book.sheetnames == ["needs", "needs 2"]
    book["needs"]["D2"] = "2027-01-01"
    book["needs 2"]["B2"] = "5万元"
    book.save(path)
    mended = read(path, NEEDS)
    assert mended.problems == []
    assert [row.draft.title for row in mended.accepted] == ["a", "b"]
    assert mended.accepted[0].draft.indicators == [IndicatorTarget(name="x", value=5, unit="mm")]
    assert mended.accepted[0].draft.keywords == ["k"]


def test_nothing_rejected_makes_an_empty_workbook(listed: Bring, tmp_path: Path) -> None:
    write_rejected(listed("需求名称", "a"), tmp_path / "rejected.xlsx")

    assert load_workbook(tmp_path / "rejected.xlsx").sheetnames == ["needs"]


@pytest.mark.parametrize("kind", Kind)
def test_an_untouched_form_imports_nothing(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_template(kind, path)
    intake = read(path, kind)

    assert (intake.accepted, intake.problems, intake.rejected) == ([], [], [])
    assert [notice.problem for notice in intake.notices] == ["an example of the empty form, left out"] * 2


@pytest.mark.parametrize("kind", Kind)
def test_the_forms_examples_are_fully_understood_once_renamed(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_template(kind, path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    for row in (2, 3):
        sheet.cell(row, 1, f"title {row}")
    book.save(path)
    intake = read(path, kind)

    assert [row.draft.title for row in intake.accepted] == ["title 2", "title 3"]
    assert intake.notices == []
    filled = {name for name in EXAMPLES[kind][0] if name not in ("budget", "organisation", "title")}
    assert filled <= set(type(intake.accepted[0].draft).model_fields)
    assert all(getattr(intake.accepted[0].draft, name) not in (None, "", []) for name in filled)


@pytest.mark.parametrize("kind", Kind)
def test_a_form_has_every_column_with_a_note_and_drop_downs(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_template(kind, path)
    sheet = load_workbook(path).worksheets[0]
    columns = [column.field for column in table(kind)]

    assert len(columns) == sheet.max_column
    assert all(cell.comment for cell in sheet[1])
    assert sheet.freeze_panes == "B2"
    choices = {
        columns[next(iter(choice.sqref.ranges)).min_col - 1]: choice.formula1
        for choice in sheet.data_validations.dataValidation
    }
    maturities = {"maturity_now", "maturity_wanted"} if kind is NEEDS else {"maturity", "maturity_stage"}
    assert set(choices) == {"field", "cooperation_modes", "disclosure"} | maturities


@pytest.mark.parametrize("kind", Kind)
def test_every_choice_of_the_form_is_understood(kind: Kind, tmp_path: Path) -> None:
    form, filled = tmp_path / "form.xlsx", tmp_path / "filled.csv"
    write_template(kind, form)
    lists = load_workbook(form).worksheets[1]
    head = "需求名称" if kind is NEEDS else "成果名称"
    for column in lists.iter_cols(values_only=True):
        name = "field" if column[0].startswith("field") else column[0]
        if kind is NEEDS and name == "maturity_stage":
            continue
        name = "maturity_wanted" if kind is NEEDS and name == "maturity" else name
        values = [value for value in column[1:] if value]
        filled.write_text(
            f"{head},{name}\n" + "".join(f'标题{number},"{value}"\n' for number, value in enumerate(values))
        )
        intake = read(filled, kind)
        assert len(intake.accepted) == len(values)
        assert (intake.problems, intake.notices) == ([], [])
        assert all(getattr(row.draft, name) not in (None, []) for row in intake.accepted)
