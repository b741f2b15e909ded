"""Matching shows exactly what the policy lets the viewer find, and nothing hidden crowds it out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from databases import sqlite_engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_tables import ACTORS, HOME, OTHER, THIRD, at, expected_view
from sqlalchemy import Engine
from sqlmodel import Session
from words_encoder import WordsEncoder

from api.composition import make_backends
from matcher import access, consents, items, needs, organisations, results
from matcher.actors import COMMAND_LINE, Actor
from matcher.consents import Questions
from matcher.drafts import Disclosure, IndicatorAchieved, IndicatorTarget, NeedDraft, Operator, ResultDraft
from matcher.entities import Kind, OrganisationKind, Result, Role
from matcher.errors import Forbidden, NotFound
from matcher.indexing import SearchIndex
from matcher.matching import redaction
from matcher.matching.matches import Match, Narrowing, Ranker
from matcher.matching.pipeline import match_draft, match_item, match_text
from matcher.organisations import OrganisationDraft
from matcher.policy import View
from matcher.quantities.compare import Outcome
from matcher.sessions import reading, writing
from matcher.states import ItemState

ASKED = "轴承 涂层 磨损"
WORDS = ["轴承", "涂层", "磨损", "仿真", "石英", "高纯", "电池", "催化"]
REGIONS = ("320500", "430100", "510100")
QUESTIONS = Questions(why_you="a", what_you_bring="b", what_you_want="c")


@dataclass(frozen=True)
class Stored:
    id: str
    owner: str
    tier: Disclosure
    state: ItemState
    region: str
    maturity: int


class Home:
    """Results of three organisations in an index; OTHER may be let in to some."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.index = SearchIndex(engine, make_backends(WordsEncoder()))
        with writing(engine) as session:
            self.ids = {
                name: organisations.admit(
                    session, COMMAND_LINE, OrganisationDraft(kind=OrganisationKind.LAB, name=name)
                ).id
                for name in (HOME, OTHER, THIRD)
            }
        self.actors = {
            name: actor
            if actor.organisation_id is None
            else Actor(actor.name, self.ids[actor.organisation_id], actor.roles, person_id=actor.person_id)
            for name, actor in ACTORS.items()
        }
        self.let_in: set[str] = set()
        self.needs: dict[str, str] = {}

    def post(self, draft: ResultDraft, owner: str, state: ItemState = ItemState.OPEN) -> str:
        with writing(self.engine) as session:
            result = results.post_result(session, COMMAND_LINE, self.ids[owner], draft)
            if state is not ItemState.OPEN:
                items.move(session, COMMAND_LINE, result, "close" if state is ItemState.CLOSED else "withdraw")
            return result.id

    def let_other_in(self, id: str) -> None:
        with writing(self.engine) as session:
            asked = consents.ask(session, at(self.ids[OTHER], Role.MANAGER), Kind.RESULT, id, QUESTIONS)
            consents.grant(session, COMMAND_LINE, asked.id)
        self.let_in.add(id)

    def matches(
        self,
        who: str,
        narrowing: Narrowing = Narrowing(),  # noqa: B008  # frozen
        *,
        need: NeedDraft = NeedDraft(title=ASKED),  # noqa: B008  # frozen
        how: str = "item",
        **options: object,
    ) -> list[Match]:
        """Results for a stored public need, for the same as a draft, or for its title as a text."""
        asked = self.posted_need(need) if how == "item" else ""
        self.index.catch_up()
        options = {"top": 100, "narrowing": narrowing} | options
        with reading(self.engine) as session:
            to_ask = (session, self.index, self.actors[who])
            if how == "item":
                return match_item(*to_ask, Kind.NEED, asked, **options)  # type: ignore[arg-type]
            if how == "draft":
                return match_draft(*to_ask, need, **options)  # type: ignore[arg-type]
            return match_text(*to_ask, need.title, Kind.RESULT, **options)  # type: ignore[arg-type]

    def posted_need(self, draft: NeedDraft) -> str:
        key = draft.model_dump_json()
        if key not in self.needs:
            with writing(self.engine) as session:
                numbered = draft.model_copy(update={"reference": str(len(self.needs))})
                self.needs[key] = needs.post_need(session, COMMAND_LINE, self.ids[HOME], numbered).id
        return self.needs[key]

    def view(self, who: str, stored: Stored) -> View:
        home = ACTORS[who].organisation_id
        if home is None:
            return expected_view(who, stored.state, stored.tier)
        if home == stored.owner:
            return View.FULL
        let_in = home == OTHER and stored.id in self.let_in
        return expected_view("other" if let_in else "third", stored.state, stored.tier)


