"""The form of an evidence file: a zip whose bytes depend on what is in it alone.

evidence.txt     the matter for people to read, in Chinese and English
events.jsonl     its events, every column, in order
documents.json   the documents' hashes, and which event recorded each
decisions.json   who decided what, when, and why, in order
chain.txt        the body hash of each event from the first of these to the head, a line each
manifest.json    what the matter is, where the chain leads, the SHA-256 of each file above, the public key
manifest.sig     the Ed25519 signature of manifest.json, in hexadecimal
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import BinaryIO, Final, Literal, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from nacl.signing import SigningKey
from pydantic import BaseModel, ConfigDict, Field

FORMAT: Final = "jiebang-evidence/1"

PAGE, EVENTS, DOCUMENTS, DECISIONS, CHAIN = (
    "evidence.txt",
    "events.jsonl",
    "documents.json",
    "decisions.json",
    "chain.txt",
)
PARTS = (PAGE, EVENTS, DOCUMENTS, DECISIONS, CHAIN)
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"

HEX = r"^[0-9a-f]{64}$"


class Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Part(Form):
    size: int = Field(ge=0)
    sha256: str = Field(pattern=HEX)


class Span(Form):
    """The piece of the chain that the file proves."""

    first: int = Field(ge=1)
    previous_hash: str = Field(pattern=r"^([0-9a-f]{64})?$")
    """Of the event before the first; empty where that is the very first."""
    head: int = Field(ge=1)
    head_hash: str = Field(pattern=HEX)
    head_at: str


class Manifest(Form):
    format: Literal["jiebang-evidence/1"]
    thing: str
    events: int
    chain: Span
    parts: dict[str, Part]
    public_key: str = Field(pattern=HEX)


class Document(Form):
    """What the platform keeps for the matter, by its hash: the text itself is not in the file."""

    what: str
    thing: str
    algorithm: str
    hash: str
    event: int | None
    """The last event of the matter that recorded this very hash; None: none did."""


class Decision(Form):
    event: int
    at: str
    actor: str
    organisation_id: str | None
    decision: str
    about: str
    reason: str | None
    """None where none was given, it was erased, or whoever made the file may not read it."""
    reason_hash: str | None
    """SHA-256 of the reason where the event holds that instead."""


class Writer:
    """Writes one part after the other, then the manifest and its signature; used as a context manager."""

    def __init__(self, target: BinaryIO) -> None:
        self._zip = ZipFile(target, "w", ZIP_DEFLATED)
        self.parts: dict[str, Part] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        digest, size = sha256(), 0
        with self._zip.open(_entry(name), "w", force_zip64=True) as part:
            for piece in pieces:
                part.write(piece)
                digest.update(piece)
                size += len(piece)
        self.parts[name] = Part(size=size, sha256=digest.hexdigest())

    def finish(self, manifest: Manifest, key: SigningKey) -> None:
        text = (manifest.model_dump_json(indent=2) + "\n").encode()
        self.add(MANIFEST, [text])
        self.add(SIGNATURE, [key.sign(text).signature.hex().encode() + b"\n"])


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry
