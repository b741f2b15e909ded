"""The ledger: it balances after whatever is posted, and nobody changes it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
from awards_support import NOON, Scene, scene
from databases import ON_BOTH, sqlite_engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from matcher import events
from matcher.actors import COMMAND_LINE
from matcher.awards import ledger
from matcher.awards.ledger import Purpose
from matcher.awards.shares import split
from matcher.entities import Account, LedgerEntry
from matcher.errors import NotAllowed

PARTIES = 3
AMOUNTS = st.integers(0, 10**16 - 1).map(lambda cents: Decimal(cents) / 100)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


# -- splitting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "among", "parts"),
    [
        ("100.00", {"a": "100.00", "b": "100.00"}, {"a": "50.00", "b": "50.00"}),
        ("0.01", {"a": "1.00", "b": "1.00"}, {"a": "0.01"}),
        ("100.00", {"a": "1.00", "b": "1.00", "c": "99.00"}, {"a": "0.99", "b": "0.99", "c": "98.02"}),
        ("10.00", {"a": "10.00", "b": "0.00"}, {"a": "10.00"}),
        ("0.00", {"a": "1.00"}, {}),
        ("0.00", {}, {}),
    ],
)
def test_an_amount_is_split_in_proportion(amount: str, among: dict[str, str], parts: dict[str, str]) -> None:
    found = split(Decimal(amount), {name: Decimal(has) for name, has in among.items()})
    assert found == {name: Decimal(part) for name, part in parts.items()}


@pytest.mark.parametrize("amount", ["-0.01", "2.01"])
def test_more_than_is_there_or_less_than_nothing_is_not_split(amount: str) -> None:
    with pytest.raises(ValueError, match="cannot be split"):
        split(Decimal(amount), {"a": Decimal(2)})


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=2), AMOUNTS, min_size=1), st.fractions(0, 1))
def test_parts_add_up_and_stay_within_what_each_has(among: dict[str, Decimal], share: Fraction) -> None:
    amount = Decimal(int(int(sum(among.values()) * 100) * share)) / 100
    parts = split(amount, among)
    assert sum(parts.values()) == amount
    assert all(0 < part <= among[name] for name, part in parts.items())


# -- postings --------------------------------------------------------------------------------------


def test_what_was_committed_is_what_became_of_it(session: Session) -> None:
    made = scene(session, "explorer")
    purpose = Purpose(made.answer.id, "中榜")
    parties = {made.setter.organisation_id or "": Decimal(600), made.funder.organisation_id or "": Decimal(300)}
    ledger.commit(session, COMMAND_LINE, made.challenge, parties, purpose, at=NOON)
    ledger.pay(session, COMMAND_LINE, made.challenge, Decimal(450), purpose, at=NOON)
    assert ledger.release(session, COMMAND_LINE, made.challenge, purpose, Decimal("0.01"), at=NOON) == Decimal("0.01")
    assert ledger.release(session, COMMAND_LINE, made.challenge, purpose, at=NOON) == Decimal("449.99")
    found = {one.party_id: one for one in ledger.balances(session, made.challenge.id)}
    assert {
        party: (str(one.committed), str(one.open), str(one.paid), str(one.released)) for party, one in found.items()
    } == {
        made.setter.organisation_id: ("600.00", "0.00", "300.00", "300.00"),
        made.funder.organisation_id: ("300.00", "0.00", "150.00", "150.00"),
    }
    assert made.events(session) == ["ledger.commit", "ledger.pay", "ledger.release", "ledger.release"]


def test_more_than_is_open_is_neither_paid_nor_released(session: Session) -> None:
    made = scene(session)
    purpose = Purpose(made.answer.id, "中榜")
    ledger.commit(session, COMMAND_LINE, made.challenge, {made.challenge.organisation_id: Decimal(5)}, purpose, at=NOON)
    with pytest.raises(NotAllowed, match="more than the 5"):
        ledger.pay(session, COMMAND_LINE, made.challenge, Decimal("5.01"), purpose, at=NOON)
    with pytest.raises(NotAllowed):
        ledger.release(session, COMMAND_LINE, made.challenge, purpose, Decimal(6), at=NOON)
    with pytest.raises(NotAllowed):
        ledger.pay(session, COMMAND_LINE, made.challenge, Decimal(1), Purpose("another", "x"), at=NOON)


def test_events_hold_the_hash_of_each_posting_and_no_amount(session: Session) -> None:
    made = scene(session)
    purpose = Purpose(made.answer.id, "中榜")
    parts = {made.challenge.organisation_id: Decimal("12345.67")}
    ledger.commit(session, COMMAND_LINE, made.challenge, parts, purpose, at=NOON)
    [event] = events.of_thing(session, f"challenge:{made.challenge.id}")
    assert event.detail["posting_hash"] == ledger.posting_hash(ledger.entries(session, made.challenge.id))
    assert "12345" not in str(event.detail)


def test_what_was_written_past_the_ledger_is_found(session: Session) -> None:
    made = scene(session)
    ids = {"challenge_id": made.challenge.id, "party_id": made.challenge.organisation_id, "answer_id": made.answer.id}
    session.add(LedgerEntry(posting="p", account=Account.PAID, amount=Decimal(-3), **ids))
    session.flush()
    found = ledger.faults(ledger.entries(session, made.challenge.id))
    assert [fault.split()[0] for fault in found] == ["Posting", "What", "An"]


EVERYWHERE = (
    "UPDATE ledger_entry SET amount = 1",
    "UPDATE ledger_entry SET text = 'x'",
    "DELETE FROM ledger_entry",
)
OWN_WAYS = {
    "sqlite": ("INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry",),
    "postgresql": ("TRUNCATE ledger_entry CASCADE",),
}


@ON_BOTH
def test_the_database_keeps_entries_as_they_were_posted(engine: Engine) -> None:
    with Session(engine) as session:
        made = scene(session)
        parts = {made.challenge.organisation_id: Decimal(5)}
        ledger.commit(session, COMMAND_LINE, made.challenge, parts, Purpose(made.answer.id, "中榜"), at=NOON)
        session.commit()
        for statement in EVERYWHERE + OWN_WAYS[engine.dialect.name]:
            with pytest.raises(DBAPIError, match="entries of the ledger are"):
                session.execute(text(statement))
            session.rollback()


# -- at random -------------------------------------------------------------------------------------


class Books(RuleBasedStateMachine):
    """Whatever is posted in whatever order, for two answers and three parties."""

    session: Session
    made: Scene

    def __init__(self) -> None:
        super().__init__()
        self.told = {answer.id: [Decimal(0)] * 4 for answer in self.made.answers}
        """Committed, open, paid and released of each answer, counted here besides."""

    def teardown(self) -> None:
        self.session.rollback()

    def purpose(self, answer: int) -> Purpose:
        return Purpose(self.made.answers[answer].id, "随机")

    @rule(answer=st.integers(0, 1), amounts=st.lists(AMOUNTS, min_size=PARTIES, max_size=PARTIES))
    def commit(self, answer: int, amounts: list[Decimal]) -> None:
        parties = [actor.organisation_id or "" for actor in (self.made.setter, self.made.funder, self.made.stranger)]
        parts = dict(zip(parties, amounts, strict=True))
        ledger.commit(self.session, COMMAND_LINE, self.made.challenge, parts, self.purpose(answer), at=NOON)
        self.count(answer, sum(amounts, Decimal(0)), 0, 1)

    @rule(answer=st.integers(0, 1), amount=AMOUNTS)
    def pay(self, answer: int, amount: Decimal) -> None:
        purpose = self.purpose(answer)
        if amount > self.told[purpose.answer_id][1]:
            with pytest.raises(NotAllowed):
                ledger.pay(self.session, COMMAND_LINE, self.made.challenge, amount, purpose, at=NOON)
            return
        ledger.pay(self.session, COMMAND_LINE, self.made.challenge, amount, purpose, at=NOON)
        self.count(answer, amount, 2, -1)

    @rule(answer=st.integers(0, 1), percent=st.integers(0, 100))
    def pay_a_part(self, answer: int, percent: int) -> None:
        there = self.told[self.purpose(answer).answer_id][1]
        self.pay(answer, (there * percent / 100).quantize(Decimal("0.01"), "ROUND_FLOOR"))

    @precondition(lambda self: any(told[1] for told in self.told.values()))
    @rule(answer=st.integers(0, 1), percent=st.integers(1, 100))
    def release(self, answer: int, percent: int) -> None:
        there = self.told[self.purpose(answer).answer_id][1]
        amount = None if percent == 100 else (there * percent / 100).quantize(Decimal("0.01"), "ROUND_FLOOR")
        gone = ledger.release(self.session, COMMAND_LINE, self.made.challenge, self.purpose(answer), amount, at=NOON)
        assert gone == (there if amount is None else amount)
        self.count(answer, gone, 3, -1)

    def count(self, answer: int, amount: Decimal, place: int, sign: int) -> None:
        told = self.told[self.purpose(answer).answer_id]
        told[place] += amount
        told[1] += sign * amount

    @invariant()
    def it_balances(self) -> None:
        lines = ledger.entries(self.session, self.made.challenge.id)
        assert ledger.faults(lines) == []
        assert sum(line.amount for line in lines) == 0
        found = {answer: [Decimal(0)] * 4 for answer in self.told}
        for one in ledger.balances_of(lines):
            for place, amount in enumerate((one.committed, one.open, one.paid, one.released)):
                found[one.answer_id or ""][place] += amount
        assert found == self.told


def test_money_balances_after_any_sequence(tmp_path_factory: pytest.TempPathFactory) -> None:
    with sqlite_engine(tmp_path_factory.mktemp("books")) as engine, Session(engine) as session:
        Books.made = scene(session, answers=2)
        session.commit()
        Books.session = session
        run_state_machine_as_test(
            Books,
            settings=settings(
                max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
