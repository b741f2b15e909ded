"""Mechanisms as the page, the API and the command line show them: all of it what the code has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result
from web_support import served
from words_encoder import WordsEncoder

from api import mechanism_table
from api.app import create_app
from api.cli import app
from api.composition import temporary_home
from api.settings import Settings
from matcher.engine import mechanism_diagrams, mechanism_files
from matcher.errors import Unready
from matcher.mechanisms import SHIPPED, Answerers, By, Decider, Funding, Guard, Mechanism
from matcher.states import ChallengeState

MINE = 'name = "short_race"\nzh = "短程赛马"\nen = "short race"\nlike = "race"\nreverse_days = 5\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mechanisms")
    (folder / "short.toml").write_text(MINE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def client(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path_factory.mktemp("home"), mechanisms=str(folder), _env_file=None)
    with served(settings, WordsEncoder()) as client:
        yield client


def jiebang(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["mechanism", *arguments], env={f"JIEBANG_{k}": v for k, v in environment.items()})


# -- the page -------------------------------------------------------------------------------------


def test_the_page_s_table_words_and_diagrams_are_those_of_the_code() -> None:
    written = mechanism_table.PAGE.read_text(encoding="utf-8")
    assert mechanism_table.rewritten(written) == written, "make policy prints it anew"
    assert all(f"```mermaid\n{mechanism_diagrams.mermaid(one)}```" in written for one in SHIPPED.values())


def test_the_page_explains_every_word_that_a_file_may_use() -> None:
    told = [mechanism_table.ANSWERERS, mechanism_table.DECIDERS, mechanism_table.FUNDING]
    assert [set(one) for one in told] == [set(Answerers), set(Decider), set(Funding)]
    assert (set(mechanism_table.MAKERS), set(mechanism_table.GUARDS)) == (set(By), set(Guard))


def test_the_page_s_example_is_a_good_file() -> None:
    examples = re.findall(r"```toml\n(.*?)```", mechanism_table.PAGE.read_text(encoding="utf-8"), re.DOTALL)
    found = [mechanism_files.look_through(example.encode()) for example in examples]
    assert [one.name for one in found if isinstance(one, Mechanism)] == ["short_race"]


def test_a_diagram_draws_each_move_from_each_of_its_states_once() -> None:
    drawn = mechanism_diagrams.mermaid(SHIPPED["directed_commission"])
    steps = re.findall(r"^    (\w+) --> (\w+): (\w+) \(([\w ]+)\)(?: if ([\w ]+))?$", drawn, re.MULTILINE)
    moves = SHIPPED["directed_commission"].moves
    assert sorted(steps) == sorted(
        (
            source,
            move.target,
            name,
            " or ".join(by for by in By if by in move.by),
            " and ".join(guard.replace("_", " ") for guard in move.guards),
        )
        for name, move in moves.items()
        for source in move.sources
    )
    assert drawn.startswith("stateDiagram-v2\n    [*] --> draft\n")
    assert drawn.endswith("    finished --> [*]\n    failed --> [*]\n    cancelled --> [*]\n")
    assert len(drawn.splitlines()) == len(steps) + 5


# -- the API --------------------------------------------------------------------------------------


def test_anybody_sees_the_shipped_mechanisms_and_the_operator_s_own(client: TestClient) -> None:
    listed = client.get("/api/v1/mechanisms").json()
    assert [(one["name"], one["shipped"]) for one in listed] == [(name, True) for name in SHIPPED] + [
        ("short_race", False)
    ]
    race, mine = listed[1], listed[-1]
    assert mine == race | {
        "name": "short_race", "zh": "短程赛马", "en": "short race", "shipped": False, "reverse_days": 5
    }  # fmt: skip
    assert race["moves"][-4] == {
        "name": "settle",
        "sources": ["objecting"],
        "target": "awarded",
        "by": ["setter", "desk"],
        "only_if": ["objections_over"],
    }
    assert race["diagram"] == mechanism_diagrams.mermaid(SHIPPED["race"])


def test_a_server_does_not_start_over_a_wrong_file(tmp_path: Path) -> None:
    (tmp_path / "mechanisms").mkdir()
    (tmp_path / "mechanisms" / "bad.toml").write_text(MINE + 'funding = "lottery"\n', encoding="utf-8")
    settings = Settings(home=tmp_path, _env_file=None)
    with pytest.raises(Unready) as refused, TestClient(create_app(settings, encoder=WordsEncoder())):
        pass
    assert str(refused.value) == (
        f"{tmp_path}/mechanisms/bad.toml, line 6: unknown value 'lottery'; known are 'setter', 'staged', 'matched', "
        "'prizes' or 'investors'."
    )


def test_a_home_without_a_folder_of_mechanisms_knows_the_shipped_ones() -> None:
    with temporary_home(Settings(_env_file=None), encoder=WordsEncoder()) as home:
        assert home.mechanisms == SHIPPED


# -- the command line -----------------------------------------------------------------------------


def test_the_command_line_lists_shows_and_draws(folder: Path) -> None:
    listed = jiebang("list", "--json", MECHANISMS=str(folder))
    assert [json.loads(line)["name"] for line in listed.stdout.splitlines()] == [*SHIPPED, "short_race"]
    table = jiebang("list", MECHANISMS=str(folder)).stdout
    assert [one for one in (*SHIPPED, "short_race") if one not in table] == []
    race = SHIPPED["race"]
    assert jiebang("show", "race").stdout == mechanism_files.text(race)
    mine = replace(race, name="short_race", zh="短程赛马", en="short race", reverse_days=5)
    assert jiebang("show", str(folder / "short.toml")).stdout == mechanism_files.text(mine)
    assert json.loads(jiebang("show", "race", "--json").stdout)["moves"][0]["name"] == "propose"
    assert jiebang("diagram", "race").stdout == mechanism_diagrams.mermaid(race)
    assert jiebang("diagram", "short_race", MECHANISMS=str(folder)).stdout == mechanism_diagrams.mermaid(mine)


def test_the_command_line_checks_files_and_tells_every_line_that_is_wrong(folder: Path, tmp_path: Path) -> None:
    good, bad = folder / "short.toml", tmp_path / "bad.toml"
    bad.write_text(MINE + 'funding = "setter"\nseal = true\nindustry_share = 2\n', encoding="utf-8")
    done = jiebang("check", str(good), str(bad))
    assert (done.exit_code, done.stdout) == (2, f"{good}: short race 短程赛马, 3 rounds, 16 moves: good.\n")
    assert done.stderr.splitlines() == [
        f"{bad}:7: unknown key 'seal'",
        f"{bad}:8: industry_share: input should be less than or equal to 1",
    ]
    told = [json.loads(line) for line in jiebang("check", "--json", str(good), str(bad)).stdout.splitlines()]
    assert [(one["name"], [problem["line"] for problem in one["problems"]]) for one in told] == [
        ("short_race", []),
        (None, [7, 8]),
    ]
    assert jiebang("check", str(good)).exit_code == 0


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("nope", f"error: No mechanism 'nope'; known are {', '.join(SHIPPED)}.\n"),
        ("nope.toml", "error: No such file or directory: nope.toml\n"),
    ],
)
def test_what_is_not_there_is_told_in_a_line(named: str, told: str) -> None:
    done = jiebang("show", named)
    assert (done.exit_code, done.stderr) == (2 if named == "nope" else 1, told)


def test_every_state_of_a_challenge_is_one_of_some_mechanism() -> None:
    used = {state for one in SHIPPED.values() for move in one.moves.values() for state in (*move.sources, move.target)}
    assert used == set(ChallengeState)
