"""`jiebang grade` and `jiebang decide`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_support import Jiebang, runner, write
from grading_support import RUBRIC, Stage, invite, opened_text, organisation, person, stage
from sqlalchemy import Engine
from sqlmodel import Session

from api.db import make_engine, upgrade
from api.secrets import load_secrets
from api.settings import Settings
from matcher import organisations
from matcher.entities import Answer, OrganisationKind, Person
from matcher.sessions import reading, writing


@pytest.fixture
def jiebang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    return runner("bundled", tmp_path, monkeypatch)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Of the home that the commands work on."""
    (tmp_path / "data").mkdir()
    made = make_engine(Settings(home=tmp_path / "data", _env_file=None))
    upgrade(made)
    yield made
    made.dispose()


def set_up(engine: Engine, mechanism: str = "open_challenge", *scores: float) -> Stage:
    with writing(engine) as session:
        session.expire_on_commit = False
        staged = stage(session, len(scores) or 2, mechanism)
        if scores:
            staged.graded(session, *scores)
        else:
            staged.add_grader(session)
    return staged


def email(session: Session, id: str) -> str:
    return session.get_one(Person, id).email


def told(said: Any) -> list[dict[str, Any]]:
    assert said.exit_code == 0, said.stderr
    return [json.loads(line) for line in said.stdout.splitlines()]


def test_from_the_draw_to_the_determination(jiebang: Jiebang, engine: Engine, tmp_path: Path) -> None:
    staged = set_up(engine)
    with reading(engine) as session:
        address = email(session, staged.graders[0])
    assert [one["waiting"] for one in told(jiebang("grade", "graders", staged.id, "--json"))] == [0]
    refused = jiebang("grade", "draw", staged.id)
    assert refused.exit_code == 2
    assert "Answer 1 has only 1 of 3 graders without a conflict: name 2 more, or grade it with 1." in refused.stderr
    few = ("grade", "draw", staged.id, "--each", 1, "--industry", 0)
    assert "say why" in jiebang(*few).stderr
    assert jiebang(*few, "--reason", "人少").stdout == "Put 2 on desks.\n"
    for one in told(jiebang("grade", "desk", address, "--json")):
        body = {
            "scores": {criterion.key: {"score": 90 - one["answer"], "reason": "纸质评分"} for criterion in RUBRIC},
            "indicators": [{"indicator": 0, "outcome": "met"}],
        }
        file = write(tmp_path, "grade.json", json.dumps(body))
        assert (
            jiebang("grade", "save", staged.id, one["answer"], address, file, "--submit").stdout
            == "Saved and submitted.\n"
        )
    assert jiebang("grade", "standings", staged.id).exit_code == 2
    assert jiebang("grade", "close", staged.id).exit_code == 0
    [standings] = told(jiebang("grade", "standings", staged.id, "--json"))
    assert [(one["answer"], one["score"]) for one in standings["by_rank"]] == [(1, 89), (2, 88)]
    assert "too close to call" in jiebang("grade", "standings", staged.id).stdout
    assert jiebang("decide", "answer", staged.id, 1, "selected", "--reason", "第一").exit_code == 0
    assert jiebang("decide", "answer", staged.id, 2, "eliminated", "--reason", "第二").exit_code == 0
    assert [one["decided"] for one in told(jiebang("decide", "all", staged.id, "--json"))] == ["selected", "eliminated"]


def test_an_answer_as_its_grader_reads_it(jiebang: Jiebang, engine: Engine, tmp_path: Path) -> None:
    staged = set_up(engine)
    with writing(engine) as session:
        assignment = staged.put(session, 1, staged.graders[0])
        secrets = load_secrets(Settings(home=tmp_path / "data", _env_file=None))
        files = opened_text(session, secrets, session.get_one(Answer, staged.answers[0].id))
    [paper] = [one["paper"] for one in told(jiebang("grade", "show", assignment))]
    assert (paper["content"]["title"], [one["name"] for one in paper["files"]]) == ("■■的包覆", ["1.txt"])
    out = tmp_path / "curve.txt"
    assert jiebang("grade", "file", assignment, files["anonymous.txt"], out).stdout == f"Wrote {out}: 1.txt.\n"
    assert out.read_bytes() == b"curve"
    assert jiebang("grade", "file", assignment, files["named.txt"], out).exit_code == 2


