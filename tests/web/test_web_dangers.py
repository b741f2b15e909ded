"""The web's usual dangers, each tried."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from web_support import (
    ADDRESS,
    PASSWORD,
    Side,
    another,
    browser,
    engine_of,
    new_person,
    operator,
    password_hash,
    served,
    sign_in,
    with_password,
)

from api.app import create_app
from api.identity.limiting import Limiter
from api.settings import Settings
from embeddings.base import Encoder
from matcher.accounts import passwords
from matcher.errors import TooManyAttempts

UNSAFE = ("post", "put", "patch", "delete")
ORGANISATION = {"kind": "lab", "name": "跨站所"}


@pytest.fixture
def spec(client: TestClient) -> dict[str, Any]:
    return dict(client.get("/openapi.json").json())


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, told) for path, item in spec["paths"].items() for method, told in item.items()]


def code(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


# -- changes asked for by other sites --------------------------------------------------------------

CROSS = (403, "cross_site")


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": ADDRESS}, False),
        ({"Sec-Fetch-Site": "Same-Origin "}, False),
        ({"Origin": ADDRESS}, True),
        ({"Origin": "http://127.0.0.1"}, False),
        ({"Origin": "http://127.0.0.1:8001"}, False),
        ({"Origin": "http://127.0.0.1:8000.evil.example"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Referer": f"{ADDRESS}/docs"}, False),
        ({}, False),
    ],
)
def test_a_cookie_alone_changes_nothing(client: TestClient, headers: dict[str, str], passes: bool) -> None:
    visitor = browser(client)
    sign_in(visitor, with_password(client))
    asked = another(client, **headers)
    asked.cookies = visitor.cookies
    answer = asked.patch("/api/v1/account", json={"name": "甲"})
    assert answer.status_code == 200 if passes else code(answer) == CROSS
    assert asked.get("/api/v1/account").json()["name"] == ("甲" if passes else "李雷")


@pytest.mark.parametrize(
    ("asked_over", "page", "passes"),
    [
        ("https://127.0.0.1:8000", "https://127.0.0.1:8000", True),
        ("https://127.0.0.1:8000", "http://127.0.0.1:8000", False),
        ("http://127.0.0.1:8000", "https://127.0.0.1:8000", True),  # a proxy took the https off
    ],
)
def test_a_page_without_https_does_not_act_where_there_is_https(
    client: TestClient, asked_over: str, page: str, passes: bool
) -> None:
    asked = another(client, Origin=page)
    asked.base_url = asked_over
    answer = asked.post("/api/v1/match", json={"text": "轴承", "wanted": "need"})
    assert answer.status_code == 200 if passes else code(answer) == CROSS


def test_every_change_is_refused_to_other_sites(client: TestClient, spec: dict[str, Any]) -> None:
    asked = another(client, **{"Sec-Fetch-Site": "cross-site"})
    tried = [(method, path) for method, path, _ in operations(spec) if method in UNSAFE]
    assert len(tried) > 30
    for method, path in tried:
        filled = re.sub(r"{\w+}", "x", path)
        assert code(asked.request(method, filled)) == CROSS, (method, path)


def test_no_other_site_signs_a_visitor_in(client: TestClient) -> None:
    visitor = another(client, Origin="https://evil.example")
    assert code(sign_in(visitor, with_password(client))) == CROSS
    assert "jiebang" not in visitor.cookies


def test_programs_with_a_token_need_say_nothing_of_a_site(client: TestClient) -> None:
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        answer = operator(client).post("/api/v1/invitations", json={"email": "bad"}, headers=headers)
        assert answer.status_code == 422


def test_no_answer_lets_other_origins_read_it(client: TestClient) -> None:
    for method in ("GET", "OPTIONS"):
        headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        answer = client.request(method, "/api/v1/needs", headers=headers)
        assert [name for name in answer.headers if name.lower().startswith("access-control-")] == []


# -- hosts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8000", True),
        ("203.0.113.7", True),
        ("[::1]:8000", True),
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("jiebang.example.org", True),
        ("JIEBANG.example.org.:443", True),
        ("desk.example.com", True),
        ("a.desks.example.com", True),
        ("desks.example.com", False),
        ("evil.example", False),
        ("jiebang.example.org.evil.example", False),
        ("eviljiebang.example.org", False),
        ("evil-desks.example.com", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("jiebang.example.org@evil.example", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_only_known_hosts_are_answered(settings: Settings, encoder: Encoder, host: str, known: bool) -> None:
    changed = {
        "public_url": "https://jiebang.example.org/base",
        "allowed_hosts": "desk.example.com, *.desks.example.com",
    }
    client = TestClient(create_app(settings.model_copy(update=changed), encoder=encoder), base_url=ADDRESS)
    answer = client.get("/healthz", headers={"Host": host})
    assert answer.status_code == 200 if known else code(answer) == (400, "unknown_host")


def test_any_host_may_be_allowed(settings: Settings, encoder: Encoder) -> None:
    client = TestClient(create_app(settings.model_copy(update={"allowed_hosts": "*"}), encoder=encoder))
    assert client.get("/healthz", headers={"Host": "anything.example"}).status_code == 200


def test_links_in_mails_begin_with_the_setting_whatever_the_host(
    settings: Settings, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    changed = {"public_url": "https://jiebang.example.org/base/", "allowed_hosts": "*"}
    with served(settings.model_copy(update=changed), encoder) as client:
        sent = {"email": with_password(client)}
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
        client.post("/api/v1/account/password-reset", json=sent, headers=headers)
        client.app.state.background.wait()  # type: ignore[attr-defined]
    [mail] = [one.getMessage() for one in caplog.records if one.name == "api.mail.sending"]
    assert "https://jiebang.example.org/base/links/" in mail
    assert "evil.example" not in mail


# -- what browsers are told ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/api/v1/needs", "/api/v1/needs/nobody", "/nowhere", "/docs", "/openapi.json"]
)
def test_every_answer_tells_browsers_what_it_is_not_for(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert (policy["frame-ancestors"], policy["base-uri"], policy["form-action"]) == ("'none'", "'none'", "'self'")
    assert "unsafe" not in policy["script-src"]
    assert "http" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_what_depends_on_who_asks_is_kept_by_no_cache(client: TestClient) -> None:
    assert client.get("/api/v1/needs").headers["Cache-Control"] == "no-store"


def test_over_https_browsers_are_told_to_stay_there(client: TestClient) -> None:
    assert client.get("https://127.0.0.1/healthz").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_page_of_the_description_runs_its_own_scripts_and_no_others(client: TestClient) -> None:
    page = client.get("/docs")
    scripts = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert len(scripts) == 1
    assert "SwaggerUIBundle" in scripts[0]
    hashed = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    [allowed] = re.findall("script-src ([^;]*)", page.headers["Content-Security-Policy"])
    assert allowed == f"'self' 'sha256-{hashed}'"
    assert "SwaggerUIBundle" not in client.get("/").headers["Content-Security-Policy"]


@pytest.mark.parametrize("markup", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_markup_in_a_text_comes_back_as_json_and_as_nothing_else(manager: TestClient, side: Side, markup: str) -> None:
    posted = side.post(manager, title=markup)
    for path in (side.path, f"{side.path}/{posted['id']}", f"{side.path}/{markup}", f"{side.path}?state={markup}"):
        answer = manager.get(path)
        assert answer.headers["Content-Type"] in ("application/json", "application/problem+json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# -- guessing --------------------------------------------------------------------------------------


@pytest.fixture
def limited(settings: Settings, encoder: Encoder) -> Iterator[TestClient]:
    """A home that takes three attempts a minute from one address."""
    with served(settings.model_copy(update={"attempt_rate": "3/minute"}), encoder) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "body", "first"),
    [
        ("/api/v1/session", {"email": "a@example.org", "password": "wrong"}, 401),
        ("/api/v1/account/password-reset", {"email": "a@example.org"}, 202),
        ("/api/v1/account/password-reset/x", {"password": PASSWORD}, 409),
        ("/api/v1/account/email-confirmation/x", None, 409),
        ("/api/v1/invitations/x/acceptance", {"name": "甲", "password": PASSWORD}, 409),
        ("/api/v1/invitations", {"email": "bad"}, 401),
        ("/api/v1/organisations/x/invitations", {"email": "bad", "roles": ["poster"]}, 401),
    ],
)
def test_one_address_has_few_attempts(limited: TestClient, path: str, body: Any, first: int) -> None:
    answers = [limited.post(path, json=body) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [first, first, first, 429]
    assert code(answers[-1]) == (429, "too_many_attempts")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_links_are_not_tried_out_one_after_the_other(limited: TestClient) -> None:
    assert [limited.get(f"/api/v1/links/{n}").status_code for n in range(4)] == [404, 404, 404, 429]


def test_addresses_of_one_household_count_as_one() -> None:
    limiter = Limiter("2/minute")
    for address in ("2001:db8::1", "2001:db8::ffff:2", "192.0.2.1", "192.0.2.2", "2001:db8:0:1::1"):
        limiter.attempt("x", address)
    with pytest.raises(TooManyAttempts):
        limiter.attempt("x", "2001:db8::3")
    limiter.attempt("another", "2001:db8::3")


def test_one_mailbox_is_sent_few_mails(own_client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    asked = {"email": "flooded@example.org"}
    assert {operator(own_client).post("/api/v1/invitations", json=asked).status_code for _ in range(5)} == {201}
    assert code(operator(own_client).post("/api/v1/invitations", json=asked)) == (429, "too_many_attempts")
    waiting = operator(own_client).get("/api/v1/invitations").json()
    assert len(waiting) == 1
    assert own_client.post("/api/v1/account/password-reset", json=asked).status_code == 202


@pytest.mark.parametrize(
    ("trusted", "proxy", "statuses"),
    [
        ("", "10.0.0.1", [401, 401, 401, 429]),
        ("10.0.0.0/8", "10.0.0.1", [401, 401, 401, 401]),
        ("10.0.0.0/8", "192.0.2.1", [401, 401, 401, 429]),
    ],
)
def test_proxies_are_believed_where_the_settings_say_so(
    settings: Settings, encoder: Encoder, trusted: str, proxy: str, statuses: list[int]
) -> None:
    changed = {"attempt_rate": "3/minute", "trusted_proxies": trusted}
    with served(settings.model_copy(update=changed), encoder) as client:
        asking = TestClient(client.app, base_url=ADDRESS, client=(proxy, 50000))
        asking.portal = client.portal
        sent = {"email": "nobody@example.org", "password": "wrong"}
        answers = [
            asking.post("/api/v1/session", json=sent, headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(4)
        ]
        secure = asking.get("/healthz", headers={"X-Forwarded-Proto": "https"})
    assert [answer.status_code for answer in answers] == statuses
    assert ("Strict-Transport-Security" in secure.headers) is (statuses[-1] == 401)


# -- who has an account ----------------------------------------------------------------------------


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one with every verification of a password, which is what takes the time."""
    counted: list[str] = []
    verify = passwords.HASHES.verify_and_update

    def count(password: str, stored: str) -> Any:
        counted.append(stored[:9])
        return verify(password, stored)

    monkeypatch.setattr(passwords.HASHES, "verify_and_update", count)
    return counted


