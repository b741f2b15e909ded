"""The nouns, as SQLModel tables.

Tables do not validate what is put in them: drafts do (`matcher.drafts`). Every table works on
SQLite and PostgreSQL. Ids are UUIDv7: they sort by time and cannot be guessed. A need or result has
also a `number`, the id of the event that created it, under which the indexes know it.
"""

from __future__ import annotations

from matcher.entities.answers import (
    Answer,
    AnswerText,
    Commitment,
    Offer,
    Partner,
    Supplement,
)
from matcher.entities.awards import (
    Account,
    Award,
    Contract,
    ContractChange,
    ContractVersion,
    LedgerEntry,
    Milestone,
    OutcomeCode,
    Ownership,
)
from matcher.entities.base import (
    new_id,
    now,
    random_id,
)
from matcher.entities.challenges import (
    Attachment,
    Challenge,
    ChallengeInvitation,
    ChallengeNeed,
    ChallengeVersion,
    Custodian,
    KeyShare,
    Programme,
    Question,
    Round,
    Topic,
)
from matcher.entities.disclosure import (
    Agreement,
    Consent,
    Reading,
)
from matcher.entities.grading import (
    Assignment,
    Conflict,
    ConflictKind,
    Decided,
    Determination,
    Elimination,
    Objection,
    Trial,
    Verdict,
)
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
from matcher.entities.notices import (
    Notice,
    NoticePosition,
    NoticeSetting,
)
from matcher.entities.organisations import (
    Organisation,
    OrganisationKind,
    SizeClass,
)
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
from matcher.entities.record import (
    Event,
    EventHead,
    IdempotentReply,
)

__all__ = [
    "Account",
    "Accreditation",
    "Agreement",
    "Answer",
    "AnswerText",
    "ApiToken",
    "Assignment",
    "Attachment",
    "Award",
    "Challenge",
    "ChallengeInvitation",
    "ChallengeNeed",
    "ChallengeVersion",
    "Commitment",
    "Conflict",
    "ConflictKind",
    "Consent",
    "Contract",
    "ContractChange",
    "ContractVersion",
    "Custodian",
    "Decided",
    "Determination",
    "Elimination",
    "Event",
    "EventHead",
    "IdempotentReply",
    "Indicator",
    "Item",
    "KeyShare",
    "Kind",
    "LedgerEntry",
    "Link",
    "LinkPurpose",
    "Membership",
    "Milestone",
    "Need",
    "Notice",
    "NoticePosition",
    "NoticeSetting",
    "Objection",
    "Offer",
    "Organisation",
    "OrganisationKind",
    "OutcomeCode",
    "Ownership",
    "PASSAGES_PER_ITEM",
    "Partner",
    "Passage",
    "Person",
    "PlatformRole",
    "ProblemList",
    "Programme",
    "Question",
    "Reading",
    "Result",
    "Role",
    "Round",
    "SignIn",
    "SignInFailure",
    "SizeClass",
    "Supplement",
    "Topic",
    "Trial",
    "Verdict",
    "new_id",
    "now",
    "random_id",
]
