"""Contracts: drafted, edited, signed by both sides in the same version, changed, dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from awards_support import (
    NOON,
    OPERATOR,
    SECRETS,
    Scene,
    awarded,
    contract_draft,
    milestone,
    money,
    paid_out,
    report,
    scene,
    signed,
)
from databases import ON_BOTH
from grading_support import person
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events
from matcher.actors import COMMAND_LINE
from matcher.awards import awards, changes, contracts, ledger, milestones, negotiations
from matcher.awards.cases import Side
from matcher.awards.drafts import ChangeDraft, ContractDraft, MilestoneChange, MilestoneDraft, OfferDraft, Terms
from matcher.drafts import CooperationMode
from matcher.entities import Commitment, Contract, Ownership
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound, StaleVersion
from matcher.states import AnswerState, ChallengeState, ChangeState, CommitmentState, ContractState, MilestoneState


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


# -- drafts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"amount": "5"}, "the milestones pay 900,000.00 together"),
        ({"ownership": "transfer_with_revenue"}, "says which part: revenue_share"),
        ({"kind": "equity"}, "says which part of the capital"),
        ({"begins": "2026-05-01", "ends": "2026-04-30"}, "before it begins"),
        ({"benefit_shares": [{"party": "甲", "share": 0.6}, {"party": "乙", "share": 0.5}]}, "add up to more than 1"),
        ({"benefit_shares": [{"party": "甲", "share": 0.6, "after_end": True}] * 2}, "add up to more than 1"),
        ({"parts": [{"party": "甲", "share": 0.6}, {"party": "乙", "share": 0.5}]}, "more than all of the money"),
        ({"kind": "barter"}, "kind"),
        ({"amount": "-1", "milestones": []}, "amount"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_terms_that_contradict_themselves_are_refused(said: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ContractDraft.model_validate(contract_draft().model_dump(mode="json") | said)


def test_shares_during_the_project_and_after_it_are_added_up_apart() -> None:
    shares = [
        {"party": party, "share": 0.5, "after_end": after_end, "basis": "销售额"}
        for party in ("甲", "乙")
        for after_end in (False, True)
    ]
    assert len(contract_draft(benefit_shares=shares).benefit_shares) == 4


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (contract_draft("900000.01"), "amount: 900,000.01 is more than was awarded"),
        (contract_draft(currency="USD"), "currency: the award is in CNY"),
        (
            ContractDraft(
                kind=CooperationMode.SERVICE, ownership=Ownership.FULL, amount=Decimal(1),
                milestones=[MilestoneDraft(title="一", amount=Decimal(1), indicators=[3])],
            ),
            "milestones.0.indicators: the challenge has 3 indicators",
        ),
    ],
)  # fmt: skip
def test_a_contract_keeps_to_its_award(session: Session, said: ContractDraft, place: str) -> None:
    made, award = awarded(session)
    with pytest.raises(Invalid, match=f"^{place}"):
        contracts.draft(session, made.setter, award, said, at=NOON)


def test_an_award_has_one_contract(session: Session) -> None:
    made, award = awarded(session)
    contract = contracts.draft(session, made.poster, award, contract_draft(), at=NOON)
    with pytest.raises(Conflict, match="has a contract already"):
        contracts.draft(session, made.lab, award, contract_draft(), at=NOON)
    assert contracts.of_award(session, made.lab, award).id == contract.id


# -- signing ---------------------------------------------------------------------------------------


@ON_BOTH
def test_it_is_signed_once_both_sides_confirmed_the_same_version(session: Session) -> None:
    made, award = awarded(session)
    said = contract_draft("300000.00", "500000.00")
    contract = contracts.draft(session, made.lab, award, said, at=NOON)
    contracts.confirm(session, made.setter, contract.id, 1, at=NOON)
    assert (contract.state, contract.confirmed_by_setter) == (ContractState.DRAFT, made.setter.name)
    contracts.confirm(session, made.lab, contract.id, 1, at=NOON)
    assert (contract.state, contract.signed_at) == (ContractState.SIGNED, NOON)
    assert [
        (one.number, one.title, one.amount, one.state) for one in milestones.listed(session, made.lab, contract.id)
    ] == [
        (1, "第1阶段", 300_000, MilestoneState.OPEN),
        (2, "第2阶段", 500_000, MilestoneState.OPEN),
    ]
    assert money(session, made) == (900_000, 800_000, 0, 100_000)
    assert made.events(session)[3:] == [
        "contract.drafted", "contract.confirmed", "contract.confirmed", "contract.sign", "ledger.release",
    ]  # fmt: skip


def test_an_edit_takes_confirmations_back(session: Session) -> None:
    made, award = awarded(session)
    contract = contracts.draft(session, made.lab, award, contract_draft(), at=NOON)
    contracts.confirm(session, made.setter, contract.id, 1, at=NOON)
    contracts.edit(session, made.researchers[0], contract.id, contract_draft("100.00"), versions=[1], at=NOON)
    assert (contract.version, contract.confirmed_by_setter, contract.amount) == (2, "", 100)
    with pytest.raises(StaleVersion):
        contracts.confirm(session, made.lab, contract.id, 1, at=NOON)
    with pytest.raises(StaleVersion):
        contracts.edit(session, made.lab, contract.id, contract_draft(), versions=[1], at=NOON)
    contracts.confirm(session, made.lab, contract.id, 2, at=NOON)
    assert contract.state is ContractState.DRAFT


def test_only_managers_of_the_two_sides_sign(session: Session) -> None:
    made, award = awarded(session)
    contract = contracts.draft(session, made.lab, award, contract_draft(), at=NOON)
    for actor in (made.poster, made.researchers[0], OPERATOR):
        with pytest.raises(Forbidden):
            contracts.confirm(session, actor, contract.id, 1, at=NOON)
    with pytest.raises(NotFound):
        contracts.confirm(session, made.stranger, contract.id, 1, at=NOON)
    with pytest.raises(Invalid, match="^side: "):
        contracts.confirm(session, COMMAND_LINE, contract.id, 1, at=NOON)
    contracts.confirm(session, COMMAND_LINE, contract.id, 1, Side.ANSWERER, at=NOON)
    assert contract.confirmed_by_answerer == COMMAND_LINE.name


def test_money_without_milestones_is_not_signed(session: Session) -> None:
    made, award = awarded(session)
    said = ContractDraft(kind=CooperationMode.LICENCE, ownership=Ownership.LICENCE, amount=Decimal(5))
    contract = contracts.draft(session, made.lab, award, said, at=NOON)
    with pytest.raises(NotAllowed, match="no milestones yet"):
        contracts.confirm(session, made.setter, contract.id, 1, at=NOON)


def test_an_open_licence_for_nothing_releases_the_whole_award(session: Session) -> None:
    made, award = awarded(session)
    said = ContractDraft(kind=CooperationMode.OPEN_LICENCE, ownership=Ownership.LICENCE, amount=Decimal(0))
    contract = contracts.draft(session, made.lab, award, said, at=NOON)
    for actor in (made.setter, made.lab):
        contracts.confirm(session, actor, contract.id, 1, at=NOON)
    assert (contract.state, money(session, made)) == (ContractState.SIGNED, (900_000, 0, 0, 900_000))


def test_what_is_signed_is_neither_edited_nor_signed_again_nor_dropped(session: Session) -> None:
    made, id = signed(session)
    with pytest.raises(NotAllowed, match="ask for a change"):
        contracts.edit(session, made.lab, id, contract_draft(), at=NOON)
    with pytest.raises(NotAllowed, match="Cannot sign"):
        contracts.confirm(session, made.lab, id, 1, at=NOON)
    with pytest.raises(NotAllowed, match="Cannot drop"):
        contracts.drop(session, made.lab, id, "不签了", at=NOON)


def test_a_contract_that_is_dropped_gives_its_money_back(session: Session) -> None:
    made, award = awarded(session)
    contract = contracts.draft(session, made.lab, award, contract_draft(), at=NOON)
    contracts.drop(session, made.setter, contract.id, "条件谈不拢", at=NOON)
    assert (contract.state, contract.outcome_text) == (ContractState.DROPPED, "条件谈不拢")
    assert money(session, made) == (900_000, 0, 0, 900_000)
    assert "谈不拢" not in str([one.detail for one in events.of_thing(session, f"challenge:{made.challenge.id}")])


# -- changes ---------------------------------------------------------------------------------------


def change(**said: Any) -> ChangeDraft:
    return ChangeDraft(reason="用户现场推迟", **said)


def asked(session: Session, made: Scene, id: str, said: ChangeDraft) -> str:
    """By the lab."""
    return changes.ask(session, made.lab, id, said, at=NOON).id


def amounts(session: Session, made: Scene, id: str) -> list[tuple[int, MilestoneState]]:
    return [(int(one.amount), one.state) for one in milestones.listed(session, made.lab, id)]


@ON_BOTH
def test_a_change_holds_once_the_other_side_agrees(session: Session) -> None:
    made, id = signed(session)
    terms = Terms(kind=CooperationMode.TRANSFER, ownership=Ownership.FULL, risk_sharing="各半")
    said = change(
        terms=terms,
        amend=[MilestoneChange(number=1, due=date(2027, 1, 1), amount=Decimal(200_000))],
        cancel=[2],
        add=[MilestoneDraft(title="复测", amount=Decimal(400_000), indicators=[0])],
    )
    wanted = asked(session, made, id, said)
    changes.agree(session, made.setter, wanted, at=NOON)
    contract = session.get_one(Contract, id)
    assert amounts(session, made, id) == [
        (200_000, MilestoneState.OPEN),
        (600_000, MilestoneState.CANCELLED),
        (400_000, MilestoneState.OPEN),
    ]
    assert (contract.amount, contract.version, contract.kind) == (600_000, 2, CooperationMode.TRANSFER)
    assert contract.terms["risk_sharing"] == "各半"
    assert money(session, made) == (900_000, 600_000, 0, 300_000)
    with pytest.raises(NotAllowed):
        changes.agree(session, made.setter, wanted, at=NOON)


def more(amount: str) -> ChangeDraft:
    return change(add=[MilestoneDraft(title="扩展", amount=Decimal(amount))])


def test_what_a_change_adds_is_committed_out_of_what_is_left_of_the_budget(session: Session) -> None:
    made, id = signed(session, "300000.00", "500000.00")
    changes.agree(session, made.setter, asked(session, made, id, more("100000")), at=NOON)
    assert money(session, made) == (1_000_000, 900_000, 0, 100_000)
    for number in (1, 2, 3):
        paid_out(session, made, id, number)
    assert money(session, made) == (1_000_000, 0, 900_000, 100_000)


def test_a_change_beyond_the_budget_is_refused_with_what_would_make_it_possible(session: Session) -> None:
    made, id = signed(session, "300000.00", "500000.00")
    why = r"adds 100,000\.01, and 100,000\.00 is left of the budget: take 0\.01 off its milestones"
    with pytest.raises(NotAllowed, match=why):
        asked(session, made, id, more("100000.01"))
    waiting = asked(session, made, id, more("100000"))
    made.challenge.budget = Decimal(850_000)  # as if another award had been made out of it meanwhile
    with pytest.raises(NotAllowed, match="adds 100,000.00, and 50,000.00 is left"), session.begin_nested():
        changes.agree(session, made.setter, waiting, at=NOON)
    assert changes.listed(session, made.lab, id)[0].state is ChangeState.PROPOSED
    assert money(session, made)[0] == 900_000


def test_the_public_funder_bears_its_part_of_what_a_change_adds(session: Session) -> None:
    made, award = awarded(session, "explorer")
    said = contract_draft("300000.00", "500000.00")
    contract = contracts.draft(session, made.lab, award, said, at=NOON)
    for actor in (made.setter, made.lab):
        contracts.confirm(session, actor, contract.id, 1, at=NOON)
    changes.agree(session, made.setter, asked(session, made, contract.id, more("400000")), at=NOON)
    found = {one.party_id: one.open for one in ledger.balances(session, made.challenge.id)}
    assert found == {made.setter.organisation_id: 600_000, made.funder.organisation_id: 600_000}
    with pytest.raises(NotAllowed, match="600,000.00 is left of the budget of setter and funder together"):
        asked(session, made, contract.id, more("600000.01"))


def test_investors_bear_what_a_change_adds_within_what_they_firmly_committed(session: Session) -> None:
    made = scene(session, "invest_to_evaluate", budget=None)
    for actor, amount in ((made.funder, "200000"), (made.stranger, "100000")):
        session.add(
            Commitment(
                answer_id=made.answer.id, organisation_id=actor.organisation_id or "", state=CommitmentState.FIRM,
                amount=Decimal(amount), actor=actor.name,
            )
        )  # fmt: skip
    [award] = awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)
    contract = contracts.draft(session, made.lab, award.id, contract_draft("240000.00"), at=NOON)
    for actor in (made.setter, made.lab):
        contracts.confirm(session, actor, contract.id, 1, at=NOON)
    with pytest.raises(NotAllowed, match=r"adds 60,000\.01, and 60,000\.00 is left of what investors have"):
        asked(session, made, contract.id, more("60000.01"))
    changes.agree(session, made.setter, asked(session, made, contract.id, more("30000")), at=NOON)
    found = {one.party_id: one.open for one in ledger.balances(session, made.challenge.id)}
    assert found == {made.funder.organisation_id: 180_000, made.stranger.organisation_id: 90_000}


def test_what_was_negotiated_is_changed_as_the_two_sides_agree(session: Session) -> None:
    """No budget held them when they agreed on the award, for nobody competed under it."""
    made = scene(session, "directed_commission", state=ChallengeState.GRADING, answer_state=AnswerState.ADMITTED)
    terms = OfferDraft(terms=contract_draft())
    offer = negotiations.offer(session, made.setter, made.answer.id, terms, at=NOON)
    negotiations.agree(session, made.lab, offer.id, at=NOON)
    made.challenge.state, made.answer.state = ChallengeState.OBJECTING, AnswerState.SELECTED
    [award] = awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)
    contract = contracts.draft(session, made.lab, award.id, contract_draft(), at=NOON)
    for actor in (made.setter, made.lab):
        contracts.confirm(session, actor, contract.id, 1, at=NOON)
    changes.agree(session, made.setter, asked(session, made, contract.id, more("1")), at=NOON)
    assert money(session, made) == (900_001, 900_001, 0, 0)


@pytest.mark.parametrize(
    ("said", "error", "why"),
    [
        (change(cancel=[1]), NotAllowed, "Milestone 1 is paid"),
        (change(amend=[MilestoneChange(number=1, title="改")]), NotAllowed, "Milestone 1 is paid"),
        (change(cancel=[7]), Invalid, "there is no milestone 7"),
        (change(add=[MilestoneDraft(title="x", amount=1, indicators=[9])]), Invalid, "has 3 indicators"),
    ],
)
def test_a_change_that_cannot_be_made_is_not_asked_for(
    session: Session, said: ChangeDraft, error: type[Exception], why: str
) -> None:
    made, id = signed(session)
    paid_out(session, made, id, 1)
    with pytest.raises(error, match=why):
        asked(session, made, id, said)


@pytest.mark.parametrize(
    ("said", "why"),
    [({}, "nothing is changed"), ({"cancel": [1, 1]}, "once"), ({"cancel": [1], "amend": [{"number": 1}]}, "once")],
)
def test_a_change_that_says_nothing_or_twice_is_refused(said: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ChangeDraft.model_validate({"reason": "x"} | said)


def test_a_milestone_accepted_in_between_stands_against_the_change(session: Session) -> None:
    made, id = signed(session)
    wanted = asked(session, made, id, change(cancel=[1]))
    milestones.submit(session, made.lab, milestone(session, id), report(), at=NOON)
    milestones.accept(session, made.setter, milestone(session, id), at=NOON)
    with pytest.raises(NotAllowed, match="Milestone 1 is accepted"), session.begin_nested():
        changes.agree(session, made.setter, wanted, at=NOON)
    assert changes.listed(session, made.lab, id)[0].state is ChangeState.PROPOSED


def test_who_asks_for_a_change_does_not_answer_it_but_may_take_it_back(session: Session) -> None:
    made, id = signed(session)
    wanted = asked(session, made, id, change(cancel=[1]))
    with pytest.raises(Conflict, match="waits for its answer"):
        changes.ask(session, made.setter, id, change(cancel=[2]), at=NOON)
    for answer in (changes.agree, changes.decline):
        with pytest.raises(NotAllowed, match="Your own side"):
            answer(session, made.lab, wanted, at=NOON)
    with pytest.raises(NotAllowed, match="other side asked"):
        changes.take_back(session, made.setter, wanted, at=NOON)
    changes.take_back(session, made.lab, wanted, at=NOON)
    second = changes.ask(session, made.setter, id, change(cancel=[2]), at=NOON)
    changes.decline(session, made.lab, second.id, at=NOON, reason="不同意")
    assert [one.state for one in changes.listed(session, made.setter, id)] == [
        ChangeState.TAKEN_BACK,
        ChangeState.DECLINED,
    ]
    assert money(session, made) == (900_000, 900_000, 0, 0)


def test_only_what_is_signed_is_changed(session: Session) -> None:
    made, award = awarded(session)
    contract = contracts.draft(session, made.lab, award, contract_draft(), at=NOON)
    with pytest.raises(NotAllowed, match="only one that is signed"):
        asked(session, made, contract.id, change(cancel=[1]))


def test_a_change_does_not_add_up_to_more_than_an_amount_can_be(session: Session) -> None:
    made, id = signed(session)
    most = MilestoneDraft(title="加", amount=Decimal("9999999999999999.99"))
    with pytest.raises(Invalid, match="more together than an amount can be"):
        changes.ask(session, made.lab, id, change(add=[most]), at=NOON)


def test_who_belongs_to_both_sides_does_nothing_for_the_setter(session: Session) -> None:
    """One person would sign for both, and accept and pay what they handed in themselves."""
    made, award = awarded(session)
    torn = person(session, made.answer.organisation_id)
    for_setter, for_lab = replace(made.setter, person_id=torn), replace(made.lab, person_id=torn)
    contract = contracts.draft(session, for_lab, award, contract_draft(), at=NOON)
    contracts.confirm(session, for_lab, contract.id, contract.version, at=NOON)
    with pytest.raises(Forbidden, match="somebody else does this"):
        contracts.confirm(session, for_setter, contract.id, contract.version, at=NOON)
    contracts.confirm(session, made.setter, contract.id, contract.version, at=NOON)
    first = milestone(session, contract.id)
    milestones.submit(session, for_lab, first, report(), at=NOON)
    with pytest.raises(Forbidden, match="somebody else does this"):
        milestones.accept(session, for_setter, first, at=NOON)
    assert contracts.get(session, for_setter, contract.id).state is ContractState.SIGNED
