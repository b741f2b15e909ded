"""Maturities, modes, places, shares and rights out of cells."""

from __future__ import annotations

import pytest

from matcher.drafts import (
    CooperationMode,
    Disclosure,
    MaturityStage,
    Right,
    RightKind,
    RightStatus,
)
from matcher.intake import choices, rights


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("TRL 4", 4),
        ("TRL4", 4),
        ("trl-7", 7),
        ("4", 4),
        ("4.0", 4),
        ("4级", 4),
        ("TRL 4-5", 4),
        ("技术成熟度6级", 6),
        ("小试", 4),
        ("小试阶段", 4),
        ("中试 (TRL 6)", 6),
        ("已完成中试", 6),
        ("實驗室階段", 4),
        ("产业化", 9),
        ("概念验证", 3),
        ("概念", 2),
        ("lab scale", 4),
        ("Pilot", 6),
        ("prototype", 6),
        ("proof of concept", 3),
        ("小试/中试", 4),
        ("不限", None),
        ("-", None),
    ],
)
def test_maturities(text: str, level: int | None) -> None:
    assert choices.maturity(text) == level


@pytest.mark.parametrize("text", ["TRL 12", "0", "10", "很好", "available", "TRL"])
def test_other_maturities_say_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="TRL 1-9"):
        choices.maturity(text)


def test_stages_and_disclosure_tiers() -> None:
    assert [choices.stage(text) for text in ("初期", "中期", "成熟", "Mature")] == [
        MaturityStage.EARLY,
        MaturityStage.MIDDLE,
        MaturityStage.MATURE,
        MaturityStage.MATURE,
    ]
    assert [choices.disclosure(text) for text in ("公开", "摘要", "經同意", "summary", "Consent")] == [
        Disclosure.PUBLIC,
        Disclosure.SUMMARY,
        Disclosure.CONSENT,
        Disclosure.SUMMARY,
        Disclosure.CONSENT,
    ]
    with pytest.raises(ValueError, match="公开, 摘要 or 经同意"):
        choices.disclosure("也许")


@pytest.mark.parametrize(
    ("text", "modes", "unknown"),
    [
        ("技术开发", "development", ()),
        ("委托开发、技术转让", "development transfer", ()),
        ("独占许可；作价入股", "licence equity", ()),
        ("聯合研發/技術服務/諮詢", "joint_development service consulting", ()),
        ("专利开放许可", "open_licence", ()),
        ("joint development, licensing and consulting", "joint_development licence consulting", ()),
        ("合作开发或转让", "joint_development transfer", ()),
        ("面议", "", ()),
        ("许可、以物易物", "licence", ("以物易物",)),
    ],
)
def test_cooperation_modes(text: str, modes: str, unknown: tuple[str, ...]) -> None:
    assert choices.modes(text) == (tuple(CooperationMode(mode) for mode in modes.split()), unknown)


def test_fields_and_places() -> None:
    assert choices.field("新材料") == ("new_materials", ())
    assert choices.field("轴承、密封与液压") == ("equipment.general_parts", ())
    assert choices.field("新材料、人工智能") == ("new_materials", ("人工智能",))
    assert choices.field("木材加工") == (None, ("木材加工",))
    assert choices.places("江苏省苏州市、上海, Zhejiang") == (("320500", "310000", "330000"), ())
    assert choices.places("全国") == ((), ())
    assert choices.places("亚特兰蒂斯；北京") == (("110000",), ("亚特兰蒂斯",))


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("50%", 0.5),
        ("50", 0.5),
        ("0.5", 0.5),
        ("1:1", 0.5),
        ("1：3", 0.25),
        ("100%", 1.0),
        ("1", 1.0),
        ("0", 0.0),
        ("无", None),
    ],
)
def test_shares(text: str, share: float | None) -> None:
    assert choices.share(text) == share


@pytest.mark.parametrize("text", ["150%", "half", "-1", "0:0"])
def test_other_shares_say_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="between 0 and 100 %"):
        choices.share(text)


def right(kind: RightKind, number: str, status: RightStatus) -> Right:
    return Right(kind=kind, number=number, status=status)


INVENTION, UTILITY, DESIGN, SOFTWARE = (
    RightKind.INVENTION_PATENT,
    RightKind.UTILITY_MODEL,
    RightKind.DESIGN_PATENT,
    RightKind.SOFTWARE_COPYRIGHT,
)


GRANTED, APPLIED = RightStatus.GRANTED, RightStatus.APPLIED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "ZL202310123456.7（授权）; CN116123456A 申请中; 软著2023SR0123456",
            [
                right(INVENTION, "ZL202310123456.7", GRANTED),
                right(INVENTION, "CN116123456A", APPLIED),
                right(SOFTWARE, "2023SR0123456", GRANTED),
            ],
        ),
        ("实用新型 ZL202320123456.X", [right(UTILITY, "ZL202320123456.X", GRANTED)]),
        ("ZL202330123456.1", [right(DESIGN, "ZL202330123456.1", GRANTED)]),
        ("CN220123456U", [right(UTILITY, "CN220123456U", GRANTED)]),
        ("CN115987654B", [right(INVENTION, "CN115987654B", GRANTED)]),
        ("202310123456.7", [right(INVENTION, "202310123456.7", APPLIED)]),
        ("发明专利申请号202310123456.7，尚未授权", [right(INVENTION, "202310123456.7", APPLIED)]),
        ("US 10,123,456 B2 (granted)", [right(INVENTION, "US10,123,456B2", GRANTED)]),
        ("PCT/CN2023/123456", [right(INVENTION, "PCT/CN2023/123456", APPLIED)]),
        ("ZL201910123456.7 已失效", [right(INVENTION, "ZL201910123456.7", RightStatus.LAPSED)]),
        ("技术秘密", [right(RightKind.TRADE_SECRET, "", GRANTED)]),
    ],
)
def test_rights(text: str, expected: list[Right]) -> None:
    found, unread = rights.parse(text)

    assert list(found) == expected
    assert [part for part in unread if part != "尚未授权"] == []


def test_counted_rights_stay_text() -> None:
    assert rights.parse("发明专利3项；论文若干") == ((), ("发明专利3项", "论文若干"))
