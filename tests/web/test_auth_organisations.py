"""Organisations' people over HTTP: members, roles, invitations; and what operators do with accounts."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from fastapi.testclient import TestClient
from web_support import (
    PASSWORD,
    browser,
    link_in,
    mails,
    new_person,
    operator,
    sign_in,
    signed_in,
    with_password,
)

from matcher.entities import PlatformRole, Role

_numbers = itertools.count(1)


@pytest.fixture
def invited() -> str:
    return f"invited{next(_numbers)}@example.org"


@pytest.fixture
def members(company: str) -> str:
    return f"/api/v1/organisations/{company}/members"


@pytest.fixture
def invitations(company: str) -> str:
    return f"/api/v1/organisations/{company}/invitations"


@pytest.fixture
def link(client: TestClient, company: str, invitations: str, invited: str, caplog: pytest.LogCaptureFixture) -> str:
    """What the mail of an invitation as a poster carries."""
    sent = {"email": invited, "roles": ["poster"]}
    assert signed_in(client, company).post(invitations, json=sent).status_code == 201
    [mail] = mails(client, caplog)
    assert mail[0] == invited
    return link_in(mail)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# -- invitations -----------------------------------------------------------------------------------


def test_who_is_invited_gets_an_account_and_the_roles(
    client: TestClient, company: str, members: str, invited: str, link: str
) -> None:
    told = client.get(f"/api/v1/links/{link}").json()
    assert (told["purpose"], told["email"], told["roles"]) == ("invitation", invited, ["poster"])
    assert (told["organisation"]["id"], told["has_account"]) == (company, False)
    accepted = client.post(told["use"], json={"name": "王芳", "password": PASSWORD})
    assert (accepted.status_code, accepted.json()["organisation_id"]) == (201, company)
    answer = sign_in(browser(client), invited)
    assert (answer.json()["organisation_id"], answer.json()["roles"]) == (company, ["poster"])
    listed = {one["person"]["email"]: one["roles"] for one in signed_in(client, company).get(members).json()}
    assert listed[invited] == ["poster"]
    assert code(client.post(told["use"], json={"name": "王芳", "password": PASSWORD})) == (409, "not_allowed")


def test_who_has_an_account_accepts_with_it_alone(
    client: TestClient, company: str, lab: str, link: str, invited: str
) -> None:
    use = f"/api/v1/invitations/{link}/acceptance"
    assert with_password(client, lab, email=invited) == invited
    assert client.get(f"/api/v1/links/{link}").json()["has_account"] is True
    assert code(client.post(use, json={"name": "王芳", "password": PASSWORD})) == (401, "unauthenticated")
    stranger = browser(client)
    sign_in(stranger, with_password(client))
    assert code(stranger.post(use, json={})) == (403, "forbidden")
    person = browser(client)
    sign_in(person, invited)
    assert person.post(use, json={}).status_code == 201
    belongs = {one["organisation"]["id"]: one["roles"] for one in person.get("/api/v1/session").json()["organisations"]}
    assert belongs == {lab: ["manager"], company: ["poster"]}


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"name": "王芳", "password": "short"}, "password"),
        ({"name": " ", "password": PASSWORD}, "name"),
        ({"name": "王芳", "password": PASSWORD, "organisation": {"kind": "lab", "name": "新所"}}, "organisation"),
        ({"name": "王芳", "password": PASSWORD, "roles": ["manager"]}, "body.roles"),
        ({"name": "王芳", "password": PASSWORD, "email": "other@example.org"}, "body.email"),
    ],
)
def test_a_faulty_acceptance_leaves_the_link_good(
    client: TestClient, link: str, sent: dict[str, Any], place: str
) -> None:
    answer = client.post(f"/api/v1/invitations/{link}/acceptance", json=sent)
    assert code(answer) == (422, "invalid")
    assert [fault["place"] for fault in answer.json()["errors"]] == [place]
    assert client.get(f"/api/v1/links/{link}").status_code == 200


def test_an_invitation_is_listed_until_it_is_taken_back(
    client: TestClient, company: str, invitations: str, invited: str, link: str
) -> None:
    manager = signed_in(client, company)
    [waiting] = manager.get(invitations).json()
    assert (waiting["email"], waiting["organisation_id"], waiting["roles"]) == (invited, company, ["poster"])
    assert link not in str(waiting)
    assert manager.delete(f"/api/v1/invitations/{waiting['id']}").status_code == 204
    assert manager.get(invitations).json() == []
    assert client.get(f"/api/v1/links/{link}").status_code == 404


@pytest.mark.parametrize("tampered", [lambda link: link[:-1], lambda link: link + "x", lambda link: "x." + link])
def test_a_link_that_was_changed_is_none(client: TestClient, link: str, tampered: Any) -> None:
    changed = tampered(link)
    assert client.get(f"/api/v1/links/{changed}").status_code == 404
    answer = client.post(f"/api/v1/invitations/{changed}/acceptance", json={"name": "王芳", "password": PASSWORD})
    assert code(answer) == (409, "not_allowed")


def test_a_link_of_one_kind_is_none_of_another(client: TestClient, link: str) -> None:
    answer = client.post(f"/api/v1/account/password-reset/{link}", json={"password": PASSWORD})
    assert code(answer) == (409, "not_allowed")


def test_operators_invite_new_organisations(client: TestClient, invited: str, caplog: pytest.LogCaptureFixture) -> None:
    assert operator(client).post("/api/v1/invitations", json={"email": invited}).status_code == 201
    waiting = operator(client).get("/api/v1/invitations").json()
    assert (waiting[0]["email"], waiting[0]["organisation_id"]) == (invited, None)
    use = client.get(f"/api/v1/links/{link_in(mails(client, caplog)[0])}").json()["use"]
    sent = {"name": "王芳", "password": PASSWORD, "organisation": {"kind": "lab", "name": f"{invited} 的所"}}
    accepted = client.post(use, json=sent).json()
    visitor = browser(client)
    told = sign_in(visitor, invited).json()
    assert (told["organisation_id"], told["roles"]) == (accepted["organisation_id"], ["manager"])
    shown = visitor.get(f"/api/v1/organisations/{told['organisation_id']}").json()
    assert (shown["name"], shown["kind"]) == (f"{invited} 的所", "lab")


@pytest.mark.parametrize("roles", [[], ["operator"], ["manager", "owner"]])
def test_only_roles_of_organisations_are_given(
    client: TestClient, company: str, invitations: str, invited: str, roles: list[str]
) -> None:
    answer = signed_in(client, company).post(invitations, json={"email": invited, "roles": roles})
    assert code(answer) == (422, "invalid")


# -- members ---------------------------------------------------------------------------------------


def test_managers_change_roles_and_take_people_out(client: TestClient, company: str, members: str) -> None:
    manager = signed_in(client, company)
    person_id = new_person(client, company, roles=[Role.POSTER])
    answer = manager.put(f"{members}/{person_id}", json={"roles": ["researcher", "poster"]})
    assert (answer.status_code, answer.json()) == (200, {"roles": ["poster", "researcher"]})
    assert manager.delete(f"{members}/{person_id}").status_code == 204
    assert person_id not in [one["person"]["id"] for one in manager.get(members).json()]


def test_one_manager_is_left(client: TestClient, company: str, members: str) -> None:
    manager = signed_in(client, company)
    person_id = manager.get("/api/v1/session").json()["person"]["id"]
    assert code(manager.put(f"{members}/{person_id}", json={"roles": ["poster"]})) == (409, "not_allowed")


def test_anybody_leaves_by_themselves(client: TestClient, company: str, members: str) -> None:
    signed_in(client, company)
    visitor = browser(client)
    person_id = sign_in(visitor, with_password(client, company, roles=[Role.POSTER])).json()["person"]["id"]
    assert visitor.delete(f"{members}/{person_id}").status_code == 204
    assert visitor.get("/api/v1/session").json()["organisation_id"] is None


def test_nobody_adds_who_was_not_invited(client: TestClient, company: str, members: str, lab: str) -> None:
    stranger = new_person(client, lab)
    answer = signed_in(client, company).put(f"{members}/{stranger}", json={"roles": ["poster"]})
    assert code(answer) == (404, "not_found")


def test_posters_see_their_colleagues_and_change_nothing(client: TestClient, company: str, members: str) -> None:
    person_id = new_person(client, company)
    poster = signed_in(client, company, roles=[Role.POSTER])
    assert poster.get(members).status_code == 200
    assert code(poster.put(f"{members}/{person_id}", json={"roles": []})) == (403, "forbidden")
    assert code(poster.delete(f"{members}/{person_id}")) == (403, "forbidden")
    invitation = {"email": "x@example.org", "roles": ["manager"]}
    assert code(poster.post(members.replace("members", "invitations"), json=invitation)) == (403, "forbidden")


# -- people, for operators -------------------------------------------------------------------------


def test_operators_give_platform_roles_with_fields_and_regions(client: TestClient) -> None:
    operating, person_id = operator(client), new_person(client)
    path = f"/api/v1/people/{person_id}/accreditations/matchmaker"
    by_name = operating.put(path, json={"fields": ["新材料", "equipment"], "regions": ["江苏省", "苏州", "320500"]})
    assert (by_name.json()["fields"], by_name.json()["regions"]) == (
        ["new_materials", "equipment"],
        ["320000", "320500"],
    )
    given = {"fields": ["new_materials"], "regions": ["320000"], "workload": 12}
    answer = operating.put(path, json=given)
    assert answer.status_code == 200, answer.text
    assert {name: answer.json()[name] for name in given} == given
    [shown] = operating.get(f"/api/v1/people/{person_id}").json()["accreditations"]
    assert shown == answer.json()
    assert operating.delete(path).status_code == 204
    assert operating.get(f"/api/v1/people/{person_id}").json()["accreditations"] == []
    assert code(operating.delete(path)) == (404, "not_found")


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"fields": ["nonsense"]}, "body.fields"),
        ({"regions": ["1"]}, "body.regions"),
        ({"regions": ["Atlantis"]}, "body.regions"),
        ({"workload": -1}, "body.workload"),
    ],
)
def test_a_faulty_accreditation_is_refused(client: TestClient, sent: dict[str, Any], place: str) -> None:
    path = f"/api/v1/people/{new_person(client)}/accreditations/matchmaker"
    answer = operator(client).put(path, json=sent)
    assert code(answer) == (422, "invalid")
    assert [fault["place"] for fault in answer.json()["errors"]] == [place]


def test_the_last_operator_stays_one(own_client: TestClient) -> None:
    operating = operator(own_client)
    person_id = operating.get("/api/v1/session").json()["person"]["id"]
    for method, rest in (("DELETE", "/accreditations/operator"), ("POST", "/disable"), ("DELETE", "")):
        assert code(operating.request(method, f"/api/v1/people/{person_id}{rest}")) == (409, "not_allowed")


def test_people_are_disabled_enabled_and_erased_by_operators(client: TestClient) -> None:
    operating, email = operator(client), with_password(client)
    person_id = sign_in(browser(client), email).json()["person"]["id"]
    path = f"/api/v1/people/{person_id}"
    assert operating.post(f"{path}/disable", json={"reason": "离职"}).json()["disabled_at"] is not None
    assert sign_in(browser(client), email).status_code == 401
    assert operating.post(f"{path}/enable").json()["disabled_at"] is None
    assert sign_in(browser(client), email).status_code == 201
    assert operating.delete(path).status_code == 204
    assert code(operating.post(f"{path}/enable")) == (409, "not_allowed")
    assert person_id not in [
        one["id"] for one in operating.get("/api/v1/people", params={"limit": 200}).json()["items"]
    ]


def test_people_are_listed_page_by_page(own_client: TestClient) -> None:
    made = [new_person(own_client) for _ in range(3)]
    operating = operator(own_client)
    first = operating.get("/api/v1/people", params={"limit": 2}).json()
    second = operating.get("/api/v1/people", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]][:3] == made
    assert second["next_cursor"] is None


@pytest.mark.parametrize("platform", [[], [PlatformRole.MATCHMAKER], [PlatformRole.GRADER]])
def test_nobody_else_sees_or_changes_people(client: TestClient, platform: list[PlatformRole]) -> None:
    asking, person_id = signed_in(client, platform=platform), new_person(client)
    for somebody in (person_id, "nobody"):
        assert code(asking.get(f"/api/v1/people/{somebody}")) == (404, "not_found")
    for method, rest in (("GET", ""), ("POST", f"/{person_id}/disable"),
                         ("DELETE", f"/{person_id}"), ("DELETE", f"/{person_id}/accreditations/operator")):  # fmt: skip
        assert code(asking.request(method, f"/api/v1/people{rest}")) == (403, "forbidden")
    answer = asking.put(f"/api/v1/people/{person_id}/accreditations/operator", json={})
    assert code(answer) == (403, "forbidden")
