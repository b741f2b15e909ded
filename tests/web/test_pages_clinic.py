"""The need clinic beside the form: what it says of a draft as it is written."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient
from pages_support import filled, page, send, words
from web_support import Side, signed_in

ENGLISH = {"Accept": "text/html", "Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}


def examined(client: TestClient, fields: dict[str, Any]) -> str:
    answer = client.post("/needs/clinic", data=fields, headers=ENGLISH)
    assert answer.status_code == 200, answer.text
    return words(answer.text)


def test_it_tells_what_is_missing_understood_and_near(client: TestClient, need_side: Side, result_side: Side) -> None:
    result_side.post(client)
    need_side.post(client)
    manager = signed_in(client, need_side.owner)
    told = examined(
        manager,
        {
            "title": "高镍正极材料表面残碱控制",
            "problem": "烧结后表面残碱偏高，涂布时浆料凝胶。",
            "indicators.0.name": "表面残碱",
            "indicators.0.operator": "<=",
            "indicators.0.value": "800",
            "indicators.0.unit": "ppm",
        },
    )
    assert "complete" in told
    assert "Still missing" in told
    assert "表面残碱 ≤ 800 ppm" in told
    assert "Nearly the same is asked for already" in told


def test_half_of_what_is_being_written_is_left_out(client: TestClient, need_side: Side) -> None:
    manager = signed_in(client, need_side.owner)
    told = examined(
        manager,
        {
            "title": "",
            "problem": "轴承温升过高",
            "budget_min": "9",
            "budget_max": "8",
            "indicators.1.name": "温升",
            "indicators.1.value": "二十",
            "indicators.2.name": "寿命",
            "indicators.2.operator": ">=",
            "indicators.2.value": "8000",
            "indicators.2.unit": "h",
        },
    )
    assert "寿命 ≥ 8,000 h" in told
    assert "温升" not in told.partition("understood")[2]


def test_it_waits_for_something_to_be_written(client: TestClient, need_side: Side) -> None:
    manager = signed_in(client, need_side.owner)
    assert "appears here" in examined(manager, {"title": " "})
    assert "appears here" in words(page(manager, "/needs/new", language="en"))


def test_without_scripts_it_is_asked_for_by_a_button_and_nothing_is_posted(client: TestClient, need_side: Side) -> None:
    manager = signed_in(client, need_side.owner)
    fields = filled(page(manager, "/needs/new")) | {"title": "主轴轴承", "_examine": "yes"}
    answer = send(manager, "/needs/new", fields)
    assert answer.status_code == 200
    assert "完整度" in answer.text
    assert filled(answer.text)["title"] == ["主轴轴承"]
    assert need_side.listed(manager) == []


def test_a_stored_need_is_examined_as_it_stands_and_is_no_duplicate_of_itself(
    client: TestClient, need_side: Side
) -> None:
    title = "深海采矿立管涡激振动抑制独一份"
    id = need_side.post(client, title=title, problem="", indicators=[], keywords=[])["id"]
    shown = page(signed_in(client, need_side.owner), f"/needs/{id}/edit", language="en")
    assert "complete" in words(shown)
    assert "Nearly the same is asked for already" not in shown
