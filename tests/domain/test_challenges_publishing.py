"""The gate, publishing, amendments, extensions, and ends without an award."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from answers_support import complete
from challenges_support import BEGIN, DAY, DESK, OPERATOR, SECRETS, World
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matcher import events, items
from matcher.answers import drafting, handing_in, reading
from matcher.challenges import amendments, content, publishing
from matcher.engine import challenge_moves
from matcher.engine.answer_drafts import Claim
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import Answer, Challenge, Kind, Need, Offer, Round
from matcher.errors import Forbidden, Invalid, NotAllowed, NotFound, StaleVersion
from matcher.matching.matches import Match
from matcher.states import AnswerState, ChallengeState, OfferState


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    with Session(engine) as session:
        yield World(session)


def rounds(world: World, challenge: Challenge) -> list[Round]:
    return list(world.session.exec(select(Round).where(Round.challenge_id == challenge.id).order_by(col(Round.number))))


def match(id: str, organisation_id: str, score: float) -> Match:
    return Match(1, Kind.RESULT, id, "", id, organisation_id, "", score, (), (), (), (), ())


# -- the gate ---------------------------------------------------------------------------------------


def test_the_gate_names_what_is_missing_and_how_many_labs_can_likely_do_it(world: World) -> None:
    challenge = world.opened(summary="短", decision_owner="", budget=None)
    asked: list[Any] = []

    def matching(need: Any) -> list[Match]:
        asked.append((need.title, need.problem, [one.name for one in need.indicators]))
        return [match("a", "x", 0.9), match("b", "x", 0.6), match("c", "y", 0.45), match("d", "", 0.2)]

    judgement = publishing.judged(world.session, world.poster, challenge.id, at=BEGIN, matching=matching)
    assert {check.part for check in judgement.gate.checks if check.blocks} == {"summary", "decision_owner", "budget"}
    short = next(check.message for check in judgement.gate.checks if check.part == "summary")
    assert short == "what is asked, in 60 Chinese characters or 120 letters at least"
    assert judgement.able_labs == 1.6  # 0.9 + 0.45 + 0.2, rounded to one decimal
    assert asked == [(challenge.title, "短", ["残碱"])]
    assert publishing.judged(world.session, DESK, challenge.id, at=BEGIN).able_labs is None
    with pytest.raises(NotFound):
        publishing.judged(world.session, world.answerer, challenge.id, at=BEGIN)


# -- publishing -------------------------------------------------------------------------------------


@ON_BOTH
def test_publishing_makes_the_first_version_the_rounds_and_their_keys(world: World) -> None:
    published = world.published()
    assert (published.state, published.published_at) == (ChallengeState.ANSWERING, BEGIN)
    found = rounds(world, published)
    days = [30, 210, 575]
    assert [(one.number, one.deadline, one.goes_on) for one in found] == [
        (1, BEGIN + days[0] * DAY, 5),
        (2, BEGIN + days[1] * DAY, 2),
        (3, BEGIN + days[2] * DAY, 1),
    ]
    assert published.deadline == found[0].deadline
    assert all(one.public_key for one in found)
    [version] = amendments.versions_of(world.session, world.answerer, published.id)
    assert (version.number, version.content) == (1, published.content)
    recorded = events.of_thing(world.session, f"challenge:{published.id}")
    assert [event.action for event in recorded][-2:] == ["challenge.publish", "challenge.keys_made"]
    assert recorded[-2].detail["content_hash"] == content.digest(published.content)


def test_what_the_draft_plans_goes_before_what_the_mechanism_foresees(world: World) -> None:
    first = {"deadline": (BEGIN + 20 * DAY).isoformat(), "goes_on": 3, "threshold": 60, "payment": "100000"}
    found = rounds(world, world.published(rounds=[first]))
    assert [(one.deadline, one.goes_on, one.threshold, one.payment) for one in found] == [
        (BEGIN + 20 * DAY, 3, 60, Decimal(100000)),
        (BEGIN + 200 * DAY, 2, None, None),
        (BEGIN + 565 * DAY, 1, None, None),
    ]


def test_nothing_incomplete_is_published(world: World) -> None:
    id = world.proposed(contact="").id
    with pytest.raises(NotAllowed, match="not complete; missing: whom to ask"):
        publishing.publish(world.session, DESK, SECRETS, id, at=BEGIN)


def test_a_challenge_that_two_have_to_open_waits_for_its_custodians(world: World) -> None:
    id = world.proposed(mechanism="open_challenge").id
    with pytest.raises(NotAllowed, match=r"(?i)custodian"):
        publishing.publish(world.session, DESK, SECRETS, id, at=BEGIN)


def test_a_need_withdrawn_meanwhile_stops_it(world: World) -> None:
    id = world.proposed().id
    items.move(world.session, world.poster, world.session.get_one(Need, world.need), "withdraw")
    with pytest.raises(NotAllowed, match="1 of its needs"):
        publishing.publish(world.session, DESK, SECRETS, id, at=BEGIN)


def test_the_desk_publishes_what_it_has_read(world: World) -> None:
    proposed = world.proposed()
    with pytest.raises(Forbidden):
        publishing.publish(world.session, world.manager, SECRETS, proposed.id, at=BEGIN)
    with pytest.raises(StaleVersion):
        publishing.publish(world.session, DESK, SECRETS, proposed.id, at=BEGIN, versions={1})
    publishing.publish(world.session, DESK, SECRETS, proposed.id, at=BEGIN, versions={2})
    with pytest.raises(NotAllowed):
        publishing.publish(world.session, DESK, SECRETS, proposed.id, at=BEGIN)


def test_an_unsealed_one_is_published_without_keys_to_those_invited(world: World) -> None:
    published = world.published(mechanism="directed_commission")
    assert [one.public_key for one in rounds(world, published)] == [None]
    with pytest.raises(NotFound):
        amendments.versions_of(world.session, world.answerer, published.id)


# -- amendments -------------------------------------------------------------------------------------


@ON_BOTH
def test_an_amendment_is_the_next_version_with_its_reason(world: World) -> None:
    published = world.published()
    draft = content.draft_of(published).model_copy(update={"budget": Decimal(950000), "eligibility": "高校"})
    amended = amendments.amend(world.session, world.poster, published.id, draft, reason="追加预算", at=BEGIN + DAY)
    assert (amended.budget, amended.content["eligibility"]) == (Decimal(950000), "高校")
    told = amendments.versions_of(world.session, world.answerer, published.id)
    assert [(one.number, one.reason, one.content["budget"]) for one in told] == [
        (1, "", "900000"),
        (2, "追加预算", "950000"),
    ]
    *_, event = events.of_thing(world.session, f"challenge:{published.id}")
    assert (event.action, event.detail["number"], event.detail["reason"]) == ("challenge.amend", 2, "追加预算")


def test_what_is_settled_and_what_the_gate_insists_on_is_not_amended(world: World) -> None:
    published = world.published()
    draft = content.draft_of(published)
    other = world.posted(title="另一个")
    later = [one.model_copy(update={"deadline": one.deadline + DAY}) for one in draft.rounds]
    for update, place in (
        ({"mechanism": "explorer"}, "^mechanism: "),
        ({"need_ids": [other]}, "^need_ids: "),
        ({"currency": "EUR"}, "^currency: "),
        ({"rounds": later}, "^rounds: a deadline is moved by an extension"),
        ({"contact": ""}, "^contact: "),
        ({"budget": None}, "^budget: "),
        ({}, "says what it said"),
    ):
        with pytest.raises(Invalid, match=place):
            amendments.amend(
                world.session, world.poster, published.id, draft.model_copy(update=update), reason="a", at=BEGIN
            )
    with pytest.raises(Invalid, match="^reason: "):
        amendments.amend(
            world.session, world.poster, published.id, draft.model_copy(update={"title": "新"}), reason=" ", at=BEGIN
        )


def test_in_the_last_days_there_is_still_time_for_an_amendment(world: World) -> None:
    published = world.published()
    draft = content.draft_of(published).model_copy(update={"title": "新题"})
    assert published.deadline is not None
    at = published.deadline - timedelta(hours=1)
    assert amendments.amend(world.session, world.poster, published.id, draft, reason="改题", at=at).title == "新题"


def test_an_amendment_reaches_the_rounds_to_come_and_not_those_that_are_over(world: World) -> None:
    published = world.published()
    published.round = 2  # as an elimination leaves it
    draft = content.draft_of(published)
    first, second, third = draft.rounds
    more = draft.model_copy(update={"rounds": [first, second.model_copy(update={"goes_on": 3}), third]})
    amendments.amend(world.session, world.poster, published.id, more, reason="多留一家", at=BEGIN)
    assert [one.goes_on for one in rounds(world, published)] == [5, 3, 1]
    over = draft.model_copy(update={"rounds": [first.model_copy(update={"goes_on": 9}), second, third]})
    with pytest.raises(Invalid, match="round that is over"):
        amendments.amend(world.session, world.poster, published.id, over, reason="a", at=BEGIN)


def test_no_amendment_pays_more_in_the_rounds_than_the_budget_holds(world: World) -> None:
    published = world.published(budget="1000000")
    draft = content.draft_of(published)
    first, *others = draft.rounds
    dear = [first.model_copy(update={"payment": Decimal(900_000)}), *others]
    with pytest.raises(Invalid, match="^budget: missing: rounds whose payments"):
        amendments.amend(
            world.session, world.poster, published.id, draft.model_copy(update={"rounds": dear}), reason="a", at=BEGIN
        )


def amended(world: World, challenge: Challenge, **update: Any) -> Challenge:
    now = challenge.content | update
    return amendments.amend(
        world.session, world.poster, challenge.id, ChallengeDraft.model_validate(now), reason="a", at=BEGIN + DAY
    )


ALKALI: dict[str, Any] = {"name": "残碱", "operator": "<=", "value": 800, "unit": "ppm", "test_method": "酸碱滴定"}
CAPACITY: dict[str, Any] = {"name": "容量", "operator": ">=", "value": 200, "unit": "mAh/g"}


@pytest.mark.parametrize(
    ("indicators", "place"),
    [
        ([CAPACITY, ALKALI], 0),
        ([ALKALI], 1),
        ([ALKALI | {"name": "水分"}, CAPACITY], 0),
        ([ALKALI | {"unit": "%"}, CAPACITY], 0),
        ([ALKALI, CAPACITY | {"operator": "<="}], 1),
        ([{"name": "水分", "operator": "<=", "value": 1, "unit": "%"}, ALKALI, CAPACITY], 0),
    ],
)
def test_an_indicator_keeps_its_place_and_what_it_is_for_claims_name_it_by_them(
    world: World, indicators: list[dict[str, Any]], place: int
) -> None:
    published = world.published(indicators=[ALKALI, CAPACITY])
    with pytest.raises(Invalid, match=rf"^indicators\.{place}: answers speak of .* by its place"):
        amended(world, published, indicators=indicators)


def test_an_indicator_may_ask_for_more_or_for_no_more_and_others_are_added_behind(world: World) -> None:
    published = world.published(indicators=[ALKALI, CAPACITY])
    more = [ALKALI | {"value": 500, "test_method": "电位滴定"}, CAPACITY | {"must": False}, ALKALI | {"name": "水分"}]
    found = content.draft_of(amended(world, published, indicators=more)).indicators
    assert [(one.name, one.value, one.must) for one in found] == [
        ("残碱", 500, True),
        ("容量", 200, False),
        ("水分", 800, True),
    ]


def test_indicators_stay_as_long_as_an_offer_speaks_of_them(world: World) -> None:
    published = world.published(mechanism="directed_commission", indicators=[ALKALI])
    answer = Answer(challenge_id=published.id, organisation_id=world.lab, number=1, state=AnswerState.HANDED_IN)
    world.session.add(answer)
    world.session.flush()
    offer = Offer(answer_id=answer.id, number=1, by_setter=False, terms={}, actor="x")
    world.session.add(offer)
    for state in (OfferState.MADE, OfferState.AGREED):
        offer.state = state
        with pytest.raises(NotAllowed, match="An offer stands"):
            amended(world, published, indicators=[ALKALI | {"value": 10}])
    amended(world, published, contact="赵工")
    offer.state = OfferState.DECLINED
    amended(world, published, indicators=[ALKALI | {"value": 10}])


def test_a_criterion_s_key_never_comes_to_mean_another_one(world: World) -> None:
    novelty = {"key": "novelty", "name": "先进性", "weight": 2}
    cost = {"key": "cost", "name": "成本", "weight": 1}
    published = world.published(rubric=[novelty])
    with pytest.raises(Invalid, match=r"^rubric\.0\.key: 'novelty' is the criterion '先进性'"):
        amended(world, published, rubric=[novelty | {"name": "成本"}])
    amended(world, published, rubric=[cost, novelty | {"weight": 5}])
    amended(world, published, rubric=[cost])
    with pytest.raises(Invalid, match=r"^rubric\.1\.key: "):
        amended(world, published, rubric=[cost, novelty | {"name": "团队"}])
    assert [one.key for one in content.draft_of(amended(world, published, rubric=[cost, novelty])).rubric] == [
        "cost",
        "novelty",
    ]


def test_what_was_handed_in_before_an_amendment_stands_or_is_handed_in_anew(world: World) -> None:
    published, lab = world.published(indicators=[ALKALI]), world.answerer
    id = drafting.start(world.session, SECRETS, lab, published.id, at=BEGIN).id
    drafting.save(world.session, SECRETS, lab, id, complete(), at=BEGIN)
    handing_in.hand_in(world.session, SECRETS, lab, id, at=BEGIN)
    amended(world, published, indicators=[ALKALI, CAPACITY])
    standing = reading.standing(world.session, SECRETS, lab, id)
    assert standing is not None
    assert standing.missing == ["a value for the indicator '容量'"]
    assert reading.get(world.session, lab, id)[1].state is AnswerState.HANDED_IN
    handing_in.take_back(world.session, lab, id, at=BEGIN + 2 * DAY)
    with pytest.raises(NotAllowed, match="a value for the indicator '容量'"):
        handing_in.hand_in(world.session, SECRETS, lab, id, at=BEGIN + 2 * DAY)
    both = [*complete().claims, Claim(indicator=1, value=210, unit="mAh/g", evidence="扣电")]
    drafting.save(world.session, SECRETS, lab, id, complete(claims=both), at=BEGIN + 2 * DAY)
    assert handing_in.hand_in(world.session, SECRETS, lab, id, at=BEGIN + 2 * DAY).state is AnswerState.HANDED_IN


# -- extensions -------------------------------------------------------------------------------------


@ON_BOTH
def test_an_extension_moves_this_round_and_those_after_it(world: World) -> None:
    published = world.published()
    amendments.extend(world.session, world.poster, published.id, BEGIN + 40 * DAY, reason="应答少", at=BEGIN + DAY)
    assert published.deadline == BEGIN + 40 * DAY
    assert [one.deadline - BEGIN for one in rounds(world, published)] == [40 * DAY, 220 * DAY, 585 * DAY]
    told = amendments.versions_of(world.session, world.answerer, published.id)
    assert [one.reason for one in told] == ["", "应答少"]
    assert content.draft_of(published).rounds[0].deadline == BEGIN + 40 * DAY


@pytest.mark.parametrize(
    ("deadline", "at", "error"),
    [
        (29 * DAY, DAY, Invalid),
        (30 * DAY, DAY, Invalid),
        (40 * DAY, 30 * DAY, NotAllowed),
        (40 * DAY, 31 * DAY, NotAllowed),
    ],
)
def test_a_deadline_is_moved_to_a_later_one_only_and_before_it_passes(
    world: World, deadline: timedelta, at: timedelta, error: type[Exception]
) -> None:
    published = world.published()
    with pytest.raises(error):
        amendments.extend(world.session, world.poster, published.id, BEGIN + deadline, reason="a", at=BEGIN + at)


def test_after_the_deadline_nothing_is_amended_and_the_moves_say_so(world: World) -> None:
    """Nobody could take back what was handed in under other words."""
    published = world.published()
    after = BEGIN + 30 * DAY
    moves = challenge_moves.possible(world.session, world.poster, published, after)
    passed = f"The deadline was {after:%Y-%m-%d %H:%M:%S} UTC: what is asked for stands."
    assert (moves["extend"], moves["amend"]) == (passed, passed)
    assert (
        challenge_moves.possible(world.session, world.poster, published, after - timedelta(seconds=1))["extend"] is None
    )
    draft = content.draft_of(published).model_copy(update={"title": "新"})
    for opened_before in (False, True):
        if opened_before:
            for move in published.rules["moves"].values():
                move["guards"] = []
            published.rules = {**published.rules}
        with pytest.raises(NotAllowed, match="^The deadline was"):
            amendments.amend(world.session, world.poster, published.id, draft, reason="a", at=after)
        with pytest.raises(NotAllowed, match="^The deadline was"):
            amendments.extend(world.session, world.poster, published.id, after + DAY, reason="a", at=after)


def test_only_the_setter_amends_and_extends(world: World) -> None:
    published = world.published()
    draft = content.draft_of(published).model_copy(update={"title": "新"})
    for actor in (DESK, OPERATOR, world.answerer):
        with pytest.raises(Forbidden):
            amendments.amend(world.session, actor, published.id, draft, reason="a", at=BEGIN)
        with pytest.raises(Forbidden):
            amendments.extend(world.session, actor, published.id, BEGIN + 40 * DAY, reason="a", at=BEGIN)


# -- ends -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [World.opened, World.proposed, World.published])
def test_a_challenge_is_called_off_with_a_reason(world: World, made: Any) -> None:
    id = made(world).id
    with pytest.raises(Invalid, match="^reason: "):
        amendments.cancel(world.session, world.poster, id, reason="", at=BEGIN)
    assert amendments.cancel(world.session, world.poster, id, reason="战略调整", at=BEGIN).state is (
        ChallengeState.CANCELLED
    )
    *_, event = events.of_thing(world.session, f"challenge:{id}")
    assert (event.action, event.detail) == ("challenge.cancel", {"reason": "战略调整"})


def test_one_that_takes_answers_ends_without_an_award_only_after_its_deadline(world: World) -> None:
    published = world.published()
    with pytest.raises(NotAllowed):
        amendments.no_award(world.session, world.poster, published.id, reason="无人应答", at=BEGIN)
    published.state = ChallengeState.SEALED
    ended = amendments.no_award(world.session, world.poster, published.id, reason="无人应答", at=BEGIN)
    assert ended.state is ChallengeState.FAILED
