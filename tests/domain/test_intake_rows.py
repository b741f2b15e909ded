"""What becomes of rows: drafts, problems, notices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from intake_support import (
    NEEDS,
    RESULTS,
    Bring,
    places,
)

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
from matcher.intake.report import RejectedRow
from matcher.intake.rows import read_again


def test_a_full_row_of_a_need_list_becomes_a_need(listed: Bring) -> None:
    intake = listed(
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


def test_a_full_row_of_a_result_list_becomes_a_result(listed: Bring) -> None:
    intake = listed(
        "Title;Abstract;Innovation;Indicators;Advantage;TRL;Stage;Patents;Asking price;Region;Team;University",
        "Seal;A rubber;New filler;life = 30 months (report 12);cheaper;pilot;成熟;ZL202210123456.7;USD "
        "30,000;Shanghai;Prof. A;U1",
        kind=RESULTS,
    )

    assert (intake.problems, places(intake.notices)) == ([], [(1, "Stage", "")])
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


def test_a_stage_in_the_maturity_column_of_a_result(listed: Bring) -> None:
    (row,) = listed("成果名称,成熟度", "a,中期", kind=RESULTS).accepted

    assert (row.draft.maturity, row.draft.maturity_stage) == (None, MaturityStage.MIDDLE)


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
    listed: Bring, header: str, value: str, expected: str
) -> None:
    intake = listed(f"需求名称\t{header}", f"a\t{value}", "b\t")

    assert [row.draft.title for row in intake.accepted] == ["b"]
    (problem,) = intake.problems
    assert (problem.row, problem.column, problem.value) == (2, header, value)
    assert expected in problem.expected
    assert [(row.row, list(row.header), list(row.cells)) for row in intake.rejected] == [
        (2, ["需求名称", header], ["a", value])
    ]


def test_every_problem_of_a_row_is_told_at_once(listed: Bring) -> None:
    intake = listed("需求名称,预算,截止日期", "a,?,?")

    assert places(intake.problems) == [(2, "预算", "?"), (2, "截止日期", "?")]
    assert len(intake.rejected) == 1


@pytest.mark.parametrize(
    ("header", "value", "kept"),
    [
        ("技术指标", "达到国际先进水平", "技术指标：达到国际先进水平"),
        ("意向地区", "亚特兰蒂斯", "意向地区：亚特兰蒂斯"),
        ("合作方式", "以物易物", "合作方式：以物易物"),
    ],
)
def test_what_is_only_not_known_stays_as_text_and_is_noticed(listed: Bring, header: str, value: str, kept: str) -> None:
    intake = listed(f"需求名称,问题描述,{header}", f"a,text,{value}")

    assert intake.accepted[0].draft.problem == f"text\n\n{kept}"
    assert places(intake.notices) == [(2, header, value)]


def test_an_unknown_field_stays_as_a_keyword(listed: Bring) -> None:
    intake = listed("需求名称,技术领域", "a,木材加工")

    assert (intake.accepted[0].draft.field, intake.accepted[0].draft.keywords) == (None, ["木材加工"])
    assert places(intake.notices) == [(2, "技术领域", "木材加工")]


def test_unknown_columns_are_noticed_once_and_serial_numbers_not_at_all(listed: Bring) -> None:
    intake = listed("序号,需求名称,联系电话,备注", "1,a,123,x", "2,b,456,y")

    assert places(intake.notices) == [(1, "联系电话", "")]


def test_several_columns_of_text_follow_each_other(listed: Bring) -> None:
    (row,) = listed("需求名称,主要问题,需求描述,指标1,指标2", "a,first,second,纯度≥9%,粒径≤5 mm").accepted

    assert row.draft.problem == "first\n\nsecond"
    assert [indicator.name for indicator in row.draft.indicators] == ["纯度", "粒径"]


def test_a_row_without_title_and_text_is_rejected_and_an_empty_one_passed_over(listed: Bring) -> None:
    intake = listed("编号,需求名称,问题描述,预算,电话", "1,,,5万元,", ",,,,", ",,,,123", "2,-,无,,", "3,a,,,")

    assert [row.draft.title for row in intake.accepted] == ["a"]
    assert places(intake.problems) == [(2, "", ""), (5, "", "")]
    assert intake.problems[0].problem == "the row has neither a title nor a description"


def test_one_number_twice_is_a_problem_that_names_the_first(listed: Bring) -> None:
    intake = listed("编号,需求名称", "1,a", "1,b", "2,a")

    assert [row.row for row in intake.accepted] == [2, 4]
    assert places(intake.problems) == [(3, "编号", "1")]
    assert intake.problems[0].problem == "row 2 has the same number"


def test_organisations_may_use_the_same_numbers_and_titles(listed: Bring) -> None:
    intake = listed("编号,需求名称,企业名称", "1,a,甲", "1,b,乙", ",c,甲", ",c,乙")

    assert len(intake.accepted) == 4
    assert intake.problems == []


def test_one_title_twice_without_numbers(listed: Bring) -> None:
    intake = listed("需求名称,预算", "a,5万元", "a,5万元", "a,6万元")

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
    listed: Bring, cells: dict[str, Any], price: int | None, currency: str, notices: int
) -> None:
    intake = listed({"title": "a", **cells}, kind=RESULTS)

    assert [(row.draft.price, row.draft.currency) for row in intake.accepted] == [(price, currency)]
    assert len(intake.notices) == notices


def test_two_currencies_in_one_row_are_a_problem(listed: Bring) -> None:
    intake = listed("需求名称\t预算\t币种", "a\t5万元\tUSD")

    assert places(intake.problems) == [(2, "币种", "CNY / USD")]


def test_progress_is_told_on_the_way(listed: Bring) -> None:
    calls: list[tuple[int, int | None]] = []
    listed(
        "需求名称",
        *(f"标题{number}" for number in range(1200)),
        progress=lambda done, total: calls.append((done, total)),
    )

    assert calls == [(500, None), (1000, None)]


def test_a_list_of_the_other_kind_is_refused(listed: Bring) -> None:
    with pytest.raises(UnusableFile, match="no header of a list of results"):
        listed("需求名称,预算", "a,5万元", kind=RESULTS)


@pytest.mark.parametrize("header", ["地区", "所在地", "Region", "企业所在地"])
def test_a_region_in_a_need_list_is_where_the_organisation_named_has_its_seat(listed: Bring, header: str) -> None:
    intake = listed(f"需求名称,单位名称,{header}", "a,甲公司,苏州市", "b,乙公司,")

    assert (intake.problems, intake.notices) == ([], [])
    assert [(row.organisation, row.organisation_region) for row in intake.accepted] == [
        ("甲公司", "320500"),
        ("乙公司", None),
    ]
    assert [row.draft.preferred_regions for row in intake.accepted] == [[], []]


def test_a_region_of_no_organisation_is_answered_with_how_to_head_preferred_regions(listed: Bring) -> None:
    intake = listed("需求名称,地区", "a,苏州市")

    assert [row.draft.title for row in intake.accepted] == ["a"]
    assert places(intake.notices) == [(2, "地区", "")]
    assert "意向地区 (Preferred regions)" in intake.notices[0].expected


def test_an_unknown_region_of_an_organisation_is_noticed(listed: Bring) -> None:
    intake = listed("需求名称,单位名称,地区", "a,甲公司,亚特兰蒂斯")

    assert [(row.draft.problem, row.organisation_region) for row in intake.accepted] == [("", None)]
    assert places(intake.notices) == [(2, "地区", "亚特兰蒂斯")]


# -- rows mended where they were told -----------------------------------------------------------------


def test_mended_rows_are_read_again_under_their_old_sheet_number_and_header() -> None:
    rows = [
        RejectedRow("一季度", 7, ["需求名称", "预算"], ["密封圈", "50万元"]),
        RejectedRow("一季度", 4, ["需求名称", "预算"], ["传感器", "很多钱"]),
        RejectedRow("", 2, ["Title", "No."], ["Seal", "7"]),
    ]
    intake = read_again(rows, NEEDS, name="清单.xlsx")
    assert [(row.sheet, row.row, row.draft.title) for row in intake.accepted] == [
        ("一季度", 7, "密封圈"),
        ("", 2, "Seal"),
    ]
    assert [(row.sheet, row.row, list(row.cells)) for row in intake.rejected] == [
        ("一季度", 4, ["传感器", "很多钱", 4])
    ]
    assert places(intake.problems) == [(4, "预算", "很多钱")]


def test_mended_rows_whose_header_says_nothing_are_rejected_again() -> None:
    rows = [RejectedRow("", 3, ["JSON"], ["{"]), RejectedRow("", 5, ["需求名称"], ["密封圈"])]
    intake = read_again(rows, NEEDS, name="清单.jsonl")
    assert [row.draft.title for row in intake.accepted] == ["密封圈"]
    assert [(row.row, row.header, row.cells) for row in intake.rejected] == [(3, ("JSON",), ["{"])]
    assert [one.row for one in intake.problems] == [3]