def test_a_failed_sign_in_does_not_tell_who_has_an_account(own_client: TestClient, checks: list[str]) -> None:
    with_password(own_client, email="known@example.org")
    new_person(own_client, email="without@example.org")
    disabled = new_person(own_client, email="disabled@example.org", password_hash=password_hash())
    operator(own_client).post(f"/api/v1/people/{disabled}/disable")
    addresses = ["known@example.org", "without@example.org", "disabled@example.org", "nobody@example.org", "no address"]
    answers = [sign_in(browser(own_client), email, "wrong password") for email in addresses]
    assert len({answer.text for answer in answers}) == 1
    assert {tuple(sorted(set(answer.headers) - {"x-request-id"})) for answer in answers} == {
        tuple(sorted(set(answers[0].headers) - {"x-request-id"}))
    }
    assert checks == ["$argon2id"] * len(addresses)


def test_slowing_down_does_not_tell_who_has_an_account(own_client: TestClient) -> None:
    with_password(own_client, email="known@example.org")
    told = {}
    for email in ("known@example.org", "nobody@example.org"):
        answers = [sign_in(browser(own_client), email, "wrong password") for _ in range(7)]
        told[email] = [answer.status_code for answer in answers]
    assert told["known@example.org"] == told["nobody@example.org"]
    assert told["known@example.org"][-1] == 429


def test_a_reset_looks_nothing_up_before_it_answers(own_client: TestClient) -> None:
    with_password(own_client, email="known@example.org")
    seen: list[str] = []

    @event.listens_for(engine_of(own_client), "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if threading.current_thread().name == "background":
            seen.append(statement)

    before: list[int] = []
    for email in ("known@example.org", "nobody@example.org"):
        answer = own_client.post("/api/v1/account/password-reset", json={"email": email})
        assert (answer.status_code, answer.content) == (202, b"")
        own_client.app.state.background.wait()  # type: ignore[attr-defined]
        before.append(len(seen))
    assert 0 < before[0] < before[1]
    event.remove(engine_of(own_client), "before_cursor_execute", note)
