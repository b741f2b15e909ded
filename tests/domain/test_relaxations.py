"""What a need gives away with each demand: counted over results whose facts are written here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from words_encoder import WordsEncoder

from matcher.drafts import Disclosure, IndicatorAchieved, IndicatorTarget, NeedDraft, Operator, ResultDraft
from matcher.indicator_names import IndicatorNames
from matcher.matching import fit, indicators
from matcher.matching.candidates import Candidate, Scored
from matcher.matching.demands import Demands, Known, relaxed, told
from matcher.matching.fit import NeedFacts, ResultFacts, facts_of
from matcher.matching.indicators import Counterpart
from matcher.matching.relaxations import Chances, chances, within_reach
from matcher.matching.score import Calibration, scores
from matcher.quantities.compare import Outcome
from matcher.quantities.reading import handed_in
from matcher.states import ItemState

TODAY = date(2026, 11, 25)
LINE = 0.5
CALIBRATION = Calibration(
    -9.0,
    {"meaning": 16.0, "indicators": 2.0, "time": 0.5, "completeness": 0.0}
    | dict.fromkeys(("field", "maturity", "cooperation", "budget", "region"), 0.5),
)
NAMES = IndicatorNames(WordsEncoder())
NO_VECTORS = np.zeros((1, 2), np.float32)
LEAST, MOST, BETWEEN, EQUAL = Operator.AT_LEAST, Operator.AT_MOST, Operator.BETWEEN, Operator.EQUAL


def demanded(**fields: Any) -> Demands:
    draft = NeedDraft.model_validate({"title": "提纯", **fields})
    facts = facts_of(draft)
    assert isinstance(facts, NeedFacts)
    return Demands(facts, dict(enumerate(map(handed_in, draft.indicators))), TODAY)


def known(demands: Demands, *results: dict[str, Any]) -> list[Known]:
    """Each with what a result's draft says, and `about`: how near its text is."""
    found = []
    for number, fields in enumerate(results):
        about = fields.pop("about", 0.9)
        first = fields.pop("same_as", number)
        draft = ResultDraft.model_validate({"title": f"R{number}", **fields})
        facts = facts_of(draft)
        assert isinstance(facts, ResultFacts)
        theirs = list(map(handed_in, draft.indicators))
        [stated] = indicators.counterparts(NAMES, list(demands.listed.values()), [theirs])
        values = {"meaning": about, "indicators": 0.5, **fit.judge(demands.facts, facts, TODAY)[0]}
        score = float(scores({part: np.array([value]) for part, value in values.items()}, CALIBRATION)[0])
        candidate = Candidate(
            number, draft.title, "", draft.title, "lab", ItemState.OPEN, Disclosure.PUBLIC, facts, 1.0, NO_VECTORS
        )
        found.append(Known(Scored(candidate, score, values, ()), facts, stated, first))
    return found


def counted(demands: Demands, *results: dict[str, Any]) -> Chances:
    candidates = known(demands, *results)
    near = within_reach([one.scored for one in candidates], LINE, CALIBRATION)
    reached = [one for one, is_near in zip(candidates, near, strict=True) if is_near]
    return chances(demands, reached, LINE, CALIBRATION, looked_at=len(candidates))


def steps(found: Chances) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return {one.place: [(step.to, step.brings) for step in one.steps] for one in found.relaxations}


def purity(value: float, **more: Any) -> dict[str, Any]:
    return {"indicators": [{"name": "纯度", "value": value, "unit": "%", **more}]}


PURE = {"name": "纯度", "operator": ">=", "value": 99.9, "unit": "%"}


def test_the_next_values_at_which_others_would_meet_a_must_have_are_told_with_how_many() -> None:
    found = counted(
        demanded(indicators=[PURE]), purity(99.95), purity(99.5), purity(99.5), purity(99.0), purity(98), purity(97)
    )
    assert (found.looked_at, found.above, found.standing) == (6, 6, 1)
    assert steps(found) == {
        "indicators.0": [
            ("≥ 99.5 %", ("R1", "R2")),
            ("≥ 99 %", ("R1", "R2", "R3")),
            ("≥ 98 %", ("R1", "R2", "R3", "R4")),
        ]
    }
    assert (found.relaxations[0].name, found.relaxations[0].now) == ("纯度", "≥ 99.9 %")


def test_units_are_converted_on_the_way() -> None:
    found = counted(demanded(indicators=[PURE]), {"indicators": [{"name": "纯度", "value": 995, "unit": "‰"}]})
    assert steps(found) == {"indicators.0": [("≥ 99.5 %", ("R0",))]}


