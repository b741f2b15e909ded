"""A challenge that is published, the organisations around it, and answers to it, on a clock of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from policy_tables import at as acting
from policy_tables import on_platform
from sqlalchemy import Engine, inspect, text
from sqlmodel import Session

from matcher import events, organisations
from matcher.accounts import people
from matcher.accounts.people import PersonDraft
from matcher.accounts.secrets import Secrets
from matcher.actors import COMMAND_LINE, Actor
from matcher.answers import custody, drafting, handing_in
from matcher.drafts import IndicatorTarget, Operator
from matcher.engine import challenge_moves, sealed_keys
from matcher.engine.answer_drafts import AnswerDraft, Claim, Member, Part, PlannedMilestone
from matcher.engine.challenge_drafts import Anchor, ChallengeDraft, Criterion, RoundPlan, public_part, rounds_of
from matcher.entities import Challenge, ChallengeInvitation, OrganisationKind, PlatformRole, Role, Round
from matcher.mechanisms import SHIPPED
from matcher.organisations import OrganisationDraft
from matcher.policy import Action
from matcher.states import ChallengeState

SECRETS = Secrets(bytes(range(32)))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
DEADLINE = NOON + 30 * DAY
PASSPHRASES = ("quartz lantern above 77 rivers", "seven paper boats in winter 31")

INDICATOR = IndicatorTarget(
    name="表面残碱", operator=Operator.AT_MOST, value=800, unit="ppm", test_method="滴定", must=True
)
CONTENT = ChallengeDraft(
    title="高镍正极残碱",
    mechanism="race",
    need_ids=["need"],
    summary="烧结后表面残碱偏高，涂布时浆料凝胶，需要在不水洗的条件下把残碱降到八百以下，并且保持容量与循环寿命。" * 2,
    budget=Decimal("1000000"),
    rounds=[RoundPlan(deadline=DEADLINE), RoundPlan(deadline=DEADLINE + 60 * DAY)],
    rubric=[
        Criterion(
            key="merit",
            name="水平",
            weight=1,
            anchors=[Anchor(score=0, meaning="无"), Anchor(score=100, meaning="全")],
        )
    ],
    indicators=[
        INDICATOR,
        IndicatorTarget(name="容量", operator=Operator.AT_LEAST, value=200, unit="mAh/g", must=False),
    ],
    contact="王工",
    decision_owner="陈总",
)


@dataclass
class Stage:
    """A setter, two labs, another company, and an operator; the labs' managers are `lead` and `rival`."""

    session: Session
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, kind, name in (
            ("setter", OrganisationKind.COMPANY, "甲公司"),
            ("lead", OrganisationKind.LAB, "乙实验室"),
            ("rival", OrganisationKind.LAB, "丙实验室"),
            ("third", OrganisationKind.COMPANY, "丁公司"),
        ):
            draft = OrganisationDraft(kind=kind, name=name)
            self.ids[key] = organisations.admit(self.session, COMMAND_LINE, draft).id
        self.setter, self.lead, self.rival, self.third = (acting(id, Role.MANAGER) for id in self.ids.values())
        self.operator = on_platform(PlatformRole.OPERATOR)
        self.matchmaker = on_platform(PlatformRole.MATCHMAKER)

    def person(self, name: str) -> Actor:
        """Somebody with an account and no role."""
        draft = PersonDraft(email=f"{name}@example.com", name=name)
        id = people.register(self.session, COMMAND_LINE, draft, confirmed=NOON).id
        return Actor(f"person:{id}", person_id=id)

    def propose(self, mechanism: str = "race", **changes: Any) -> Challenge:
        """One that waits to be published, with its rounds, and its funder's word where one is named."""
        rules = SHIPPED[mechanism]
        content = CONTENT.model_copy(update={"mechanism": mechanism, **changes})
        plans = rounds_of(content, rules, NOON)
        challenge = Challenge(
            organisation_id=self.ids["setter"],
            state=ChallengeState.PROPOSED,
            mechanism=mechanism,
            rules=challenge_moves.rules_of(rules),
            title=content.title,
            content=content.model_dump(mode="json"),
            funder_id=content.funder_id,
            funder_amount=public_part(content.budget or Decimal(), rules.public_ratio) if content.funder_id else None,
            deadline=plans[0].deadline,
        )
        self.session.add(challenge)
        self.session.flush()
        for number, plan in enumerate(plans, start=1):
            row = Round(challenge_id=challenge.id, number=number, deadline=plan.deadline, goes_on=plan.goes_on)
            self.session.add(row)
        self.session.flush()
        return challenge

    def publish(self, mechanism: str = "race", **changes: Any) -> Challenge:
        return self.published(self.propose(mechanism, **changes))

    def published(self, challenge: Challenge) -> Challenge:
        held = challenge_moves.hold(self.session, self.operator, challenge.id, Action.MOVE_CHALLENGE, move="publish")
        sealed_keys.make_round_keys(self.session, SECRETS, self.operator, held, at=NOON)
        challenge_moves.move(self.session, self.operator, held, "publish", at=NOON)
        held.published_at = NOON
        self.session.add(held)
        return held

    def with_custodians(self, mechanism: str = "open_challenge") -> tuple[Challenge, list[Actor]]:
        """Published with two custodians, who chose PASSPHRASES."""
        challenge = self.propose(mechanism)
        custodians = [self.person("anna"), self.person("bela")]
        ids = [custodian.person_id or "" for custodian in custodians]
        custody.name_custodians(self.session, self.operator, challenge.id, ids, at=NOON)
        for custodian, passphrase in zip(custodians, PASSPHRASES, strict=True):
            salt, key = custody.new_key(passphrase)
            custody.choose_passphrase(self.session, custodian, challenge.id, salt, key, at=NOON)
        return self.published(challenge), custodians

    def invite(self, challenge: Challenge, organisation: str, *, invests: bool = False) -> None:
        invited = ChallengeInvitation(
            challenge_id=challenge.id, organisation_id=self.ids[organisation], invests=invests
        )
        self.session.add(invited)
        self.session.flush()

    def answer(self, challenge: Challenge, actor: Actor | None = None, draft: AnswerDraft | None = None) -> str:
        """A draft that is ready to be handed in."""
        actor = actor or self.lead
        id = drafting.start(self.session, SECRETS, actor, challenge.id, at=NOON).id
        drafting.save(self.session, SECRETS, actor, id, draft or complete(), at=NOON)
        return id

    def handed_in(self, challenge: Challenge, actor: Actor | None = None, draft: AnswerDraft | None = None) -> str:
        actor = actor or self.lead
        id = self.answer(challenge, actor, draft)
        handing_in.hand_in(self.session, SECRETS, actor, id, at=NOON)
        return id

    def actions(self, challenge: Challenge) -> list[str]:
        return [event.action for event in events.of_thing(self.session, f"challenge:{challenge.id}")]


def complete(**changes: Any) -> AnswerDraft:
    """An answer that lacks nothing."""
    return AnswerDraft(
        title="干法包覆",
        approach="以纳米磷酸盐干法包覆替代水洗。",
        claims=[Claim(indicator=0, value=0.06, unit="%", evidence="中试报告", method="滴定")],
        budget=Decimal("600000"),
        milestones=[PlannedMilestone(title="小试", months=3, amount=Decimal("200000"))],
        team=[Member(name="孙研究员", part="负责人")],
        conflicts="",
    ).model_copy(update=changes)


def with_partner(stage: Stage, organisation: str = "rival", **changes: Any) -> AnswerDraft:
    parts = [Part(organisation_id=stage.ids[organisation], does="中试", gets=0.3)]
    return complete(parts=parts, joint_patents="共有", **changes)


def everything_stored(engine: Engine) -> bytes:
    """Every value of every column of every table, one a line; of JSON as it is written, escapes and all."""
    found: list[bytes] = []
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                found += [bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in row]
    return b"\n".join(found)