@pytest.fixture
def home(engine: Engine) -> Home:
    return Home(engine)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, list[Stored]]]:
    """Forty results at random, fewer than are looked at: everything that may be found has to be."""
    with sqlite_engine(tmp_path_factory.mktemp("tiers")) as engine:
        home, chance, stored = Home(engine), random.Random(7), []
        for number in range(40):
            owner, tier = chance.choice([HOME, OTHER, THIRD]), chance.choice(list(Disclosure))
            state = chance.choice([ItemState.OPEN, ItemState.OPEN, ItemState.CLOSED, ItemState.WITHDRAWN])
            draft = ResultDraft(
                title=f"{number} " + " ".join(chance.sample(WORDS, 3)),
                problem=" ".join(chance.sample(WORDS, 4)),
                region=chance.choice(REGIONS),
                maturity=chance.randint(1, 9),
                disclosure=tier,
            )
            id = home.post(draft, owner, state)
            stored.append(Stored(id, owner, tier, state, draft.region or "", draft.maturity or 0))
        for one in stored:
            if one.owner != OTHER and one.state is not ItemState.WITHDRAWN and chance.random() < 0.4:
                home.let_other_in(one.id)
        yield home, stored


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    who=st.sampled_from(list(ACTORS)),
    region=st.none() | st.sampled_from(["320000", "430100"]),
    maturity=st.none() | st.sampled_from([3, 7]),
    owner=st.none() | st.sampled_from([HOME, OTHER, THIRD]),
    tier=st.none() | st.sampled_from(list(Disclosure)),
    state=st.sampled_from([ItemState.OPEN, ItemState.CLOSED]),
    how=st.sampled_from(["item", "draft", "text"]),
)
def test_a_narrowed_match_finds_what_agrees_in_facts_that_are_shown(
    filled: tuple[Home, list[Stored]],
    who: str,
    region: str | None,
    maturity: int | None,
    owner: str | None,
    tier: Disclosure | None,
    state: ItemState,
    how: str,
) -> None:
    home, stored = filled
    needed = View.PUBLIC if region or owner or how != "item" else View.SUMMARY if maturity else View.FIELD
    expected = {
        one.id: home.view(who, one)
        for one in stored
        if one.state is state
        and tier in (None, one.tier)
        and owner in (None, one.owner)
        and (region is None or one.region[:2] == region[:2] and (region.endswith("0000") or one.region == region))
        and (maturity is None or one.maturity >= maturity)
        and home.view(who, one) >= needed
    }
    narrowing = Narrowing(None, region, maturity, state, tier, home.ids[owner] if owner else None)
    assert {match.id: match.view for match in home.matches(who, narrowing, how=how)} == expected


def draft(number: int, tier: Disclosure, **facts: object) -> ResultDraft:
    return ResultDraft(title=f"{ASKED} {number}", problem=ASKED, disclosure=tier, **facts)  # type: ignore[arg-type]


def test_what_is_hidden_does_not_crowd_out_what_is_shown(home: Home) -> None:
    for number in range(150):
        home.post(draft(number, Disclosure.CONSENT), HOME)
    weak = home.post(ResultDraft(title="磨损 催化 石英 仿真 电池"), THIRD)
    assert [match.id for match in home.matches("anonymous")] == [weak]


def test_nor_does_what_the_same_owner_keeps_from_whom_it_let_in(home: Home) -> None:
    for number in range(150):
        home.post(draft(number, Disclosure.CONSENT, region="320500"), HOME)
    weak = ResultDraft(title="磨损 催化 石英 仿真 电池", disclosure=Disclosure.CONSENT, region="320500")
    let_in = home.post(weak, HOME)
    home.let_other_in(let_in)
    assert [match.id for match in home.matches("other", Narrowing(region="320000"))] == [let_in]
    assert home.matches("third", Narrowing(region="320000")) == []


