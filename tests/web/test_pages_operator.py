"""The operator's desk, in a browser without scripts."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from pages_support import page, send, told, words
from web_support import in_session, new_person

from matcher.entities import PlatformRole

PAGES = ["/operator", "/operator/landscape", "/operator/organisations", "/operator/people", "/operator/health"]


def desk(client: TestClient) -> TestClient:
    visitor = in_session(client, new_person(client, platform=[PlatformRole.OPERATOR]))
    visitor.headers.update({"Accept-Language": "en"})
    return visitor


def test_the_desk_is_the_operators_alone(client: TestClient, company: str) -> None:
    manager = in_session(client, new_person(client, company))
    manager.headers.update({"Accept-Language": "en"})
    for path in [path for path in PAGES if path != "/operator/organisations"]:
        assert page(desk(client), path)
        refused = manager.get(path, headers={"Accept": "text/html"})
        assert (path, refused.status_code) == (path, 403)
        assert "Operators" in words(refused.text)


def test_an_organisation_is_admitted_once_though_sent_twice(client: TestClient) -> None:
    visitor = desk(client)
    sent = {"_key": "11111111-1111-4111-8111-111111111111", "kind": "lab", "name": "两次点击研究所", "region": "320500"}
    assert told(send(visitor, "/operator/organisations", sent)) == "The organisation is admitted."
    assert send(visitor, "/operator/organisations", sent).status_code == 303
    again = send(visitor, "/operator/organisations", sent | {"_key": "another"})
    assert again.status_code == 409
    assert 'value="两次点击研究所"' in again.text


def test_a_wrong_code_is_told_at_its_field_and_nothing_is_lost(client: TestClient) -> None:
    sent = {"kind": "company", "name": "错码公司", "credit_code": "123", "region": "999999"}
    answer = send(desk(client), "/operator/organisations", sent)
    assert answer.status_code == 422
    assert 'href="#credit_code"' in answer.text
    assert 'href="#region"' in answer.text
    assert 'value="错码公司"' in answer.text


def test_a_role_is_given_and_taken_away_and_an_account_disabled(client: TestClient, company: str) -> None:
    visitor, person = desk(client), new_person(client, company)
    path = f"/operator/people/{person}"
    given = {"do": "accredit", "role": "matchmaker", "fields": "新材料\n", "regions.none": "", "workload": "20"}
    assert told(send(visitor, path, given)) == "Saved."
    assert "materials" in words(page(visitor, path))
    assert send(visitor, path, {"do": "accredit", "role": "grader", "fields": "没有的领域"}).status_code == 422
    assert send(visitor, path, {"do": "withdraw", "role": "matchmaker"}).status_code == 303
    assert send(visitor, path, {"do": "disable"}).status_code == 303
    assert "disabled on" in words(page(visitor, path))


@pytest.mark.parametrize("sent", [{}, {"do": "fly"}, {"do": "accredit"}, {"do": "accredit", "role": "king"}])
def test_what_is_no_button_of_the_page_changes_nothing(client: TestClient, company: str, sent: dict[str, str]) -> None:
    path = f"/operator/people/{new_person(client, company)}"
    assert send(desk(client), path, sent).status_code in (404, 422)


def test_the_record_is_verified_at_a_button(own_client: TestClient) -> None:
    answer = send(desk(own_client), "/operator/health")
    assert "all intact" in words(answer.text)
