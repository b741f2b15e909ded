"""What is sent that should not be: fields nobody may set, files of nobody, the ids of other people's things."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message
from web_support import (
    SAME_ORIGIN,
    browser,
    by_token,
    new_person,
    sign_in,
    signed_in,
    with_password,
)


@pytest.fixture
def spec(client: TestClient) -> dict[str, Any]:
    return dict(client.get("/openapi.json").json())


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, told) for path, item in spec["paths"].items() for method, told in item.items()]


def code(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


# -- fields that nobody may set --------------------------------------------------------------------


def test_every_body_refuses_fields_that_it_does_not_know(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]
    looked_at = set()

    def check(schema: dict[str, Any], where: str) -> None:
        for part in [*schema.get("anyOf", []), *schema.get("allOf", []), *schema.get("oneOf", [])]:
            check(part, where)
        if "items" in schema:
            check(schema["items"], where)
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if name not in looked_at:
                looked_at.add(name)
                check(schemas[name], f"{where} {name}")
        if schema.get("type") == "object" and "properties" in schema:
            assert schema.get("additionalProperties") is False, where
            for part in schema["properties"].values():
                check(part, where)
        elif schema.get("type") == "object":  # a map, of keys that the sender chooses, values of one kind
            for part in [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]:
                check(part or {}, where)

    for method, path, told in operations(spec):
        body = told.get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            check(body["schema"], f"{method} {path}")
    assert {"SignInPost", "InvitationPost", "MemberRoles", "TokenDraft", "NameDraft", "NeedPost"} <= looked_at


@pytest.mark.parametrize(
    ("method", "path", "body", "extra"),
    [
        ("PATCH", "/api/v1/account", {"name": "甲"}, {"email": "me@evil.example"}),
        ("PATCH", "/api/v1/account", {"name": "甲"}, {"email_confirmed_at": "2026-01-01T00:00:00Z"}),
        ("POST", "/api/v1/account/tokens", {"name": "甲"}, {"person_id": "x"}),
        ("PUT", "/api/v1/session/organisation", {"organisation_id": None}, {"roles": ["manager"]}),
        ("POST", "/api/v1/session", {"email": "a@example.org", "password": "x"}, {"organisation_id": "x"}),
        ("PATCH", "/api/v1/account?disabled_at=", {"name": "甲"}, {}),
    ],
)
def test_fields_that_nobody_may_set_are_refused(
    client: TestClient, method: str, path: str, body: dict[str, Any], extra: dict[str, Any]
) -> None:
    visitor = browser(client)
    sign_in(visitor, with_password(client))
    answer = visitor.request(method, path, json=body | extra)
    assert code(answer) == (422, "invalid")
    [fault] = answer.json()["errors"]
    assert fault["place"] in {f"body.{name}" for name in extra} | {"query.disabled_at"}


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\表.csv", "表.csv"),
        ("/etc/cron.d/x.csv", "x.csv"),
        ("C:\\Windows\\x.csv", "x.csv"),
        ("..", ".."),
    ],
)
def test_the_name_of_a_file_leads_nowhere(client: TestClient, company: str, name: str, shown: str) -> None:
    home = client.app.state.home.settings.home  # type: ignore[attr-defined]
    before = {path for path in home.rglob("*") if path.suffix != ".sqlite3-wal"}
    answer = signed_in(client, company).post(
        "/api/v1/problem-lists", files={"file": (name, "需求名称,预算\n甲,面议\n".encode())}
    )
    assert answer.json().get("file", shown) == shown
    assert {path for path in home.rglob("*") if path.suffix != ".sqlite3-wal"} <= before | {home / "index"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer jb_wrong"}, {"Cookie": "jiebang=x", **SAME_ORIGIN}])
@pytest.mark.parametrize("path", ["/api/v1/problem-lists", "/api/v1/results/import"])
def test_nothing_is_read_of_an_upload_by_nobody(client: TestClient, path: str, headers: dict[str, str]) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    told = {"Host": "localhost", "Content-Type": "multipart/form-data; boundary=x", **headers}
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": path, "query_string": b"",
        "root_path": "", "headers": [(name.lower().encode(), value.encode()) for name, value in told.items()],
        "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip
    assert client.portal is not None
    client.portal.call(client.app, scope, receive, send)
    assert sent[0]["status"] == 401


# -- other people's things -------------------------------------------------------------------------

HIDDEN, REFUSED = {404}, {403}
OPEN = {200}

# What a manager of another organisation gets who names a company's, or a person's, things. Needs and
# results are those of the strictest tier: that they are shown by their tier is the policy's own test.
FOREIGN = {
    ("get", "/api/v1/organisations/{id}"): OPEN,
    ("get", "/api/v1/organisations/{id}/members"): REFUSED,
    ("put", "/api/v1/organisations/{id}/members/{person_id}"): REFUSED,
    ("delete", "/api/v1/organisations/{id}/members/{person_id}"): REFUSED,
    ("post", "/api/v1/organisations/{id}/invitations"): REFUSED,
    ("get", "/api/v1/organisations/{id}/invitations"): REFUSED,
    ("delete", "/api/v1/invitations/{id}"): HIDDEN,
    ("delete", "/api/v1/account/sign-ins/{id}"): HIDDEN,
    ("delete", "/api/v1/account/tokens/{id}"): HIDDEN,
    ("get", "/api/v1/people/{id}"): HIDDEN,
    ("delete", "/api/v1/people/{id}"): REFUSED,
    ("post", "/api/v1/people/{id}/disable"): REFUSED,
    ("post", "/api/v1/people/{id}/enable"): REFUSED,
    ("put", "/api/v1/people/{id}/accreditations/{role}"): REFUSED,
    ("delete", "/api/v1/people/{id}/accreditations/{role}"): REFUSED,
}
BODIES: dict[str, Any] = {
    "/api/v1/organisations/{id}/members/{person_id}": {"roles": ["manager"]},
    "/api/v1/organisations/{id}/invitations": {"email": "x@example.org", "roles": ["manager"]},
    "/api/v1/people/{id}/accreditations/{role}": {},
}


def test_the_ids_of_others_open_nothing(client: TestClient, company: str, lab: str) -> None:
    owner = browser(client)
    email = with_password(client, company)
    person_id = sign_in(owner, email).json()["person"]["id"]
    token = owner.post("/api/v1/account/tokens", json={"name": "甲"}).json()["id"]
    [session] = [one["id"] for one in owner.get("/api/v1/account/sign-ins").json()]
    invitation = owner.post(
        f"/api/v1/organisations/{company}/invitations", json={"email": "y@example.org", "roles": ["poster"]}
    ).json()["id"]
    ids = {"organisations": company, "people": person_id, "invitations": invitation, "account": None}
    foreign = browser(client)
    sign_in(foreign, with_password(client, lab))
    before = owner.get("/api/v1/session").json()
    for (method, path), expected in FOREIGN.items():
        id = {"sign-ins/{id}": session, "tokens/{id}": token}.get(path.removeprefix("/api/v1/account/"))
        filled = path.format(id=id or ids[path.split("/")[3]], person_id=person_id, role="operator")
        body = BODIES.get(path) if method in ("post", "put") else None
        assert foreign.request(method, filled, json=body).status_code in expected, (method, path)
        assert browser(client).request(method, filled, json=body).status_code in {401, 404}, (method, path)
    assert owner.get("/api/v1/session").json() == before
    assert token in [one["id"] for one in owner.get("/api/v1/account/tokens").json()]
    assert invitation in [one["id"] for one in owner.get(f"/api/v1/organisations/{company}/invitations").json()]


WALKED = re.compile(
    r"/api/v1/(needs|results|problem-lists|consents|agreements"
    r"|challenges|programmes|answers|offers|assignments|trials|objections|commitments|awards|contracts"
    r"|contract-changes|milestones|pairs|introductions|searches)/"
)


def test_every_route_that_takes_an_id_is_tried_with_that_of_others(spec: dict[str, Any]) -> None:
    """Those of needs, results, consents, agreements and challenges are walked by the tests of the policy."""
    with_ids = {
        (method, path)
        for method, path, _ in operations(spec)
        if re.search(r"{(id|person_id)}", path) and not WALKED.match(path)
    }
    assert with_ids == set(FOREIGN)


def test_ids_cannot_be_counted_up(client: TestClient, company: str) -> None:
    ids = [new_person(client, company) for _ in range(2)]
    ids.append(by_token(client, ids[0]).get("/api/v1/account/tokens").json()[0]["id"])
    assert len({id[14:] for id in ids}) == 3
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id) for id in ids)