def test_what_is_shown_in_part_comes_with_nothing_but_a_rough_score(home: Home) -> None:
    shown = [IndicatorAchieved(name="摩擦系数", value=0.5)]
    ids = {
        tier: home.post(draft(number, tier, maturity=3, price="9", indicators=shown), HOME)
        for number, tier in enumerate(Disclosure)
    }
    wanted = [IndicatorTarget(name="摩擦系数", operator=Operator.AT_MOST, value=0.1)]
    need = NeedDraft(title=ASKED, problem=ASKED, maturity_wanted=7, budget_max="1", indicators=wanted)
    found = {match.id: match for match in home.matches("third", need=need)}
    in_full, summary, field = (found[ids[tier]] for tier in Disclosure)
    assert in_full.agreements
    assert {gap.part for gap in in_full.gaps} == {"maturity", "budget", "indicators"}
    assert [(one.outcome, one.reason) for one in in_full.indicators] == [(Outcome.NOT_MET, "0.5, wanted ≤ 0.1")]
    assert [(gap.part, gap.message) for gap in summary.gaps] == [("maturity", "TRL 3, wanted 7")]
    assert (summary.title, field.title, field.gaps, field.reason) == (f"{ASKED} 1", "", (), "")
    for match in (summary, field):
        told = (match.reference, match.organisation_id, match.organisation, match.shares, match.agreements, match.terms)
        assert told == ("", "", "", (), (), ())
        assert match.indicators == ()
        assert match.score == round(match.score, 1)
    assert in_full.score != round(in_full.score, 1)


def test_the_order_tells_no_more_than_the_scores_shown(home: Home) -> None:
    for number, tier in enumerate([Disclosure.PUBLIC, Disclosure.SUMMARY, Disclosure.CONSENT] * 5):
        words = " ".join(WORDS[: 3 + number % 5])
        home.post(ResultDraft(title=f"{number} {words}", disclosure=tier), HOME)
    found = home.matches("third")
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    for bound in (0.2, 0.3, 0.5):
        assert {match.id for match in home.matches("third", min_score=bound)} == {
            match.id for match in found if match.score >= bound
        }


def test_nor_when_it_was_posted(home: Home) -> None:
    ids = [home.post(draft(number, Disclosure.CONSENT), HOME) for number in range(9)]
    found = [match.id for match in home.matches("third")]
    assert found == sorted(ids) != ids


