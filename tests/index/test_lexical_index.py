"""What every lexical index must do."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from embeddings.base import AtLeast, Filter, LexicalIndex, Metadata, OneOf
from embeddings.factory import load_lexical_index, make_lexical_index
from embeddings.snapshot import DamagedSnapshot

TEXTS = {
    1: "锂离子电池隔膜的耐热性",
    2: "鋰離子電池電解液",
    3: "6061-T6 aluminium alloys for battery housings, 800 MPa",
    4: "轴承 SKF-6205 的润滑，按 GB/T 228.1 测试",
    5: "Lubrication of bearings",
}
FACTS: dict[int, Metadata] = {
    1: {"region": "32", "trl": 3},
    2: {"region": "33", "trl": 6},
    3: {"region": "32", "trl": None, 'a key: [of] "any" kind': -4},
    4: {"trl": 9},
    5: {},
}


@pytest.fixture(params=["tantivy"])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def index(name: str) -> LexicalIndex:
    made = make_lexical_index(name)
    made.upsert(list(TEXTS), list(TEXTS.values()), list(FACTS.values()))
    return made


def found(index: LexicalIndex, text: str, where: Filter | None = None, k: int = 10) -> list[int]:
    return [hit.id for hit in index.search(text, k, where)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("隔膜", [1]),
        ("鋰離子電池隔膜", [1, 2]),
        ("电解液", [2]),
        ("800MPa", [3]),
        ("铝合金 6061", [3]),
        ("6061T6", [3]),
        ("bearing", [5]),
        ("SKF 6205", [4]),
        ("GB/T228.1", [4]),
        ("超导", []),
        ("的 the", []),
        ("", []),
        ('" AND (text:[* TO', []),
    ],
)
def test_texts_are_found_by_their_words(index: LexicalIndex, text: str, ids: list[int]) -> None:
    assert found(index, text) == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [("corrosion welding", [3, 1, 2]), ("corrosion corrosion welding", [1, 2, 3])],
)
def test_a_rarer_word_counts_for_more_and_so_does_a_repeated_one(name: str, text: str, ids: list[int]) -> None:
    index = make_lexical_index(name)
    texts = ["corrosion steel", "corrosion zinc", "welding robot", "laser glass", "pump seal"]
    index.upsert([1, 2, 3, 4, 5], texts, [{}] * 5)
    assert found(index, text) == ids


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({}, {1, 2, 3, 4, 5}),
        ({"region": OneOf(frozenset({"32"}))}, {1, 3}),
        ({"region": OneOf(frozenset({"32", "33", "99"}))}, {1, 2, 3}),
        ({"region": OneOf(frozenset())}, set()),
        ({"trl": AtLeast(6)}, {2, 4}),
        ({"trl": AtLeast(-9)}, {1, 2, 4}),
        ({"trl": OneOf(frozenset({"6"}))}, set()),
        ({"region": AtLeast(1)}, set()),
        ({"region": OneOf(frozenset({"32"})), "trl": AtLeast(3)}, {1}),
        ({'a key: [of] "any" kind': AtLeast(-4)}, {3}),
        ({'a key: [of] "any" kind': AtLeast(-3)}, set()),
        ({"unknown": AtLeast(0)}, set()),
    ],
)
def test_filters_narrow_and_leave_the_scores_alone(index: LexicalIndex, where: Filter, ids: set[int]) -> None:
    text = "电池 轴承 bearing battery"
    assert set(found(index, text, where)) == ids
    free = {hit.id: hit.score for hit in index.search(text, 10)}
    for hit in index.search(text, 10, where):
        assert hit.score == pytest.approx(free[hit.id], rel=1e-5)


def test_only_k_texts_come_back_equal_ones_by_id(index: LexicalIndex) -> None:
    index.upsert([9, 8, 7], ["超导磁体"] * 3, [{}] * 3)
    assert found(index, "超导", k=2) in ([7, 8], [8, 9], [7, 9])
    assert found(index, "超导") == [7, 8, 9]
    assert found(index, "超导", k=0) == []


def test_texts_are_replaced_and_removed(index: LexicalIndex) -> None:
    index.upsert([1, 6, 6], ["超导磁体", "first", "second"], [{"trl": 1}, {}, {}])
    assert (len(index), found(index, "隔膜"), found(index, "超导")) == (6, [], [1])
    assert (found(index, "first"), found(index, "second")) == ([], [6])
    index.remove([1, 77])
    assert (len(index), found(index, "超导")) == (5, [])


def test_an_empty_index_finds_nothing(name: str) -> None:
    index = make_lexical_index(name)
    assert (len(index), found(index, "电池"), index.telling("")) == (0, [], {})
    index.remove([1])
    index.upsert([], [], [])
    assert len(index) == 0


@pytest.mark.parametrize("text", ["隔膜", "锂离子电池隔膜", "电池 电池 电池 SKF-6205", TEXTS[3], "隔膜 unheard"])
def test_a_score_stays_below_what_the_telling_words_can_add(index: LexicalIndex, text: str) -> None:
    assert 0 < index.search(text, 1)[0].score < sum(index.telling(text).values())


def test_the_telling_words_weigh_more_when_rare_repeated_or_unheard(index: LexicalIndex) -> None:
    telling = index.telling("电池 隔膜 隔膜 轴承 unheard 的")
    assert set(telling) == {"电池", "隔膜", "轴承", "unheard"}
    assert telling["电池"] < telling["轴承"] < telling["unheard"]
    assert telling["隔膜"] == pytest.approx(2 * telling["轴承"])


def test_a_long_text_is_searched_by_its_most_telling_words(name: str) -> None:
    index = make_lexical_index(name)
    common = [f"common{chr(97 + i)}" for i in range(26)] + [f"shared{chr(97 + i)}" for i in range(26)]
    index.upsert(range(50), [" ".join(common)] * 49 + ["quenching"], [{}] * 50)
    assert found(index, " ".join(common) + " quenching", k=1) == [49]


def test_a_snapshot_answers_alike_while_the_original_goes_on(index: LexicalIndex, name, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    index.save(snapshot)
    before = index.search("电池 轴承", 10)
    alike = index.alike("电池 轴承 润滑", [1, 2, 3, 4, 5]).tolist()
    index.upsert([10], ["电池"], [{}])
    index.remove([1])
    first = load_lexical_index(name, snapshot)
    second = load_lexical_index(name, snapshot, tmp_path / "working")
    assert first.search("电池 轴承", 10) == before
    ids = [1, 2, 3, 4, 5]
    assert first.alike("电池 轴承 润滑", ids).tolist() == alike
    first.remove([2])
    second.upsert([11], ["轴承"], [{"trl": 9}])
    assert (len(index), len(first), len(second)) == (5, 4, 6)
    assert set(found(second, "轴承", {"trl": AtLeast(9)})) == {4, 11}
    again = tmp_path / "again"
    again.mkdir()
    second.save(again)
    assert len(load_lexical_index(name, again)) == 6
    assert load_lexical_index(name, snapshot).search("电池 轴承", 10) == before


def test_texts_that_do_not_count_move_no_weight_and_no_score_of_those_that_do(index: LexicalIndex) -> None:
    text = "轴承 battery 隔膜 unheard"
    before = (index.telling(text), index.search(text, 10))
    index.upsert([20, 21], ["轴承 unheard " * 9, "battery 隔膜 轴承"], [{}, {}], counted=[])
    assert (index.telling(text), [hit for hit in index.search(text, 10) if hit.id < 20]) == before
    index.upsert([20], ["unheard unheard battery"], [{}], counted=[])
    index.remove([21])
    assert (index.telling(text), [hit for hit in index.search(text, 10) if hit.id < 20]) == before


def test_texts_that_do_not_count_are_found_by_the_same_weights(index: LexicalIndex) -> None:
    index.upsert([20, 21], ["轴承 轴承 unheard", "电池"], [{"trl": 9}, {}], counted=[])
    text = "电池 轴承 轴承 unheard"
    once = index.telling(text)
    scores = {hit.id: hit.score for hit in index.search(text, 10)}
    assert scores[20] == pytest.approx((once["轴承"] + once["unheard"]) / 2.2, abs=0.01)
    assert scores[20] < sum(once.values())
    assert found(index, text, k=2) == [20, 4]
    assert found(index, text, {"trl": AtLeast(9)}) == [20, 4]
    assert len(index) == 7


def test_a_text_counts_from_when_it_is_said_to(index: LexicalIndex) -> None:
    index.upsert([6], ["超导磁体"], [{}], counted=[])
    index.upsert([7], ["超导"], [{}], counted=[])
    assert (len(index), found(index, "超导")) == (7, [6, 7])
    unheard = index.telling("超导")["超导"]
    index.upsert([6, 7], ["超导磁体", "超导"], [{}, {}], counted=[7])
    assert (len(index), found(index, "超导")) == (7, [7, 6])
    assert index.telling("超导")["超导"] < unheard
    index.remove([6, 7])
    assert (len(index), found(index, "超导")) == (5, [])


def test_texts_are_alike_in_all_of_their_words(index: LexicalIndex) -> None:
    same, near, far, unknown = index.alike("锂离子电池隔膜的耐热性", [1, 2, 5, 77])
    assert same == pytest.approx(1.0)
    assert 0 < near < same
    assert (far, unknown) == (0.0, 0.0)
    assert index.alike("", [1]).tolist() == index.alike("超导", [1]).tolist() == [0.0]
    assert index.alike("电池", []).tolist() == []


def test_a_text_that_has_much_besides_is_less_alike_and_a_rarer_word_makes_more_alike(index: LexicalIndex) -> None:
    index.upsert([6, 7], ["轴承", "轴承 润滑 密封 温升 电机 主轴"], [{}, {}])
    short, long = index.alike("轴承", [6, 7])
    assert short == pytest.approx(1.0)
    assert 0 < long < short
    index.upsert([8, 9], ["battery cathode", "battery anode anode"], [{}, {}])
    common, rare = index.alike("battery cathode", [9, 8])
    assert common < rare
    once, twice = index.alike("anode", [9]), index.alike("anode anode", [9])
    assert once == pytest.approx(twice)


def test_a_text_without_a_passage_is_as_alike_as_the_rest_of_it(index: LexicalIndex) -> None:
    index.upsert([6, 7], ["轴承 润滑\n密封 轴承", "密封 轴承"], [{}, {}], counted=[])
    less, rest = index.alike("轴承 密封 电机", [6, 7], without=["轴承 润滑", ""])
    assert less == pytest.approx(rest)
    assert index.alike("轴承", [6, 77], without=["轴承 润滑 密封 轴承", "轴承"]).tolist() == [0.0, 0.0]


def test_texts_that_do_not_count_make_no_other_more_alike(index: LexicalIndex) -> None:
    text = "轴承 battery 隔膜 unheard 润滑"
    before = index.alike(text, [1, 3, 4, 5]).tolist()
    index.upsert([20], ["轴承 unheard " * 9], [{}], counted=[])
    assert index.alike(text, [1, 3, 4, 5]).tolist() == before
    assert index.alike(text, [20])[0] > 0
    index.upsert([20], ["轴承 unheard " * 9], [{}])
    assert index.alike(text, [1, 3, 4, 5]).tolist() != before
    index.remove([20])
    assert index.alike(text, [1, 3, 4, 5]).tolist() == pytest.approx(before)
    assert index.alike(text, [20]).tolist() == [0.0]


@pytest.mark.parametrize("harm", ["cut", "changed", "missing", "no manifest"])
def test_a_damaged_snapshot_is_refused(index: LexicalIndex, name: str, tmp_path: Path, harm: str) -> None:
    index.save(tmp_path)
    victim = max((path for path in tmp_path.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    content = bytearray(victim.read_bytes())
    os.unlink(victim)  # it may be linked with the working copy
    if harm == "cut":
        victim.write_bytes(content[:-1])
    elif harm == "changed":
        content[len(content) // 2] ^= 1
        victim.write_bytes(content)
    elif harm == "no manifest":
        victim.write_bytes(content)
        (victim.parent / "manifest.json").unlink()
    with pytest.raises(DamagedSnapshot):
        load_lexical_index(name, tmp_path)


def test_single_texts_are_found_at_once(index: LexicalIndex) -> None:
    started = time.perf_counter()
    for i in range(100, 110):
        index.upsert([i], ["超导"], [{}])
        assert len(index.search("超导", 50)) == i - 99
    assert time.perf_counter() - started < 5
