"""What a matchmaker draws from the queue, in which order, and what they do not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from reviews_support import DAY, NOON, Scene, id_of, matchmaker, member
from sqlalchemy import Engine
from sqlmodel import select

from matcher import items
from matcher.accounts import members
from matcher.actors import COMMAND_LINE
from matcher.drafts import Disclosure
from matcher.entities import Judgement, Need, PairShowing, Reading, Role
from matcher.errors import Forbidden, NotFound
from matcher.reviews import queue
from matcher.sessions import writing


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as session:
        yield Scene(session)


def test_the_most_worth_is_drawn_first_and_kept_from_others_for_a_while(scene: Scene) -> None:
    low, high, middle = (scene.pair(score).id for score in (0.3, 0.9, 0.6))
    first, second = matchmaker(scene.session), matchmaker(scene.session)
    assert scene.drawn(first, 2) == [high, middle]
    assert scene.drawn(second) == [low]
    assert scene.drawn(first) == [high, middle]
    scene.at += queue.RESERVED_FOR
    assert scene.drawn(second) == [high, middle, low]


def test_what_is_given_back_is_there_for_others(scene: Scene) -> None:
    pair, (first, second) = scene.pair().id, (matchmaker(scene.session), matchmaker(scene.session))
    assert scene.drawn(first) == [pair]
    assert queue.release(scene.session, first, id_of(first)) == 1
    assert scene.drawn(second) == [pair]


def test_where_and_with_which_score_it_was_shown_is_kept_once(scene: Scene) -> None:
    pairs = [scene.pair(score) for score in (0.91, 0.52)]
    actor = matchmaker(scene.session)
    scene.drawn(actor)
    scene.drawn(actor)
    shown = scene.session.exec(select(PairShowing).order_by(PairShowing.position)).all()
    assert [(one.pair_id, one.person_id, one.position, one.score) for one in shown] == [
        (pairs[0].id, id_of(actor), 1, 0.91),
        (pairs[1].id, id_of(actor), 2, 0.52),
    ]


def test_the_desk_tells_what_waits_and_what_is_followed(scene: Scene) -> None:
    actor = matchmaker(scene.session, workload=3)
    scene.taken(actor)
    for _ in range(3):
        scene.pair()
    desk = queue.draw(scene.session, actor, id_of(actor), at=scene.at)
    assert (len(desk.drawn), desk.waiting, desk.following, desk.workload, desk.has_room) == (1, 3, 1, 3, True)


def test_nothing_is_drawn_by_whom_as_much_waits_on_as_may(scene: Scene) -> None:
    actor = matchmaker(scene.session, workload=1)
    scene.taken(actor)
    scene.pair()
    desk = queue.draw(scene.session, actor, id_of(actor), at=scene.at)
    assert (desk.drawn, desk.waiting, desk.has_room) == ([], 1, False)


@pytest.mark.parametrize(
    ("judgement", "reason", "again", "elsewhere"),
    [
        (Judgement.TAKE_FURTHER, "", False, False),
        (Judgement.NO, "other_problem", False, False),
        (Judgement.UNSURE, "", False, True),
        (Judgement.NOT_NOW, "busy", False, False),
    ],
)
def test_what_is_decided_is_not_drawn_again(
    scene: Scene, judgement: Judgement, reason: str, again: bool, elsewhere: bool
) -> None:
    pair, actor = scene.pair(), matchmaker(scene.session)
    scene.decide(actor, pair, judgement, reason)
    assert bool(scene.drawn(actor)) is again
    assert bool(scene.drawn(matchmaker(scene.session))) is elsewhere


def test_not_now_comes_back_to_everybody_on_its_day(scene: Scene) -> None:
    pair, actor = scene.pair(), matchmaker(scene.session)
    scene.decide(actor, pair, Judgement.NOT_NOW, until=NOON + 3 * DAY)
    scene.at += 3 * DAY - timedelta(seconds=1)
    assert scene.drawn(actor) == []
    scene.at += timedelta(seconds=1)
    assert scene.drawn(actor) == [pair.id]


@pytest.mark.parametrize(
    ("fields", "need", "result", "drawn"),
    [
        ([], None, None, True),
        (["new_materials"], "new_materials.metals", None, True),
        (["new_materials"], None, "new_materials.metals", True),
        (["new_materials.metals"], "new_materials", "new_materials", False),
        (["energy"], "new_materials.metals", "new_materials", False),
        (["energy"], None, None, False),
    ],
)
def test_pairs_are_drawn_within_the_fields_that_somebody_knows(
    scene: Scene, fields: list[str], need: str | None, result: str | None, drawn: bool
) -> None:
    scene.pair(need=scene.need(field=need), result=scene.result(field=result))
    assert bool(scene.drawn(matchmaker(scene.session, fields=fields))) is drawn


@pytest.mark.parametrize(
    ("regions", "of_result", "tier", "drawn"),
    [
        (["320000"], None, Disclosure.PUBLIC, True),  # the company's
        (["410000"], None, Disclosure.PUBLIC, True),  # the lab's
        (["110000"], None, Disclosure.PUBLIC, False),
        (["110000"], "110000", Disclosure.PUBLIC, True),
        (["410000"], "110000", Disclosure.PUBLIC, False),
        (["110000"], "110000", Disclosure.SUMMARY, False),  # its region is not told
        (["320000"], "110000", Disclosure.SUMMARY, True),
        ([], "110000", Disclosure.SUMMARY, True),
    ],
)
def test_pairs_are_drawn_within_the_regions_that_somebody_works_in(
    scene: Scene, regions: list[str], of_result: str | None, tier: Disclosure, drawn: bool
) -> None:
    scene.pair(result=scene.result(region=of_result, disclosure=tier))
    assert bool(scene.drawn(matchmaker(scene.session, regions=regions))) is drawn


@pytest.mark.parametrize("side", ["need", "result"])
def test_what_is_by_consent_is_drawn_by_nobody_who_was_not_let_in(scene: Scene, side: str) -> None:
    hidden: Any = scene.need if side == "need" else scene.result
    scene.pair(**{side: hidden(disclosure=Disclosure.CONSENT)})
    assert scene.drawn(matchmaker(scene.session)) == []


def test_a_pair_of_which_one_side_is_shown_in_part_comes_with_a_rough_score_and_the_owner_is_told(
    scene: Scene,
) -> None:
    result = scene.result(disclosure=Disclosure.SUMMARY)
    scene.pair(0.6789, result=result)
    actor = matchmaker(scene.session)
    desk = queue.draw(scene.session, actor, id_of(actor), at=scene.at)
    assert [one.score for one in desk.drawn] == [0.7]
    readings = scene.session.exec(select(Reading)).all()
    assert [(one.item_id, one.view, one.way) for one in readings] == [(result.id, "summary", "review")]


def test_what_is_closed_rests_until_it_is_open_again(scene: Scene) -> None:
    pair, actor = scene.pair(), matchmaker(scene.session)
    need = items.hold(scene.session, COMMAND_LINE, Need, pair.need_id)
    items.move(scene.session, COMMAND_LINE, need, "close")
    assert scene.drawn(actor) == []
    items.move(scene.session, COMMAND_LINE, need, "reopen")
    assert scene.drawn(actor) == [pair.id]


def test_nobody_draws_pairs_of_an_organisation_that_they_belong_to(scene: Scene) -> None:
    scene.pair()
    actor = matchmaker(scene.session)
    members.set_roles(scene.session, COMMAND_LINE, scene.lab, id_of(actor), [Role.RESEARCHER])
    assert scene.drawn(actor) == []


def test_who_is_no_matchmaker_draws_nothing(scene: Scene) -> None:
    manager, actor = member(scene.session, scene.company), matchmaker(scene.session)
    with pytest.raises(Forbidden, match="Matchmakers do this"):
        scene.drawn(manager)
    with pytest.raises(NotFound, match="No matchmaker"):
        queue.draw(scene.session, manager, id_of(actor), at=NOON)
    with pytest.raises(Forbidden, match="Matchmakers do this"):  # of somebody who is none, whoever asks
        queue.draw(scene.session, COMMAND_LINE, id_of(manager), at=NOON)


def test_a_shell_draws_for_a_matchmaker(scene: Scene) -> None:
    pair, actor = scene.pair(), matchmaker(scene.session)
    desk = queue.draw(scene.session, COMMAND_LINE, id_of(actor), at=NOON)
    assert [one.pair.reserved_by for one in desk.drawn] == [id_of(actor)]
    assert desk.drawn[0].pair.id == pair.id


def test_another_s_desk_is_not_found(scene: Scene) -> None:
    one, other = matchmaker(scene.session), matchmaker(scene.session)
    with pytest.raises(NotFound):
        queue.draw(scene.session, one, id_of(other), at=NOON)
