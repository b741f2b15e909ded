"""Files over HTTP."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from web_support import Side, operator, served, signed_in

from api.settings import Settings
from embeddings.base import Encoder

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NEEDS = """需求编号,需求名称,问题描述,预算,成熟度
N-1,低温快充析锂,零下二十度快充时负极析锂,50-80万元,小试
N-2,润滑脂高温流失,高速轴承润滑脂流失,面议,TRL 4
"""
FAULTY = NEEDS + "N-3,第三个,说明,很多钱,\n"
PATHS = {"needs": "/api/v1/problem-lists", "results": "/api/v1/results/import"}


def bring(client: TestClient, side: Side, content: str, name: str = "清单.csv", **kwargs: Any) -> Any:
    data = kwargs.pop("data", {"organisation_id": side.owner})
    return client.post(PATHS[side.name], files={"file": (name, content.encode())}, data=data, **kwargs)


@pytest.fixture
def file(side: Side) -> str:
    return (
        NEEDS
        if side.name == "needs"
        else NEEDS.replace("需求", "成果").replace("问题描述", "成果简介").replace("预算", "转让价格")
    )


def test_good_rows_are_stored(manager: TestClient, side: Side, file: str) -> None:
    answer = bring(manager, side, file)
    report = answer.json()
    assert answer.status_code == 201, answer.text
    assert report["counts"] == {"created": 2, "updated": 0, "unchanged": 0, "rejected": 0}
    assert (report["file"], report["problems"]) == ("清单.csv", [])
    stored = {item["id"]: item["reference"] for item in side.listed(manager)}
    assert [stored[id] for id in report["created"]] == ["N-1", "N-2"]


def test_the_same_file_again_changes_nothing_and_an_edited_one_what_was_edited(
    manager: TestClient, side: Side, file: str
) -> None:
    first = bring(manager, side, file).json()
    again = bring(manager, side, file)
    assert again.status_code == 200
    assert again.json()["counts"] == {"created": 0, "updated": 0, "unchanged": 2, "rejected": 0}
    edited = bring(manager, side, file.replace("高速轴承", "超高速轴承"))
    assert edited.status_code == 200
    assert edited.json()["counts"] == {"created": 0, "updated": 1, "unchanged": 1, "rejected": 0}
    assert edited.json()["updated"] == [first["created"][1]]


def test_what_was_brought_is_found_by_the_next_question(manager: TestClient, side: Side, file: str) -> None:
    bring(manager, side, file)
    asked = {"text": "负极析锂", "wanted": side.kind, "organisation_id": side.owner, "top": 1}
    [match] = manager.post("/api/v1/match", json=asked).json()["matches"]
    assert match["reference"] == "N-1"


def test_new_needs_are_published_as_a_problem_list(client: TestClient, need_side: Side) -> None:
    manager = signed_in(client, need_side.owner)
    answer = bring(manager, need_side, NEEDS, data={"organisation_id": need_side.owner, "title": "2027年需求"})
    shown = manager.get(answer.headers["Location"]).json()
    assert answer.json()["problem_lists"] == [shown["id"]]
    assert (shown["title"], shown["organisation"]["id"]) == ("2027年需求", need_side.owner)
    published = need_side.listed(client, problem_list_id=shown["id"])
    assert {need["reference"] for need in published} == {"N-1", "N-2"}


def test_a_problem_list_without_a_title_is_called_as_its_file(client: TestClient, need_side: Side) -> None:
    manager = signed_in(client, need_side.owner)
    answer = bring(manager, need_side, NEEDS, name="C:\\表格\\需求清单 2027.csv")
    assert answer.json()["file"] == "需求清单 2027.csv"
    assert manager.get(answer.headers["Location"]).json()["title"] == "需求清单 2027"


def test_an_organisation_lists_its_own_problem_lists(client: TestClient, need_side: Side) -> None:
    manager = signed_in(client, need_side.owner)
    for number in range(5):
        row = f"需求名称,描述\n第{number}题,残碱"
        assert bring(manager, need_side, row, data={"title": f"list {number}"}).status_code == 201
    titles, cursor = [], {}
    while True:
        page = manager.get("/api/v1/problem-lists", params={"limit": 2, **cursor}).json()
        titles += [one["title"] for one in page["items"]]
        assert {one["organisation"]["id"] for one in page["items"]} == {need_side.owner}
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert titles == [f"list {number}" for number in (4, 3, 2, 1, 0)]
    assert operator(client).get("/api/v1/problem-lists").status_code == 403
    assert client.get("/api/v1/problem-lists").status_code == 401


def test_an_unknown_problem_list_is_not_found(client: TestClient) -> None:
    assert operator(client).get("/api/v1/problem-lists/nowhere").status_code == 404


def test_faulty_rows_are_reported_beside_the_stored_ones(client: TestClient, need_side: Side) -> None:
    manager = signed_in(client, need_side.owner)
    answer = bring(manager, need_side, FAULTY)
    report = answer.json()
    assert answer.status_code == 201
    assert report["counts"] == {"created": 2, "updated": 0, "unchanged": 0, "rejected": 1}
    assert {(problem["row"], problem["column"]) for problem in report["problems"]} >= {(4, "预算")}
    assert all(problem["problem"] and problem["expected"] for problem in report["problems"])


def test_rejected_rows_come_back_as_a_workbook_on_request(client: TestClient, need_side: Side) -> None:
    manager = signed_in(client, need_side.owner)
    answer = bring(manager, need_side, FAULTY, headers={"Accept": XLSX})
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, XLSX)
    cells = [str(cell.value) for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active for cell in row]
    assert "很多钱" in cells
    assert "N-1" not in cells


def test_the_organisation_may_be_named_and_is_admitted_for_operators(client: TestClient, side: Side, file: str) -> None:
    name, asking = f"新来的{side.owner}", operator(client)
    created = bring(asking, side, file, data={"organisation": name}).json()["created"]
    owner = asking.get(f"{side.path}/{created[0]}").json()["organisation"]
    assert owner["name"] == name
    admitted = asking.get(f"/api/v1/organisations/{owner['id']}").json()
    assert admitted["kind"] == {"needs": "company", "results": "lab"}[side.name]


def test_a_file_without_any_organisation_is_refused_with_what_to_add(client: TestClient, side: Side, file: str) -> None:
    answer = bring(operator(client), side, file, data={})
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    [fault] = answer.json()["errors"]
    assert fault["place"] == "body.organisation_id"
    for means in ("organisation_id", "organisation", "单位"):
        assert means in fault["message"]


def test_single_rows_without_an_organisation_are_rejected(client: TestClient, side: Side, file: str) -> None:
    head, first, second = file.splitlines()
    name = f"有名的{side.owner}"
    report = bring(operator(client), side, f"{head},单位\n{first},{name}\n{second},\n", data={}).json()
    assert report["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    assert [problem["row"] for problem in report["problems"]] == [3]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        ({"organisation_id": "nobody"}, 404, "not_found"),
        ({"organisation_id": "nobody", "organisation": "甲"}, 422, "invalid"),
        ({"organisation": "x" * 201}, 422, "invalid"),
    ],
)
def test_a_faulty_organisation_is_refused(
    manager: TestClient, side: Side, file: str, data: dict[str, str], status: int, code: str
) -> None:
    answer = bring(manager, side, file, data=data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert side.listed(manager) == []


@pytest.mark.parametrize("content", ["", "%PDF-1.7 no table", "just a sentence without any header\n"])
def test_a_file_that_is_no_table_is_refused_by_its_name(manager: TestClient, side: Side, content: str) -> None:
    answer = bring(manager, side, content, name="../../扫描件.pdf")
    assert (answer.status_code, answer.json()["code"]) == (422, "unusable_file")
    assert answer.json()["detail"].startswith("扫描件.pdf: ")


def test_a_request_without_a_file_is_refused(manager: TestClient, side: Side) -> None:
    answer = manager.post(PATHS[side.name], data={"organisation_id": side.owner})
    assert answer.status_code == 422
    assert [fault["place"] for fault in answer.json()["errors"]] == ["body.file"]


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_over_the_limit_is_refused(settings: Settings, encoder: Encoder, announced: bool) -> None:
    boundary, size = "limit", 1 << 20
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'.encode()
    body = head + b"x" * size + f"\r\n--{boundary}--\r\n".encode()
    with served(settings.model_copy(update={"max_upload_mb": 1}), encoder) as client:
        answer = operator(client).post(
            PATHS["needs"],
            content=body if announced else iter([body[: size // 2], body[size // 2 :]]),
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["detail"] == "At most 1 MiB are taken in one request."
