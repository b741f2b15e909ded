"""Files of an answer: checked, sealed with a key that lies in the answer's own seal, and taken out again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, delete, select

from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.engine import answer_moves, answer_texts, file_kinds
from matcher.engine.answer_texts import Contents, File
from matcher.entities import Answer, AnswerText, Attachment, Challenge
from matcher.errors import Invalid, NotAllowed, NotFound
from matcher.policy import Action
from matcher.states import AnswerState

MOST = 20
"""Files of one answer."""


def attach(
    session: Session,
    secrets: Secrets,
    actor: Actor,
    id: str,
    name: str,
    content: bytes,
    *,
    anonymous: bool = False,
    versions: Collection[int] | None = None,
    at: datetime,
) -> File:
    """Adds a file to a draft, or to what is asked for as a supplement; in place of one of the same name.

    Files that were handed in before stay: a supplement adds to them. `anonymous`: it names nobody.
    """
    name, media_type = file_kinds.checked(name, content)
    _, answer = _held(session, actor, id, versions=versions, at=at)
    contents = answer_texts.read(secrets, answer_texts.standing(session, answer))
    there = [file for file in contents.files if file.name != name]
    replaced = [file for file in contents.files if file.name == name]
    if answer.state is AnswerState.SUPPLEMENTING and any(_is_handed_in(session, answer, file) for file in replaced):
        raise Invalid("a file of this name was handed in before: choose another name", place="file")
    if len(there) >= MOST:
        raise Invalid(f"an answer has at most {MOST} files", place="file")
    added = answer_texts.add_file(session, answer, name, media_type, content, anonymous=anonymous, at=at)
    contents.files = [*there, added]
    _store(session, secrets, actor, answer, contents, "answer.file_added", added, at=at)
    _drop(session, answer, replaced)
    return added


def detach(
    session: Session,
    secrets: Secrets,
    actor: Actor,
    id: str,
    file_id: str,
    *,
    versions: Collection[int] | None = None,
    at: datetime,
) -> Answer:
    """Takes a file out of a draft. What was never handed in is gone."""
    _, answer = _held(session, actor, id, versions=versions, at=at)
    contents = answer_texts.read(secrets, answer_texts.standing(session, answer))
    found = next((file for file in contents.files if file.id == file_id), None)
    if found is None:
        raise NotFound("attachment", file_id)
    if answer.state is AnswerState.SUPPLEMENTING and _is_handed_in(session, answer, found):
        raise NotAllowed("This file was handed in: a supplement adds to it.")
    contents.files = [file for file in contents.files if file.id != file_id]
    _store(session, secrets, actor, answer, contents, "answer.file_removed", found, at=at)
    _drop(session, answer, [found])
    return answer


def _held(
    session: Session, actor: Actor, id: str, *, versions: Collection[int] | None, at: datetime
) -> tuple[Challenge, Answer]:
    challenge, answer = answer_moves.hold(session, actor, id, Action.WRITE_ANSWER, versions=versions)
    if answer.state is AnswerState.SUPPLEMENTING:
        answer_moves.require_judged(challenge)
        return challenge, answer
    answer_moves.require_in_round(challenge, answer)
    answer_moves.require_in_time(session, challenge, at)
    if answer.state is not AnswerState.DRAFT:
        raise NotAllowed(f"This answer is {answer.state}: its files stand.")
    return challenge, answer


def _store(
    session: Session,
    secrets: Secrets,
    actor: Actor,
    answer: Answer,
    contents: Contents,
    action: str,
    file: File,
    *,
    at: datetime,
) -> None:
    text = answer_texts.write(session, secrets, answer, contents, at=at)
    told = {"number": text.number, "hash": text.hash, "file": file.id, "file_hash": file.sha256}
    answer_moves.record(session, actor, answer, action, at=at, told=told)


def _is_handed_in(session: Session, answer: Answer, file: File) -> bool:
    query = select(AnswerText.attachment_ids).where(
        AnswerText.answer_id == answer.id, col(AnswerText.handed_in).is_(True)
    )
    return any(file.id in ids for ids in session.exec(query))


def _drop(session: Session, answer: Answer, files: list[File]) -> None:
    gone = [file.id for file in files if not _is_handed_in(session, answer, file)]
    session.execute(delete(Attachment).where(col(Attachment.id).in_(gone)))
