"""Answers, in and out, and the keys that open them.

What a create answers is kept for its repetition, unsealed: `AnswerOut` holds nothing of what an
answer says.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.base import Id, Paging, Sent, Shown
from api.schemas.organisations import OrganisationName
from matcher.drafts import PRINTABLE, Moment
from matcher.engine.answer_drafts import AnswerDraft
from matcher.states import AnswerState

Why = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PRINTABLE]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), PRINTABLE]
Passphrase = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


# -- what is sent -----------------------------------------------------------------------------------


class AnswerPost(Sent):
    challenge_id: Id
    organisation_id: Id | None = Field(default=None, description="Null: the organisation that you act for.")
    like: Id | None = Field(
        default=None, description="An earlier answer of your organisation, whose text this one begins with."
    )
    result_id: Id | None = Field(default=None, description="A registered result of yours that this one begins with.")


class AnswersQuery(Paging):
    pass


class TextQuery(Sent):
    number: int | None = Field(default=None, ge=1, le=1_000_000, description="Of the version; null: the last.")


class PartConfirmation(Sent):
    part_hash: Annotated[str, StringConstraints(max_length=64)] = Field(
        description="That of your part as you read it (GET /answers/{id}/standing): nothing else is agreed to."
    )


class SupplementRequest(Sent):
    asked: Words
    due: Moment


class SupplementPost(Sent):
    text: Words


class Waiver(Sent):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), PRINTABLE]


class Closing(Sent):
    reason: Why = ""


class Opening(Sent):
    set_aside: Why = Field(
        default="", description="Why answers that are not as they were handed in are set aside, so that others open."
    )


class CustodiansPut(Sent):
    people: Annotated[list[Annotated[str, StringConstraints(max_length=254)]], Field(max_length=10)] = Field(
        description="Two people, each by e-mail address, as /custodians/candidates lists them, or by id; none where "
        "none are needed."
    )


class PassphrasePost(Sent):
    passphrase: Passphrase = Field(description="At least 16 characters. It is kept nowhere: lose it, and it is lost.")


class Recovery(Sent):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), PRINTABLE] = Field(
        description="Which share is lost, and how; kept in the record."
    )


# -- what is shown ----------------------------------------------------------------------------------


class AnswerOut(Shown):
    id: str
    challenge_id: str
    organisation: OrganisationName = Field(description="The lead.")
    partners: list[OrganisationName]
    number: int = Field(description="Its place among the challenge's answers.")
    state: AnswerState
    round: int
    version: int = Field(description="Also the ETag.")
    created_at: datetime
    updated_at: datetime
    handed_in_at: datetime | None


class PartnerOut(Shown):
    organisation: OrganisationName
    part_hash: str = Field(description="Of its part as it stands.")
    confirmed: bool = Field(description="To the part as it stands.")
    confirmed_at: datetime | None


class AnswerStandingOut(Shown):
    missing: list[str] = Field(description="What it lacks before it can be handed in.")
    partners: list[PartnerOut]


class AnswerVersionOut(Shown):
    number: int
    round: int
    handed_in: bool
    at: datetime
    hash: str = Field(description="Salted SHA-256 of all that the version says, as the record names it.")


class AnswerFileOut(Shown):
    id: str
    name: str
    media_type: str
    size: int
    anonymous: bool = Field(description="It names nobody: graders who may not know whose the answer is get it too.")


class AdditionOut(Shown):
    asked: str
    text: str
    at: datetime


class AnswerContent(AnswerDraft):
    """What an answer says, to whoever may read it."""


class AnswerTextOut(AnswerVersionOut):
    content: AnswerContent
    files: list[AnswerFileOut]
    additions: list[AdditionOut] = Field(description="What came when more was asked for.")


class SupplementOut(Shown):
    id: str
    round: int
    asked: str
    due: datetime
    at: datetime
    ended_at: datetime | None = Field(description="When it came, or the setter went on without.")
    text_number: int | None = Field(description="The version that holds what came.")


class CustodianOut(Shown):
    person_id: str
    ready: bool = Field(description="Has chosen a passphrase.")
    given: bool = Field(description="Has given the share of the current round.")


class CustodiansOut(Shown):
    custodians: list[CustodianOut]
