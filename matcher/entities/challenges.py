"""A need opened for answers: the challenge, its rounds, and what is said to all before it closes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from matcher.column_types import EnumText, MoneyType, UtcDateTime
from matcher.entities.base import new_id, now
from matcher.states import ChallengeState


class Programme(SQLModel, table=True):
    """An explorer programme: a guide compiled from a problem list, each topic becoming a challenge."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=36)
    problem_list_id: str = Field(foreign_key="problem_list.id", max_length=36)
    funder_id: str | None = Field(default=None, foreign_key="organisation.id", max_length=36)
    public_ratio: float = 1.0
    title: str = Field(max_length=500)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Topic(SQLModel, table=True):
    """Needs of a programme that are one problem at bottom: proposed by their vectors, edited by people."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    programme_id: str = Field(foreign_key="programme.id", index=True, max_length=36)
    position: int
    title: str = Field(max_length=500)
    need_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    terms: list[str] = Field(default_factory=list, sa_type=JSON)
    """The words that named it."""


class Challenge(SQLModel, table=True):
    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=36)
    """The setter."""
    state: ChallengeState = Field(default=ChallengeState.DRAFT, sa_type=EnumText(ChallengeState))
    version: int = 1
    mechanism: str = Field(max_length=60)
    rules: dict[str, Any] = Field(sa_type=JSON)
    """The whole mechanism as it was when the challenge was opened (`matcher.engine.mechanism_files`)."""
    round: int = 1
    """The current one, from 1."""
    title: str = Field(max_length=500)
    content: dict[str, Any] = Field(sa_type=JSON)
    """The `ChallengeDraft` as it stands now."""
    field: str | None = Field(default=None, max_length=60, index=True)
    region: str | None = Field(default=None, max_length=6)
    budget: Decimal | None = Field(default=None, sa_type=MoneyType)
    currency: str = Field(default="CNY", max_length=3)
    deadline: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Of the current round."""
    funder_id: str | None = Field(default=None, foreign_key="organisation.id", max_length=36)
    funder_amount: Decimal | None = Field(default=None, sa_type=MoneyType)
    """What the funder has confirmed that it puts in; None until it has."""
    topic_id: str | None = Field(default=None, foreign_key="topic.id", unique=True, max_length=36)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the determination was told: the time to object runs from here."""


class ChallengeNeed(SQLModel, table=True):
    __tablename__ = "challenge_need"

    challenge_id: str = Field(foreign_key="challenge.id", primary_key=True, max_length=36)
    need_id: str = Field(foreign_key="need.id", primary_key=True, index=True, max_length=36)


class ChallengeVersion(SQLModel, table=True):
    """The content as it was told at one time, kept for who has to show what was asked when."""

    __tablename__ = "challenge_version"

    challenge_id: str = Field(foreign_key="challenge.id", primary_key=True, max_length=36)
    number: int = Field(primary_key=True)
    """From 1, as published; each amendment and extension makes another."""
    content: dict[str, Any] = Field(sa_type=JSON)
    reason: str = Field(default="", sa_type=Text)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Round(SQLModel, table=True):
    """One round's dates, and the key that its answers are sealed to."""

    __table_args__ = (UniqueConstraint("challenge_id", "number"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    challenge_id: str = Field(foreign_key="challenge.id", index=True, max_length=36)
    number: int
    """From 1."""
    deadline: datetime = Field(sa_type=UtcDateTime)
    goes_on: int | None = None
    threshold: float | None = None
    measured_threshold: bool = False
    payment: Decimal | None = Field(default=None, sa_type=MoneyType)
    public_key: bytes | None = None
    """X25519; None while none is made, and of a mechanism that seals nothing."""
    private_key: bytes | None = None
    """Sealed with the installation's secret; None where custodians hold it in shares."""
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Custodian(SQLModel, table=True):
    """Somebody without whom the answers of a challenge cannot be opened."""

    challenge_id: str = Field(foreign_key="challenge.id", primary_key=True, max_length=36)
    person_id: str = Field(foreign_key="person.id", primary_key=True, max_length=36)
    salt: bytes | None = None
    public_key: bytes | None = None
    """Made from the custodian's passphrase, which is kept nowhere; None until it was chosen."""


class KeyShare(SQLModel, table=True):
    """A share of a round's private key; any two of three, the third being the installation's, make it whole."""

    __tablename__ = "key_share"
    __table_args__ = (UniqueConstraint("round_id", "person_id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    round_id: str = Field(foreign_key="round.id", index=True, max_length=36)
    person_id: str | None = Field(default=None, foreign_key="person.id", max_length=36)
    """None: the installation's, for when a custodian's is lost."""
    sealed: bytes
    """To the custodian's public key, or with the installation's secret."""
    released: bytes | None = None
    """The share itself, sealed with the installation's secret, once it was given."""
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Question(SQLModel, table=True):
    """Asked by one, answered to all; who asked is told to nobody."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    challenge_id: str = Field(foreign_key="challenge.id", index=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", max_length=36)
    text: str = Field(sa_type=Text)
    asked_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    answer: str = Field(default="", sa_type=Text)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ChallengeInvitation(SQLModel, table=True):
    """An organisation asked to answer, because one of its results matches or the setter named it; or to invest."""

    __tablename__ = "challenge_invitation"

    challenge_id: str = Field(foreign_key="challenge.id", primary_key=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", primary_key=True, index=True, max_length=36)
    invests: bool = False
    """Asked to put money in, and so to read the answers once they are opened."""
    result_id: str | None = Field(default=None, max_length=36)
    reason: str = Field(default="", sa_type=Text)
    score: float | None = None
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Attachment(SQLModel, table=True):
    """A file of a challenge, of an answer, of a milestone. That of an answer is stored as sealed as its text."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    thing: str = Field(index=True, max_length=60)
    """Such as `challenge:<id>`, `answer:<id>`, `milestone:<id>`."""
    name: str = Field(max_length=255)
    media_type: str = Field(max_length=100)
    size: int
    """Bytes, before sealing. An answer's file is called nothing here: its name and kind lie inside the seal."""
    sha256: str = Field(max_length=64)
    """Of what is stored: of an answer's, of the sealed bytes, which tell nothing of what they hold."""
    content: bytes
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
