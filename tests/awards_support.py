"""A challenge that has got as far as its awards, made by rows: how it got there is tested elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from policy_tables import at as acting_for
from policy_tables import on_platform
from sqlmodel import Session, select

from matcher import events, organisations
from matcher.accounts.secrets import Secrets
from matcher.actors import COMMAND_LINE, Actor
from matcher.awards import awards, changes, contracts, ledger, milestones
from matcher.awards.drafts import ChangeDraft, ContractDraft, DeliveredValue, MilestoneDraft, MilestoneReport
from matcher.drafts import CooperationMode
from matcher.engine import answer_texts, challenge_moves
from matcher.engine.answer_drafts import AnswerDraft
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import Answer, Challenge, Milestone, Offer, OrganisationKind, Ownership, PlatformRole, Role, Round
from matcher.mechanisms import SHIPPED
from matcher.organisations import OrganisationDraft
from matcher.states import AnswerState, ChallengeState

SECRETS = Secrets(bytes(range(32)))
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BUDGET = Decimal("900000.00")
OPERATOR = on_platform(PlatformRole.OPERATOR)

INDICATORS: list[dict[str, Any]] = [
    {"name": "表面残碱", "operator": "<=", "value": 800, "unit": "ppm", "test_method": "酸碱滴定"},
    {"name": "首次放电比容量", "operator": ">=", "value": 205, "unit": "mAh/g"},
    {"name": "吨成本", "operator": "<=", "value": 3, "unit": "万元", "must": False},
]


@dataclass
class Scene:
    """A setter, a funder, and labs whose answers stand in the last round."""

    challenge: Challenge
    setter: Actor
    poster: Actor
    funder: Actor
    stranger: Actor
    labs: list[Actor]
    researchers: list[Actor]
    answers: list[Answer] = field(default_factory=list)

    @property
    def lab(self) -> Actor:
        return self.labs[0]

    @property
    def answer(self) -> Answer:
        return self.answers[0]

    def events(self, session: Session) -> list[str]:
        return [event.action for event in events.of_thing(session, f"challenge:{self.challenge.id}")]


def scene(
    session: Session,
    mechanism: str = "open_challenge",
    *,
    answers: int = 1,
    state: ChallengeState = ChallengeState.OBJECTING,
    answer_state: AnswerState = AnswerState.SELECTED,
    budget: Decimal | None = BUDGET,
    payment: Decimal | None = None,
    round: int | None = None,
    of: str | None = None,
    **said: Any,
) -> Scene:
    """`of`: an organisation that sets it; else a new one."""
    rules = SHIPPED[mechanism]
    setter, funder, stranger = (
        _admitted(session, OrganisationKind.COMPANY, name) for name in ("晨星电池", "省科技基金", "旁观公司")
    )
    setter = of or setter
    labs = [_admitted(session, OrganisationKind.LAB, f"第{number}实验室") for number in range(1, answers + 1)]
    draft = ChallengeDraft(
        title="高镍正极残碱控制", mechanism=mechanism, need_ids=["need"], budget=budget, indicators=INDICATORS,
        decision_owner="王总工", contact="jiebang@example.org", ownership="成果归出题方", **said,
    )  # fmt: skip
    last = round or len(rules.rounds)
    challenge = Challenge(
        organisation_id=setter, state=state, mechanism=mechanism, rules=challenge_moves.rules_of(rules), round=last,
        title=draft.title, content=draft.model_dump(mode="json"), budget=budget, field="new_materials.metals",
        region="320500", funder_id=funder if mechanism == "explorer" else None, published_at=NOON - 300 * DAY,
        decided_at=NOON - 30 * DAY,
    )  # fmt: skip
    session.add(challenge)
    session.flush()
    for number in range(1, len(rules.rounds) + 1):
        deadline = NOON - 30 * DAY * (len(rules.rounds) + 1 - number)
        goes_on = rules.rounds[number - 1].goes_on
        session.add(
            Round(challenge_id=challenge.id, number=number, deadline=deadline, goes_on=goes_on, payment=payment)
        )
    made = Scene(
        challenge,
        acting_for(setter, Role.MANAGER),
        acting_for(setter, Role.POSTER),
        acting_for(funder, Role.MANAGER),
        acting_for(stranger, Role.MANAGER),
        [acting_for(lab, Role.MANAGER) for lab in labs],
        [acting_for(lab, Role.RESEARCHER) for lab in labs],
    )
    for number, lab in enumerate(labs, start=1):
        answer = Answer(
            challenge_id=challenge.id, organisation_id=lab, number=number, state=answer_state, round=last,
            handed_in_at=NOON - 60 * DAY,
        )  # fmt: skip
        session.add(answer)
        made.answers.append(answer)
    session.flush()
    return made


def _admitted(session: Session, kind: OrganisationKind, name: str) -> str:
    return organisations.admit(session, COMMAND_LINE, OrganisationDraft(kind=kind, name=name)).id


def contract_draft(*amounts: str, **said: Any) -> ContractDraft:
    """Of milestones that pay these amounts."""
    paid = [Decimal(amount) for amount in amounts or ("300000.00", "600000.00")]
    milestones = [
        MilestoneDraft(title=f"第{number}阶段", amount=amount, indicators=[0, 1] if number == len(paid) else [])
        for number, amount in enumerate(paid, start=1)
    ]
    terms: dict[str, Any] = {"kind": CooperationMode.DEVELOPMENT, "ownership": Ownership.PARTIAL}
    return ContractDraft(amount=sum(paid, Decimal(0)), milestones=milestones, **terms | said)


def report(alkali: float = 600, capacity: float = 210) -> MilestoneReport:
    return MilestoneReport(
        report="中试线连续运行三十天。",
        measured=[
            DeliveredValue(indicator=0, value=alkali, unit="ppm", method="酸碱滴定"),
            DeliveredValue(indicator=1, value=capacity, unit="mAh/g"),
        ],
    )


def everything(made: Scene) -> dict[str, Decimal]:
    """The whole budget for the first answer, with what a public funder adds to it."""
    assert made.challenge.budget is not None
    return {made.answer.id: made.challenge.budget * (2 if made.challenge.mechanism == "explorer" else 1)}


def asks(session: Session, made: Scene, number: int, budget: str | None) -> None:
    """Lays down what an answer says, as it is once it was opened."""
    answer = made.answers[number - 1]
    said = AnswerDraft(title="干法包覆", budget=None if budget is None else Decimal(budget))
    answer_texts.write(session, SECRETS, answer, answer_texts.new(answer, said), at=NOON, handed_in=True)
    query = select(Round).where(Round.challenge_id == made.challenge.id, Round.number == answer.round)
    session.exec(query).one().opened_at = NOON
    session.flush()


def awarded(session: Session, mechanism: str = "open_challenge", **said: Any) -> tuple[Scene, str]:
    """A settled challenge, and the id of its first award."""
    made = scene(session, mechanism, **said)
    [award, *_] = awards.settle(session, SECRETS, made.setter, made.challenge.id, everything(made), at=NOON)
    return made, award.id


def signed(session: Session, *amounts: str, **said: Any) -> tuple[Scene, str]:
    """A settled challenge, and the id of the contract that both sides have confirmed."""
    made, award = awarded(session)
    contract = contracts.draft(session, made.lab, award, contract_draft(*amounts, **said), at=NOON)
    for actor in (made.setter, made.lab):
        contracts.confirm(session, actor, contract.id, contract.version, at=NOON)
    return made, contract.id


def milestone(session: Session, contract_id: str, number: int = 1) -> str:
    query = select(Milestone.id).where(Milestone.contract_id == contract_id, Milestone.number == number)
    return session.exec(query).one()


def paid_out(session: Session, made: Scene, contract_id: str, number: int) -> None:
    """Takes one milestone from its report to its payment."""
    id = milestone(session, contract_id, number)
    milestones.submit(session, made.lab, id, report(), at=NOON)
    milestones.accept(session, made.poster, id, at=NOON)
    milestones.pay(session, made.poster, id, at=NOON)


def money(session: Session, made: Scene) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Committed, open, paid and released, of all together; and that the books are in order."""
    lines = ledger.entries(session, made.challenge.id)
    assert ledger.faults(lines) == []
    found = ledger.balances_of(lines)
    sums = [
        sum(amounts, Decimal(0))
        for amounts in zip(*((o.committed, o.open, o.paid, o.released) for o in found), strict=True)
    ]
    return sums[0], sums[1], sums[2], sums[3]


def one_of_each(session: Session, of: str) -> dict[str, str]:
    """Ids of what routes are about, under the first part of their paths: of a running contract of this setter's."""
    made, award = awarded(session, of=of)
    contract = contracts.draft(session, made.lab, award, contract_draft(), at=NOON)
    for actor in (made.setter, made.lab):
        contracts.confirm(session, actor, contract.id, 1, at=NOON)
    first = milestone(session, contract.id)
    file = milestones.attach(session, made.lab, first, "a.pdf", b"%PDF-1.7", at=NOON)
    change = changes.ask(session, made.lab, contract.id, ChangeDraft(reason="推迟", cancel=[2]), at=NOON)
    terms = contract_draft().model_dump(mode="json")
    offer = Offer(answer_id=made.answer.id, number=1, by_setter=False, terms=terms, actor=made.lab.name)
    session.add(offer)
    session.flush()
    return {
        "answers": made.answer.id, "awards": award, "contracts": contract.id, "milestones": first,
        "files": file.id, "contract-changes": change.id, "offers": offer.id,
    }  # fmt: skip
