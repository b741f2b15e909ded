"""`jiebang` for a shell script of many commands, without each of them importing everything anew.

A script in the folder `bin` stands for the command: it hands its arguments, its input and its
settings to this process over a Unix socket, which runs the real command and hands the answer back.
"""

from __future__ import annotations

import json
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from typer.testing import CliRunner

from api.cli import app

_CLIENT = """\
#!{python} -ISE
import json, os, socket, sys
given = {{name: value for name, value in os.environ.items() if name.startswith("JIEBANG_")}}
told = "" if os.isatty(0) else sys.stdin.read()
asking = socket.socket(socket.AF_UNIX)
asking.connect({address!r})
with asking.makefile("rw") as line:
    print(json.dumps([sys.argv[1:], given, told]), file=line, flush=True)
    code, out, err = json.loads(line.readline())
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
"""
_SETTINGS = ("JIEBANG_HOME", "JIEBANG_DAYS_AHEAD")


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        arguments, given, told = json.loads(self.rfile.readline())
        settings = dict.fromkeys(_SETTINGS) | given
        done = CliRunner().invoke(app, arguments, env=settings, input=told)
        error = f"{done.exception!r}\n" if done.exception and not isinstance(done.exception, SystemExit) else ""
        answer = json.dumps([done.exit_code, done.stdout, done.stderr + error])
        self.wfile.write(answer.encode() + b"\n")


@contextmanager
def serving(folder: Path) -> Iterator[Path]:
    """Gives the folder to be put on the PATH. Commands run in this process's working directory, one by one."""
    folder.mkdir()
    address = str(folder / "socket")
    client = folder / "jiebang"
    client.write_text(_CLIENT.format(python=sys.executable, address=address), encoding="utf-8")
    client.chmod(0o755)
    with socketserver.UnixStreamServer(address, _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield folder
        finally:
            server.shutdown()
            thread.join()
