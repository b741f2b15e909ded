"""What an answer says, as it lies in the database: sealed, one version after the other.

Every version is encrypted with a fresh key of its own. The key is kept twice: sealed with the
installation's secret while the authors may read it, and sealed to the round's public key once the
answer is handed in. At the round's deadline the first goes; from then on to the opening nobody reads
it, its authors included. A version is bound to its answer and its number, and what is recorded of it
is a hash with a salt that lies inside the seal: nobody can try which text it is of.
"""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox
from nacl.utils import random
from pydantic import BaseModel, Field, ValidationError
from sqlmodel import Session, col, select

from matcher.accounts.secrets import Secrets
from matcher.engine.answer_drafts import AnswerDraft, Part
from matcher.entities import Answer, AnswerText, Attachment, new_id
from matcher.errors import Conflict, NotAllowed, NotFound

_SALT_BYTES = 32
_BLOCK = 4096
"""A sealed text is as long as a multiple of this: its length tells little of what it says."""


class Damaged(Conflict):
    """Not what was sealed: changed, or put in another's place."""

    def __init__(self, why: str) -> None:
        super().__init__(f"This is not as it was handed in: {why}.")
        self.why = why


class File(BaseModel):
    """An attachment, as the text that it belongs to knows it."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    """Of the sealed bytes."""
    key: str = Field(repr=False)
    anonymous: bool = False
    """Its authors say that it names nobody: graders who may not know whose an answer is get it too."""


class Addition(BaseModel):
    """What came when more was asked for."""

    asked: str
    text: str
    at: datetime


class Contents(BaseModel):
    """All that a seal holds."""

    answer_id: str
    number: int
    part_salt: str = Field(repr=False)
    """The same in every version: a partner's part that stays the same keeps its hash."""
    draft: AnswerDraft
    files: list[File] = Field(default_factory=list)
    additions: list[Addition] = Field(default_factory=list)


def new(answer: Answer, draft: AnswerDraft) -> Contents:
    """The first of an answer."""
    return Contents(answer_id=answer.id, number=0, part_salt=random(16).hex(), draft=draft)


def part_hashes(contents: Contents) -> dict[str, str]:
    """Organisation → the hash of what it would agree to: its part, and who owns what is found together."""
    return {part.organisation_id: _part_hash(contents, part) for part in contents.draft.parts}


def _part_hash(contents: Contents, part: Part) -> str:
    agreed = [contents.part_salt, part.model_dump(mode="json"), contents.draft.joint_patents]
    return sha256(json.dumps(agreed, sort_keys=True).encode()).hexdigest()


# -- versions -------------------------------------------------------------------------------------


def write(
    session: Session, secrets: Secrets, answer: Answer, contents: Contents, *, at: datetime, handed_in: bool = False
) -> AnswerText:
    """A further version, of the round that the answer stands in, which its authors can read."""
    last = latest(session, answer)
    number = 1 if last is None else last.number + 1
    contents.answer_id, contents.number = answer.id, number
    plain = random(_SALT_BYTES) + _padded(contents.model_dump_json().encode())
    key = random(SecretBox.KEY_SIZE)
    text = AnswerText(
        id=new_id(),
        answer_id=answer.id,
        number=number,
        round=answer.round,
        handed_in=handed_in,
        sealed=bytes(SecretBox(key).encrypt(plain)),
        hash=sha256(plain).hexdigest(),
        attachment_ids=[file.id for file in contents.files],
        at=at,
    )
    keep_key(secrets, text, key)
    session.add(text)
    session.flush()
    return text


def latest(session: Session, answer: Answer) -> AnswerText | None:
    """The last version of all rounds."""
    query = select(AnswerText).where(AnswerText.answer_id == answer.id).order_by(col(AnswerText.number).desc())
    return session.exec(query.limit(1)).first()


def standing(session: Session, answer: Answer) -> AnswerText:
    """The version that the authors work on: the last of the rounds that the answer has come to."""
    query = select(AnswerText).where(AnswerText.answer_id == answer.id, AnswerText.round <= answer.round)
    return session.exec(query.order_by(col(AnswerText.number).desc()).limit(1)).one()


def of_round(session: Session, answer: Answer, number: int) -> list[AnswerText]:
    """The versions of one round, oldest first."""
    query = select(AnswerText).where(AnswerText.answer_id == answer.id, AnswerText.round == number)
    return list(session.exec(query.order_by(col(AnswerText.number))))


