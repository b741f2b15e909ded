"""Settling a challenge: who is awarded how much, out of whose money; and the stage payments of a race."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from awards_support import (
    BUDGET,
    DAY,
    NOON,
    OPERATOR,
    SECRETS,
    Scene,
    asks,
    awarded,
    contract_draft,
    everything,
    money,
    scene,
)
from databases import ON_BOTH
from policy_tables import on_platform
from sqlalchemy import Engine
from sqlmodel import Session, select

from matcher import events
from matcher.awards import awards, ledger, stages
from matcher.entities import Answer, Commitment, Elimination, Objection, Offer, PlatformRole, Round
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound
from matcher.states import AnswerState, ChallengeState, CommitmentState, ObjectionState, OfferState


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


@ON_BOTH
@pytest.mark.parametrize(("budget", "amount"), [("650000.00", Decimal(650_000)), ("1200000.00", BUDGET)])
def test_the_one_selected_gets_what_it_asks_for_held_to_the_budget(
    session: Session, budget: str, amount: Decimal
) -> None:
    made = scene(session)
    asks(session, made, 1, budget)
    [award] = awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)
    assert (award.answer_id, award.amount, award.currency) == (made.answer.id, amount, "CNY")
    assert made.challenge.state is ChallengeState.AWARDED
    assert money(session, made) == (amount, amount, 0, 0)
    assert made.events(session) == ["challenge.settle", "award.made", "ledger.commit"]


def test_of_several_each_gets_what_it_asks_for_as_long_as_that_is_there(session: Session) -> None:
    made = scene(session, answers=2)
    asks(session, made, 1, "500000")
    asks(session, made, 2, "400000.01")
    with pytest.raises(Invalid, match="^amounts: more is asked for than is left"), session.begin_nested():
        awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)
    said = {made.answers[0].id: Decimal(450_000)}
    found = awards.settle(session, SECRETS, made.setter, made.challenge.id, said, reason="少一轮中试", at=NOON)
    assert [one.amount for one in found] == [Decimal(450_000), Decimal("400000.01")]


def test_another_amount_than_is_asked_for_is_for_who_decides_to_say_and_why(session: Session) -> None:
    made = scene(session)
    asks(session, made, 1, "650000")
    id, said = made.challenge.id, {made.answer.id: Decimal(900_000)}
    with pytest.raises(Forbidden, match="^How much is awarded is said by who decides"), session.begin_nested():
        awards.settle(session, SECRETS, OPERATOR, id, said, reason="够用", at=NOON)
    with pytest.raises(Invalid, match="^reason: say why another amount"), session.begin_nested():
        awards.settle(session, SECRETS, made.poster, id, said, reason=" ", at=NOON)
    [award] = awards.settle(session, SECRETS, made.poster, id, said, reason="增加一轮验证", at=NOON)
    [settled, *_] = events.of_thing(session, f"challenge:{id}")
    assert (award.amount, settled.detail["reason"]) == (900_000, "增加一轮验证")


def test_the_amount_that_is_asked_for_may_be_said_by_whoever_settles(session: Session) -> None:
    made = scene(session)
    asks(session, made, 1, "650000")
    said = {made.answer.id: Decimal(650_000)}
    assert awards.settle(session, SECRETS, OPERATOR, made.challenge.id, said, at=NOON)[0].amount == 650_000


@pytest.mark.parametrize(("mechanism", "budget"), [("open_challenge", None), ("innovation_challenge", "900000")])
def test_without_a_sum_asked_for_and_of_prizes_it_is_said(session: Session, mechanism: str, budget: str | None) -> None:
    made = scene(session, mechanism)
    asks(session, made, 1, budget)
    with pytest.raises(Invalid, match="^amounts: say how much answer 1 is awarded"):
        awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)


def test_several_are_awarded_what_is_said(session: Session) -> None:
    made = scene(session, "innovation_challenge", answers=3)
    prizes = dict(zip([one.id for one in made.answers], map(Decimal, ("500000", "300000", "100000")), strict=True))
    for desk in (OPERATOR, on_platform(PlatformRole.MATCHMAKER)):
        with pytest.raises(Forbidden, match="^How much is awarded is said by who decides"), session.begin_nested():
            awards.settle(session, SECRETS, desk, made.challenge.id, prizes, at=NOON)
    found = awards.settle(session, SECRETS, made.setter, made.challenge.id, prizes, at=NOON)
    assert {one.answer_id: one.amount for one in found} == prizes
    assert [one.number for _, one in awards.listed(session, made.setter, made.challenge.id)] == [1, 2, 3]
    assert money(session, made)[0] == BUDGET


def test_where_the_mechanism_lets_the_desk_decide_it_says_how_much(session: Session) -> None:
    made = scene(session, "innovation_challenge")
    moves = made.challenge.rules["moves"]
    desk_decides = {"moves": moves | {"determine": moves["determine"] | {"by": ["desk"]}}}
    made.challenge.rules = made.challenge.rules | desk_decides
    prize = {made.answer.id: Decimal(1)}
    with pytest.raises(Forbidden, match="^How much is awarded"), session.begin_nested():
        awards.settle(session, SECRETS, made.setter, made.challenge.id, prize, at=NOON)
    [award] = awards.settle(session, SECRETS, OPERATOR, made.challenge.id, prize, at=NOON)
    assert award.amount == 1


@pytest.mark.parametrize(
    ("amounts", "place"),
    [
        ({}, "amounts: say how much answer 1"),
        ({0: "1"}, "amounts: say how much answer 2"),
        ({0: "900000", 1: "0.01"}, "amounts: 900,000.01 together is more than the 900,000.00 left"),
        ({0: "1", 1: "1", "nobody": "1"}, "amounts.nobody: is not selected"),
    ],
)
def test_amounts_that_do_not_fit_are_refused(session: Session, amounts: dict[object, str], place: str) -> None:
    made = scene(session, "innovation_challenge", answers=2)
    said = {
        made.answers[key].id if isinstance(key, int) else str(key): Decimal(amount) for key, amount in amounts.items()
    }
    with pytest.raises(Invalid, match=f"^{place}"):
        awards.settle(session, SECRETS, made.setter, made.challenge.id, said, at=NOON)


@pytest.mark.parametrize(
    ("asked", "own", "public"),
    [("2000000.00", "900000.00", "900000.00"), ("100.01", "50.01", "50.00")],
)
def test_a_public_funder_puts_in_its_part(session: Session, asked: str, own: str, public: str) -> None:
    made = scene(session, "explorer")
    asks(session, made, 1, asked)
    awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)
    found = {one.party_id: one.committed for one in ledger.balances(session, made.challenge.id)}
    assert found == {made.setter.organisation_id: Decimal(own), made.funder.organisation_id: Decimal(public)}


def test_investors_put_in_what_they_firmly_committed(session: Session) -> None:
    made = scene(session, "invest_to_evaluate", budget=None)
    for actor, state, amount in (
        (made.funder, CommitmentState.FIRM, "200"),
        (made.funder, CommitmentState.FIRM, "50.50"),
        (made.stranger, CommitmentState.FIRM, "100"),
        (made.stranger, CommitmentState.WITHDRAWN, "7"),
    ):
        session.add(
            Commitment(
                answer_id=made.answer.id, organisation_id=actor.organisation_id or "", state=state,
                amount=Decimal(amount), actor=actor.name,
            )
        )  # fmt: skip
    with pytest.raises(Invalid, match="^amounts: "), session.begin_nested():
        awards.settle(session, SECRETS, made.setter, made.challenge.id, {made.answer.id: Decimal(1)}, at=NOON)
    [award] = awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)
    found = {one.party_id: one.open for one in ledger.balances(session, made.challenge.id)}
    assert award.amount == Decimal("350.50")
    assert found == {made.funder.organisation_id: Decimal("250.50"), made.stranger.organisation_id: Decimal(100)}


def test_what_was_agreed_is_awarded(session: Session) -> None:
    made = scene(session, "directed_commission")
    with pytest.raises(NotAllowed, match="no offer"), session.begin_nested():
        awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)
    terms = contract_draft("1000000.00").model_dump(mode="json")
    session.add(
        Offer(answer_id=made.answer.id, number=1, by_setter=True, state=OfferState.AGREED, terms=terms, actor="x")
    )
    [award] = awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)
    assert award.amount == Decimal(1_000_000)


def test_it_is_settled_once_and_by_who_may(session: Session) -> None:
    made = scene(session)
    for actor in (made.lab, made.stranger, made.funder):
        with pytest.raises(Forbidden):
            awards.settle(session, SECRETS, actor, made.challenge.id, at=NOON)
    awards.settle(session, SECRETS, made.setter, made.challenge.id, everything(made), at=NOON)
    with pytest.raises(NotAllowed, match="Cannot settle what is awarded"):
        awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)
    assert len(awards.listed(session, made.setter, made.challenge.id)) == 1


def test_it_is_not_settled_while_objections_may_come_or_wait(session: Session) -> None:
    made = scene(session)
    decided = made.challenge.decided_at
    assert decided is not None
    with pytest.raises(NotAllowed, match="Objections may be raised until"):
        awards.settle(session, SECRETS, made.setter, made.challenge.id, at=decided + 6 * DAY)
    objection = Objection(
        challenge_id=made.challenge.id, organisation_id=made.stranger.organisation_id or "", round=1, text="不公",
        raised_at=decided + DAY,
    )  # fmt: skip
    session.add(objection)
    with pytest.raises(NotAllowed, match="by an operator: 1"):
        awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)
    objection.state = ObjectionState.DISMISSED
    assert awards.settle(session, SECRETS, made.setter, made.challenge.id, everything(made), at=NOON)


def test_without_an_answer_selected_nothing_is_settled(session: Session) -> None:
    made = scene(session, answer_state=AnswerState.REJECTED)
    with pytest.raises(NotAllowed, match="No answer is selected"):
        awards.settle(session, SECRETS, made.setter, made.challenge.id, at=NOON)


def test_an_award_is_for_its_two_sides_and_operators(session: Session) -> None:
    made, award = awarded(session)
    for actor in (made.setter, made.poster, made.lab, made.researchers[0], OPERATOR):
        assert awards.get(session, actor, award).id == award
    for actor in (made.stranger, made.funder):
        with pytest.raises(NotFound, match=f"No award '{award}'"):
            awards.get(session, actor, award)
        assert awards.listed(session, actor, made.challenge.id) == []


def test_the_record_holds_no_amount(session: Session) -> None:
    made, _ = awarded(session)
    told = str([event.detail for event in events.of_thing(session, f"challenge:{made.challenge.id}")])
    assert "900000" not in told


# -- stage payments --------------------------------------------------------------------------------


def race(session: Session, payment: str = "100000.00") -> tuple[str, Elimination, Scene]:
    """Two answers went on to the second round of a race, and one did not."""
    made = scene(
        session, "race", answers=3, round=2, payment=Decimal(payment), state=ChallengeState.ANSWERING,
        answer_state=AnswerState.DRAFT,
    )  # fmt: skip
    last: Answer = made.answers[2]
    last.round, last.state = 1, AnswerState.ELIMINATED
    outcome = [
        {"answer": one.id, "goes_on": one is not last, "payment": None if one is last else payment}
        for one in made.answers
    ]
    rule = {"outcome": outcome}
    done = Elimination(challenge_id=made.challenge.id, round=1, rule=rule, before={}, actor="x", at=NOON)
    session.add(done)
    session.flush()
    return made.challenge.id, done, made


def test_who_went_on_is_paid_once_the_elimination_stands(session: Session) -> None:
    id, _, made = race(session)
    with pytest.raises(NotAllowed, match="can still be reversed"):
        stages.pay(session, made.setter, id, 1, at=NOON + 13 * DAY)
    with pytest.raises(Forbidden):
        stages.pay(session, made.lab, id, 1, at=NOON + 14 * DAY)
    found = stages.pay(session, made.setter, id, 1, at=NOON + 14 * DAY)
    assert [one.number for one in found] == [1, 2]
    assert money(session, made) == (200_000, 0, 200_000, 0)
    with pytest.raises(Conflict, match="recorded already"):
        stages.pay(session, made.setter, id, 1, at=NOON + 15 * DAY)


def test_a_reversed_elimination_pays_nobody(session: Session) -> None:
    id, done, made = race(session)
    done.reversed_at = NOON + DAY
    with pytest.raises(NotAllowed, match="Nobody has gone on"):
        stages.pay(session, made.setter, id, 1, at=NOON + 15 * DAY)


def test_stage_payments_stay_within_the_budget(session: Session) -> None:
    id, _, made = race(session, "450000.01")
    with pytest.raises(NotAllowed, match="900,000.02 is more than the 900,000.00 left"):
        stages.pay(session, made.setter, id, 1, at=NOON + 15 * DAY)


def test_what_the_elimination_said_is_paid_whatever_the_round_says_now(session: Session) -> None:
    id, done, made = race(session)
    session.exec(select(Round).where(Round.challenge_id == id, Round.number == 1)).one().payment = Decimal(7)
    first, second, third = done.rule["outcome"]
    done.rule = {"outcome": [first, second | {"payment": "50000.00"}, third]}
    first_answer: Answer = made.answer
    first_answer.state = AnswerState.WITHDRAWN  # it has earned what it went on for
    assert len(stages.pay(session, made.setter, id, 1, at=NOON + 15 * DAY)) == 2
    assert money(session, made) == (150_000, 0, 150_000, 0)


def test_a_round_that_pays_nothing(session: Session) -> None:
    id, done, made = race(session)
    done.rule = {"outcome": [one | {"payment": None} for one in done.rule["outcome"]]}
    with pytest.raises(NotAllowed, match="Round 1 has no stage payment"):
        stages.pay(session, made.setter, id, 1, at=NOON + 15 * DAY)


@pytest.mark.parametrize("paid_before", [True, False])
def test_the_award_of_a_race_is_what_its_stages_leave(session: Session, paid_before: bool) -> None:
    id, _, made = race(session)
    if paid_before:
        stages.pay(session, made.setter, id, 1, at=NOON + 15 * DAY)
    made.challenge.round, made.challenge.state = 3, ChallengeState.OBJECTING
    winner: Answer = made.answer
    winner.round, winner.state = 3, AnswerState.SELECTED
    asks(session, made, 1, "800000")
    [award] = awards.settle(session, SECRETS, made.setter, id, at=NOON + 20 * DAY)
    assert award.amount == Decimal(700_000)
    if not paid_before:
        stages.pay(session, made.setter, id, 1, at=NOON + 20 * DAY)
    assert money(session, made) == (900_000, 700_000, 200_000, 0)


def test_other_mechanisms_pay_nothing_between_rounds(session: Session) -> None:
    made = scene(session)
    with pytest.raises(NotAllowed, match="pays nothing between rounds"):
        stages.pay(session, made.setter, made.challenge.id, 1, at=NOON)
