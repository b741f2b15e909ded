"""`jiebang answer` and `jiebang seal`: an answer from its start to its supplement, opened by two custodians."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from challenge_desk import SUMMARY
from sqlmodel import select
from typer.testing import CliRunner, Result

from api.cli import app
from api.composition import open_home
from api.settings import Settings
from matcher import needs, organisations
from matcher.accounts import people
from matcher.accounts.people import PersonDraft
from matcher.actors import COMMAND_LINE
from matcher.drafts import NeedDraft
from matcher.engine import key_shares
from matcher.engine.key_shares import Cost
from matcher.entities import OrganisationKind, Round
from matcher.organisations import OrganisationDraft
from matcher.sessions import writing

PASSPHRASES = ("quartz lantern above 77 rivers", "seven paper boats in winter 31")
EMAILS = ("anna@example.com", "bela@example.com")
CHALLENGE = {
    "title": "残碱",
    "mechanism": "open_challenge",
    "summary": SUMMARY,
    "budget": "900000",
    "decision_owner": "王总工",
    "contact": "李工",
    "indicators": [{"name": "残碱", "operator": "<=", "value": 800, "unit": "ppm"}],
    "rubric": [{"key": "merit", "name": "先进性", "weight": 1}],
}
ANSWER = {
    "title": "干法包覆",
    "approach": "干法包覆替代水洗",
    "claims": [{"indicator": 0, "value": 600, "unit": "ppm", "evidence": "报告"}],
    "conflicts": "",
}


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_shares, "COST", Cost(1, 8192))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "data", _env_file=None)


@pytest.fixture
def need(settings: Settings) -> str:
    """Of a company; there are a lab and two people, too."""
    with open_home(settings) as home, writing(home.engine) as session:
        company, _ = (
            organisations.admit(session, COMMAND_LINE, OrganisationDraft(kind=kind, name=name)).id
            for kind, name in ((OrganisationKind.COMPANY, "甲公司"), (OrganisationKind.LAB, "乙实验室"))
        )
        for name in ("anna", "bela"):
            people.register(session, COMMAND_LINE, PersonDraft(email=f"{name}@example.com", name=name))
        return needs.post_need(session, COMMAND_LINE, company, NeedDraft(title="残碱")).id


@pytest.fixture
def jiebang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command, with `typed` on its standard input."""
    monkeypatch.chdir(tmp_path)
    environment = {"JIEBANG_HOME": str(tmp_path / "data"), "JIEBANG_DATABASE_URL": "", "COLUMNS": ""}

    def run(*arguments: object, typed: str = "") -> Result:
        return CliRunner().invoke(app, [str(one) for one in arguments], env=environment, input=typed)

    return run


def told(done: Result) -> Any:
    assert done.exit_code == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines[0] if len(lines) == 1 else lines


def deadline_passes(settings: Settings) -> None:
    with open_home(settings) as home, writing(home.engine) as session:
        for held in session.exec(select(Round)):
            held.deadline = datetime.now(UTC) - timedelta(seconds=1)
            session.add(held)


def test_an_answer_from_its_start_to_its_supplement(
    jiebang: Callable[..., Result], need: str, settings: Settings, tmp_path: Path
) -> None:
    draft, answer, file = (tmp_path / name for name in ("challenge.json", "answer.json", "a.pdf"))
    draft.write_text(json.dumps(CHALLENGE | {"need_ids": [need]}), encoding="utf-8")
    answer.write_text(json.dumps(ANSWER), encoding="utf-8")
    file.write_bytes(b"%PDF-1.7")
    challenge = told(jiebang("challenge", "open", draft, "--json"))["id"]
    named = jiebang("seal", "custodians", challenge, "--name", EMAILS[0], "--name", EMAILS[1])
    assert named.stdout.splitlines() == [f"{email} has no passphrase yet." for email in EMAILS]
    for email, passphrase in zip(EMAILS, PASSPHRASES, strict=True):
        chosen = jiebang("seal", "passphrase", challenge, email, "--password-stdin", typed=passphrase)
        assert chosen.exit_code == 0, chosen.stderr
    for move in ("propose", "publish"):
        assert jiebang("challenge", move, challenge).exit_code == 0
    assert jiebang("answer", "list", challenge).stderr == "Nobody has started an answer.\n"
    id = told(jiebang("answer", "start", challenge, "--organisation", "乙实验室", "--json"))["id"]
    assert told(jiebang("answer", "save", id, answer, "--json"))["version"] == 2
    assert jiebang("answer", "attach", id, file).stdout.startswith("Added a.pdf as ")
    for move, state in (
        ("hand-in", "handed_in"), ("take-back", "draft"), ("withdraw", "withdrawn"), ("resume", "draft"),
        ("hand-in", "handed_in"),
    ):  # fmt: skip
        assert jiebang("answer", move, id).stdout == f"{id} is {state}: 乙实验室\n"
    assert "乙实验室" in jiebang("answer", "list", challenge).stdout
    hidden = jiebang("answer", "show", id)
    assert (hidden.exit_code, "sealed" in hidden.stderr) == (2, True)
    deadline_passes(settings)
    late = jiebang("answer", "take-back", id)
    assert (late.exit_code, "The deadline has passed" in late.stderr) == (2, True)
    assert told(jiebang("seal", "close", challenge, "--json")) == {"id": challenge, "state": "sealed", "round": 1}
    wrong = jiebang("seal", "share", challenge, EMAILS[0], "--password-stdin", typed=PASSPHRASES[1])
    assert (wrong.exit_code, "does not open your share" in wrong.stderr) == (2, True)
    given = told(jiebang("seal", "share", challenge, EMAILS[0], "--password-stdin", "--json", typed=PASSPHRASES[0]))
    assert [one["given"] for one in given] == [True, False]
    assert jiebang("seal", "open", challenge).exit_code == 2
    assert jiebang("seal", "recover", challenge, "--reason", "口令遗失").exit_code == 0
    assert jiebang("seal", "open", challenge).stdout == f"{challenge} is grading: 残碱\n"
    assert told(jiebang("answer", "show", id))["content"]["title"] == "干法包覆"
    due = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert jiebang("answer", "ask-more", id, "循环数据", "--due", due).exit_code == 0
    assert told(jiebang("answer", "supplement", id, "一千次", "--json"))["state"] == "admitted"
    assert told(jiebang("answer", "show", id))["additions"][0]["text"] == "一千次"
    jiebang("answer", "ask-more", id, "成本", "--due", due)
    assert jiebang("answer", "waive", id, "--reason", "不需要了").exit_code == 0
