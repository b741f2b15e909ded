"""The queue is filled by the ranking: what changed is ranked again, and no more than that."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from databases import ON_BOTH
from reviews_support import Scene, id_of, matchmaker, organisation
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from words_encoder import WordsEncoder

from api.composition import open_index
from api.settings import Settings
from matcher import events, items, needs, results
from matcher.actors import COMMAND_LINE
from matcher.drafts import Disclosure, NeedDraft, ResultDraft
from matcher.entities import Judgement, Kind, Need, OrganisationKind, Pair, Result
from matcher.indexing import SearchIndex
from matcher.matching.parts import PARTS
from matcher.matching.pipeline import match_item
from matcher.reviews import proposing, queue, verdicts, worth
from matcher.reviews.verdicts import VerdictDraft
from matcher.sessions import reading, writing
from matcher.states import PairState

pytestmark = ON_BOTH

TEXTS = ("轴承 润滑 磨损 寿命 主轴", "残碱 正极 包覆 浆料 凝胶", "番茄 保鲜 涂膜 货架 腐烂")


class Home:
    """Needs and results about three things, each in words of its own, and the index over them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.index: SearchIndex = open_index(engine, Settings(_env_file=None), encoder=WordsEncoder(), keep=False)
        with writing(engine) as session:
            self.company = organisation(session, OrganisationKind.COMPANY)
            self.lab = organisation(session, OrganisationKind.LAB)
        self.needs = [self.need(text) for text in TEXTS]
        self.results = [self.result(text) for text in TEXTS]

    def need(self, text: str, **said: Any) -> str:
        with writing(self.engine) as session:
            draft = NeedDraft(title=text, problem=text, reference=f"N{self._count(session, Need)}", **said)
            return needs.post_need(session, COMMAND_LINE, self.company, draft).id

    def result(self, text: str, owner: str = "", **said: Any) -> str:
        with writing(self.engine) as session:
            draft = ResultDraft(title=text, abstract=text, reference=f"R{self._count(session, Result)}", **said)
            return results.post_result(session, COMMAND_LINE, owner or self.lab, draft).id

    @staticmethod
    def _count(session: Session, table: Any) -> int:
        return len(session.exec(select(table.id)).all())

    def refresh(self) -> int:
        """How many needs were ranked."""
        ranked, steps = 0, 0
        while True:
            with reading(self.engine) as session:
                if not proposing.behind(session, self.index):
                    return ranked
            ranked += proposing.step(self.engine, self.index)
            steps += 1
            assert steps < 20

    def pairs(self, *conditions: Any) -> list[Pair]:
        with reading(self.engine) as session:
            return list(session.exec(select(Pair).where(*conditions).order_by(col(Pair.priority).desc())))

    def best(self) -> dict[str, str]:
        return {pair.need_id: pair.result_id for pair in self.pairs(col(Pair.rank) == 1)}


@pytest.fixture
def home(engine: Engine) -> Iterator[Home]:
    made = Home(engine)
    yield made
    made.index.close()


def test_each_need_is_paired_with_its_best_results_as_matching_has_them(home: Home) -> None:
    assert home.refresh() == 3
    assert home.best() == dict(zip(home.needs, home.results, strict=True))
    with reading(home.engine) as session:
        for need in home.needs:
            found = match_item(session, home.index, COMMAND_LINE, Kind.NEED, need, min_score=proposing.LEAST)
            kept = sorted((pair for pair in home.pairs() if pair.need_id == need), key=lambda pair: pair.rank or 0)
            assert [(pair.result_id, pair.score, pair.rank) for pair in kept] == [
                (match.id, pytest.approx(match.score), match.rank) for match in found
            ]
            parts = {share.part: pytest.approx(share.value) for share in found[0].shares if share.part in PARTS}
            assert kept[0].evidence == parts
            assert kept[0].ranked_by == worth.ranked_by(home.index)


def test_once_done_nothing_is_left_to_do(home: Home) -> None:
    home.refresh()
    before = home.pairs()
    assert home.refresh() == 0
    assert home.pairs() == before


def test_a_new_result_is_ranked_against_the_needs_that_it_may_help(home: Home) -> None:
    home.refresh()
    better = home.result(f"{TEXTS[0]} 轴承", region="320500")
    assert home.refresh() == 1
    assert {pair.result_id for pair in home.pairs(Pair.need_id == home.needs[0])} == {home.results[0], better}


