"""Milestones and outcomes: handed in, accepted against the indicators, paid once, and how it all ends."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from awards_support import (
    NOON,
    OPERATOR,
    SECRETS,
    Scene,
    awarded,
    contract_draft,
    everything,
    milestone,
    money,
    paid_out,
    report,
    scene,
    signed,
)
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import Session, select

from matcher import events
from matcher.awards import awards, contracts, milestones, negotiations, outcomes
from matcher.awards.drafts import DeliveredValue, MilestoneReport, OfferDraft
from matcher.entities import Award, Contract, Milestone, Offer, OutcomeCode
from matcher.errors import Forbidden, Invalid, JiebangError, NotAllowed, NotFound
from matcher.sessions import reading, writing
from matcher.states import AnswerState, ChallengeState, ContractState, MilestoneState, OfferState


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


# -- milestones ------------------------------------------------------------------------------------


@ON_BOTH
def test_a_milestone_is_handed_in_accepted_and_paid(session: Session) -> None:
    made, id = signed(session)
    last = milestone(session, id, 2)
    milestones.submit(session, made.researchers[0], last, report(), at=NOON)
    found = milestones.accept(session, made.poster, last, at=NOON)
    assert [(one["indicator"], one["outcome"]) for one in found.measured] == [(0, "met"), (1, "met")]
    assert milestones.pay(session, made.poster, last, "转账 1", at=NOON).state is MilestoneState.PAID
    assert money(session, made) == (900_000, 300_000, 600_000, 0)
    assert made.events(session)[-4:] == ["milestone.submit", "milestone.accept", "milestone.pay", "ledger.pay"]


def test_it_is_paid_once_and_not_before_it_is_accepted(session: Session) -> None:
    made, id = signed(session)
    first = milestone(session, id)
    with pytest.raises(NotAllowed, match="Cannot pay what is open"):
        milestones.pay(session, made.setter, first, at=NOON)
    paid_out(session, made, id, 1)
    with pytest.raises(NotAllowed, match="Cannot pay what is paid"):
        milestones.pay(session, made.setter, first, at=NOON)
    assert money(session, made) == (900_000, 600_000, 300_000, 0)


def test_every_indicator_that_it_is_accepted_against_is_measured(session: Session) -> None:
    made, id = signed(session)
    said = MilestoneReport(report="好", measured=[DeliveredValue(indicator=0, value=1, unit="ppm")])
    with pytest.raises(Invalid, match=r"^measured: 首次放电比容量 \(indicator 1\) is not measured"):
        milestones.submit(session, made.lab, milestone(session, id, 2), said, at=NOON)
    beyond = MilestoneReport(report="好", measured=[DeliveredValue(indicator=3, value=1)])
    with pytest.raises(Invalid, match="^measured: the challenge has 3"):
        milestones.submit(session, made.lab, milestone(session, id, 1), beyond, at=NOON)


@pytest.mark.parametrize(
    ("alkali", "capacity", "missed"),
    [(900, 210, "表面残碱"), (600, 200, "首次放电比容量"), (900, 100, "表面残碱, 首次放电比容量")],
)
def test_what_misses_an_indicator_is_accepted_with_a_reason_alone(
    session: Session, alkali: float, capacity: float, missed: str
) -> None:
    made, id = signed(session)
    last = milestone(session, id, 2)
    milestones.submit(session, made.lab, last, report(alkali, capacity), at=NOON)
    with pytest.raises(Invalid, match=f"^remark: {missed}: say why"):
        milestones.accept(session, made.setter, last, at=NOON)
    found = milestones.accept(session, made.setter, last, "产线可用", at=NOON)
    assert (found.state, found.remark) == (MilestoneState.ACCEPTED, "产线可用")


def test_values_are_compared_as_quantities(session: Session) -> None:
    made, id = signed(session)
    last = milestone(session, id, 2)
    said = MilestoneReport(
        report="好",
        measured=[
            DeliveredValue(indicator=0, value=0.06, unit="%"),
            DeliveredValue(indicator=1, value=0.21, unit="Ah/g"),
        ],
    )
    found = milestones.submit(session, made.lab, last, said, at=NOON)
    assert [one["outcome"] for one in found.measured] == ["met", "met"]


def test_what_is_sent_back_is_handed_in_again(session: Session) -> None:
    made, id = signed(session)
    first = milestone(session, id)
    milestones.submit(session, made.lab, first, report(), at=NOON)
    milestones.send_back(session, made.poster, first, "缺第三方报告", at=NOON)
    with pytest.raises(NotAllowed):
        milestones.accept(session, made.poster, first, at=NOON)
    found = milestones.submit(session, made.lab, first, report(), at=NOON)
    assert (found.state, found.remark) == (MilestoneState.SUBMITTED, "")
    told = str([one.detail for one in events.of_thing(session, f"challenge:{made.challenge.id}")])
    assert "第三方" not in told


def test_each_step_is_of_one_side(session: Session) -> None:
    made, id = signed(session)
    first = milestone(session, id)
    for actor in (made.setter, made.poster, OPERATOR):
        with pytest.raises(Forbidden):
            milestones.submit(session, actor, first, report(), at=NOON)
    milestones.submit(session, made.lab, first, report(), at=NOON)
    for actor in (made.lab, OPERATOR):
        with pytest.raises(Forbidden):
            milestones.accept(session, actor, first, at=NOON)
    with pytest.raises(NotFound, match=f"No milestone '{first}'"):
        milestones.accept(session, made.stranger, first, at=NOON)


# -- files -----------------------------------------------------------------------------------------


def test_files_of_a_milestone_are_for_its_readers_and_end_with_its_acceptance(session: Session) -> None:
    made, id = signed(session)
    first = milestone(session, id)
    added = milestones.attach(session, made.lab, first, "报告.pdf", b"%PDF-1.7", at=NOON)
    assert added.sha256 == hashlib.sha256(b"%PDF-1.7").hexdigest()
    assert [one.id for one in milestones.attachments(session, made.setter, first)] == [added.id]
    assert milestones.attachment(session, OPERATOR, first, added.id).content == b"%PDF-1.7"
    with pytest.raises(NotFound):
        milestones.attachment(session, made.stranger, first, added.id)
    with pytest.raises(NotFound, match="attachment"):
        milestones.attachment(session, made.lab, milestone(session, id, 2), added.id)
    milestones.submit(session, made.lab, first, report(), at=NOON)
    milestones.accept(session, made.setter, first, at=NOON)
    with pytest.raises(NotAllowed, match="nothing is added"):
        milestones.attach(session, made.lab, first, "b.pdf", b"%PDF-1.7", at=NOON)


def test_a_milestone_takes_no_more_files_than_that(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milestones, "MOST_FILES", 1)
    made, id = signed(session)
    milestones.attach(session, made.lab, milestone(session, id), "a.pdf", b"%PDF-1.7", at=NOON)
    with pytest.raises(Invalid, match="at most 1 files"):
        milestones.attach(session, made.lab, milestone(session, id), "b.pdf", b"%PDF-1.7", at=NOON)


# -- outcomes --------------------------------------------------------------------------------------


def test_a_contract_is_complete_once_all_is_paid_and_then_the_challenge(session: Session) -> None:
    made, id = signed(session)
    with pytest.raises(NotAllowed, match="Awards whose contract has not ended: 1"):
        outcomes.finish(session, made.setter, made.challenge.id, at=NOON)
    paid_out(session, made, id, 1)
    with pytest.raises(NotAllowed, match="Milestone 2 is open: it is not paid yet"):
        outcomes.complete(session, made.setter, id, OutcomeCode.ACHIEVED, at=NOON)
    paid_out(session, made, id, 2)
    outcomes.complete(session, made.setter, id, OutcomeCode.ACHIEVED, at=NOON)
    assert outcomes.finish(session, made.setter, made.challenge.id, at=NOON).state is ChallengeState.FINISHED
    assert money(session, made) == (900_000, 0, 900_000, 0)


@ON_BOTH
def test_one_that_is_broken_off_pays_what_was_accepted_and_releases_the_rest(session: Session) -> None:
    made, id = signed(session)
    first = milestone(session, id)
    milestones.submit(session, made.lab, first, report(), at=NOON)
    milestones.accept(session, made.setter, first, at=NOON)
    with pytest.raises(NotAllowed, match="Milestone 1 is accepted: record its payment first"):
        outcomes.terminate(session, made.setter, id, OutcomeCode.TEAM_LEFT, "团队离职", at=NOON)
    milestones.pay(session, made.setter, first, at=NOON)
    found = outcomes.terminate(session, made.setter, id, OutcomeCode.TEAM_LEFT, "团队离职", at=NOON)
    assert (found.state, found.outcome, found.ended_at) == (ContractState.TERMINATED, OutcomeCode.TEAM_LEFT, NOON)
    assert [one.state for one in milestones.listed(session, made.lab, id)] == [
        MilestoneState.PAID,
        MilestoneState.CANCELLED,
    ]
    assert money(session, made) == (900_000, 0, 300_000, 600_000)
    with pytest.raises(NotAllowed, match="This contract is terminated"):
        milestones.submit(session, made.lab, milestone(session, id, 2), report(), at=NOON)
    told = str([one.detail for one in events.of_thing(session, f"challenge:{made.challenge.id}")])
    assert ("团队离职" in told, "team_left" in told) == (False, True)


def test_an_outcome_that_is_not_a_success_says_why(session: Session) -> None:
    made, id = signed(session)
    with pytest.raises(Invalid, match="^text: "):
        outcomes.terminate(session, made.setter, id, OutcomeCode.NEED_GONE, "", at=NOON)
    with pytest.raises(Invalid, match="^outcome: "):
        outcomes.terminate(session, made.setter, id, OutcomeCode.ACHIEVED, "好", at=NOON)
    for number in (1, 2):
        paid_out(session, made, id, number)
    with pytest.raises(Invalid, match="^text: "):
        outcomes.complete(session, made.setter, id, OutcomeCode.TECHNICAL_FAILURE, at=NOON)
    found = outcomes.complete(session, made.setter, id, OutcomeCode.TECHNICAL_FAILURE, "寿命不足", at=NOON)
    assert (found.state, found.outcome_text) == (ContractState.COMPLETED, "寿命不足")


def test_the_setter_closes_a_contract(session: Session) -> None:
    made, id = signed(session)
    for actor in (made.lab, OPERATOR):
        with pytest.raises(Forbidden):
            outcomes.terminate(session, actor, id, OutcomeCode.DISPUTE, "争议", at=NOON)


# -- at the same moment ----------------------------------------------------------------------------


def at_once(engine: Engine, *acts: Callable[[Session], Any]) -> list[str]:
    """What comes of acts that all start before any of them can hold the record: done, or the refusal's kind."""

    def attempt(act: Callable[[Session], Any]) -> str:
        try:
            with writing(engine) as session:
                act(session)
        except JiebangError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        with writing(engine) as session:
            events.lock(session)
            running = [pool.submit(attempt, act) for act in acts]
            time.sleep(0.3)  # they get as far as they can
        return sorted(future.result(30) for future in running)


