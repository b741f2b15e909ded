"""`jiebang challenge` and `jiebang programme`: the whole way of a challenge before its answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from challenge_desk import SUMMARY, in_days
from cli_support import Jiebang, embedding_server, runner

from api.composition import open_home
from api.settings import Settings
from matcher import needs, organisations, results
from matcher.actors import COMMAND_LINE
from matcher.drafts import NeedDraft, ResultDraft
from matcher.entities import OrganisationKind, ProblemList
from matcher.organisations import OrganisationDraft
from matcher.sessions import writing

DRAFT = f"""
title = "高镍正极残碱控制"
mechanism = "race"
need_ids = ["NEED"]
summary = "{SUMMARY}"
budget = 900000
decision_owner = "王总工"
contact = "li@example.org"

[[indicators]]
name = "残碱"
operator = "<="
value = 800
unit = "ppm"

[[rubric]]
key = "novelty"
name = "先进性"
weight = 2
"""


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with embedding_server() as url:
        yield url


@pytest.fixture
def jiebang(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    return runner(model, tmp_path, monkeypatch)


@pytest.fixture
def made(tmp_path: Path) -> dict[str, str]:
    """A company with a problem list of two needs, and a lab with a result that fits."""
    with open_home(Settings(home=tmp_path / "data", _env_file=None)) as home, writing(home.engine) as session:
        company, lab = (
            organisations.admit(session, COMMAND_LINE, OrganisationDraft(kind=kind, name=name)).id
            for kind, name in ((OrganisationKind.COMPANY, "甲公司"), (OrganisationKind.LAB, "乙实验室"))
        )
        session.add(problems := ProblemList(organisation_id=company, title="清单"))
        session.flush()
        need, other = (
            needs.post_need(session, COMMAND_LINE, company, NeedDraft(title=title), problem_list_id=problems.id).id
            for title in ("残碱 凝胶 涂布", "轴承 磨损")
        )
        results.post_result(session, COMMAND_LINE, lab, ResultDraft(title=SUMMARY[:80], abstract=SUMMARY))
        return {"need": need, "other": other, "list": problems.id, "lab": lab}


@pytest.fixture
def draft(tmp_path: Path, made: dict[str, str]) -> Path:
    path = tmp_path / "draft.toml"
    path.write_text(DRAFT.replace("NEED", made["need"]), encoding="utf-8")
    return path


def told(done: Any) -> Any:
    assert done.exit_code == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines[0] if len(lines) == 1 else lines


def test_a_challenge_is_opened_published_and_changed(jiebang: Jiebang, draft: Path, tmp_path: Path) -> None:
    id = told(jiebang("challenge", "open", draft, "--json"))["id"]
    assert "score" in jiebang("challenge", "gate", id).stdout
    assert told(jiebang("challenge", "gate", id, "--matched", "--json"))["able_labs"] > 0
    assert jiebang("challenge", "publish", id).exit_code == 2
    assert jiebang("challenge", "propose", id).stdout == f"{id} is proposed: 高镍正极残碱控制\n"
    assert told(jiebang("challenge", "give-back", id, "--reason", "补充", "--json"))["state"] == "draft"
    again = tmp_path / "again.json"
    again.write_text(jiebang("challenge", "show", id, "--draft").stdout, encoding="utf-8")
    assert told(jiebang("challenge", "edit", id, again, "--json"))["version"] == 4
    jiebang("challenge", "propose", id)
    published = told(jiebang("challenge", "publish", id, "--json"))
    assert (published["state"], len(published["rounds"])) == ("answering", 3)
    deadline = in_days(60)
    assert jiebang("challenge", "extend", id, "--deadline", deadline, "--reason", "应答少").exit_code == 0
    changed = json.loads(jiebang("challenge", "show", id, "--draft").stdout) | {"title": "新题"}
    again.write_text(json.dumps(changed), encoding="utf-8")
    assert told(jiebang("challenge", "amend", id, again, "--reason", "改题", "--json"))["title"] == "新题"
    assert [one["reason"] for one in told(jiebang("challenge", "versions", id, "--json"))] == ["", "应答少", "改题"]
    shown = jiebang("challenge", "show", id).stdout
    assert "残碱 ≤ 800 ppm" in shown
    assert "close: Answers may be handed in until" in shown
    assert id in jiebang("challenge", "list", "--state", "answering").stdout
    assert jiebang("challenge", "no-award", id, "--reason", "a").exit_code == 2
    assert told(jiebang("challenge", "cancel", id, "--reason", "调整", "--json"))["state"] == "cancelled"
    assert jiebang("challenge", "list", "--state", "answering").stderr == "No such challenge.\n"
    assert "unknown mechanism 'rac'; known are" in jiebang("challenge", "list", "--mechanism", "rac").stderr


def test_a_list_breaks_no_name_of_a_mechanism_and_no_date_at_80_columns(jiebang: Jiebang, draft: Path) -> None:
    draft.write_text(draft.read_text(encoding="utf-8").replace('"race"', '"invest_to_evaluate"'), encoding="utf-8")
    id = told(jiebang("challenge", "open", draft, "--json"))["id"]
    for move in ("propose", "publish"):
        assert jiebang("challenge", move, id).exit_code == 0
    deadline = told(jiebang("challenge", "show", id, "--json"))["deadline"]
    words = jiebang("challenge", "list").stdout.split()
    assert [word for word in words if word in {id, "invest_to_evaluate", "answering", deadline[:10]}] == [
        id, "answering", "invest_to_evaluate", deadline[:10]
    ]  # fmt: skip
    assert f"{deadline[:10]} {deadline[11:16]} UTC" in jiebang("challenge", "show", id).stdout


def test_questions_and_invitations(jiebang: Jiebang, draft: Path) -> None:
    id = told(jiebang("challenge", "open", draft, "--json"))["id"]
    assert jiebang("challenge", "invitations", id).stderr == "Nobody is invited.\n"
    for move in ("propose", "publish"):
        jiebang("challenge", move, id)
    asked = told(jiebang("challenge", "ask", id, "气氛？", "--organisation", "乙实验室", "--json"))
    assert told(jiebang("challenge", "answer", id, asked["id"], "氧气", "--json"))["answer"] == "氧气"
    assert "氧气" in jiebang("challenge", "questions", id).stdout
    [invited] = [told(jiebang("challenge", "invite-matching", id, "--least", "0.01", "--json"))]
    assert invited["organisation"]["name"] == "乙实验室"
    assert "乙实验室" in jiebang("challenge", "invitations", id).stdout
    assert jiebang("challenge", "uninvite", id, "--organisation", "乙实验室").exit_code == 0
    by_name = jiebang("challenge", "invite", id, "--organisation", "乙实验室", "--reason", "有基础")
    assert "有基础" in by_name.stdout


def test_files(jiebang: Jiebang, draft: Path, tmp_path: Path) -> None:
    id = told(jiebang("challenge", "open", draft, "--json"))["id"]
    assert jiebang("challenge", "documents", id).stderr == "No file.\n"
    (tmp_path / "图纸.pdf").write_bytes(b"%PDF-1.7 drawing")
    added = told(jiebang("challenge", "attach", id, tmp_path / "图纸.pdf", "--json"))
    assert "图纸.pdf" in jiebang("challenge", "documents", id).stdout
    assert jiebang("challenge", "detach", id, added["id"]).exit_code == 0
    assert jiebang("challenge", "attach", id, draft).exit_code == 2


def test_a_programme_is_compiled_arranged_and_opened(jiebang: Jiebang, made: dict[str, str]) -> None:
    programme = told(jiebang("programme", "compile", made["list"], "--title", "探索者", "--json"))
    id, (first, second) = programme["id"], programme["topics"]
    assert f"{id}  探索者" in jiebang("programme", "list").stdout
    merged = told(jiebang("programme", "merge", id, first["id"], "--other", second["id"], "--json"))
    assert [one["need_ids"] for one in merged["topics"]] == [[made["need"], made["other"]]]
    split = ["programme", "split", id, first["id"], "--need", made["other"], "--title", "轴承", "--json"]
    parted = told(jiebang(*split))
    assert [one["title"] for one in parted["topics"]] == [first["title"], "轴承"]
    jiebang("programme", "move", id, parted["topics"][1]["id"], "--need", made["need"])
    jiebang("programme", "rename", id, parted["topics"][1]["id"], "--title", "都在")
    [whole] = told(jiebang("programme", "show", id, "--json"))["topics"]
    assert (whole["title"], len(whole["need_ids"])) == ("都在", 2)
    opened = told(jiebang("programme", "open", id, whole["id"], "--title", "共性问题", "--json"))
    assert (opened["mechanism"], opened["state"]) == ("explorer", "draft")
    assert f"challenge {opened['id']}" in jiebang("programme", "show", id).stdout


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.toml", "title = ", "this is not TOML"),
        ("a.json", "{", "this is not JSON"),
        ("a.json", '{"title": "a", "mechanism": "race"}', "a.json: need_ids: Field required\n"),
        (
            "a.json",
            '{"mechanism": "race", "need_ids": ["n"], "rounds": [{"goes_on": 0}], "contcat": "a"}',
            "a.json: title: Field required; rounds[0].goes_on: Input should be greater than or equal to 1; "
            "contcat: There is no such name here; did you mean contact?\n",
        ),
        (
            "a.toml",
            'title = "a"\nmechanism = "race"\nneed_ids = ["n"]\nbudgte = 1',
            "budgte: There is no such name here; did you mean budget?",
        ),
    ],
)
def test_a_draft_that_cannot_be_read_says_where(
    jiebang: Jiebang, tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = jiebang("challenge", "open", name)
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_a_moment_is_told_with_its_zone(jiebang: Jiebang) -> None:
    for moment in ("2027-03-31", "2027-03-31T17:00", "soon"):
        done = jiebang("challenge", "extend", "none", "--deadline", moment, "--reason", "a")
        assert done.stderr.startswith("error: --deadline: a moment with its time zone is expected")


def test_states_are_those_of_challenges() -> None:
    from api.cli.challenge import StateChoice
    from matcher.states import ChallengeState

    assert [one.value for one in StateChoice] == [one.value for one in ChallengeState]


def test_a_public_funder_s_part_is_confirmed(jiebang: Jiebang, draft: Path, made: dict[str, str]) -> None:
    said = draft.read_text(encoding="utf-8").replace('"race"', f'"explorer"\nfunder_id = "{made["lab"]}"')
    draft.write_text(said, encoding="utf-8")
    id = told(jiebang("challenge", "open", draft, "--json"))["id"]
    assert jiebang("challenge", "fund", id, "much").stderr.startswith("error: AMOUNT: an amount is expected")
    assert "900,000.00 CNY" in jiebang("challenge", "fund", id, "1").stderr
    assert told(jiebang("challenge", "fund", id, "900000", "--json"))["funder_amount"] == "900000.00"
    assert told(jiebang("challenge", "unfund", id, "--json"))["funder_amount"] is None
