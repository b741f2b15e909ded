"""The page on which anybody looks for what fits a text, and for where words stand."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from pages_support import page, words
from web_support import Side, signed_in


@pytest.mark.parametrize("kind", ["need", "result"])
def test_anybody_finds_what_is_public_and_nothing_else(
    client: TestClient, need_side: Side, result_side: Side, kind: str
) -> None:
    side = need_side if kind == "need" else result_side
    public = side.post(client, title="氢燃料电池双极板涂层脱落")
    hidden = side.post(client, title="氢燃料电池双极板涂层腐蚀", disclosure="consent")
    shown = page(client, f"/search?text=氢燃料电池双极板涂层&wanted={kind}", language="en")
    assert f"/{side.name}/{public['id']}" in shown
    assert hidden["id"] not in shown
    assert "likely to fit" in shown
    assert "<mark>" in shown


def test_words_are_looked_for_in_all_that_one_may_see(client: TestClient, need_side: Side, result_side: Side) -> None:
    need = need_side.post(client, title="鎢絲拉拔断裂独特字")
    result = result_side.post(client, title="独特字拉丝模")
    own = need_side.post(client, title="独特字不公开", disclosure="consent")
    found = page(signed_in(client, need_side.owner), "/search?text=独特字&wanted=words")
    assert [id in found for id in (need["id"], result["id"], own["id"])] == [True] * 3
    assert own["id"] not in page(client, "/search?text=独特字&wanted=words")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "What fits appears here as you write."),
        ("?text=  &wanted=result", "What fits appears here as you write."),
        ("?text=qqqqqzzz&wanted=words", "These words stand nowhere"),
    ],
)
def test_what_finds_nothing_says_how_to_go_on(client: TestClient, query: str, told: str) -> None:
    assert told in words(page(client, f"/search{query}", language="en"))


def test_words_too_long_to_be_looked_for_are_told_and_kept(client: TestClient) -> None:
    shown = page(client, f"/search?wanted=words&text={'长' * 201}", 422, "en")
    assert 'role="alert"' in shown
    assert "长" * 201 in shown
