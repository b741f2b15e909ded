"""Two changes of one challenge at the same moment end as one of the two orders, on every database."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from challenge_desk import API, Desk, in_days
from fastapi.testclient import TestClient
from test_simultaneous_edits import on_every_database  # noqa: F401  # the fixture `client`
from web_support import Side, engine_of, signed_in

from matcher import events
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.sessions import writing

Asked = Callable[[], Any]
"""A request, and its answer."""


def at_once(client: TestClient, *requests: Asked) -> list[int]:
    """The statuses of requests that all start before any of them can record what it did."""
    with ThreadPoolExecutor(len(requests)) as pool:
        with writing(engine_of(client)) as session:
            events.lock(session)
            running = [pool.submit(request) for request in requests]
            time.sleep(0.5)  # they get as far as they can
        return [future.result(30).status_code for future in running]


@pytest.fixture
def desk(client: TestClient, need_side: Side) -> Desk:
    return Desk(client, need_side)


def test_it_is_published_once(client: TestClient, desk: Desk) -> None:
    path = f"{API}/challenges/{desk.opened()['id']}"
    read = {"If-Match": desk.poster.post(f"{path}/propose").headers["ETag"]}

    def publish() -> Any:
        return desk.matchmaker.post(f"{path}/publish", headers=read)

    assert sorted(at_once(client, publish, publish)) == [200, 412]
    assert len(client.get(f"{path}/versions").json()) == 1


def test_of_two_amendments_of_one_version_one_is_made(client: TestClient, desk: Desk) -> None:
    published = desk.published()
    path, read = f"{API}/challenges/{published['id']}", {"If-Match": f'"{published["version"]}"'}
    draft = {name: published[name] for name in ChallengeDraft.model_fields}

    def amend(budget: str) -> Asked:
        sent = {"draft": draft | {"budget": budget}, "reason": "a"}
        return lambda: desk.poster.post(f"{path}/amendments", json=sent, headers=read)

    assert sorted(at_once(client, amend("910000"), amend("920000"))) == [200, 412]
    assert [one["number"] for one in client.get(f"{path}/versions").json()] == [1, 2]


def test_the_later_of_two_extensions_stands(client: TestClient, desk: Desk) -> None:
    path = f"{API}/challenges/{desk.published()['id']}"
    sooner, later = in_days(50), in_days(60)

    def extend(deadline: str) -> Asked:
        return lambda: desk.poster.post(f"{path}/extensions", json={"deadline": deadline, "reason": "a"})

    statuses = at_once(client, extend(sooner), extend(later))
    assert statuses in ([200, 200], [422, 200])
    assert client.get(path).json()["deadline"][:19] == later[:19]


def test_a_question_comes_before_the_end_or_not_at_all(client: TestClient, desk: Desk, lab: str) -> None:
    path, researcher = f"{API}/challenges/{desk.published()['id']}", signed_in(client, lab)
    asked, cancelled = at_once(
        client,
        lambda: researcher.post(f"{path}/questions", json={"text": "问"}),
        lambda: desk.poster.post(f"{path}/cancel", json={"reason": "a"}),
    )
    assert cancelled == 200
    assert (asked, len(researcher.get(f"{path}/questions").json())) in [(201, 1), (409, 0)]


def test_a_lab_is_invited_once(client: TestClient, desk: Desk, lab: str) -> None:
    path = f"{API}/challenges/{desk.published()['id']}"
    sent = {"organisations": [lab], "reason": "a"}
    statuses = at_once(
        client,
        lambda: desk.poster.post(f"{path}/invitations", json=sent),
        lambda: desk.matchmaker.post(f"{path}/invitations", json=sent),
    )
    assert (statuses, len(desk.poster.get(f"{path}/invitations").json())) == ([200, 200], 1)


def test_a_topic_becomes_one_challenge(client: TestClient, company: str) -> None:
    poster = signed_in(client, company)
    file = {"file": ("a.csv", "需求名称\n甲\n".encode())}
    brought = poster.post(f"{API}/problem-lists", files=file, data={"title": "清单"}).json()
    sent = {"problem_list_id": brought["problem_lists"][0], "title": "探索者"}
    programme = poster.post(f"{API}/programmes", json=sent).json()
    path = f"{API}/programmes/{programme['id']}/topics/{programme['topics'][0]['id']}/challenge"

    def open_topic() -> Any:
        return poster.post(path, json={"title": "甲"})

    assert sorted(at_once(client, open_topic, open_topic)) == [201, 409]
