"""The whole story with the real bundled model: files in, ranked pairs with reasons out."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from api.composition import Home, open_home
from api.settings import Settings
from matcher import items, listing, results
from matcher.accounts import people
from matcher.actors import Actor
from matcher.drafts import NeedDraft, ResultDraft
from matcher.entities import Kind, Membership, Need, Result, now
from matcher.errors import Invalid, NotFound
from matcher.intake import report
from matcher.intake.rows import read
from matcher.listing import ListFilter
from matcher.matching.matches import Match, Narrowing, Ranker
from matcher.matching.pipeline import match_draft, match_item, match_text
from matcher.problem_lists import bring
from matcher.reviews import board, sides
from matcher.reviews.board import Why
from matcher.sessions import reading, writing
from seed_data import loading, pairs

ACTOR = Actor("tester", trusted=True)
NEEDS = [
    ["编号", "需求名称", "单位", "需求描述", "技术指标", "合作方式", "预算", "期望成熟度"],
    ["N1", "高速電主軸軸承壽命提升", "台中精機", "主軸轉速提高後，軸承滾道早期剝落，壽命不足三千小時。",
     "寿命≥8000h", "技术许可", "100-200万元", "TRL 7"],
    ["N2", "Charging lithium cells in the cold", "Nordkraft", "Our delivery vans cannot be charged below -10 °C: "
     "lithium plating ruins the cells.", "charging rate >= 2 C", "licence", "CNY 3,000,000", "7"],
    ["N3", "番茄采后保鲜", "寿光果蔬", "番茄常温运输五天就变软腐烂，需要不用化学防腐剂的保鲜办法。",
     "货架期≥14天", "联合研发", "面议", "中试"],
]  # fmt: skip
RESULTS = [
    ["Result ID", "Title", "Organisation", "Abstract", "Indicators", "TRL", "Cooperation", "Price"],
    ["R1", "Solid lubricant coating for angular contact bearings", "Northfield",
     "A sputtered MoS2 coating on raceways of high-speed spindle bearings delays spalling and wear.",
     "service life = 9000 h", "4", "licence", "CNY 1,500,000"],
    ["R2", "锂离子电池低温快充脉冲预热方法", "江淮理工大学",
     "利用双向脉冲电流在零下二十度快速加热电芯，避免析锂后再大倍率充电。",
     "充电倍率=3C", "8", "许可", "80万元"],
    ["R3", "壳聚糖可食性涂膜", "闽南农业大学", "在果实表面形成可食性薄膜，降低番茄等果蔬的呼吸强度，延缓软化和腐烂。",
     "货架期=16天", "6", "联合研发", "50万元"],
    ["R4", "刀具磨损在线监测", "江淮理工大学",
     "用主轴振动信号监测切削刀具磨损，预测刀具寿命。", "准确率=95%", "7", "许可", "60万元"],
    ["R5", "Lithium extraction from brine", "Northfield",
     "A membrane that separates lithium from magnesium in salt lakes.",
     "recovery = 90 %", "5", "licence", "CNY 900,000"],
]  # fmt: skip


def file_of(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("flow")
    with open_home(Settings(home=folder / "home", _env_file=None)) as opened:
        for rows, kind in ((NEEDS, report.Kind.NEEDS), (RESULTS, report.Kind.RESULTS)):
            intake = read(file_of(folder / f"{kind}.csv", rows), kind)
            assert intake.problems == []
            with writing(opened.engine) as session:
                bring(session, ACTOR, intake)
        opened.index.catch_up()
        yield opened


def matches(home: Home, reference: str, **options: object) -> list[Match]:
    with reading(home.engine) as session:
        id = session.exec(select(Need.id).where(Need.reference == reference)).one()
        return match_item(session, home.index, ACTOR, Kind.NEED, id, **options)  # type: ignore[arg-type]  # as given


@pytest.mark.parametrize(("need", "best"), [("N1", "R1"), ("N2", "R2"), ("N3", "R3")])
def test_a_need_finds_its_result_across_languages_and_scripts(home: Home, need: str, best: str) -> None:
    assert matches(home, need)[0].reference == best


@pytest.mark.parametrize(("result", "best"), [("R1", "N1"), ("R2", "N2"), ("R3", "N3")])
def test_a_result_finds_its_need(home: Home, result: str, best: str) -> None:
    with reading(home.engine) as session:
        id = session.exec(select(Result.id).where(Result.reference == result)).one()
        assert match_item(session, home.index, ACTOR, Kind.RESULT, id)[0].reference == best


def test_every_match_carries_its_reasons(home: Home) -> None:
    ranked = matches(home, "N1")
    best = ranked[0]
    assert [match.rank for match in ranked] == list(range(1, len(ranked) + 1))
    assert [match.score for match in ranked] == sorted((match.score for match in ranked), reverse=True)
    assert all(0 <= match.score <= 1 for match in ranked)
    assert best.organisation == "Northfield"
    assert sum(share.share for share in best.shares) == pytest.approx(best.score)
    assert {share.part: share.value for share in best.shares}["cooperation"] == 1.0
    assert [gap.message for gap in best.gaps] == ["TRL 4, wanted 7"]
    closest = best.agreements[0]
    assert closest.similarity >= best.agreements[-1].similarity >= 0.3
    assert "轴承" in closest.text_here or "軸承" in closest.text_here
    assert "bearing" in closest.text_there.lower()


def test_shared_words_are_named_rarest_first(home: Home) -> None:
    assert "番茄" in matches(home, "N3")[0].terms


def test_a_narrowed_search_keeps_to_its_bounds(home: Home) -> None:
    assert {match.reference for match in matches(home, "N1", narrowing=Narrowing(maturity=7))} == {"R2", "R4"}
    assert matches(home, "N1", narrowing=Narrowing(field="energy.wind")) == []
    with pytest.raises(Invalid, match="unknown field 'nonsense'"):
        matches(home, "N1", narrowing=Narrowing(field="nonsense"))


def test_top_and_min_score_cut_the_list(home: Home) -> None:
    ranked = matches(home, "N2")
    assert matches(home, "N2", top=2) == ranked[:2]
    bound = ranked[1].score
    assert matches(home, "N2", min_score=bound) == ranked[:2]


@pytest.mark.parametrize("ranker", list(Ranker))
def test_each_ranker_orders_by_its_own_evidence(home: Home, ranker: Ranker) -> None:
    parts = {share.part for share in matches(home, "N3", ranker=ranker)[0].shares}
    assert (parts == {"meaning"}) == (ranker is Ranker.DENSE)
    assert (parts == {"words"}) == (ranker is Ranker.LEXICAL)


def test_a_draft_is_matched_without_being_stored(home: Home) -> None:
    draft = NeedDraft(title="果蔬保鲜", problem="番茄腐烂", cooperation_modes=["equity"])
    with reading(home.engine) as session:
        before = len(session.exec(select(Need)).all())
        best = match_draft(session, home.index, ACTOR, draft)[0]
        assert len(session.exec(select(Need)).all()) == before
    assert best.reference == "R3"
    assert [gap.message for gap in best.gaps] == ["offers joint development, wanted equity"]


def test_free_text_finds_either_kind(home: Home) -> None:
    with reading(home.engine) as session:
        assert match_text(session, home.index, ACTOR, "電池 低溫充電", Kind.RESULT)[0].reference == "R2"
        assert match_text(session, home.index, ACTOR, "keeping tomatoes fresh", Kind.NEED)[0].reference == "N3"
        assert match_text(session, home.index, ACTOR, "  ", Kind.NEED) == []


def test_an_unknown_item_is_not_found(home: Home) -> None:
    with reading(home.engine) as session, pytest.raises(NotFound):
        match_item(session, home.index, ACTOR, Kind.NEED, "nobody")


def test_what_was_just_written_is_found_and_what_was_withdrawn_is_not(home: Home) -> None:
    with writing(home.engine) as session:
        owner = session.exec(select(Result.organisation_id)).first() or ""
        id = results.post_result(session, ACTOR, owner, ResultDraft(title="番茄气调保鲜箱", abstract="番茄保鲜")).id
    home.index.catch_up()
    assert id in {match.id for match in matches(home, "N3")}
    with writing(home.engine) as session:
        items.move(session, ACTOR, items.hold(session, ACTOR, Result, id), "withdraw")
    home.index.catch_up()
    assert id not in {match.id for match in matches(home, "N3")}


def test_one_result_entered_twice_is_shown_once_with_its_twin_named(home: Home) -> None:
    with writing(home.engine) as session:
        twin = session.exec(select(Result).where(Result.reference == "R3")).one()
        draft = items.draft_of(session, twin).model_copy(update={"reference": "R3-again"})
        assert isinstance(draft, ResultDraft)
        both = {twin.id, (id := results.post_result(session, ACTOR, twin.organisation_id, draft).id)}
    home.index.catch_up()
    ranked = matches(home, "N3")
    assert {ranked[0].id, *ranked[0].duplicates} == both
    assert not both & {match.id for match in ranked[1:]}
    with writing(home.engine) as session:
        items.move(session, ACTOR, items.hold(session, ACTOR, Result, id), "withdraw")
    home.index.catch_up()


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with open_home(Settings(home=tmp_path_factory.mktemp("demonstration"), _env_file=None)) as opened:
        loading.fill(opened.engine, ACTOR, accounts=True)
        opened.index.catch_up()
        yield opened


def test_the_demonstration_set_is_ranked_well(demonstration: Home) -> None:
    """A floor far below the figures in the README, to notice when something breaks."""
    judged = loading.judgements()
    solved = {need for (need, _), grade in judged.items() if grade == 3}
    found = 0
    with reading(demonstration.engine) as session:
        for need in session.exec(select(Need).where(col(Need.reference).in_(solved))):
            ranked = match_item(session, demonstration.index, ACTOR, Kind.NEED, need.id, top=3)
            found += any(judged.get((need.reference, match.reference), 0) == 3 for match in ranked)
    assert found >= 0.9 * len(solved)


def test_the_demonstration_s_matchmaker_has_pairs_at_every_stage(demonstration: Home) -> None:
    with writing(demonstration.engine) as session:
        pairs.add(session, demonstration.index, now())
        counts = board.counts(session, ACTOR)
        assert all(counts.values()), counts
        waiting = {}
        for name in ("company", "lab", "matchmaker"):
            person = people.by_email(session, f"{name}@example.com")
            assert person is not None
            for home in session.exec(select(Membership.organisation_id).where(Membership.person_id == person.id)):
                asked = sides.listed(session, people.actor_for(session, person, home), waiting=True)
                waiting[name] = len(asked)
        assert waiting == {"company": 1, "lab": 1}
        due = {one.why for one in board.today(session, ACTOR, person.id, at=now())}
        assert {Why.ANSWERED, Why.WAITING} <= due


def test_needs_are_still_there_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, _env_file=None)
    with open_home(settings) as opened, writing(opened.engine) as session:
        bring(session, ACTOR, read(file_of(tmp_path / "n.csv", NEEDS), report.Kind.NEEDS))
    with open_home(settings) as opened, reading(opened.engine) as session:
        assert {need.title for need in listing.page(session, ACTOR, Need, ListFilter()).items} == {
            row[1] for row in NEEDS[1:]
        }
