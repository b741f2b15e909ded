"""A challenge under any mechanism with everybody around it, each of whom can do what comes next."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from answers_support import complete
from challenge_invariants import MARK, Stored, Tables, check_change, check_sealed, mark, standing
from hypothesis.stateful import RuleBasedStateMachine
from nacl.public import PrivateKey
from policy_tables import at as acting
from policy_tables import on_platform
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.db import make_engine
from api.settings import Settings
from matcher import needs, organisations
from matcher.accounts import accreditations, members, people
from matcher.accounts.accreditations import AccreditationDraft
from matcher.accounts.people import PersonDraft
from matcher.accounts.secrets import Secrets
from matcher.actors import COMMAND_LINE, Actor
from matcher.answers import consortium, custody, drafting, handing_in, opening, reading
from matcher.awards import awards, contracts, milestones, negotiations, outcomes, stages
from matcher.awards.drafts import ContractDraft, MilestoneDraft, MilestoneReport, OfferDraft
from matcher.challenges import drafting as preparing
from matcher.challenges import funding, invitations, publishing
from matcher.drafts import CooperationMode, IndicatorTarget, NeedDraft, Operator
from matcher.engine.answer_drafts import Claim, Part
from matcher.engine.challenge_drafts import ChallengeDraft, Criterion, RoundPlan, public_part
from matcher.entities import (
    Answer,
    Assignment,
    Award,
    Challenge,
    Contract,
    Milestone,
    Offer,
    OrganisationKind,
    OutcomeCode,
    Ownership,
    PlatformRole,
    Role,
)
from matcher.errors import JiebangError
from matcher.grading import closing, commitments, conflicts, determinations, drawing, eliminations, grades
from matcher.grading.commitments import CommitmentDraft
from matcher.grading.determinations import DecisionDraft
from matcher.grading.drawing import DrawDraft
from matcher.grading.eliminations import EliminationDraft
from matcher.grading.grades import GradeDraft, Score
from matcher.grading.measuring import Judged
from matcher.mechanisms import SHIPPED, Funding
from matcher.organisations import OrganisationDraft
from matcher.quantities.compare import Outcome
from matcher.sessions import reading as view_of
from matcher.sessions import writing
from matcher.states import (
    AnswerState,
    ChallengeState,
    ContractState,
    MilestoneState,
    OfferState,
)

SECRETS = Secrets(bytes(range(32)))
BEGIN = datetime(2027, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)
FIELD = "new_materials.metals"
PARTNER = "戊中试基地"
LABS = ("乙实验室", "丙实验室", "丁实验室")
ENDED = {ChallengeState.FINISHED, ChallengeState.FAILED, ChallengeState.CANCELLED}

Verb = Callable[[Session], Any]


class Player(RuleBasedStateMachine):
    """One challenge, those around it, and what each of them does next when it goes well."""

    template: Path
    """A database of the newest form, to be copied."""

    # -- who and what there is --------------------------------------------------------------------

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="jiebang-machine-"))
        shutil.copy(self.template, self.folder / "jiebang.sqlite3")
        self.engine: Engine = make_engine(Settings(home=self.folder, _env_file=None))
        self.now = BEGIN
        self.keys: dict[str, PrivateKey] = {}
        self.before_elimination: dict[str, Any] = {}
        self.winners = 1
        self.refusals: list[str] = []
        self.database = Stored(self.folder / "jiebang.sqlite3")
        self.stored: Tables = {}
        """Everything, as the last act left it."""
        self.looked_at: Tables | None = None
        """What `check_sealed` looked at last."""
        self.state = ChallengeState.DRAFT

    def open_one(self, mechanism: str) -> None:
        with writing(self.engine) as session:
            self.ids = {
                name: organisations.admit(session, COMMAND_LINE, OrganisationDraft(kind=kind, name=name)).id
                for name, kind in (
                    ("甲公司", OrganisationKind.COMPANY),
                    ("省基金", OrganisationKind.SERVICE),
                    (PARTNER, OrganisationKind.SERVICE),
                    *((name, OrganisationKind.LAB) for name in LABS),
                )
            }
            self.setter = acting(self.ids["甲公司"], Role.MANAGER)
            self.funder = acting(self.ids["省基金"], Role.MANAGER)
            self.partner = acting(self.ids[PARTNER], Role.MANAGER)
            self.labs = [acting(self.ids[name], Role.MANAGER) for name in LABS]
            self.desk, self.operator = on_platform(PlatformRole.MATCHMAKER), on_platform(PlatformRole.OPERATOR)
            self.custodians = [self._person(session, f"custodian{number}") for number in range(2)]
            self.graders = [self._grader(session, number) for number in range(6)]
            draft = NeedDraft(title="残碱", problem="残碱偏高", field=FIELD)
            need = needs.post_need(session, self.setter, self.ids["甲公司"], draft).id
            self.content = ChallengeDraft(
                title="高镍正极残碱",
                mechanism=mechanism,
                need_ids=[need],
                summary="烧结后表面残碱偏高，涂布时浆料凝胶，需要在不水洗的条件下降下来，并且保持容量与循环寿命。" * 2,
                budget=None if mechanism == "invest_to_evaluate" else Decimal(1_000_000),
                rounds=[
                    RoundPlan(deadline=BEGIN + 40 * DAY, goes_on=None if mechanism == "innovation_challenge" else 2)
                ],
                rubric=[Criterion(key="merit", name="水平", weight=1)],
                indicators=[IndicatorTarget(name="残碱", operator=Operator.AT_MOST, value=800, unit="ppm")],
                contact="王工",
                decision_owner="陈总",
                funder_id=self.ids["省基金"] if mechanism == "explorer" else None,
            )
            if mechanism == "race":
                self.content.rounds[0].payment = Decimal(10_000)
            self.id = preparing.open_challenge(session, self.setter, self.content, at=self.now).id
        self.mechanism = SHIPPED[mechanism]
        self.stored = self.database.all()

    def _person(self, session: Session, name: str, *organisation_ids: str) -> Actor:
        draft = PersonDraft(email=f"{name}@example.org", name=name)
        id = people.register(session, COMMAND_LINE, draft, confirmed=BEGIN).id
        for organisation_id in organisation_ids:
            members.set_roles(session, COMMAND_LINE, organisation_id, id, [Role.RESEARCHER])
        return Actor(f"person:{id}", person_id=id)

    def _grader(self, session: Session, number: int) -> Actor:
        """The first belongs to a lab that may answer, and would suit best; the second and third to the setter,
        the last to whom a lab may take on as its partner."""
        homes = {0: [LABS[0]], 1: ["甲公司"], 2: ["甲公司"], 5: [PARTNER]}.get(number, [])
        made = self._person(session, f"grader{number}", *(self.ids[home] for home in homes))
        draft = AccreditationDraft(role=PlatformRole.GRADER, fields=[FIELD] if number == 0 else [])
        accreditations.grant(session, COMMAND_LINE, made.person_id or "", draft)
        return made

    # -- doing something --------------------------------------------------------------------------

    def act(self, verb: Verb) -> bool:
        """Whether it was let happen. What is refused may change nothing, and tell nothing."""
        was = self.stored
        try:
            with writing(self.engine) as session:
                verb(session)
        except JiebangError as refusal:
            self.refusals.append(str(refusal))
            assert MARK not in self.refusals[-1]
            assert self.database.all() == was
            return False
        self.stored, self.state = self.database.all(), self.challenge.state
        check_change(was, self.stored, self.id)
        return True

    def check_sealed(self) -> None:
        """From everybody but its authors; from these too, once the round is closed. Once for each state of things."""
        shut = self.mechanism.sealed and self.state in (ChallengeState.ANSWERING, ChallengeState.SEALED)
        if not shut or self.stored is self.looked_at:
            return
        self.looked_at = self.stored
        onlookers = [self.setter, self.desk, self.operator, self.funder, *self.graders[:2], self.custodians[0]]
        onlookers += [*self.labs, self.partner] if self.state is ChallengeState.SEALED else []
        with view_of(self.engine) as session:
            check_sealed(session, SECRETS, self.stored, onlookers)

    @property
    def challenge(self) -> Challenge:
        with view_of(self.engine) as session:
            return session.get_one(Challenge, self.id)

    def rows(self, table: type[Any], *conditions: Any) -> list[Any]:
        with view_of(self.engine) as session:
            return list(session.exec(select(table).where(*conditions)))

    def answers(self) -> list[Answer]:
        return self.rows(Answer, Answer.challenge_id == self.id)

    def lab_of(self, answer: Answer) -> Actor:
        return acting(answer.organisation_id, Role.MANAGER)

    # -- what comes next, in earnest --------------------------------------------------------------

    def advance(self) -> None:
        for verb in self.next_steps(self.challenge):
            self.act(verb)
        self.check_sealed()

    def next_steps(self, challenge: Challenge) -> Iterator[Verb]:
        at = self.now
        match challenge.state:
            case ChallengeState.DRAFT:
                yield lambda s: preparing.propose(s, self.setter, self.id, at=at)
            case ChallengeState.PROPOSED:
                yield from self.prepare()
                yield lambda s: publishing.publish(s, self.desk, SECRETS, self.id, at=at)
                yield lambda s: invitations.invite(
                    s, self.setter, self.id, [lab.organisation_id or "" for lab in self.labs], reason="r", at=at
                )
            case ChallengeState.ANSWERING:
                for lab in (0, 1, 2):
                    for what in ("start", "save", "hand_in"):
                        self.lab_answers(lab, what)
                self.check_sealed()
                self.now = max(self.now, challenge.deadline or self.now)
                if self.mechanism.name == "race" and challenge.round > 1:
                    yield lambda s: stages.pay(s, self.setter, self.id, challenge.round - 1, at=self.now)
                yield lambda s: opening.close(s, self.desk, self.id, at=self.now)
            case ChallengeState.SEALED:
                for one in self.custodians:
                    if one.person_id in self.keys:
                        yield lambda s, one=one: custody.give_share(
                            s, SECRETS, one, self.id, self.keys[one.person_id], at=at
                        )
                yield lambda s: opening.open_round(s, SECRETS, self.setter, self.id, at=at)
            case ChallengeState.GRADING:
                yield from self.judge()
                yield lambda s: closing.close(s, self.setter, self.id, at=at)
            case ChallengeState.DECIDING:
                yield from self.decide(challenge)
            case ChallengeState.OBJECTING:
                self.now += 15 * DAY
                yield lambda s: awards.settle(s, SECRETS, self.setter, self.id, self.amounts(s), at=self.now)
            case ChallengeState.AWARDED:
                yield from self.carry_out()
                yield lambda s: outcomes.finish(s, self.setter, self.id, at=at)

    def lab_answers(self, lab: int, what: str) -> bool:
        actor = self.labs[lab]
        mine = [answer.id for answer in self.answers() if answer.organisation_id == actor.organisation_id]
        id = mine[0] if mine else "none"
        verbs: dict[str, Verb] = {
            "start": lambda s: drafting.start(s, SECRETS, actor, self.id, at=self.now),
            "save": lambda s: drafting.save(s, SECRETS, actor, id, self.written(), at=self.now),
            "save_together": lambda s: drafting.save(s, SECRETS, actor, id, self.written(together=True), at=self.now),
            "agree": lambda s: consortium.confirm_part(
                s, SECRETS, self.partner, id, self.part_hash(s, actor, id), at=self.now
            ),
            "hand_in": lambda s: handing_in.hand_in(s, SECRETS, actor, id, at=self.now),
            "take_back": lambda s: handing_in.take_back(s, actor, id, at=self.now),
            "withdraw": lambda s: drafting.withdraw(s, actor, id, at=self.now),
            "resume": lambda s: drafting.resume(s, actor, id, at=self.now),
        }
        return self.act(verbs[what])

    def prepare(self) -> Iterator[Verb]:
        if self.mechanism.funding is Funding.MATCHED:
            part = public_part(self.content.budget or Decimal(), self.mechanism.public_ratio)
            yield lambda s: funding.agree(s, self.funder, self.id, part, "CNY", at=self.now)
        if self.mechanism.custodians:
            ids = [one.person_id or "" for one in self.custodians]
            yield lambda s: custody.name_custodians(s, self.operator, self.id, ids, at=self.now)
            for one in self.custodians:
                key = PrivateKey.generate()  # what a passphrase would be made to, which takes a second
                self.keys[one.person_id or ""] = key
                yield lambda s, one=one, key=key: custody.choose_passphrase(
                    s, one, self.id, bytes(16), key, at=self.now
                )

    def judge(self) -> Iterator[Verb]:
        at = self.now
        if self.mechanism.graders_each:
            draft = DrawDraft(each=2, industry_share=0.5 if self.mechanism.industry_share else 0.0, reason="人少")
            yield lambda s: drawing.draw(s, self.operator, self.id, draft, at=at)
            for place, grader in enumerate(self.graders):
                for one in self.rows(Assignment, Assignment.person_id == grader.person_id):
                    verbs = self.grading(grader, one.id, 40 + 9 * place)
                    yield verbs["save"]
                    yield verbs["submit"]
        for answer in self.answers():
            if self.mechanism.name == "directed_commission":
                lab = self.lab_of(answer)
                yield lambda s, id=answer.id: negotiations.offer(s, self.setter, id, TERMS, at=at)
                for one in self.rows(Offer, Offer.answer_id == answer.id, Offer.state == OfferState.MADE):
                    yield lambda s, one=one, lab=lab: negotiations.agree(s, lab, one.id, at=at)
            if self.mechanism.name == "invest_to_evaluate":
                yield lambda s: invitations.invite(
                    s, self.setter, self.id, [self.ids["省基金"]], reason="r", invests=True, at=at
                )
                yield lambda s, id=answer.id: commitments.commit(s, self.funder, id, MONEY, at=at)

    def grading(self, actor: Actor, id: str, score: int) -> dict[str, Verb]:
        draft = GradeDraft(
            scores={"merit": Score(score=score, reason="依据")},
            indicators=[Judged(indicator=0, outcome=Outcome.MET, reason="报告")],
        )
        return {
            "save": lambda s: grades.save(s, actor, id, draft, at=self.now),
            "submit": lambda s: grades.submit(s, actor, id, at=self.now),
            "reopen": lambda s: grades.reopen(s, actor, id, at=self.now),
            "decline": lambda s: conflicts.decline(s, actor, id, conflict=True, reason="r", at=self.now),
        }

    def decide(self, challenge: Challenge) -> Iterator[Verb]:
        at = self.now
        if challenge.round < len(self.mechanism.rounds):
            yield self.eliminate
            return
        for place, answer in enumerate(one for one in self.answers() if one.state is AnswerState.ADMITTED):
            decided = "selected" if place < self.winners else "rejected"
            draft = DecisionDraft(decided=decided, reason="按评分", departs=True)
            yield lambda s, id=answer.id, draft=draft: determinations.decide(s, self.setter, id, draft, at=at)
        yield lambda s: determinations.determine(s, self.setter, self.id, at=at)

    def eliminate(self, session: Session) -> None:
        self.before_elimination = standing(self.stored)
        rehearsed = eliminations.rehearse(session, self.setter, self.id, at=self.now)
        chosen = [place.answer_id for place in rehearsed.tied[: rehearsed.room]] if rehearsed.tied else None
        draft = EliminationDraft(
            rehearsed=rehearsed.digest, chosen=chosen, reason="按规则", deadline=self.now + 400 * DAY
        )
        eliminations.eliminate(session, self.setter, self.id, draft, at=self.now)

    def carry_out(self) -> Iterator[Verb]:
        at = self.now
        for answer in self.answers():
            for award in self.rows(Award, Award.answer_id == answer.id):
                lab = self.lab_of(answer)
                draft = contract(award.amount)
                yield lambda s, award=award, lab=lab, draft=draft: contracts.draft(s, lab, award.id, draft, at=at)
                for one in self.rows(Contract, Contract.award_id == award.id):
                    yield from self.contract_steps(one, lab)

    def contracts(self) -> list[tuple[Contract, Actor]]:
        """Each with a manager of the lab whose it is."""
        with view_of(self.engine) as session:
            query = select(Contract, Answer).select_from(Contract).join(Award).join(Answer)
            found = session.exec(query.where(Answer.challenge_id == self.id)).all()
            return [(contract, self.lab_of(answer)) for contract, answer in found]

    def contract_steps(self, one: Contract, lab: Actor) -> Iterator[Verb]:
        at = self.now
        if one.state is ContractState.DRAFT:
            for side in (self.setter, lab):
                yield lambda s, side=side: contracts.confirm(s, side, one.id, one.version, at=at)
        for step in self.rows(Milestone, Milestone.contract_id == one.id):
            verbs: dict[MilestoneState, Verb] = {
                MilestoneState.OPEN: lambda s, id=step.id: milestones.submit(
                    s, lab, id, MilestoneReport(report="完成"), at=at
                ),  # type: ignore[misc]
                MilestoneState.SUBMITTED: lambda s, id=step.id: milestones.accept(s, self.setter, id, "同意", at=at),  # type: ignore[misc]
                MilestoneState.ACCEPTED: lambda s, id=step.id: milestones.pay(s, self.setter, id, at=at),  # type: ignore[misc]
            }
            if step.state in verbs:
                yield verbs[step.state]
        yield lambda s: outcomes.complete(s, self.setter, one.id, OutcomeCode.ACHIEVED, "达标", at=at)

    def amounts(self, session: Session) -> dict[str, Decimal] | None:
        """Prizes are said, half as much for the next; what answers ask for, what was agreed or committed is known."""
        if self.mechanism.funding is not Funding.PRIZES:
            return None
        query = select(Answer).where(Answer.challenge_id == self.id, Answer.state == AnswerState.SELECTED)
        selected = session.exec(query.order_by(col(Answer.number))).all()
        return {answer.id: Decimal(100_000) / 2**place for place, answer in enumerate(selected)}

    def written(self, *, together: bool = False) -> Any:
        secret = mark(self.challenge.round)
        parts = [Part(organisation_id=self.ids[PARTNER], does=secret, gets=0.2)] if together else []
        claims = [Claim(indicator=0, value=600, unit="ppm", evidence=secret, method=secret)]
        return complete(
            title=secret, approach=secret, plan=f"{secret} {self.now.isoformat()}", claims=claims, parts=parts
        )

    def part_hash(self, session: Session, actor: Actor, id: str) -> str:
        found = reading.standing(session, SECRETS, actor, id)
        return found.part_hashes.get(self.ids[PARTNER], "") if found else ""


def contract(amount: Decimal) -> ContractDraft:
    parts = [amount / 2, amount - amount / 2] if amount % 2 == 0 else [amount]
    steps = [MilestoneDraft(title=f"第{number}阶段", amount=part) for number, part in enumerate(parts, start=1)]
    return ContractDraft(kind=CooperationMode.DEVELOPMENT, ownership=Ownership.PARTIAL, amount=amount, milestones=steps)


TERMS = OfferDraft(terms=contract(Decimal(500)))
MONEY = CommitmentDraft(amount=Decimal(800))