@pytest.mark.parametrize(
    ("asked", "results", "expected"),
    [
        ({"maturity_wanted": 8}, [{"maturity": 6}, {"maturity": 7}, {"maturity": 9}, {}],
         {"maturity_wanted": [("TRL 7", ("R1",)), ("TRL 6", ("R0", "R1"))]}),
        ({"budget_max": 100}, [{"price": "150.50"}, {"price": "90"}, {"price": "120"}, {"price": 9, "currency": "USD"}],
         {"budget_max": [("≤ 120 CNY", ("R2",)), ("≤ 150.50 CNY", ("R0", "R2"))]}),
        ({"preferred_regions": ["320000"]},
         [{"region": "430100"}, {"region": "510100"}, {"region": "510000"}, {"region": "320500"}],
         {"preferred_regions": [("+ 510000", ("R1", "R2")), ("+ 430000", ("R0",))]}),
        ({"cooperation_modes": ["transfer"]},
         [{"cooperation_modes": ["service"]}, {"cooperation_modes": ["licence"]}, {"cooperation_modes": ["transfer"]}],
         {"cooperation_modes": [("+ service", ("R0",))]}),
        ({"deadline": "2026-11-24"}, [{}, {"about": 0.2}], {"deadline": [("2026-11-25", ("R0",))]}),
        ({"deadline": "2026-11-25"}, [{}], {}),
    ],
)  # fmt: skip
def test_constraints_give_way_to_the_values_of_results(
    asked: dict[str, Any], results: list[dict[str, Any]], expected: dict[str, Any]
) -> None:
    assert steps(counted(demanded(**asked), *results)) == expected


def test_what_two_demands_keep_out_neither_brings_alone() -> None:
    demands = demanded(indicators=[PURE], maturity_wanted=7)
    assert steps(counted(demands, purity(99) | {"maturity": 4}, purity(99) | {"maturity": 7})) == {
        "indicators.0": [("≥ 99 %", ("R1",))]
    }


def test_behind_a_deadline_that_has_passed_the_other_demands_are_counted_as_if_it_were_mended() -> None:
    found = counted(demanded(deadline="2026-01-01", maturity_wanted=7), {"maturity": 6}, {"maturity": 8})
    assert found.standing == 0
    assert steps(found) == {"deadline": [("2026-11-25", ("R1",))], "maturity_wanted": [("TRL 6", ("R0",))]}


def test_what_is_about_something_else_is_not_brought() -> None:
    found = counted(demanded(maturity_wanted=7), {"maturity": 6, "about": 0.3})
    assert (found.looked_at, found.above, found.standing, found.relaxations) == (1, 0, 0, ())


def test_a_score_that_only_the_demand_kept_below_the_line_rises_above_it() -> None:
    demands = demanded(maturity_wanted=9)
    [near] = [about for about in np.arange(0.3, 0.7, 0.002) if _between(demands, float(about))][:1]
    found = counted(demands, {"maturity": 1, "about": float(near)})
    assert found.above == 0
    assert steps(found) == {"maturity_wanted": [("TRL 1", ("R0",))]}


def _between(demands: Demands, about: float) -> bool:
    """Below the line as it is, and above it once the maturity is right."""
    [one] = known(demands, {"maturity": 1, "about": about})
    [eased] = known(demanded(maturity_wanted=1), {"maturity": 1, "about": about})
    return one.scored.score < LINE <= eased.scored.score


def test_what_says_the_same_counts_once_and_by_whichever_of_them_would_do() -> None:
    demands = demanded(budget_max=100)
    same = [{"price": 200, "same_as": 0}, {"price": 150, "same_as": 0}, {"price": 90, "same_as": 2}]
    found = counted(demands, *same, {"price": 200, "same_as": 2})
    assert (found.above, found.standing) == (2, 1)
    assert steps(found) == {"budget_max": [("≤ 150 CNY", ("R1",))]}


def test_nothing_recalled_gives_nothing() -> None:
    assert counted(demanded(indicators=[PURE])) == Chances(0, 0, 0, ())


