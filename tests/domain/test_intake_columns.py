from __future__ import annotations

import pytest

from matcher.intake import columns
from matcher.intake.report import Kind
from matcher.intake.sheets import Row, find_header

NEEDS, RESULTS = Kind.NEEDS, Kind.RESULTS


@pytest.mark.parametrize(
    ("header", "kind", "field"),
    [
        ("需求名称", NEEDS, "title"),
        ("需求名称（必填）*", NEEDS, "title"),
        ("1. 需求名称", NEEDS, "title"),
        ("一、需求名称", NEEDS, "title"),
        ("難題名稱", NEEDS, "title"),
        ("技术需求", NEEDS, "title"),
        ("Title", NEEDS, "title"),
        ("需求名称 Title", NEEDS, "title"),
        ("需求名称\nNeed title", NEEDS, "title"),
        ("成果名稱", RESULTS, "title"),
        ("problem", NEEDS, "problem"),
        ("问题描述", NEEDS, "problem"),
        ("description", RESULTS, "abstract"),
        ("成果简介（300字以内）", RESULTS, "abstract"),
        ("技术指标1", NEEDS, "indicators"),
        ("主要技术指标", RESULTS, "indicators"),
        ("预算（万元）", NEEDS, "budget"),
        ("预算/万元", NEEDS, "budget"),
        ("預算下限(萬元)", NEEDS, "budget_min"),
        ("Budget (k USD)", NEEDS, "budget"),
        ("budget_max", NEEDS, "budget_max"),
        ("TRL", RESULTS, "maturity"),
        ("当前TRL", NEEDS, "maturity_now"),
        ("TRL", NEEDS, "maturity_wanted"),
        ("企業名稱", NEEDS, "organisation"),
        ("完成单位", RESULTS, "organisation"),
        ("organisation", RESULTS, "organisation"),
        ("id", RESULTS, "reference"),
        ("专利号", RESULTS, "rights"),
        ("所在地", RESULTS, "region"),
        ("意向地区", NEEDS, "preferred_regions"),
    ],
)
def test_usual_headers_are_recognised(header: str, kind: Kind, field: str) -> None:
    assert columns.candidates(header, kind)[:1] == (field,)


@pytest.mark.parametrize("header", ["", "联系电话", "Email", "填表说明", "成果名称", "2024", "x" * 500])
def test_other_headers_are_not(header: str) -> None:
    assert columns.candidates(header, NEEDS) == ()


@pytest.mark.parametrize("kind", Kind)
def test_every_name_leads_to_the_column_that_lists_it(kind: Kind) -> None:
    for column in columns.table(kind):
        for name in filter(
            None, (column.field, column.zh, column.en, *column.names.split("|"), *column.unsure.split("|"))
        ):
            assert column.field in columns.candidates(name, kind), name


@pytest.mark.parametrize(
    ("headers", "kind", "fields"),
    [
        (["技术需求", "预算"], NEEDS, ["title", "budget"]),
        (["需求名称", "技术需求"], NEEDS, ["title", "problem"]),
        (["技术需求", "需求名称"], NEEDS, ["problem", "title"]),
        (["需求名称", "主要问题", "需求描述"], NEEDS, ["title", "problem", "problem"]),
        (["需求名称", "题目"], NEEDS, ["title", None]),
        (["成果名称", "成果"], RESULTS, ["title", "abstract"]),
        (["技术名称", "专利", "专利号"], RESULTS, ["title", "rights", "rights"]),
    ],
)
def test_what_a_doubtful_header_feeds_depends_on_the_others(
    headers: list[str], kind: Kind, fields: list[str | None]
) -> None:
    assert columns.assign(headers, kind) == fields


def header_of(*lines: str) -> tuple[int, dict[str, str]] | None:
    rows = [Row(number, line.split("|")) for number, line in enumerate(lines, start=1) if line]
    found = find_header(rows, NEEDS)
    if found is None:
        return None
    return found.last_row, {field: name for name, field in zip(found.names, found.fields, strict=True) if field}


def test_the_header_is_found_below_titles_and_blank_rows() -> None:
    assert header_of("2026年企业技术需求清单", "填报单位：|某公司", "", "序号|需求名称|预算") == (
        4,
        {"title": "需求名称", "budget": "预算"},
    )


def test_a_sheets_heading_alone_in_its_row_is_no_header() -> None:
    assert header_of("技术需求||", "需求名称|问题描述|预算", "a|b|5万元") == (
        2,
        {"title": "需求名称", "problem": "问题描述", "budget": "预算"},
    )


def test_a_header_over_two_rows_is_read_from_both() -> None:
    assert header_of("基本信息||预算（万元）||成熟度|", "需求名称|领域|下限|上限|当前|目标", "a|b|5|6|小试|中试") == (
        2,
        {
            "title": "需求名称",
            "field": "领域",
            "budget_min": "预算（万元） 下限",
            "budget_max": "预算（万元） 上限",
            "maturity_now": "当前 成熟度",
            "maturity_wanted": "目标 成熟度",
        },
    )


def test_a_first_row_of_data_is_not_taken_for_a_second_header_row() -> None:
    assert header_of("需求名称|问题描述|领域", "电池|问题|新材料") == (
        1,
        {"title": "需求名称", "problem": "问题描述", "field": "领域"},
    )


def test_no_header_no_guess() -> None:
    assert header_of("a|b|c", "1|2|3") is None
    assert header_of("预算|截止日期", "5万元|2027") is None
