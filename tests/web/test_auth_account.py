"""One's own account over HTTP: name, password, address, second factor, sessions, tokens, its end."""

from __future__ import annotations

import logging
from typing import Any

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from web_support import (
    PASSWORD,
    another,
    browser,
    by_token,
    engine_of,
    link_in,
    mails,
    new_person,
    sign_in,
    signed_in,
    with_password,
)

from matcher.accounts import people
from matcher.entities import ApiToken, PlatformRole, now
from matcher.sessions import reading, writing

PATH = "/api/v1/account"
OTHER = "长颈鹿-tricycle-43"


@pytest.fixture
def email(client: TestClient) -> str:
    return with_password(client)


@pytest.fixture
def visitor(client: TestClient, email: str) -> TestClient:
    """Signed in with a password."""
    made = browser(client)
    assert sign_in(made, email).status_code == 201
    return made


def test_the_account_is_told_without_its_secrets(visitor: TestClient, email: str) -> None:
    told = visitor.get(PATH).json()
    assert set(told) == {
        "id", "email", "name", "email_confirmed", "second_factor", "signs_in_elsewhere", "created_at"
    }  # fmt: skip
    assert (told["email"], told["email_confirmed"], told["second_factor"]) == (email, True, False)


def test_the_name_is_changed(visitor: TestClient) -> None:
    answer = visitor.patch(PATH, json={"name": " 韩梅梅 "})
    assert (answer.status_code, answer.json()["name"]) == (200, "韩梅梅")
    assert visitor.get(PATH).json() == answer.json()


# -- passwords -------------------------------------------------------------------------------------


def test_a_changed_password_ends_the_other_sessions_and_tokens(
    client: TestClient, visitor: TestClient, email: str
) -> None:
    other = browser(client)
    sign_in(other, email)
    secret = visitor.post(f"{PATH}/tokens", json={"name": "nightly"}).json()["secret"]
    answer = visitor.post(f"{PATH}/password", json={"old": PASSWORD, "new": OTHER})
    assert (answer.status_code, answer.json()) == (200, {"sessions_ended": 1, "tokens_revoked": 1})
    assert another(client, Authorization=f"Bearer {secret}").get(PATH).status_code == 401
    assert (visitor.get(PATH).status_code, other.get(PATH).status_code) == (200, 401)
    assert sign_in(browser(client), email, OTHER).status_code == 201


@pytest.mark.parametrize(
    ("sent", "status", "place"),
    [
        ({"old": "another-password", "new": OTHER}, 403, None),
        ({"old": PASSWORD, "new": "short"}, 422, ["new"]),
        ({"old": PASSWORD, "new": "password123456"}, 422, ["new"]),
        ({"old": PASSWORD}, 422, ["body.new"]),
    ],
)
def test_a_password_is_changed_by_who_knows_it_to_a_good_one(
    visitor: TestClient, sent: dict[str, str], status: int, place: Any
) -> None:
    answer = visitor.post(f"{PATH}/password", json=sent)
    assert answer.status_code == status
    assert place == ([fault["place"] for fault in answer.json()["errors"]] if place else None)
    assert all(secret not in answer.text for secret in sent.values())


