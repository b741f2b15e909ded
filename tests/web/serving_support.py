"""Commands that serve, as processes of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import httpx

import api.cli

ROOT = Path(api.cli.__file__).parents[2]


@contextmanager
def started(model: str, folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command that serves, once it has said where; and all that it said until then."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    environment = os.environ | {
        "JIEBANG_MODEL": model,
        "JIEBANG_HOME": str(folder / "data"),
        "TMPDIR": str(temporary),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", *arguments, "--port", "0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    watchdog = Timer(60, process.kill)
    watchdog.start()
    try:
        said = ""
        while "http://127.0.0.1:" not in said and (line := process.stdout.readline()):
            said += line
        assert "http://127.0.0.1:" in said, said
        yield process, said
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        watchdog.cancel()


def address(said: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert found
    return found[0]


def get(url: str) -> httpx.Response:
    """Connections wait until the server, which has its port from the beginning, takes them."""
    return httpx.get(url, timeout=30)
