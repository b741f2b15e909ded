"""Explorer programmes: a problem list compiled into topics, edited by people, opened as challenges."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from challenges_support import BEGIN, DESK, SECRETS, World, drafted
from databases import ON_BOTH
from policy_tables import at
from sqlalchemy import Engine
from sqlmodel import Session
from words_encoder import WordsEncoder

from embeddings.words import words
from matcher import events, items, needs
from matcher.actors import COMMAND_LINE
from matcher.challenges import amendments, drafting, funding, programmes, publishing
from matcher.drafts import NeedDraft
from matcher.embedding import embed_pending
from matcher.engine import challenge_moves
from matcher.entities import Challenge, Need, ProblemList, Programme, Role, Topic
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound
from matcher.sessions import writing

SAID = {
    "A": "高镍 正极 残碱 凝胶",
    "B": "主轴 轴承 磨损 寿命",
    "C": "高镍 正极 残碱 偏高",
    "D": "冷却 液 泄漏 检测",
    "gone": "高镍 正极 残碱 撤回",
}


def telling(text: str) -> dict[str, float]:
    return {word: 1.0 for word in words(text)}


class Compiled:
    """A company's problem list with four needs that stand, and a programme made of it."""

    def __init__(self, session: Session, world: World, list_id: str, needs: dict[str, str]) -> None:
        self.session, self.world, self.list_id, self.needs = session, world, list_id, needs
        self.programme = self.compile()

    def compile(self, **said: Any) -> Programme:
        given = {"title": "探索者计划", "model_id": "words-1", "telling": telling, "at": BEGIN, "funder_id": None}
        return programmes.compile_guide(self.session, self.world.poster, self.list_id, **given | said)

    def topics(self) -> list[Topic]:
        return programmes.topics_of(self.session, self.programme)

    def shape(self) -> list[str]:
        """The needs of each topic, by their titles, in order."""
        names = {id: title for title, id in self.needs.items()}
        return ["".join(names[id] for id in topic.need_ids) for topic in self.topics()]

    def ids(self, titles: str) -> list[str]:
        return [self.needs[title] for title in titles]

    def topic(self, titles: str) -> str:
        return self.topics()[self.shape().index(titles)].id

    def opened(self, titles: str, **said: Any) -> Challenge:
        given = {"title": "正极残碱", "at": BEGIN}
        topic = self.topic(titles)
        return programmes.open_topic(self.session, self.world.poster, self.programme.id, topic, **given | said)


@pytest.fixture
def compiled(engine: Engine) -> Iterator[Compiled]:
    with writing(engine) as session:
        world = World(session)
        published = ProblemList(organisation_id=world.company, title="清单")
        session.add(published)
        session.flush()
        list_id, made = published.id, {}
        for title, problem in SAID.items():
            draft = NeedDraft(title=title, problem=problem, budget_max=Decimal(10))
            made[title] = needs.post_need(session, COMMAND_LINE, world.company, draft, problem_list_id=list_id).id
        items.move(session, world.poster, session.get_one(Need, made["gone"]), "withdraw")
    embed_pending(engine, WordsEncoder())
    with Session(engine) as session:
        world.session = session
        yield Compiled(session, world, list_id, made)


@ON_BOTH
def test_needs_that_stand_are_grouped_and_named(compiled: Compiled) -> None:
    assert compiled.shape() == ["AC", "B", "D"]
    first, second, _ = compiled.topics()
    assert (set(first.terms), second.title) == ({"正极", "残碱"}, "B")
    assert first.title == "、".join(first.terms)
    [event] = events.of_thing(compiled.session, f"programme:{compiled.programme.id}")
    assert event.detail == {"problem_list": compiled.list_id, "needs": 4, "topics": 3}


def test_needs_without_vectors_of_this_model_stand_alone(compiled: Compiled) -> None:
    compiled.programme = compiled.compile(model_id="another")
    assert compiled.shape() == ["A", "B", "C", "D"]


@ON_BOTH
def test_people_edit_the_topics(compiled: Compiled) -> None:
    session, world, id = compiled.session, compiled.world, compiled.programme.id
    programmes.rename(session, world.poster, id, compiled.topic("AC"), "残碱", at=BEGIN)
    assert compiled.topics()[0].title == "残碱"
    programmes.split(session, world.poster, id, compiled.topic("AC"), compiled.ids("C"), "偏高", at=BEGIN)
    assert (compiled.shape(), compiled.topics()[1].title) == (["A", "C", "B", "D"], "偏高")
    programmes.move(session, world.poster, id, compiled.topic("D"), compiled.ids("BA"), at=BEGIN)
    assert compiled.shape() == ["C", "DBA"]
    programmes.merge(session, world.poster, id, compiled.topic("C"), [compiled.topic("DBA")], at=BEGIN)
    assert compiled.shape() == ["CDBA"]
    assert [topic.position for topic in compiled.topics()] == [1]
    actions = [event.action for event in events.of_thing(session, f"programme:{id}")]
    assert actions == [f"programme.{what}" for what in ("compiled", "renamed", "split", "moved", "merged")]


