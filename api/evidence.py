"""Evidence files of the installation, for the web and the command line."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from nacl.signing import SigningKey

from api.composition import Home
from matcher.actors import Actor
from matcher.record import evidence, signing
from matcher.record.archive import Manifest
from matcher.sessions import reading


def key(home: Home) -> SigningKey:
    """What the installation signs with. Raises Unready."""
    return signing.signing_key(key_file(home))


def key_file(home: Home) -> Path:
    return home.settings.home.expanduser() / signing.KEY_FILE


def write(home: Home, actor: Actor, thing: str, target: BinaryIO) -> Manifest:
    """Writes the evidence of one matter, signed. Raises as `matcher.record.evidence.write` does."""
    with reading(home.engine) as session:
        return evidence.write(session, actor, thing, key(home), target)
