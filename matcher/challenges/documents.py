"""Files that a challenge is told with: drawings, samples of data, the form of a contract."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, col, select

from matcher.actors import Actor
from matcher.engine import challenge_moves, file_kinds
from matcher.entities import Attachment, Challenge
from matcher.errors import Conflict, Invalid, NotAllowed, NotFound
from matcher.policy import Action
from matcher.states import ChallengeState

MOST = 20
"""Files of one challenge."""


def add(session: Session, actor: Actor, id: str, name: str, content: bytes, *, at: datetime) -> Attachment:
    """Adds a file: to a draft in place of one of the same name, and while answers are taken beside the others.

    What was told stays: raises Conflict for a name that a published challenge has.
    """
    name, media_type = file_kinds.checked(name, content)
    challenge = challenge_moves.hold(session, actor, id, Action.EDIT_CHALLENGE)
    if challenge.state not in (ChallengeState.DRAFT, ChallengeState.ANSWERING):
        raise NotAllowed("Files are added to a draft, and while answers may be handed in.")
    there = _of(session, challenge)
    same = next((one for one in there if one.name == name), None)
    if same is not None and challenge.published_at is not None:
        raise Conflict("A file of this name was published: choose another name.")
    if same is not None:
        session.delete(same)
    elif len(there) >= MOST:
        raise Invalid(f"a challenge has at most {MOST} files", place="file")
    added = Attachment(
        thing=_thing(challenge),
        name=name,
        media_type=media_type,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        content=content,
        at=at,
    )
    session.add(added)
    told = {"document": added.id, "hash": added.sha256}
    challenge_moves.touch(session, actor, challenge, "challenge.document_added", at=at, told=told)
    return added


def remove(session: Session, actor: Actor, id: str, file_id: str, *, at: datetime) -> None:
    """Takes a file out of a draft."""
    challenge = challenge_moves.hold(session, actor, id, Action.EDIT_CHALLENGE)
    document = _found(session, challenge, file_id)
    if challenge.state is not ChallengeState.DRAFT:
        raise NotAllowed("What was proposed or published keeps its files.")
    session.delete(document)
    told = {"document": document.id, "hash": document.sha256}
    challenge_moves.touch(session, actor, challenge, "challenge.document_removed", at=at, told=told)


def listed(session: Session, actor: Actor, id: str) -> list[Attachment]:
    """For whoever may read the challenge, in the order in which they came."""
    return _of(session, challenge_moves.find(session, actor, id))


def read(session: Session, actor: Actor, id: str, file_id: str) -> Attachment:
    """Raises NotFound."""
    return _found(session, challenge_moves.find(session, actor, id), file_id)


def _of(session: Session, challenge: Challenge) -> list[Attachment]:
    query = select(Attachment).where(Attachment.thing == _thing(challenge))
    return list(session.exec(query.order_by(col(Attachment.at), col(Attachment.id))))


def _found(session: Session, challenge: Challenge, file_id: str) -> Attachment:
    document = session.get(Attachment, file_id)
    if document is None or document.thing != _thing(challenge):
        raise NotFound("document", file_id)
    return document


def _thing(challenge: Challenge) -> str:
    return f"challenge:{challenge.id}"
