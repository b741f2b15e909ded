from __future__ import annotations

import pytest

from matcher import fields, regions


def test_every_child_field_has_its_parent_before_it_and_names_in_both_languages() -> None:
    seen: set[str] = set()
    for field in fields.tree():
        assert field.parent is None or field.parent in seen
        assert field.zh
        assert field.en
        assert field.code not in seen
        seen.add(field.code)
    assert sum(field.parent is None for field in fields.tree()) >= 14


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("new_materials.metals", "new_materials.metals"),
        ("先进金属材料", "new_materials.metals"),
        ("先進金屬材料", "new_materials.metals"),
        ("新材料/先进金属材料", "new_materials.metals"),
        ("New materials > advanced metals", "new_materials.metals"),
        ("新材料", "new_materials"),
        ("半导体", "semiconductors"),
        ("新能源", "energy"),
        ("海洋工程", "marine"),
        ("生物医药", "pharmaceuticals"),
        ("Automotive", "vehicles"),
        ("玄学", None),
        ("", None),
    ],
)
def test_fields_are_recognised_as_people_write_them(text: str, code: str | None) -> None:
    assert fields.recognise(text) == code


@pytest.mark.parametrize(
    ("one", "other", "nearness"),
    [
        ("energy.wind", "energy.wind", 1),
        ("energy.wind", "energy", 1),
        ("energy", "energy.wind", 1),
        ("energy.wind", "energy.solar", 0.5),
        ("energy.wind", "marine.offshore", 0),
    ],
)
def test_fields_are_near_by_the_tree(one: str, other: str, nearness: float) -> None:
    assert fields.related(one, other) == nearness


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("江苏省苏州市工业园区", "320500"),
        ("江蘇省蘇州市", "320500"),
        ("苏州", "320500"),
        ("内蒙古", "150000"),
        ("广西", "450000"),
        ("香港", "810000"),
        ("Guangdong", "440000"),
        ("Guangdong Province", "440000"),
        ("上海市浦东新区", "310000"),
        ("延边", "222400"),
        ("320500", "320500"),
        ("火星", None),
        ("", None),
    ],
)
def test_regions_are_recognised_as_people_write_them(text: str, code: str | None) -> None:
    assert regions.recognise(text) == code


def test_a_province_holds_its_prefectures() -> None:
    assert {"320000", "320500"} <= regions.within("320000")
    assert "330100" not in regions.within("320000")
    assert regions.within("320500") == {"320500"}


def test_unknown_codes_are_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match="GB/T 2260"):
        regions.checked("999999")