def test_a_forgotten_password_is_reset_by_mail_once(
    client: TestClient, visitor: TestClient, email: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.post(f"{PATH}/password-reset", json={"email": email})
    assert (answer.status_code, answer.text) == (202, "")
    [mail] = mails(client, caplog)
    assert mail[0] == email
    link = link_in(mail)
    assert f"http://127.0.0.1:8000/links/{link}" in mail[2]
    told = client.get(f"/api/v1/links/{link}").json()
    assert (told["purpose"], told["use"], told["email"]) == ("reset_password", f"{PATH}/password-reset/{link}", None)
    refused = client.post(told["use"], json={"password": "password123456"})
    assert refused.status_code == 422
    assert client.post(told["use"], json={"password": OTHER}).status_code == 200
    assert visitor.get(PATH).status_code == 401
    assert sign_in(browser(client), email, OTHER).status_code == 201
    assert client.post(told["use"], json={"password": PASSWORD}).status_code == 409
    assert client.get(f"/api/v1/links/{link}").status_code == 404


@pytest.mark.parametrize("address", ["nobody@example.org", "no address at all"])
def test_a_reset_for_nobody_is_answered_alike_and_mails_nothing(
    client: TestClient, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    answer = client.post(f"{PATH}/password-reset", json={"email": address})
    assert (answer.status_code, answer.text) == (202, "")
    assert mails(client, caplog) == []
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


def test_mails_come_in_both_languages(client: TestClient, email: str, caplog: pytest.LogCaptureFixture) -> None:
    client.post(f"{PATH}/password-reset", json={"email": email})
    [(_, subject, text)] = mails(client, caplog)
    assert subject == "重设密码 · Reset your password"
    assert "链接只能使用一次" in text
    assert "It can be used once" in text


def test_links_and_passwords_are_not_logged(client: TestClient, email: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post(f"{PATH}/password-reset", json={"email": email})
        link = link_in(mails(client, caplog)[0])
        client.get(f"/api/v1/links/{link}")
        client.post(f"{PATH}/password-reset/{link}", json={"password": OTHER})
    logged = [one.getMessage() for one in caplog.records if one.name not in ("api.mail.sending", "httpx2", "httpx")]
    assert any(line.startswith("GET /api/v1/links/… 200 ") for line in logged)
    assert not any(secret in line for line in logged for secret in (link, OTHER))


# -- the address -----------------------------------------------------------------------------------


def test_an_address_is_confirmed_by_mail(
    client: TestClient, visitor: TestClient, email: str, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(engine_of(client)) as session:
        person = people.by_email(session, email)
        assert person is not None
        person.email_confirmed_at = None
        session.add(person)
    assert visitor.get(PATH).json()["email_confirmed"] is False
    assert visitor.post(f"{PATH}/email-confirmation").status_code == 202
    [mail] = mails(client, caplog)
    told = client.get(f"/api/v1/links/{link_in(mail)}").json()
    assert told["purpose"] == "confirm_email"
    assert client.post(told["use"]).status_code == 204
    assert visitor.get(PATH).json()["email_confirmed"] is True
    assert client.post(told["use"]).status_code == 409


def test_a_confirmed_address_is_not_mailed_again(
    client: TestClient, visitor: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert visitor.post(f"{PATH}/email-confirmation").status_code == 202
    assert mails(client, caplog) == []


# -- the second factor -----------------------------------------------------------------------------


def test_a_second_factor_is_in_force_once_it_was_confirmed_and_ends_by_password(visitor: TestClient) -> None:
    started = visitor.post(f"{PATH}/second-factor")
    assert started.status_code == 201
    assert started.json()["key"] in started.json()["uri"]
    assert visitor.get(PATH).json()["second_factor"] is False
    wrong = visitor.post(f"{PATH}/second-factor/confirmation", json={"code": "000000x"})
    assert wrong.status_code == 422
    right = {"code": pyotp.TOTP(started.json()["key"]).at(now())}
    assert visitor.post(f"{PATH}/second-factor/confirmation", json=right).status_code == 204
    assert visitor.get(PATH).json()["second_factor"] is True
    assert visitor.post(f"{PATH}/second-factor").status_code == 409
    wrong = visitor.post(f"{PATH}/second-factor/removal", json={"password": OTHER})
    assert wrong.status_code == 403
    assert visitor.post(f"{PATH}/second-factor/removal", json={"password": PASSWORD}).status_code == 204
    assert visitor.get(PATH).json()["second_factor"] is False


# -- sessions and tokens ---------------------------------------------------------------------------


def test_sessions_are_listed_and_ended(client: TestClient, visitor: TestClient, email: str) -> None:
    other = browser(client, **{"User-Agent": "Other/2"})
    sign_in(other, email)
    listed = visitor.get(f"{PATH}/sign-ins").json()
    assert {(one["program"], one["current"]) for one in listed} == {("testclient", True), ("Other/2", False)}
    [foreign] = [one["id"] for one in listed if not one["current"]]
    assert visitor.delete(f"{PATH}/sign-ins/{foreign}").status_code == 204
    assert (visitor.get(PATH).status_code, other.get(PATH).status_code) == (200, 401)


def test_all_other_sessions_are_ended_at_once(client: TestClient, visitor: TestClient, email: str) -> None:
    others = [browser(client) for _ in range(2)]
    for other in others:
        sign_in(other, email)
    assert visitor.delete(f"{PATH}/sign-ins").status_code == 204
    assert [one.get(PATH).status_code for one in (visitor, *others)] == [200, 401, 401]


def test_a_token_is_shown_once_and_works_until_it_is_revoked(client: TestClient, visitor: TestClient) -> None:
    made = visitor.post(f"{PATH}/tokens", json={"name": "月报", "days": 30})
    secret = made.json().pop("secret")
    assert made.status_code == 201
    assert secret.startswith("jb_")
    listed = visitor.get(f"{PATH}/tokens")
    assert [one["name"] for one in listed.json()] == ["月报"]
    assert secret not in listed.text
    with reading(engine_of(client)) as session:
        stored = session.exec(select(ApiToken).where(ApiToken.id == made.json()["id"])).one()
        assert secret not in str(stored.model_dump())
    program = another(client, Authorization=f"Bearer {secret}")
    assert program.get(PATH).json() == visitor.get(PATH).json()
    assert visitor.delete(f"{PATH}/tokens/{made.json()['id']}").status_code == 204
    assert program.get(PATH).status_code == 401
    assert visitor.get(f"{PATH}/tokens").json() == []


def test_no_token_is_made_for_an_organisation_of_others(client: TestClient, visitor: TestClient, lab: str) -> None:
    answer = visitor.post(f"{PATH}/tokens", json={"name": "x", "organisation_id": lab})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", PATH, {"name": "甲"}),
        ("DELETE", PATH, None),
        ("POST", f"{PATH}/password", {"old": PASSWORD, "new": OTHER}),
        ("POST", f"{PATH}/email-confirmation", None),
        ("POST", f"{PATH}/second-factor", None),
        ("POST", f"{PATH}/second-factor/confirmation", {"code": "123456"}),
        ("POST", f"{PATH}/second-factor/removal", {"password": PASSWORD}),
        ("DELETE", f"{PATH}/sign-ins", None),
        ("POST", f"{PATH}/tokens", {"name": "child", "may_write": True}),
    ],
)
def test_a_token_does_not_change_the_account_that_it_is_of(
    client: TestClient, method: str, path: str, body: Any
) -> None:
    person_id = new_person(client, platform=[PlatformRole.MATCHMAKER])
    answer = by_token(client, person_id).request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


# -- the end ---------------------------------------------------------------------------------------


def test_an_erased_account_leaves_a_number_that_says_nothing(
    client: TestClient, visitor: TestClient, email: str
) -> None:
    person_id = visitor.get(PATH).json()["id"]
    assert visitor.delete(PATH).status_code == 204
    assert visitor.get(PATH).status_code == 401
    assert sign_in(browser(client), email).status_code == 401
    operating = signed_in(client, platform=[PlatformRole.OPERATOR])
    left = operating.get(f"/api/v1/people/{person_id}").json()
    assert (left["name"], left["email"]) == ("", f"{person_id}@erased.invalid")
