"""Makes the evidence file of one matter (`matcher.record.archive` says what is in it).

Other people's events stand in it by their body hashes alone: each is over a salted hash, so nothing
can be guessed from it, and yet the chain can be followed through them to the head.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from nacl.signing import SigningKey
from pydantic import TypeAdapter
from sqlmodel import Session, col

from matcher.actors import Actor
from matcher.entities import Event
from matcher.errors import NotFound, Unready
from matcher.events import ERASED
from matcher.record import archive, page, signing
from matcher.record.archive import Decision, Document, Manifest, Span
from matcher.record.hashing import canonical
from matcher.record.lines import Line, Unreadable, stored
from matcher.record.matters import matter
from matcher.record.papers import Matter
from matcher.record.verification import Chain, Head

DECIDING = (
    *("posted", "close", "withdraw", "reopen", "offer", "grant", "refuse", "accept", "admitted", "published"),
    *("publish", "amend", "extend", "open", "eliminate", "reverse", "determine", "reconsider", "no_award", "cancel"),
    *("settle", "finish", "made", "agree", "decline", "sign", "drop", "send_back", "pay", "complete", "terminate"),
    *("change_agree", "change_decline", "uphold", "dismiss"),
)
"""Last words of the actions that are decisions."""

_DOCUMENTS = TypeAdapter(list[Document])
_DECISIONS = TypeAdapter(list[Decision])


def write(session: Session, actor: Actor, thing: str, key: SigningKey, target: BinaryIO) -> Manifest:
    """Writes the evidence of one matter, such as `need:0191…`, as it stands in the session's one view.

    The same record gives the same bytes. What the actor may not read stands there by its hash.
    Raises as the policy does, NotFound, Invalid, and Unready when the chain does not hold.
    """
    about = matter(session, actor, thing)
    try:
        return _write(session, about, key, target)
    except Unreadable as error:
        raise _broken(str(error)) from None


def _write(session: Session, about: Matter, key: SigningKey, target: BinaryIO) -> Manifest:
    events = _events(session, about)
    if not events:
        raise NotFound("event of", about.thing)
    documents, decisions = _documents(about, events), _decisions(about, events)
    chain = _Followed(session, events[0])
    public_key = signing.public_key(key)
    with archive.Writer(target) as writer:
        writer.add(archive.EVENTS, (canonical(line.model_dump()).encode() + b"\n" for line in events))
        writer.add(archive.DOCUMENTS, [_DOCUMENTS.dump_json(documents, indent=2) + b"\n"])
        writer.add(archive.DECISIONS, [_DECISIONS.dump_json(decisions, indent=2) + b"\n"])
        writer.add(archive.CHAIN, chain.bodies())
        span = Span(
            first=events[0].id,
            previous_hash=events[0].previous_hash,
            head=chain.head.event_id,
            head_hash=chain.head.hash,
            head_at=chain.at,
        )
        text = page.text(about.thing, events, documents, decisions, span, signing.fingerprint(public_key))
        writer.add(archive.PAGE, [text.encode()])
        manifest = Manifest(
            format=archive.FORMAT,
            thing=about.thing,
            events=len(events),
            chain=span,
            parts={name: writer.parts[name] for name in archive.PARTS},
            public_key=public_key,
        )
        writer.finish(manifest, key)
    return manifest


class _Followed:
    """The chain from one event to the head, checked while it is written down."""

    def __init__(self, session: Session, first: Line) -> None:
        self._session, self._first = session, first
        self.head, self.at = Head(first.id - 1, first.previous_hash), first.at

    def bodies(self) -> Iterator[bytes]:
        chain = Chain(self.head)
        for line in stored(self._session, first=self._first.id):
            if broken := chain.take(line):
                raise _broken(broken.explanation)
            self.head, self.at = chain.last, line.at
            yield line.body_hash.encode() + b"\n"


def _broken(explanation: str) -> Unready:
    return Unready(f"The record does not hold: {explanation}. No evidence can be made from it.")


def _events(session: Session, about: Matter) -> list[Line]:
    """The matter's own, and those that say why details among them are gone."""
    own = list(stored(session, where=about.events))
    times = {datetime.fromisoformat(line.erased_at) for line in own if line.erased_at}
    if not times:
        return own
    erasing = (col(Event.action) == ERASED) & col(Event.at).in_(times)
    lines = {line.id: line for line in [*own, *stored(session, where=erasing)]}
    return [lines[id] for id in sorted(lines)]


def _documents(about: Matter, events: list[Line]) -> list[Document]:
    return [
        Document(
            what=paper.what,
            thing=paper.thing,
            algorithm=paper.algorithm,
            hash=paper.hash,
            event=max((line.id for line in events if line.detail.get(paper.recorded_as) == paper.hash), default=None),
        )
        for paper in about.papers
    ]


def _decisions(about: Matter, events: list[Line]) -> list[Decision]:
    return [_decision(about, line) for line in events if line.action.rpartition(".")[2] in DECIDING]


def _decision(about: Matter, line: Line) -> Decision:
    reason_hash = line.reason_hash
    consent = line.detail.get("consent")
    return Decision(
        event=line.id,
        at=line.at,
        actor=line.actor,
        organisation_id=line.organisation_id,
        decision=line.action,
        about=line.thing if consent is None else f"consent:{consent}",
        reason=about.reasons.get(reason_hash) if reason_hash else line.detail.get("reason"),
        reason_hash=reason_hash,
    )
