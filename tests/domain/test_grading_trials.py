"""User evaluation, invest-to-evaluate, and what of it all foretold success."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from grading_support import DAY, NOON, OPERATOR, Stage, as_person, invite, organisation, person, stage
from policy_tables import at
from sqlalchemy import Engine
from sqlmodel import Session

from matcher.actors import ANONYMOUS, Actor
from matcher.drafts import MOST_MONEY, CooperationMode
from matcher.entities import Award, Commitment, Contract, OrganisationKind, OutcomeCode, Ownership, Role, Verdict
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound
from matcher.grading import closing, commitments, foresight, standings, trials
from matcher.grading.commitments import CommitmentDraft
from matcher.grading.measuring import Measured
from matcher.grading.trials import ReportDraft, TrialDraft
from matcher.states import AnswerState, CommitmentState, ContractState


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


# -- trials ----------------------------------------------------------------------------------------


@pytest.fixture
def staged(session: Session) -> Stage:
    return stage(session, 2)


def named(session: Session, staged: Stage, user: str, *, days: int | None = None, number: int = 1) -> str:
    draft = TrialDraft(person_id=user, due=None if days is None else NOON + days * DAY)
    return trials.name_user(session, staged.setter, staged.answers[number - 1].id, draft, at=NOON).id


ADOPT = ReportDraft(verdict=Verdict.ADOPT, measured=[Measured(indicator=0, value=0.07, unit="wt%")], report="可用")


def test_a_user_tries_measures_and_says_so(session: Session, staged: Stage) -> None:
    user = person(session)
    id = named(session, staged, user)
    assert [one.id for _, _, one in trials.own(session, as_person(user), user)] == [id]
    trials.report(session, as_person(user), id, ReportDraft(verdict=Verdict.REJECT), at=NOON)
    told = trials.report(session, as_person(user), id, ADOPT, at=NOON + DAY)
    assert (told.verdict, told.told_at) == (Verdict.ADOPT, NOON + DAY)
    assert [(one["outcome"], one["why"]) for one in told.measured] == [
        ("met", "0.07 wt% (= 700 ppm), wanted ≤ 800 ppm")
    ]


def test_what_a_user_found_is_private_until_the_round_closes(session: Session, staged: Stage) -> None:
    user, answer = person(session), staged.answers[0].id
    id = named(session, staged, user)
    trials.report(session, as_person(user), id, ADOPT, at=NOON)
    for actor in (staged.setter, OPERATOR):
        assert trials.of_answer(session, actor, answer) == []
    for actor in (staged.setter, staged.lab(1), as_person(person(session)), ANONYMOUS):
        with pytest.raises(NotFound):
            trials.read(session, actor, id)
        with pytest.raises(NotFound):
            trials.report(session, actor, id, ADOPT, at=NOON)
    staged.graded(session, 80, 60)
    assert [one.id for one in trials.of_answer(session, staged.setter, answer)] == [id]
    first, second = standings.read(session, staged.setter, staged.id).by_rank
    assert (first.verdicts, first.misses) == ((Verdict.ADOPT,), ())
    assert [(one.name, one.why) for one in second.misses] == [
        ("表面残碱", "measured in no trial; graders judge what the answer shows")
    ]
    with pytest.raises(NotAllowed, match="not being graded"):
        trials.report(session, as_person(user), id, ADOPT, at=NOON)


def test_a_round_waits_for_trials_that_are_not_due_yet(session: Session, staged: Stage) -> None:
    user = person(session)
    id = named(session, staged, user, days=10)
    named(session, staged, person(session))
    for number in (1, 2):
        staged.grade(session, number, 80)
    with pytest.raises(NotAllowed, match="Trials neither reported nor due yet: 1"):
        closing.close(session, staged.setter, staged.id, at=NOON + 9 * DAY)
    trials.report(session, as_person(user), id, ADOPT, at=NOON)
    closing.close(session, staged.setter, staged.id, at=NOON + 9 * DAY)


def test_whom_nobody_names(session: Session, staged: Stage) -> None:
    user = person(session)
    named(session, staged, user)
    with pytest.raises(Conflict):
        named(session, staged, user)
    with pytest.raises(Forbidden, match="conflict of interest"):
        named(session, staged, person(session, staged.answers[0].organisation_id))
    with pytest.raises(NotFound):
        named(session, staged, "nobody")
    with pytest.raises(Invalid, match="^due: "):
        named(session, staged, person(session), days=0)
    with pytest.raises(Forbidden):
        trials.name_user(session, staged.lab(1), staged.answers[0].id, TrialDraft(person_id=user), at=NOON)
    staged.answers[1].state = AnswerState.WITHDRAWN
    with pytest.raises(NotAllowed, match="withdrawn"):
        named(session, staged, user, number=2)
    assert [one.person_id for one in trials.named(session, staged.setter, staged.id)] == [user]


def test_a_measurement_of_an_indicator_that_is_not_asked_for_is_refused(session: Session, staged: Stage) -> None:
    user = person(session)
    draft = ReportDraft(verdict=Verdict.ADOPT, measured=[Measured(indicator=2, value=1)])
    with pytest.raises(Invalid, match="^measured: no indicator 2"):
        trials.report(session, as_person(user), named(session, staged, user), draft, at=NOON)


# -- commitments -----------------------------------------------------------------------------------


@pytest.fixture
def funded(session: Session) -> Stage:
    return stage(session, 3, "invest_to_evaluate")


def investor(session: Session, staged: Stage) -> Actor:
    return invite(session, staged.challenge, organisation(session, OrganisationKind.COMPANY))


def commit(session: Session, staged: Stage, actor: Actor, number: int, amount: int) -> str:
    draft = CommitmentDraft(amount=Decimal(amount), conditions="完成中试")
    return commitments.commit(session, actor, staged.answers[number - 1].id, draft, at=NOON).id


def test_what_stands_when_the_round_closes_is_firm_and_ranks(session: Session, funded: Stage) -> None:
    first, second = investor(session, funded), investor(session, funded)
    commit(session, funded, first, 1, 100)
    commit(session, funded, first, 2, 300)
    withdrawn = commit(session, funded, second, 1, 900)
    commitments.withdraw(session, second, withdrawn, at=NOON)
    commit(session, funded, second, 2, 50)
    closing.close(session, funded.setter, funded.id, at=NOON)
    found = standings.read(session, funded.setter, funded.id).by_rank
    assert [(one.answer.number, one.rank, one.committed, one.investors) for one in found] == [
        (2, 1, Decimal(350), 2),
        (1, 2, Decimal(100), 1),
        (3, 3, Decimal(0), 0),
    ]
    assert {one.state for one in commitments.of_answer(session, funded.setter, funded.answers[0].id)} == {
        CommitmentState.FIRM,
        CommitmentState.WITHDRAWN,
    }
    with pytest.raises(NotAllowed):
        commit(session, funded, first, 3, 10)


def test_an_organisation_commits_once_to_an_answer_and_may_think_again(session: Session, funded: Stage) -> None:
    actor = investor(session, funded)
    id = commit(session, funded, actor, 1, 100)
    with pytest.raises(Conflict):
        commit(session, funded, actor, 1, 200)
    commitments.withdraw(session, actor, id, at=NOON)
    commit(session, funded, actor, 1, 200)
    with pytest.raises(NotAllowed, match="Cannot withdraw"):
        commitments.withdraw(session, actor, id, at=NOON)


def test_what_is_committed_to_an_answer_is_an_amount_in_all(session: Session, funded: Stage) -> None:
    assert CommitmentDraft(amount=commitments.MOST).amount * 10_000 < MOST_MONEY
    with pytest.raises(ValueError, match=r"999,999,999,999\.99 is the most"):
        CommitmentDraft(amount=commitments.MOST + Decimal("0.01"))
    other = investor(session, funded).organisation_id or ""
    answer, all_others = funded.answers[0].id, MOST_MONEY - 100
    session.add(Commitment(answer_id=answer, organisation_id=other, actor="a", amount=all_others, at=NOON))
    session.flush()
    actor = investor(session, funded)
    with pytest.raises(Invalid, match="^amount: with what is committed to it already"):
        commit(session, funded, actor, 1, 101)
    commit(session, funded, actor, 1, 100)
    commit(session, funded, actor, 2, 101)


def test_investors_do_not_see_each_other_s_commitments(session: Session, funded: Stage) -> None:
    first, second = investor(session, funded), investor(session, funded)
    own, other = commit(session, funded, first, 1, 100), commit(session, funded, second, 1, 200)
    answer = funded.answers[0].id
    found = {
        who: [one.id for one in commitments.of_answer(session, actor, answer)]
        for who, actor in (("first", first), ("second", second), ("setter", funded.setter), ("lab", funded.lab(1)))
    }
    assert found == {"first": [own], "second": [other], "setter": [own, other], "lab": []}
    with pytest.raises(NotFound):
        commitments.withdraw(session, first, other, at=NOON)


def test_who_may_not_commit(session: Session, funded: Stage) -> None:
    inside = invite(session, funded.challenge, funded.answers[0].organisation_id)
    with pytest.raises(Forbidden, match="answer of their own"):
        commit(session, funded, inside, 1, 1)
    guest = investor(session, funded)
    for actor, error in (
        (at(guest.organisation_id or "", Role.RESEARCHER), NotFound),
        (funded.setter, Forbidden),
        (funded.lab(2), NotFound),
    ):
        with pytest.raises(error):
            commit(session, funded, actor, 1, 1)
    draft = CommitmentDraft(amount=Decimal(1), currency="USD")
    with pytest.raises(Invalid, match="^currency: "):
        commitments.commit(session, guest, funded.answers[0].id, draft, at=NOON)
    graded = stage(session, 1)
    with pytest.raises(NotFound):
        commit(session, graded, invite(session, graded.challenge, guest.organisation_id or ""), 1, 1)


# -- what foretold success -------------------------------------------------------------------------


def ended(session: Session, staged: Stage, number: int, outcome: OutcomeCode) -> None:
    answer = staged.answers[number - 1]
    award = Award(challenge_id=staged.id, answer_id=answer.id, amount=Decimal(1))
    session.add(award)
    session.flush()
    session.add(
        Contract(
            award_id=award.id,
            state=ContractState.COMPLETED,
            kind=CooperationMode.DEVELOPMENT,
            ownership=Ownership.FULL,
            terms={},
            amount=Decimal(1),
            outcome=outcome,
        )
    )
    session.flush()


def test_grades_stand_beside_what_became_of_it(session: Session) -> None:
    staged = stage(session, 5)
    staged.graded(session, 90, 80, 70, 60, 50)
    outcomes = [OutcomeCode.ACHIEVED] * 2 + [OutcomeCode.ACHIEVED_IN_PART, OutcomeCode.TOO_LATE, OutcomeCode.DISPUTE]
    for number, outcome in enumerate(outcomes, start=1):
        ended(session, staged, number, outcome)
    found = foresight.look_back(session, staged.setter)
    assert [(row.grade, row.rank, row.success) for row in found.rows] == [
        (90, 1, 1),
        (80, 2, 1),
        (70, 3, 0.5),
        (60, 4, 0),
        (50, 5, 0),
    ]
    assert found.by_grade == pytest.approx(0.894, abs=0.001)
    assert found.by_commitment is None
    assert foresight.look_back(session, staged.lab(1)).rows == ()


def test_few_contracts_foretell_nothing(session: Session) -> None:
    staged = stage(session, 2)
    staged.graded(session, 90, 80)
    ended(session, staged, 1, OutcomeCode.ACHIEVED)
    ended(session, staged, 2, OutcomeCode.TOO_LATE)
    assert foresight.look_back(session, OPERATOR).by_grade is None
