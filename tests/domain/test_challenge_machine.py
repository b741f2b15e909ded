"""Whole challenges driven at random, under every mechanism, and what has to hold after each step.

Each rule tries one verb as somebody, in a transaction of its own; what the program refuses is rolled
back. `go_on` does what comes next in earnest, so that the others meet every stage. After each step:
money balances; nothing sealed can be read, by any verb or in any column; nobody grades where they have
a conflict; what was refused changed nothing; what changed something has its event.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from challenge_invariants import MARK, standing
from challenge_player import DAY, ENDED, SECRETS, Player, Verb
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session

from api.db import make_engine, upgrade
from api.settings import Settings
from matcher.answers import opening, supplements
from matcher.awards import awards, contracts, outcomes, stages
from matcher.awards import changes as contract_changes
from matcher.awards.drafts import ChangeDraft, MilestoneDraft
from matcher.challenges import amendments, funding, publishing, questions
from matcher.challenges import drafting as preparing
from matcher.engine import challenge_moves
from matcher.entities import (
    Assignment,
    Challenge,
    ContractChange,
    Objection,
    OutcomeCode,
    Trial,
    Verdict,
)
from matcher.grading import (
    closing,
    commitments,
    conflicts,
    determinations,
    eliminations,
    objections,
    trials,
)
from matcher.grading.commitments import CommitmentDraft
from matcher.grading.measuring import Measured
from matcher.grading.trials import ReportDraft, TrialDraft
from matcher.mechanisms import SHIPPED
from matcher.record.verification import verify
from matcher.sessions import reading as view_of
from matcher.states import (
    AnswerState,
    ChallengeState,
    ObjectionState,
)

JUDGED = {ChallengeState.GRADING, ChallengeState.DECIDING}
OVER = {
    AnswerState.WITHDRAWN, AnswerState.LAPSED, AnswerState.UNJUDGED, AnswerState.ELIMINATED, AnswerState.SELECTED,
    AnswerState.REJECTED,
}  # fmt: skip
"""What an answer can be once its challenge has ended."""

WRITING = ("start", "save", "save_together", "agree", "hand_in", "take_back", "withdraw", "resume")

EXAMPLES = int(os.environ.get("JIEBANG_TEST_CHALLENGES", "5"))
"""Challenges driven at random; set it higher to look longer."""


class Challenges(Player):
    """One challenge, from its draft to whatever end it comes to."""

    # -- rules ------------------------------------------------------------------------------------

    @initialize(
        mechanism=st.sampled_from(sorted(SHIPPED)),
        winners=st.integers(1, 2),
        asides=st.lists(st.integers(0, 4), max_size=14),
    )
    def come_some_way(self, mechanism: str, winners: int, asides: list[int]) -> None:
        """So that what is done late in a challenge's life is done often enough."""
        self.winners = winners
        self.open_one(mechanism)
        for number in asides:
            self.step_aside(number)
            self.advance()

    def step_aside(self, number: int) -> None:
        """One of the things that happen now and then in this state; those of 0, and of most states, are none."""
        steps: dict[tuple[ChallengeState, int], Callable[[], None]] = {
            (ChallengeState.ANSWERING, 1): lambda: self.an_elimination_is_reversed("发现漏评"),
            (ChallengeState.ANSWERING, 2): lambda: self.a_stage_is_paid(1),
            (ChallengeState.ANSWERING, 3): self.a_consortium_answers,
            (ChallengeState.GRADING, 1): lambda: self.more_comes(0, "give"),
            (ChallengeState.GRADING, 2): lambda: self.a_user_tries(0, 5, 700),
            (ChallengeState.GRADING, 3): lambda: self.more_comes(0, "go_without"),
            (ChallengeState.OBJECTING, 1): lambda: self.an_objection_is_raised_and_answered(True),
            (ChallengeState.OBJECTING, 2): lambda: self.an_objection_is_raised_and_answered(False),
            (ChallengeState.AWARDED, 1): lambda: self.a_contract_is_changed(0, True, "amend", 70_000, "agree"),
            (ChallengeState.AWARDED, 2): lambda: self.a_contract_is_changed(0, False, "add", 20_000, "agree"),
            (ChallengeState.AWARDED, 3): lambda: self.a_contract_is_changed(0, True, "cancel", 1, "agree"),
            (ChallengeState.AWARDED, 4): lambda: self.a_contract_is_broken_off(0, "terminate", 2),
        }
        steps.get((self.state, number), lambda: None)()

    @rule(days=st.sampled_from([0, 1, 9, 45]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days, seconds=1)

    @rule(times=st.integers(1, 4))
    def go_on(self, times: int) -> None:
        for _ in range(times):
            self.advance()

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
        name = data.draw(st.sampled_from(sorted(verbs)))
        if self.act(verbs[name]) and name == "extend":
            self.before_elimination = {}  # what everybody was told of stays, whatever is reversed

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
        if earnest == 7:
            verb = amendments.no_award if move == "no_award" else amendments.cancel
            self.act(lambda s: verb(s, self.setter, self.id, reason="r", at=self.now))

    @rule(lab=st.integers(0, 2), what=st.sampled_from(WRITING))
    def a_lab_answers(self, lab: int, what: str) -> None:
        late = self.now >= (self.challenge.deadline or self.now)
        done = self.lab_answers(lab, what)
        assert not (done and late and what != "start"), "a late answer is refused"

    def a_consortium_answers(self) -> None:
        for what in ("start", "save_together", "agree", "hand_in"):
            self.a_lab_answers(1, what)

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
            assert standing(self.stored) == (self.before_elimination or standing(self.stored))

    @precondition(lambda self: self.state is ChallengeState.OBJECTING)
    @rule(upheld=st.booleans())
    def an_objection_is_raised_and_answered(self, upheld: bool) -> None:
        for answer in self.answers()[:1]:
            self.act(lambda s: objections.raise_(s, self.lab_of(answer), answer.id, "请复核", at=self.now))  # noqa: B023  # called at once
        for one in self.rows(Objection, Objection.state == ObjectionState.RAISED):
            self.act(lambda s: objections.answer(s, self.operator, one.id, upheld=upheld, text="已复核", at=self.now))  # noqa: B023

    @precondition(lambda self: self.state in JUDGED)
    @rule(place=st.integers(0, 2), what=st.sampled_from(["ask", "give", "go_without"]))
    def more_is_asked_for(self, place: int, what: str) -> None:
        with suppress(IndexError):
            answer = self.answers()[place]
            request, lab = supplements.Request(asked="补测", due=self.now + 5 * DAY), self.lab_of(answer)
            verbs: dict[str, Verb] = {
                "ask": lambda s: supplements.ask_more(s, self.setter, answer.id, request, at=self.now),
                "give": lambda s: supplements.hand_in(s, SECRETS, lab, answer.id, MARK, at=self.now),
                "go_without": lambda s: supplements.go_without(s, self.setter, answer.id, reason="r", at=self.now),
            }
            self.act(verbs[what])

    def more_comes(self, place: int, what: str) -> None:
        self.more_is_asked_for(place, "ask")
        self.more_is_asked_for(place, what)

    @precondition(lambda self: self.state in JUDGED)
    @rule(place=st.integers(0, 2), user=st.integers(0, 5), measured=st.integers(0, 1600))
    def a_user_tries(self, place: int, user: int, measured: int) -> None:
        """Is named, and reports what they were named for."""
        actor = self.graders[user]
        draft = TrialDraft(person_id=actor.person_id or "", due=self.now + 3 * DAY)
        found = ReportDraft(verdict=Verdict.ADOPT, measured=[Measured(indicator=0, value=measured, unit="ppm")])
        with suppress(IndexError):
            answer = self.answers()[place]
            self.act(lambda s: trials.name_user(s, self.setter, answer.id, draft, at=self.now))
            trial = self.rows(Trial, Trial.person_id == actor.person_id, Trial.answer_id == answer.id)[-1]
            self.act(lambda s: trials.report(s, actor, trial.id, found, at=self.now))

    @precondition(lambda self: self.state is ChallengeState.AWARDED)
    @rule(
        place=st.integers(0, 1),
        by_setter=st.booleans(),
        what=st.sampled_from(["amend", "cancel", "add"]),
        amount=st.integers(1, 200_000),
        answered=st.sampled_from(["agree", "decline", "take_back"]),
    )
    def a_contract_is_changed(self, place: int, by_setter: bool, what: str, amount: int, answered: str) -> None:
        changes: dict[str, dict[str, Any]] = {
            "amend": {"amend": [{"number": 1, "amount": Decimal(amount)}]},
            "cancel": {"cancel": [1]},
            "add": {"add": [MilestoneDraft(title="追加", amount=Decimal(amount))]},
        }
        draft = ChangeDraft(reason="r", **changes[what])
        with suppress(IndexError):
            contract, lab = self.contracts()[place]
            asks, other = (self.setter, lab) if by_setter else (lab, self.setter)
            self.act(lambda s: contract_changes.ask(s, asks, contract.id, draft, at=self.now))
            change = self.rows(ContractChange, ContractChange.contract_id == contract.id)[-1]
            verbs: dict[str, Verb] = {
                "agree": lambda s: contract_changes.agree(s, other, change.id, at=self.now),
                "decline": lambda s: contract_changes.decline(s, other, change.id, at=self.now),
                "take_back": lambda s: contract_changes.take_back(s, asks, change.id, at=self.now),
            }
            self.act(verbs[answered])

    @precondition(lambda self: self.state is ChallengeState.AWARDED)
    @rule(place=st.integers(0, 1), what=st.sampled_from(["terminate", "drop"]), earnest=st.integers(0, 3))
    def a_contract_is_broken_off(self, place: int, what: str, earnest: int) -> None:
        code = OutcomeCode.TECHNICAL_FAILURE
        if earnest != 2 or place >= len(self.contracts()):
            return
        contract, _ = self.contracts()[place]
        verbs: dict[str, Verb] = {
            "terminate": lambda s: outcomes.terminate(s, self.setter, contract.id, code, "未达标", at=self.now),
            "drop": lambda s: contracts.drop(s, self.setter, contract.id, "谈不拢", at=self.now),
        }
        self.act(verbs[what])

    @precondition(lambda self: self.mechanism.name == "race")
    @rule(number=st.integers(1, 2))
    def a_stage_is_paid(self, number: int) -> None:
        self.act(lambda s: stages.pay(s, self.setter, self.id, number, at=self.now))

    @rule(amount=st.integers(1, 10**6))
    def somebody_invests(self, amount: int) -> None:
        with suppress(IndexError):
            answer = self.answers()[amount % 3]
            draft = CommitmentDraft(amount=Decimal(amount))
            self.act(lambda s: commitments.commit(s, self.funder, answer.id, draft, at=self.now))

    # -- what has to hold -------------------------------------------------------------------------

    @invariant()
    def nothing_sealed_is_read(self) -> None:
        if self.stored:
            self.check_sealed()

    def teardown(self) -> None:
        try:
            with view_of(self.engine) as session:
                assert verify(session).broken is None
                if hasattr(self, "id"):
                    challenge = session.get_one(Challenge, self.id)
                    moves = challenge_moves.mechanism_of(challenge).moves.values()
                    going = any(challenge.state in move.sources for move in moves)
                    assert going != (challenge.state in ENDED), "every state leads on, or is an end"
                    over = {one.state for one in self.answers()}
                    assert challenge.state not in ENDED or over <= OVER, "every answer has come to its end"
        finally:
            self.database.close()
            self.engine.dispose()
            shutil.rmtree(self.folder, ignore_errors=True)


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
        made.advance()
        made.now += DAY
        states.append(made.challenge.state)
    made.teardown()
    assert states[-1] is ChallengeState.FINISHED, made.refusals[-4:]
