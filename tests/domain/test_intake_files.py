"""Awkward files: of another kind than they say, damaged, encrypted, endless, in mixed encodings."""

from __future__ import annotations

import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.styles import Font

from matcher.errors import UnusableFile
from matcher.intake.report import Intake, Kind
from matcher.intake.rows import read

NEEDS = Kind.NEEDS
TABLE = "需求名称,编号,预算（万元）\n耐高温密封圈,N1,50-80\n氢气传感器,N2,30\n"
TITLES = ["耐高温密封圈", "氢气传感器"]


def titles(intake: Intake) -> list[str]:
    return [row.draft.title for row in intake.accepted]


@pytest.fixture
def brought(tmp_path: Path) -> Callable[..., Intake]:
    def bring(content: bytes | str, name: str = "needs.csv", kind: Kind = NEEDS) -> Intake:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path, kind)

    return bring


def workbook(*rows: list[Any], change: Callable[[Workbook], None] | None = None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change is not None:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ods(rows: str) -> bytes:
    names = "urn:oasis:names:tc:opendocument:xmlns"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<?xml version="1.0"?><m:manifest xmlns:m="{names}:manifest:1.0"><m:file-entry m:full-path="/" '
            'm:media-type="application/vnd.oasis.opendocument.spreadsheet"/></m:manifest>',
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content xmlns:office="{names}:office:1.0" '
            f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="清单">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return buffer.getvalue()


def ods_cell(text: str, repeated: int = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


HEAD, FIRST, SECOND = ["需求名称", "编号", "预算（万元）"], ["耐高温密封圈", "N1", "50-80"], ["氢气传感器", "N2", 30]


OBJECTS = [
    {"title": "耐高温密封圈", "id": "N1", "budget": "50-80万"},
    {"title": "氢气传感器", "reference": "N2", "budget_min": 300_000, "budget_max": 300_000},
]


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        b"\xef\xbb\xbf" + TABLE.encode(),
        TABLE.encode("gb18030"),
        TABLE.encode("utf-16"),
        TABLE.replace(",", "\t").encode(),
        TABLE.replace(",", ";").encode("gb18030"),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace("\n", "\r").encode(),
        TABLE.replace("\n", "\r").encode("gb18030"),
        TABLE.rstrip("\n").encode(),
        gzip.compress(TABLE.encode("gb18030")),
        ("sep=;\n" + TABLE.replace(",", ";")).encode(),
        workbook(HEAD, FIRST, SECOND),
        ods(
            "".join(
                "<table:table-row>" + "".join(ods_cell(str(cell)) for cell in row) + "</table:table-row>"
                for row in (HEAD, FIRST, SECOND)
            )
        ),
        "\n".join(json.dumps(dict(zip(HEAD, row, strict=True))) for row in (FIRST, SECOND)).encode(),
        gzip.compress("\n\n".join(map(json.dumps, OBJECTS)).encode()),
    ],
    ids=[
        "utf-8",
        "bom",
        "gb18030",
        "utf-16",
        "tab",
        "semicolon",
        "crlf",
        "cr",
        "cr-gb18030",
        "no-last-newline",
        "gz",
        "sep-line",
        "xlsx",
        "ods",
        "jsonl",
        "jsonl-gz",
    ],
)
@pytest.mark.parametrize("name", ["needs.csv", "needs.xlsx", "无后缀"])
def test_a_file_is_read_by_its_content_whatever_it_is_called(
    brought: Callable[..., Intake], content: bytes, name: str
) -> None:
    intake = brought(content, name)

    assert titles(intake) == TITLES
    assert [row.draft.reference for row in intake.accepted] == ["N1", "N2"]
    assert [(row.draft.budget_min, row.draft.budget_max) for row in intake.accepted] == [
        (500_000, 800_000),
        (300_000, 300_000),
    ]
    assert (intake.problems, intake.notices) == ([], [])


ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + "EncryptedPackage".encode("utf-16-le") + bytes(512)


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b" \n\r\n ", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (gzip.compress(b""), "the file is empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a PNG picture"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "a JPEG picture"),
        (b"<!doctype html><html>", "a web page"),
        (b"<?xml version='1.0'?><a/>", "an XML document"),
        (bytes(range(256)) * 20, "neither a spreadsheet nor text"),
        (bytes(5000), "neither a spreadsheet nor text"),
        (b"PK\x03\x04" + bytes(100), "a ZIP archive without a workbook"),
        (zipped("a.txt"), "a ZIP archive without a workbook"),
        (zipped("word/document.xml"), "a Word document"),
        (zipped("xl/workbook.bin"), "a binary workbook"),
        (zipped("xl/workbook.xml"), "damaged"),
        (zipped("mimetype-application/vnd.oasis.opendocument.spreadsheet", "content.xml"), "damaged"),
        (workbook(HEAD, FIRST)[:3000], "damaged"),
        (ENCRYPTED, "encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "no workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") + bytes(2000), "damaged"),
        (gzip.compress(TABLE.encode() * 500)[:-200], "damaged"),
        (b"\x1f\x8b" + bytes(50), "damaged"),
        (b'[{"title": "a"}]', "one JSON array"),
        (b"hello, world\n1,2\n", "no header of a list of needs"),
        ("成果名称,成果简介\na,b\n".encode(), "no header of a list of needs"),
        (workbook(), "the file holds no rows"),
        (workbook(["a", "b"], [1, 2]), "no header of a list of needs"),
    ],
)
@pytest.mark.parametrize("name", ["needs.xlsx", "needs.csv"])
def test_what_cannot_be_read_at_all_is_told_in_one_line(
    brought: Callable[..., Intake], content: bytes, told: str, name: str
) -> None:
    with pytest.raises(UnusableFile) as raised:
        brought(content, name)

    assert told in str(raised.value)
    assert str(raised.value).startswith(f"{name}: ")
    assert "\n" not in str(raised.value)
    assert "xpected" in str(raised.value) or told == "the file holds no rows"


