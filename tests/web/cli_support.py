"""The command line run in this process, over a small embedding server, so that no torch is needed."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from api.cli import app
from embeddings.words import words

Jiebang = Callable[..., Result]
"""`jiebang("match", needs, results)`; `.exit_code`, `.stdout` and `.stderr` say what came of it."""

NEEDS = """需求编号,需求名称,问题描述,预算
N-1,锂电池低温快充析锂,零下二十度快充时负极析锂容量衰减快,50-80万元
N-2,轴承润滑脂高温流失,高速轴承润滑脂在高温下流失寿命短,面议
"""
RESULTS = """成果编号,成果名称,成果简介,成熟度
R-1,低温快充不析锂的电解液,锂电池零下二十度快充负极不析锂容量保持率高,中试
R-2,全氟聚醚高温润滑脂,轴承润滑脂高温不流失高速寿命长,TRL 8
R-3,水稻病害遥感识别,无人机遥感识别水稻病害,TRL 5
"""

_DIMENSION = 64


def _vector(text: str) -> list[float]:
    """Texts are near when they share words."""
    total = sum((_direction(word) for word in words(text)), np.zeros(_DIMENSION))
    return (total / (np.linalg.norm(total) or 1.0)).tolist()


@cache
def _direction(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
    return np.random.default_rng(seed).standard_normal(_DIMENSION)


class _Embeddings(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        data = [{"index": i, "embedding": _vector(text)} for i, text in enumerate(asked["input"])]
        body = json.dumps({"data": data, "model": asked["model"]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def embedding_server() -> Iterator[str]:
    """Serves on a free port of this machine; gives what JIEBANG_MODEL has to be."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Embeddings)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1#words"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def runner(model: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    """Runs commands in `home` as the working folder, with the data in `home / "data"`."""
    monkeypatch.chdir(home)
    environment = {
        "JIEBANG_MODEL": model,
        "JIEBANG_HOME": str(home / "data"),
        "COLUMNS": "",
        "JIEBANG_DATABASE_URL": "",
    }

    def run(*arguments: object, **changed: str) -> Result:
        return CliRunner().invoke(app, [str(one) for one in arguments], env=environment | changed)

    return run