@pytest.mark.parametrize(
    ("target", "achieved", "expected"),
    [
        ((LEAST, 8000, None, "h"), (EQUAL, 5000, None, "h"), "≥ 5000 h"),
        ((LEAST, 8000, None, "h"), (LEAST, 5000, None, "h"), "≥ 5000 h"),
        ((LEAST, 8000, None, "h"), (BETWEEN, 5000, 6000, "h"), "≥ 5000 h"),
        ((LEAST, 8000, None, "h"), (MOST, 6000, None, "h"), None),
        ((MOST, 0.5, None, "mm"), (EQUAL, 0.8, None, "mm"), "≤ 0.8 mm"),
        ((MOST, 0.5, None, "mm"), (BETWEEN, 600, 800, "μm"), "≤ 0.8 mm"),
        ((BETWEEN, 20, 30, "mm"), (EQUAL, 34, None, "mm"), "20–34 mm"),
        ((BETWEEN, 20, 30, "mm"), (EQUAL, 12, None, "mm"), "12–30 mm"),
        ((BETWEEN, -0.5, 0.5, "mm"), (BETWEEN, -0.8, 0.8, "mm"), "±0.8 mm"),
        ((EQUAL, 0, None, ""), (EQUAL, 2, None, ""), None),
    ],
)
def test_a_must_have_gives_way_just_far_enough(
    target: tuple[Any, ...], achieved: tuple[Any, ...], expected: str | None
) -> None:
    assert _given("寿命", target, achieved) == expected


def test_of_a_range_that_is_to_be_covered_less_is_asked_for() -> None:
    assert _given("工作温度范围", (BETWEEN, -40, 85, "℃"), (BETWEEN, -20, 70, "℃")) == "-20–70 ℃"


def _given(name: str, target: Sequence[Any], achieved: Sequence[Any]) -> str | None:
    must = handed_in(
        IndicatorTarget(name=name, operator=target[0], value=target[1], value_high=target[2], unit=target[3])
    )
    shown = IndicatorAchieved(
        name=name, operator=achieved[0], value=achieved[1], value_high=achieved[2], unit=achieved[3]
    )
    given_way = relaxed(must, Counterpart(handed_in(shown)))
    return None if given_way is None else told(given_way)


NUMBERS = st.integers(-60, 60).map(lambda number: number / 4)


@given(
    operator=st.sampled_from([LEAST, MOST]),
    value=NUMBERS,
    achieved=st.tuples(st.sampled_from([LEAST, MOST, EQUAL]), NUMBERS),
)
def test_at_the_value_told_it_is_met_and_at_none_nearer(
    operator: Operator, value: float, achieved: tuple[Operator, float]
) -> None:
    must = handed_in(IndicatorTarget(name="寿命", operator=operator, value=value, unit="h"))
    shown = Counterpart(handed_in(IndicatorAchieved(name="寿命", operator=achieved[0], value=achieved[1], unit="h")))
    given_way = relaxed(must, shown)
    if given_way is None:
        return
    assert indicators.judged(given_way, shown).outcome is Outcome.MET
    nearer = given_way.value + (0.25 if operator is LEAST else -0.25)
    tried = handed_in(IndicatorTarget(name="寿命", operator=operator, value=nearer, unit="h"))
    assert indicators.judged(tried, shown).outcome is not Outcome.MET


RESULTS = st.lists(
    st.fixed_dictionaries(
        {"about": st.sampled_from([0.4, 0.52, 0.56, 0.9])},
        optional={
            "maturity": st.integers(1, 9),
            "price": st.integers(50, 200),
            "region": st.sampled_from(["320500", "430100", "510100"]),
            "cooperation_modes": st.lists(st.sampled_from(["licence", "service", "equity"]), min_size=1),
            "indicators": st.sampled_from([purity(value)["indicators"] for value in (97, 98, 99, 99.95)]),
        },
    ),
    max_size=12,
)


@given(results=RESULTS)
def test_asking_with_the_value_told_finds_as_many_as_were_promised(results: list[dict[str, Any]]) -> None:
    fields: dict[str, Any] = {
        "indicators": [PURE], "maturity_wanted": 7, "budget_max": 100, "preferred_regions": ["320000"],
        "cooperation_modes": ["licence"],
    }  # fmt: skip
    found = counted(demanded(**fields), *[dict(result) for result in results])
    for one in found.relaxations:
        for step in one.steps:
            if one.place.startswith("indicators"):
                changed = {"indicators": [PURE | {"value": step.value.value}]}  # type: ignore[union-attr]
            else:
                value = step.value
                changed = {one.place: list(value) if isinstance(value, tuple) else value}  # type: ignore[dict-item]
            again = counted(demanded(**fields | changed), *[dict(result) for result in results])
            assert again.standing == found.standing + len(step.brings)
            assert len(step.brings) > 0


def test_amounts_are_told_as_people_write_them() -> None:
    found = counted(demanded(budget_max=Decimal("800000")), {"price": "1500000.50"})
    assert (found.relaxations[0].now, found.relaxations[0].steps[0].to) == ("≤ 800,000 CNY", "≤ 1,500,000.50 CNY")
