"""The key that an installation signs its evidence files with (Ed25519)."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from nacl.encoding import HexEncoder
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from matcher.entities import new_id
from matcher.errors import Unready

KEY_FILE = "record.key"
"""Its usual name in the home."""


def signing_key(path: Path) -> SigningKey:
    """The key in this file, made there at the first use.

    Raises Unready where it cannot be had, or others can read it.
    """
    try:
        if not path.exists():
            _make(path)
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Unready(f"{path} can be read by others. Make it yours alone (chmod 600), or better a new one.")
        return SigningKey(path.read_bytes().strip(), HexEncoder)
    except OSError as error:
        raise Unready(f"{path}: {error.strerror or error}.") from None
    except ValueError:
        raise Unready(f"{path} does not hold the key that Jiebang wrote there.") from None


def _make(path: Path) -> None:
    """Linked into place when it is whole: of two processes that start at once, one makes the key for both."""
    fresh = path.with_name(f"{path.name}-{new_id()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(SigningKey.generate().encode(HexEncoder).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()


def public_key(key: SigningKey) -> str:
    """In hexadecimal, as it stands in evidence files."""
    return key.verify_key.encode(HexEncoder).decode()


def fingerprint(public_key: str) -> str:
    """SHA-256 of a public key, by which people tell each other which one it is."""
    return sha256(bytes.fromhex(public_key)).hexdigest()


def signed_by(public_key: str, message: bytes, signature: bytes) -> bool:
    """False too for what is no key and no signature."""
    try:
        VerifyKey(public_key.encode(), HexEncoder).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True
