"""JSON Lines: keys as headers, lists, and lines that are none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from intake_support import NEEDS, RESULTS, Bring, places

from matcher.drafts import (
    CooperationMode,
    Disclosure,
    IndicatorTarget,
    NeedDraft,
    Operator,
    ResultDraft,
)
from matcher.intake.report import Kind


def test_the_json_lines_form_of_a_draft_is_read_back_as_it_was(listed: Bring) -> None:
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
    (row,) = listed({**need.model_dump(mode="json"), "organisation": "甲"}).accepted

    assert (row.draft, row.organisation) == (need, "甲")


def test_json_lines_are_understood_as_cells_are(listed: Bring) -> None:
    intake = listed(
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
    assert places(intake.notices) == [(3, "extra", "")]


def test_a_line_that_is_no_object_is_a_problem_of_that_line(listed: Bring) -> None:
    intake = listed('{"title": "a"}', '{"title": ', "", "[1]", '"x"', "[" * 100_000, '{"title": "b"}')

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
    listed: Bring, line: dict[str, Any], column: str
) -> None:
    intake = listed(line, {"title": "good"})

    assert [row.draft.title for row in intake.accepted] == ["good"]
    assert [problem.column for problem in intake.problems] == [column]


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (NEEDS, "maturity_now"),
        (NEEDS, "maturity_wanted"),
        (NEEDS, "budget"),
        (NEEDS, "budget_min"),
        (NEEDS, "budget_max"),
        (NEEDS, "funding_share"),
        (NEEDS, "deadline"),
        (RESULTS, "maturity"),
        (RESULTS, "price"),
    ],
)
def test_true_and_false_are_no_numbers(listed: Bring, kind: Kind, key: str, value: bool) -> None:
    intake = listed({"title": "a", key: value}, kind=kind)

    assert intake.accepted == []
    assert places(intake.problems) == [(1, key, str(value).upper())]
    assert intake.problems[0].expected


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("numbers", [{"value": True}, {"value": 1, "value_high": True, "operator": "between"}])
def test_true_is_no_number_of_an_indicator(listed: Bring, kind: Kind, numbers: dict[str, Any]) -> None:
    intake = listed({"title": "a", "indicators": [{"name": "x", **numbers}]}, kind=kind)

    assert intake.accepted == []
    assert [problem.column for problem in intake.problems] == ["indicators"]
    assert "true stands where a number or a date is expected" in intake.problems[0].problem


@pytest.mark.parametrize(
    ("draft", "values"),
    [
        (ResultDraft, {"maturity": True}),
        (ResultDraft, {"price": False}),
        (NeedDraft, {"maturity_now": True}),
        (NeedDraft, {"funding_share": True}),
        (NeedDraft, {"budget_max": True}),
        (NeedDraft, {"deadline": True}),
    ],
)
def test_no_draft_takes_a_truth_value_for_a_number(draft: type[NeedDraft], values: dict[str, bool]) -> None:
    with pytest.raises(ValueError, match="stands where a number or a date is expected"):
        draft(title="a", **values)


def test_a_number_under_no_is_the_reference_unless_it_may_count_the_lines(listed: Bring) -> None:
    intake = listed({"no": "N-017", "title": "a"}, {"no": 2, "title": "b"}, {"no": "3", "title": "c"})

    assert [row.draft.reference for row in intake.accepted] == ["N-017", "", ""]
    assert intake.notices == []
