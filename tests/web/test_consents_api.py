"""Consent, agreements and readings over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from web_support import Side, signed_in

API = "/api/v1"
QUESTIONS = {"why_you": "八年经验", "what_you_bring": "中试线", "what_you_want": "合作开发"}


@pytest.fixture
def restricted(client: TestClient, side: Side) -> dict[str, Any]:
    return side.post(client, disclosure="consent")


@pytest.fixture
def asker(client: TestClient, need_side: Side, result_side: Side, side: Side) -> TestClient:
    """A manager of the organisation on the other side."""
    return signed_in(client, (result_side if side is need_side else need_side).owner)


def ask(asker: TestClient, item: dict[str, Any], **headers: str) -> Any:
    return asker.post(f"{API}/consents", json={"kind": item["kind"], "id": item["id"], **QUESTIONS}, headers=headers)


def test_what_is_by_consent_shows_its_field_until_the_owner_consents(
    asker: TestClient, manager: TestClient, side: Side, restricted: dict[str, Any]
) -> None:
    path = f"{side.path}/{restricted['id']}"
    before = asker.get(path)
    assert before.json() == {
        "view": "field",
        "id": restricted["id"],
        "kind": side.kind,
        "field": restricted["field"],
        "disclosure": "consent",
        "state": "open",
    }
    assert "ETag" not in before.headers
    assert asker.get(f"{path}/matches").status_code == 403
    asked = ask(asker, restricted)
    assert (asked.status_code, asked.json()["state"], asked.json()["side"]) == (201, "asked", "sent")
    granted = manager.post(f"{asked.headers['Location']}/grant", json={"answer": "欢迎"})
    assert (granted.json()["state"], granted.json()["in_force"], granted.json()["side"]) == (
        "granted",
        True,
        "received",
    )
    after = asker.get(path)
    assert after.json() == restricted
    assert after.headers["ETag"] == '"1"'
    assert asker.get(f"{path}/matches").status_code == 200


def test_anonymous_and_strangers_learn_nothing(
    client: TestClient, asker: TestClient, side: Side, restricted: dict[str, Any]
) -> None:
    consent = ask(asker, restricted).headers["Location"]
    for path in (f"{side.path}/{restricted['id']}", consent):
        assert client.get(path).status_code == 404
    assert ask(client, restricted).status_code == 404
    assert client.get(f"{API}/consents").status_code == 401


def test_who_asks_learns_whose_it_is_once_it_is_let_in(
    asker: TestClient, manager: TestClient, side: Side, restricted: dict[str, Any]
) -> None:
    path = ask(asker, restricted).headers["Location"]
    refused = manager.post(f"{path}/refuse", json={"answer": "不"}).json()
    assert refused["owner"]["id"] == side.owner
    seen = asker.get(path).json()
    assert (seen["answer"], "owner" in seen, "answered_by" in seen) == ("不", False, False)
    again = ask(asker, restricted).headers["Location"]
    manager.post(f"{again}/grant")
    assert asker.get(again).json()["owner"]["id"] == side.owner


def test_an_agreement_is_read_with_the_offer_and_accepted_by_its_hash(
    asker: TestClient, manager: TestClient, side: Side, restricted: dict[str, Any]
) -> None:
    written = manager.post(
        f"{API}/agreements", json={"organisation_id": side.owner, "title": "保密协议", "text": "保密三年。"}
    )
    assert written.status_code == 201
    assert asker.get(written.headers["Location"]).status_code == 404
    path = ask(asker, restricted).headers["Location"]
    manager.post(f"{path}/offer", json={"agreement_id": written.json()["id"], "until": "2099-01-01T00:00:00Z"})
    offered = asker.get(path).json()
    assert (offered["agreement"], offered["in_force"]) == (written.json(), False)
    assert asker.post(f"{path}/accept", json={"text_hash": "0" * 64}).status_code == 422
    assert asker.post(f"{path}/accept", json={"text_hash": offered["agreement"]["text_hash"]}).json()["in_force"]
    assert asker.get(f"{side.path}/{restricted['id']}").json()["view"] == "full"
    assert [one["id"] for one in manager.get(f"{API}/agreements").json()["items"]] == [written.json()["id"]]


@pytest.mark.parametrize(
    ("move", "body"),
    [
        ("grant", {"until": "2001-01-01T00:00:00Z"}),
        ("grant", {"until": "2001-01-01T00:00:00"}),
        ("grant", {"until": "tomorrow"}),
        ("grant", {"forever": True}),
        ("offer", {}),
    ],
)
def test_an_answer_that_cannot_be_meant_is_refused(
    asker: TestClient, manager: TestClient, restricted: dict[str, Any], move: str, body: dict[str, Any]
) -> None:
    path = ask(asker, restricted).headers["Location"]
    assert manager.post(f"{path}/{move}", json=body).status_code == 422
    assert manager.get(path).json()["state"] == "asked"


@pytest.mark.parametrize(
    ("until", "expires_at"),
    [("2099-01-31T08:00:00+08:00", "2099-01-31T08:00:00+08:00"), ("2099-01-31T08:00:00", "2099-01-31T08:00:00Z"),
     ("2099-01-31", "2099-01-31T00:00:00Z")],
)  # fmt: skip
def test_a_moment_without_a_time_zone_is_in_utc(
    asker: TestClient, manager: TestClient, restricted: dict[str, Any], until: str, expires_at: str
) -> None:
    path = ask(asker, restricted).headers["Location"]
    assert manager.post(f"{path}/grant", json={"until": until}).json()["expires_at"] == expires_at


@pytest.mark.parametrize("missing", list(QUESTIONS))
def test_asking_takes_all_three_answers(asker: TestClient, restricted: dict[str, Any], missing: str) -> None:
    sent = {"kind": restricted["kind"], "id": restricted["id"], **QUESTIONS, missing: " "}
    answer = asker.post(f"{API}/consents", json=sent)
    assert (answer.status_code, answer.json()["errors"][0]["place"]) == (422, f"body.{missing}")


def test_a_request_repeated_under_its_key_asks_once(
    client: TestClient, asker: TestClient, manager: TestClient, restricted: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": f"key-{restricted['id']}"}
    first, second = ask(asker, restricted, **key), ask(asker, restricted, **key)
    assert (first.status_code, second.status_code, second.json()) == (201, 201, first.json())
    assert ask(asker, restricted).status_code == 409
    assert ask(manager, restricted, **key).status_code == 403  # a key is its sender's own


def test_requests_are_listed_page_by_page_for_both_sides(
    client: TestClient, asker: TestClient, manager: TestClient, side: Side
) -> None:
    ids = [ask(asker, side.post(client, disclosure="summary", title=f"{n}")).json()["id"] for n in range(3)]
    for who, end in ((asker, "sent"), (manager, "received")):
        first = who.get(f"{API}/consents", params={"side": end, "limit": 2}).json()
        second = who.get(f"{API}/consents", params={"side": end, "limit": 2, "cursor": first["next_cursor"]}).json()
        assert [one["id"] for one in first["items"] + second["items"]] == ids[::-1]
    assert manager.get(f"{API}/consents", params={"side": "sent"}).json()["items"] == []
    assert asker.get(f"{API}/consents", params={"state": "granted"}).json()["items"] == []


def test_the_owner_sees_who_has_read_it_and_how(
    client: TestClient,
    asker: TestClient,
    manager: TestClient,
    need_side: Side,
    result_side: Side,
    side: Side,
    restricted: dict[str, Any],
) -> None:
    path = f"{side.path}/{restricted['id']}"
    other_side = result_side if side is need_side else need_side
    theirs = other_side.post(client, title=restricted["title"], problem=restricted["problem"])
    manager.get(path)
    asker.get(path)
    asker.get(side.path, params={"disclosure": "consent", "limit": 200})
    asker.get(f"{other_side.path}/{theirs['id']}/matches", params={"top": 100})
    read = manager.get(f"{path}/readings").json()["items"]
    assert [(one["way"], one["view"]) for one in read] == [(way, "field") for way in ("match", "list", "read")]
    assert len({one["actor"] for one in read}) == 1
    assert read[0]["actor"].startswith("person:")
    assert asker.get(f"{path}/readings").status_code == 403
    assert client.get(f"{path}/readings").status_code == 404


def test_a_summary_tells_the_matter_by_class(client: TestClient, asker: TestClient, side: Side) -> None:
    posted = side.post(client, disclosure="summary", title="高镍残碱 a@example.com ZL202010123456.7")
    told = asker.get(f"{side.path}/{posted['id']}").json()
    levels = {"need": {"maturity_now", "maturity_wanted"}, "result": {"maturity", "maturity_stage"}}[side.kind]
    held = {"view", "id", "kind", "field", "disclosure", "state", "title", "region_class", "size_class"}
    assert told.keys() == held | levels
    assert (told["view"], told["title"]) == ("summary", "高镍残碱 …")
    assert told["region_class"] == {"need": "east", "result": "central"}[side.kind]


def test_who_stays_in_the_team_is_told_after_consent_only(
    client: TestClient, need_side: Side, result_side: Side
) -> None:
    posted = result_side.post(client, team_continuity="张工留任至2029年")
    path = f"{result_side.path}/{posted['id']}"
    owner, asker = signed_in(client, result_side.owner), signed_in(client, need_side.owner)
    public = client.get(path).json()
    assert (public["view"], "team_continuity" in public, public["abstract"]) == ("public", False, posted["abstract"])
    owner.post(f"{ask(asker, posted).headers['Location']}/grant")
    assert asker.get(path).json()["team_continuity"] == "张工留任至2029年"


def test_answers_are_as_described_whatever_is_shown(
    client: TestClient, asker: TestClient, manager: TestClient, side: Side, restricted: dict[str, Any]
) -> None:
    spec = client.get("/openapi.json").json()
    consent = ask(asker, restricted).json()["id"]
    summary = side.post(client, disclosure="summary", title="摘要")
    for who in (client, asker, manager):
        for route, id in (
            (f"{side.path}/{{id}}", restricted["id"]),
            (f"{side.path}/{{id}}", summary["id"]),
            (side.path, ""),
            (f"{side.path}/{{id}}/readings", restricted["id"]),
            (f"{API}/consents/{{id}}", consent),
            (f"{API}/consents", ""),
            (f"{API}/agreements", ""),
        ):
            answer = who.get(route.replace("{id}", id))
            told = spec["paths"][route]["get"]["responses"][str(answer.status_code)]
            schema = told["content"][answer.headers["Content-Type"].partition(";")[0]]["schema"]
            Draft202012Validator(schema | {"components": spec["components"]}).validate(answer.json())
