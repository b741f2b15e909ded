"""Opening challenges from needs, editing drafts, and handing them to the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from challenges_support import BEGIN, DAY, DESK, OPERATOR, World, drafted
from databases import ON_BOTH
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, select

from matcher import events, items
from matcher.actors import ANONYMOUS, COMMAND_LINE
from matcher.challenges import content, drafting
from matcher.drafts import IndicatorTarget, NeedDraft
from matcher.entities import ChallengeNeed, Need
from matcher.errors import Forbidden, Invalid, NotAllowed, NotFound, StaleVersion
from matcher.states import ChallengeState

PURITY = {"name": "纯度", "operator": ">=", "value": 99.9, "unit": "%"}
ALKALI = {"name": "残碱", "operator": "<=", "value": 800, "unit": "ppm"}


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    with Session(engine) as session:
        yield World(session)


@ON_BOTH
def test_a_challenge_is_opened_as_a_draft_of_the_organisation_whose_need_it_names(world: World) -> None:
    challenge = world.opened()
    assert (challenge.state, challenge.organisation_id, challenge.version, challenge.region) == (
        ChallengeState.DRAFT,
        world.company,
        1,
        "320500",
    )
    assert challenge.budget == Decimal(900000)
    assert world.session.exec(select(ChallengeNeed.need_id)).all() == [world.need]
    [event] = events.of_thing(world.session, f"challenge:{challenge.id}")
    assert (event.action, event.at, event.actor) == ("challenge.opened", BEGIN, world.poster.name)
    assert event.detail == {"mechanism": "race", "content_hash": content.digest(challenge.content)}


@pytest.mark.parametrize(
    ("needs", "said", "found"),
    [
        ([{"indicators": [ALKALI], "budget_max": "5"}], {}, {"indicators": 1, "budget": 5}),
        ([{"indicators": [ALKALI]}, {"indicators": [ALKALI, PURITY]}], {}, {"indicators": 2}),
        ([{"budget_max": "5"}, {"budget_max": "7"}], {}, {"budget": 12}),
        ([{"budget_max": "5"}, {}], {}, {"budget": None}),
        ([{"budget_max": "5"}, {"budget_max": "7", "currency": "EUR"}], {}, {"budget": None, "currency": "CNY"}),
        ([{"budget_max": "5", "currency": "EUR"}], {}, {"budget": 5, "currency": "EUR"}),
        ([{"budget_max": "5"}], {"budget": "3"}, {"budget": 3}),
        ([{"indicators": [ALKALI]}], {"indicators": [PURITY, ALKALI]}, {"indicators": 2}),
        ([{"decision_owner": "王"}, {}], {}, {"decision_owner": "王"}),
        ([{"decision_owner": "王"}, {"decision_owner": "李"}], {}, {"decision_owner": ""}),
        ([{"decision_owner": "王"}], {"decision_owner": "李"}, {"decision_owner": "李"}),
    ],
)
def test_what_the_draft_leaves_open_is_taken_from_the_needs(
    needs: list[dict[str, Any]], said: dict[str, Any], found: dict[str, Any]
) -> None:
    draft = drafted(**{"budget": None, "indicators": [], "decision_owner": "", **said})
    full = content.filled(draft, [NeedDraft.model_validate({"title": "a", **need}) for need in needs])
    told = full.model_dump() | {"indicators": len(full.indicators)}
    assert {name: told[name] for name in found} == found


@pytest.mark.parametrize("tier", ["summary", "consent"])
def test_nothing_of_a_need_that_is_not_public_is_published(tier: str) -> None:
    draft = drafted(budget=None, indicators=[], decision_owner="")
    hidden = NeedDraft(
        title="机密", problem="机密", indicators=[IndicatorTarget(**PURITY)], budget_max=Decimal(5),
        decision_owner="机密", disclosure=tier,
    )  # fmt: skip
    assert content.filled(draft, [hidden]) == draft
    public = NeedDraft(title="公开", indicators=[IndicatorTarget(**ALKALI)], budget_max=Decimal(5))
    half = content.filled(draft, [hidden, public])
    assert ([one.name for one in half.indicators], half.budget) == (["残碱"], None)


@pytest.mark.parametrize(
    ("codes", "field"),
    [
        (["new_materials.metals"], "new_materials.metals"),
        (["new_materials.metals", "new_materials.metals"], "new_materials.metals"),
        (["new_materials.metals", "new_materials"], "new_materials"),
        (["new_materials.metals", "equipment.robotics"], None),
        (["new_materials.metals", None], None),
    ],
)
def test_its_field_is_the_narrowest_that_holds_all_its_needs(codes: list[str | None], field: str | None) -> None:
    assert content.field_of([NeedDraft(title="a", field=code) for code in codes]) == field


def test_needs_have_to_be_there_of_one_organisation_and_not_withdrawn(world: World) -> None:
    foreign = world.posted(world.rival, title="别家的")
    gone = world.posted(title="撤了的")
    items.move(world.session, world.poster, world.session.get_one(Need, gone), "withdraw")
    for ids, error, place in (
        (["none"], NotFound, "need"),
        ([world.need, foreign], Invalid, "several organisations"),
        ([gone], Invalid, "withdrawn"),
        ([foreign], Forbidden, "posters and managers"),
    ):
        with pytest.raises(error, match=place):
            world.opened(need_ids=ids)


def test_a_need_that_the_actor_may_not_know_of_does_not_exist(world: World) -> None:
    hidden = world.posted(title="机密", disclosure="consent")
    with pytest.raises(NotFound):
        drafting.open_challenge(world.session, ANONYMOUS, world.draft(need_ids=[hidden]), at=BEGIN)
    with pytest.raises(Forbidden):
        drafting.open_challenge(world.session, world.answerer, world.draft(need_ids=[hidden]), at=BEGIN)


def test_the_draft_has_to_suit_its_mechanism(world: World) -> None:
    four = [{"deadline": (BEGIN + n * 30 * DAY).isoformat()} for n in range(1, 5)]
    for said, place in (
        ({"mechanism": "lottery"}, "^mechanism: unknown mechanism 'lottery'; known are directed_commission, explorer"),
        ({"rounds": four}, "^rounds: the mechanism race has 3, not 4"),
        ({"funder_id": world.rival}, "^funder_id: the mechanism race knows no public funder"),
        ({"mechanism": "explorer", "funder_id": "none"}, "^funder_id: names no organisation"),
        ({"mechanism": "explorer", "funder_id": world.company}, "^funder_id: names the setter itself"),
    ):
        with pytest.raises(Invalid, match=place):
            world.opened(**said)


@ON_BOTH
def test_a_draft_is_edited_as_long_as_it_is_one(world: World) -> None:
    id = world.opened().id
    other = world.posted(title="另一个", field="new_materials.metals")
    edited = drafting.edit(
        world.session,
        world.manager,
        id,
        world.draft(title="新题", need_ids=[other], mechanism="explorer", funder_id=world.rival),
        at=BEGIN + DAY,
        versions={1},
    )
    assert (edited.title, edited.mechanism, edited.field, edited.version) == (
        "新题",
        "explorer",
        "new_materials.metals",
        2,
    )
    assert (edited.rules["name"], edited.funder_id) == ("explorer", world.rival)
    assert world.session.exec(select(ChallengeNeed.need_id)).all() == [other]
    with pytest.raises(StaleVersion):
        drafting.edit(world.session, world.poster, id, world.draft(), at=BEGIN, versions={1})
    foreign = world.posted(world.rival, title="别家的")
    with pytest.raises(Invalid, match="^need_ids: "):
        drafting.edit(world.session, world.poster, id, world.draft(need_ids=[foreign]), at=BEGIN)
    drafting.propose(world.session, world.poster, id, at=BEGIN)
    with pytest.raises(NotAllowed, match="Only a draft"):
        drafting.edit(world.session, world.poster, id, world.draft(), at=BEGIN)


def test_a_mechanism_that_was_changed_meanwhile_changes_no_draft(world: World) -> None:
    id = world.opened().id
    drafting.edit(world.session, world.poster, id, world.draft(title="新题"), at=BEGIN, mechanisms={})
    with pytest.raises(Invalid, match="unknown mechanism"):
        drafting.edit(world.session, world.poster, id, world.draft(mechanism="explorer"), at=BEGIN, mechanisms={})


def test_a_proposed_one_goes_back_to_its_setter_with_the_reason(world: World) -> None:
    id = world.proposed().id
    back = drafting.give_back(world.session, DESK, id, reason="预算写清楚", at=BEGIN + DAY)
    assert back.state is ChallengeState.DRAFT
    *_, last = events.of_thing(world.session, f"challenge:{id}")
    assert (last.action, last.detail) == ("challenge.give_back", {"reason": "预算写清楚"})
    drafting.propose(world.session, world.poster, id, at=BEGIN)
    assert drafting.give_back(world.session, world.manager, id, reason="", at=BEGIN).state is ChallengeState.DRAFT


def test_the_desk_says_what_is_to_be_mended_when_it_gives_one_back(world: World) -> None:
    id = world.proposed().id
    for actor in (DESK, OPERATOR, COMMAND_LINE):
        with pytest.raises(Invalid, match="^reason: say what is to be mended"):
            drafting.give_back(world.session, actor, id, reason=" ", at=BEGIN)


def test_who_may_know_of_a_draft_and_who_may_change_it(world: World) -> None:
    id = world.opened().id
    for actor, error in (
        (ANONYMOUS, NotFound),
        (world.answerer, NotFound),
        (world.stranger, NotFound),
        (DESK, Forbidden),
    ):
        with pytest.raises(error):
            drafting.edit(world.session, actor, id, world.draft(), at=BEGIN)
        with pytest.raises(error):
            drafting.propose(world.session, actor, id, at=BEGIN)


def test_needs_that_ask_for_more_money_together_than_an_amount_can_be_leave_the_budget_open(world: World) -> None:
    needs = [world.posted(title=f"大额{number}", budget_max="9999999999999999.99") for number in range(2)]
    assert world.opened(need_ids=needs, budget=None).budget is None
    assert world.opened(need_ids=needs[:1], budget=None).budget == Decimal("9999999999999999.99")


def test_a_deadline_after_which_no_other_could_be_reckoned_is_refused(world: World) -> None:
    far = datetime(9999, 12, 31, tzinfo=UTC)
    with pytest.raises(Invalid, match=r"^rounds: a deadline before the year 3000"):
        world.opened(rounds=[{"deadline": far}])
    with pytest.raises(ValidationError, match="between 1900 and 2999"):
        world.draft(questions_until=far)
