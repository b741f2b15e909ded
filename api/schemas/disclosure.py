"""What goes in and out about agreements, consent and readings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.schemas.base import Id, InPart, Paging, Sent, Shown, ViewName
from api.schemas.organisations import OrganisationName
from matcher.agreements import AgreementDraft
from matcher.consents import Questions, Side
from matcher.drafts import PRINTABLE
from matcher.entities import Kind, Reading
from matcher.states import ConsentState

Moment = Annotated[datetime, AfterValidator(lambda at: at if at.tzinfo else at.replace(tzinfo=UTC))]
Answer = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000), PRINTABLE]


class ConfidentialityAgreementOut(Shown):
    id: str
    title: str
    text: str
    text_hash: str = Field(description="SHA-256 of the text: who accepts it sends this along.")
    created_at: datetime


class AgreementPost(AgreementDraft):
    organisation_id: Id = Field(description="Yours, which lets others in under it.")

    def draft(self) -> AgreementDraft:
        return AgreementDraft(title=self.title, text=self.text)


class ConsentPost(Questions):
    kind: Kind
    id: Id = Field(description="Of the need or result.")

    def questions(self) -> Questions:
        return Questions.model_validate(self.model_dump(include=set(Questions.model_fields)))


class ConsentsQuery(Paging):
    side: Side | None = Field(default=None, description="Only those received, or only those sent.")
    state: ConsentState | None = None


class Refusal(Sent):
    answer: Answer = Field(default="", description="Shown to the other side.")


class Grant(Refusal):
    until: Moment | None = Field(default=None, description="Null: until it is withdrawn. Without a time zone: in UTC.")


class Offer(Grant):
    agreement_id: Id = Field(description="A confidentiality agreement of yours.")


class AgreementAcceptance(Sent):
    text_hash: Annotated[str, StringConstraints(max_length=64)] = Field(
        description="That of the agreement as you read it: nothing else is accepted."
    )


class ConsentOut(InPart):
    """The owner stays unnamed to the organisation that asks while it may not know whose the item is.

    Once an agreement is offered its text will tell.
    """

    id: str
    kind: Kind
    item_id: str
    title: str | SkipJsonSchema[None] = Field(default=None, description="Of the need or result, as far as it is shown.")
    side: Side = Field(description="Where the organisation stands that you act for.")
    state: ConsentState
    in_force: bool = Field(description="Granted, and not expired.")
    why_you: str
    what_you_bring: str
    what_you_want: str
    asked_at: datetime
    asked_by: str
    organisation: OrganisationName = Field(description="Who asks.")
    owner: OrganisationName | SkipJsonSchema[None] = None
    answered_at: datetime | None
    answered_by: str | SkipJsonSchema[None] = None
    answer: str
    expires_at: datetime | None
    agreement: ConfidentialityAgreementOut | None = Field(description="Offered, to be accepted.")
    accepted_at: datetime | None
    accepted_by: str

    @classmethod
    def always(cls) -> list[str]:
        return [name for name, member in cls.model_fields.items() if member.is_required()]


class ReadingOut(Shown):
    at: datetime
    actor: str
    organisation: OrganisationName | None = Field(description="Null: a matchmaker or an operator.")
    view: ViewName = Field(description="How much was shown.")
    way: str = Field(description="read, list, match or consent.")

    @classmethod
    def of(cls, reading: Reading, names: Mapping[str, str]) -> Self:
        id = reading.organisation_id
        organisation = OrganisationName(id=id, name=names[id]) if id else None
        return cls.model_validate(
            reading.model_dump(include={"at", "actor", "view", "way"}) | {"organisation": organisation}
        )
