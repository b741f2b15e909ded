"""The grader's desk, in a browser without scripts, over the demonstration's challenges."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from pages_support import page, send, told, words
from sqlmodel import select
from web_support import browser, engine_of, home_of, in_session, served
from words_encoder import WordsEncoder

from api.settings import Settings
from matcher.actors import COMMAND_LINE
from matcher.entities import Assignment, Person
from matcher.sessions import reading
from matcher.states import AssignmentState
from seed_data import loading


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path_factory.mktemp("grading"), attempt_rate="100000/second", _env_file=None)
    with served(settings, WordsEncoder()) as client:
        loading.fill(engine_of(client), COMMAND_LINE, accounts=True, secrets=home_of(client).secrets)
        yield client


@pytest.fixture
def grader(demonstration: TestClient) -> TestClient:
    with reading(engine_of(demonstration)) as session:
        person = session.exec(select(Person).where(Person.email == "grader@example.com")).one()
    visitor = in_session(demonstration, person.id)
    visitor.headers.update({"Accept-Language": "en"})
    return visitor


@pytest.fixture
def assignment(demonstration: TestClient) -> str:
    with reading(engine_of(demonstration)) as session:
        return session.exec(select(Assignment.id).where(Assignment.state == AssignmentState.ASSIGNED)).first() or ""


def rubric(grader: TestClient, assignment: str) -> list[str]:
    return [one["key"] for one in grader.get(f"/api/v1/assignments/{assignment}").json()["rubric"]]


def version(grader: TestClient, assignment: str) -> str:
    return str(grader.get(f"/api/v1/assignments/{assignment}").json()["version"])


def test_the_desk_is_ones_own(demonstration: TestClient, grader: TestClient, assignment: str) -> None:
    assert "Nothing waits" not in words(page(grader, "/grading"))
    nobody = browser(demonstration)
    assert nobody.get("/grading", headers={"Accept": "text/html"}, follow_redirects=False).status_code == 303
    with reading(engine_of(demonstration)) as session:
        other = session.exec(select(Person).where(Person.email == "lab@example.com")).one()
    answer = in_session(demonstration, other.id).get(f"/grading/{assignment}", headers={"Accept": "text/html"})
    assert answer.status_code == 404


def test_what_is_typed_is_saved_by_itself_and_handed_in_whole_only(grader: TestClient, assignment: str) -> None:
    first, *others = rubric(grader, assignment)
    path = f"/grading/{assignment}"
    typed = {f"scores.{first}.score": "70", f"scores.{first}.reason": "扎实", "_version": version(grader, assignment)}
    saved = send(grader, f"{path}/draft", typed)
    assert "Saved" in saved.text
    assert 'value="70"' in page(grader, path)
    early = send(grader, path, typed | {"_version": version(grader, assignment), "do": "submit"})
    assert early.status_code == 422
    assert "扎实" in early.text
    high = send(grader, path, {f"scores.{first}.score": "700", "_version": version(grader, assignment)})
    assert high.status_code == 422
    assert f'href="#scores.{first}.score"' in high.text
    stale = send(grader, f"{path}/draft", typed | {"_version": "1"})
    assert "Not saved" in stale.text
    whole = {
        f"scores.{key}.{name}": value for key in (first, *others) for name, value in (("score", "60"), ("reason", "b"))
    }
    indicators = grader.get(f"/api/v1/assignments/{assignment}").json()["indicators"]
    whole |= {f"judged.i{place}.outcome": "met" for place in range(len(indicators))}
    done = send(grader, path, whole | {"_version": version(grader, assignment), "do": "submit"})
    assert told(done).startswith("The grade is handed in.")
    reopened = send(grader, f"{path}/reopen", {"_version": version(grader, assignment)})
    assert reopened.status_code == 303


def hidden_version(text: str) -> str:
    [found, *_] = re.findall(r'id="version" value="(\d+)"', text)
    return str(found)


def test_a_grade_that_was_not_whole_is_completed_on_the_page_that_said_so(grader: TestClient, assignment: str) -> None:
    """Handing in saves first: the page that is shown again has to know of the version that this made."""
    keys, path = rubric(grader, assignment), f"/grading/{assignment}"
    typed = {f"scores.{keys[0]}.score": "70", "do": "submit"}
    refused = send(grader, path, typed | {"_version": version(grader, assignment)})
    assert refused.status_code == 422
    assert hidden_version(refused.text) == version(grader, assignment)
    again = send(grader, path, typed | {"do": "save", "_version": hidden_version(refused.text)})
    assert told(again) == "Saved."


@pytest.mark.parametrize("sent", ["", "soon", "-1", "9" * 400])
def test_a_version_that_is_none_is_refused_and_nothing_is_overwritten(
    grader: TestClient, assignment: str, sent: str
) -> None:
    before = version(grader, assignment)
    assert send(grader, f"/grading/{assignment}", {"remark": "x", "_version": sent}).status_code == 412
    assert version(grader, assignment) == before


def test_what_saves_itself_says_in_place_that_the_session_is_over(
    demonstration: TestClient, grader: TestClient, assignment: str
) -> None:
    nobody = browser(demonstration, **{"HX-Request": "true", "Accept-Language": "en"})
    answer = send(nobody, f"/grading/{assignment}/draft", {"remark": "x"})
    assert answer.status_code == 401
    assert "<html" not in answer.text
    assert "Sign in in a new window" in answer.text


def test_who_is_nobody_any_more_is_asked_to_sign_in_with_what_they_typed(
    demonstration: TestClient, assignment: str
) -> None:
    answer = send(browser(demonstration), f"/grading/{assignment}", {"remark": "写了半小时"})
    assert answer.status_code == 401
    assert "\\u5199\\u4e86\\u534a" in answer.text


def test_an_indicator_misjudged_is_told_at_its_own_field(grader: TestClient, assignment: str) -> None:
    typed = {"judged.i2.value": "viel", "_version": version(grader, assignment)}
    answer = send(grader, f"/grading/{assignment}", typed)
    assert answer.status_code == 422
    assert 'href="#judged.i2.value"' in answer.text
    assert 'value="viel"' in answer.text


def test_what_cannot_be_graded_is_handed_back(grader: TestClient, assignment: str) -> None:
    answer = send(
        grader, f"/grading/{assignment}/decline", {"conflict": "yes", "conflict.asked": "1", "reason": "同事"}
    )
    assert told(answer) == "It is off your desk."
    assert "off your desk" in words(page(grader, f"/grading/{assignment}"))
