"""What the clinic finds in a draft, and where."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from matcher.drafts import NeedDraft
from matcher.matching.findings import RULES, completeness, findings
from matcher.matching.understood import understood, unlisted

TODAY = date(2026, 11, 25)
PURITY = {"name": "纯度", "operator": ">=", "value": 99.9, "unit": "%", "test_method": "GB/T 4498"}
WHOLE: dict[str, Any] = {
    "title": "高纯石英砂提纯",
    "problem": "石英砂中铝、钛含量偏高，拉晶时坩埚析晶，寿命不足。" * 4,
    "current_state": "试过氯化焙烧，铝降不下来。",
    "indicators": [PURITY],
    "maturity_wanted": 7,
    "budget_max": 800000,
    "deadline": "2027-06-30",
    "cooperation_modes": ["transfer"],
    "field": "new_materials.metals",
    "decision_owner": "王总工",
}


def found(**changes: Any) -> list[tuple[str, str]]:
    draft = NeedDraft.model_validate(WHOLE | changes)
    return [(one.code, one.place) for one in findings(draft, unlisted(draft), TODAY)]


def test_nothing_is_found_against_a_whole_draft() -> None:
    assert found() == []
    assert completeness(()) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"indicators": []}, [("no_must_have", "indicators")]),
        ({"indicators": [PURITY | {"must": False}]}, [("no_must_have", "indicators")]),
        ({"budget_max": None}, [("no_budget", "budget_max")]),
        ({"budget_max": None, "budget_min": 5}, [("open_budget", "budget_max")]),
        ({"problem": "太脏"}, [("short_problem", "problem")]),
        ({"decision_owner": ""}, [("no_decision_owner", "decision_owner")]),
        ({"deadline": "2026-11-24"}, [("deadline_past", "deadline")]),
        ({"deadline": "2026-11-25"}, [("deadline_near", "deadline")]),
        ({"deadline": "2026-12-01"}, [("deadline_near", "deadline")]),
        ({"deadline": "2026-12-02"}, []),
        ({"deadline": None}, [("no_deadline", "deadline")]),
        ({"indicators": [PURITY | {"test_method": ""}]}, [("no_test_method", "indicators.0.test_method")]),
        ({"indicators": [PURITY, PURITY | {"must": False, "test_method": ""}]}, []),
        ({"indicators": [PURITY, PURITY | {"name": "厚度", "unit": ""}]}, [("no_unit", "indicators.1.unit")]),
        ({"indicators": [PURITY | {"name": "循环次数", "unit": ""}]}, []),
        ({"indicators": [PURITY | {"name": "摩擦系数", "unit": ""}]}, []),
        ({"indicators": [PURITY | {"name": "pH", "unit": ""}]}, []),
        ({"indicators": [PURITY | {"unit": "嘎嘎"}]}, [("unknown_unit", "indicators.0.unit")]),
        ({"scenario": "要求轴承寿命不低于8000 h。"}, [("unlisted_indicator", "indicators")]),
        ({"scenario": "要求产品纯度不低于99.9%。"}, []),
        ({"maturity_wanted": None}, [("no_maturity", "maturity_wanted")]),
        ({"cooperation_modes": []}, [("no_modes", "cooperation_modes")]),
        ({"field": None}, [("no_field", "field")]),
        ({"current_state": ""}, [("no_current_state", "current_state")]),
    ],
)
def test_each_finding_stands_at_its_field(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(**changes) == expected


def test_the_heaviest_come_first_and_what_they_weigh_is_missing() -> None:
    draft = NeedDraft(title="太脏")
    told = findings(draft, [], TODAY)
    assert [one.code for one in told][:3] == ["no_must_have", "no_budget", "short_problem"]
    assert [one.weight for one in told] == sorted((one.weight for one in told), reverse=True)
    assert 0 < completeness(told) < completeness(told[1:]) < 1


def test_a_finding_is_told_in_both_languages_with_why_it_matters() -> None:
    draft = NeedDraft.model_validate(WHOLE | {"indicators": [PURITY | {"test_method": ""}]})
    [one] = findings(draft, [], TODAY)
    assert (one.zh, one.en) == ("必达指标“纯度”没有写测试方法", "No test method for the must-have “纯度”")
    assert (one.why_zh, one.why_en, one.weight) == (
        "测法不同，数值就不可比，验收时容易起争议。",
        "Figures measured in different ways do not compare, and acceptance is argued about.",
        1,
    )


def test_what_a_text_holds_in_braces_is_no_place_for_a_name() -> None:
    draft = NeedDraft.model_validate(WHOLE | {"indicators": [PURITY | {"name": "{x} {0}", "test_method": ""}]})
    assert findings(draft, [], TODAY)[0].en == "No test method for the must-have “{x} {0}”"


def test_the_table_has_each_code_once_and_words_for_it() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.weight > 0
        assert all((rule.zh, rule.en, rule.why_zh, rule.why_en))
        assert rule.en.isascii() or "“" in rule.en


def test_what_was_understood_are_the_listed_indicators_and_those_of_the_text() -> None:
    draft = NeedDraft.model_validate(WHOLE | {"scenario": "要求轴承寿命不低于8000 h。"})
    told = understood(draft, unlisted(draft))
    assert [(one.name, one.value, one.unit, one.must, one.from_text, one.measures, one.text) for one in told] == [
        ("纯度", 99.9, "%", True, False, "[fraction]", "纯度 ≥ 99.9 % (GB/T 4498)"),
        ("轴承寿命", 8000, "h", False, True, "[time]", "要求轴承寿命不低于8000 h。"),
    ]


def test_a_unit_that_is_not_known_measures_nothing() -> None:
    draft = NeedDraft.model_validate(WHOLE | {"indicators": [PURITY | {"unit": "嘎嘎"}]})
    assert [one.measures for one in understood(draft, [])] == [None]
