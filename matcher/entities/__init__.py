"""The nouns, as SQLModel tables.

Tables do not validate what is put in them: drafts do (`matcher.drafts`). Every table works on
SQLite and PostgreSQL. Ids are UUIDv7: they sort by time and cannot be guessed. A need or result has
also a `number`, the id of the event that created it, under which the indexes know it.
"""

from __future__ import annotations

from matcher.entities.base import new_id, now, random_id
from matcher.entities.disclosure import Agreement, Consent, Reading
from matcher.entities.items import (
    PASSAGES_PER_ITEM,
    Indicator,
    Item,
    Kind,
    Need,
    Passage,
    ProblemList,
    Result,
)
from matcher.entities.organisations import Organisation, OrganisationKind, SizeClass
from matcher.entities.people import (
    Accreditation,
    ApiToken,
    Link,
    LinkPurpose,
    Membership,
    Person,
    PlatformRole,
    Role,
    SignIn,
    SignInFailure,
)
from matcher.entities.record import Event, EventHead, IdempotentReply

__all__ = [
    "PASSAGES_PER_ITEM",
    "Accreditation",
    "Agreement",
    "ApiToken",
    "Consent",
    "Event",
    "EventHead",
    "IdempotentReply",
    "Indicator",
    "Item",
    "Kind",
    "Link",
    "LinkPurpose",
    "Membership",
    "Need",
    "Organisation",
    "OrganisationKind",
    "Passage",
    "Person",
    "PlatformRole",
    "ProblemList",
    "Reading",
    "Result",
    "Role",
    "SignIn",
    "SignInFailure",
    "SizeClass",
    "new_id",
    "now",
    "random_id",
]
