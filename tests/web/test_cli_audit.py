"""`jiebang audit`: verify, export, key."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import Jiebang, embedding_server, runner, write
from sqlalchemy import text

from api.db import make_engine
from api.settings import Settings
from matcher.sessions import writing


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with embedding_server() as address:
        yield address


@pytest.fixture
def jiebang(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    """Over a home with two needs."""
    run = runner(model, tmp_path, monkeypatch)
    rows = write(tmp_path, "needs.csv", "需求编号,需求名称\nN-1,锂电池低温快充\nN-2,轴承润滑脂\n")
    assert run("import", "needs", rows, "--organisation", "晨星电池").exit_code == 0
    return run


@pytest.fixture
def thing(jiebang: Jiebang) -> str:
    first = json.loads(jiebang("list", "needs", "--json").stdout.splitlines()[0])
    return f"need:{first['id']}"


def tamper(home: Path) -> None:
    engine = make_engine(Settings(home=home / "data", _env_file=None))
    with writing(engine) as session:
        session.execute(text("DROP TRIGGER event_kept_from_update"))
        session.execute(text("UPDATE event SET actor = 'somebody else' WHERE id = 2"))
    engine.dispose()


def test_verify_says_that_the_record_holds_and_how_to_note_its_head(jiebang: Jiebang) -> None:
    said = jiebang("audit", "verify")
    told = json.loads(jiebang("audit", "verify", "--json").stdout)
    assert said.exit_code == 0
    head = f"{told['head']['event_id']}:{told['head']['hash']}"
    assert said.stdout == f"Intact: {told['events']} events. Head {head}\n"
    assert jiebang("audit", "verify", "--head", head).exit_code == 0
    other = jiebang("audit", "verify", "--head", f"{told['head']['event_id']}:{'0' * 64}")
    assert (other.exit_code, "another hash than the one noted" in other.stdout) == (1, True)


def test_verify_names_the_first_broken_link_and_ends_with_status_1(jiebang: Jiebang, tmp_path: Path) -> None:
    tamper(tmp_path)
    said = jiebang("audit", "verify")
    assert said.exit_code == 1
    assert said.stdout.startswith("Broken at event 2: event 2 is not as it was recorded")
    told = json.loads(jiebang("audit", "verify", "--json").stdout)
    assert (told["broken"]["event_id"], told["broken"]["flaw"], told["head"]["event_id"]) == (2, "hash", 1)


def test_an_exported_file_is_checked_without_a_home(jiebang: Jiebang, thing: str, tmp_path: Path) -> None:
    file = tmp_path / "evidence.zip"
    made = jiebang("audit", "export", "--thing", thing, "--out", file)
    assert made.exit_code == 0, made.stderr
    assert f"2 events of {thing}" in made.stdout
    key = jiebang("audit", "key").stdout.strip()
    assert f"Signed with the key {key}" in made.stderr
    nowhere = {"JIEBANG_HOME": str(tmp_path / "nowhere")}
    said = jiebang("audit", "verify", file, "--key", key, **nowhere)
    assert (said.exit_code, said.stdout.splitlines()[-1]) == (0, f"Key {key}")
    assert said.stdout.startswith(f"Intact: 2 events of {thing}")
    told = json.loads(jiebang("audit", "verify", file, "--json", **nowhere).stdout)
    assert (told["intact"], told["thing"], told["events"], told["key"]) == (True, thing, 2, key)
    assert not (tmp_path / "nowhere").exists()
    other = jiebang("audit", "verify", file, "--key", "0" * 64, **nowhere)
    assert (other.exit_code, "signed with another key" in other.stdout) == (1, True)


def test_the_key_is_for_its_owner_alone(jiebang: Jiebang, tmp_path: Path) -> None:
    assert jiebang("audit", "key").stdout == jiebang("audit", "key").stdout
    assert stat.S_IMODE((tmp_path / "data" / "record.key").stat().st_mode) == 0o600


def test_a_damaged_file_does_not_hold(jiebang: Jiebang, thing: str, tmp_path: Path) -> None:
    file = tmp_path / "evidence.zip"
    jiebang("audit", "export", "--thing", thing, "--out", file)
    content = bytearray(file.read_bytes())
    content[200] ^= 1
    file.write_bytes(content)
    said = jiebang("audit", "verify", file)
    assert (said.exit_code, "does not hold" in said.stdout) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["export", "--thing", "person:x", "--out", "a.zip"], "evidence is given of need:ID"),
        (["export", "--thing", "need:x", "--out", "a.zip"], "No need 'x'"),
        (["export", "--thing", "need:x", "--out", "a.txt"], "a file ending in .zip is expected"),
        (["export", "--thing", "need:x", "--out", "needs.zip"], "is there already"),
        (["verify", "needs.csv"], "is no evidence file"),
        (["verify", "gone.zip"], "No such file"),
        (["verify", "--key", "0"], "is for an evidence file"),
        (["verify", "--head", "x"], "NUMBER:HASH is expected"),
        (["verify", "needs.csv", "--head", "1:x"], "is for the home's own record"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    jiebang: Jiebang, tmp_path: Path, arguments: list[str], told: str
) -> None:
    write(tmp_path, "needs.zip", "")
    said = jiebang("audit", *arguments)
    assert said.exit_code == 2
    assert told in said.stderr
    assert not (tmp_path / "a.zip").exists()


def test_no_evidence_is_made_from_a_record_that_does_not_hold(jiebang: Jiebang, thing: str, tmp_path: Path) -> None:
    tamper(tmp_path)
    said = jiebang("audit", "export", "--thing", thing, "--out", tmp_path / "a.zip")
    assert said.exit_code != 0
    assert "The record does not hold" in said.stderr
    assert not (tmp_path / "a.zip").exists()


def test_verify_makes_no_home_where_there_is_none(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runner(model, tmp_path, monkeypatch)
    monkeypatch.setenv("JIEBANG_HOME", str(tmp_path / "mistyped"))
    done = run("audit", "verify")
    assert (done.exit_code, "There is no home in" in done.stderr) == (2, True)
    assert not (tmp_path / "mistyped").exists()
