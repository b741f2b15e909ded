"""Where the installation's secret comes from: a setting, or a file in the home made at the first start."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path

from api.settings import Settings
from matcher.accounts.secrets import ROOT_BYTES, Secrets
from matcher.errors import Unready

FILE = "secret.key"
SHORTEST = 32
"""Characters of JIEBANG_SECRET: 32 hexadecimal digits are 128 bits."""


def load_secrets(settings: Settings) -> Secrets:
    """Raises Unready for a secret that is too short, or a file that others can read or that holds none."""
    given = settings.secret.get_secret_value()
    if given:
        if len(given) < SHORTEST:
            raise Unready(f"JIEBANG_SECRET has {len(given)} characters; at least {SHORTEST} random ones are needed.")
        return Secrets(hashlib.blake2b(given.encode(), digest_size=ROOT_BYTES, person=b"jiebang root").digest())
    path = settings.home.expanduser() / FILE
    try:
        if not path.exists():
            _make(path)
        return Secrets(_read(path))
    except OSError as error:
        raise Unready(f"{path}: {error.strerror or error}.") from None


def _make(path: Path) -> None:
    """Writes a new secret whole or not at all; of two processes at once, the first one's stays."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{FILE}-")  # mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(ROOT_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)


def _read(path: Path) -> bytes:
    with path.open() as file:
        if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise Unready(f"{path} can be read by others. Make it yours alone (chmod 600), or better a new one.")
        text = file.read(1024).strip()
    try:
        root = bytes.fromhex(text)
    except ValueError:
        root = b""
    if len(root) != ROOT_BYTES:
        raise Unready(f"{path} does not hold the secret that Jiebang wrote there: {2 * ROOT_BYTES} hexadecimal digits.")
    return root
