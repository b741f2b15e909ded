"""Errors as problem details, whatever goes wrong; and what leaves with every answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from web_support import Side, operator, signed_in

from api.errors import ANSWERS
from matcher import errors


def problem(answer: Any) -> tuple[int, str]:
    """Status and code, after a look at the form."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    content = answer.json()
    assert content["status"] == answer.status_code
    assert content["type"] == "about:blank"
    assert content["title"]
    assert content["detail"]
    return answer.status_code, content["code"]


def test_every_error_of_the_domain_has_its_answer() -> None:
    raised = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert set(raised) - {errors.JiebangError} == set(ANSWERS)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v1/nowhere", 404, "not_found"),
        ("DELETE", "/api/v1/needs", 405, "method_not_allowed"),
        ("GET", "/api/v1/match", 405, "method_not_allowed"),
        ("GET", "/api/v1/needs?limit=many", 422, "invalid"),
        ("GET", "/api/v1/needs/nobody", 404, "not_found"),
    ],
)
def test_refusals_are_problem_details(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    assert problem(client.request(method, path)) == (status, code)


def test_a_method_that_is_not_possible_names_those_that_are(client: TestClient) -> None:
    assert set(client.delete("/api/v1/needs").headers["Allow"].split(", ")) & {"GET", "POST"}


@pytest.mark.parametrize("content", ["{", "[1]", '"text"', ""])
def test_a_body_that_is_no_json_object_is_refused(client: TestClient, content: str) -> None:
    answer = client.post("/api/v1/needs", content=content, headers={"Content-Type": "application/json"})
    assert problem(answer) == (422, "invalid")


BODIES = [
    (b'{"title": ', "application/json", 422, "invalid"),
    (b'{"title": "\xff\xfe"}', "application/json", 400, "bad_request"),
    (b"[" * 100_000, "application/json", 400, "bad_request"),
    (b'{"title": "a", "maturity": ' + b"9" * 5000 + b"}", "application/json", 400, "bad_request"),
    (b"title: a", "text/plain", 422, "invalid"),
    (b"<title>a</title>", "application/xml", 422, "invalid"),
    (b'{"title": "a"}', ";;", 422, "invalid"),
    (b"title=a", "application/x-www-form-urlencoded", 422, "invalid"),
    (b"no boundary", "multipart/form-data", 422, "invalid"),
    (b" " * (4 * 1024 * 1024 + 1), "application/json", 413, "too_large"),
]
ROUTES = [
    ("POST", "/api/v1/organisations"),
    ("POST", "/api/v1/needs"),
    ("PUT", "/api/v1/needs/{id}"),
    ("PATCH", "/api/v1/needs/{id}"),
    ("POST", "/api/v1/needs/{id}/{move}"),
    ("POST", "/api/v1/match"),
]


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_a_body_that_cannot_be_read_is_refused_as_described(
    client: TestClient, need_side: Side, method: str, route: str
) -> None:
    posted = need_side.post(client)
    manager = signed_in(client, need_side.owner)
    told = client.get("/openapi.json").json()["paths"][route][method.lower()]["responses"]
    for content, media_type, status, code in BODIES:
        answer = manager.request(
            method,
            route.format(id=posted["id"], move="close"),
            content=content,
            headers={"Content-Type": media_type, "If-Match": "*"},
        )
        assert problem(answer) == (status, code), content[:20]
        assert str(status) in told
    assert manager.get(f"{need_side.path}/{posted['id']}").json() == posted


@pytest.mark.parametrize("content", [b"garbage", b""])
@pytest.mark.parametrize("media_type", ["multipart/form-data", "multipart/form-data; boundary=x", "application/json"])
def test_a_file_that_was_not_sent_as_one_is_refused(client: TestClient, content: bytes, media_type: str) -> None:
    answer = operator(client).post("/api/v1/problem-lists", content=content, headers={"Content-Type": media_type})
    assert problem(answer) in {(400, "bad_request"), (422, "invalid")}


@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", ""), ("GET", "/events"), ("GET", "/matches"), ("PATCH", ""), ("POST", "/close")],
)
def test_a_query_parameter_that_nobody_knows_is_refused(client: TestClient, side: Side, method: str, rest: str) -> None:
    path = f"{side.path}/{side.post(client)['id']}{rest}"
    answer = client.request(
        method, path, params={"colour": "red"}, headers={"If-Match": "*"}, json=None if method == "GET" else {}
    )
    assert problem(answer) == (422, "invalid")
    assert [fault["place"] for fault in answer.json()["errors"]] == ["query.colour"]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"titel": "a"}, {"body.titel": "did you mean title?"}),
        ({"title": "a", "quux": 1}, {"body.quux": "There is no such name here"}),
        (
            {"title": "a", "indicators": [{"name": "a", "value": "x", "unti": "%"}], "maturty_now": 3},
            {
                "body.indicators[0].value": "Input should be a valid number, unable to parse string as a number",
                "body.indicators[0].unti": "did you mean unit?",
                "body.maturty_now": "did you mean maturity_now?",
            },
        ),
    ],
)
def test_a_member_that_nobody_knows_is_refused_with_the_near_one_that_is_known(
    client: TestClient, need_side: Side, sent: dict[str, Any], told: dict[str, str]
) -> None:
    answer = client.post(need_side.path, json={"organisation_id": need_side.owner, **sent})
    assert problem(answer) == (422, "invalid")
    found = {fault["place"]: fault["message"] for fault in answer.json()["errors"]}
    assert {place: message in found[place] for place, message in told.items()} == dict.fromkeys(told, True), found
    query = client.get(need_side.path, params={"feild": "equipment"}).json()["errors"]
    assert query == [{"place": "query.feild", "message": "There is no such name here; did you mean field?"}]