def test_what_cannot_be_meant_is_refused(compiled: Compiled) -> None:
    session, world, id = compiled.session, compiled.world, compiled.programme.id
    pair, other = compiled.topic("AC"), compiled.topic("B")
    for change, error in (
        (lambda: programmes.split(session, world.poster, id, pair, compiled.ids("AC"), "a", at=BEGIN), Invalid),
        (lambda: programmes.split(session, world.poster, id, pair, compiled.ids("B"), "a", at=BEGIN), Invalid),
        (lambda: programmes.split(session, world.poster, id, pair, [], "a", at=BEGIN), Invalid),
        (lambda: programmes.merge(session, world.poster, id, pair, [pair], at=BEGIN), Invalid),
        (lambda: programmes.merge(session, world.poster, id, pair, ["none"], at=BEGIN), NotFound),
        (lambda: programmes.move(session, world.poster, id, pair, [world.need], at=BEGIN), NotFound),
        (lambda: programmes.rename(session, world.poster, id, "none", "a", at=BEGIN), NotFound),
        (lambda: programmes.rename(session, world.stranger, id, other, "a", at=BEGIN), NotFound),
        (lambda: programmes.rename(session, DESK, id, other, "a", at=BEGIN), NotFound),
        (lambda: programmes.rename(session, at(world.company, Role.RESEARCHER), id, other, "a", at=BEGIN), Forbidden),
        (lambda: compiled.compile(funder_id="none"), Invalid),
        (lambda: compiled.compile(funder_id=world.company), Invalid),
    ):
        with pytest.raises(error):
            change()
    assert compiled.shape() == ["AC", "B", "D"]


@ON_BOTH
def test_a_topic_becomes_a_challenge_under_the_programme_s_ratio_and_funder(compiled: Compiled) -> None:
    compiled.programme = compiled.compile(funder_id=compiled.world.rival, public_ratio=0.5)
    challenge = compiled.opened("AC", summary="公开的摘要")
    assert (challenge.mechanism, challenge.title, challenge.funder_id) == (
        "explorer",
        "正极残碱",
        compiled.world.rival,
    )
    assert challenge_moves.mechanism_of(challenge).public_ratio == 0.5
    assert challenge.content["need_ids"] == compiled.ids("AC")
    assert challenge.budget == Decimal(20)
    assert programmes.challenges_of(compiled.session, compiled.topics()) == {compiled.topic("AC"): challenge}


def test_an_edit_that_names_no_funder_keeps_the_programme_s(compiled: Compiled) -> None:
    world = compiled.world
    compiled.programme = compiled.compile(funder_id=world.rival, public_ratio=0.5)
    challenge = compiled.opened("AC")
    draft = drafted(title="新题", mechanism="explorer", need_ids=compiled.ids("AC"))
    edited = drafting.edit(compiled.session, world.poster, challenge.id, draft, at=BEGIN)
    assert (edited.title, edited.funder_id) == ("新题", world.rival)


def test_a_topic_s_challenge_is_published_once_the_programme_s_funder_has_confirmed(compiled: Compiled) -> None:
    session, world = compiled.session, compiled.world
    compiled.programme = compiled.compile(funder_id=world.rival, public_ratio=0.5)
    challenge = compiled.opened("AC")
    said = {"mechanism": "explorer", "need_ids": compiled.ids("AC"), "funder_id": world.rival, "budget": "333.33"}
    drafting.edit(session, world.poster, challenge.id, drafted(**said), at=BEGIN)
    drafting.propose(session, world.poster, challenge.id, at=BEGIN)
    *_, asked = events.of_thing(session, f"challenge:{challenge.id}")
    assert (asked.action, asked.detail["amount"]) == ("challenge.funding_asked", "166.66")
    with pytest.raises(NotAllowed, match=r"166\.66 CNY"):
        publishing.publish(session, DESK, SECRETS, challenge.id, at=BEGIN)
    funding.agree(session, world.stranger, challenge.id, Decimal("166.66"), "CNY", at=BEGIN)
    publishing.publish(session, DESK, SECRETS, challenge.id, at=BEGIN)
    assert (challenge.funder_amount, challenge.published_at) == (Decimal("166.66"), BEGIN)


def test_a_topic_that_is_a_challenge_stays_as_it_is(compiled: Compiled) -> None:
    session, world, id = compiled.session, compiled.world, compiled.programme.id
    challenge = compiled.opened("AC")
    pair, other = compiled.topic("AC"), compiled.topic("B")
    for change in (
        lambda: compiled.opened("AC"),
        lambda: programmes.rename(session, world.poster, id, pair, "a", at=BEGIN),
        lambda: programmes.move(session, world.poster, id, other, compiled.ids("A"), at=BEGIN),
        lambda: programmes.move(session, world.poster, id, pair, compiled.ids("B"), at=BEGIN),
        lambda: programmes.merge(session, world.poster, id, other, [pair], at=BEGIN),
        lambda: programmes.split(session, world.poster, id, pair, compiled.ids("A"), "a", at=BEGIN),
    ):
        with pytest.raises(Conflict):
            change()
    amendments.cancel(session, world.poster, challenge.id, reason="改期", at=BEGIN)
    assert compiled.opened("AC").id != challenge.id


def test_programmes_are_their_own_organisation_s(compiled: Compiled) -> None:
    session, world = compiled.session, compiled.world
    assert [one.id for one in programmes.listed(session, world.manager)] == [compiled.programme.id]
    assert programmes.listed(session, world.stranger) == []
    with pytest.raises(NotFound):
        programmes.find(session, world.stranger, compiled.programme.id)
    with pytest.raises(NotFound):
        programmes.compile_guide(
            session, world.stranger, compiled.list_id, title="a", model_id="m", telling=telling, at=BEGIN
        )
