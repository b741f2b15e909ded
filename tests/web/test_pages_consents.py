"""The pages on which consent is asked for, given, offered under an agreement, refused and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pages_support import filled, page, send, words
from web_support import Side, signed_in

from matcher.entities import Role

WHY = {"why_you": "八年经验", "what_you_bring": "中试线", "what_you_want": "合作开发"}


@dataclass
class Request:
    """One that has been sent, with both sides' managers."""

    path: str
    item: dict[str, Any]
    owner: TestClient
    asker: TestClient


@pytest.fixture
def asker(client: TestClient, need_side: Side, result_side: Side, side: Side) -> TestClient:
    return signed_in(client, (result_side if side is need_side else need_side).owner)


@pytest.fixture
def request_(client: TestClient, manager: TestClient, asker: TestClient, side: Side) -> Request:
    item = side.post(client, disclosure="summary")
    ask = f"/consents/new?kind={side.kind}&id={item['id']}"
    fields = filled(page(asker, ask)) | WHY
    first, again = send(asker, ask, fields), send(asker, ask, fields)
    assert first.status_code == 303
    assert again.headers["Location"] == first.headers["Location"]
    return Request(first.headers["Location"], item, manager, asker)


def moved(client: TestClient, request_: Request, move: str, **fields: str) -> Any:
    return send(client, f"{request_.path}/move", fields | {"move": move})


def view(request_: Request) -> str:
    path = f"/api/v1/{request_.item['kind']}s/{request_.item['id']}"
    return str(request_.asker.get(path).json()["view"])


def test_questions_left_empty_come_back_with_what_was_written(
    client: TestClient, asker: TestClient, side: Side
) -> None:
    ask = f"/consents/new?kind={side.kind}&id={side.post(client, disclosure='consent')['id']}"
    answer = send(asker, ask, filled(page(asker, ask)) | WHY | {"what_you_want": " "})
    assert answer.status_code == 422
    assert filled(answer.text)["why_you"] == ["八年经验"]
    assert 'id="what_you_want-fault"' in answer.text


def test_both_sides_find_the_request_and_only_the_owner_may_grant(request_: Request) -> None:
    received, sent = page(request_.owner, "/consents?side=received"), page(request_.asker, "/consents?side=sent")
    assert request_.path in received
    assert request_.item["title"] in received
    assert request_.path in sent
    assert request_.path not in page(request_.owner, "/consents?side=sent")
    assert 'value="grant"' in page(request_.owner, request_.path)
    assert 'value="grant"' not in page(request_.asker, request_.path)
    assert moved(request_.asker, request_, "grant").status_code == 403


def test_who_is_let_in_sees_all_until_it_is_taken_back(request_: Request) -> None:
    assert view(request_) == "summary"
    assert moved(request_.owner, request_, "grant", answer="欢迎").status_code == 303
    assert view(request_) == "full"
    assert "欢迎" in page(request_.asker, request_.path)
    assert moved(request_.owner, request_, "withdraw").status_code == 303
    assert view(request_) == "summary"


def test_a_day_that_has_passed_is_told_at_its_field_and_the_words_stay(request_: Request) -> None:
    answer = moved(request_.owner, request_, "grant", until="2020-01-01T00:00", answer="欢迎")
    assert answer.status_code == 422
    assert 'id="until-fault"' in answer.text
    assert filled(answer.text)["answer"] == ["欢迎"]


def test_an_agreement_is_written_offered_and_accepted_as_it_was_read(request_: Request) -> None:
    fields = filled(page(request_.owner, "/agreements")) | {"title": "保密协议（一）", "text": "第一条　不得外传。"}
    assert send(request_.owner, "/agreements", fields).status_code == 303
    offering = page(request_.owner, request_.path)
    assert "保密协议（一）" in offering
    agreement = filled(offering)["agreement_id"][0]
    assert "第一条　不得外传。" in page(request_.owner, f"/agreements/{agreement}")
    assert moved(request_.owner, request_, "offer", agreement_id=agreement).status_code == 303
    assert view(request_) == "summary"
    shown = page(request_.asker, request_.path)
    assert "第一条　不得外传。" in shown
    assert moved(request_.asker, request_, "accept", text_hash="0" * 64).status_code == 422
    assert moved(request_.asker, request_, "accept", text_hash=filled(shown)["text_hash"][0]).status_code == 303
    assert view(request_) == "full"


def test_a_request_is_refused_or_taken_back(request_: Request, client: TestClient, side: Side) -> None:
    assert moved(request_.owner, request_, "refuse", answer="暂不合作").status_code == 303
    assert "暂不合作" in page(request_.asker, request_.path)
    assert moved(request_.owner, request_, "grant").status_code == 409
    other = side.post(client, title="另一项", disclosure="summary")["id"]
    ask = f"/consents/new?kind={side.kind}&id={other}"
    again = send(request_.asker, ask, filled(page(request_.asker, ask)) | WHY)
    second = Request(again.headers["Location"], request_.item, request_.owner, request_.asker)
    assert moved(request_.asker, second, "withdraw").status_code == 303
    assert 'value="withdraw"' not in page(request_.asker, second.path)


def test_strangers_and_ones_own_cannot_ask_or_read(
    client: TestClient, request_: Request, manager: TestClient, side: Side
) -> None:
    ask = f"/consents/new?kind={side.kind}&id={request_.item['id']}"
    page(manager, ask, 403)
    page(signed_in(client), request_.path, 404)
    reader = signed_in(client, side.owner, roles=[Role.POSTER, Role.RESEARCHER])
    assert 'value="grant"' not in page(reader, request_.path)
    answer = client.get("/consents", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=%2Fconsents")


def test_a_request_for_what_was_withdrawn_since_is_still_listed_without_its_title(
    request_: Request, manager: TestClient, side: Side
) -> None:
    path = f"{side.path}/{request_.item['id']}/withdraw"
    assert manager.post(path, json={}, headers={"If-Match": "*"}).status_code == 200
    listed = page(request_.asker, "/consents", language="en")
    assert request_.path in listed
    assert request_.item["title"] not in listed
    assert "that is not shown" in words(listed)


def test_the_list_is_exported_as_it_is_shown(request_: Request) -> None:
    headers = {"Accept-Language": "en"}
    csv = request_.owner.get("/consents/export?format=csv&side=received", headers=headers).content.decode("utf-8-sig")
    assert csv.splitlines()[0].startswith("Kind,Title,Who asks,Owner,State")
    assert request_.item["title"] in csv
    assert request_.item["title"] not in request_.owner.get("/consents/export?format=csv&side=sent").text
