"""The pages on which a spreadsheet is brought, and its rejected rows are mended where they are told."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from pages_support import filled, page, send, words
from web_support import Side, operator, signed_in

from matcher.intake.column_names import REASONS

FAULTY = """需求编号,需求名称,问题描述,预算
N-1,低温快充析锂,零下二十度快充时负极析锂,50-80万元
N-2,第二个,说明,很多钱
N-3,第三个,说明,更多钱
"""
PATHS = {"needs": "/problem-lists", "results": "/results"}


@pytest.fixture
def file(side: Side) -> str:
    if side.name == "needs":
        return FAULTY
    return FAULTY.replace("需求", "成果").replace("问题描述", "成果简介").replace("预算", "转让价格")


@pytest.fixture
def path(side: Side) -> str:
    return PATHS[side.name]


def bring(client: TestClient, path: str, content: str, **fields: str) -> Any:
    return send(client, f"{path}/upload", fields, files={"file": ("清单.csv", content.encode())})


def multipart(client: TestClient, path: str, fields: dict[str, Any]) -> Any:
    return send(client, path, fields, files={"none": ("", b"")})


def test_good_rows_are_stored_and_bad_ones_come_with_the_reason_at_the_cell(
    manager: TestClient, side: Side, path: str, file: str
) -> None:
    answer = bring(manager, path, file)
    assert answer.status_code == 200
    assert [one["reference"] for one in side.listed(manager)] == ["N-1"]
    fields = filled(answer.text)
    assert fields["rows.0.3"] == ["很多钱"]
    assert fields["rows.1.3"] == ["更多钱"]
    assert 'id="rows.0.3-fault"' in answer.text
    assert 'id="rows.0.1-fault"' not in answer.text


def test_one_row_is_mended_alone_and_the_others_stay_as_typed(
    manager: TestClient, side: Side, path: str, file: str
) -> None:
    fields = filled(bring(manager, path, file).text)
    fields |= {"rows.0.3": ["60万元"], "rows.1.1": ["第三个，已改名"]}
    answer = multipart(manager, f"{path}/mended", fields | {"_only": "0"})
    assert answer.status_code == 200
    assert sorted(one["reference"] for one in side.listed(manager)) == ["N-1", "N-2"]
    left = filled(answer.text)
    assert left["rows.0.1"] == ["第三个，已改名"]
    assert "rows.1.1" not in left


def test_a_row_that_was_mended_and_not_sent_waits(manager: TestClient, side: Side, path: str, file: str) -> None:
    fields = filled(bring(manager, path, file).text)
    fields |= {"rows.0.3": ["60万元"], "rows.1.3": ["70万元"]}
    left = filled(multipart(manager, f"{path}/mended", fields | {"_only": "0"}).text)
    assert left["rows.0.3"] == ["70万元"]
    assert sorted(one["reference"] for one in side.listed(manager)) == ["N-1", "N-2"]


def test_mended_rows_join_the_others(manager: TestClient, side: Side, path: str, file: str) -> None:
    fields = filled(bring(manager, path, file, title="二季度难题").text)
    fields |= {"rows.0.3": ["60万元"], "rows.1.3": ["仍然很多"]}
    answer = multipart(manager, f"{path}/mended", fields)
    assert filled(answer.text)["rows.0.3"] == ["仍然很多"]
    stored = side.listed(manager)
    assert sorted(one["reference"] for one in stored) == ["N-1", "N-2"]
    if side.name == "needs":
        assert len({one["problem_list_id"] for one in stored}) == 1
        assert "二季度难题" in page(manager, "/problem-lists")
        shown = page(manager, f"/problem-lists/{stored[0]['problem_list_id']}")
        assert all(one["title"] in shown for one in stored)


def test_rejected_rows_are_handed_out_as_a_workbook_as_they_were_typed(
    manager: TestClient, path: str, file: str
) -> None:
    fields = filled(bring(manager, path, file).text) | {"rows.0.3": ["不多"], "_workbook": "1"}
    answer = multipart(manager, f"{path}/mended", fields)
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert REASONS in rows[0]
    assert [row[:4] for row in rows[1:]] == [("N-2", "第二个", "说明", "不多"), ("N-3", "第三个", "说明", "更多钱")]


def test_rows_beyond_a_page_follow_when_those_before_are_done(
    manager: TestClient, side: Side, path: str, file: str
) -> None:
    head = file.splitlines()[0]
    many = "\n".join([head, *(f"M-{number},第{number}个,说明,很多钱" for number in range(25))])
    fields = filled(bring(manager, path, many).text)
    assert "rows.19.3" in fields
    assert len(fields["rest"]) == 5
    fields |= {f"rows.{number}.3": ["5万元"] for number in range(20)}
    left = filled(multipart(manager, f"{path}/mended", fields).text)
    assert len(side.listed(manager)) == 20
    assert [left[f"rows.{number}.0"] for number in range(5)] == [[f"M-{number}"] for number in range(20, 25)]


@pytest.mark.parametrize(
    ("content", "told"),
    [("", "Choose a file first."), ("甲,乙\n1,2\n", "no header of a list")],
)
def test_a_file_that_cannot_be_read_is_told_at_its_field(
    manager: TestClient, path: str, content: str, told: str
) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}
    name = "a.csv" if content else ""
    answer = manager.post(f"{path}/upload", files={"file": (name, content.encode())}, headers=headers)
    assert answer.status_code == 422
    assert told in words(answer.text)


def test_rows_that_this_page_never_sent_are_refused(manager: TestClient, path: str) -> None:
    assert multipart(manager, f"{path}/mended", {"rest": "[1]"}).status_code == 422


def test_an_operator_names_whose_the_rows_are(client: TestClient, path: str, file: str, company: str) -> None:
    oper, name = operator(client), f"新来的{company}"
    assert 'name="organisation"' in page(oper, f"{path}/upload")
    assert 'name="organisation"' not in page(signed_in(client, company), "/problem-lists/upload")
    fields = filled(bring(oper, path, file, organisation=name).text)
    assert fields["organisation"] == [name]
    [made] = [one for one in oper.get("/api/v1/organisations?limit=200").json()["items"] if one["name"] == name]
    found = oper.get(f"/api/v1/{'needs' if path == '/problem-lists' else 'results'}?organisation_id={made['id']}")
    assert [one["reference"] for one in found.json()["items"]] == ["N-1"]


def test_strangers_are_led_to_sign_in_and_others_are_told(client: TestClient, side: Side, path: str) -> None:
    answer = client.get(f"{path}/upload", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"][:8]) == (303, "/sign-in")
    page(signed_in(client), f"{path}/upload", 403)
    assert bring(client, path, FAULTY).status_code == 401


def test_the_empty_form_can_be_brought_and_holds_nothing_but_examples(manager: TestClient, path: str) -> None:
    content = manager.get(f"{path}/form.xlsx").content
    answer = send(manager, f"{path}/upload", files={"file": ("form.xlsx", content)})
    assert answer.status_code == 200
    assert "rows.0" not in answer.text
