"""`jiebang review`: from a file of needs and one of results to a contract, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_support import NEEDS, RESULTS, Jiebang, embedding_server, runner, write

from api.cli.review import JudgementChoice, PairStateChoice, SideChoice
from api.db import make_engine
from api.settings import Settings
from matcher.accounts import accreditations, people
from matcher.accounts.accreditations import AccreditationDraft
from matcher.accounts.people import PersonDraft
from matcher.actors import COMMAND_LINE
from matcher.entities import Judgement, Kind, PlatformRole, now
from matcher.sessions import writing
from matcher.states import PairState

WHO = "gu@example.org"


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with embedding_server() as address:
        yield address


@pytest.fixture
def jiebang(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    """Over a home with needs, results and a matchmaker."""
    run = runner(model, tmp_path, monkeypatch)
    for side, text, owner in (("needs", NEEDS, "晨星电池"), ("results", RESULTS, "Harbour Institute")):
        file = write(tmp_path, f"{side}.csv", text)
        assert run("import", side, file, "--organisation", owner).exit_code == 0
    engine = make_engine(Settings(home=tmp_path / "data", _env_file=None))
    with writing(engine) as session:
        person = people.register(session, COMMAND_LINE, PersonDraft(email=WHO, name="顾"), confirmed=now())
        draft = AccreditationDraft(role=PlatformRole.MATCHMAKER, workload=1)
        accreditations.grant(session, COMMAND_LINE, person.id, draft)
    engine.dispose()
    return run


def told(said: Any) -> list[dict[str, Any]]:
    assert said.exit_code == 0, said.stderr
    return [json.loads(line) for line in said.stdout.splitlines()]


def test_from_the_ranking_to_a_contract(jiebang: Jiebang) -> None:
    assert jiebang("review", "refresh").stdout == "Ranked 2 needs.\n"
    assert jiebang("review", "refresh").stdout == "Ranked 0 needs.\n"
    drawn = told(jiebang("review", "next", WHO, "--count", 5, "--json"))
    assert {(one["need"]["reference"], one["result"]["reference"]) for one in drawn} >= {("N-1", "R-1"), ("N-2", "R-2")}
    assert [one["position"] for one in drawn] == list(range(1, len(drawn) + 1))
    first, second = drawn[0]["id"], drawn[1]["id"]
    assert first in jiebang("review", "next", WHO).stdout
    for arguments, said in (
        (("decide", first, "take_further", WHO), "Decided."),
        (("undo", first, WHO), "Taken back: it is before them again."),
        (("decide", first, "take_further", WHO), "Decided."),
        (("introduce", first, "--to-need", "见面吗"), "Both sides are asked."),
        (("answer", first, "need"), "The pair is asked."),
        (("answer", first, "result"), "The pair is introduced."),
        (("talk", first), "They are talking."),
    ):
        assert jiebang("review", *arguments).stdout.strip() == said
    assert "As many pairs wait on them as may (1)" in jiebang("review", "next", WHO).stderr
    assert jiebang("review", "contract", first, "--amount", "600000").stdout == "They have a contract.\n"
    [done] = told(jiebang("review", "board", "--state", "contracted", "--matchmaker", WHO, "--json"))
    assert (done["id"], done["amount"], done["follower"]["name"]) == (first, "600000", "顾")
    assert jiebang("review", "decide", second, "take_further", WHO).exit_code == 0
    assert jiebang("review", "introduce", second).exit_code == 0
    declined = jiebang("review", "answer", second, "result", "--decline", "busy")
    assert declined.stdout == "The pair is ended.\n"
    board = jiebang("review", "board").stdout
    assert "contracted: 1, ended: 1" in board
    [ended] = told(jiebang("review", "board", "--state", "ended", "--json"))
    assert ended["end"]["en"] == "They have nobody free for it now"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("decide", "none", "no", WHO), "no takes a reason"),
        (("decide", "none", "no", WHO, "--reason", "too_early"), "No pair 'none'"),
        (("decide", "none", "not_now", WHO, "--until", "morgen"), "a moment with its time zone is expected"),
        (("undo", "none", "nobody@example.org"), "No account"),
        (("contract", "none", "--amount", "viel"), "--amount"),
        (("next", "nobody@example.org"), "No account"),
    ],
)
def test_what_is_refused_says_why(jiebang: Jiebang, arguments: tuple[str, ...], said: str) -> None:
    refused = jiebang("review", *arguments)
    assert refused.exit_code != 0
    assert said in " ".join(refused.stderr.split())


def test_choices_of_arguments_are_the_domains_own() -> None:
    assert list(JudgementChoice) == list(Judgement)
    assert list(SideChoice) == list(Kind)
    assert list(PairStateChoice) == list(PairState)


def test_reasons_are_listed_with_what_would_make_it_fit(jiebang: Jiebang) -> None:
    listed = " ".join(jiebang("review", "reasons").stdout.split())
    assert "too_early" in listed
    assert "Say which problem it solves" in listed
