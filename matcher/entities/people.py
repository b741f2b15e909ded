"""People, what they may do where, and how they are known again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from matcher.column_types import EnumText, UtcDateTime
from matcher.entities.base import new_id, now


class Role(StrEnum):
    """What somebody does in an organisation. One person may hold several."""

    POSTER = "poster"
    """Posts the company's needs."""
    RESEARCHER = "researcher"
    """Registers the lab's results."""
    MANAGER = "manager"
    """Both, and speaks for the organisation: its people, its consents."""


class PlatformRole(StrEnum):
    """What somebody does for the platform, in no organisation's name."""

    MATCHMAKER = "matchmaker"
    GRADER = "grader"
    OPERATOR = "operator"


class Person(SQLModel, table=True):
    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    email: str = Field(max_length=254, unique=True)
    """In lower case. Of an erased person: the id, at the reserved domain `erased.invalid`."""
    name: str = Field(max_length=200)
    password_hash: str = Field(default="", max_length=200)
    """Argon2id; empty while none is set (invited, or signing in elsewhere)."""
    email_confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_key: bytes | None = None
    """Sealed with the installation's secret. In force once `totp_since` is set."""
    totp_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_last_step: int = 0
    """The time step of the last code taken: none is taken twice."""
    subject: str | None = Field(default=None, max_length=500, unique=True)
    """Issuer and subject of an OpenID Connect account, once it was used."""
    language: str | None = Field(default=None, max_length=10)
    """The language of the pages, once chosen; None: what the browser asks for."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Membership(SQLModel, table=True):
    """One role of one person in one organisation."""

    person_id: str = Field(foreign_key="person.id", primary_key=True, max_length=36)
    organisation_id: str = Field(foreign_key="organisation.id", primary_key=True, index=True, max_length=36)
    role: Role = Field(primary_key=True, sa_type=EnumText(Role))
    since: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Accreditation(SQLModel, table=True):
    """A platform role, given by an operator."""

    person_id: str = Field(foreign_key="person.id", primary_key=True, max_length=36)
    role: PlatformRole = Field(primary_key=True, sa_type=EnumText(PlatformRole))
    fields: list[str] = Field(default_factory=list, sa_type=JSON)
    """Codes of the field tree that a matchmaker or grader knows; empty: any."""
    regions: list[str] = Field(default_factory=list, sa_type=JSON)
    """GB/T 2260 codes that a matchmaker works in; empty: any."""
    workload: int | None = None
    """Pairs or answers that may wait on this person at a time; None: no limit."""
    since: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class SignIn(SQLModel, table=True):
    """One signed-in browser or program. The token itself is only with whoever signed in."""

    __tablename__ = "sign_in"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    token_hash: str = Field(max_length=64, unique=True)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=36)
    organisation_id: str | None = Field(default=None, foreign_key="organisation.id", max_length=36)
    """The organisation that the person acts for just now."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_used_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    program: str = Field(default="", max_length=200)
    """The User-Agent, by which a person recognises it in the list."""
    address: str = Field(default="", max_length=64)


class SignInFailure(SQLModel, table=True):
    """A failed sign-in, remembered for a while to slow down whoever guesses."""

    __tablename__ = "sign_in_failure"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    key: str = Field(max_length=64, index=True)
    """Keyed hash of the e-mail address or network address, which need not be kept itself."""
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class ApiToken(SQLModel, table=True):
    """A personal key for programs. Shown once; only its hash is kept."""

    __tablename__ = "api_token"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    token_hash: str = Field(max_length=64, unique=True)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=36)
    name: str = Field(max_length=100)
    may_write: bool = False
    organisation_id: str | None = Field(default=None, foreign_key="organisation.id", max_length=36)
    """The organisation that it acts for; None: the person's platform roles alone."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LinkPurpose(StrEnum):
    CONFIRM_EMAIL = "confirm_email"
    RESET_PASSWORD = "reset_password"
    INVITATION = "invitation"


class Link(SQLModel, table=True):
    """A link sent by mail, good once. The signed text that opens it is not kept."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    purpose: LinkPurpose = Field(sa_type=EnumText(LinkPurpose))
    email: str = Field(max_length=254, index=True)
    person_id: str | None = Field(default=None, foreign_key="person.id", max_length=36)
    organisation_id: str | None = Field(default=None, foreign_key="organisation.id", index=True, max_length=36)
    """Of an invitation: where to; None: to found an organisation that does not stand here yet."""
    roles: list[str] = Field(default_factory=list, sa_type=JSON)
    """Of an invitation: the roles that whoever accepts it gets."""
    created_by: str | None = Field(default=None, foreign_key="person.id", max_length=36)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Also set when it was taken back, or replaced by a newer one."""
