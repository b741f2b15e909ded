"""Where a home is served just now: told by the server, read by the commands beside it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from api.settings import Settings

_SECONDS = 0.5


@contextmanager
def told(settings: Settings, address: str) -> Iterator[None]:
    """While the server runs, its home says where."""
    note = _note(settings)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(address, encoding="utf-8")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def address(settings: Settings) -> str:
    """What links begin with: the public URL, else where a server of this home answers, else where it would."""
    try:
        noted = _note(settings).read_text(encoding="utf-8")
    except OSError:
        noted = ""
    return noted if noted and not settings.public_url and _answers(noted) else settings.address


def _answers(address: str) -> bool:
    """A server that was killed leaves its note behind."""
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), _SECONDS).close()
    except OSError:
        return False
    return True


def _note(settings: Settings) -> Path:
    return settings.home.expanduser() / "served-at"
