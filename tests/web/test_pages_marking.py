"""Words that two texts share, marked where they stand."""

from __future__ import annotations

import pytest

from api.pages.marking import mark

CASES = [
    ("轴承温升高", ["轴承"], "<mark>轴承</mark>温升高"),
    ("軸承溫升", ["轴承"], "<mark>軸承</mark>溫升"),
    ("Bearings and a bearing", ["bearing"], "<mark>Bearings</mark> and a <mark>bearing</mark>"),
    ("overbearing", ["bearing"], "overbearing"),
    ("固体润滑膜与润滑", ["润滑", "润滑膜"], "固体<mark>润滑膜</mark>与<mark>润滑</mark>"),
    ("<b>轴承</b> & more", ["轴承"], "&lt;b&gt;<mark>轴承</mark>&lt;/b&gt; &amp; more"),
    ("a+b (c)", ["(c)", "a+b"], "<mark>a+b</mark> <mark>(c)</mark>"),
    ("nothing", [], "nothing"),
    ("nothing", [" "], "nothing"),
]


@pytest.mark.parametrize(("text", "words", "marked"), CASES)
def test_words_are_marked_and_everything_is_escaped(text: str, words: list[str], marked: str) -> None:
    assert mark(text, words) == marked
