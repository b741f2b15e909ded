"""`jiebang serve` and `jiebang demo`, as processes of their own, over an embedding server in this one."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cli_support import Jiebang, embedding_server, runner
from serving_support import address, get, started


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with embedding_server() as address:
        yield address


@pytest.fixture
def jiebang(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    return runner(model, tmp_path, monkeypatch)


def test_the_home_is_served_until_interrupted(model: str, tmp_path: Path) -> None:
    with started(model, tmp_path, "serve") as (process, said):
        assert get(f"{address(said)}/healthz").status_code == 200
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        answer = httpx.get(f"{address(said)}/healthz", headers=forwarded, timeout=30)
        assert not {"strict-transport-security", "server"} & set(answer.headers)  # nobody believes a stranger's word
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "Stopped.\n"


def test_the_demonstration_is_filled_served_and_thrown_away(model: str, tmp_path: Path) -> None:
    with started(model, tmp_path, "demo") as (process, said):
        assert process.stdout is not None
        while "-d '" not in said and (line := process.stdout.readline()):
            said += line
        listed, *matched, challenges = re.findall(r"curl '(http[^']+)'", said)
        assert [len(get(url).json()["items"]) for url in (listed, challenges)] == [3, 3]
        assert [len(get(url).json()["matches"]) for url in matched] == [3, 3]
        asked = re.search(r"curl (http\S+) .*-d '(.*)'", said, re.DOTALL)
        assert asked
        answer = httpx.post(asked[1], content=asked[2].encode(), headers={"Content-Type": "application/json"})
        assert len(answer.json()["matches"]) == 3
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
    assert not (tmp_path / "data").exists()
    assert list((tmp_path / "tmp").glob("jiebang-*")) == []


def test_a_port_that_is_taken_is_one_line(jiebang: Jiebang) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for command in ("serve", "demo"):
            done = jiebang(command, "--port", port)
            assert done.exit_code == 1
            assert done.stderr == (
                f"error: Cannot listen on 127.0.0.1 port {port}: Address already in use. --port takes another one.\n"
            )


def test_a_model_named_wrongly_stops_the_start_with_one_line(jiebang: Jiebang) -> None:
    done = jiebang("serve", "--port", "0", "--model", "/nowhere")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: JIEBANG_MODEL: /nowhere is not the folder of a sentence-transformers model")


def test_a_demonstration_home_must_be_a_folder(jiebang: Jiebang, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = jiebang("demo", "--port", "0", "--home", tmp_path / "file")
    assert done.exit_code == 2
    assert done.stderr == f"error: {tmp_path / 'file'}: is a file; a folder is expected\n"