def test_a_new_need_is_ranked_alone(home: Home) -> None:
    home.refresh()
    need = home.need("番茄 保鲜 腐烂 涂膜")
    assert home.refresh() == 1
    assert home.best()[need] == home.results[2]


def test_what_nobody_looked_at_goes_when_it_fits_no_more_and_what_somebody_saw_stays(home: Home) -> None:
    home.refresh()
    with writing(home.engine) as session:
        actor = matchmaker(session)
        seen = queue.draw(session, actor, id_of(actor), at=Scene(session).at).drawn[0].pair
        seen_id, seen_result = seen.id, seen.result_id
    for number, text in enumerate(("风电 叶片 回收 树脂", "污泥 干化 焚烧 能耗", "芯片 封装 散热 翘曲")):
        with writing(home.engine) as session:
            result = items.hold(session, COMMAND_LINE, Result, home.results[number])
            items.replace(session, COMMAND_LINE, result, ResultDraft(title=text, abstract=text, reference=f"R{number}"))
    home.refresh()
    [left] = home.pairs()
    assert (left.id, left.result_id, left.rank) == (seen_id, seen_result, None)
    with writing(home.engine) as session:
        assert queue.draw(session, COMMAND_LINE, id_of(actor), at=Scene(session).at + queue.RESERVED_FOR).drawn == []


def test_what_was_decided_keeps_the_score_that_it_was_decided_by(home: Home) -> None:
    home.refresh()
    pair = home.pairs(col(Pair.need_id) == home.needs[0])[0]
    with writing(home.engine) as session:
        actor = matchmaker(session)
        draft = VerdictDraft(judgement=Judgement.TAKE_FURTHER)
        verdicts.decide(session, actor, id_of(actor), pair.id, draft, at=pair.proposed_at)
        need = items.hold(session, COMMAND_LINE, Need, home.needs[0])
        items.replace(session, COMMAND_LINE, need, NeedDraft(title=f"{TEXTS[0]} 高温", reference="N0"))
    home.refresh()
    [now] = home.pairs(col(Pair.need_id) == home.needs[0])
    assert (now.state, now.score, now.priority) == (PairState.TAKEN, pair.score, pair.priority)


def test_ranked_in_another_way_all_is_done_anew(home: Home) -> None:
    home.refresh()
    home.index.close()
    home.index = open_index(home.engine, Settings(_env_file=None), encoder=WordsEncoder("words-2"), keep=False)
    assert home.refresh() == 3
    assert {pair.ranked_by for pair in home.pairs()} == {worth.ranked_by(home.index)}


def test_results_changed_by_the_lot_have_all_needs_ranked_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposing, "AT_ONCE", 2)
    home.refresh()
    for number in range(4):
        home.result(f"{TEXTS[number % 3]} 第{number}种")
    assert home.refresh() == 3
    assert len(home.pairs()) == 7


def test_one_s_own_and_what_is_by_consent_is_not_proposed(home: Home) -> None:
    own = home.result(TEXTS[0], owner=home.company)
    hidden = home.result(f"{TEXTS[1]} 包覆", disclosure=Disclosure.CONSENT)
    secret = home.need(TEXTS[2], disclosure=Disclosure.CONSENT)
    home.refresh()
    assert {pair.result_id for pair in home.pairs()} == {*home.results} - {own, hidden}
    assert secret not in home.best()


def test_of_what_is_shown_in_part_a_rough_score_is_told_and_orders(home: Home) -> None:
    need = home.need("风电 叶片 回收 树脂 热解", budget_max="1000000")
    result = home.result("风电 叶片 回收 树脂 热解", disclosure=Disclosure.SUMMARY)
    home.refresh()
    [pair] = home.pairs(col(Pair.need_id) == need)
    assert pair.result_id == result
    assert pair.told_score == round(pair.told_score, 1) != pair.score
    with reading(home.engine) as session:
        sides = session.get_one(Need, need), session.get_one(Result, result)
        view = worth.shown_to_matchmakers(*sides)
        cheap = sides[0].model_copy(update={"budget_max": None})
        assert worth.priority(0.5, view, *sides) == worth.priority(0.5, view, cheap, sides[1])


def test_two_that_go_on_at_the_same_moment_do_one_step(home: Home) -> None:
    with ThreadPoolExecutor(2) as pool:
        with writing(home.engine) as session:
            events.lock(session)
            running = [pool.submit(proposing.step, home.engine, home.index) for _ in range(2)]
            time.sleep(0.4)  # they get as far as they can
        assert sorted(future.result(30) for future in running) == [0, 3]
    assert len(home.pairs()) == 3
