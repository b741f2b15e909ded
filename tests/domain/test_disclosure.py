"""What each view holds of a need and of a result, and what is taken out of titles."""

from __future__ import annotations

import pytest

from matcher import disclosure, regions
from matcher.drafts import NeedDraft, ResultDraft, Right, RightKind
from matcher.entities import Kind, Need, Organisation, OrganisationKind, Result, SizeClass
from matcher.policy import View
from matcher.regions import RegionClass

OWNER = Organisation(
    id="o",
    kind=OrganisationKind.COMPANY,
    name="苏州示例新能源有限公司",
    name_en="Suzhou Example Energy Co., Ltd.",
    region="320500",
    size=SizeClass.SMALL,
)
FIELD = ["kind", "id", "field", "disclosure", "state"]
SUMMARY = [*FIELD, "title", "region_class", "size_class"]


def test_every_field_that_is_handed_in_has_its_view() -> None:
    for kind, form in ((Kind.NEED, NeedDraft), (Kind.RESULT, ResultDraft)):
        assert form.model_fields.keys() <= disclosure.HELD[kind].keys()


@pytest.mark.parametrize(
    ("view", "of_need", "of_result"),
    [
        (View.NOTHING, [], []),
        (View.FIELD, FIELD, FIELD),
        (View.SUMMARY, [*SUMMARY, "maturity_now", "maturity_wanted"], [*SUMMARY, "maturity", "maturity_stage"]),
    ],
)
def test_less_than_public_holds_a_few_fields(view: View, of_need: list[str], of_result: list[str]) -> None:
    need = disclosure.shown(Need(title="a"), NeedDraft(title="a"), view, OWNER)
    result = disclosure.shown(Result(title="a"), ResultDraft(title="a"), view, OWNER)
    assert (list(need), list(result)) == (of_need, of_result)


def test_public_holds_all_but_who_stays_in_the_team() -> None:
    public = disclosure.shown(Result(title="a"), ResultDraft(title="a"), View.PUBLIC, OWNER)
    full = disclosure.shown(Result(title="a"), ResultDraft(title="a"), View.FULL, OWNER)
    assert full.keys() - public.keys() == {"team_continuity"}
    need, draft = Need(title="a"), NeedDraft(title="a")
    assert disclosure.shown(need, draft, View.PUBLIC, OWNER) == disclosure.shown(need, draft, View.FULL, OWNER)


def test_a_region_is_told_by_its_class_a_results_own_before_its_organisations() -> None:
    here = disclosure.shown(Result(title="a"), ResultDraft(title="a"), View.SUMMARY, OWNER)
    there = disclosure.shown(Result(title="a", region="510100"), ResultDraft(title="a"), View.SUMMARY, OWNER)
    assert (here["region_class"], there["region_class"], here["size_class"]) == ("east", "west", "small")


def test_every_province_is_in_one_class_of_the_bureau_of_statistics() -> None:
    counted = [regions.region_class(f"{province}0000") for province in regions.ENGLISH]
    assert {one: counted.count(one) for one in RegionClass} == {
        RegionClass.EAST: 10,
        RegionClass.CENTRAL: 6,
        RegionClass.WEST: 12,
        RegionClass.NORTHEAST: 3,
        RegionClass.HONG_KONG_MACAO_TAIWAN: 3,
    }


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("苏州示例新能源有限公司高镍正极残碱控制", "…高镍正极残碱控制"),
        ("蘇州示例新能源有限公司的正極", "…的正極"),
        ("示例新能源高镍正极", "…高镍正极"),
        ("苏 州示例 新能源有限公司残碱", "…残碱"),
        ("suzhou example energy co., ltd. coating", "… coating"),
        ("Coating for Suzhou Example Energy", "Coating for …"),
        ("残碱 见https://example.com/a?b=1 附件", "残碱 见… 附件"),
        ("残碱，详见www.example.com.cn。", "残碱，详见…。"),
        ("残碱 a.b+c@example.com", "残碱 …"),
        ("残碱 13812345678", "残碱 …"),
        ("残碱 138 1234 5678", "残碱 …"),
        ("残碱 +86-138-1234-5678", "残碱 …"),
        ("残碱 0512-62881234", "残碱 …"),
        ("残碱 +49 89 1234567", "残碱 …"),
        ("残碱 400-800-1234", "残碱 …"),
        ("残碱 微信：coating_88", "残碱 …"),
        ("残碱 ZL202010123456.7", "残碱 …"),
        ("残碱 ＺＬ２０２０１０１２３４５６．７", "残碱 …"),
        ("残碱 202010123456.X", "残碱 …"),
        ("残碱 CN110123456A", "残碱 …"),
        ("coating US 11,234,567 B2", "coating …"),
        ("coating PCT/CN2020/123456", "coating …"),
        ("软件 2023SR0123456", "软件 …"),
        ("NCM811 残碱 ≤ 800 ppm，2027年，GB/T 150-2011", "NCM811 残碱 ≤ 800 ppm，2027年，GB/T 150-2011"),
        ("Ti-6Al-4V coating at 1200 °C for 10000 h", "Ti-6Al-4V coating at 1200 °C for 10000 h"),
    ],
)
def test_a_summary_s_title_tells_the_matter_and_not_whose_it_is(title: str, told: str) -> None:
    assert disclosure.title(NeedDraft(title=title), View.SUMMARY, OWNER) == told
    assert disclosure.title(NeedDraft(title=title), View.PUBLIC, OWNER) == title
    assert disclosure.title(NeedDraft(title=title), View.FIELD, OWNER) == ""


def test_the_owner_s_own_numbers_are_taken_out_too() -> None:
    right = Right(kind=RightKind.TRADE_SECRET, number="秘技77号")
    draft = ResultDraft(title="涂布 XQ-2201 秘技77号", reference="XQ-2201", rights=[right])
    assert disclosure.discreet(draft, OWNER) == "涂布 …"


def test_a_short_reference_does_not_blank_other_words() -> None:
    assert disclosure.discreet(NeedDraft(title="11 号线 3D 打印", reference="1"), OWNER) == "11 号线 3D 打印"
