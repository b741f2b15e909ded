"""Checks an evidence file without a database: its signature, its parts, and that its events are in the chain.

The file comes from anybody: nothing in it is believed before it is checked, and no part of it is
held in memory beyond a bound.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile
from zlib import error as BadDeflate

from pydantic import TypeAdapter

from matcher.errors import UnusableFile
from matcher.record import archive, hashing, signing
from matcher.record.archive import Decision, Document, Manifest, Span
from matcher.record.lines import Erasures, Line

_LARGEST = 64 * 1024 * 1024
"""Bytes of any part but the chain, which is read line by line."""
_BLOCK = 1024 * 1024
_CHAIN_LINE = 65
_DAMAGED = (BadZipFile, BadDeflate, EOFError, NotImplementedError, OSError, RuntimeError, KeyError)

_DOCUMENTS = TypeAdapter(list[Document])
_DECISIONS = TypeAdapter(list[Decision])


@dataclass(frozen=True, slots=True)
class Checked:
    """What an evidence file is, and the first thing wrong with it, if anything is."""

    thing: str
    events: int
    head: int
    head_hash: str
    fingerprint: str
    """Of the key that signed it: whose that is has to be known from elsewhere."""
    fault: str | None = None

    @property
    def intact(self) -> bool:
        return self.fault is None


class _Fault(Exception):
    pass


def check(path: Path, *, fingerprint: str | None = None) -> Checked:
    """Raises UnusableFile for what is no evidence file at all.

    With `fingerprint` (blanks and colons in it do not count) only a file signed by that key is intact.
    """
    try:
        with ZipFile(path) as opened:
            return _check(opened, path, fingerprint)
    except OSError as error:
        raise UnusableFile(error.strerror or "cannot be read", place=str(path)) from None
    except (BadZipFile, NotImplementedError, ValueError):
        raise UnusableFile("is no evidence file", place=str(path)) from None


def _check(opened: ZipFile, path: Path, wanted: str | None) -> Checked:
    try:
        text = _read(opened, archive.MANIFEST)
        manifest = Manifest.model_validate_json(text)
    except (_Fault, ValueError):
        raise UnusableFile(
            f"is no evidence file of the form {archive.FORMAT}: it has no such {archive.MANIFEST}", place=str(path)
        ) from None
    fault: str | None = None
    signer = signing.fingerprint(manifest.public_key)
    try:
        _signature(opened, manifest, text)
        if wanted is not None and _bare(wanted) != signer:
            raise _Fault("it is signed with another key than the one named")
        _parts(opened, manifest)
        _events(opened, manifest)
    except _Fault as found:
        fault = str(found)
    span = manifest.chain
    return Checked(manifest.thing, manifest.events, span.head, span.head_hash, signer, fault)


def _bare(fingerprint: str) -> str:
    return "".join(fingerprint.split()).replace(":", "").lower()


def _signature(opened: ZipFile, manifest: Manifest, text: bytes) -> None:
    signature = b""
    with suppress(ValueError):
        signature = bytes.fromhex(_read(opened, archive.SIGNATURE).decode())
    if not signing.signed_by(manifest.public_key, text, signature):
        raise _Fault("the signature does not fit the manifest")


def _parts(opened: ZipFile, manifest: Manifest) -> None:
    """Exactly the parts of the manifest, each as it was."""
    names = sorted(opened.namelist())
    if names != sorted((*archive.PARTS, archive.MANIFEST, archive.SIGNATURE)) or set(manifest.parts) != set(
        archive.PARTS
    ):
        raise _Fault("it does not hold the files that an evidence file has")
    for name, part in manifest.parts.items():
        digest, size = sha256(), 0
        for block in _blocks(opened, name):
            digest.update(block)
            size += len(block)
            if size > part.size:
                break
        if size != part.size or digest.hexdigest() != part.sha256:
            raise _Fault(f"{name} is not as it was when the file was made")


def _events(opened: ZipFile, manifest: Manifest) -> None:
    lines = _lines(opened)
    if len(lines) != manifest.events or not lines:
        raise _Fault(f"{archive.EVENTS} does not hold {manifest.events} events")
    by_id = {line.id: line for line in lines}
    if [line.id for line in lines] != sorted(by_id):
        raise _Fault(f"the events in {archive.EVENTS} do not stand in order")
    for line in lines:
        if not line.detail_fits():
            raise _Fault(f"the detail of event {line.id} is not the one that was recorded")
    _follow(_bodies(opened, manifest.chain), manifest.chain, by_id)
    _erasures(lines)
    _tables(opened, by_id)


def _follow(bodies: Iterator[str], span: Span, by_id: dict[int, Line]) -> None:
    """From the hash before the first event to the head, through every event shown."""
    if lost := sorted(id for id in by_id if not span.first <= id <= span.head):
        raise _Fault(f"event {lost[0]} lies outside the chain that is proved")
    previous, last = span.previous_hash, span.first - 1
    for id, body in enumerate(bodies, start=span.first):
        if id > span.head:
            raise _Fault(f"{archive.CHAIN} goes on beyond the head, event {span.head}")
        shown = by_id.get(id)
        current = hashing.link(previous, body)
        if shown is not None and (shown.body_hash, shown.previous_hash, shown.hash) != (body, previous, current):
            raise _Fault(f"event {id} is not the one in the chain")
        previous, last = current, id
    if last != span.head or previous != span.head_hash:
        raise _Fault(f"the chain does not lead to the head, event {span.head}")


def _erasures(lines: list[Line]) -> None:
    erasures = Erasures(frozenset(line.id for line in lines))
    for line in lines:
        try:
            wrong = erasures.take(line)
        except (TypeError, ValueError, KeyError):
            raise _Fault(f"event {line.id} does not say what was erased") from None
        if wrong is not None:
            raise _Fault(f"event {line.id} says that event {wrong} was erased then, and it was not")
    if erasures.unexplained:
        raise _Fault(f"the detail of event {min(erasures.unexplained)} is erased, and no event says so")


def _tables(opened: ZipFile, by_id: dict[int, Line]) -> None:
    """What decisions and documents say of events has to stand in those events."""
    try:
        documents = _DOCUMENTS.validate_json(_read(opened, archive.DOCUMENTS))
        decisions = _DECISIONS.validate_json(_read(opened, archive.DECISIONS))
    except ValueError:
        raise _Fault("its documents and decisions cannot be read") from None
    for document in documents:
        if document.event is not None:
            recorded = by_id[document.event].detail.values() if document.event in by_id else ()
            if document.hash not in recorded:
                raise _Fault(f"event {document.event} did not record the hash of {document.thing}")
    for decision in decisions:
        if decision.event not in by_id or not _told(decision, by_id[decision.event]):
            raise _Fault(f"event {decision.event} does not hold the decision that is told of it")


def _told(decision: Decision, line: Line) -> bool:
    facts = (line.at, line.actor, line.organisation_id, line.action)
    if (decision.at, decision.actor, decision.organisation_id, decision.decision) != facts:
        return False
    if decision.reason_hash != line.reason_hash:
        return False
    if decision.reason is None:
        return True
    if decision.reason_hash is None:
        return decision.reason == line.detail.get("reason")
    return sha256(decision.reason.encode()).hexdigest() == decision.reason_hash


def _lines(opened: ZipFile) -> list[Line]:
    try:
        return [Line.model_validate(json.loads(row)) for row in _read(opened, archive.EVENTS).splitlines()]
    except (ValueError, RecursionError):
        raise _Fault(f"{archive.EVENTS} cannot be read") from None


def _bodies(opened: ZipFile, span: Span) -> Iterator[str]:
    with _open(opened, archive.CHAIN) as file:
        while row := file.read(_CHAIN_LINE):
            body = row[:-1].decode("latin-1")
            if len(row) != _CHAIN_LINE or not row.endswith(b"\n"):
                raise _Fault(f"{archive.CHAIN} cannot be read")
            yield body


def _read(opened: ZipFile, name: str) -> bytes:
    with _open(opened, name) as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise _Fault(f"{name} is larger than {_LARGEST // 1024 // 1024} MiB")
    return content


@contextmanager
def _open(opened: ZipFile, name: str) -> Iterator[IO[bytes]]:
    try:
        with opened.open(name) as file:
            yield file
    except _DAMAGED:
        raise _Fault(f"{name} is missing or damaged") from None


def _blocks(opened: ZipFile, name: str) -> Iterator[bytes]:
    with _open(opened, name) as file:
        while block := file.read(_BLOCK):
            yield block
