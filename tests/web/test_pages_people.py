"""Signing in, one's account, one's people and notices, in a browser without scripts."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from pages_support import page, send, told, words
from web_support import PASSWORD, browser, in_session, link_in, mails, new_person, operator, with_password

from api.routes import account

ENGLISH = {"Accept-Language": "en"}


def english(client: TestClient) -> TestClient:
    return browser(client, **ENGLISH)


def test_who_is_not_known_is_asked_to_sign_in_and_goes_on_from_there(client: TestClient, company: str) -> None:
    visitor, email = english(client), with_password(client, company)
    answer = visitor.get("/account?x=1", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Faccount%3Fx%3D1")
    data = {"email": email, "password": PASSWORD, "next": "/account?x=1"}
    assert send(visitor, "/sign-in", data).headers["location"] == "/account?x=1"
    assert email in page(visitor, "/account")


@pytest.mark.parametrize("next", ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_host(client: TestClient, company: str, next: str) -> None:
    data = {"email": with_password(client, company), "password": PASSWORD, "next": next}
    assert send(browser(client), "/sign-in", data).headers["location"] == "/"


def test_what_was_sent_when_the_session_was_over_is_sent_after_signing_in_again(
    client: TestClient, company: str
) -> None:
    visitor, email = english(client), with_password(client, company)
    lost = send(visitor, "/account/name", {"name": "韩<b>梅梅"})
    assert lost.status_code == 401
    assert "what you sent is kept on this page" in words(lost.text)
    held = '["name", "\\u97e9\\u003cb\\u003e\\u6885\\u6885"]'
    wrong = send(visitor, "/sign-in", {"email": email, "password": "wrong", "next": "/account/name", "held": held})
    assert wrong.status_code == 401
    assert "\\u6885" in wrong.text
    again = send(visitor, "/sign-in", {"email": email, "password": PASSWORD, "next": "/account/name", "held": held})
    assert 'action="/account/name"' in again.text
    assert 'name="name" value="韩&lt;b&gt;梅梅"' in again.text
    assert told(send(visitor, "/account/name", {"name": "韩梅梅"})) == "Saved."
    assert "韩梅梅" in page(visitor, "/account")


def test_the_language_is_that_of_the_account(client: TestClient, company: str) -> None:
    person = new_person(client, company)
    visitor = in_session(client, person)
    send(visitor, "/language", {"language": "zh-Hant", "next": "/account"})
    elsewhere = in_session(client, person)
    assert '<html lang="zh-Hant">' in page(elsewhere, "/account")
    assert "帳號" in words(page(elsewhere, "/account"))


def test_an_unknown_language_changes_nothing(client: TestClient, company: str) -> None:
    visitor = in_session(client, new_person(client, company))
    send(visitor, "/language", {"language": "tlh", "next": "/"})
    assert '<html lang="zh-Hans">' in page(visitor, "/account")


def test_only_words_of_the_catalogue_are_told(client: TestClient) -> None:
    visitor = english(client)
    visitor.cookies.set("jiebang-told", "%3DYour+account+is+lost.+Call+now")
    assert "Your account is lost" not in page(visitor, "/")


def test_a_server_that_fails_loses_nothing_that_was_typed(
    client: TestClient, company: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("out of order")

    visitor = in_session(client, new_person(client, company))
    visitor.headers.update(ENGLISH)
    monkeypatch.setattr(account, "rename", fails)
    answer = send(visitor, "/account/name", {"name": "韩梅梅第二"})
    assert answer.status_code == 500
    assert "Something went wrong here." in words(answer.text)
    assert 'value="韩梅梅第二"' in answer.text


def test_pages_are_kept_by_no_browser_and_static_files_for_good(client: TestClient, company: str) -> None:
    visitor = in_session(client, new_person(client, company))
    text = visitor.get("/account", headers={"Accept": "text/html"})
    assert text.headers["Cache-Control"] == "no-store"
    [style, *_] = re.findall(r'href="(/static/jiebang.css[^"]*)"', text.text)
    assert "immutable" in visitor.get(style).headers["Cache-Control"]


def test_a_refused_password_is_told_at_its_field(client: TestClient, company: str) -> None:
    visitor = in_session(client, new_person(client, company, email="li.lei.pages@example.org"))
    visitor.headers.update(ENGLISH)
    answer = send(visitor, "/account/password", {"old": "x-is-not-it", "new": ""})
    assert answer.status_code == 422
    assert 'href="#new"' in answer.text
    assert "x-is-not-it" not in answer.text


def test_a_manager_invites_and_the_invitation_is_accepted_in_the_browser(
    own_client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="api.mail.sending")
    client = own_client
    company = operator(client).post("/api/v1/organisations", json={"kind": "company", "name": "晨星"}).json()["id"]
    manager = in_session(client, new_person(client, company))
    manager.headers.update(ENGLISH)
    refused = send(manager, "/organisation/invitations", {"email": "new@example.org"})
    assert refused.status_code == 422
    assert 'value="new@example.org"' in refused.text
    sent = send(manager, "/organisation/invitations", {"email": "new@example.org", "roles": ["poster"]})
    assert told(sent) == "The invitation is on its way by mail."
    link = link_in(mails(client, caplog)[0])
    visitor = english(client)
    assert "You are invited to 晨星" in words(page(visitor, f"/links/{link}"))
    short = send(visitor, f"/links/{link}", {"name": "王芳", "password": "short"})
    assert short.status_code == 422
    assert 'value="王芳"' in short.text
    joined = send(visitor, f"/links/{link}", {"name": "王芳", "password": PASSWORD})
    assert (joined.status_code, joined.headers["location"]) == (303, "/sign-in")
    assert "王芳" in page(manager, "/organisation")


def test_people_of_no_organisation_are_told_what_to_do(client: TestClient) -> None:
    visitor = in_session(client, new_person(client))
    visitor.headers.update(ENGLISH)
    answer = visitor.get("/organisation", headers={"Accept": "text/html"})
    assert answer.status_code == 403
    assert "Act for an organisation first" in words(answer.text)


def test_notices_can_be_set_and_read(client: TestClient, company: str) -> None:
    visitor = in_session(client, new_person(client, company))
    visitor.headers.update(ENGLISH)
    assert "Nothing yet" in words(page(visitor, "/notices"))
    assert told(send(visitor, "/notices/settings", {"challenge.in_app": "on"})) == "Saved."
    kinds = {one["kind"]: one for one in visitor.get("/api/v1/notices/settings").json()}
    assert (kinds["challenge"]["in_app"], kinds["challenge"]["by_mail"]) == (True, False)
    assert (kinds["award"]["in_app"], kinds["award"]["by_mail"]) == (False, False)
