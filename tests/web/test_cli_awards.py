"""`jiebang offer`, `award`, `contract` and `milestone`: from the agreement to the outcome."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from awards_support import Scene, contract_draft, report, scene
from cli_support import Jiebang, runner

from api.composition import open_home
from api.settings import Settings
from matcher.entities import Answer, Challenge
from matcher.sessions import writing
from matcher.states import AnswerState, ChallengeState


@pytest.fixture
def jiebang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    return runner("http://127.0.0.1:9/v1#none", tmp_path, monkeypatch)


def laid(folder: Path, **said: Any) -> tuple[str, str]:
    """Ids of a challenge and of its answer."""
    with open_home(Settings(home=folder / "data", _env_file=None)) as home, writing(home.engine) as session:
        made: Scene = scene(session, **said)
        return made.challenge.id, made.answer.id


def told(done: Any) -> Any:
    assert done.exit_code == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines[0] if len(lines) == 1 else lines


def written(folder: Path, name: str, said: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_contract_is_signed_changed_delivered_and_ended(jiebang: Jiebang, tmp_path: Path) -> None:
    challenge, answer = laid(tmp_path)
    award = told(jiebang("award", "settle", challenge, "--amount", f"{answer}=900000.00", "--json"))["id"]
    draft = tmp_path / "draft.json"
    draft.write_text(jiebang("contract", "propose", award).stdout, encoding="utf-8")
    contract = told(jiebang("contract", "draft", award, draft, "--json"))["id"]
    terms = written(tmp_path, "terms.json", contract_draft().model_dump(mode="json"))
    assert told(jiebang("contract", "edit", contract, terms, "--json"))["version"] == 2
    assert [one["number"] for one in told(jiebang("contract", "versions", contract, "--json"))] == [1, 2]
    assert "from a shell: 900,000.00 CNY" in jiebang("contract", "versions", contract).stdout.splitlines()[1]
    jiebang("contract", "confirm", contract, "--version", 2, "--side", "setter")
    signed = jiebang("contract", "confirm", contract, "--version", 2, "--side", "answerer")
    assert signed.stdout == f"{contract} is signed (version 2): 900,000.00 CNY\n"
    change = written(tmp_path, "change.json", {"reason": "推迟", "cancel": [2]})
    asked = told(jiebang("contract", "change", contract, change, "--side", "answerer", "--json"))["id"]
    assert jiebang("contract", "agree", asked, "--side", "answerer").exit_code == 2
    assert jiebang("contract", "agree", asked, "--side", "setter").stdout == f"{asked} is agreed: 推迟\n"
    first = told(jiebang("milestone", "list", contract, "--json"))[0]["id"]
    said = written(tmp_path, "report.json", report().model_dump(mode="json"))
    pdf = tmp_path / "报告.pdf"
    pdf.write_bytes(b"%PDF-1.7")
    assert "报告.pdf" in jiebang("milestone", "attach", first, pdf).stdout
    jiebang("milestone", "submit", first, said)
    jiebang("milestone", "send-back", first, "--reason", "缺附件")
    jiebang("milestone", "submit", first, said)
    assert told(jiebang("milestone", "accept", first, "--json"))["state"] == "accepted"
    assert jiebang("milestone", "pay", first).stdout == f"{first} is paid: 第1阶段\n"
    assert jiebang("milestone", "pay", first).exit_code == 2
    ended = told(jiebang("contract", "complete", contract, "--outcome", "achieved_in_part", "--text", "一半", "--json"))
    assert (ended["state"], ended["outcome"]) == ("completed", "achieved_in_part")
    assert jiebang("award", "finish", challenge).exit_code == 0
    books = told(jiebang("award", "ledger", challenge, "--json"))
    assert ([one["paid"] for one in books["balances"]], books["faults"]) == (["300000.00"], [])
    assert "It balances" in jiebang("award", "ledger", challenge).stdout


def test_what_is_exported_is_written_and_verifies(jiebang: Jiebang, tmp_path: Path) -> None:
    challenge, answer = laid(tmp_path)
    jiebang("award", "settle", challenge, "--amount", f"{answer}=900000")
    award = told(jiebang("award", "list", challenge, "--json"))["id"]
    terms = written(tmp_path, "terms.json", contract_draft().model_dump(mode="json"))
    contract = told(jiebang("contract", "draft", award, terms, "--json"))["id"]
    assert jiebang("contract", "register", contract, "--out", tmp_path / "a.xlsx").exit_code == 2
    for side in ("setter", "answerer"):
        jiebang("contract", "confirm", contract, "--version", 1, "--side", side)
    for command in (
        ("contract", "register", contract, "--out", "a.xlsx"),
        ("contract", "summary", contract, "--out", "a.docx"),
        ("award", "notice", award, "--out", "b.docx"),
        ("award", "dossier", challenge, "--out", "d.zip"),
    ):
        assert jiebang(*command).exit_code == 0, command
        assert (tmp_path / command[-1]).read_bytes()[:2] == b"PK"
    verified = jiebang("audit", "verify", "d.zip")
    assert (verified.exit_code, f"of challenge:{challenge}" in verified.stdout) == (0, True)


@pytest.mark.parametrize("said", ["x", "x=-1", "x=1.001", "x=NaN", "x=1e400000000"])
def test_an_amount_that_is_none_is_refused(jiebang: Jiebang, tmp_path: Path, said: str) -> None:
    challenge, _ = laid(tmp_path)
    refused = jiebang("award", "settle", challenge, "--amount", said)
    assert (refused.exit_code, "ANSWER=AMOUNT is expected" in refused.stderr) == (2, True)


def test_terms_are_negotiated(jiebang: Jiebang, tmp_path: Path) -> None:
    directed = {"mechanism": "directed_commission", "state": ChallengeState.GRADING}
    challenge, answer = laid(tmp_path, answer_state=AnswerState.ADMITTED, **directed)
    terms = written(tmp_path, "offer.json", {"terms": contract_draft("5").model_dump(mode="json")})
    first = told(jiebang("offer", "make", answer, terms, "--side", "setter", "--json"))
    second = told(jiebang("offer", "make", answer, terms, "--side", "answerer", "--json"))["id"]
    assert (first["number"], jiebang("offer", "agree", first["id"], "--side", "answerer").exit_code) == (1, 2)
    jiebang("offer", "decline", second, "--side", "setter", "--reason", "不")
    third = told(jiebang("offer", "make", answer, terms, "--side", "setter", "--json"))["id"]
    assert jiebang("offer", "agree", third, "--side", "answerer").stdout == f"{third} is agreed, version 3\n"
    assert "countered" in jiebang("offer", "list", answer).stdout
    with open_home(Settings(home=tmp_path / "data", _env_file=None)) as home, writing(home.engine) as session:
        session.get_one(Challenge, challenge).state = ChallengeState.OBJECTING
        session.get_one(Answer, answer).state = AnswerState.SELECTED
    assert "5.00 CNY" in jiebang("award", "settle", challenge).stdout


def test_a_race_s_stages_are_not_paid_before_somebody_went_on(jiebang: Jiebang, tmp_path: Path) -> None:
    challenge, _ = laid(tmp_path, mechanism="race")
    refused = jiebang("award", "pay-stage", challenge, "--round", 1)
    assert (refused.exit_code, "Nobody has gone on" in refused.stderr) == (2, True)