def test_a_missing_file_or_a_folder_is_told_in_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UnusableFile, match="cannot be opened"):
            read(path, NEEDS)


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


def test_the_users_name_for_the_file_is_the_one_reported(tmp_path: Path) -> None:
    path = tmp_path / "upload-1"
    path.write_text("需求名称,预算\n,5\na,一点\n")

    assert {problem.file for problem in read(path, NEEDS, name="清单.csv").problems} == {"清单.csv"}


def test_an_unknown_header_is_answered_with_what_was_found_and_expected(brought: Callable[..., Intake]) -> None:
    with pytest.raises(
        UnusableFile, match=r"Found: 甲 \| 乙\. Expected at least one of: 需求名称, Title, 问题描述, Problem"
    ):
        brought("甲,乙\n1,2\n")


def test_lines_in_two_encodings_are_each_read_in_their_own(brought: Callable[..., Intake]) -> None:
    head = "需求名称,编号\n".encode()
    lines = [f"耐高温密封圈的长寿命材料{number},A{number}\n" for number in range(6)]
    for first, second in (("utf-8", "gb18030"), ("gb18030", "utf-8")):
        content = head + b"".join(line.encode(first if number < 4 else second) for number, line in enumerate(lines))

        assert titles(brought(content)) == [line.split(",")[0] for line in lines]


def test_bytes_that_are_no_text_cost_their_row_only(brought: Callable[..., Intake]) -> None:
    content = "需求名称,编号\n一,1\n".encode() + b"\xff\xff\xff,2\n" + "三,3\n".encode()
    intake = brought(content)

    assert titles(intake) == ["一", "三"]
    assert [(problem.row, problem.problem) for problem in intake.problems] == [
        (3, "characters that are text neither in UTF-8 nor in GB18030")
    ]


def test_a_quotation_mark_never_closed_costs_its_line_only(brought: Callable[..., Intake]) -> None:
    lines = [f"标题{number},N{number}\n" for number in range(1000)]
    lines[3] = '"标题3,N3\n'
    lines[500] = '标题500,"N500\n'
    intake = brought("需求名称,编号\n" + "".join(lines))

    assert len(intake.accepted) == 998
    assert [(problem.row, problem.value) for problem in intake.problems] == [(5, "标题3,N3"), (502, "标题500 | N500")]
    assert all("quotation mark" in problem.problem for problem in intake.problems)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ('"标题，""引用""",N1', '标题，"引用"'),
        ('5" 晶圆,N1', '5" 晶圆'),
        ('"5 英寸"晶圆,N1', "5 英寸晶圆"),
        ('"两行\n标题",N1', "两行 标题"),
        ("标\x00题,N1", "标题"),
    ],
)
def test_quotation_marks_and_control_characters_in_text_tables(
    brought: Callable[..., Intake], line: str, title: str
) -> None:
    intake = brought(f"需求名称,编号\n{line}\n第二,N2\n")

    assert titles(intake) == [title, "第二"]


def test_rows_are_numbered_as_a_spreadsheet_program_shows_them(brought: Callable[..., Intake]) -> None:
    intake = brought('需求名称,预算\n"a\nb",5万元\n\n,,\nc,不知道\n')

    assert [(row.row, row.draft.title) for row in intake.accepted] == [(2, "a b")]
    assert [(problem.row, problem.column, problem.value) for problem in intake.problems] == [(5, "预算", "不知道")]


def test_a_very_long_cell_is_a_problem_of_its_row(brought: Callable[..., Intake]) -> None:
    intake = brought(
        "需求名称,问题描述,编号\na,"
        + "长" * 50_001
        + ",1\nb,"
        + "长" * 50_000
        + ",2\nc,"
        + "x" * 300_000
        + ",3\nd,,4\n"
    )

    assert titles(intake) == ["b", "d"]
    assert [(problem.row, problem.column) for problem in intake.problems] == [(2, "问题描述"), (4, "")]
    assert "50,001 characters" in intake.problems[0].problem
    assert len(intake.problems[0].value) == 80


# workbooks


def test_error_cells_and_formulas_without_a_value_are_problems_of_their_row(brought: Callable[..., Intake]) -> None:
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


