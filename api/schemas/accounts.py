"""What goes in and out where people, their keys and their roles are concerned."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.schemas.base import Id, Sent, Shown
from api.schemas.organisations import OrganisationName
from matcher.drafts import PRINTABLE
from matcher.entities import LinkPurpose, PlatformRole, Role
from matcher.organisations import OrganisationDraft

Email = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PRINTABLE]
Roles = Annotated[list[Role], Field(max_length=len(Role), description="In the organisation.")]


# -- sessions --------------------------------------------------------------------------------------


class SignInPost(Sent):
    email: Email
    password: Password
    code: Code | None = Field(default=None, description="Of the second factor, when the answer was code_needed.")


class ActFor(Sent):
    organisation_id: Id | None = Field(description="One of one's own organisations; null for none.")


class PersonName(Shown):
    id: str
    name: str
    email: str


class MembershipOut(Shown):
    organisation: OrganisationName
    roles: list[Role]


class SessionOut(BaseModel):
    person: PersonName
    organisation_id: str | None = Field(description="The organisation acted for.")
    roles: list[Role] = Field(description="In that organisation.")
    platform_roles: list[PlatformRole]
    may_write: bool = Field(description="False for a token that only reads.")
    organisations: list[MembershipOut] = Field(description="Those that one may act for.")


class SignInOut(Shown):
    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    program: str = Field(description="What signed in, as it calls itself.")
    address: str = Field(description="The network address it signed in from.")
    current: bool = Field(description="The one this request came with.")


# -- one's own account -----------------------------------------------------------------------------


class AccountOut(BaseModel):
    id: str
    email: str
    name: str
    email_confirmed: bool
    second_factor: bool
    signs_in_elsewhere: bool = Field(description="With an account at the configured OpenID Connect provider.")
    created_at: datetime


class PasswordChange(Sent):
    old: Password
    new: Password


class EndedOut(Shown):
    sessions_ended: int = Field(description="Without the one in which this was asked.")
    tokens_revoked: int = Field(description="Make new ones for the programs that used them.")


class PasswordOnce(Sent):
    password: Password = Field(description="The present one, to be sure who asks.")


class ResetRequest(Sent):
    email: Email


class PasswordReset(Sent):
    password: Password = Field(description="The new one.")


class SecondFactorKey(Shown):
    key: str = Field(description="For the authenticator. Shown this once.")
    uri: str = Field(description="The same, to be scanned as a QR code.")


class SecondFactorCode(Sent):
    code: Code = Field(description="What the authenticator shows now.")


class TokenOut(Shown):
    id: str
    name: str
    may_write: bool
    organisation_id: str | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class NewTokenOut(TokenOut):
    secret: str = Field(description="Send it as `Authorization: Bearer …`. Shown this once.")


# -- organisations' people -------------------------------------------------------------------------


class MemberOut(BaseModel):
    person: PersonName
    roles: list[Role]


class MemberRoles(Sent):
    roles: Roles


class InvitationPost(Sent):
    email: Email
    roles: Annotated[Roles, Field(min_length=1)]


class FoundingPost(Sent):
    email: Email = Field(description="Of whoever will found the organisation here, and be its manager.")


class InvitationOut(Shown):
    id: str
    email: str
    organisation_id: str | None
    roles: list[Role]
    created_at: datetime
    expires_at: datetime


class LinkOut(BaseModel):
    purpose: LinkPurpose
    expires_at: datetime
    email: str | None = Field(default=None, description="Of an invitation: who is invited.")
    organisation: OrganisationName | None = Field(
        default=None, description="Of an invitation: where to; null when one is to be founded."
    )
    roles: list[Role] = Field(default=[], description="Of an invitation.")
    has_account: bool | None = Field(
        default=None, description="Of an invitation: whether there is an account to sign in to first."
    )
    use: str = Field(description="Where to POST to use it.")
    elsewhere: str | None = Field(
        default=None, description="Of an invitation: where to sign in at the OpenID Connect provider to accept it."
    )


class Acceptance(Sent):
    """Name and password where there is no account yet; the organisation where one is founded."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), PRINTABLE] = ""
    password: Annotated[str, StringConstraints(max_length=1000)] = ""
    organisation: OrganisationDraft | None = None


class Accepted(BaseModel):
    person: PersonName
    organisation_id: str


# -- people, for operators -------------------------------------------------------------------------


class PersonOut(BaseModel):
    id: str
    email: str
    name: str
    created_at: datetime
    disabled_at: datetime | None


class AccreditationIn(Sent):
    fields: list[str] = Field(default=[], max_length=200, description="Codes or names of GET /fields; empty: any.")
    regions: list[str] = Field(default=[], max_length=200, description="Codes or names of GET /regions; empty: any.")
    workload: int | None = Field(default=None, ge=0, le=10_000, description="How much may wait on them; null: any.")


class AccreditationOut(Shown):
    role: PlatformRole
    fields: list[str]
    regions: list[str]
    workload: int | None
    since: datetime


class PersonDetail(PersonOut):
    organisations: list[MembershipOut]
    accreditations: list[AccreditationOut]


class Disabling(Sent):
    reason: Reason = Field(default="", description="Kept in the record.")
