"""How texts are cut into the words of the lexical index."""

from __future__ import annotations

import pytest

from embeddings.words import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("，。！?", []),
        ("锂离子电池隔膜", ["离子", "锂离子", "电池", "隔膜"]),
        ("鋰離子電池隔膜", ["离子", "锂离子", "电池", "隔膜"]),
        ("提高隔膜的强度", ["提高", "隔膜", "强度"]),
        ("Alloys, batteries and boxes", ["alloy", "battery", "box"]),
        ("gas analysis of the glass status", ["gas", "analysis", "glass", "status"]),
        ("the steel's surface", ["steel", "surface"]),
        ("self-healing", ["selfhealing", "self", "healing"]),
        ("6061-T6铝合金", ["6061t6", "6061", "t6", "合金", "铝合金"]),
        ("SKF-6205", ["skf6205", "skf", "6205"]),
        ("SKF6205", ["skf6205", "skf", "6205"]),
        ("SKF 6205", ["skf", "6205"]),
        ("Al2O3 LiFePO4/C", ["al2o3", "lifepo4c", "lifepo4", "c"]),
        ("GB/T 228.1-2021", ["gb/t228.1-2021", "gb/t228.1"]),
        ("GB/T228.1", ["gb/t228.1"]),
        ("ISO 9001", ["iso9001"]),
        ("800 MPa", ["800mpa"]),
        ("≥800MPa", ["800mpa"]),
        ("８００ＭＰａ", ["800mpa"]),
        ("50-80 kg/m³", ["50kg/m3", "80kg/m3"]),
        ("3.5GHz 25℃ 95%", ["3.5ghz", "25°c", "95%"]),
        ("20 A", ["20a"]),
        ("20 a day", ["20", "day"]),
        ("3 methods", ["3", "method"]),
        ("C++ C#", ["c++", "c#"]),
        ("5G基站", ["5g", "基站"]),
        ("naïve α-Fe", ["naïve", "αfe", "α", "fe"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected
