"""Text tables: encodings, quotation marks, line numbers."""

from __future__ import annotations

import pytest
from intake_support import (
    Bring,
    titles,
)


def test_lines_in_two_encodings_are_each_read_in_their_own(brought: Bring) -> None:
    head = "需求名称,编号\n".encode()
    lines = [f"耐高温密封圈的长寿命材料{number},A{number}\n" for number in range(6)]
    for first, second in (("utf-8", "gb18030"), ("gb18030", "utf-8")):
        content = head + b"".join(line.encode(first if number < 4 else second) for number, line in enumerate(lines))

        assert titles(brought(content)) == [line.split(",")[0] for line in lines]


def test_bytes_that_are_no_text_cost_their_row_only(brought: Bring) -> None:
    content = "需求名称,编号\n一,1\n".encode() + b"\xff\xff\xff,2\n" + "三,3\n".encode()
    intake = brought(content)

    assert titles(intake) == ["一", "三"]
    assert [(problem.row, problem.problem) for problem in intake.problems] == [
        (3, "characters that are text neither in UTF-8 nor in GB18030")
    ]


def test_a_quotation_mark_never_closed_costs_its_line_only(brought: Bring) -> None:
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
        ("标\u202e题\u202c,N1", "标题"),
    ],
)
def test_quotation_marks_and_control_characters_in_text_tables(brought: Bring, line: str, title: str) -> None:
    intake = brought(f"需求名称,编号\n{line}\n第二,N2\n")

    assert titles(intake) == [title, "第二"]


def test_rows_are_numbered_as_a_spreadsheet_program_shows_them(brought: Bring) -> None:
    intake = brought('需求名称,预算\n"a\nb",5万元\n\n,,\nc,不知道\n')

    assert [(row.row, row.draft.title) for row in intake.accepted] == [(2, "a b")]
    assert [(problem.row, problem.column, problem.value) for problem in intake.problems] == [(5, "预算", "不知道")]


def test_a_very_long_cell_is_a_problem_of_its_row(brought: Bring) -> None:
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
