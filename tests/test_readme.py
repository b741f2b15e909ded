"""What the READMEs say: their commands run, their settings are the code's, their links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import command_server
import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from api import policy_table
from api.cli import app
from api.settings import Settings

ROOT = Path(__file__).parents[1]
ENGLISH, CHINESE = "README.md", "README.zh-CN.md"
SERVED = "127.0.0.1:8000"
RUN_BY_MAKE = ("make help",)
"""The other targets install, measure for minutes, or run this very test: that they exist has to do."""


def text_of(readme: str) -> str:
    return (ROOT / readme).read_text(encoding="utf-8")


def story(readme: str) -> list[str]:
    """The blocks that build on each other, in one terminal."""
    return re.findall(r"^<!-- story -->\n```bash\n(.*?)^```$", text_of(readme), re.DOTALL | re.MULTILINE)


def commands(readme: str) -> list[str]:
    """Every line of the other blocks, each a command that stands for itself."""
    found = re.findall(r"^```bash\n(.*?)^```$", text_of(readme), re.DOTALL | re.MULTILINE)
    blocks = [block for block in found if block not in story(readme)]
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def environment(**changed: str) -> dict[str, str]:
    """This process's, less what would change the settings or a make that is started from within make."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JIEBANG_", "MAKE", "MFLAGS"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return kept | {"PATH": path, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"} | changed


def make(*arguments: str) -> list[str]:
    """A make that takes what this test runs in for the finished `.venv`."""
    return ["make", "-o", ".venv/.installed", *arguments]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that reads as the repository's root does, and in which files may be left."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for entry in ROOT.iterdir():
        if not entry.name.startswith("."):
            (folder / entry.name).symlink_to(entry)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def run(command: str | list[str], folder: Path, seconds: int = 120) -> str:
    """The output of a program, or of a line as bash reads it, that has to succeed."""
    arguments = ["bash", "-c", command] if isinstance(command, str) else command
    settings = environment(JIEBANG_HOME=str(folder / "home"))
    done = subprocess.run(arguments, cwd=folder, env=settings, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def demonstration(folder: Path) -> Iterator[str]:
    """What `make demo` serves, on a port that is free; gives host and port once it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = folder / "demo.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            make("demo"),
            cwd=folder,
            env=environment(JIEBANG_PORT=str(port)),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            until = time.monotonic() + 180
            while not is_ready(client):
                assert process.poll() is None, said.read_text(encoding="utf-8")
                assert time.monotonic() < until, said.read_text(encoding="utf-8")
                time.sleep(0.2)
        yield f"127.0.0.1:{port}"
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_both_readmes_give_the_same_commands() -> None:
    assert commands(CHINESE) == commands(ENGLISH)
    assert story(CHINESE) == story(ENGLISH)


@pytest.mark.parametrize("readme", [ENGLISH, CHINESE])
def test_no_command_escapes_these_tests_in_a_block_of_another_kind(readme: str) -> None:
    fences = re.findall(r"^ *(?:```|~~~)(.*)$", text_of(readme), re.MULTILINE)
    assert fences == ["bash", ""] * (len(fences) // 2)


def test_every_command_without_a_server_succeeds(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout)
    for name in [name for name in os.environ if name.startswith("JIEBANG_")]:
        monkeypatch.delenv(name)
    home = {"JIEBANG_HOME": str(checkout / "home")}
    ran = 0
    for line in commands(ENGLISH):
        program, *arguments = shlex.split(line)
        if program == "curl" or line == "make demo":
            continue
        ran += 1
        if program == "jiebang":  # in this process: torch takes seconds to import
            done = CliRunner().invoke(app, arguments, env=home)
            assert done.exit_code == 0, f"{line}\n{done.output}\n{done.exception!r}"
        elif program == "make" and line not in RUN_BY_MAKE:
            run(make("-n", *arguments), checkout)
        else:
            run(line, checkout)
    assert ran > 5
    written = {path.name for path in checkout.glob("*.xlsx")}
    assert written == {"needs-form.xlsx", "results-form.xlsx", "pairs.xlsx", "rejected.xlsx"}


def test_the_story_of_a_need_through_an_open_challenge_and_a_race_is_true(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it as one terminal would run it, but stopped by the first command that fails."""
    monkeypatch.chdir(checkout)
    with command_server.serving(tmp_path / "bin") as commands:
        told = run(f"PATH={commands}:$PATH; set -euo pipefail\n{''.join(story(ENGLISH))}", checkout, seconds=300)
    for said in (
        "may be published", "has given the share", "Told on 2 answers", "is signed", "is finished", "Intact: ",
        "1 go on to round 2", "Reversed: round 1 is to be decided again", "It balances",
    ):  # fmt: skip
        assert said in told
    assert {path.name for path in checkout.glob("*.docx")} == {"notice.docx"}


def test_the_demonstration_answers_every_request(checkout: Path) -> None:
    assert shutil.which("curl"), "this test runs the README's requests with curl, which is not installed"
    assert "make demo" in commands(ENGLISH)
    requests = [line for line in commands(ENGLISH) if line.startswith("curl ")]
    assert requests
    with demonstration(checkout) as address:
        for line in requests:
            assert SERVED in line
            answer = run(line.replace("curl ", "curl --fail --show-error ", 1).replace(SERVED, address), checkout)
            assert answer.startswith("{"), f"{line}\n{answer}"


def settings_listed(readme: str) -> list[list[str]]:
    found = re.search(r"<!-- settings -->\n(.*?)<!-- /settings -->", text_of(readme), re.DOTALL)
    assert found, "the marks around the table of settings are missing"
    _, _, *rows = [line.strip("|").split("|") for line in found[1].splitlines() if line]
    return [[cell.strip() for cell in row] for row in rows]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Variable, default and meaning of each setting of the code, as a README writes them."""
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/user")
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        plain = default.get_secret_value() if isinstance(default, SecretStr) else str(default)
        shown = f"`{plain.replace('/home/user', '~')}`" if plain else ""
        rows.append([f"`JIEBANG_{name.upper()}`", shown, field.description or ""])
    return rows


def test_the_settings_of_the_english_readme_are_those_of_the_code(settings: list[list[str]]) -> None:
    expected = "\n".join(f"| {' | '.join(row)} |" for row in settings)
    assert settings_listed(ENGLISH) == settings, f"expected rows:\n{expected}"


def test_the_settings_of_the_chinese_readme_are_those_of_the_code(settings: list[list[str]]) -> None:
    listed = settings_listed(CHINESE)
    assert [row[:2] for row in listed] == [row[:2] for row in settings]
    assert all(re.search("[\u4e00-\u9fff]", row[2]) for row in listed)


@pytest.mark.parametrize("readme", [ENGLISH, CHINESE])
def test_the_table_of_roles_and_actions_is_the_policy_s(readme: str) -> None:
    written = text_of(readme)
    assert policy_table.markdown(chinese=readme == CHINESE) in written
    assert policy_table.rewritten(written, chinese=readme == CHINESE) == written, "make policy prints it anew"


@pytest.mark.parametrize("readme", [ENGLISH, CHINESE])
def test_every_relative_link_and_picture_leads_to_a_file(readme: str) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", text_of(readme))
    relative = [target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    assert relative
    assert [target for target in relative if not (ROOT / target).is_file()] == []
