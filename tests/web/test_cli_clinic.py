"""`jiebang clinic` and `jiebang teams`: a draft or a list examined against the home, a team found for a need."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_support import Jiebang, embedding_server, runner, write

NEEDS = """需求编号,需求名称,问题描述,技术指标,预算
N-1,石英砂提纯坩埚析晶,石英砂提纯坩埚析晶,纯度≥99.9%；寿命≥8000h,80万元
N-2,水稻病害遥感识别,水稻病害遥感识别,,面议
"""
RESULTS = """成果编号,成果名称,成果简介,技术指标,成熟度
R-1,石英砂提纯坩埚析晶一,石英砂提纯坩埚析晶,纯度=99.95%,TRL 8
R-2,石英砂提纯坩埚析晶二,石英砂提纯坩埚析晶,寿命=9000h,TRL 5
R-3,石英砂提纯坩埚析晶三,石英砂提纯坩埚析晶,纯度=99.5%,TRL 8
"""
DRAFT = """title = "石英砂提纯坩埚析晶"
problem = "石英砂提纯坩埚析晶"
preferred_regions = ["320000"]

[[indicators]]
name = "纯度"
operator = ">="
value = 99.9
unit = "%"
"""


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with embedding_server() as address:
        yield address


@pytest.fixture
def jiebang(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    """With results in its home."""
    run = runner(model, tmp_path, monkeypatch)
    results = write(tmp_path, "results.csv", RESULTS)
    assert run("import", "results", results, "--organisation", "Harbour Institute").exit_code == 0
    return run


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_draft_file_is_examined_for_people(jiebang: Jiebang, tmp_path: Path) -> None:
    done = jiebang("clinic", write(tmp_path, "draft.toml", DRAFT))
    assert done.exit_code == 0, done.stderr
    assert all(len(line) + sum(sign > "⺀" for sign in line) <= 100 for line in done.stdout.splitlines())
    for said in ("draft.toml", "of 3 results 1 above 0.5", "1 of them with nothing against it", "No budget: Labs judge",
                 "纯度 ≥ 99.9 % → ≥ 99.5 %: +1"):  # fmt: skip
        assert said in done.stdout


def test_the_rows_of_a_list_are_examined_one_by_one(jiebang: Jiebang, tmp_path: Path) -> None:
    done = jiebang("clinic", write(tmp_path, "needs.csv", NEEDS), "--json")
    first, second = records(done.stdout)
    assert (first["need"], first["title"], second["need"]) == ("N-1", "石英砂提纯坩埚析晶", "N-2")
    assert [(one["place"], one["steps"][0]["to"]) for one in first["relaxations"]] == [("indicators.0", "≥ 99.5 %")]
    assert {"no_must_have", "no_budget"} <= {one["code"] for one in second["findings"]}
    assert jiebang("list", "needs", "--json").stdout == ""


def test_a_team_is_found_by_a_needs_reference(jiebang: Jiebang, tmp_path: Path) -> None:
    needs = write(tmp_path, "needs.csv", NEEDS)
    assert jiebang("import", "needs", needs, "--organisation", "晨星电池").exit_code == 0
    done = jiebang("teams", "N-1")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "No one result has all must-haves; together these have."
    for said in ("纯度 ≥ 99.9 %: 纯度 = 99.95 %", "寿命 ≥ 8000 h: 寿命 = 9000 h", "Harbour Institute"):
        assert said in done.stdout
    [team] = records(jiebang("teams", "N-1", "--json").stdout)
    assert (team["coverage"], {one["reference"] for one in team["members"]}) == ("team", {"R-1", "R-2"})
    assert jiebang("teams", "N-2").stdout == "This need has no must-have indicators: there is nothing to cover.\n"


def test_what_nobody_covers_is_said(jiebang: Jiebang, tmp_path: Path) -> None:
    needs = write(tmp_path, "needs.csv", NEEDS.replace("寿命≥8000h", "寿命≥80000h"))
    assert jiebang("import", "needs", needs, "--organisation", "晨星电池").exit_code == 0
    done = jiebang("teams", "N-1")
    assert "covered by nobody: 寿命 ≥ 80000 h" in done.stderr
    assert done.stdout.splitlines()[-1] == "Not all must-haves are covered by anybody; these have the others."


@pytest.mark.parametrize("arguments", [("clinic", "nowhere.toml"), ("teams", "N-9")])
def test_what_is_not_there_is_told_in_one_line(jiebang: Jiebang, arguments: tuple[str, ...]) -> None:
    done = jiebang(*arguments)
    assert done.exit_code != 0
    assert done.stderr.startswith("error: ")
