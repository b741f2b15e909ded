"""Needs and results over HTTP: post, read, list, replace, patch, move. What holds for both runs for both."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient
from web_support import Side, signed_in

UNKNOWN = "01932f5e-7c1a-7b11-9d5f-3a1c55a0e2b4"


def test_what_was_posted_is_read_back(manager: TestClient, side: Side) -> None:
    answer = manager.post(side.path, json=side.draft | {"organisation_id": side.owner})
    posted = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{side.path}/{posted['id']}"
    assert answer.headers["ETag"] == '"1"'
    read = manager.get(answer.headers["Location"])
    assert read.json() == posted
    assert read.headers["ETag"] == '"1"'
    assert (posted["state"], posted["version"], posted["organisation"]["id"]) == ("open", 1, side.owner)
    assert {name: posted[name] for name in ("title", "keywords")} == {
        name: side.draft[name] for name in ("title", "keywords")
    }
    assert posted["indicators"][0]["value"] == side.draft["indicators"][0]["value"]


def test_amounts_of_money_are_exact(client: TestClient, need_side: Side, result_side: Side) -> None:
    assert float(need_side.post(client, budget_max="123456789.01")["budget_max"]) == 123456789.01
    assert result_side.post(client)["price"] == "1500000.5"


def test_a_need_can_be_posted_into_a_problem_list_of_its_organisation_only(
    client: TestClient, need_side: Side, result_side: Side
) -> None:
    content = "需求名称,技术需求\n一号,说明\n".encode()
    brought = (
        signed_in(client, need_side.owner)
        .post("/api/v1/problem-lists", files={"file": ("2027.csv", content)}, data={"organisation_id": need_side.owner})
        .json()
    )
    [published] = brought["problem_lists"]
    assert need_side.post(client, problem_list_id=published)["problem_list_id"] == published
    other = signed_in(client, result_side.owner).post(
        need_side.path,
        json={"organisation_id": result_side.owner, "title": "二号", "problem_list_id": published},
    )
    assert (other.status_code, other.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": " "}, "body.title"),
        ({"titel": "misspelt"}, "body.titel"),
        ({"field": "nonsense"}, "body.field"),
        ({"indicators": [{"name": "x", "operator": "between", "value": 1}]}, "body.indicators[0]"),
        ({"keywords": ["fine", ""]}, "body.keywords[1]"),
        ({"id": "chosen by the client"}, "body.id"),
    ],
)
def test_a_faulty_draft_is_refused_with_the_place_of_each_fault(
    manager: TestClient, side: Side, change: dict[str, Any], place: str
) -> None:
    answer = manager.post(side.path, json={"organisation_id": side.owner, **side.draft, **change})
    assert answer.status_code == 422
    assert [fault["place"] for fault in answer.json()["errors"]] == [place]
    assert side.listed(manager) == []


def test_an_unknown_organisation_is_refused(manager: TestClient, side: Side) -> None:
    answer = manager.post(side.path, json=side.draft | {"organisation_id": UNKNOWN})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_the_same_title_twice_is_a_conflict(manager: TestClient, side: Side) -> None:
    side.post(manager)
    answer = manager.post(side.path, json=side.draft | {"organisation_id": side.owner})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize("rest", ["", "/events", "/matches"])
def test_what_is_not_there_is_not_found(manager: TestClient, side: Side, rest: str) -> None:
    answer = manager.get(f"{side.path}/{UNKNOWN}{rest}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_list_is_read_page_by_page(manager: TestClient, side: Side) -> None:
    posted = [side.post(manager, title=f"第{number}号")["id"] for number in range(5)]
    read: list[str] = []
    cursor: dict[str, Any] = {}
    sizes: list[int] = []
    while True:
        page = manager.get(side.path, params={"organisation_id": side.owner, "limit": 2, **cursor}).json()
        read += [item["id"] for item in page["items"]]
        sizes.append(len(page["items"]))
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert read == posted[::-1]
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "open"}, {"一", "二"}),
        ({"state": "withdrawn"}, {"三"}),
        ({"field": "new_materials"}, {"一"}),
        ({"field": "new_materials.metals"}, {"一"}),
        ({"words": "二"}, {"二"}),
        ({"words": "%"}, set()),
        ({"disclosure": "consent"}, {"二"}),
        ({"organisation_id": UNKNOWN}, set()),
        ({}, {"一", "二", "三"}),
    ],
)
def test_a_list_is_narrowed(manager: TestClient, side: Side, query: dict[str, str], found: set[str]) -> None:
    side.post(manager, title="一", field="new_materials.metals")
    side.post(manager, title="二", field=None, disclosure="consent")
    third = side.post(manager, title="三", field=None)["id"]
    manager.post(f"{side.path}/{third}/withdraw", headers={"If-Match": "*"})
    assert {item["title"] for item in side.listed(manager, **query)} == found


def test_lists_are_narrowed_by_what_only_one_kind_has(client: TestClient, need_side: Side, result_side: Side) -> None:
    need_side.post(client)
    result_side.post(client)
    assert [len(need_side.listed(client, region=region)) for region in ("320000", "320500", "430000")] == [1, 1, 0]
    assert [len(result_side.listed(client, region=region)) for region in ("430000", "320000")] == [1, 0]
    assert [len(result_side.listed(client, maturity=level)) for level in (5, 6, 7)] == [1, 1, 0]
    assert need_side.listed(client, problem_list_id=UNKNOWN) == []


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"limit": 201}, "query.limit"),
        ({"limit": 0}, "query.limit"),
        ({"cursor": "x"}, "query.cursor"),
        ({"field": "nonsense"}, "query.field"),
        ({"region": "999999"}, "query.region"),
        ({"state": "sold"}, "query.state"),
        ({"colour": "red"}, "query.colour"),
    ],
)
def test_a_faulty_query_is_refused(manager: TestClient, side: Side, query: dict[str, Any], place: str) -> None:
    answer = manager.get(side.path, params=query)
    assert answer.status_code == 422
    assert [fault["place"] for fault in answer.json()["errors"]] == [place]


# -- edits -----------------------------------------------------------------------------------------


def test_replacing_sets_everything_anew(manager: TestClient, side: Side) -> None:
    posted = side.post(manager)
    path = f"{side.path}/{posted['id']}"
    answer = manager.put(path, json={"title": "新的标题"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    changed = manager.get(path).json()
    assert changed == answer.json()
    assert (changed["title"], changed["keywords"], changed["indicators"], changed["version"]) == ("新的标题", [], [], 2)
    assert (changed["id"], changed["created_at"]) == (posted["id"], posted["created_at"])


def test_replacing_by_the_same_changes_nothing(manager: TestClient, side: Side) -> None:
    posted = side.post(manager)
    answer = manager.put(f"{side.path}/{posted['id']}", json=side.draft, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()) == (200, posted)


@pytest.mark.parametrize("media_type", ["application/merge-patch+json", "application/json"])
def test_a_merge_patch_changes_what_it_names_and_empties_what_it_nulls(
    manager: TestClient, side: Side, media_type: str
) -> None:
    posted = side.post(manager)
    answer = manager.patch(
        f"{side.path}/{posted['id']}",
        content='{"problem": "另一个问题", "keywords": ["只此一个"], "field": null}',
        headers={"If-Match": '"1"', "Content-Type": media_type},
    )
    changed = answer.json()
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (changed["problem"], changed["keywords"], changed["field"]) == ("另一个问题", ["只此一个"], None)
    untouched = posted.keys() - {"problem", "keywords", "field", "version", "updated_at"}
    assert {name: changed[name] for name in untouched} == {name: posted[name] for name in untouched}


@pytest.mark.parametrize(
    ("patch", "place"),
    [
        ({"title": None}, "body.title"),
        ({"titel": "x"}, "body.titel"),
        ({"indicators": [{"name": "x"}]}, "body.indicators[0].value"),
        ({"version": 9}, "body.version"),
    ],
)
def test_a_patch_to_something_faulty_is_refused(
    manager: TestClient, side: Side, patch: dict[str, Any], place: str
) -> None:
    posted = side.post(manager)
    path = f"{side.path}/{posted['id']}"
    answer = manager.patch(path, json=patch, headers={"If-Match": "*"})
    assert answer.status_code == 422
    assert [fault["place"] for fault in answer.json()["errors"]] == [place]
    assert manager.get(path).json() == posted


def test_a_patch_that_is_no_object_is_refused(manager: TestClient, side: Side) -> None:
    path = f"{side.path}/{side.post(manager)['id']}"
    assert manager.patch(path, json=["title"], headers={"If-Match": "*"}).status_code == 422


def test_editing_to_a_title_in_use_is_a_conflict(manager: TestClient, side: Side) -> None:
    side.post(manager, title="一")
    second = side.post(manager, title="二")["id"]
    answer = manager.patch(f"{side.path}/{second}", json={"title": "一"}, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


EDITS = [("PUT", "", {"title": "新"}), ("PATCH", "", {"title": "新"}), ("POST", "/close", None)]


@pytest.mark.parametrize(("method", "rest", "body"), EDITS)
@pytest.mark.parametrize(
    ("condition", "status", "code"),
    [
        (None, 428, "precondition_required"),
        ('"1"', 412, "stale_version"),
        ('"9"', 412, "stale_version"),
        ('"02"', 412, "stale_version"),
        ('""', 412, "stale_version"),
        ('W/"2"', 412, "stale_version"),
        ('"foreign"', 412, "stale_version"),
        ("2", 422, "invalid"),
        ('"2"', 200, None),
        ('"1", "2"', 200, None),
        ("*", 200, None),
    ],
)
def test_an_edit_is_made_only_to_what_was_read(
    client: TestClient,
    need_side: Side,
    method: str,
    rest: str,
    body: Any,
    condition: str | None,
    status: int,
    code: str | None,
) -> None:
    manager = signed_in(client, need_side.owner)
    path = f"{need_side.path}/{need_side.post(client)['id']}"
    before = manager.patch(path, json={"problem": "第二版"}, headers={"If-Match": '"1"'}).json()
    headers = {"If-Match": condition} if condition else {}
    answer = manager.request(method, path + rest, json=body, headers=headers)
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    if code:
        assert manager.get(path).json() == before
    else:
        assert answer.json()["version"] == 3


def test_of_edits_at_the_same_time_one_wins(manager: TestClient, side: Side) -> None:
    path = f"{side.path}/{side.post(manager)['id']}"
    statuses: list[int] = []
    barrier = threading.Barrier(6)

    def edit(number: int) -> None:
        barrier.wait()
        answer = manager.patch(path, json={"problem": f"版本{number}"}, headers={"If-Match": '"1"'})
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 412, 412, 412, 412, 412]
    assert manager.get(path).json()["version"] == 2


# -- moves -----------------------------------------------------------------------------------------


def test_the_moves_follow_the_table_of_states(manager: TestClient, side: Side) -> None:
    path = f"{side.path}/{side.post(manager)['id']}"
    walked = []
    for move in ("reopen", "close", "close", "reopen", "withdraw", "close", "reopen"):
        answer = manager.post(f"{path}/{move}", headers={"If-Match": "*"})
        walked.append(answer.json().get("state") or answer.json()["code"])
    assert walked == ["not_allowed", "closed", "not_allowed", "open", "withdrawn", "not_allowed", "open"]


def test_the_history_names_every_step_with_its_reason(manager: TestClient, side: Side) -> None:
    path = f"{side.path}/{side.post(manager)['id']}"
    manager.patch(path, json={"problem": "改"}, headers={"If-Match": "*"})
    manager.post(f"{path}/close", json={"reason": "已签约"}, headers={"If-Match": "*"})
    history = manager.get(f"{path}/events").json()
    kind = side.kind
    assert [event["action"] for event in history] == [f"{kind}.posted", f"{kind}.edited", f"{kind}.close"]
    assert history[-1]["detail"] == {"reason": "已签约"}
    [actor] = {event["actor"] for event in history}
    assert actor == f"person:{manager.get('/api/v1/session').json()['person']['id']}"


@pytest.mark.parametrize(("move", "body"), [("sell", None), ("close", {"because": "misspelt"})])
def test_an_unknown_move_or_a_misspelt_reason_is_refused(manager: TestClient, side: Side, move: str, body: Any) -> None:
    path = f"{side.path}/{side.post(manager)['id']}"
    assert manager.post(f"{path}/{move}", json=body, headers={"If-Match": "*"}).status_code == 422
    assert manager.get(path).json()["state"] == "open"
