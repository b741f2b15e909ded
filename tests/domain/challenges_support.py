"""A setter with needs, labs, and the desk, for tests of challenges on a clock of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from policy_tables import at, on_platform
from sqlmodel import Session

from matcher import needs, organisations
from matcher.accounts.secrets import Secrets
from matcher.actors import COMMAND_LINE
from matcher.challenges import drafting, publishing
from matcher.drafts import NeedDraft
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import Challenge, OrganisationKind, PlatformRole, Role
from matcher.organisations import OrganisationDraft

BEGIN = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECRETS = Secrets(b"k" * 32)

DESK, OPERATOR = on_platform(PlatformRole.MATCHMAKER), on_platform(PlatformRole.OPERATOR)

COMPLETE: dict[str, Any] = {
    "title": "高镍正极残碱控制",
    "mechanism": "race",
    "summary": "烧结后表面残碱偏高，涂布时浆料凝胶，放置两小时后无法使用。" * 4,
    "budget": "900000",
    "decision_owner": "王总工",
    "contact": "李工 li@example.org",
    "indicators": [{"name": "残碱", "operator": "<=", "value": 800, "unit": "ppm", "test_method": "酸碱滴定"}],
    "rubric": [{"key": "novelty", "name": "先进性", "weight": 2}],
}
"""What the quality gate insists on; a race seals answers without custodians."""


def drafted(**said: Any) -> ChallengeDraft:
    """A complete one, but for what is said otherwise."""
    return ChallengeDraft.model_validate({**COMPLETE, "need_ids": ["n"], **said})


class World:
    """A company that sets challenges with one public need, two labs, and another company."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.company = self.admitted(OrganisationKind.COMPANY, "甲公司", "320500")
        self.rival = self.admitted(OrganisationKind.COMPANY, "乙公司", "430100")
        self.lab = self.admitted(OrganisationKind.LAB, "丙实验室", "430100")
        self.other_lab = self.admitted(OrganisationKind.LAB, "丁实验室", "110000")
        self.poster = at(self.company, Role.POSTER)
        self.manager = at(self.company, Role.MANAGER)
        self.answerer = at(self.lab, Role.RESEARCHER)
        self.other_answerer = at(self.other_lab, Role.MANAGER)
        self.stranger = at(self.rival, Role.MANAGER)
        self.need = self.posted(title="残碱")

    def admitted(self, kind: OrganisationKind, name: str, region: str | None = None) -> str:
        draft = OrganisationDraft(kind=kind, name=name, region=region)
        return organisations.admit(self.session, COMMAND_LINE, draft).id

    def posted(self, owner: str = "", **said: Any) -> str:
        """The id of a new need of the company, or of another."""
        draft = NeedDraft.model_validate(said)
        return needs.post_need(self.session, COMMAND_LINE, owner or self.company, draft).id

    def draft(self, **said: Any) -> ChallengeDraft:
        """A complete one of its need, but for what is said otherwise."""
        return drafted(**{"need_ids": [self.need], **said})

    def opened(self, **said: Any) -> Challenge:
        return drafting.open_challenge(self.session, self.poster, self.draft(**said), at=BEGIN)

    def proposed(self, **said: Any) -> Challenge:
        challenge = self.opened(**said)
        return drafting.propose(self.session, self.poster, challenge.id, at=BEGIN)

    def published(self, **said: Any) -> Challenge:
        return publishing.publish(self.session, DESK, SECRETS, self.proposed(**said).id, at=BEGIN)
