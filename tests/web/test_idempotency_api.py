"""Creates repeated under an Idempotency-Key."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select
from web_support import Side, operator

from api import idempotency
from matcher.entities import IdempotentReply
from matcher.sessions import reading, writing

Headers = dict[str, str]


@pytest.fixture
def key() -> Headers:
    return {"Idempotency-Key": str(uuid.uuid4())}


def test_a_repeated_create_gets_the_first_ones_answer(manager: TestClient, side: Side, key: Headers) -> None:
    body = side.draft | {"organisation_id": side.owner}
    first = manager.post(side.path, json=body, headers=key)
    reordered = dict(reversed(body.items()))
    again = manager.post(side.path, json=reordered, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert (again.headers["Location"], again.headers["ETag"]) == (first.headers["Location"], '"1"')
    assert len(side.listed(manager)) == 1


def test_the_answer_stays_the_first_one_after_an_edit(manager: TestClient, side: Side, key: Headers) -> None:
    body = side.draft | {"organisation_id": side.owner}
    first = manager.post(side.path, json=body, headers=key)
    manager.patch(first.headers["Location"], json={"problem": "改"}, headers={"If-Match": "*"})
    assert manager.post(side.path, json=body, headers=key).json() == first.json()


def test_a_key_used_for_another_request_is_refused(manager: TestClient, side: Side, key: Headers) -> None:
    manager.post(side.path, json=side.draft | {"organisation_id": side.owner}, headers=key)
    other = manager.post(side.path, json=side.draft | {"organisation_id": side.owner, "title": "另一个"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    elsewhere = manager.post("/api/v1/organisations", json={"kind": "lab", "name": "丁所"}, headers=key)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "key_reused")


def test_a_create_that_failed_does_not_use_the_key_up(manager: TestClient, side: Side, key: Headers) -> None:
    body = side.draft | {"organisation_id": side.owner}
    assert manager.post(side.path, json=body | {"title": ""}, headers=key).status_code == 422
    assert manager.post(side.path, json=body | {"organisation_id": "nobody"}, headers=key).status_code == 403
    assert manager.post(side.path, json=body, headers=key).status_code == 201


def test_an_organisation_too_is_admitted_once(client: TestClient, key: Headers) -> None:
    path, draft = "/api/v1/organisations", {"kind": "lab", "name": f"丁所{uuid.uuid4()}"}
    answers = [operator(client).post(path, json=draft, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


def test_an_empty_or_endless_key_is_refused(manager: TestClient, side: Side) -> None:
    body = side.draft | {"organisation_id": side.owner}
    for key in ("", "x" * 201):
        assert manager.post(side.path, json=body, headers={"Idempotency-Key": key}).status_code == 422


def test_creates_at_the_same_time_under_one_key_end_in_one(manager: TestClient, side: Side, key: Headers) -> None:
    body = side.draft | {"organisation_id": side.owner}
    found: list[tuple[int, str]] = []
    barrier = threading.Barrier(6)

    def post() -> None:
        barrier.wait()
        answer = manager.post(side.path, json=body, headers=key)
        found.append((answer.status_code, answer.json()["id"]))

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert found[0][0] == 201
    assert len(side.listed(manager)) == 1


def test_old_answers_are_forgotten(manager: TestClient, side: Side) -> None:
    engine = manager.app.state.home.engine  # type: ignore[attr-defined]
    body = side.draft | {"organisation_id": side.owner}
    old, new = f"{side.owner} old", f"{side.owner} new"
    for key in (old, new):
        manager.post(side.path, json=body | {"title": key}, headers={"Idempotency-Key": key})
    with writing(engine) as session:
        reply = session.exec(select(IdempotentReply).where(IdempotentReply.key == old)).one()
        reply.created_at -= idempotency.KEPT_FOR + timedelta(minutes=1)
        session.add(reply)
    idempotency.forget_old(engine)
    with reading(engine) as session:
        keys = session.exec(select(IdempotentReply.key).where(col(IdempotentReply.key).in_([old, new]))).all()
    assert keys == [new]
