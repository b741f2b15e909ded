"""The clinic and teams over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import func, select
from web_support import Side, engine_of, operator, signed_in

from matcher.entities import Event
from matcher.sessions import reading

PURE = {"name": "纯度", "operator": ">=", "value": 99.9, "unit": "%"}
LIFE = {"name": "寿命", "operator": ">=", "value": 8000, "unit": "h"}
TOPIC = {"title": "石英砂提纯坩埚析晶", "problem": "石英砂提纯坩埚析晶"}


@pytest.fixture
def needs_and_results(own_client: TestClient) -> tuple[Side, Side]:
    """Of a company and a lab in a home of their own: counts are over all that is there."""
    owners = [
        str(operator(own_client).post("/api/v1/organisations", json={"kind": kind, "name": kind}).json()["id"])
        for kind in ("company", "lab")
    ]
    return Side("needs", owners[0], dict(TOPIC)), Side("results", owners[1], dict(TOPIC))


def shown(name: str, value: float, unit: str) -> dict[str, Any]:
    return {"indicators": [{"name": name, "value": value, "unit": unit}]}


def test_a_draft_is_examined_and_nothing_of_it_stored(
    own_client: TestClient, needs_and_results: tuple[Side, Side]
) -> None:
    need_side, result_side = needs_and_results
    result = result_side.post(own_client, **shown("纯度", 99.5, "%"))
    twin = need_side.post(own_client, indicators=[PURE])
    with reading(engine_of(own_client)) as session:
        before = session.exec(select(func.count()).select_from(Event)).one()
    draft = {**TOPIC, "indicators": [PURE], "budget_max": "800000", "deadline": "2020-01-01"}
    answer = own_client.post("/api/v1/clinic", json=draft)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert {"code": "deadline_past", "place": "deadline", "weight": 2.0, "zh": "截止日期已过（2020-01-01）",
            "en": "The deadline has passed (2020-01-01)", "why_zh": "看到的人会以为需求已经作废。",
            "why_en": "Whoever reads it takes the need for settled."} in told["findings"]  # fmt: skip
    assert 0 < told["completeness"] < 1
    assert [(one["name"], one["measures"], one["from_text"]) for one in told["understood"]] == [
        ("纯度", "[fraction]", False)
    ]
    assert [(one["id"], one["state"]) for one in told["duplicates"]] == [(twin["id"], "open")]
    assert (told["line"], told["looked_at"], told["above"], told["standing"]) == (0.5, 1, 1, 0)
    [relaxation] = told["relaxations"]
    assert {name: relaxation[name] for name in ("place", "name", "now")} == {
        "place": "indicators.0",
        "name": "纯度",
        "now": "≥ 99.9 %",
    }
    [step] = relaxation["steps"]
    assert (step["to"], step["more"], step["brings"]) == ("≥ 99.5 %", 1, [result["id"]])
    assert step["value"] | PURE == step["value"] | {"value": 99.9}
    with reading(engine_of(own_client)) as session:
        assert session.exec(select(func.count()).select_from(Event)).one() == before


def test_what_a_step_says_can_be_put_into_the_draft(
    own_client: TestClient, needs_and_results: tuple[Side, Side]
) -> None:
    _, result_side = needs_and_results
    result_side.post(
        own_client, maturity=5, price="1500000.50", region="430100", cooperation_modes=["licence"],
        **shown("纯度", 99.5, "%"),
    )  # fmt: skip
    facts: dict[str, Any] = {
        "indicators": [PURE], "maturity_wanted": 7, "budget_max": "800000", "preferred_regions": ["320000"],
        "cooperation_modes": ["equity"],
    }  # fmt: skip
    for place, kept in facts.items():
        draft = {**TOPIC, place: kept}
        told = own_client.post("/api/v1/clinic", json=draft).json()
        [relaxation] = told["relaxations"]
        value = relaxation["steps"][0]["value"]
        assert relaxation["place"].partition(".")[0] == place
        again = own_client.post("/api/v1/clinic", json=draft | {place: [value] if place == "indicators" else value})
        assert (told["standing"], again.json()["standing"]) == (0, 1), place
        assert again.json()["relaxations"] == []


def test_a_draft_that_replaces_a_need_is_no_duplicate_of_it(
    own_client: TestClient, needs_and_results: tuple[Side, Side]
) -> None:
    need = needs_and_results[0].post(own_client)
    answer = own_client.post("/api/v1/clinic", params={"besides": need["id"]}, json=TOPIC)
    assert answer.json()["duplicates"] == []


def test_a_team_is_offered_with_what_each_contributes(
    own_client: TestClient, needs_and_results: tuple[Side, Side]
) -> None:
    need_side, result_side = needs_and_results
    need = need_side.post(own_client, indicators=[PURE, LIFE])
    pure = result_side.post(own_client, reference="P", **shown("纯度", 99.95, "%"))
    lasting = result_side.post(own_client, reference="L", **shown("寿命", 9000, "h"))
    answer = own_client.get(f"/api/v1/needs/{need['id']}/teams")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["coverage"], told["uncovered"], told["looked_at"]) == ("team", [], 2)
    assert {one["id"]: one["contributes"] for one in told["members"]} == {
        pure["id"]: [{"must_have": {"position": 0, "text": "纯度 ≥ 99.9 %"}, "result": "纯度 = 99.95 %",
                      "margin": 0.0005005005005, "alone": True}],
        lasting["id"]: [{"must_have": {"position": 1, "text": "寿命 ≥ 8000 h"}, "result": "寿命 = 9000 h",
                         "margin": 0.125, "alone": True}],
    }  # fmt: skip


def test_what_consent_let_somebody_see_in_a_team_its_owner_learns(
    own_client: TestClient, needs_and_results: tuple[Side, Side]
) -> None:
    need_side, result_side = needs_and_results
    need = need_side.post(own_client, indicators=[PURE])
    result = result_side.post(own_client, disclosure="consent", **shown("纯度", 99.95, "%"))
    setter, lab = signed_in(own_client, need_side.owner), signed_in(own_client, result_side.owner)
    asked = {"kind": "result", "id": result["id"], "why_you": "a", "what_you_bring": "b", "what_you_want": "c"}
    consent = setter.post("/api/v1/consents", json=asked).json()["id"]
    assert setter.get(f"/api/v1/needs/{need['id']}/teams").json()["coverage"] == "none"
    lab.post(f"/api/v1/consents/{consent}/grant", json={})
    assert setter.get(f"/api/v1/needs/{need['id']}/teams").json()["coverage"] == "one"
    readings = lab.get(f"/api/v1/results/{result['id']}/readings").json()["items"]
    assert [(one["way"], one["view"]) for one in readings] == [("match", "full")]


def test_a_faulty_draft_is_refused(client: TestClient) -> None:
    assert client.post("/api/v1/clinic", json={"title": ""}).status_code == 422
    assert client.post("/api/v1/clinic", json={"title": "a"}, params={"beside": "x"}).status_code == 422
    assert client.get("/api/v1/needs/nobody/teams").status_code == 404