def act(verb: Callable[..., Any], *arguments: Any) -> Callable[[Session], Any]:
    return lambda session: verb(session, *arguments, at=NOON)


def laid(engine: Engine, lay: Callable[[Session], Any]) -> Any:
    with writing(engine) as session:
        laid = lay(session)
        for one in laid if isinstance(laid, tuple) else (laid,):
            if isinstance(one, Scene):
                session.refresh(one.challenge)
                for answer in one.answers:
                    session.refresh(answer)
        session.expunge_all()
        return laid


@ON_BOTH
def test_of_two_settlements_one_is_made(engine: Engine) -> None:
    made = laid(engine, scene)
    id = made.challenge.id
    said = everything(made)
    settlements = [act(awards.settle, SECRETS, actor, id, said) for actor in (made.setter, made.setter)]
    assert at_once(engine, *settlements) == [
        "NotAllowed",
        "done",
    ]
    with reading(engine) as session:
        assert len(session.exec(select(Award)).all()) == 1
        assert money(session, made) == (900_000, 900_000, 0, 0)


@ON_BOTH
def test_of_two_payments_one_is_recorded(engine: Engine) -> None:
    def accepted(session: Session) -> tuple[Scene, str]:
        made, id = signed(session)
        first = milestone(session, id)
        milestones.submit(session, made.lab, first, report(), at=NOON)
        milestones.accept(session, made.setter, first, at=NOON)
        return made, first

    made, first = laid(engine, accepted)
    assert at_once(engine, act(milestones.pay, made.setter, first), act(milestones.pay, made.poster, first)) == [
        "NotAllowed",
        "done",
    ]
    with reading(engine) as session:
        assert money(session, made) == (900_000, 600_000, 300_000, 0)


