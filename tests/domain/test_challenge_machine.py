"""Whole challenges driven at random, under every mechanism, and what has to hold after each step.

Each rule tries one verb as somebody, in a transaction of its own; what the program refuses is rolled
back. `go_on` does what comes next in earnest, so that the others meet every stage. After each step:
money balances; nothing sealed can be read, by any verb or in any column; nobody grades where they have
a conflict; what was refused changed nothing; what changed something has its event.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from answers_support import complete, everything_stored
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from nacl.public import PrivateKey
from policy_tables import at as acting
from policy_tables import on_platform
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.db import make_engine, upgrade
from api.settings import Settings
from matcher import events, needs, organisations
from matcher.accounts import accreditations, members, people
from matcher.accounts.accreditations import AccreditationDraft
from matcher.accounts.people import PersonDraft
from matcher.accounts.secrets import Secrets
from matcher.actors import COMMAND_LINE, Actor
from matcher.answers import custody, drafting, handing_in, opening, reading
from matcher.awards import awards, contracts, ledger, milestones, negotiations, outcomes, stages
from matcher.awards.drafts import ContractDraft, MilestoneDraft, MilestoneReport, OfferDraft
from matcher.challenges import amendments, funding, invitations, publishing, questions
from matcher.challenges import drafting as preparing
from matcher.drafts import CooperationMode, IndicatorTarget, NeedDraft, Operator
from matcher.engine import challenge_moves
from matcher.engine.answer_drafts import Claim
from matcher.engine.challenge_drafts import ChallengeDraft, Criterion, RoundPlan, public_part
from matcher.entities import (
    Answer,
    Assignment,
    Challenge,
    Conflict,
    Contract,
    Elimination,
    Membership,
    Milestone,
    Objection,
    Offer,
    OrganisationKind,
    OutcomeCode,
    Ownership,
    Partner,
    PlatformRole,
    Role,
)
from matcher.errors import JiebangError
from matcher.grading import closing, commitments, conflicts, determinations, drawing, eliminations, grades, objections
from matcher.grading.commitments import CommitmentDraft
from matcher.grading.determinations import DecisionDraft
from matcher.grading.drawing import DrawDraft
from matcher.grading.eliminations import EliminationDraft
from matcher.grading.grades import GradeDraft, Score
from matcher.grading.measuring import Judged
from matcher.mechanisms import SHIPPED, Funding
from matcher.organisations import OrganisationDraft
from matcher.quantities.compare import Outcome
from matcher.record.verification import verify
from matcher.sessions import reading as view_of
from matcher.sessions import writing
from matcher.states import (
    AnswerState,
    AssignmentState,
    ChallengeState,
    ContractState,
    MilestoneState,
    ObjectionState,
    OfferState,
)

SECRETS = Secrets(bytes(range(32)))
BEGIN = datetime(2027, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)
MARK = "zqsealedzq"
"""Stands in every answer, and nowhere else."""
LABS = ("乙实验室", "丙实验室", "丁实验室")
ENDED = {ChallengeState.FINISHED, ChallengeState.FAILED, ChallengeState.CANCELLED}
SHUT = {ChallengeState.ANSWERING, ChallengeState.SEALED}

EXAMPLES = int(os.environ.get("JIEBANG_TEST_CHALLENGES", "8"))
"""Challenges driven at random; set it higher to look longer."""

Verb = Callable[[Session], Any]


class Challenges(RuleBasedStateMachine):
    """One challenge, from its draft to whatever end it comes to."""

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
        self.before_elimination: dict[str, Any] | None = None
        self.refusals: list[str] = []

    @initialize(mechanism=st.sampled_from(sorted(SHIPPED)))
    def open_one(self, mechanism: str) -> None:
        with writing(self.engine) as session:
            self.ids = {
                name: organisations.admit(session, COMMAND_LINE, OrganisationDraft(kind=kind, name=name)).id
                for name, kind in (
                    ("甲公司", OrganisationKind.COMPANY),
                    ("省基金", OrganisationKind.SERVICE),
                    *((name, OrganisationKind.LAB) for name in LABS),
                )
            }
            self.setter = acting(self.ids["甲公司"], Role.MANAGER)
            self.funder = acting(self.ids["省基金"], Role.MANAGER)
            self.labs = [acting(self.ids[name], Role.MANAGER) for name in LABS]
            self.desk, self.operator = on_platform(PlatformRole.MATCHMAKER), on_platform(PlatformRole.OPERATOR)
            self.custodians = [self._person(session, f"custodian{number}") for number in range(2)]
            self.graders = [self._grader(session, number) for number in range(6)]
            draft = NeedDraft(title="残碱", problem="残碱偏高")
            need = needs.post_need(session, self.setter, self.ids["甲公司"], draft).id
            self.content = ChallengeDraft(
                title="高镍正极残碱",
                mechanism=mechanism,
                need_ids=[need],
                summary="烧结后表面残碱偏高，涂布时浆料凝胶，需要在不水洗的条件下降下来，并且保持容量与循环寿命。" * 2,
                budget=None if mechanism == "invest_to_evaluate" else Decimal(1_000_000),
                rounds=[RoundPlan(deadline=BEGIN + 40 * DAY, goes_on=2 if mechanism == "race" else None)],
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

    def _person(self, session: Session, name: str, *organisation_ids: str) -> Actor:
        draft = PersonDraft(email=f"{name}@example.org", name=name)
        id = people.register(session, COMMAND_LINE, draft, confirmed=BEGIN).id
        for organisation_id in organisation_ids:
            members.set_roles(session, COMMAND_LINE, organisation_id, id, [Role.RESEARCHER])
        return Actor(f"person:{id}", person_id=id)

    def _grader(self, session: Session, number: int) -> Actor:
        """The first belongs to a lab that may answer, the second and third to the setter, a company."""
        homes = {0: [LABS[0]], 1: ["甲公司"], 2: ["甲公司"]}.get(number, [])
        made = self._person(session, f"grader{number}", *(self.ids[home] for home in homes))
        draft = AccreditationDraft(role=PlatformRole.GRADER)
        accreditations.grant(session, COMMAND_LINE, made.person_id or "", draft)
        return made

    # -- doing something --------------------------------------------------------------------------

    def act(self, verb: Verb) -> bool:
        """Whether it was let happen. What is refused may change nothing, what happens has its event."""
        before = self._head()
        was = everything_stored(self.engine)
        try:
            with writing(self.engine) as session:
                verb(session)
        except JiebangError as error:
            self.refusals.append(str(error))
            assert everything_stored(self.engine) == was
            return False
        assert self._head() > before or everything_stored(self.engine) == was
        return True

    def _head(self) -> int:
        with view_of(self.engine) as session:
            return events.head(session)[0]

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

    # -- rules ------------------------------------------------------------------------------------

    @rule(days=st.sampled_from([0, 1, 9, 45]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days, seconds=1)

    @rule(times=st.integers(1, 4))
    def go_on(self, times: int) -> None:
        for _ in range(times):
            for verb in self.next_steps(self.challenge):
                self.act(verb)

    @rule(who=st.sampled_from(["setter", "desk", "operator", "lab"]), data=st.data())
    def somebody_moves_it(self, who: str, data: st.DataObject) -> None:
        """A move of the mechanism, by somebody who may or may not make it, at a time that may be wrong."""
        actor = {"setter": self.setter, "desk": self.desk, "operator": self.operator, "lab": self.labs[0]}[who]
        verbs: dict[str, Callable[[Session], Any]] = {
            "propose": lambda s: preparing.propose(s, actor, self.id, at=self.now),
            "give_back": lambda s: preparing.give_back(s, actor, self.id, reason="r", at=self.now),
            "publish": lambda s: publishing.publish(s, actor, SECRETS, self.id, at=self.now),
            "extend": lambda s: amendments.extend(s, actor, self.id, self.now + 20 * DAY, reason="r", at=self.now),
            "close": lambda s: opening.close(s, actor, self.id, at=self.now),
            "open": lambda s: opening.open_round(s, SECRETS, actor, self.id, at=self.now),
            "rank": lambda s: closing.close(s, actor, self.id, at=self.now),
            "determine": lambda s: determinations.determine(s, actor, self.id, at=self.now),
            "reconsider": lambda s: determinations.reconsider(s, actor, self.id, reason="r", at=self.now),
            "settle": lambda s: awards.settle(s, SECRETS, actor, self.id, self.amounts(s), at=self.now),
            "finish": lambda s: outcomes.finish(s, actor, self.id, at=self.now),
        }
        self.act(verbs[data.draw(st.sampled_from(sorted(verbs)))])

    @rule(who=st.sampled_from(["setter", "desk", "funder"]), amount=st.sampled_from([999_999, 1_000_000, None]))
    def somebody_funds_it(self, who: str, amount: int | None) -> None:
        """The right sum or another, or (None) taken back, by who may or may not say so."""
        actor = {"setter": self.setter, "desk": self.desk, "funder": self.funder}[who]
        if amount is None:
            self.act(lambda s: funding.withdraw(s, actor, self.id, at=self.now))
        else:
            self.act(lambda s: funding.agree(s, actor, self.id, Decimal(amount), "CNY", at=self.now))

    @rule(move=st.sampled_from(["no_award", "cancel"]), earnest=st.integers(0, 15))
    def it_is_ended_early(self, move: str, earnest: int) -> None:
        if earnest == 0:
            verb = amendments.no_award if move == "no_award" else amendments.cancel
            self.act(lambda s: verb(s, self.setter, self.id, reason="r", at=self.now))

    @rule(lab=st.integers(0, 2), what=st.sampled_from(["start", "save", "hand_in", "take_back", "withdraw", "resume"]))
    def a_lab_answers(self, lab: int, what: str) -> None:
        actor = self.labs[lab]
        mine = [answer.id for answer in self.answers() if answer.organisation_id == actor.organisation_id]
        id = mine[0] if mine else "none"
        verbs: dict[str, Verb] = {
            "start": lambda s: drafting.start(s, SECRETS, actor, self.id, at=self.now),
            "save": lambda s: drafting.save(s, SECRETS, actor, id, self.written(), at=self.now),
            "hand_in": lambda s: handing_in.hand_in(s, SECRETS, actor, id, at=self.now),
            "take_back": lambda s: handing_in.take_back(s, actor, id, at=self.now),
            "withdraw": lambda s: drafting.withdraw(s, actor, id, at=self.now),
            "resume": lambda s: drafting.resume(s, actor, id, at=self.now),
        }
        late = self.now >= (self.challenge.deadline or self.now)
        done = self.act(verbs[what])
        assert not (done and late and what != "start"), "a late answer is refused"

    @rule(text=st.sampled_from(["何时验收？", "预算含税吗？"]))
    def a_lab_asks(self, text: str) -> None:
        self.act(lambda s: questions.ask(s, self.labs[1], self.id, text, at=self.now))

    @precondition(lambda self: self.mechanism.graders_each)
    @rule(
        grader=st.integers(0, 5),
        score=st.integers(0, 100),
        what=st.sampled_from(["save", "submit", "reopen", "decline"]),
    )
    def a_grader_works(self, grader: int, score: int, what: str) -> None:
        actor = self.graders[grader]
        for one in self.rows(Assignment, Assignment.person_id == actor.person_id):
            self.act(self.grading(actor, one.id, score)[what])

    @precondition(lambda self: self.mechanism.graders_each)
    @rule(lab=st.integers(0, 2), grader=st.integers(0, 5))
    def a_conflict_is_declared(self, lab: int, grader: int) -> None:
        actor = self.graders[grader]
        said = conflicts.Declaration(organisation_id=self.labs[lab].organisation_id or "", reason="合著")
        self.act(lambda s: conflicts.declare(s, actor, actor.person_id or "", said, at=self.now))

    @rule(reason=st.sampled_from(["发现漏评"]))
    def an_elimination_is_reversed(self, reason: str) -> None:
        if self.act(lambda s: eliminations.reverse(s, self.setter, self.id, reason=reason, at=self.now)):
            assert self.standing() == self.before_elimination

    @rule(upheld=st.booleans())
    def an_objection_is_raised_and_answered(self, upheld: bool) -> None:
        for answer in self.answers()[:1]:
            self.act(lambda s: objections.raise_(s, self.lab_of(answer), answer.id, "请复核", at=self.now))  # noqa: B023  # called at once
        for one in self.rows(Objection, Objection.state == ObjectionState.RAISED):
            self.act(lambda s: objections.answer(s, self.operator, one.id, upheld=upheld, text="已复核", at=self.now))  # noqa: B023

    @rule(amount=st.integers(1, 10**6))
    def somebody_invests(self, amount: int) -> None:
        with suppress(IndexError):
            answer = self.answers()[amount % 3]
            draft = CommitmentDraft(amount=Decimal(amount))
            self.act(lambda s: commitments.commit(s, self.funder, answer.id, draft, at=self.now))

    # -- what comes next, in earnest --------------------------------------------------------------

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
                        self.a_lab_answers(lab, what)
                self.now = max(self.now, challenge.deadline or self.now)
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
            draft = DrawDraft(each=2, industry_share=0.5 if self.mechanism.industry_share else 0.0, reason="r")
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
            yield lambda s: stages.pay(s, self.setter, self.id, challenge.round, at=at + 20 * DAY)
            return
        for place, answer in enumerate(one for one in self.answers() if one.state is AnswerState.ADMITTED):
            decided = "selected" if place == 0 else "rejected"
            draft = DecisionDraft(decided=decided, reason="按评分", departs=True)
            yield lambda s, id=answer.id, draft=draft: determinations.decide(s, self.setter, id, draft, at=at)
        yield lambda s: determinations.determine(s, self.setter, self.id, at=at)

    def eliminate(self, session: Session) -> None:
        self.before_elimination = self.standing()
        rehearsed = eliminations.rehearse(session, self.setter, self.id, at=self.now)
        chosen = [place.answer_id for place in rehearsed.tied[: rehearsed.room]] if rehearsed.tied else None
        draft = EliminationDraft(
            rehearsed=rehearsed.digest, chosen=chosen, reason="按规则", deadline=self.now + 400 * DAY
        )
        eliminations.eliminate(session, self.setter, self.id, draft, at=self.now)

    def carry_out(self) -> Iterator[Verb]:
        at = self.now
        for answer in self.answers():
            for award in self.rows(awards.Award, awards.Award.answer_id == answer.id):
                lab = self.lab_of(answer)
                draft = contract(award.amount)
                yield lambda s, award=award, lab=lab, draft=draft: contracts.draft(s, lab, award.id, draft, at=at)
                for one in self.rows(Contract, Contract.award_id == award.id):
                    yield from self.contract_steps(one, lab)

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
        """Prizes are said; what answers ask for, what was agreed or committed is known."""
        if self.mechanism.funding is not Funding.PRIZES:
            return None
        selected = select(Answer.id).where(Answer.challenge_id == self.id, Answer.state == AnswerState.SELECTED)
        return {id: Decimal(100_000) for id in session.exec(selected)}

    def written(self) -> Any:
        claims = [Claim(indicator=0, value=600, unit="ppm", evidence=MARK, method=MARK)]
        return complete(title=f"方案 {MARK}", approach=MARK, plan=f"{MARK} {self.now.isoformat()}", claims=claims)

    # -- what has to hold -------------------------------------------------------------------------

    def standing(self) -> dict[str, Any]:
        """What an elimination changes, and its reversal has to put back."""
        with view_of(self.engine) as session:
            challenge = session.get_one(Challenge, self.id)
            answers = session.exec(select(Answer).where(Answer.challenge_id == self.id).order_by(col(Answer.number)))
            return {
                "challenge": (challenge.state, challenge.round, challenge.deadline, challenge.decided_at),
                "answers": [(one.id, one.state, one.round, one.handed_in_at) for one in answers],
            }

    @invariant()
    def money_balances(self) -> None:
        with view_of(self.engine) as session:
            lines = ledger.entries(session, getattr(self, "id", ""))
        assert ledger.faults(lines) == []
        for one in ledger.balances_of(lines):
            assert one.committed == one.open + one.paid + one.released
            assert min(one.open, one.paid, one.released) >= 0

    @invariant()
    def nothing_sealed_is_read(self) -> None:
        assert MARK.encode() not in everything_stored(self.engine)
        if not hasattr(self, "id") or not self.mechanism.sealed or self.challenge.state not in SHUT:
            return
        onlookers = [self.setter, self.desk, self.operator, self.funder, *self.graders, *self.custodians]
        with view_of(self.engine) as session:
            round = session.get_one(Challenge, self.id).round
            for answer in session.exec(select(Answer).where(Answer.challenge_id == self.id, Answer.round == round)):
                for actor in onlookers:
                    with suppress(JiebangError):
                        for text in reading.versions(session, actor, answer.id):
                            assert text.round < round, f"{actor.name} reads a sealed answer"
                        read, _ = reading.text(session, SECRETS, actor, answer.id)
                        assert read.round < round, f"{actor.name} reads a sealed answer"

    @invariant()
    def nobody_grades_where_they_have_a_conflict(self) -> None:
        with view_of(self.engine) as session:
            standing = (AssignmentState.ASSIGNED, AssignmentState.SUBMITTED)
            for one in session.exec(select(Assignment).where(col(Assignment.state).in_(standing))):
                answer = session.get_one(Answer, one.answer_id)
                sides = {answer.organisation_id}
                sides |= set(session.exec(select(Partner.organisation_id).where(Partner.answer_id == answer.id)))
                homes = set(
                    session.exec(select(Membership.organisation_id).where(Membership.person_id == one.person_id))
                )
                told = set(session.exec(select(Conflict.organisation_id).where(Conflict.person_id == one.person_id)))
                challenge = self.challenge
                graded_before = one.round < challenge.round or challenge.state is not ChallengeState.GRADING
                assert not sides & homes
                assert graded_before or not sides & told

    def teardown(self) -> None:
        try:
            with view_of(self.engine) as session:
                assert verify(session).broken is None
                if hasattr(self, "id"):
                    challenge = session.get_one(Challenge, self.id)
                    moves = challenge_moves.mechanism_of(challenge).moves.values()
                    going = any(challenge.state in move.sources for move in moves)
                    assert going != (challenge.state in ENDED), "every state leads on, or is an end"
                    assert len(session.exec(select(Elimination)).all()) <= 8
        finally:
            self.engine.dispose()
            shutil.rmtree(self.folder, ignore_errors=True)


def contract(amount: Decimal) -> ContractDraft:
    parts = [amount / 2, amount - amount / 2] if amount % 2 == 0 else [amount]
    steps = [MilestoneDraft(title=f"第{number}阶段", amount=part) for number, part in enumerate(parts, start=1)]
    return ContractDraft(kind=CooperationMode.DEVELOPMENT, ownership=Ownership.PARTIAL, amount=amount, milestones=steps)


TERMS = OfferDraft(terms=contract(Decimal(500)))
MONEY = CommitmentDraft(amount=Decimal(800))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    made = make_engine(Settings(home=folder, _env_file=None))
    upgrade(made)
    made.dispose()
    return folder / "jiebang.sqlite3"


def machine(template: Path) -> type[Challenges]:
    return type("Challenges", (Challenges,), {"template": template})


def test_whole_challenges_at_random(template: Path) -> None:
    run_state_machine_as_test(
        machine(template),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink one takes many minutes
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("mechanism", sorted(SHIPPED))
def test_every_mechanism_comes_to_its_end_when_all_do_what_comes_next(template: Path, mechanism: str) -> None:
    made = machine(template)()
    made.open_one(mechanism)
    states = []
    for _ in range(40):
        if made.challenge.state in ENDED:
            break
        made.go_on(1)
        made.now += DAY
        states.append(made.challenge.state)
        made.money_balances()
        made.nothing_sealed_is_read()
        made.nobody_grades_where_they_have_a_conflict()
    made.teardown()
    assert states[-1] is ChallengeState.FINISHED, made.refusals[-4:]
