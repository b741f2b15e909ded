"""Files that somebody made to hurt, each once seen to do so."""

from __future__ import annotations

import json
import time
from pathlib import Path

import openpyxl
import pytest

from matcher.drafts import NeedDraft, printable
from matcher.engine import file_kinds
from matcher.errors import Invalid
from matcher.intake.quantities import parse
from matcher.intake.rejected import write_rejected
from matcher.intake.report import Kind
from matcher.intake.rows import read


def test_a_workbook_without_its_ending_and_with_one_cell_far_off_is_read(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["Title", "Description"])
    workbook.active.append(["bearing", "wear"])
    workbook.active["XFD1048576"] = 1
    workbook.save(tmp_path / "stray.xlsx")
    upload = (tmp_path / "stray.xlsx").rename(tmp_path / "upload")
    assert [row.draft.title for row in read(upload, Kind.NEEDS, name="stray.xlsx").accepted] == ["bearing"]


@pytest.mark.parametrize("key", ["problem", "deadline", "budget_max", "maturity_wanted", "organisation"])
@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400])
def test_numbers_beyond_all_bounds_are_reported_or_left_out(tmp_path: Path, key: str, number: str) -> None:
    path = tmp_path / "n.jsonl"
    path.write_text(f'{{"title": "a", "{key}": {number}}}\n{{"title": "b"}}')
    intake = read(path, Kind.NEEDS)
    assert "b" in [row.draft.title for row in intake.accepted]
    assert len(intake.accepted) + len(intake.rejected) == 2


def test_half_a_character_in_a_key_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "n.jsonl"
    path.write_text(json.dumps({"\ud800": 1, "title": "k"}))
    assert [row.draft.title for row in read(path, Kind.NEEDS).accepted] == ["k"]


def test_a_cell_of_blanks_takes_no_time() -> None:
    started = time.perf_counter()
    parse("x" + " " * 50_000 + "x")
    assert time.perf_counter() - started < 1


def test_rejected_rows_of_a_file_wider_than_a_workbook_can_be_written(tmp_path: Path) -> None:
    header = ["Title", "Budget", *(f"c{number}" for number in range(20_000))]
    (tmp_path / "wide.csv").write_text(",".join(header) + "\nx,lots of money\n", encoding="utf-8")
    intake = read(tmp_path / "wide.csv", Kind.NEEDS)
    write_rejected(intake, tmp_path / "rejected.xlsx")
    assert openpyxl.load_workbook(tmp_path / "rejected.xlsx").active["A2"].value == "x"


@pytest.mark.parametrize("title", ["\x00", "\u200b", "\x1b"])
def test_a_title_of_nothing_printable_is_no_title(title: str) -> None:
    with pytest.raises(ValueError, match="at least 1 character"):
        NeedDraft(title=title)


TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""What makes the rest of a line be read the other way."""


def test_nothing_that_is_written_turns_the_way_of_reading() -> None:
    assert NeedDraft(title=f"报告{TURNING}fdp", keywords=["\u202eb"]).title == "报告fdp"
    assert file_kinds.checked("报告\u202excod\u202c.pdf", b"%PDF-1.7") == ("报告xcod.pdf", "application/pdf")
    with pytest.raises(Invalid, match="none of the kinds"):
        file_kinds.checked("报告\u202efdp.exe", b"%PDF-1.7")
    assert printable("یک\u200cدو 👩\u200d🔬") == "یک\u200cدو 👩\u200d🔬"


def test_control_signs_and_halves_of_characters_are_left_out_of_every_text() -> None:
    draft = NeedDraft(title="a\x00b", problem="x\x1b[31m\ud800y\nz", keywords=["k\x07"])
    assert (draft.title, draft.problem, draft.keywords) == ("ab", "x[31my\nz", ["k"])