def test_the_answer_does_not_repeat_what_was_sent(client: TestClient, side: Side) -> None:
    answer = client.post(side.path, json={"organisation_id": side.owner, "title": ["机密内容"]})
    assert problem(answer) == (422, "invalid")
    assert "机密内容" not in answer.text


def test_a_json_body_without_end_is_refused(client: TestClient) -> None:
    chunks = (b" " * (1 << 20) for _ in range(5))
    answer = client.post("/api/v1/needs", content=chunks, headers={"Content-Type": "application/json"})
    assert problem(answer) == (413, "too_large")


# -- commits ---------------------------------------------------------------------------------------


@contextmanager
def failing(client: TestClient, error: Exception) -> Iterator[None]:
    """Every commit fails."""
    engine = client.app.state.home.engine  # type: ignore[attr-defined]

    def refuse(connection: object) -> None:
        raise error

    event.listen(engine, "commit", refuse)
    try:
        yield
    finally:
        event.remove(engine, "commit", refuse)


def test_what_could_not_be_committed_is_not_acknowledged(own_client: TestClient) -> None:
    path, draft = "/api/v1/organisations", {"kind": "lab", "name": "甲所"}
    asking = operator(own_client)
    with failing(own_client, OperationalError("COMMIT", {}, Exception("disk is full"))):
        answer = asking.post(path, json=draft)
    assert problem(answer) == (503, "unready")
    assert answer.headers["Retry-After"]
    assert asking.get(path).json()["items"] == []


def test_an_acknowledged_change_is_seen_by_the_next_who_asks(manager: TestClient, side: Side) -> None:
    posted = side.post(manager)
    assert manager.get(f"{side.path}/{posted['id']}").json() == posted


def test_an_unforeseen_error_tells_its_request_and_nothing_else(
    own_client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    asking = operator(own_client)
    with failing(own_client, ZeroDivisionError("机密内容")):
        answer = asking.post("/api/v1/organisations", json={"kind": "lab", "name": "甲所"})
    assert problem(answer) == (500, "internal_error")
    assert answer.headers["X-Request-ID"] in answer.json()["detail"]
    assert "机密内容" not in answer.text
    [logged] = [one for one in caplog.records if one.levelno == logging.ERROR and one.name == "api.middleware"]
    assert "ZeroDivisionError" in logged.getMessage()
    assert answer.headers["X-Request-ID"] in logged.getMessage()
    assert "机密内容" not in caplog.text


# -- every request ---------------------------------------------------------------------------------


def test_every_answer_carries_an_id_of_its_request(client: TestClient) -> None:
    ids = {client.get(path).headers["X-Request-ID"] for path in ("/healthz", "/nowhere", "/docs", "/api/v1/needs")}
    assert len(ids) == 4


@pytest.mark.parametrize(("given", "kept"), [("a-1.b_2", True), ("x" * 65, False), ("a b", False), ("", False)])
def test_a_given_id_is_kept_when_it_is_harmless(client: TestClient, given: str, kept: bool) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept


def test_the_log_names_the_request_but_not_what_was_asked(
    client: TestClient, side: Side, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client.get(side.path, params={"words": "secret-words"}, headers={"X-Request-ID": "log-1"})
        side.post(client, title="secret-title")
    [line] = [record.getMessage() for record in caplog.records if "log-1" in record.getMessage()]
    assert line.startswith(f"GET {side.path} 200 ")
    assert "secret" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("api", "matcher", "sqlalchemy"))
    )
