"""The matchmaker's desk and what the two sides are asked, in a browser without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from pages_support import page, send, told, words
from sqlmodel import select
from web_support import engine_of, home_of, in_session, served
from words_encoder import WordsEncoder

from api.settings import Settings
from matcher.accounts import accreditations
from matcher.accounts.accreditations import AccreditationDraft
from matcher.actors import COMMAND_LINE
from matcher.entities import Person, PlatformRole
from matcher.reviews import proposing
from matcher.sessions import reading, writing
from seed_data import loading

ANY_FIELD = AccreditationDraft(role=PlatformRole.MATCHMAKER)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path_factory.mktemp("review"), attempt_rate="100000/second", _env_file=None)
    with served(settings, WordsEncoder()) as client:
        loading.fill(engine_of(client), COMMAND_LINE, accounts=True)
        home = home_of(client)
        while proposing.step(home.engine, home.index):
            pass
        with writing(home.engine) as session:
            accreditations.grant(session, COMMAND_LINE, person(client, "matchmaker"), ANY_FIELD)
        yield client


def person(client: TestClient, name: str) -> str:
    with reading(engine_of(client)) as session:
        return session.exec(select(Person.id).where(Person.email == f"{name}@example.com")).one()


def visitor(client: TestClient, name: str) -> TestClient:
    made = in_session(client, person(client, name))
    made.headers.update({"Accept-Language": "en"})
    return made


def drawn(desk: TestClient) -> str:
    return str(send(desk, "/review/next").headers["location"]).partition("?")[0]


def test_one_pair_after_another_is_decided_and_the_last_one_taken_back(demonstration: TestClient) -> None:
    desk = visitor(demonstration, "matchmaker")
    first = drawn(desk)
    assert "likely to fit" in words(page(desk, first))
    after = send(desk, f"{first}/verdict", {"verdict": "no:other_problem"})
    second, _, before = str(after.headers["location"]).partition("?after=")
    assert second != first
    assert first.endswith(before)
    assert told(send(desk, f"{first}/undo")) == "Taken back. Decide again."
    assert "Take further" in words(page(desk, first))


def test_no_wants_a_reason_and_the_page_says_so(demonstration: TestClient) -> None:
    desk = visitor(demonstration, "matchmaker")
    pair = drawn(desk)
    answer = send(desk, f"{pair}/verdict", {"verdict": "no"})
    assert answer.status_code == 422
    assert "no takes a reason" in words(answer.text)


def test_a_pair_taken_further_is_followed_to_its_end(demonstration: TestClient) -> None:
    desk = visitor(demonstration, "matchmaker")
    pair = drawn(desk)
    send(desk, f"{pair}/verdict", {"verdict": "take_further"})
    assert told(send(desk, f"{pair}/notes", {"text": "先电话", "_key": "k1"})) == "Saved."
    send(desk, f"{pair}/notes", {"text": "先电话", "_key": "k1"})
    assert words(page(desk, pair)).count("先电话") == 1
    assert send(desk, f"{pair}/ask", {"to_need": "有一项成果", "to_result": "有一项需求"}).status_code == 303
    assert "Ask no more" in words(page(desk, pair))
    assert "asked" in words(page(desk, "/review/board?mine=true"))
    assert send(desk, f"{pair}/end", {"reason": "other_problem"}).status_code == 303
    assert "Take it up again" in words(page(desk, pair))
    assert desk.post(f"{pair}/nonsense", headers={"Accept": "text/html"}).status_code == 404


def test_the_desk_is_for_matchmakers(demonstration: TestClient) -> None:
    company = visitor(demonstration, "company")
    for path in ("/review", "/review/board"):
        assert company.get(path, headers={"Accept": "text/html"}).status_code == 403
    assert "Nobody has asked yet" in words(page(company, "/introductions"))
