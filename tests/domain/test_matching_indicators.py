"""How the need's indicators come back with a match."""

from __future__ import annotations

from words_encoder import WordsEncoder

from matcher.drafts import IndicatorAchieved, IndicatorTarget, Operator
from matcher.entities import Kind
from matcher.indicator_names import IndicatorNames
from matcher.matching.indicators import Side, compared, gaps
from matcher.matching.matches import Compared, Gap
from matcher.passages import Cut
from matcher.quantities.compare import Outcome
from matcher.quantities.reading import handed_in

LEAST, MOST = Operator.AT_LEAST, Operator.AT_MOST
MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN

PURITY = IndicatorTarget(name="纯度", operator=LEAST, value=99.9, unit="%", test_method="GB/T 4498")
LIFE = IndicatorTarget(name="轴承寿命", operator=LEAST, value=8000, unit="h", must=False)


def need(*targets: IndicatorTarget, problem: str = "") -> Side:
    return Side([handed_in(target) for target in targets], [Cut("problem", problem)] if problem else [])


def result(*achieved: IndicatorAchieved, abstract: str = "", advantage: str = "") -> Side:
    cuts = [Cut(part, text) for part, text in (("abstract", abstract), ("advantage", advantage)) if text]
    return Side([handed_in(one) for one in achieved], cuts)


def against(asked: Side, found: Side) -> tuple[Compared, ...]:
    return compared(IndicatorNames(WordsEncoder()), Kind.RESULT, asked, [found])[0]


def test_each_comes_back_with_both_statements_the_converted_value_and_the_margin() -> None:
    shown = result(IndicatorAchieved(name="纯度", value=995, unit="‰", conditions="3批"))
    assert against(need(PURITY), shown) == (
        Compared(
            name="纯度",
            must=True,
            outcome=NOT_MET,
            reason="995 ‰ (= 99.5 %), wanted ≥ 99.9 %",
            need="纯度 ≥ 99.9 % (GB/T 4498)",
            result="纯度 = 995 ‰ (3批)",
            need_from_text=False,
            result_from_text=False,
            low=99.5,
            high=99.5,
            unit="%",
            margin=-0.004004004004,
            similarity=1.0,
            caveats=("shown under: 3批",),
        ),
    )


def test_what_the_result_does_not_surely_state_is_unknown() -> None:
    (found,) = against(need(PURITY), result(IndicatorAchieved(name="密度", value=99.95, unit="%")))
    assert (found.outcome, found.result, found.margin) == (UNKNOWN, "", None)
    assert found.reason == "the result does not surely state it"


def test_it_is_the_same_whichever_side_asks() -> None:
    wanted, shown = need(PURITY, LIFE), result(IndicatorAchieved(name="纯度", value=99.95, unit="%"))
    assert compared(IndicatorNames(WordsEncoder()), Kind.NEED, shown, [wanted]) == [against(wanted, shown)]


def test_what_a_result_tells_in_its_text_only_is_found_and_marked() -> None:
    text = "采用区熔提纯。轴承寿命9000 h，成本低。"
    (found,) = against(need(LIFE), result(abstract=text))
    assert (found.outcome, found.result, found.result_from_text) == (MET, "轴承寿命9000 h，成本低。", True)


def test_what_was_handed_in_comes_before_what_stands_in_a_text() -> None:
    shown = result(IndicatorAchieved(name="轴承寿命", value=7000, unit="h"), abstract="轴承寿命9000 h。")
    assert [(one.outcome, one.result_from_text) for one in against(need(LIFE), shown)] == [(NOT_MET, False)]


def test_how_things_were_or_are_elsewhere_is_not_what_was_shown() -> None:
    assert against(need(LIFE), result(advantage="轴承寿命9000 h。"))[0].outcome is UNKNOWN


def test_what_a_need_wants_in_its_text_only_is_found_and_marked() -> None:
    asked = need(problem="现有轴承寿命只有3000 h。希望轴承寿命不低于8000 h。")
    (found,) = against(asked, result(IndicatorAchieved(name="轴承寿命", value=9000, unit="h")))
    assert (found.need, found.need_from_text, found.must) == ("希望轴承寿命不低于8000 h。", True, False)
    assert found.outcome is MET


def test_what_a_need_tells_of_today_is_no_target() -> None:
    asked = need(problem="现有轴承寿命不超过3000 h。")
    assert against(asked, result(IndicatorAchieved(name="轴承寿命", value=9000, unit="h"))) == ()


def test_free_text_asks_with_all_its_bounds() -> None:
    asked = Side([], [Cut("text", "轴承寿命≥8000 h 的涂层")])
    (found,) = against(asked, result(IndicatorAchieved(name="轴承寿命", value=9000, unit="h")))
    assert (found.outcome, found.need_from_text) == (MET, True)


def test_where_several_may_be_meant_and_they_differ_it_is_unknown() -> None:
    twice = result(
        IndicatorAchieved(name="轴承寿命", value=9000, unit="h", conditions="脂润滑"),
        IndicatorAchieved(name="轴承寿命", value=3000, unit="h", conditions="干摩擦"),
    )
    (found,) = against(need(LIFE), twice)
    assert (found.outcome, found.reason) == (UNKNOWN, "several indicators of the result may be meant")


def test_names_are_encoded_once_for_all_matches_and_only_those_that_can_be_paired() -> None:
    encoder = WordsEncoder()
    shown = result(
        IndicatorAchieved(name="纯度", value=99.95, unit="%"), IndicatorAchieved(name="厚度", value=1, unit="mm")
    )
    compared(IndicatorNames(encoder), Kind.RESULT, need(PURITY), [shown, shown, shown])
    assert encoder.encoded == ["纯度"]


def test_gaps_name_what_is_not_met_must_haves_first() -> None:
    shown = result(
        IndicatorAchieved(name="纯度", value=99.5, unit="%"), IndicatorAchieved(name="轴承寿命", value=1, unit="h")
    )
    assert gaps(against(need(LIFE, PURITY), shown)) == (
        Gap("indicators", "纯度 99.5 %, wanted ≥ 99.9 %"),
        Gap("indicators", "轴承寿命 1 h, wanted ≥ 8000 h"),
    )


def test_nothing_that_was_only_read_from_a_text_is_told_as_a_gap() -> None:
    assert gaps(against(need(LIFE), result(abstract="轴承寿命10 h。"))) == ()


def test_without_indicators_nothing_is_encoded() -> None:
    encoder = WordsEncoder()
    assert compared(IndicatorNames(encoder), Kind.RESULT, need(), [result(), result()]) == [(), ()]
    assert encoder.encoded == []
