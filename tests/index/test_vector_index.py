"""One contract for every vector index: it answers as comparing everything does."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from embeddings.base import AtLeast, Filter, Hit, Metadata, OneOf, VectorIndex
from embeddings.factory import load_vector_index, make_vector_index
from embeddings.faiss_index import FaissIndex

DIMENSION = 8

# The small limit makes a handful of rows take the way of a large set.
BACKENDS: dict[str, Callable[[int], VectorIndex]] = {
    "faiss, flat": lambda dimension: make_vector_index("faiss", dimension=dimension),
    "faiss, sketches": lambda dimension: FaissIndex(dimension, flat_limit=24),
}


@pytest.fixture(params=BACKENDS)
def make(request: pytest.FixtureRequest) -> Callable[[int], VectorIndex]:
    return BACKENDS[request.param]


def unit_vectors(count: int, seed: int = 0, dimension: int = DIMENSION) -> np.ndarray:
    """Rounded to half precision, as a large index keeps them."""
    rows = np.random.default_rng(seed).standard_normal((count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def passes(facts: Metadata, where: Filter | None) -> bool:
    for key, condition in (where or {}).items():
        value = facts.get(key)
        if isinstance(condition, OneOf):
            if value not in condition.values:
                return False
        elif not isinstance(value, int) or value < condition.low:
            return False
    return True


def exact(
    rows: dict[int, tuple[np.ndarray, Metadata]], query: np.ndarray, k: int, where: Filter | None = None
) -> list[Hit]:
    found = [Hit(i, float(vector @ query)) for i, (vector, facts) in rows.items() if passes(facts, where)]
    return sorted(found, key=lambda hit: (-round(hit.score, 6), hit.id))[:k]


def agree(found: list[Hit], expected: list[Hit]) -> None:
    assert [hit.id for hit in found] == [hit.id for hit in expected]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=2e-6)


def filled(make: Callable[[int], VectorIndex], count: int = 60) -> tuple[VectorIndex, dict]:
    vectors = unit_vectors(count)
    facts: list[Metadata] = [
        {"region": f"32{i % 5}", "trl": i % 10 if i % 7 else None, "kind": "need" if i % 2 else "result"}
        for i in range(count)
    ]
    index = make(DIMENSION)
    index.upsert(np.arange(count) * 3, vectors, facts)
    return index, {i * 3: (vectors[i], facts[i]) for i in range(count)}


FILTERS: list[Filter | None] = [
    None,
    {},
    {"region": OneOf(frozenset({"321"}))},
    {"region": OneOf(frozenset({"321", "323", "not there"}))},
    {"region": OneOf(frozenset())},
    {"trl": AtLeast(5)},
    {"trl": AtLeast(-5)},
    {"trl": AtLeast(99)},
    {"trl": OneOf(frozenset({"5"}))},
    {"region": AtLeast(1)},
    {"unknown": OneOf(frozenset({"x"}))},
    {"unknown": AtLeast(0)},
    {"region": OneOf(frozenset({"320", "322"})), "trl": AtLeast(3), "kind": OneOf(frozenset({"need"}))},
]


@pytest.mark.parametrize("where", FILTERS)
@pytest.mark.parametrize("k", [1, 10, 1000])
def test_a_search_finds_what_comparing_all_rows_that_pass_finds(make, where, k) -> None:
    index, rows = filled(make)
    queries = unit_vectors(4, seed=9)
    found = index.search(queries, k, where)
    assert len(found) == len(queries)
    for query, hits in zip(queries, found, strict=True):
        agree(hits, exact(rows, query, k, where))


def test_an_empty_index_finds_nothing(make) -> None:
    index = make(DIMENSION)
    assert len(index) == 0
    assert index.search(unit_vectors(2), 5) == [[], []]
    index.remove(np.array([1, 2]))
    assert len(index) == 0


def test_a_row_is_replaced_with_its_facts(make) -> None:
    index, rows = filled(make)
    vector = unit_vectors(1, seed=5)
    index.upsert(np.array([30]), vector, [{"region": "new"}])
    assert len(index) == len(rows)
    agree(index.search(vector, 5, {"region": OneOf(frozenset({"new"}))})[0], exact({30: (vector[0], {})}, vector[0], 5))
    assert 30 not in {hit.id for hit in index.search(vector, 100, {"region": OneOf(frozenset({"320"}))})[0]}


def test_of_an_id_given_twice_at_once_the_later_row_counts(make) -> None:
    index = make(DIMENSION)
    vectors = unit_vectors(2)
    index.upsert(np.array([7, 7]), vectors, [{"n": 1}, {"n": 2}])
    assert len(index) == 1
    np.testing.assert_array_equal(index.vectors(np.array([7])), vectors[1:])
    assert index.search(vectors, 5, {"n": AtLeast(2)})[0][0].id == 7


def test_removed_rows_are_gone_and_unknown_ids_are_ignored(make) -> None:
    index, rows = filled(make)
    index.remove(np.array([0, 3, 3, 4, 999]))
    del rows[0], rows[3]
    assert len(index) == len(rows)
    query = unit_vectors(1, seed=2)
    agree(index.search(query, 100)[0], exact(rows, query[0], 100))


def test_most_rows_can_be_removed_and_others_come(make) -> None:
    index, rows = filled(make, 100)
    for start in range(0, 270, 30):
        gone = np.arange(start, start + 30, 3)
        index.remove(gone)
        for i in gone.tolist():
            del rows[i]
    vectors = unit_vectors(50, seed=3)
    index.upsert(np.arange(1000, 1050), vectors, [{}] * 50)
    rows.update({1000 + i: (vectors[i], {}) for i in range(50)})
    query = unit_vectors(1, seed=2)
    agree(index.search(query, 100)[0], exact(rows, query[0], 100))
    np.testing.assert_array_equal(index.vectors(np.array([1049, 270])), [vectors[49], rows[270][0]])


def test_vectors_come_in_the_order_asked_for_and_unknown_ids_are_an_error(make) -> None:
    index, rows = filled(make)
    np.testing.assert_array_equal(index.vectors(np.array([9, 0, 9])), [rows[9][0], rows[0][0], rows[9][0]])
    assert index.vectors(np.array([], np.int64)).shape == (0, DIMENSION)
    with pytest.raises(KeyError, match="10"):
        index.vectors(np.array([9, 10]))


def test_equal_scores_come_in_order_of_id_also_where_k_cuts_them_off(make) -> None:
    index = make(DIMENSION)
    ids = np.random.default_rng(1).permutation(200)
    index.upsert(ids, np.repeat(unit_vectors(1), 200, axis=0), [{}] * 200)
    found = index.search(unit_vectors(1), 5)[0]
    assert [hit.id for hit in found] == [0, 1, 2, 3, 4]
    assert len({hit.score for hit in found}) == 1


def test_zero_vectors_are_allowed_and_are_similar_to_nothing(make) -> None:
    index = make(DIMENSION)
    vectors = np.concatenate([np.zeros((40, DIMENSION), np.float32), unit_vectors(3)])
    index.upsert(np.arange(43), vectors, [{}] * 43)
    assert index.search(vectors[41:42], 1)[0][0].id == 41
    assert index.search(np.zeros((1, DIMENSION), np.float32), 3) == [[Hit(0, 0.0), Hit(1, 0.0), Hit(2, 0.0)]]


@pytest.mark.parametrize(
    ("ids", "vectors", "metadata", "message"),
    [
        ([1], np.zeros((1, 3)), [{}], r"expected \(n, 8\)"),
        ([1], np.zeros(8), [{}], r"expected \(n, 8\)"),
        ([1, 2], np.zeros((1, 8)), [{}], "2 ids, 1 vectors, 1 metadata"),
        ([1], np.zeros((1, 8)), [], "1 ids, 1 vectors, 0 metadata"),
        ([1], np.full((1, 8), np.nan), [{}], "finite"),
    ],
)
def test_what_does_not_fit_together_is_refused_and_changes_nothing(make, ids, vectors, metadata, message) -> None:
    index, rows = filled(make)
    with pytest.raises(ValueError, match=message):
        index.upsert(np.array(ids), vectors, metadata)
    assert len(index) == len(rows)


def test_a_saved_index_answers_alike_and_goes_on(make, tmp_path: Path) -> None:
    index, rows = filled(make)
    index.remove(np.array([0]))
    del rows[0]
    index.save(tmp_path)
    index.remove(np.array([3, 6, 9]))
    loaded = load_vector_index("faiss", tmp_path)
    assert (len(loaded), loaded.dimension) == (len(rows), DIMENSION)
    vector = unit_vectors(1, seed=8)
    loaded.upsert(np.array([1]), vector, [{"region": "321", "trl": 9}])
    rows[1] = (vector[0], {"region": "321", "trl": 9})
    for where in FILTERS:
        agree(loaded.search(vector, 20, where)[0], exact(rows, vector[0], 20, where))


def test_searches_go_on_while_others_write(make) -> None:
    index = make(DIMENSION)
    vectors = unit_vectors(400)
    index.upsert(np.arange(20), vectors[:20], [{"n": 1}] * 20)
    problems: list[str] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            for hits in index.search(vectors[:3], 20, {"n": AtLeast(1)}):
                if len(hits) != 20 or len({hit.id for hit in hits}) != 20:
                    problems.append(str(hits))

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for start in range(20, 400, 10):
        index.upsert(np.arange(start, start + 10), vectors[start : start + 10], [{"n": 1}] * 10)
        index.remove(np.arange(start - 20, start - 10))
    done.set()
    for thread in threads:
        thread.join()
    assert not problems
    assert len(index) == 20


# Vectors of halves and ones: exact in half precision, their products exact too, and full of ties.
_LATTICE = [tuple(row) for row in np.eye(4).tolist()] + [
    (a / 2, b / 2, c / 2, d / 2) for a in (1, -1) for b in (1, -1) for c in (1, -1) for d in (1, -1)
]
_vectors = st.sampled_from([*_LATTICE, (0.0, 0.0, 0.0, 0.0)])
_facts = st.fixed_dictionaries(
    {},
    optional={"a": st.sampled_from(["x", "y", None]), "n": st.one_of(st.none(), st.integers(-2, 2))},
)
_filters = st.fixed_dictionaries(
    {},
    optional={
        "a": st.frozensets(st.sampled_from(["x", "y", "z"])).map(OneOf),
        "n": st.integers(-3, 3).map(AtLeast),
    },
)


class AsAnExactScan(RuleBasedStateMachine):
    make: Callable[[int], VectorIndex]

    @initialize()
    def begin(self) -> None:
        self.index = type(self).make(4)
        self.rows: dict[int, tuple[np.ndarray, Metadata]] = {}

    @rule(rows=st.lists(st.tuples(st.integers(0, 80), _vectors, _facts), max_size=40))
    def upsert(self, rows: list) -> None:
        ids = np.array([row[0] for row in rows], np.int64)
        vectors = np.array([row[1] for row in rows], np.float32).reshape(-1, 4)
        self.index.upsert(ids, vectors, [row[2] for row in rows])
        self.rows.update({id_: (vectors[i], rows[i][2]) for i, id_ in enumerate(ids.tolist())})

    @rule(ids=st.lists(st.integers(0, 90), max_size=30))
    def remove(self, ids: list[int]) -> None:
        self.index.remove(np.array(ids, np.int64))
        for id_ in ids:
            self.rows.pop(id_, None)

    @rule()
    def restart(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.index.save(Path(folder))
            self.index = load_vector_index("faiss", Path(folder))

    @rule(query=_vectors, k=st.integers(1, 30), where=_filters)
    def search(self, query: tuple, k: int, where: Filter) -> None:
        row = np.array([query], np.float32)
        assert self.index.search(row, k, where) == [exact(self.rows, row[0], k, where)]
        assert len(self.index) == len(self.rows)


def test_whatever_order_of_writes_and_restarts_it_answers_as_an_exact_scan(make) -> None:
    machine = type("Machine", (AsAnExactScan,), {"make": staticmethod(make)})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=40, stateful_step_count=25, deadline=None, database=None)
    )


@pytest.fixture(scope="module")
def large() -> tuple[FaissIndex, np.ndarray, np.ndarray]:
    """30,000 rows around 300 centres, well beyond what is compared row by row."""
    rng = np.random.default_rng(4)
    count, dimension = 30_000, 64
    near = rng.integers(0, 300, count)
    vectors = unit_vectors(300, 1, dimension)[near] + rng.normal(0, 0.08, (count, dimension))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    chance = rng.integers(0, 1000, count)
    index = FaissIndex(dimension, flat_limit=5_000)
    for start in range(0, count, 3_000):
        part = slice(start, start + 3_000)
        facts = [{"chance": int(c), "field": str(n // 30)} for c, n in zip(chance[part], near[part], strict=True)]
        index.upsert(np.arange(start, start + 3_000), vectors[part], facts)
    return index, vectors, np.stack([chance, near // 30])


@pytest.mark.parametrize(
    ("where", "passing"),
    [
        (None, lambda facts: facts[0] >= 0),
        ({"chance": AtLeast(500)}, lambda facts: facts[0] >= 500),
        ({"chance": AtLeast(650)}, lambda facts: facts[0] >= 650),
        ({"chance": AtLeast(950)}, lambda facts: facts[0] >= 950),
        ({"chance": AtLeast(999)}, lambda facts: facts[0] >= 999),
        ({"field": OneOf(frozenset({"1", "2", "3"}))}, lambda facts: np.isin(facts[1], [1, 2, 3])),
    ],
    ids=["all", "50 %", "35 %", "5 %", "0.1 %", "three fields of ten"],
)
def test_a_large_index_finds_nearly_all_and_never_too_few(large, where, passing) -> None:
    index, vectors, facts = large
    queries = vectors[::500] + np.float32(0.02)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    ids = np.flatnonzero(passing(facts))
    best = ids[np.argsort(-(queries @ vectors[ids].T), axis=1)[:, :10]]
    found = index.search(queries, 100, where)
    assert {len(hits) for hits in found} == {min(100, len(ids))}
    assert {hit.id for hits in found for hit in hits} <= set(ids.tolist())
    right = [len({hit.id for hit in hits[:10]} & set(b.tolist())) for hits, b in zip(found, best, strict=True)]
    assert np.mean(right) / 10 >= 0.98


def test_a_large_index_survives_a_restart_and_replacements(large, tmp_path: Path) -> None:
    index, vectors, _ = large
    index.save(tmp_path)
    loaded = FaissIndex.load(tmp_path)
    queries = vectors[:50]
    assert loaded.search(queries, 20) == index.search(queries, 20)
    swapped = np.arange(12_000)
    loaded.upsert(swapped, vectors[swapped[::-1]], [{}] * len(swapped))
    assert len(loaded) == len(vectors)
    first = [hits[0] for hits in loaded.search(queries, 1)]
    assert [hit.id for hit in first] == [11_999 - i for i in range(50)]