def test_numbers_and_dates_are_shown_as_people_see_them(brought: Callable[..., Intake]) -> None:
    intake = brought(
        workbook(
            ["需求名称", "编号", "截止日期", "财政出资比例"],
            [2027, 12.0, date(2027, 3, 31), 0.5],
            ["b", 7.5, datetime(2027, 3, 31, 9), "50%"],
        )
    )

    assert [(row.draft.title, row.draft.reference) for row in intake.accepted] == [("2027", "12"), ("b", "7.5")]
    assert [(row.draft.deadline, row.draft.funding_share) for row in intake.accepted] == [(date(2027, 3, 31), 0.5)] * 2


def test_a_table_that_stands_away_from_the_corner_keeps_its_row_numbers(brought: Callable[..., Intake]) -> None:
    def change(book: Workbook) -> None:
        for row, cells in enumerate((HEAD, FIRST, ["x", "N2", "?"]), start=5):
            for column, value in enumerate(cells, start=3):
                book.active.cell(row, column, value)

    intake = brought(workbook(change=change))

    assert [(row.row, row.draft.title) for row in intake.accepted] == [(6, "耐高温密封圈")]
    assert [(problem.row, problem.column) for problem in intake.problems] == [(7, "预算（万元）")]


def test_every_sheet_with_a_header_is_read_and_the_others_are_noticed(brought: Callable[..., Intake]) -> None:
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


def test_a_value_merged_over_rows_belongs_to_each(brought: Callable[..., Intake]) -> None:
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


def test_a_title_merged_over_rows_makes_them_one_need(brought: Callable[..., Intake]) -> None:
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


def test_a_million_empty_rows_cost_little(brought: Callable[..., Intake]) -> None:
    content = workbook(HEAD, FIRST, change=far_cell("A1000000"))
    intake, seconds = timed(lambda: brought(content, "needs.xlsx"))

    assert titles(intake) == ["耐高温密封圈", "尽头"]
    assert seconds < 10


def test_a_stray_cell_in_the_furthest_corner_does_not_fill_the_memory(brought: Callable[..., Intake]) -> None:
    content = workbook(HEAD, FIRST, change=far_cell("XFD1048576"))
    intake, seconds = timed(lambda: brought(content, "needs.xlsx"))

    assert titles(intake) == ["耐高温密封圈"]
    assert seconds < 15


def test_rows_that_are_only_formatted_are_passed_over(brought: Callable[..., Intake]) -> None:
    def change(book: Workbook) -> None:
        for row in range(3, 3000):
            for column in range(1, 6):
                book.active.cell(row, column).font = Font(bold=True)

    assert titles(brought(workbook(HEAD, FIRST, change=change))) == ["耐高温密封圈"]


def test_an_endlessly_repeated_ods_cell_is_refused(brought: Callable[..., Intake]) -> None:
    row = "<table:table-row table:number-rows-repeated='{}'>{}</table:table-row>"
    header = row.format(1, ods_cell("需求名称") + ods_cell("编号"))
    empty = row.format(1_048_000, "<table:table-cell table:number-columns-repeated='16384'/>")

    assert titles(brought(ods(header + row.format(1, ods_cell("a") + ods_cell("1")) + empty), "n.ods")) == ["a"]
    with pytest.raises(UnusableFile, match="stray or endlessly repeated cells"):
        brought(ods(header + row.format(1_000_000, ods_cell("a", 1000))), "n.ods")


def test_a_workbook_that_unpacks_beyond_measure_is_refused(
    brought: Callable[..., Intake], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matcher.intake.workbooks.UNPACKED_LIMIT", 1000)
    with pytest.raises(UnusableFile, match="unpacks to more than"):
        brought(workbook(HEAD, FIRST))


def test_a_gzip_file_that_unpacks_beyond_measure_is_refused(
    brought: Callable[..., Intake], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matcher.intake.files._UNPACKED_LIMIT", 1 << 20)
    with pytest.raises(UnusableFile, match="unpacks to more than"):
        brought(gzip.compress(b"title\n" + b"x" * (2 << 20)))


BASES = [
    workbook(HEAD, FIRST, SECOND),
    TABLE.encode(),
    TABLE.encode("gb18030"),
    ods("<table:table-row>" + ods_cell("需求名称") + "</table:table-row>"),
    gzip.compress(TABLE.encode()),
    b'{"title": "a", "indicators": ["x > 5 mm"], "budget": "5k"}\n{"title": "b"}\n',
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from(BASES),
    edits=st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=8)), max_size=4),
    cut=st.one_of(st.none(), st.integers(0, 10**6)),
)
def test_a_damaged_file_is_read_or_refused_and_never_breaks(
    brought: Callable[..., Intake], base: bytes, edits: list[tuple[int, bytes]], cut: int | None
) -> None:
    content = bytearray(base)
    for place, patch in edits:
        start = place % len(content)
        content[start : start + len(patch)] = patch
    try:
        intake = brought(bytes(content[: cut % len(content)] if cut is not None else content), "damaged")
    except UnusableFile as refused:
        message = str(refused)
    else:
        message = ""
        assert len(intake.rejected) == len({(problem.sheet, problem.row) for problem in intake.problems})
    assert "\n" not in message
