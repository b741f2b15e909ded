"""Vectors in the process itself, through FAISS: the vector index that needs nothing installed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embeddings.base import Filter, Hit, Ids, Metadata, Vectors
from embeddings.faiss_stores import Allowed, FlatStore, SketchStore, read_store
from embeddings.locks import ReadWriteLock
from embeddings.rows import Rows, RowTable
from embeddings.snapshot import DamagedSnapshot, read_manifest, write_manifest

_KIND = "faiss-1"
_SLICE = 50_000
_MASKS_KEPT = 32
_MAX_DEAD_SHARE = 0.25
_MIN_DEAD = 256
_GROWTH = 4
_TIE_ROOM = 8
_MOST_TIES = 2_000
_DECIMALS = 6


class FaissIndex:
    """Implements `embeddings.base.VectorIndex`.

    Up to `flat_limit` rows every row is compared, exactly. Above that the search is approximate
    (`embeddings.faiss_stores.SketchStore`), except under a filter that few rows pass, and vectors
    come back rounded to half precision. Scores are rounded to six decimals, so that equal vectors
    have equal scores however they were found. Of more than about two thousand equal rows in a large
    set, not always those with the lowest ids are returned.
    """

    def __init__(self, dimension: int, flat_limit: int = 20_000) -> None:
        self._dimension = dimension
        self._flat_limit = flat_limit
        self._table = RowTable()
        self._store: FlatStore | SketchStore = FlatStore(dimension)
        self._trained_for = 0
        self._allowed: dict[frozenset[object], Allowed] = {}
        self._allowed_lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._lock = ReadWriteLock()

    @property
    def dimension(self) -> int:
        return self._dimension

    def __len__(self) -> int:
        return len(self._table)

    def upsert(self, ids: Ids, vectors: Vectors, metadata: Sequence[Metadata]) -> None:
        ids = np.asarray(ids, np.int64)
        vectors = self._checked(vectors)
        if not len(ids) == len(vectors) == len(metadata):
            raise ValueError(f"{len(ids)} ids, {len(vectors)} vectors, {len(metadata)} metadata")
        last = _last_of_each(ids)
        with self._write_lock:
            for start in range(0, len(last), _SLICE):
                part = last[start : start + _SLICE]
                with self._lock.writing():
                    self._table.append(ids[part], [metadata[i] for i in part])
                    self._store.add(np.ascontiguousarray(vectors[part]))
                    self._allowed.clear()
                self._maintain()

    def remove(self, ids: Ids) -> None:
        with self._write_lock:
            with self._lock.writing():
                self._table.kill(np.asarray(ids, np.int64))
                self._allowed.clear()
            self._maintain()

    def search(self, queries: Vectors, k: int, where: Filter | None = None) -> list[list[Hit]]:
        queries = self._checked(queries)
        with self._lock.reading():
            allowed = self._passing(where)
            wanted = min(k, allowed.count)
            if wanted <= 0:
                return [[] for _ in queries]
            fetched = min(wanted + _TIE_ROOM, allowed.count)
            scores, rows = self._store.nearest(queries, fetched, allowed)
            return [self._best(queries[i], scores[i], rows[i], wanted, allowed) for i in range(len(queries))]

    def vectors(self, ids: Ids) -> Vectors:
        ids = np.asarray(ids, np.int64)
        with self._lock.reading():
            rows = self._table.find(ids)
            if (rows < 0).any():
                raise KeyError(int(ids[rows < 0][0]))
            return self._store.get(rows)

    def save(self, folder: Path) -> None:
        with self._write_lock:
            self._store.write(folder)
            arrays, dictionaries = self._table.arrays()
            np.savez(folder / "rows.npz", allow_pickle=False, **arrays)
            facts = {
                "dimension": self._dimension,
                "flat_limit": self._flat_limit,
                "trained_for": self._trained_for,
                "dictionaries": dictionaries,
            }
            write_manifest(folder, _KIND, facts)

    @classmethod
    def load(cls, folder: Path) -> FaissIndex:
        """Raises DamagedSnapshot where `folder` is not what `save` wrote."""
        facts, _ = read_manifest(folder, _KIND)
        index = cls(facts["dimension"], facts["flat_limit"])
        index._store = read_store(folder)
        with np.load(folder / "rows.npz", allow_pickle=False) as arrays:
            index._table = RowTable.from_arrays(arrays, facts["dictionaries"])
        index._trained_for = facts["trained_for"]
        if index._store.total != index._table.total:
            raise DamagedSnapshot(f"{folder}: {index._store.total} vectors, {index._table.total} rows")
        return index

    def _checked(self, vectors: Vectors) -> Vectors:
        vectors = np.ascontiguousarray(vectors, np.float32)
        if vectors.ndim != 2 or vectors.shape[1] != self._dimension:
            raise ValueError(f"vectors of shape {vectors.shape}, expected (n, {self._dimension})")
        if not np.isfinite(vectors).all():
            raise ValueError("vectors must be finite")
        return vectors

    def _passing(self, where: Filter | None) -> Allowed:
        key = frozenset((where or {}).items())
        with self._allowed_lock:
            allowed = self._allowed.get(key)
            if allowed is None:
                if len(self._allowed) >= _MASKS_KEPT:
                    self._allowed.pop(next(iter(self._allowed)))
                allowed = self._allowed[key] = Allowed(self._table.passing(where), self._table.total)
            return allowed

    def _best(self, query: Vectors, scores: Vectors, rows: Rows, wanted: int, allowed: Allowed) -> list[Hit]:
        """The best `wanted` of the rows found, equal scores in order of id."""
        while True:
            if not query.any():  # every score is 0: the rows found are as good as any other
                rows = allowed.rows()
                scores = np.zeros(len(rows), np.float32)
            ids = self._table.ids[rows]
            exact = np.round(scores.astype(np.float64), _DECIMALS)
            order = np.lexsort((ids, -exact))
            cut_off = len(rows) < allowed.count and exact[order[wanted - 1]] == exact[order[-1]]
            if not cut_off or (len(rows) >= _MOST_TIES and isinstance(self._store, SketchStore)):
                return [Hit(int(ids[i]), float(exact[i])) for i in order[:wanted]]
            # Rows as good as the last may have been cut off: look further.
            found, numbers = self._store.nearest(query[None], min(len(rows) * 4, allowed.count), allowed)
            scores, rows = found[0], numbers[0]

    def _maintain(self) -> None:
        """Builds rows and store anew when too many are dead, or when there are too many for the way
        they are stored. Searches go on meanwhile; only the exchange at the end makes them wait."""
        table, store = self._table, self._store
        limit = self._trained_for * _GROWTH if isinstance(store, SketchStore) else self._flat_limit
        outgrown = len(table) > limit
        if not outgrown and table.dead <= max(_MIN_DEAD, table.total * _MAX_DEAD_SHARE):
            return
        alive = table.alive()
        fresh: FlatStore | SketchStore
        trained_for = self._trained_for
        if outgrown:
            # Lists and sketches for the size halfway to the next training.
            trained_for = len(alive)
            fresh = SketchStore.trained_on(store, alive, trained_for * 2)
        elif isinstance(store, SketchStore) and len(alive) > self._flat_limit // 2:
            fresh = store.empty_copy()
        else:
            fresh, trained_for = FlatStore(self._dimension), 0
        for start in range(0, len(alive), _SLICE):
            fresh.add(store.get(alive[start : start + _SLICE]))
        compacted = table.compacted()
        with self._lock.writing():
            self._table, self._store, self._trained_for = compacted, fresh, trained_for
            self._allowed.clear()


def _last_of_each(ids: Ids) -> Rows:
    """Places of the last occurrence of each id, in order: of one id given twice the later row counts."""
    _, places = np.unique(ids[::-1], return_index=True)
    return np.sort(len(ids) - 1 - places)
