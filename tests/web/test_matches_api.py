"""Matches over HTTP: for what is stored and for what is not."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from web_support import Side, signed_in


@pytest.fixture
def pair(client: TestClient, need_side: Side, result_side: Side) -> tuple[str, str]:
    """A need and a result that fit, beside two that do not; ids of the two that do."""
    need = need_side.post(client)["id"]
    need_side.post(client, title="轴承润滑脂高温流失", problem="高速轴承润滑脂流失", indicators=[], keywords=[])
    result = result_side.post(client)["id"]
    result_side.post(client, title="水稻病害遥感识别", abstract="无人机遥感识别水稻病害", indicators=[], keywords=[])
    return need, result


def titles(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [match["title"] for match in answer.json()["matches"]]


def test_a_need_finds_the_result_that_solves_it_and_says_why(
    client: TestClient, need_side: Side, result_side: Side, pair: tuple[str, str]
) -> None:
    answer = client.get(f"/api/v1/needs/{pair[0]}/matches", params={"organisation_id": result_side.owner})
    best = answer.json()["matches"][0]
    assert (best["rank"], best["kind"], best["id"]) == (1, "result", pair[1])
    assert 0 < best["score"] <= 1
    assert sum(share["share"] for share in best["shares"]) == pytest.approx(best["score"], abs=1e-6)
    assert {"残碱", "包覆"} <= set(best["terms"])
    there = {agreement["text_there"] for agreement in best["agreements"]}
    assert there <= {result_side.draft["title"], result_side.draft["abstract"], "表面残碱 ≤ 600 ppm", "包覆"}
    assert there
    assert best["reason"]
    (compared,) = best["indicators"]
    assert (compared["outcome"], compared["reason"], compared["margin"]) == ("met", "≤ 600 ppm, wanted ≤ 800 ppm", 0.25)
    assert (compared["need"], compared["result"]) == ("表面残碱 ≤ 800 ppm", "表面残碱 ≤ 600 ppm")


def test_a_result_finds_the_need_that_it_solves(client: TestClient, need_side: Side, pair: tuple[str, str]) -> None:
    found = client.get(f"/api/v1/results/{pair[1]}/matches", params={"organisation_id": need_side.owner, "top": 1})
    assert titles(found) == [need_side.draft["title"]]


def test_what_was_just_posted_is_found(client: TestClient, result_side: Side) -> None:
    result_side.post(client, title="石墨烯散热膜")
    asked = {"text": "石墨烯散热膜", "wanted": "result", "organisation_id": result_side.owner}
    assert titles(client.post("/api/v1/match", json=asked)) == ["石墨烯散热膜"]


def test_what_was_just_edited_is_found_by_its_new_words_only(client: TestClient, result_side: Side) -> None:
    path = f"{result_side.path}/{result_side.post(client, title='石墨烯散热膜', abstract='', indicators=[])['id']}"
    manager = signed_in(client, result_side.owner)
    manager.patch(path, json={"title": "相变储热材料", "keywords": []}, headers={"If-Match": "*"})
    asked = {"wanted": "result", "organisation_id": result_side.owner, "ranker": "lexical"}
    assert titles(client.post("/api/v1/match", json=asked | {"text": "相变储热"})) == ["相变储热材料"]
    assert titles(client.post("/api/v1/match", json=asked | {"text": "石墨烯"})) == []


def test_a_draft_is_matched_without_being_stored(
    client: TestClient, need_side: Side, result_side: Side, pair: tuple[str, str]
) -> None:
    stored = client.get(f"/api/v1/needs/{pair[0]}/matches", params={"organisation_id": result_side.owner})
    asked = {"need": need_side.draft, "organisation_id": result_side.owner}
    assert titles(client.post("/api/v1/match", json=asked)) == titles(stored)
    back = {"result": result_side.draft, "organisation_id": need_side.owner, "top": 1}
    assert titles(client.post("/api/v1/match", json=back)) == [need_side.draft["title"]]
    assert len(need_side.listed(client)) == 2


def test_a_text_finds_either_kind(
    client: TestClient, need_side: Side, result_side: Side, pair: tuple[str, str]
) -> None:
    text = "高镍正极残碱"
    for wanted, side in (("need", need_side), ("result", result_side)):
        asked = {"text": text, "wanted": wanted, "organisation_id": side.owner, "top": 1}
        assert titles(client.post("/api/v1/match", json=asked)) == [side.draft["title"]]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({}, 2),
        ({"top": 1}, 1),
        ({"min_score": 1}, 0),
        ({"region": "430000"}, 2),
        ({"region": "110000"}, 0),
        ({"maturity": 6}, 2),
        ({"maturity": 7}, 0),
        ({"field": "agriculture"}, 0),
        ({"state": "closed"}, 0),
        ({"disclosure": "consent"}, 0),
        ({"ranker": "lexical"}, 1),
        ({"ranker": "dense"}, 2),
    ],
)
def test_matches_are_narrowed(
    client: TestClient, need_side: Side, result_side: Side, pair: tuple[str, str], options: Any, count: int
) -> None:
    narrowed = {"organisation_id": result_side.owner, **options}
    assert len(titles(client.get(f"/api/v1/needs/{pair[0]}/matches", params=narrowed))) == count
    assert len(titles(client.post("/api/v1/match", json={"need": need_side.draft, **narrowed}))) == count


def test_what_is_closed_is_found_on_request_and_what_is_withdrawn_never(
    client: TestClient, result_side: Side, pair: tuple[str, str]
) -> None:
    def found(state: str) -> int:
        options = {"organisation_id": result_side.owner, "state": state}
        return len(titles(client.get(f"/api/v1/needs/{pair[0]}/matches", params=options)))

    manager = signed_in(client, result_side.owner)
    manager.post(f"{result_side.path}/{pair[1]}/close", headers={"If-Match": "*"})
    assert (found("open"), found("closed")) == (1, 1)
    manager.post(f"{result_side.path}/{pair[1]}/withdraw", headers={"If-Match": "*"})
    assert [found(state) for state in ("open", "closed", "withdrawn")] == [1, 0, 0]


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"top": 101}, "top"),
        ({"top": 0}, "top"),
        ({"min_score": 1.5}, "min_score"),
        ({"field": "nonsense"}, "field"),
        ({"region": "1"}, "region"),
        ({"ranker": "best"}, "ranker"),
        ({"maturity": 10}, "maturity"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_faulty_options_are_refused(client: TestClient, options: dict[str, Any], place: str) -> None:
    asked = client.get("/api/v1/needs/x/matches", params=options)
    posted = client.post("/api/v1/match", json={"text": "a", "wanted": "need", **options})
    assert (asked.status_code, posted.status_code) == (422, 422)
    assert [fault["place"] for fault in asked.json()["errors"]] == [f"query.{place}"]
    assert [fault["place"] for fault in posted.json()["errors"]] == [f"body.{place}"]


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"text": "a"},
        {"text": " ", "wanted": "need"},
        {"text": "a", "wanted": "challenge"},
        {"need": {"title": "a"}, "result": {"title": "a"}},
        {"need": {"title": "a"}, "wanted": "result"},
        {"need": {"title": ""}},
        {"text": "x" * 20_001, "wanted": "need"},
    ],
)
def test_a_question_must_be_one_and_whole(client: TestClient, question: dict[str, Any]) -> None:
    assert client.post("/api/v1/match", json=question).status_code == 422


def test_the_codes_are_listed_as_trees_in_both_languages(client: TestClient) -> None:
    tree = {field["code"]: field for field in client.get("/api/v1/fields").json()}
    children = {child["code"]: child for child in tree["new_materials"]["children"]}
    assert tree["new_materials"]["en"] == "New materials"
    assert children["new_materials.metals"]["gbt4754"]
    provinces = {region["code"]: region for region in client.get("/api/v1/regions").json()}
    assert (provinces["320000"]["zh"], provinces["320000"]["en"]) == ("江苏省", "Jiangsu")
    assert {"code": "320500", "zh": "苏州市", "en": None, "children": []} in provinces["320000"]["children"]
