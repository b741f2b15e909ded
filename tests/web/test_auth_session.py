"""Who asks: sessions by cookie, tokens by header, and what becomes of bad ones."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select
from web_support import (
    PASSWORD,
    SAME_ORIGIN,
    another,
    browser,
    by_token,
    engine_of,
    new_person,
    operator,
    served,
    sign_in,
    signed_in,
    with_password,
)

from api.settings import Settings
from embeddings.base import Encoder
from matcher.accounts import members, people
from matcher.actors import COMMAND_LINE
from matcher.entities import ApiToken, Event, PlatformRole, Role, SignIn, now
from matcher.sessions import reading, writing

PATH = "/api/v1/session"


def cookie_of(answer: Any) -> Any:
    read: SimpleCookie = SimpleCookie(answer.headers["Set-Cookie"])
    [(name, found)] = read.items()
    return name, found


def following(key: str) -> str:
    """The code after the present one: taken too, and never the one that was used up."""
    return str(pyotp.TOTP(key).at(now() + timedelta(seconds=30)))


def stored_sign_ins(client: TestClient, email: str) -> list[SignIn]:
    with reading(engine_of(client)) as session:
        person = people.by_email(session, email)
        assert person is not None
        return list(session.exec(select(SignIn).where(SignIn.person_id == person.id).order_by(col(SignIn.id))))


def test_signing_in_tells_who_one_is_and_for_whom_one_acts(client: TestClient, company: str) -> None:
    email = with_password(client, company, roles=[Role.POSTER])
    visitor = browser(client)
    answer = sign_in(visitor, f"  {email.upper()} ")
    told = answer.json()
    assert answer.status_code == 201
    assert (told["person"]["email"], told["organisation_id"], told["roles"]) == (email, company, ["poster"])
    assert [(one["organisation"]["id"], one["roles"]) for one in told["organisations"]] == [(company, ["poster"])]
    assert (told["platform_roles"], told["may_write"]) == ([], True)
    assert visitor.get(PATH).json() == told


@pytest.mark.parametrize(("scheme", "name", "secure"), [("http", "jiebang", ""), ("https", "__Host-jiebang", True)])
def test_the_cookie_is_for_this_host_alone_and_for_no_script(
    client: TestClient, scheme: str, name: str, secure: Any
) -> None:
    visitor = browser(client)
    answer = visitor.post(f"{scheme}://127.0.0.1{PATH}", json={"email": with_password(client), "password": PASSWORD})
    given, cookie = cookie_of(answer)
    assert given == name
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "lax", "/", "")
    assert cookie["secure"] == secure
    assert cookie.value not in answer.text
    assert visitor.get(f"{scheme}://127.0.0.1{PATH}").status_code == 200


def test_the_cookie_is_secure_where_the_public_address_is(settings: Settings, encoder: Encoder) -> None:
    with served(settings.model_copy(update={"public_url": "https://jiebang.example.org"}), encoder) as client:
        name, cookie = cookie_of(sign_in(browser(client), with_password(client)))
    assert (name, cookie["secure"]) == ("__Host-jiebang", True)


def test_the_stored_session_holds_no_token(client: TestClient) -> None:
    email = with_password(client)
    _, cookie = cookie_of(sign_in(browser(client, **{"User-Agent": "Bench/1"}), email))
    [stored] = stored_sign_ins(client, email)
    assert cookie.value not in str(stored.model_dump())
    assert (stored.program, stored.address) == ("Bench/1", "testclient")


@pytest.mark.parametrize("change", [{"password": "another-password"}, {"email": "nobody@example.org"}])
def test_a_wrong_password_and_an_unknown_address_are_refused_alike(
    own_client: TestClient, change: dict[str, str]
) -> None:
    sent = {"email": with_password(own_client), "password": PASSWORD} | change
    answer = browser(own_client).post(PATH, json=sent)
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert answer.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "This e-mail address and password do not go together.",
        "code": "unauthenticated",
    }


def test_a_second_factor_is_asked_for_once_the_password_is_right(own_client: TestClient) -> None:
    email = with_password(own_client)
    visitor = browser(own_client)
    sign_in(visitor, email)
    key = visitor.post("/api/v1/account/second-factor").json()["key"]
    code = pyotp.TOTP(key).at(now())
    confirmed = visitor.post("/api/v1/account/second-factor/confirmation", json={"code": code})
    assert confirmed.status_code == 204, confirmed.text
    answer = sign_in(browser(own_client), email)
    assert (answer.status_code, answer.json()["code"]) == (401, "code_needed")
    answer = sign_in(browser(own_client), email, code="000000")
    assert (answer.status_code, answer.json()["code"]) == (401, "code_needed")
    answer = sign_in(browser(own_client), email, "another-password", code=following(key))
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert sign_in(browser(own_client), email, code=following(key)).status_code == 201


def test_signing_out_ends_the_session_everywhere(client: TestClient) -> None:
    visitor = browser(client)
    _, cookie = cookie_of(sign_in(visitor, with_password(client)))
    answer = visitor.delete(PATH)
    assert answer.status_code == 204
    name, cleared = cookie_of(answer)
    assert (name, cleared.value, cleared["max-age"]) == ("jiebang", "", "0")
    kept = another(client, Cookie=f"jiebang={cookie.value}")
    assert kept.get(PATH).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    ["Bearer jb_wrong", "Bearer", "Bearer ", "bearer jb_wrong", "Basic bGk6bGk=", "jb_wrong", "", "Bearer jb_wrong, x"],
)
def test_a_bad_authorization_is_refused_and_never_taken_for_nobodys(client: TestClient, authorization: str) -> None:
    answer = client.get("/api/v1/needs", headers={"Authorization": authorization})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="jiebang", error="invalid_token"'
    assert client.get("/api/v1/needs").status_code == 200


def test_an_expired_token_is_refused(client: TestClient) -> None:
    person_id = new_person(client)
    reader = by_token(client, person_id)
    assert reader.get(PATH).status_code == 200
    with writing(engine_of(client)) as session:
        token = session.exec(select(ApiToken).where(ApiToken.person_id == person_id)).one()
        token.expires_at = now()
        session.add(token)
    assert reader.get(PATH).status_code == 401


def test_a_session_that_is_over_is_refused_once_and_its_cookie_cleared(client: TestClient) -> None:
    email = with_password(client)
    visitor = browser(client)
    sign_in(visitor, email)
    with writing(engine_of(client)) as session:
        person = people.by_email(session, email)
        assert person is not None
        found = session.exec(select(SignIn).where(SignIn.person_id == person.id)).one()
        found.expires_at = now()
        session.add(found)
    refused = visitor.get("/api/v1/needs")
    assert refused.status_code == 401
    assert "WWW-Authenticate" in refused.headers
    name, cleared = cookie_of(refused)
    assert (name, cleared["max-age"]) == ("jiebang", "0")
    assert visitor.get("/api/v1/needs").status_code == 200


def test_a_stale_cookie_does_not_hinder_from_signing_in(client: TestClient) -> None:
    visitor = browser(client)
    visitor.cookies.set("jiebang", "stale")
    assert sign_in(visitor, with_password(client)).status_code == 201


def test_the_token_goes_before_the_cookie(client: TestClient, company: str) -> None:
    visitor = browser(client)
    sign_in(visitor, with_password(client))
    person_id = new_person(client, company)
    token = by_token(client, person_id, company).headers["Authorization"]
    assert visitor.get(PATH, headers={"Authorization": token}).json()["person"]["id"] == person_id
    assert visitor.get(PATH, headers={"Authorization": "Bearer jb_wrong"}).status_code == 401


def test_nobody_is_told_to_sign_in(client: TestClient) -> None:
    answer = client.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="jiebang"'


def test_one_person_acts_for_one_of_their_organisations_at_a_time(client: TestClient, company: str, lab: str) -> None:
    email = with_password(client, company, platform=[PlatformRole.MATCHMAKER])
    with writing(engine_of(client)) as session:
        person = people.by_email(session, email)
        assert person is not None
        members.set_roles(session, COMMAND_LINE, lab, person.id, [Role.RESEARCHER])
    visitor = browser(client)
    sign_in(visitor, email)
    for organisation_id, roles in ((lab, ["researcher"]), (company, ["manager"]), (None, [])):
        answer = visitor.put(f"{PATH}/organisation", json={"organisation_id": organisation_id})
        assert answer.status_code == 200
        assert (answer.json()["organisation_id"], answer.json()["roles"]) == (organisation_id, roles)
        assert answer.json() == visitor.get(PATH).json()
    assert visitor.get(PATH).json()["platform_roles"] == ["matchmaker"]


def test_nobody_acts_for_an_organisation_of_others(client: TestClient, company: str, lab: str) -> None:
    visitor = browser(client)
    sign_in(visitor, with_password(client, company))
    answer = visitor.put(f"{PATH}/organisation", json={"organisation_id": lab})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert visitor.get(PATH).json()["organisation_id"] == company


@pytest.mark.parametrize(("method", "path"), [("PUT", f"{PATH}/organisation"), ("DELETE", PATH)])
def test_a_token_is_no_session(client: TestClient, company: str, method: str, path: str) -> None:
    body = {"json": {"organisation_id": company}} if method == "PUT" else {}
    answer = signed_in(client, company).request(method, path, **body)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_allowed")
    assert client.request(method, path, **body).status_code == 401


def test_what_reads_only_changes_nothing(client: TestClient, company: str) -> None:
    reader = signed_in(client, company, may_write=False)
    assert reader.get(PATH).json()["may_write"] is False
    answer = reader.post("/api/v1/needs", json={"organisation_id": company, "title": "甲"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_token_for_an_organisation_brings_no_platform_roles(client: TestClient, company: str) -> None:
    person_id = new_person(client, company, platform=[PlatformRole.OPERATOR])
    assert by_token(client, person_id, company).get("/api/v1/people").status_code == 403
    assert by_token(client, person_id).get("/api/v1/people").status_code == 200


def test_a_disabled_person_is_signed_out_at_once(client: TestClient) -> None:
    email = with_password(client)
    visitor = browser(client)
    person_id = sign_in(visitor, email).json()["person"]["id"]
    reader = by_token(client, person_id)
    assert operator(client).post(f"/api/v1/people/{person_id}/disable").status_code == 200
    assert reader.get(PATH).status_code == 401
    assert visitor.get(PATH).status_code == 401


def test_events_name_the_person_and_the_request(client: TestClient, company: str) -> None:
    manager = signed_in(client, company)
    posted = manager.post(
        "/api/v1/needs", json={"organisation_id": company, "title": "轴承"}, headers={"X-Request-ID": "r-1"}
    ).json()
    with reading(engine_of(client)) as session:
        event = session.exec(select(Event).where(Event.thing == f"need:{posted['id']}")).one()
    person_id = manager.get(PATH).json()["person"]["id"]
    assert (event.actor, event.organisation_id, event.request_id) == (f"person:{person_id}", company, "r-1")


def test_the_last_use_of_a_token_is_noted(client: TestClient) -> None:
    visitor = browser(client)
    person_id = sign_in(visitor, with_password(client)).json()["person"]["id"]
    reader = by_token(client, person_id)
    [token] = visitor.get("/api/v1/account/tokens").json()
    assert token["last_used_at"] is None
    reader.get("/api/v1/needs")
    client.app.state.background.wait()  # type: ignore[attr-defined]
    [token] = visitor.get("/api/v1/account/tokens").json()
    assert token["last_used_at"] is not None


# -- fixation --------------------------------------------------------------------------------------


def test_a_session_that_was_planted_beforehand_is_not_signed_in(client: TestClient) -> None:
    visitor = browser(client)
    visitor.cookies.set("jiebang", "planted")
    _, cookie = cookie_of(sign_in(visitor, with_password(client)))
    assert cookie.value != "planted"
    assert another(client, Cookie="jiebang=planted").get(PATH).status_code == 401


def test_signing_in_again_ends_the_session_before(client: TestClient) -> None:
    email = with_password(client)
    visitor = browser(client)
    _, first = cookie_of(sign_in(visitor, email))
    _, second = cookie_of(sign_in(visitor, email))
    assert first.value != second.value
    assert [one.ended_at is None for one in stored_sign_ins(client, email)] == [False, True]
    assert another(client, Cookie=f"jiebang={first.value}", **SAME_ORIGIN).get(PATH).status_code == 401
