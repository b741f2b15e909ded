"""Awkward files: of another kind than they say, damaged, encrypted, endless."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_support import (
    ENCRYPTED,
    FIRST,
    HEAD,
    NEEDS,
    OBJECTS,
    SECOND,
    TABLE,
    TITLES,
    Bring,
    ods,
    ods_cell,
    titles,
    workbook,
    zipped,
)

from matcher.errors import UnusableFile
from matcher.intake.rows import read


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
        gzip.compress(TABLE.encode("gb18030"), mtime=0),
        ("sep=;\n" + TABLE.replace(",", ";")).encode(),
        workbook(HEAD, FIRST, SECOND),
        ods(
            "".join(
                "<table:table-row>" + "".join(ods_cell(str(cell)) for cell in row) + "</table:table-row>"
                for row in (HEAD, FIRST, SECOND)
            )
        ),
        "\n".join(json.dumps(dict(zip(HEAD, row, strict=True))) for row in (FIRST, SECOND)).encode(),
        gzip.compress("\n\n".join(map(json.dumps, OBJECTS)).encode(), mtime=0),
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
def test_a_file_is_read_by_its_content_whatever_it_is_called(brought: Bring, content: bytes, name: str) -> None:
    intake = brought(content, name)

    assert titles(intake) == TITLES
    assert [row.draft.reference for row in intake.accepted] == ["N1", "N2"]
    assert [(row.draft.budget_min, row.draft.budget_max) for row in intake.accepted] == [
        (500_000, 800_000),
        (300_000, 300_000),
    ]
    assert (intake.problems, intake.notices) == ([], [])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b" \n\r\n ", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
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
        (gzip.compress(TABLE.encode() * 500, mtime=0)[:-200], "damaged"),
        (b"\x1f\x8b" + bytes(50), "damaged"),
        (b'[{"title": "a"}]', "one JSON array"),
        (b"hello, world\n1,2\n", "no header of a list of needs"),
        ("成果名称,成果简介\na,b\n".encode(), "no header of a list of needs"),
        (workbook(), "the file holds no rows"),
        (workbook(["a", "b"], [1, 2]), "no header of a list of needs"),
    ],
)
@pytest.mark.parametrize("name", ["needs.xlsx", "needs.csv"])
def test_what_cannot_be_read_at_all_is_told_in_one_line(brought: Bring, content: bytes, told: str, name: str) -> None:
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


def test_the_users_name_for_the_file_is_the_one_reported(tmp_path: Path) -> None:
    path = tmp_path / "upload-1"
    path.write_text("需求名称,预算\n,5\na,一点\n")

    assert {problem.file for problem in read(path, NEEDS, name="清单.csv").problems} == {"清单.csv"}


def test_an_unknown_header_is_answered_with_what_was_found_and_expected(brought: Bring) -> None:
    with pytest.raises(
        UnusableFile, match=r"Found: 甲 \| 乙\. Expected at least one of: 需求名称, Title, 问题描述, Problem"
    ):
        brought("甲,乙\n1,2\n")


def test_a_gzip_file_that_unpacks_beyond_measure_is_refused(brought: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.intake.files._UNPACKED_LIMIT", 1 << 20)
    with pytest.raises(UnusableFile, match="unpacks to more than"):
        brought(gzip.compress(b"title\n" + b"x" * (2 << 20), mtime=0))


BASES = [
    workbook(HEAD, FIRST, SECOND),
    TABLE.encode(),
    TABLE.encode("gb18030"),
    ods("<table:table-row>" + ods_cell("需求名称") + "</table:table-row>"),
    gzip.compress(TABLE.encode(), mtime=0),
    b'{"title": "a", "indicators": ["x > 5 mm"], "budget": "5k"}\n{"title": "b"}\n',
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from(BASES),
    edits=st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=8)), max_size=4),
    cut=st.one_of(st.none(), st.integers(0, 10**6)),
)
def test_a_damaged_file_is_read_or_refused_and_never_breaks(
    brought: Bring, base: bytes, edits: list[tuple[int, bytes]], cut: int | None
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


@pytest.mark.parametrize("ending", ["py", "md", "html", "log", "sql", "docx"])
def test_text_of_another_kind_is_no_list_whatever_words_it_holds(brought: Bring, ending: str) -> None:
    with pytest.raises(UnusableFile) as raised:
        brought(TABLE, f"needs.{ending}")

    assert f"ends in .{ending} " in str(raised.value)
    assert ".xlsx, .xls, .ods, .csv, .tsv, .txt" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["n.py.gz", "n.MD", "n.json5"])
def test_the_ending_counts_in_any_case_and_below_gz(brought: Bring, name: str) -> None:
    with pytest.raises(UnusableFile, match="is no list"):
        brought(gzip.compress(TABLE.encode(), mtime=0) if name.endswith(".gz") else TABLE, name)


@pytest.mark.parametrize(
    "name",
    ["n.CSV", "n.tsv", "n.tab", "n.txt", "n.xls", "n.ods", "n.txt.gz", "needs", "需求 2027.10", "清单v1.2", ".csv"],
)
def test_endings_of_lists_and_names_without_one_are_taken(brought: Bring, name: str) -> None:
    assert titles(brought(gzip.compress(TABLE.encode(), mtime=0) if name.endswith(".gz") else TABLE, name)) == TITLES


@pytest.mark.parametrize("name", ["n.py", "n.bin", "n.zip"])
def test_a_workbook_is_known_under_any_ending(brought: Bring, name: str) -> None:
    assert titles(brought(workbook(HEAD, FIRST, SECOND), name)) == TITLES
