"""`jiebang learn`: decisions in, scores that follow them, and back again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli_support import Jiebang, embedding_server, runner, write

from api.cli.decision_files import read_decisions
from matcher.errors import UnusableFile
from matcher.matching.learning import Decision
from seed_data import loading

NEEDS = 45
"""Of the demonstration set, whose judgements stand for a matchmaker's decisions."""


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with embedding_server() as address:
        yield address


@pytest.fixture
def jiebang(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    return runner(model, tmp_path, monkeypatch)


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def chosen(path: Path, references: set[str]) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "".join(f"{line}\n" for line in lines if json.loads(line)["reference"] in references)


@pytest.fixture
def decisions(jiebang: Jiebang, tmp_path: Path) -> list[dict[str, Any]]:
    """On pairs in a home that holds them."""
    needs = sorted({need for need, _ in loading.judgements()})[:NEEDS]
    judged = {pair: grade for pair, grade in loading.judgements().items() if pair[0] in needs}
    sides = {"needs": (loading.NEEDS, set(needs)), "results": (loading.RESULTS, {result for _, result in judged})}
    ids = {}
    for side, (path, references) in sides.items():
        assert jiebang("import", side, write(tmp_path, f"{side}.jsonl", chosen(path, references))).exit_code == 0
        for row in rows(jiebang("list", side, "--json", "--limit", "1000").stdout):
            ids[row["reference"]] = row["id"]
    return [
        {
            "need": ids[need],
            "result": ids[result],
            "verdict": "take_further" if grade >= 2 else "no",
            "position": 1 + number % 9,
            "at": f"2026-05-01T10:00:{number % 60:02}Z",
        }
        for number, ((need, result), grade) in enumerate(judged.items())
    ]


def file_of(folder: Path, decisions: list[dict[str, Any]]) -> Path:
    return write(folder, "decisions.jsonl", "".join(json.dumps(one) + "\n" for one in decisions))


def test_scores_follow_decisions_and_go_back(jiebang: Jiebang, decisions: list[dict[str, Any]], tmp_path: Path) -> None:
    need = decisions[0]["need"]
    before = jiebang("matches", need, "--json").stdout
    gone = [decisions[0] | {"need": "nobody"}, decisions[0] | {"result": "nothing"}]
    [lesson] = rows(jiebang("learn", file_of(tmp_path, decisions + gone), "--json").stdout)
    assert (lesson["better"], lesson["in_place"], lesson["left_out"]) == (True, "score-0001", 2)
    assert lesson["new"]["log_loss"] < lesson["old"]["log_loss"]
    assert lesson["fitted_on"] + lesson["held_out"] == len(decisions)
    assert jiebang("matches", need, "--json").stdout != before
    again = jiebang("learn", file_of(tmp_path, decisions))
    assert again.stdout.splitlines()[-1] == "Not better by more than noise: nothing was changed. In place: score-0001."
    assert jiebang("learn", "--back").stdout == "In place: shipped.\n"
    assert jiebang("matches", need, "--json").stdout == before
    refused = jiebang("learn", "--back")
    assert (refused.exit_code, refused.stderr) == (
        2, "error: the shipped calibration is in place: there is none to go back to\n"
    )  # fmt: skip


def test_too_few_decisions_and_both_ways_at_once_are_refused(jiebang: Jiebang, tmp_path: Path) -> None:
    none = write(tmp_path, "none.jsonl", "")
    assert jiebang("learn", none).stderr.startswith("error: too few decisions to learn from: 0 on 0 needs")
    for arguments in ((), (none, "--back")):
        done = jiebang("learn", *arguments)
        assert (done.exit_code, done.stderr) == (2, "error: either a file of decisions is expected, or --back\n")


ROW = {"need": "a", "result": "b", "verdict": "no", "position": 3, "at": "2026-05-01T10:00:00+08:00"}


def test_verdicts_that_decide_nothing_are_left_out(tmp_path: Path) -> None:
    told = [ROW, ROW | {"verdict": "unsure"}, ROW | {"verdict": "not_now"}, ROW | {"verdict": "take_further"}]
    found = read_decisions(file_of(tmp_path, told))
    at = datetime(2026, 5, 1, 2, tzinfo=UTC)
    assert found == [Decision("a", "b", False, 3, at), Decision("a", "b", True, 3, at)]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[]", "an object with need"),
        ("{}", "'need' is missing"),
        (json.dumps(ROW | {"verdict": "maybe"}), "unknown verdict 'maybe'; known: take_further, no, not_now, unsure"),
        (json.dumps(ROW | {"position": 0}), "the position is 0"),
        (json.dumps(ROW | {"position": True}), "the position is True"),
        (json.dumps(ROW | {"at": "soon"}), "Invalid isoformat string: 'soon'"),
        ("take further", "Expecting value"),
    ],
)
def test_a_line_that_is_no_decision_is_named(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(UnusableFile, match=rf"decisions\.jsonl, line 2: {told}"):
        read_decisions(write(tmp_path, "decisions.jsonl", f"{json.dumps(ROW)}\n{line}\n"))
