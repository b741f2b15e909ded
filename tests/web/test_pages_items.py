"""The pages of needs and of results: what they show to whom, and what their forms do."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from pages_support import filled, send
from pages_support import page as fetched
from web_support import Side, signed_in

from matcher.entities import Role


def page(client: TestClient, path: str, status: int = 200, language: str = "en") -> str:
    return fetched(client, path, status, language)


@pytest.fixture
def stranger(client: TestClient, lab: str, company: str, side: Side) -> TestClient:
    """Of another organisation."""
    return signed_in(client, lab if side.name == "needs" else company)


def test_ones_own_list_begins_with_the_two_ways_to_fill_it(manager: TestClient, side: Side) -> None:
    empty = page(manager, f"/{side.name}")
    assert f'href="/{side.name}/new"' in empty
    assert ("/problem-lists/upload" if side.name == "needs" else "/results/upload") in empty


def test_a_list_shows_ones_own_and_on_demand_all_that_one_may_see(
    client: TestClient, manager: TestClient, stranger: TestClient, side: Side
) -> None:
    title = side.post(client)["title"]
    assert title in page(manager, f"/{side.name}")
    assert title not in page(stranger, f"/{side.name}")
    assert title in page(stranger, f"/{side.name}?whose=all&words={title}&state=&field=")
    assert title in page(client, f"/{side.name}?words={title}")


def test_filters_narrow_and_what_finds_nothing_says_how_to_go_on(manager: TestClient, side: Side) -> None:
    side.post(manager)
    assert "Without filters" in page(manager, f"/{side.name}?state=closed")
    assert side.draft["title"] in page(manager, f"/{side.name}?state=open")
    page(manager, f"/{side.name}?state=nowhere", status=422)


def test_what_is_hidden_stays_hidden_and_can_be_asked_for(client: TestClient, stranger: TestClient, side: Side) -> None:
    id = side.post(client, disclosure="consent", keywords=["密语"])["id"]
    shown = page(stranger, f"/{side.name}/{id}")
    assert "shown with consent only" in shown
    assert f"/consents/new?kind={side.kind}&amp;id={id}" in shown
    assert "密语" not in shown
    assert side.draft["title"] not in shown
    page(client, f"/{side.name}/{id}", status=404)


def test_ones_own_shows_matches_history_and_readers(
    client: TestClient, manager: TestClient, need_side: Side, result_side: Side, side: Side
) -> None:
    other = result_side if side.name == "needs" else need_side
    found = other.post(client)
    id = side.post(client, disclosure="summary")["id"]
    page(signed_in(client, other.owner), f"/{side.name}/{id}")
    shown = page(manager, f"/{side.name}/{id}?organisation_id={other.owner}")
    assert f"/{other.name}/{found['id']}" in shown
    assert "<mark>包覆</mark>" in shown or "<mark>残碱</mark>" in shown
    assert "likely to fit" in shown
    assert "posted" in shown
    assert "saw its summary" in shown
    assert ("/challenges/new?need=" in shown) == (side.name == "needs")


def test_a_form_posts_what_is_typed_once_however_often_it_is_send(manager: TestClient, side: Side) -> None:
    fields = filled(page(manager, f"/{side.name}/new"))
    fields |= {
        "title": "新型密封圈",
        "indicators.0.name": "泄漏率",
        "indicators.0.operator": "<=",
        "indicators.0.value": "0.5",
        "indicators.0.unit": "mL/min",
        "keywords": "密封、橡胶",
        "cooperation_modes": ["licence", "service"],
    }
    region = "preferred_regions" if side.name == "needs" else "region"
    fields[region] = "江苏省苏州市"
    first = send(manager, f"/{side.name}/new", fields)
    again = send(manager, f"/{side.name}/new", fields)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    [stored] = side.listed(manager)
    assert stored["keywords"] == ["密封", "橡胶"]
    assert stored["cooperation_modes"] == ["licence", "service"]
    assert stored[region] == (["320500"] if side.name == "needs" else "320500")
    assert [(one["name"], one["operator"], one["value"]) for one in stored["indicators"]] == [("泄漏率", "<=", 0.5)]


def test_a_form_with_mistakes_comes_back_filled_with_each_fault_at_its_field(manager: TestClient, side: Side) -> None:
    fields = filled(page(manager, f"/{side.name}/new"))
    fields |= {"title": " ", "problem": "不会丢失的话", "indicators.0.name": "寿命", "indicators.0.value": "很久"}
    answer = send(manager, f"/{side.name}/new", fields)
    assert answer.status_code == 422
    again = filled(answer.text)
    assert again["problem"] == ["不会丢失的话"]
    assert again["indicators.0.value"] == ["很久"]
    assert again["_key"] == fields["_key"]
    assert 'id="title-fault"' in answer.text
    assert 'id="indicators.0.value-fault"' in answer.text
    assert side.listed(manager) == []


def test_a_range_without_an_end_is_told_at_its_row(manager: TestClient, side: Side) -> None:
    fields = filled(page(manager, f"/{side.name}/new")) | {"title": "区间"}
    fields |= {"indicators.0.name": "粒径", "indicators.0.operator": "between", "indicators.0.value": "1"}
    answer = send(manager, f"/{side.name}/new", fields)
    assert answer.status_code == 422
    assert 'href="#indicators.0"' in answer.text
    assert 'id="indicators.0-fault"' in answer.text


def test_one_more_row_is_asked_for_without_posting(manager: TestClient, side: Side) -> None:
    fields = filled(page(manager, f"/{side.name}/new")) | {"title": "草稿", "_more": "indicators"}
    answer = send(manager, f"/{side.name}/new", fields)
    assert answer.status_code == 200
    assert {"indicators.0.name", "indicators.1.name"} <= filled(answer.text).keys()
    assert side.listed(manager) == []


def test_editing_keeps_what_was_not_touched_and_tells_of_edits_in_between(manager: TestClient, side: Side) -> None:
    wish = {"name": "粒径", "operator": "between", "value": 1, "value_high": 2.5, "unit": "μm"}
    wish |= {"must": False} if side.name == "needs" else {}
    before = side.post(manager, indicators=[*side.draft["indicators"], wish])
    path = f"/{side.name}/{before['id']}"
    fields = filled(page(manager, f"{path}/edit"))
    answer = send(manager, f"{path}/edit", fields | {"title": "改过的题目"})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    after = manager.get(f"{side.path}/{before['id']}").json()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"title", "version", "updated_at"}

    stale = send(manager, f"{path}/edit", fields | {"title": "另一个人写的"})
    assert stale.status_code == 412
    again = filled(stale.text)
    assert again["title"] == ["另一个人写的"]
    assert send(manager, f"{path}/edit", again | {"_overwrite": "yes"}).status_code == 303
    assert manager.get(f"{side.path}/{before['id']}").json()["title"] == "另一个人写的"


def test_a_public_share_is_taken_in_per_cent(client: TestClient, need_side: Side) -> None:
    manager = signed_in(client, need_side.owner)
    fields = filled(page(manager, "/needs/new")) | {"title": "分担", "funding_share": "40 %"}
    assert send(manager, "/needs/new", fields).status_code == 303
    assert [one["funding_share"] for one in need_side.listed(manager)] == [0.4]


def test_moves_are_offered_as_the_state_admits_and_keep_their_reason(manager: TestClient, side: Side) -> None:
    path = f"/{side.name}/{side.post(manager)['id']}"
    fields = filled(page(manager, path)) | {"reason": "已自行解决", "move": "close"}
    assert send(manager, f"{path}/move", fields).status_code == 303
    closed = page(manager, path)
    assert 'value="reopen"' in closed
    assert 'value="close"' not in closed
    assert "已自行解决" in closed
    again = send(manager, f"{path}/move", fields)
    assert again.status_code == 412
    assert 'role="alert"' in again.text


@pytest.mark.parametrize("path", ["/{side}/new", "/{side}/{id}/edit"])
def test_forms_are_for_those_who_may_send_them(client: TestClient, stranger: TestClient, side: Side, path: str) -> None:
    address = path.format(side=side.name, id=side.post(client)["id"])
    reader = signed_in(client, side.owner, roles=[Role.RESEARCHER if side.name == "needs" else Role.POSTER])
    page(reader, address, status=403)
    if "edit" in path:
        page(stranger, address, status=403)
    if "new" in path:
        assert client.get(address, headers={"Accept": "text/html"}, follow_redirects=False).status_code == 303


def test_a_list_is_exported_as_it_is_shown_and_no_cell_is_run(
    client: TestClient, manager: TestClient, side: Side
) -> None:
    side.post(client, title="=HYPERLINK(1)")
    answer = manager.get(f"/{side.name}/export?format=xlsx", headers={"Accept-Language": "en"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    header, row = sheet.iter_rows()
    cells: dict[Any, Any] = {name.value: cell for name, cell in zip(header, row, strict=True)}
    assert (cells["Title"].value, cells["Title"].data_type) == ("=HYPERLINK(1)", "s")
    assert cells["Keywords"].value == "、".join(side.draft["keywords"])
    csv = manager.get(f"/{side.name}/export?format=csv", headers={"Accept-Language": "zh-TW"}).content.decode(
        "utf-8-sig"
    )
    assert "'=HYPERLINK(1)" in csv
    assert ("需求名稱" if side.name == "needs" else "成果名稱") in csv.splitlines()[0]


def test_matches_are_exported_with_their_reasons(
    client: TestClient, manager: TestClient, need_side: Side, result_side: Side, side: Side
) -> None:
    other = result_side if side.name == "needs" else need_side
    other.post(client)
    narrowed = f"organisation_id={other.owner}&min_score=&region="
    path = f"/{side.name}/{side.post(client)['id']}/matches/export?format=csv&{narrowed}"
    answer = manager.get(path, headers={"Accept-Language": "en"})
    header, *lines = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    [row] = [dict(zip(header, line, strict=True)) for line in lines]
    assert 0 < float(row["Likelihood"]) <= 1
    assert "包覆" in row["Words in common"]
    assert row["Indicators compared"] == "met: 表面残碱 ≤ 800 ppm / 表面残碱 ≤ 600 ppm"


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "可能解决"), ("zh-TW", "可能解決"), ("en", "may solve")])
def test_pages_are_in_the_readers_language(manager: TestClient, side: Side, language: str, words: str) -> None:
    assert words in page(manager, f"/{side.name}/{side.post(manager)['id']}", language=language)
