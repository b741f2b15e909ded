from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from matcher.drafts import NeedDraft, ResultDraft
from matcher.matching.fit import PARTS, NeedFacts, ResultFacts, facts_of, judge, judge_either_way

TODAY = date(2027, 1, 1)
NEED = NeedFacts(
    field="new_materials.metals",
    modes=["licence"],
    maturity_wanted=7,
    budget_max=Decimal(2_000_000),
    currency="CNY",
    preferred_regions=["320000"],
    deadline=date(2028, 1, 1),
)
RESULT = ResultFacts(
    field="new_materials.metals",
    modes=["licence", "development"],
    maturity=8,
    price=Decimal(1_500_000),
    currency="CNY",
    region="320500",
)


def test_two_sides_that_suit_have_full_values_and_no_gap() -> None:
    values, gaps = judge(NEED, RESULT, TODAY)
    full = {"field": 1, "maturity": 1, "cooperation": 1, "budget": 1, "region": 1}
    assert values == full | {"time": 0.5, "completeness": 1}
    assert gaps == []


def test_what_one_side_does_not_say_is_unknown_and_no_gap() -> None:
    silent = ResultFacts(None, [], None, None, "CNY", None)
    values, gaps = judge(NEED, silent, TODAY)
    assert values == dict.fromkeys(PARTS, 0.5) | {"completeness": 0}
    assert gaps == []


@pytest.mark.parametrize(
    ("change", "part", "value", "message"),
    [
        ({"maturity": 6}, "maturity", 0.75, "TRL 6, wanted 7"),
        ({"maturity": 2}, "maturity", 0.0, "TRL 2, wanted 7"),
        ({"modes": ["transfer"]}, "cooperation", 0.7, None),
        ({"modes": ["equity"]}, "cooperation", 0.0, "offers equity, wanted licence"),
        ({"price": Decimal(4_000_000)}, "budget", 0.5, "asks 4,000,000 CNY, budget up to 2,000,000"),
        ({"price": Decimal(4_000_000), "currency": "USD"}, "budget", 0.5, None),
        ({"field": "new_materials.ceramics"}, "field", 0.5, None),
        ({"field": "new_materials"}, "field", 1.0, None),
        ({"field": "energy.wind"}, "field", 0.0, None),
        ({"region": "110000"}, "region", 0.0, "from 北京市, preferred 江苏省"),
    ],
)
def test_each_part_judges_by_itself(change: dict[str, object], part: str, value: float, message: str | None) -> None:
    values, gaps = judge(NEED, replace(RESULT, **change), TODAY)  # type: ignore[arg-type]  # a table of cases
    assert values[part] == pytest.approx(value)
    assert [gap.message for gap in gaps] == ([message] if message else [])


def test_a_deadline_in_the_past_is_a_gap() -> None:
    _, gaps = judge(NEED, RESULT, date(2028, 1, 2))
    assert [gap.message for gap in gaps] == ["the need's deadline passed on 2028-01-01"]


def test_it_does_not_matter_which_side_asks() -> None:
    assert judge_either_way(RESULT, NEED, TODAY) == judge_either_way(NEED, RESULT, TODAY)


def test_facts_come_from_drafts() -> None:
    draft = NeedDraft(title="x", maturity_wanted=6, budget_max=Decimal(10), preferred_regions=["440300"])
    assert facts_of(draft) == NeedFacts(None, [], 6, Decimal(10), "CNY", ["440300"], None)
    assert facts_of(ResultDraft(title="x", region="440300", maturity=3)) == ResultFacts(
        None, [], 3, None, "CNY", "440300"
    )
