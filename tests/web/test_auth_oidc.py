"""Signing in with an account elsewhere, at a provider that runs on this machine."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from identity_provider import CLIENT, SECRET, IdentityProvider, running, shared_key
from joserfc.jwk import RSAKey
from pydantic import ValidationError
from web_support import browser, engine_of, new_person, served, sign_in

from api.settings import Settings
from embeddings.base import Encoder
from matcher import organisations
from matcher.accounts import invitations, people
from matcher.actors import COMMAND_LINE
from matcher.entities import OrganisationKind, Role
from matcher.organisations import OrganisationDraft
from matcher.sessions import writing

START = "/api/v1/session/oidc"


@pytest.fixture(scope="module")
def _provider() -> Iterator[IdentityProvider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(_provider: IdentityProvider) -> IdentityProvider:
    """Honest again."""
    _provider.__init__(urlsplit(_provider.issuer).port)  # type: ignore[misc,arg-type]
    return _provider


@pytest.fixture
def client(provider: IdentityProvider, settings: Settings, encoder: Encoder) -> Iterator[TestClient]:
    """A home with that provider, and an account with a confirmed address, li@example.org."""
    changed = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT}
    settings = Settings(**(settings.model_dump() | changed | {"oidc_client_secret": SECRET}), _env_file=None)
    with served(settings, encoder) as client:
        new_person(client, email="li@example.org")
        yield client


@pytest.fixture
def visitor(client: TestClient) -> TestClient:
    return browser_of(client)


def browser_of(client: TestClient) -> TestClient:
    made = browser(client)
    made.follow_redirects = False
    return made


def come_back(visitor: TestClient, provider: IdentityProvider, next: str = "/docs") -> Any:
    """The answer to the browser that comes back from the provider."""
    gone = visitor.get(START, params={"next": next})
    assert gone.status_code == 303, gone.text
    return visitor.get(provider.let_in(gone.headers["Location"]))


def refused(answer: Any) -> bool:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code == 401 and "jiebang=" not in answer.headers.get("Set-Cookie", "")


def test_a_known_person_is_signed_in_and_sent_on(visitor: TestClient, provider: IdentityProvider) -> None:
    answer = come_back(visitor, provider, "/docs?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/docs?x=1")
    assert visitor.get("/api/v1/session").json()["person"]["email"] == "li@example.org"
    assert visitor.get("/api/v1/account").json()["signs_in_elsewhere"] is True


def test_the_provider_is_asked_with_a_challenge_and_a_fixed_way_back(visitor: TestClient) -> None:
    gone = visitor.get(START, headers={"X-Forwarded-Host": "evil.example"}).headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(gone).query).items()}
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/api/v1/session/oidc/callback"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 32


def test_once_linked_the_address_there_matters_no_more(visitor: TestClient, provider: IdentityProvider) -> None:
    come_back(visitor, provider)
    provider.claims = {"email": "new@example.org", "email_verified": False}
    assert come_back(visitor, provider).status_code == 303
    assert visitor.get("/api/v1/session").json()["person"]["email"] == "li@example.org"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": ["another-client", "third"]},
        {"aud": [CLIENT, "third"], "azp": "third"},
        {"aud": None},
        {"iss": "https://another.example"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    visitor: TestClient, provider: IdentityProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    assert refused(come_back(visitor, provider))


def test_a_token_signed_by_another_is_refused(visitor: TestClient, provider: IdentityProvider) -> None:
    provider.signed_by = RSAKey.generate_key(2048, {"kid": "1"})
    assert refused(come_back(visitor, provider))


def test_a_token_signed_with_the_clients_secret_is_refused(visitor: TestClient, provider: IdentityProvider) -> None:
    provider.algorithm, provider.signed_by = "HS256", shared_key(SECRET)
    provider.metadata = {"id_token_signing_alg_values_supported": ["HS256", "none", "RS256"]}
    assert refused(come_back(visitor, provider))


def test_keys_that_the_provider_has_changed_are_read_again(visitor: TestClient, provider: IdentityProvider) -> None:
    assert come_back(visitor, provider).status_code == 303
    provider.key = RSAKey.generate_key(2048, {"kid": "2"})
    provider.published = [provider.key]
    assert come_back(visitor, provider).status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@example.org"},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": ""},
    ],
)
def test_nobody_gets_an_account_by_an_address_that_is_not_known_or_not_verified(
    visitor: TestClient, provider: IdentityProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    assert refused(come_back(visitor, provider))


def invited(client: TestClient, email: str, roles: Collection[Role] = (Role.POSTER,)) -> tuple[str, str]:
    """Id of the organisation, and the link."""
    with writing(engine_of(client)) as session:
        draft = OrganisationDraft(kind=OrganisationKind.COMPANY, name=f"of {email}")
        there = organisations.admit(session, COMMAND_LINE, draft).id
        secrets = client.app.state.home.secrets  # type: ignore[attr-defined]
        return there, invitations.invite(session, COMMAND_LINE, secrets, email, there, roles)[1]


def accept(visitor: TestClient, provider: IdentityProvider, link: str) -> Any:
    told = visitor.get(f"/api/v1/links/{link}").json()
    gone = visitor.get(told["elsewhere"] + "&next=/docs")
    return visitor.get(provider.let_in(gone.headers["Location"]))


def test_an_invitation_is_accepted_by_signing_in_with_the_invited_address(
    client: TestClient, visitor: TestClient, provider: IdentityProvider
) -> None:
    there, link = invited(client, "wang@example.org")
    provider.claims = {"sub": "77", "email": "Wang@example.org", "name": "王 Wang"}
    assert refused(come_back(visitor, provider))
    answer = accept(visitor, provider, link)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/docs")
    told = visitor.get("/api/v1/session").json()
    assert (told["person"]["name"], told["person"]["email"]) == ("王 Wang", "wang@example.org")
    assert (told["organisation_id"], told["roles"]) == (there, ["poster"])
    assert visitor.get(f"/api/v1/links/{link}").status_code == 404
    assert come_back(browser_of(client), provider).status_code == 303
    assert sign_in(browser(client), "wang@example.org", "").status_code == 422


def test_who_has_an_account_accepts_with_it(
    client: TestClient, visitor: TestClient, provider: IdentityProvider
) -> None:
    there, link = invited(client, "li@example.org")
    assert accept(visitor, provider, link).status_code == 303
    assert [one["organisation"]["id"] for one in visitor.get("/api/v1/session").json()["organisations"]] == [there]


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "wang@example.org", "email_verified": False},
        {"email": "wang@example.org", "email_verified": None},
        {"email": "li@example.org"},
        {"email": "wang@example.org.evil.example"},
        {"email": None},
    ],
)
def test_an_invitation_is_for_the_verified_address_alone(
    client: TestClient, visitor: TestClient, provider: IdentityProvider, claims: dict[str, Any]
) -> None:
    _, link = invited(client, "wang@example.org")
    provider.claims = {"sub": "77", **claims}
    assert refused(accept(visitor, provider, link))
    assert visitor.get(f"/api/v1/links/{link}").json()["has_account"] is False


def test_an_identity_that_signs_in_to_another_account_accepts_nothing(
    client: TestClient, visitor: TestClient, provider: IdentityProvider
) -> None:
    come_back(visitor, provider)
    _, link = invited(client, "wang@example.org")
    provider.claims = {"email": "wang@example.org"}
    assert refused(accept(browser_of(client), provider, link))
    assert visitor.get(f"/api/v1/links/{link}").json()["has_account"] is False


def test_whoever_is_invited_to_found_an_organisation_signs_in_and_then_says_which(
    client: TestClient, visitor: TestClient, provider: IdentityProvider
) -> None:
    with writing(engine_of(client)) as session:
        secrets = client.app.state.home.secrets  # type: ignore[attr-defined]
        _, link = invitations.found(session, COMMAND_LINE, secrets, "wang@example.org")
    provider.claims = {"sub": "77", "email": "wang@example.org"}
    assert accept(visitor, provider, link).status_code == 303
    assert visitor.get("/api/v1/session").json()["organisations"] == []
    founded = {"organisation": {"kind": "lab", "name": "王实验室"}}
    assert visitor.post(f"/api/v1/invitations/{link}/acceptance", json=founded).status_code == 201
    [one] = visitor.get("/api/v1/session").json()["organisations"]
    assert (one["organisation"]["name"], one["roles"]) == ("王实验室", ["manager"])


def test_an_invitation_that_is_spent_or_made_up_signs_nobody_in(
    client: TestClient, visitor: TestClient, provider: IdentityProvider
) -> None:
    _, link = invited(client, "wang@example.org")
    provider.claims = {"sub": "77", "email": "wang@example.org"}
    assert accept(visitor, provider, link).status_code == 303
    for again in (link, link[:-1], "x"):
        gone = browser_of(client).get(START, params={"invitation": again})
        stranger = browser_of(client)
        stranger.cookies.set("jiebang-oidc", gone.cookies["jiebang-oidc"])
        answer = stranger.get(provider.let_in(gone.headers["Location"]))
        assert (answer.status_code, "jiebang=" in answer.headers.get("Set-Cookie", "")) == (409, False)


def test_an_address_that_was_never_confirmed_here_links_nobody(
    client: TestClient, visitor: TestClient, provider: IdentityProvider
) -> None:
    with writing(engine_of(client)) as session:
        person = people.by_email(session, "li@example.org")
        assert person is not None
        person.email_confirmed_at = None
        session.add(person)
    assert refused(come_back(visitor, provider))


def test_an_address_may_come_from_userinfo_about_the_same_person(
    visitor: TestClient, provider: IdentityProvider
) -> None:
    provider.claims = {"email": None, "email_verified": None}
    provider.userinfo = {"sub": "248289", "email": "li@example.org", "email_verified": True}
    assert come_back(visitor, provider).status_code == 303


def test_userinfo_about_somebody_else_is_refused(visitor: TestClient, provider: IdentityProvider) -> None:
    provider.claims = {"email": None, "email_verified": None}
    provider.userinfo = {"sub": "another", "email": "li@example.org", "email_verified": True}
    assert refused(come_back(visitor, provider))


def test_coming_back_twice_is_refused(visitor: TestClient, provider: IdentityProvider) -> None:
    gone = visitor.get(START)
    flow = visitor.cookies["jiebang-oidc"]
    back = provider.let_in(gone.headers["Location"])
    provider.asked["again"] = next(iter(provider.asked.values()))
    assert visitor.get(back).status_code == 303
    visitor.cookies.set("jiebang-oidc", flow)
    answer = visitor.get(back.replace("code=code0", "code=again"))
    assert refused(answer)
    assert "used before" in answer.json()["detail"]


def test_only_the_browser_that_began_may_come_back(
    client: TestClient, visitor: TestClient, provider: IdentityProvider
) -> None:
    back = provider.let_in(visitor.get(START).headers["Location"])
    victim = browser(client)
    assert refused(victim.get(back))
    victim.get(START, follow_redirects=False)
    assert refused(victim.get(back))
    victim.cookies.set("jiebang-oidc", "forged")
    assert refused(victim.get(back))


def test_coming_back_too_late_is_refused(
    visitor: TestClient, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = provider.let_in(visitor.get(START).headers["Location"])
    late = time.time() + 601
    monkeypatch.setattr("api.identity.oidc.time.time", lambda: late)
    assert refused(visitor.get(back))


def test_a_refusal_of_the_provider_signs_nobody_in(visitor: TestClient, provider: IdentityProvider) -> None:
    back = provider.let_in(visitor.get(START).headers["Location"])
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert refused(visitor.get(f"{START}/callback", params={"error": "access_denied", "state": state}))


@pytest.mark.parametrize(
    "next",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "evil", "", "javascript:x",
        "/\t/evil.example", "/\n/evil.example", " //evil.example", "http:evil", "/ /evil.example",
    ],
)  # fmt: skip
def test_the_way_on_leads_to_this_server_alone(visitor: TestClient, next: str) -> None:
    answer = visitor.get(START, params={"next": next})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "Location" not in answer.headers


def test_a_provider_that_calls_itself_otherwise_is_not_asked(visitor: TestClient, provider: IdentityProvider) -> None:
    provider.metadata = {"issuer": "https://another.example"}
    answer = visitor.get(START)
    assert (answer.status_code, answer.json()["code"]) == (503, "unready")


def test_without_a_provider_there_is_nothing_there(own_client: TestClient) -> None:
    for path in (START, f"{START}/callback?state=x&code=y"):
        assert own_client.get(path, follow_redirects=False).status_code == 404


def test_a_provider_needs_a_client_id() -> None:
    with pytest.raises(ValidationError, match="JIEBANG_OIDC_CLIENT_ID"):
        Settings(oidc_issuer="https://id.example.org", _env_file=None)
