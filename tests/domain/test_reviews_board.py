"""The board, what is due today, and saved searches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import ValidationError
from reviews_support import DAY, NOON, Scene, id_of, matchmaker, member
from sqlalchemy import Engine

from matcher.actors import Actor
from matcher.entities import Judgement, Kind
from matcher.errors import Conflict, Forbidden, NotFound
from matcher.reviews import board, desks, introductions, queue, searches
from matcher.reviews.board import On, Why
from matcher.reviews.introductions import Assent, Declining
from matcher.reviews.searches import SearchDraft
from matcher.sessions import writing
from matcher.states import PairState


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as session:
        yield Scene(session)


@pytest.fixture
def desk(scene: Scene) -> Actor:
    return matchmaker(scene.session)


WAITS = {
    PairState.TAKEN: On.MATCHMAKER,
    PairState.ASKED: On.BOTH,
    PairState.INTRODUCED: On.MATCHMAKER,
    PairState.TALKING: On.BOTH,
    PairState.CONTRACTED: On.NOBODY,
    PairState.ENDED: On.NOBODY,
}


@pytest.mark.parametrize("state", WAITS)
def test_each_state_is_a_column_that_says_on_whom_its_pairs_wait(scene: Scene, desk: Actor, state: PairState) -> None:
    pair = scene.come_to(desk, state)
    for column in PairState:
        told = [(card.pair.id, card.waits_on, card.since) for card in board.cards(scene.session, desk, column)]
        assert told == ([(pair.id, WAITS[state], NOON)] if column is state else [])
    assert board.counts(scene.session, desk) == {one: int(one is state) for one in PairState}


@pytest.mark.parametrize(("answers", "other"), [(Kind.NEED, On.RESULT), (Kind.RESULT, On.NEED)])
def test_a_pair_waits_on_the_side_that_has_not_answered(scene: Scene, desk: Actor, answers: Kind, other: On) -> None:
    pair = scene.asked(desk)
    one = introductions.of_side(scene.session, pair, answers)
    assert one is not None
    introductions.accept(scene.session, member(scene.session, one.organisation_id), one.id, Assent(), at=NOON)
    assert [card.waits_on for card in board.cards(scene.session, desk, PairState.ASKED)] == [other]


def test_the_queue_is_not_on_the_board_but_for_what_is_reserved(scene: Scene, desk: Actor) -> None:
    reserved, _ = scene.pair(0.9), scene.pair(0.1)
    scene.drawn(desk, 1)
    assert [card.pair.id for card in board.cards(scene.session, desk, PairState.PROPOSED)] == [reserved.id]


def test_a_column_is_read_on_and_narrowed_to_one_matchmaker(scene: Scene, desk: Actor) -> None:
    other = matchmaker(scene.session)
    ids = []
    for _ in range(3):
        scene.at += DAY
        ids.append(scene.taken(desk).id)
    theirs = scene.taken(other).id
    mine = board.cards(scene.session, other, PairState.TAKEN, follower_id=id_of(desk), limit=2)
    assert [card.pair.id for card in mine] == [ids[2], ids[1]]
    rest = board.cards(scene.session, other, PairState.TAKEN, follower_id=id_of(desk), before=mine[-1].since)
    assert [card.pair.id for card in rest] == [ids[0]]
    assert board.counts(scene.session, desk, follower_id=id_of(other))[PairState.TAKEN] == 1
    assert theirs in {card.pair.id for card in board.cards(scene.session, desk, PairState.TAKEN)}


def test_the_board_is_not_for_the_sides(scene: Scene) -> None:
    with pytest.raises(Forbidden, match="Matchmakers and operators see this"):
        board.cards(scene.session, member(scene.session, scene.lab), PairState.TAKEN)


def test_the_day_s_list_says_what_is_due_and_why(scene: Scene, desk: Actor) -> None:
    waiting, introduced, put_aside = scene.taken(desk), scene.introduced(desk), scene.pair()
    scene.decide(desk, put_aside, Judgement.NOT_NOW, until=NOON + 5 * DAY)
    scene.at += 5 * DAY
    declined = scene.asked(desk)
    one = introductions.of_side(scene.session, declined, Kind.NEED)
    assert one is not None
    introductions.decline(
        scene.session, member(scene.session, scene.company), one.id, Declining(reason="busy"), at=scene.at
    )
    fresh = scene.taken(desk)
    reserved = scene.pair(0.9)
    scene.drawn(desk, 1)
    scene.taken(matchmaker(scene.session))

    def told(days: int) -> list[tuple[Why, str]]:
        scene.at = NOON + days * DAY
        if days >= 5:
            scene.drawn(desk, 1)
        return [(due.why, due.card.pair.id) for due in board.today(scene.session, desk, id_of(desk), at=scene.at)]

    always = [(Why.ANSWERED, introduced.id)]
    back = [(Why.RESERVED, reserved.id), (Why.BACK, put_aside.id)]
    assert told(5) == [*always, (Why.ANSWERED, declined.id), *back]
    assert told(7) == [*always, (Why.ANSWERED, declined.id), (Why.WAITING, waiting.id), *back]
    assert told(12) == [*always, (Why.WAITING, waiting.id), (Why.WAITING, fresh.id), *back]


def test_colleagues_are_those_who_have_room(scene: Scene, desk: Actor) -> None:
    full, other = matchmaker(scene.session, workload=0), matchmaker(scene.session)
    scene.taken(other)
    told = [(person.id, count) for person, count in desks.colleagues(scene.session, desk, without=[id_of(desk)])]
    assert told == [(id_of(other), 1)]
    assert id_of(full) not in dict(told)


def test_searches_are_kept_by_name_for_oneself(scene: Scene, desk: Actor) -> None:
    draft = SearchDraft(name="苏州轴承", asked={"field": "equipment", "region": "320500"})
    made = searches.save(scene.session, desk, id_of(desk), draft, at=NOON)
    with pytest.raises(Conflict, match="named '苏州轴承' already"):
        searches.save(scene.session, desk, id_of(desk), draft, at=NOON)
    other = matchmaker(scene.session)
    with pytest.raises(NotFound):
        searches.listed(scene.session, other, id_of(desk))
    with pytest.raises(NotFound, match="No saved search"):
        searches.remove(scene.session, other, id_of(other), made.id)
    assert [one.asked for one in searches.listed(scene.session, desk, id_of(desk))] == [draft.asked]
    searches.remove(scene.session, desk, id_of(desk), made.id)
    assert searches.listed(scene.session, desk, id_of(desk)) == []


@pytest.mark.parametrize("asked", [{"words": "x" * 2001}, {str(n): n for n in range(31)}, {"field": ["a"]}])
def test_a_search_is_short(asked: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SearchDraft.model_validate({"name": "a", "asked": asked})


def test_a_desk_is_released_by_time(scene: Scene, desk: Actor) -> None:
    scene.pair()
    scene.drawn(desk)
    later = NOON + queue.RESERVED_FOR
    assert board.today(scene.session, desk, id_of(desk), at=later) == []
