"""Directed commission: offers and counter-offers, each kept, until one is agreed on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from awards_support import NOON, OPERATOR, Scene, contract_draft, scene
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import Session, select

from matcher import events
from matcher.actors import COMMAND_LINE
from matcher.awards import negotiations
from matcher.awards.cases import Side
from matcher.awards.drafts import OfferDraft
from matcher.entities import Round
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound
from matcher.states import AnswerState, ChallengeState, OfferState


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


def negotiating(session: Session, **said: object) -> Scene:
    options = {"state": ChallengeState.ANSWERING, "answer_state": AnswerState.HANDED_IN} | said
    return scene(session, "directed_commission", **options)  # type: ignore[arg-type]


def terms(amount: str = "500000", **said: object) -> OfferDraft:
    return OfferDraft(terms=contract_draft(amount, **said), message="含税")


@ON_BOTH
def test_every_version_is_kept_until_one_is_agreed_on(session: Session) -> None:
    made = negotiating(session)
    negotiations.offer(session, made.poster, made.answer.id, terms("500000"), at=NOON)
    second = negotiations.offer(session, made.researchers[0], made.answer.id, terms("800000"), at=NOON)
    negotiations.decline(session, made.setter, second.id, at=NOON, reason="太贵")
    third = negotiations.offer(session, made.setter, made.answer.id, terms("650000"), at=NOON)
    negotiations.agree(session, made.lab, third.id, at=NOON)
    assert [
        (one.number, one.by_setter, one.state, Decimal(one.terms["amount"]))
        for one in negotiations.listed(session, made.setter, made.answer.id)
    ] == [
        (1, True, OfferState.COUNTERED, 500_000),
        (2, False, OfferState.DECLINED, 800_000),
        (3, True, OfferState.AGREED, 650_000),
    ]
    assert made.events(session) == ["offer.made", "offer.made", "offer.decline", "offer.made", "offer.agree"]
    with pytest.raises(Conflict, match="agreed already"):
        negotiations.offer(session, made.lab, made.answer.id, terms(), at=NOON)


def test_one_side_does_not_answer_itself(session: Session) -> None:
    made = negotiating(session)
    offer = negotiations.offer(session, made.setter, made.answer.id, terms(), at=NOON)
    with pytest.raises(Conflict, match="Your offer stands"):
        negotiations.offer(session, made.poster, made.answer.id, terms(), at=NOON)
    for answer in (negotiations.agree, negotiations.decline):
        with pytest.raises(NotAllowed, match="your own"):
            answer(session, made.poster, offer.id, at=NOON)


def test_an_offer_that_was_countered_cannot_be_agreed_to_any_more(session: Session) -> None:
    made = negotiating(session)
    first = negotiations.offer(session, made.setter, made.answer.id, terms(), at=NOON)
    negotiations.offer(session, made.lab, made.answer.id, terms("9"), at=NOON)
    with pytest.raises(NotAllowed, match="Cannot agree what is countered"):
        negotiations.agree(session, made.lab, first.id, at=NOON)


def test_as_many_are_agreed_on_as_the_round_lets_through(session: Session) -> None:
    made = negotiating(session, answers=2)
    offers = [negotiations.offer(session, made.setter, one.id, terms(), at=NOON).id for one in made.answers]
    negotiations.agree(session, made.labs[0], offers[0], at=NOON)
    with pytest.raises(Conflict, match="no place for one more"):
        negotiations.agree(session, made.labs[1], offers[1], at=NOON)


def test_a_challenge_that_has_place_for_two_lets_two_agree(session: Session) -> None:
    made = negotiating(session, answers=2)
    session.exec(select(Round).where(Round.challenge_id == made.challenge.id)).one().goes_on = 2
    offers = [negotiations.offer(session, made.setter, one.id, terms(), at=NOON).id for one in made.answers]
    for lab, offer in zip(made.labs, offers, strict=True):
        assert negotiations.agree(session, lab, offer, at=NOON).state is OfferState.AGREED


def test_others_do_not_know_of_it_and_operators_only_read(session: Session) -> None:
    made = negotiating(session, answers=2)
    offer = negotiations.offer(session, made.setter, made.answer.id, terms(), at=NOON)
    for actor in (made.stranger, made.labs[1]):
        with pytest.raises(NotFound):
            negotiations.listed(session, actor, made.answer.id)
        with pytest.raises(NotFound):
            negotiations.agree(session, actor, offer.id, at=NOON)
    assert len(negotiations.listed(session, OPERATOR, made.answer.id)) == 1
    with pytest.raises(Forbidden):
        negotiations.agree(session, OPERATOR, offer.id, at=NOON)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"state": ChallengeState.DECIDING}, "nothing is negotiated now"),
        ({"answer_state": AnswerState.WITHDRAWN}, "answer is withdrawn"),
    ],
)
def test_nothing_is_negotiated_at_other_times(session: Session, said: dict[str, object], why: str) -> None:
    made = negotiating(session, **said)
    with pytest.raises(NotAllowed, match=why):
        negotiations.offer(session, made.setter, made.answer.id, terms(), at=NOON)


def test_nothing_is_negotiated_under_another_mechanism(session: Session) -> None:
    made = scene(session, state=ChallengeState.GRADING, answer_state=AnswerState.ADMITTED)
    with pytest.raises(NotAllowed, match="open_challenge nothing is negotiated"):
        negotiations.offer(session, made.setter, made.answer.id, terms(), at=NOON)


def test_an_offer_is_in_the_currency_of_the_challenge(session: Session) -> None:
    made = negotiating(session)
    with pytest.raises(Invalid, match=r"^terms\.currency: the challenge is in CNY"):
        negotiations.offer(session, made.setter, made.answer.id, terms(currency="USD"), at=NOON)


def test_whoever_has_a_shell_says_for_which_side(session: Session) -> None:
    made = negotiating(session)
    with pytest.raises(Invalid, match="^side: "):
        negotiations.offer(session, COMMAND_LINE, made.answer.id, terms(), at=NOON)
    offer = negotiations.offer(session, COMMAND_LINE, made.answer.id, terms(), Side.SETTER, at=NOON)
    assert negotiations.agree(session, COMMAND_LINE, offer.id, Side.ANSWERER, at=NOON).state is OfferState.AGREED
    with pytest.raises(Forbidden, match="You act for the setter"):
        negotiations.offer(session, made.setter, made.answer.id, terms(), Side.ANSWERER, at=NOON)


def test_the_record_holds_hashes_of_the_terms_alone(session: Session) -> None:
    made = negotiating(session)
    offer = negotiations.offer(session, made.setter, made.answer.id, terms("123456.78"), at=NOON)
    [event] = events.of_thing(session, f"challenge:{made.challenge.id}")
    assert event.detail["terms_hash"] == negotiations.terms_hash(offer)
    assert not any(word in str(event.detail) for word in ("123456", "含税", "阶段"))