def test_conflicts_recalls_and_trials(jiebang: Jiebang, engine: Engine, tmp_path: Path) -> None:
    staged = set_up(engine)
    with writing(engine) as session:
        address, user = email(session, staged.graders[0]), email(session, person(session))
        assignment = staged.put(session, 1, staged.graders[0])
    assert "1 (" not in jiebang("grade", "graders", staged.id).stdout
    assert assignment in jiebang("grade", "desk", address).stdout
    assert jiebang("grade", "recall", assignment).stdout == "Recalled.\n"
    with reading(engine) as session:
        lab = organisations.get(session, staged.answers[0].organisation_id).name
    said = jiebang("grade", "conflict", staged.id, address, lab, "--kind", "co_author")
    assert said.stdout == f"{address} grades nothing of {lab} here.\n"
    assert "1 (co_author)" in jiebang("grade", "graders", staged.id).stdout
    trial = jiebang("grade", "trial", staged.id, 2, user, "--due", "2099-01-01").stdout.strip()
    report = write(tmp_path, "report.json", json.dumps({"verdict": "adopt", "report": "可用"}))
    assert jiebang("grade", "report", trial, report).stdout == "Reported.\n"
    wrong = write(tmp_path, "wrong.json", json.dumps({"verdict": "maybe"}))
    assert "verdict: " in jiebang("grade", "report", trial, wrong).stderr


def test_money_is_committed_by_who_is_invited_to_invest(jiebang: Jiebang, engine: Engine, tmp_path: Path) -> None:
    staged = set_up(engine, "invest_to_evaluate")
    with writing(engine) as session:
        invite(session, staged.challenge, fund := organisation(session, OrganisationKind.COMPANY))
        investor, other = (organisations.get(session, id).name for id in (fund, organisation(session)))
    promise = write(tmp_path, "promise.json", json.dumps({"amount": "500000", "conditions": "中试达标"}))
    refused = jiebang("grade", "commit", staged.id, 1, other, promise)
    assert (refused.exit_code, "invited to invest" in refused.stderr) == (2, True)
    assert "amount: " in jiebang("grade", "commit", staged.id, 1, investor, write(tmp_path, "a.json", "{}")).stderr
    withdrawn = jiebang("grade", "commit", staged.id, 1, investor, promise).stdout.strip()
    assert jiebang("grade", "uncommit", withdrawn).stdout == "Withdrawn.\n"
    assert jiebang("grade", "commit", staged.id, 1, investor, promise).exit_code == 0
    assert jiebang("grade", "close", staged.id).exit_code == 0
    [standings] = told(jiebang("grade", "standings", staged.id, "--json"))
    assert [(one["answer"], one["committed"]) for one in standings["by_rank"]][0] == (1, "500000")


def test_an_elimination_with_a_tie(jiebang: Jiebang, engine: Engine) -> None:
    staged = set_up(engine, "race", *[80] * 6)
    [found] = told(jiebang("decide", "rehearse", staged.id, "--json"))
    assert [place["goes_on"] for place in found["places"]] == [None] * 6
    shown = jiebang("decide", "rehearse", staged.id)
    assert shown.stdout.splitlines()[-1] == f"jiebang decide eliminate {staged.id} --rehearsed {found['digest']}"
    arguments = ["decide", "eliminate", staged.id, "--rehearsed", found["digest"], "--deadline", "2099-01-01"]
    assert "are tied, and 5 of them can go on" in jiebang(*arguments).stderr
    chosen = [part for number in range(1, 6) for part in ("--choose", number)]
    assert jiebang(*arguments, *chosen, "--reason", "抽签").stdout == "5 go on to round 2.\n"
    assert "round 1 is to be decided again" in jiebang("decide", "reverse", staged.id, "--reason", "误操作").stdout


def test_objections_are_not_answered_where_one_decided(jiebang: Jiebang, engine: Engine) -> None:
    staged = set_up(engine, "open_challenge", 80, 60)
    jiebang("decide", "answer", staged.id, 1, "selected", "--reason", "第一")
    jiebang("decide", "answer", staged.id, 2, "eliminated", "--reason", "第二")
    jiebang("decide", "all", staged.id)
    assert "No objection here." in jiebang("decide", "objections", staged.id).stderr
    taken_back = jiebang("decide", "object", staged.id, 2, "--text", "误").stdout.strip()
    assert jiebang("decide", "take-back", taken_back).stdout == "Taken back.\n"
    raised = jiebang("decide", "object", staged.id, 2, "--text", "测试方法不符")
    one, found = raised.stdout.strip(), told(jiebang("decide", "objections", staged.id, "--json"))
    assert [(each["id"], each["state"]) for each in found] == [(taken_back, "taken_back"), (one, "raised")]
    assert "测试方法不符" in jiebang("decide", "objections", staged.id).stdout
    refused = jiebang("decide", "objection", one, "--dismiss", "--text", "合规")
    assert (refused.exit_code, "Who decided does not answer" in refused.stderr) == (2, True)
    assert jiebang("decide", "again", staged.id, "--reason", "a").exit_code == 2


def test_nothing_has_been_foretold_yet(jiebang: Jiebang, engine: Engine) -> None:
    assert "No contract" in jiebang("decide", "foresight").stderr
    assert told(jiebang("decide", "foresight", "--json"))[0]["rows"] == []


def test_an_answer_that_is_not_there_is_named(jiebang: Jiebang, engine: Engine) -> None:
    staged = set_up(engine)
    said = jiebang("decide", "answer", staged.id, 9, "selected", "--reason", "a")
    assert (said.exit_code, "with the number '9'" in said.stderr) == (2, True)