def test_a_word_moves_the_score_only_of_what_is_shown_in_full(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for tier in (Disclosure.PUBLIC, Disclosure.SUMMARY, Disclosure.CONSENT):
        home.post(ResultDraft(title=f"{ASKED} {tier}", problem=ASKED, disclosure=tier), HOME)
    with_words = {match.view: match.score for match in home.matches("third")}
    monkeypatch.setattr(home.index.lexical, "alike", lambda text, ids, without=None: np.zeros(len(ids)))
    without = {match.view: match.score for match in home.matches("third")}
    assert set(with_words) == {View.PUBLIC, View.SUMMARY, View.FIELD}
    assert {view for view in with_words if with_words[view] != without[view]} == {View.PUBLIC}


@pytest.mark.parametrize(
    "asked", [{"budget_max": 10}, {"preferred_regions": ["540000"]}, {"cooperation_modes": ["equity"]}]
)
def test_a_fact_moves_the_score_only_of_what_shows_it(home: Home, asked: dict[str, object]) -> None:
    facts: dict[str, object] = {"price": 900, "region": "320500", "cooperation_modes": ["licence"]}
    for tier in Disclosure:
        home.post(ResultDraft.model_validate({"title": f"{ASKED} {tier}", "disclosure": tier, **facts}), HOME)

    def scores(given: dict[str, object]) -> dict[View, float]:
        need = NeedDraft.model_validate({"title": ASKED, **given})
        return {match.view: match.score for match in home.matches("third", need=need)}

    suits = {"budget_max": 1000, "preferred_regions": ["320000"], "cooperation_modes": ["licence"]}
    scores(suits | asked)  # posts it: its words count from then on
    before, after = scores(suits), scores(suits | asked)
    assert set(before) == {View.PUBLIC, View.SUMMARY, View.FIELD}
    assert {view for view in before if before[view] != after[view]} == {View.PUBLIC}


RARE = "Xylanthine"
VARIED = (f"{ASKED} {RARE}", f"{ASKED} {RARE} {RARE} 石英 hydrochloride")


@pytest.mark.parametrize("who", ["anonymous", "third"])
@pytest.mark.parametrize("how", ["item", "draft", "text"])
@pytest.mark.parametrize("ranker", [Ranker.FULL, Ranker.HYBRID, Ranker.LEXICAL])
def test_what_is_hidden_moves_no_score_of_what_is_public(home: Home, who: str, how: str, ranker: Ranker) -> None:
    """However many are posted, changed, withdrawn; what becomes public does."""
    for number in range(60):
        home.post(draft(number, Disclosure.PUBLIC), HOME)
    home.post(ResultDraft(title=f"石英 {RARE}"), HOME)
    shown = [NeedDraft(title=text) for text in (ASKED, *VARIED)]

    def told() -> list[list[Match]]:
        answers = [home.matches(who, need=need, how=how, ranker=ranker) for need in shown]
        return [[replace(one, rank=0) for one in answer if one.view >= View.PUBLIC] for answer in answers]

    told()  # posts the needs
    before = told()
    about_others = {"title": f"{ASKED} {RARE}", "problem": "石英 高纯 催化 仿真 furnace quartz. " * 3}
    tiers = [Disclosure.CONSENT, Disclosure.SUMMARY] * 8
    hidden = [
        home.post(ResultDraft(**about_others, reference=str(n), disclosure=tier), OTHER) for n, tier in enumerate(tiers)
    ]
    rare = ResultDraft(title=f"{RARE} {ASKED}", problem=f"{RARE} " * 9, disclosure=Disclosure.CONSENT)
    id = home.post(rare, OTHER)
    assert told() == before
    with writing(home.engine) as session:
        for change in (rare.model_copy(update={"problem": "hydrochloride 石英"}), rare):
            items.replace(session, COMMAND_LINE, items.hold(session, COMMAND_LINE, Result, id), change)
        items.move(session, COMMAND_LINE, items.hold(session, COMMAND_LINE, Result, hidden[0]), "withdraw")
    assert told() == before
    home.post(ResultDraft(title=f"{RARE} {RARE}"), OTHER)
    assert told() != before


def test_what_is_shown_in_part_crowds_nothing_public_out(home: Home) -> None:
    """Found by words and by meaning, a public one scores higher than found by meaning alone."""
    with reading(home.engine) as session:
        third = access.viewer(session, home.actors["third"])
        under = redaction.recalls(session, third, Kind.RESULT, Narrowing(), View.FIELD, 48)
        assert list(under) == [(Narrowing(disclosure=tier), 48) for tier in Disclosure]


def test_what_is_shown_in_part_is_found_by_what_is_stored_alone(home: Home) -> None:
    ids = {tier: home.post(draft(number, tier), HOME) for number, tier in enumerate(Disclosure)}
    let_in = home.post(draft(3, Disclosure.CONSENT), THIRD)
    own = home.post(draft(4, Disclosure.SUMMARY), OTHER)
    home.let_other_in(let_in)
    for how in ("draft", "text"):
        assert {match.id for match in home.matches("other", how=how)} == {ids[Disclosure.PUBLIC], let_in, own}
        assert {match.id for match in home.matches("match", how=how)} == {ids[Disclosure.PUBLIC]}
    assert {match.id for match in home.matches("other")} == {*ids.values(), let_in, own}
    assert {match.id for match in home.matches("match")} == {*ids.values(), let_in, own}


def test_near_duplicates_are_told_of_only_where_both_are_shown(home: Home) -> None:
    same = ResultDraft(title=ASKED, problem="石英 高纯")
    public = [home.post(same, owner) for owner in (HOME, THIRD)]
    hidden = home.post(same.model_copy(update={"disclosure": Disclosure.SUMMARY}), OTHER)
    seen_by = {
        who: {match.id: set(match.duplicates) for match in home.matches(who)} for who in ("anonymous", "third", "other")
    }
    assert seen_by["anonymous"] == {public[0]: {public[1]}}
    assert seen_by["third"] == {public[0]: {public[1]}, hidden: set()}
    [(kept, twins)] = seen_by["other"].items()
    assert {kept, *twins} == {*public, hidden}


@pytest.mark.parametrize("ranker", [Ranker.DENSE, Ranker.LEXICAL, Ranker.HYBRID])
def test_by_one_kind_of_evidence_alone_only_what_is_public_is_ranked(home: Home, ranker: Ranker) -> None:
    ids = [home.post(draft(number, tier), HOME) for number, tier in enumerate(Disclosure)]
    assert [match.id for match in home.matches("third", ranker=ranker)] == ids[:1]
    assert {match.id for match in home.matches("manager", ranker=ranker)} == set(ids)


def test_the_matches_of_what_is_shown_in_part_are_refused_and_of_what_is_hidden_not_found(home: Home) -> None:
    id = home.post(draft(1, Disclosure.SUMMARY), HOME)
    home.index.catch_up()
    with Session(home.engine) as session:
        for who, error in (("third", Forbidden), ("anonymous", NotFound)):
            with pytest.raises(error):
                match_item(session, home.index, home.actors[who], Kind.RESULT, id)
        assert match_item(session, home.index, home.actors["manager"], Kind.RESULT, id) == []
