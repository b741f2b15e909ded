"""What becomes of rows: drafts, problems, notices; and the forms that go out and come back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from matcher.drafts import (
    CooperationMode,
    Disclosure,
    IndicatorAchieved,
    IndicatorTarget,
    MaturityStage,
    NeedDraft,
    Operator,
    ResultDraft,
    Right,
    RightKind,
    RightStatus,
)
from matcher.errors import UnusableFile
from matcher.intake.cells import title_from
from matcher.intake.columns import ORIGIN, REASONS, table
from matcher.intake.examples import EXAMPLES
from matcher.intake.rejected import write_rejected
from matcher.intake.report import Intake, Kind, RowProblem
from matcher.intake.rows import read
from matcher.intake.templates import write_template

NEEDS, RESULTS = Kind.NEEDS, Kind.RESULTS
Bring = Callable[..., Intake]


@pytest.fixture
def brought(tmp_path: Path) -> Bring:
    def bring(*lines: str | dict[str, Any], kind: Kind = NEEDS, **options: Any) -> Intake:
        path = tmp_path / "list"
        texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return read(path, kind, **options)

    return bring


def told(remarks: list[RowProblem]) -> list[tuple[int, str, str]]:
    return [(remark.row, remark.column, remark.value) for remark in remarks]


def test_a_full_row_of_a_need_list_becomes_a_need(brought: Bring) -> None:
    intake = brought(
        "编号\t需求名称\t问题描述\t现状\t技术指标\t应用场景\t不包含的内容\t当前成熟度\t期望成熟度\t合作方式\t预算（万元）\t资助比例\t截止日期\t意向地区\t知识产权要求"
        "\t公开范围\t决策人\t关键词\t技术领域\t企业名称",
        "N-1\t耐高温密封\t开裂\t氟橡胶\t寿命≥5年；硬度 70-80 HA（期望）\t发动机\t硅胶\t小试\tTRL "
        "7\t技术开发、许可\t50-80\t30%\t2027年3月\t江苏、浙江\t共有"
        "\t摘要\t王工\t橡胶、密封\t高分子材料\t甲公司",
    )

    assert (intake.problems, intake.notices, intake.rejected) == ([], [], [])
    (row,) = intake.accepted
    assert (row.sheet, row.row, row.organisation) == ("", 2, "甲公司")
    assert row.draft == NeedDraft(
        title="耐高温密封",
        reference="N-1",
        problem="开裂",
        current_state="氟橡胶",
        indicators=[
            IndicatorTarget(name="寿命", operator=Operator.AT_LEAST, value=5, unit="年"),
            IndicatorTarget(name="硬度", operator=Operator.BETWEEN, value=70, value_high=80, unit="HA", must=False),
        ],
        scenario="发动机",
        out_of_scope="硅胶",
        maturity_now=4,
        maturity_wanted=7,
        cooperation_modes=[CooperationMode.DEVELOPMENT, CooperationMode.LICENCE],
        budget_min=Decimal(500_000),
        budget_max=Decimal(800_000),
        funding_share=0.3,
        deadline=date(2027, 3, 31),
        preferred_regions=["320000", "330000"],
        ip_wishes="共有",
        disclosure=Disclosure.SUMMARY,
        decision_owner="王工",
        keywords=["橡胶", "密封"],
        field="new_materials.polymers",
    )


def test_a_full_row_of_a_result_list_becomes_a_result(brought: Bring) -> None:
    intake = brought(
        "Title;Abstract;Innovation;Indicators;Advantage;TRL;Stage;Patents;Asking price;Region;Team;University",
        "Seal;A rubber;New filler;life = 30 months (report 12);cheaper;pilot;成熟;ZL202210123456.7;USD "
        "30,000;Shanghai;Prof. A;U1",
        kind=RESULTS,
    )

    assert (intake.problems, told(intake.notices)) == ([], [(1, "Stage", "")])
    (row,) = intake.accepted
    assert row.organisation == "U1"
    assert row.draft == ResultDraft(
        title="Seal",
        abstract="A rubber",
        innovation="New filler",
        indicators=[IndicatorAchieved(name="life", value=30, unit="months", evidence="report 12")],
        advantage="cheaper",
        maturity=6,
        rights=[Right(kind=RightKind.INVENTION_PATENT, number="ZL202210123456.7", status=RightStatus.GRANTED)],
        price=Decimal(30_000),
        currency="USD",
        region="310000",
        team="Prof. A",
    )


def test_a_stage_in_the_maturity_column_of_a_result(brought: Bring) -> None:
    (row,) = brought("成果名称,成熟度", "a,中期", kind=RESULTS).accepted

    assert (row.draft.maturity, row.draft.maturity_stage) == (None, MaturityStage.MIDDLE)


def test_the_json_lines_form_of_a_draft_is_read_back_as_it_was(brought: Bring) -> None:
    need = NeedDraft(
        title="a",
        reference="1",
        problem="p",
        indicators=[IndicatorTarget(name="x", operator=Operator.BETWEEN, value=1, value_high=2, unit="mm", must=False)],
        budget_min=Decimal("1.50"),
        budget_max=Decimal(90),
        currency="EUR",
        funding_share=0.25,
        deadline=date(2027, 1, 2),
        preferred_regions=["320500"],
        cooperation_modes=[CooperationMode.EQUITY],
        disclosure=Disclosure.CONSENT,
        maturity_now=3,
        keywords=["k, with comma"],
        field="ai",
    )
    (row,) = brought({**need.model_dump(mode="json"), "organisation": "甲"}).accepted

    assert (row.draft, row.organisation) == (need, "甲")


def test_json_lines_are_understood_as_cells_are(brought: Bring) -> None:
    intake = brought(
        {
            "id": 7,
            "title": "a",
            "description": "text",
            "indicators": "x ≥ 5 mm",
            "budget": "50万元",
            "deadline": "2027年底",
        },
        {
            "id": 8,
            "title": "b",
            "indicators": ["x ≥ 5 mm", {"name": "y", "value": 1}],
            "cooperation_modes": ["许可", "equity"],
        },
        {"需求名称": "c", "意向地区": ["江苏", "310000"], "maturity_now": 4, "extra": {"a": 1}},
    )

    first, second, third = (row.draft for row in intake.accepted)
    assert (first.reference, first.problem, first.budget_max, first.deadline) == (
        "7",
        "text",
        500_000,
        date(2027, 12, 31),
    )
    assert [indicator.name for indicator in second.indicators] == ["x", "y"]
    assert second.cooperation_modes == [CooperationMode.LICENCE, CooperationMode.EQUITY]
    assert (third.title, third.preferred_regions, third.maturity_now) == ("c", ["320000", "310000"], 4)
    assert told(intake.notices) == [(3, "extra", "")]


def test_a_line_that_is_no_object_is_a_problem_of_that_line(brought: Bring) -> None:
    intake = brought('{"title": "a"}', '{"title": ', "", "[1]", '"x"', "[" * 100_000, '{"title": "b"}')

    assert [row.row for row in intake.accepted] == [1, 7]
    assert [(problem.row, problem.expected) for problem in intake.problems] == [
        (number, "one JSON object on each line") for number in (2, 4, 5, 6)
    ]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ({"title": ["a"]}, "title"),
        ({"title": "a", "indicators": [{"name": "x"}]}, "indicators"),
        ({"title": "a", "indicators": [5]}, "indicators"),
        ({"title": "a", "budget_min": -5}, "budget_min"),
        ({"title": "a", "budget_min": 20000, "budget_max": 10000}, ""),
        ({"title": "a", "deadline": {"year": 2027}}, "deadline"),
        ({"title": "a", "currency": "Muschelgeld"}, "currency"),
        ({"title": "长" * 501}, "title"),
        ({"title": "a", "keywords": [f"k{number}" for number in range(51)]}, "keywords"),
    ],
)
def test_values_that_no_draft_admits_are_problems_of_their_column(
    brought: Bring, line: dict[str, Any], column: str
) -> None:
    intake = brought(line, {"title": "good"})

    assert [row.draft.title for row in intake.accepted] == ["good"]
    assert [problem.column for problem in intake.problems] == [column]


@pytest.mark.parametrize(
    ("header", "value", "expected"),
    [
        ("预算", "很多", "50-80万元"),
        ("预算", "50", "万元"),
        ("截止日期", "尽早完成", "2027-03-31"),
        ("期望成熟度", "很成熟", "TRL 1-9"),
        ("公开范围", "也许", "公开, 摘要 or 经同意"),
        ("资助比例", "一半多", "between 0 and 100 %"),
        ("问题描述", "#DIV/0!", "a value"),
    ],
)
def test_a_value_that_was_meant_but_cannot_be_read_rejects_the_row(
    brought: Bring, header: str, value: str, expected: str
) -> None:
    intake = brought(f"需求名称\t{header}", f"a\t{value}", "b\t")

    assert [row.draft.title for row in intake.accepted] == ["b"]
    (problem,) = intake.problems
    assert (problem.row, problem.column, problem.value) == (2, header, value)
    assert expected in problem.expected
    assert [(row.row, list(row.header), list(row.cells)) for row in intake.rejected] == [
        (2, ["需求名称", header], ["a", value])
    ]


def test_every_problem_of_a_row_is_told_at_once(brought: Bring) -> None:
    intake = brought("需求名称,预算,截止日期", "a,?,?")

    assert told(intake.problems) == [(2, "预算", "?"), (2, "截止日期", "?")]
    assert len(intake.rejected) == 1


@pytest.mark.parametrize(
    ("header", "value", "kept"),
    [
        ("技术指标", "达到国际先进水平", "技术指标：达到国际先进水平"),
        ("意向地区", "亚特兰蒂斯", "意向地区：亚特兰蒂斯"),
        ("合作方式", "以物易物", "合作方式：以物易物"),
    ],
)
def test_what_is_only_not_known_stays_as_text_and_is_noticed(
    brought: Bring, header: str, value: str, kept: str
) -> None:
    intake = brought(f"需求名称,问题描述,{header}", f"a,text,{value}")

    assert intake.accepted[0].draft.problem == f"text\n\n{kept}"
    assert told(intake.notices) == [(2, header, value)]


def test_an_unknown_field_stays_as_a_keyword(brought: Bring) -> None:
    intake = brought("需求名称,技术领域", "a,木材加工")

    assert (intake.accepted[0].draft.field, intake.accepted[0].draft.keywords) == (None, ["木材加工"])
    assert told(intake.notices) == [(2, "技术领域", "木材加工")]


def test_unknown_columns_are_noticed_once_and_serial_numbers_not_at_all(brought: Bring) -> None:
    intake = brought("序号,需求名称,联系电话,备注", "1,a,123,x", "2,b,456,y")

    assert told(intake.notices) == [(1, "联系电话", "")]


def test_several_columns_of_text_follow_each_other(brought: Bring) -> None:
    (row,) = brought("需求名称,主要问题,需求描述,指标1,指标2", "a,first,second,纯度≥9%,粒径≤5 mm").accepted

    assert row.draft.problem == "first\n\nsecond"
    assert [indicator.name for indicator in row.draft.indicators] == ["纯度", "粒径"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("密封圈在高温下开裂，需要新材料。第二句。", "密封圈在高温下开裂"),
        ("OBJECTIVE: Develop a small generator. It should be light.", "OBJECTIVE: Develop a small generator"),
        ("短，但是后面还有更多的内容要说。", "短，但是后面还有更多的内容要说"),
        ("没有标点", "没有标点"),
        ("很" * 100, "很" * 60),
    ],
)
def test_a_title_is_made_out_of_the_first_clause(brought: Bring, text: str, title: str) -> None:
    assert title_from(text) == title
    assert brought({"id": "1", "title": "", "description": text}, kind=RESULTS).accepted[0].draft.title == title


def test_a_row_without_title_and_text_is_rejected_and_an_empty_one_passed_over(brought: Bring) -> None:
    intake = brought("编号,需求名称,问题描述,预算,电话", "1,,,5万元,", ",,,,", ",,,,123", "2,-,无,,", "3,a,,,")

    assert [row.draft.title for row in intake.accepted] == ["a"]
    assert told(intake.problems) == [(2, "", ""), (5, "", "")]
    assert intake.problems[0].problem == "the row has neither a title nor a description"


def test_one_number_twice_is_a_problem_that_names_the_first(brought: Bring) -> None:
    intake = brought("编号,需求名称", "1,a", "1,b", "2,a")

    assert [row.row for row in intake.accepted] == [2, 4]
    assert told(intake.problems) == [(3, "编号", "1")]
    assert intake.problems[0].problem == "row 2 has the same number"


def test_organisations_may_use_the_same_numbers_and_titles(brought: Bring) -> None:
    intake = brought("编号,需求名称,企业名称", "1,a,甲", "1,b,乙", ",c,甲", ",c,乙")

    assert len(intake.accepted) == 4
    assert intake.problems == []


def test_one_title_twice_without_numbers(brought: Bring) -> None:
    intake = brought("需求名称,预算", "a,5万元", "a,5万元", "a,6万元")

    assert [row.row for row in intake.accepted] == [2]
    assert [(notice.row, notice.problem) for notice in intake.notices] == [(3, "the same as row 2, left out")]
    assert [(problem.row, problem.column) for problem in intake.problems] == [(4, "需求名称")]
    assert "a number (编号 / Reference) for each" in intake.problems[0].expected


@pytest.mark.parametrize(
    ("cells", "price", "currency", "notices"),
    [
        ({"price": "50万元"}, 500_000, "CNY", 0),
        ({"price": "面议"}, None, "CNY", 0),
        ({"price": "面议（美元）", "currency": "USD"}, None, "USD", 0),
        ({"price": "50-80万元"}, 500_000, "CNY", 1),
        ({"price": "30000", "currency": "美元"}, 30_000, "USD", 0),
        ({"转让价格（万美元）": 3}, 30_000, "USD", 0),
    ],
)
def test_prices_and_their_currency(
    brought: Bring, cells: dict[str, Any], price: int | None, currency: str, notices: int
) -> None:
    intake = brought({"title": "a", **cells}, kind=RESULTS)

    assert [(row.draft.price, row.draft.currency) for row in intake.accepted] == [(price, currency)]
    assert len(intake.notices) == notices


def test_two_currencies_in_one_row_are_a_problem(brought: Bring) -> None:
    intake = brought("需求名称\t预算\t币种", "a\t5万元\tUSD")

    assert told(intake.problems) == [(2, "币种", "CNY / USD")]


def test_progress_is_told_on_the_way(brought: Bring) -> None:
    calls: list[tuple[int, int | None]] = []
    brought(
        "需求名称",
        *(f"标题{number}" for number in range(1200)),
        progress=lambda done, total: calls.append((done, total)),
    )

    assert calls == [(500, None), (1000, None)]


def test_a_problem_is_told_in_one_sentence() -> None:
    assert str(RowProblem("a.xlsx", "清单", 7, "预算", "?", "not an amount of money", "50万元")) == (
        "a.xlsx, sheet '清单', row 7, column '预算': not an amount of money (found: '?'); expected: 50万元"
    )


# forms that go out and come back


def test_rejected_rows_come_back_mended(brought: Bring, tmp_path: Path) -> None:
    intake = brought(
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


def test_rejected_json_lines_come_back_too(brought: Bring, tmp_path: Path) -> None:
    line = {"title": "a", "indicators": [{"name": "x", "value": 5, "unit": "mm"}], "keywords": ["k"], "deadline": "?"}
    path = tmp_path / "rejected.xlsx"
    write_rejected(brought(line, {"title": "b", "budget": "?"}), path)

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


def test_nothing_rejected_makes_an_empty_workbook(brought: Bring, tmp_path: Path) -> None:
    write_rejected(brought("需求名称", "a"), tmp_path / "rejected.xlsx")

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


def test_a_list_of_the_other_kind_is_refused(brought: Bring) -> None:
    with pytest.raises(UnusableFile, match="no header of a list of results"):
        brought("需求名称,预算", "a,5万元", kind=RESULTS)