@ON_BOTH
def test_two_confirmations_sign_once_and_an_acceptance_is_made_once(engine: Engine) -> None:
    def drafted(session: Session) -> tuple[Scene, str]:
        made, award = awarded(session)
        return made, contracts.draft(session, made.lab, award, contract_draft("500000.00"), at=NOON).id

    made, id = laid(engine, drafted)
    assert at_once(engine, act(contracts.confirm, made.setter, id, 1), act(contracts.confirm, made.lab, id, 1)) == [
        "done",
        "done",
    ]
    with writing(engine) as session:
        assert session.get_one(Contract, id).state is ContractState.SIGNED
        [first] = session.exec(select(Milestone.id)).all()
        assert money(session, made) == (900_000, 500_000, 0, 400_000)
        milestones.submit(session, made.lab, first, report(), at=NOON)
    assert at_once(engine, act(milestones.accept, made.setter, first), act(milestones.accept, made.poster, first)) == [
        "NotAllowed",
        "done",
    ]


@ON_BOTH
def test_of_two_offers_agreed_to_one_holds(engine: Engine) -> None:
    def offered(session: Session) -> tuple[Scene, list[str]]:
        made = scene(
            session, "directed_commission", answers=2, state=ChallengeState.GRADING, answer_state=AnswerState.ADMITTED
        )
        terms = OfferDraft(terms=contract_draft("5.00"))
        return made, [negotiations.offer(session, made.setter, one.id, terms, at=NOON).id for one in made.answers]

    made, (first, second) = laid(engine, offered)
    assert at_once(
        engine, act(negotiations.agree, made.labs[0], first), act(negotiations.agree, made.labs[1], second)
    ) == ["Conflict", "done"]
    with reading(engine) as session:
        assert sorted(session.exec(select(Offer.state))) == [OfferState.AGREED, OfferState.MADE]
