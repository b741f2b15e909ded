"""The description of the API: valid, complete, and true."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import TypeAdapter
from web_support import Side, signed_in

from api import described
from api.schemas.items import NeedPost, ResultPost
from api.schemas.matches import MatchRequest
from matcher.drafts import NeedDraft, ResultDraft
from matcher.organisations import OrganisationDraft


@pytest.fixture
def spec(client: TestClient) -> dict[str, Any]:
    return dict(client.get("/openapi.json").json())


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, told) for path, item in spec["paths"].items() for method, told in item.items()]


def test_it_is_valid_openapi_3_1(spec: dict[str, Any]) -> None:
    assert spec["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(spec).iter_errors()) == []


def test_every_operation_describes_its_errors_as_problems(spec: dict[str, Any]) -> None:
    for method, path, told in operations(spec):
        if path == "/healthz":
            continue
        refusals = {status: answer for status, answer in told["responses"].items() if status[0] in "45"}
        expected = {"503"}
        if path.startswith("/api"):
            expected |= {"422", "500"}
        if "{id}" in path:
            expected.add("404")
        if any(parameter["name"].lower() == "if-match" for parameter in told.get("parameters", [])):
            expected |= {"409", "412", "428"}
        if method != "get":
            expected.add("403")
        if "requestBody" in told:
            expected |= {"400", "413"}
        if "multipart/form-data" in told.get("requestBody", {}).get("content", {}):
            expected |= {"404", "409"}
        assert expected <= refusals.keys(), (method, path)
        assert all(list(answer["content"]) == ["application/problem+json"] for answer in refusals.values())


def test_every_operation_and_every_option_is_told_in_words(spec: dict[str, Any]) -> None:
    for method, path, told in operations(spec):
        assert told["summary"], (method, path)
        assert told["responses"][min(told["responses"])]["description"]


@pytest.mark.parametrize(
    ("examples", "form"),
    [
        (described.ORGANISATIONS, OrganisationDraft),
        (described.NEW_NEEDS, NeedPost),
        (described.NEW_RESULTS, ResultPost),
        (described.NEEDS, NeedDraft),
        (described.RESULTS, ResultDraft),
        (described.QUESTIONS, MatchRequest),
    ],
)
def test_every_example_is_taken(examples: dict[str, Any], form: Any) -> None:
    for example in examples.values():
        TypeAdapter(form).validate_python(example["value"])


def test_the_examples_are_in_both_languages() -> None:
    for examples in (described.NEEDS, described.RESULTS):
        titles = [example["value"]["title"] for example in examples.values()]
        assert [title.isascii() for title in titles] == [False, True]


def test_the_examples_stand_in_the_description(spec: dict[str, Any]) -> None:
    body = spec["paths"]["/api/v1/needs"]["post"]["requestBody"]["content"]["application/json"]
    assert list(body["examples"]) == ["zh", "en"]
    patch = spec["paths"]["/api/v1/needs/{id}"]["patch"]["requestBody"]["content"]
    assert list(patch) == ["application/merge-patch+json"]


def test_routes_answer_as_described(
    client: TestClient, spec: dict[str, Any], need_side: Side, result_side: Side
) -> None:
    files = {"file": ("a.csv", "需求名称,预算\n一,面议\n,面议\n".encode())}
    need, result = need_side.post(client), result_side.post(client)
    manager = signed_in(client, need_side.owner)
    asked = [
        ("get", "/api/v1/needs", {}, {}),
        ("get", "/api/v1/results", {}, {}),
        ("get", "/api/v1/needs/{id}", {"id": need["id"]}, {}),
        ("get", "/api/v1/results/{id}", {"id": result["id"]}, {}),
        ("get", "/api/v1/needs/{id}/events", {"id": need["id"]}, {}),
        ("get", "/api/v1/needs/{id}/matches", {"id": need["id"]}, {}),
        ("get", "/api/v1/results/{id}/matches", {"id": result["id"]}, {}),
        ("get", "/api/v1/organisations/{id}", {"id": need_side.owner}, {}),
        ("get", "/api/v1/organisations", {}, {}),
        ("get", "/api/v1/fields", {}, {}),
        ("get", "/api/v1/regions", {}, {}),
        ("get", "/healthz", {}, {}),
        ("get", "/readyz", {}, {}),
        ("get", "/api/v1/needs/{id}", {"id": "nobody"}, {}),
        ("put", "/api/v1/needs/{id}", {"id": need["id"]}, {"json": {"title": "a"}}),
        ("put", "/api/v1/needs/{id}", {"id": need["id"]}, {"json": {"titel": "a"}, "headers": {"If-Match": "*"}}),
        ("patch", "/api/v1/needs/{id}", {"id": need["id"]}, {"json": {"title": "a"}, "headers": {"If-Match": '"7"'}}),
        ("post", "/api/v1/needs/{id}/{move}", {"id": need["id"], "move": "reopen"}, {"headers": {"If-Match": "*"}}),
        ("post", "/api/v1/needs/{id}/{move}", {"id": need["id"], "move": "close"}, {"headers": {"If-Match": "*"}}),
        ("put", "/api/v1/results/{id}", {"id": result["id"]}, {"json": {"title": "a"}, "headers": {"If-Match": "*"}}),
        ("get", "/api/v1/session", {}, {"headers": {"Authorization": "Bearer jb_wrong"}}),
        ("get", "/api/v1/session", {}, {}),
        ("get", "/api/v1/account", {}, {}),
        ("get", "/api/v1/account/sign-ins", {}, {}),
        ("get", "/api/v1/account/tokens", {}, {}),
        ("get", "/api/v1/organisations/{id}/members", {"id": need_side.owner}, {}),
        ("get", "/api/v1/organisations/{id}/invitations", {"id": need_side.owner}, {}),
        ("get", "/api/v1/people", {}, {}),
        ("get", "/api/v1/links/{link}", {"link": "nothing"}, {}),
        ("post", "/api/v1/match", {}, {"json": {"text": "残碱", "wanted": "result"}}),
        ("post", "/api/v1/problem-lists", {}, {"files": files, "data": {"organisation_id": need_side.owner}}),
    ]
    seen = set()
    for method, path, places, content in asked:
        answer = manager.request(method, path.format(**places), **content)
        told = spec["paths"][path][method]["responses"][str(answer.status_code)]
        media_type = answer.headers["Content-Type"].partition(";")[0]
        schema = told["content"][media_type]["schema"]
        # References in it point into the description.
        Draft202012Validator(schema | {"components": spec["components"]}).validate(answer.json())
        seen.add(answer.status_code)
    assert seen == {200, 201, 401, 403, 404, 409, 412, 422, 428}


def test_the_pages_of_the_description_need_no_internet(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "://" not in page.replace("http://www.w3.org", "")
    scripts = [part.partition('"')[0] for part in page.split('src="')[1:]]
    assert scripts
    assert all(client.get(script).status_code == 200 for script in scripts)


def test_the_root_points_to_it(client: TestClient) -> None:
    root = client.get("/").json()
    assert client.get(root["docs"]).status_code == 200
    assert client.get(root["openapi"]).status_code == 200