def handed_in(session: Session, answer: Answer, number: int) -> AnswerText | None:
    """The last version of a round that was handed in."""
    found = [text for text in of_round(session, answer, number) if text.handed_in]
    return found[-1] if found else None


# -- keys -----------------------------------------------------------------------------------------


def keep_key(secrets: Secrets, text: AnswerText, key: bytes) -> None:
    """Makes it readable for who may read it."""
    text.own_key = secrets.seal(_purpose(text), key)


def seal_key(secrets: Secrets, text: AnswerText, public: PublicKey) -> None:
    """Makes it such that the round's key opens it, too."""
    text.round_key = bytes(SealedBox(public).encrypt(own_key(secrets, text)))


def own_key(secrets: Secrets, text: AnswerText) -> bytes:
    """Raises NotAllowed between the deadline and the opening."""
    if text.own_key is None:
        raise NotAllowed("This is sealed until the round is opened: nobody reads it, its authors included.")
    return secrets.unseal(_purpose(text), text.own_key)


def opened_key(text: AnswerText, private: PrivateKey) -> bytes:
    """Raises Damaged where the round's key does not open it."""
    try:
        return SealedBox(private).decrypt(text.round_key or b"")
    except (CryptoError, ValueError, TypeError):
        raise Damaged("its key does not open with the round's") from None


def _purpose(text: AnswerText) -> str:
    return f"answer text {text.id}"


# -- reading --------------------------------------------------------------------------------------


def read(secrets: Secrets, text: AnswerText) -> Contents:
    """Raises NotAllowed between the deadline and the opening, Damaged for what was changed."""
    return contents_of(text, own_key(secrets, text))


def contents_of(text: AnswerText, key: bytes) -> Contents:
    """Raises Damaged for what is not exactly what was sealed as this version of this answer."""
    try:
        plain = SecretBox(key).decrypt(text.sealed)
    except (CryptoError, ValueError):
        raise Damaged("its text was changed") from None
    if sha256(plain).hexdigest() != text.hash:
        raise Damaged("its text is not the one whose hash is kept")
    try:
        contents = Contents.model_validate_json(plain[_SALT_BYTES:])
    except ValidationError:
        raise Damaged("its text cannot be read") from None
    if (contents.answer_id, contents.number) != (text.answer_id, text.number):
        raise Damaged("its text is another's")
    return contents


def _padded(text: bytes) -> bytes:
    return text + b" " * (-len(text) % _BLOCK)


# -- files ----------------------------------------------------------------------------------------


def add_file(
    session: Session, answer: Answer, name: str, media_type: str, content: bytes, *, anonymous: bool, at: datetime
) -> File:
    """Stores a file sealed with a key that only the text will hold."""
    key = random(SecretBox.KEY_SIZE)
    sealed = bytes(SecretBox(key).encrypt(content))
    row = Attachment(
        id=new_id(),
        thing=f"answer:{answer.id}",
        name="sealed",
        media_type="application/octet-stream",
        size=len(content),
        sha256=sha256(sealed).hexdigest(),
        content=sealed,
        at=at,
    )
    session.add(row)
    session.flush()
    return File(
        id=row.id, name=name, media_type=media_type, size=row.size, sha256=row.sha256, key=key.hex(),
        anonymous=anonymous,
    )  # fmt: skip


def file_content(session: Session, file: File) -> bytes:
    """Raises NotFound for a draft's file that was taken out again, Damaged for one that was changed."""
    sealed = _stored(session, file)
    if sealed is None:
        raise NotFound("attachment", file.id)
    try:
        return SecretBox(bytes.fromhex(file.key)).decrypt(sealed)
    except CryptoError:
        raise Damaged("a file of it was changed") from None


def check_files(session: Session, contents: Contents) -> None:
    """Raises Damaged where one of its files is not as it was handed in."""
    for file in contents.files:
        if _stored(session, file) is None:
            raise Damaged("a file of it is gone")


def _stored(session: Session, file: File) -> bytes | None:
    sealed = session.exec(select(Attachment.content).where(Attachment.id == file.id)).one_or_none()
    if sealed is not None and sha256(sealed).hexdigest() != file.sha256:
        raise Damaged("a file of it was changed")
    return sealed
