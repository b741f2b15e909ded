"""Who is told of what becomes of a pair: each side of its own end, the matchmaker of the answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from reviews_support import NOON, Scene, id_of, matchmaker, member
from sqlalchemy import Engine
from sqlmodel import col, select

from matcher import notices
from matcher.actors import Actor
from matcher.drafts import Disclosure
from matcher.entities import Kind, Notice, Pair, Role
from matcher.notice_turns import words
from matcher.reviews import following, introductions
from matcher.reviews.following import EndDraft
from matcher.reviews.introductions import Assent, Declining
from matcher.sessions import writing


class Told(Scene):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.desk = matchmaker(self.session)
        self.company_poster = member(self.session, self.company, Role.POSTER)
        self.lab_researcher = member(self.session, self.lab, Role.RESEARCHER)

    def told(self) -> list[tuple[str, str, str]]:
        """Who, of what, under which title: what is new."""
        before = set(self.session.exec(select(Notice.id)))
        while notices.behind(self.session):
            notices.follow(self.session, at=NOON)
        names = {
            id_of(self.desk): "desk",
            id_of(self.company_poster): "company",
            id_of(self.lab_researcher): "lab",
        }
        found = self.session.exec(select(Notice).order_by(col(Notice.event_id), col(Notice.person_id)))
        new = [one for one in found if one.id not in before]
        assert all(one.told["title"] in said for one in new for said in words(one.kind, one.told))
        return [(names.get(one.person_id, "?"), one.kind, one.told["title"]) for one in new]

    def a_pair(self, tier: Disclosure = Disclosure.PUBLIC) -> Pair:
        need = self.need(title="需求甲 call 13912345678", disclosure=tier)
        return self.asked(self.desk, need=need, result=self.result(title="成果乙"))

    def answer(self, actor: Actor, pair: Pair, side: Kind, declines: str = "") -> None:
        one = introductions.of_side(self.session, pair, side)
        assert one is not None
        if declines:
            introductions.decline(self.session, actor, one.id, Declining(reason=declines), at=NOON)
        else:
            introductions.accept(self.session, actor, one.id, Assent(), at=NOON)


@pytest.fixture
def scene(engine: Engine) -> Iterator[Told]:
    with writing(engine) as session:
        yield Told(session)


NEED = "需求甲 call 13912345678"


def test_from_the_question_to_the_introduction_and_the_end(scene: Told) -> None:
    pair = scene.a_pair()
    assert scene.told() == [("company", "introduction.asked", NEED), ("lab", "introduction.asked", "成果乙")]
    scene.answer(scene.company_poster, pair, Kind.NEED)
    assert scene.told() == [("desk", "introduction.accept", NEED)]
    scene.answer(scene.lab_researcher, pair, Kind.RESULT)
    assert scene.told() == [("desk", "introduction.accept", NEED), ("company", "introduction.made", NEED)]
    following.end(scene.session, scene.desk, pair.id, EndDraft(reason="no_terms"), at=NOON)
    assert scene.told() == [("company", "introduction.ended", NEED), ("lab", "introduction.ended", "成果乙")]


def test_who_had_accepted_is_told_that_the_other_declined(scene: Told) -> None:
    pair = scene.a_pair()
    scene.answer(scene.lab_researcher, pair, Kind.RESULT)
    scene.told()
    scene.answer(scene.company_poster, pair, Kind.NEED, declines="solved")
    assert scene.told() == [("desk", "introduction.decline", NEED), ("lab", "introduction.ended", "成果乙")]


def test_who_had_not_answered_is_told_that_it_need_not_any_more(scene: Told) -> None:
    pair = scene.a_pair()
    scene.told()
    scene.answer(scene.company_poster, pair, Kind.NEED, declines="solved")
    assert scene.told() == [("desk", "introduction.decline", NEED), ("lab", "introduction.take_back", "成果乙")]


def test_a_matchmaker_is_told_no_more_of_a_title_than_they_are_shown(scene: Told) -> None:
    pair = scene.a_pair(Disclosure.SUMMARY)
    scene.told()
    scene.answer(scene.company_poster, pair, Kind.NEED)
    assert scene.told() == [("desk", "introduction.accept", "需求甲 …")]


def test_who_a_pair_is_handed_over_to_is_told(scene: Told) -> None:
    pair = scene.taken(matchmaker(scene.session), need=scene.need(title="需求丙"))
    following.hand_over(scene.session, Actor("o", trusted=True), pair.id, id_of(scene.desk), at=NOON)
    assert scene.told() == [("desk", "pair.hand_over", "需求丙")]
