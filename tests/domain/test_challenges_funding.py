"""The public part of a challenge's money: asked for, confirmed, taken back, fallen."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from challenges_support import BEGIN, DAY, DESK, OPERATOR, SECRETS, World
from databases import ON_BOTH
from policy_tables import at
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events
from matcher.actors import COMMAND_LINE
from matcher.challenges import amendments, content, drafting, funding, publishing
from matcher.entities import Challenge, Role
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound
from matcher.states import ChallengeState

PART = Decimal(900_000)
"""What the funder is asked for at 1 : 1."""


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    with Session(engine) as session:
        yield World(session)


def opened(world: World, **said: Any) -> Challenge:
    """A draft that the rival, as a public funder, is named in."""
    return world.opened(**{"mechanism": "explorer", "funder_id": world.rival, **said})


def proposed(world: World, **said: Any) -> Challenge:
    return drafting.propose(world.session, world.poster, opened(world, **said).id, at=BEGIN)


def agree(world: World, challenge: Challenge, amount: Decimal = PART, currency: str = "CNY") -> Challenge:
    return funding.agree(world.session, world.stranger, challenge.id, amount, currency, at=BEGIN + DAY)


def missing(world: World, challenge: Challenge) -> set[str]:
    gate = publishing.judged(world.session, world.poster, challenge.id, at=BEGIN).gate
    return {check.part for check in gate.checks if check.blocks}


def recorded(world: World, challenge: Challenge) -> list[tuple[str, dict[str, Any]]]:
    found = events.of_thing(world.session, f"challenge:{challenge.id}")
    return [(event.action, event.detail) for event in found]


@ON_BOTH
def test_a_challenge_is_published_once_its_funder_has_confirmed_its_part(world: World) -> None:
    challenge = proposed(world)
    asked = {"funder": world.rival, "amount": "900000.00", "currency": "CNY"}
    assert recorded(world, challenge)[-1] == ("challenge.funding_asked", asked)
    assert missing(world, challenge) == {"funder_amount"}
    with pytest.raises(NotAllowed, match=r"missing: the public funder's word that it puts in 900,000\.00 CNY"):
        publishing.publish(world.session, DESK, SECRETS, challenge.id, at=BEGIN)
    before = challenge.version
    agree(world, challenge)
    world.session.commit()
    assert (challenge.funder_amount, challenge.version) == (PART, before + 1)
    assert recorded(world, challenge)[-1] == ("challenge.funding_confirmed", asked)
    assert missing(world, challenge) == set()
    published = publishing.publish(world.session, DESK, SECRETS, challenge.id, at=BEGIN)
    assert published.state is ChallengeState.ANSWERING


def test_the_funder_is_asked_only_for_what_it_has_not_confirmed(world: World) -> None:
    challenge = opened(world)
    agree(world, challenge)
    drafting.propose(world.session, world.poster, challenge.id, at=BEGIN)
    assert recorded(world, challenge)[-1][0] == "challenge.propose"
    without_budget = world.posted(title="另一题")
    unfunded = proposed(world, need_ids=[without_budget], budget=None)
    assert recorded(world, unfunded)[-1][0] == "challenge.propose"


@pytest.mark.parametrize(
    ("amount", "currency", "place"),
    [("900000.01", "CNY", "amount"), ("450000", "CNY", "amount"), ("900000", "EUR", "currency")],
)
def test_it_confirms_its_part_and_nothing_else(world: World, amount: str, currency: str, place: str) -> None:
    challenge = proposed(world)
    with pytest.raises(Invalid, match=f"^{place}: .*900,000.00 CNY"):
        agree(world, challenge, Decimal(amount), currency)
    assert challenge.funder_amount is None


def test_only_the_funder_s_managers_do_and_to_a_stranger_a_draft_does_not_exist(world: World) -> None:
    challenge = proposed(world)
    for actor, error in (
        (world.poster, Forbidden),
        (world.manager, Forbidden),
        (DESK, Forbidden),
        (OPERATOR, Forbidden),
        (at(world.rival, Role.POSTER), Forbidden),
        (at(world.rival, Role.MANAGER, may_write=False), Forbidden),
        (world.answerer, NotFound),
    ):
        with pytest.raises(error):
            funding.agree(world.session, actor, challenge.id, PART, "CNY", at=BEGIN)
        with pytest.raises(error):
            funding.withdraw(world.session, actor, challenge.id, at=BEGIN)
    assert challenge.funder_amount is None


def test_where_no_public_funder_takes_part_or_no_sum_is_known_there_is_nothing_to_confirm(world: World) -> None:
    for challenge, why in (
        (world.proposed(), "Under the mechanism race no public funder"),
        (world.opened(mechanism="explorer"), "No public funder is named"),
        (opened(world, budget=None), "no budget"),
    ):
        with pytest.raises(NotAllowed, match=why):
            funding.agree(world.session, COMMAND_LINE, challenge.id, PART, "CNY", at=BEGIN)


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ({"title": "高镍正极残碱"}, True),
        ({"summary": "烧结后表面残碱偏高，" * 20}, True),
        ({"budget": "900000.00"}, True),
        ({"budget": "900001"}, False),
        ({"currency": "EUR"}, False),
        ({"funder_id": "lab"}, False),
        ({"mechanism": "race", "funder_id": None}, False),
    ],
)
def test_it_falls_with_what_it_was_given_for(world: World, said: dict[str, Any], stands: bool) -> None:
    challenge = agree(world, opened(world))
    if said.get("funder_id"):
        said = {"funder_id": world.lab}
    draft = world.draft(**{"mechanism": "explorer", "funder_id": world.rival, **said})
    drafting.edit(world.session, world.poster, challenge.id, draft, at=BEGIN)
    assert challenge.funder_amount == (PART if stands else None)
    action, detail = recorded(world, challenge)[-1]
    assert (action, detail.get("funding")) == ("challenge.edited", None if stands else "fallen")


def test_another_ratio_is_another_question_though_the_sum_be_the_same(world: World) -> None:
    challenge = agree(world, opened(world))
    challenge.rules = challenge.rules | {"public_ratio": 0.5}
    assert missing(world, challenge) == {"funder_amount"}
    draft = world.draft(mechanism="race")
    drafting.edit(world.session, world.poster, challenge.id, draft, at=BEGIN)
    drafting.edit(world.session, world.poster, challenge.id, world.draft(**explorer(world)), at=BEGIN)
    assert challenge.funder_amount is None


def explorer(world: World) -> dict[str, Any]:
    return {"mechanism": "explorer", "funder_id": world.rival}


def test_what_fell_is_asked_for_anew_when_it_is_proposed_again(world: World) -> None:
    challenge = agree(world, proposed(world))
    drafting.give_back(world.session, DESK, challenge.id, reason="预算偏低", at=BEGIN)
    assert challenge.funder_amount == PART
    draft = world.draft(**explorer(world), budget="1000000")
    drafting.edit(world.session, world.poster, challenge.id, draft, at=BEGIN)
    drafting.propose(world.session, world.poster, challenge.id, at=BEGIN)
    action, detail = recorded(world, challenge)[-1]
    assert (action, detail["amount"]) == ("challenge.funding_asked", "1000000.00")


@ON_BOTH
def test_it_is_taken_back_before_the_publication_and_not_after(world: World) -> None:
    challenge = agree(world, proposed(world))
    with pytest.raises(Conflict, match="confirmed"):
        agree(world, challenge)
    funding.withdraw(world.session, world.stranger, challenge.id, reason="年度预算调整", at=BEGIN)
    world.session.commit()
    assert challenge.funder_amount is None
    told = {"amount": "900000.00", "currency": "CNY", "reason": "年度预算调整"}
    assert recorded(world, challenge)[-1] == ("challenge.funding_withdrawn", told)
    with pytest.raises(NotAllowed, match="nothing to take back"):
        funding.withdraw(world.session, world.stranger, challenge.id, at=BEGIN)
    agree(world, challenge)
    publishing.publish(world.session, DESK, SECRETS, challenge.id, at=BEGIN)
    for late in (
        lambda: funding.withdraw(world.session, world.stranger, challenge.id, at=BEGIN),
        lambda: agree(world, challenge),
    ):
        with pytest.raises(NotAllowed, match="before"):
            late()
    assert challenge.funder_amount == PART


def test_a_budget_that_a_funder_has_matched_is_settled_and_all_else_is_amended_as_ever(world: World) -> None:
    challenge = agree(world, proposed(world))
    publishing.publish(world.session, DESK, SECRETS, challenge.id, at=BEGIN)
    draft = content.draft_of(challenge)
    more = draft.model_copy(update={"budget": Decimal(950_000)})
    with pytest.raises(Invalid, match="^budget: cannot be changed once it is published"):
        amendments.amend(world.session, world.poster, challenge.id, more, reason="追加", at=BEGIN)
    challenge.funder_amount = None  # as those were published before funders confirmed
    renamed = draft.model_copy(update={"title": "新题"})
    amendments.amend(world.session, world.poster, challenge.id, renamed, reason="改题", at=BEGIN)
    assert challenge.title == "新题"


def test_a_ratio_of_nothing_asks_nobody(world: World) -> None:
    challenge = opened(world)
    challenge.rules = challenge.rules | {"public_ratio": 0.0}
    assert missing(world, challenge) == set()
    with pytest.raises(NotAllowed, match="no part"):
        agree(world, challenge, Decimal(1))


def test_with_the_public_part_it_is_no_more_than_an_amount_can_be(world: World) -> None:
    with pytest.raises(Invalid, match="^budget: with the public part"):
        opened(world, budget="9999999999999999.99")
