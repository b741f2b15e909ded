"""Organisations over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from web_support import operator

PATH = "/api/v1/organisations"


def test_what_was_admitted_is_read_back(own_client: TestClient) -> None:
    draft = {
        "kind": "company",
        "name": " 甲公司 ",
        "name_en": "Jia",
        "credit_code": "91110000600037341L",
        "region": "110000",
    }
    answer = operator(own_client).post(PATH, json=draft)
    admitted = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{PATH}/{admitted['id']}"
    assert operator(own_client).get(answer.headers["Location"]).json() == admitted
    assert {name: admitted[name] for name in draft} == draft | {"name": "甲公司"}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": ""}, "body.name"),
        ({"kind": "club"}, "body.kind"),
        ({"credit_code": "91110000600037341X"}, "body.credit_code"),
        ({"region": "999999"}, "body.region"),
        ({"colour": "red"}, "body.colour"),
    ],
)
def test_a_faulty_one_is_refused(client: TestClient, change: dict[str, Any], place: str) -> None:
    answer = operator(client).post(PATH, json={"kind": "lab", "name": "乙所", **change})
    assert answer.status_code == 422
    assert [fault["place"] for fault in answer.json()["errors"]] == [place]


@pytest.mark.parametrize("second", [{"name": "甲公司"}, {"name": "丙公司", "credit_code": "91110000600037341L"}])
def test_a_name_or_a_code_in_use_is_a_conflict(own_client: TestClient, second: dict[str, str]) -> None:
    operator(own_client).post(PATH, json={"kind": "company", "name": "甲公司", "credit_code": "91110000600037341L"})
    answer = operator(own_client).post(PATH, json={"kind": "company", **second})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_they_are_listed_page_by_page_in_order_of_admission(own_client: TestClient) -> None:
    names = [f"{number}号公司" for number in range(5)]
    for name in names:
        operator(own_client).post(PATH, json={"kind": "company", "name": name})
    first = operator(own_client).get(PATH, params={"limit": 3}).json()
    second = operator(own_client).get(PATH, params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [one["name"] for one in first["items"] + second["items"]] == names
    assert (len(first["items"]), second["next_cursor"]) == (3, None)


def test_an_unknown_one_is_not_found(client: TestClient) -> None:
    assert operator(client).get(f"{PATH}/nobody").status_code == 404


@pytest.mark.parametrize(
    ("words", "found"),
    [("轴承", ["洛阳轴承厂"]), ("bearing", ["洛阳轴承厂"]), ("LUOYANG", ["洛阳轴承厂"]), ("%", []), ("", None)],
)
def test_they_are_found_by_words_in_either_name(own_client: TestClient, words: str, found: list[str] | None) -> None:
    everybody = ["洛阳轴承厂", "徐州齿轮厂"]
    for name, english in zip(everybody, ("Luoyang Bearing", "Xuzhou Gear"), strict=True):
        operator(own_client).post(PATH, json={"kind": "company", "name": name, "name_en": english})
    listed = operator(own_client).get(PATH, params={"words": words}).json()["items"]
    assert [one["name"] for one in listed] == (everybody if found is None else found)
