"""Where the vectors of a `FaissIndex` lie: a flat store for small sets, sketches for large ones.

A store numbers its rows from 0 in the order they were added and never forgets one; ids, facts and
deletions are the business of `embeddings.rows`.

Why sketches: rows themselves in lists (IVF, half precision) lost recall under filters that go with
the subject, and HNSW loses rows under filters without a sign and takes several times as long to
build. What sketches reach, by filter, is measured by `make bench`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import faiss as typed_faiss
import numpy as np
from numpy.typing import NDArray

from embeddings.base import Vectors
from embeddings.rows import Mask, Rows

faiss: Any = typed_faiss
"""Its type stubs know neither all names nor what the Python wrappers accept."""

_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_CHUNK = 16_384

EXACT_ROWS = 8_000
"""Up to so many rows that pass a filter, all of them are compared."""

VISITED_SHARE = 0.35
VISITED_ROWS = 60_000
"""The nearest lists are visited until they hold this share of the rows that pass, and so many of
them. The second rule keeps recall up under narrow filters, above all those that go with the subject,
where the best rows that pass may lie far from the query."""

REFINED = 4
MIN_REFINED = 300
"""Sketches choose so many rows for each one wanted, and their true scores decide."""

_TRAINING_ROWS = 20_000
_BLOCK = 65_536
_FLAT_FILE = "flat.faiss"
_HALF_FILE = "half.npy"
_SKETCHES_FILE = "sketches.faiss"
_BITS_PER_SKETCH_PART = 4
_NUMBERS_PER_SKETCH_PART = 2


class Allowed:
    """The rows a search may return. Made once for a filter and used until the next write."""

    def __init__(self, mask: Mask | None, total: int) -> None:
        self.count = total if mask is None else int(np.count_nonzero(mask))
        self.mask = mask
        self._rows: Rows | None = None
        self._selector: Any = None
        self._list_sizes: NDArray[np.int64] | None = None  # rows that pass in each list
        self._total = total

    def rows(self) -> Rows:
        if self._rows is None:
            self._rows = np.arange(self._total) if self.mask is None else np.flatnonzero(self.mask)
        return self._rows

    def selector(self) -> Any:
        """A faiss.IDSelector, or None when every row is allowed."""
        if self._selector is None and self.mask is not None:
            self._selector = faiss.IDSelectorBitmap(np.packbits(self.mask, bitorder="little"))
        return self._selector

    def list_sizes(self, list_of_row: NDArray[np.int32], lists: int) -> NDArray[np.int64]:
        """How many allowed rows each list holds."""
        if self._list_sizes is None:
            held = list_of_row if self.mask is None else list_of_row[self.mask]
            self._list_sizes = np.bincount(held, minlength=lists)
        return self._list_sizes


class FlatStore:
    """Compares every row."""

    def __init__(self, dimension: int, index: Any = None) -> None:
        self._index = faiss.IndexFlatIP(dimension) if index is None else index

    @property
    def total(self) -> int:
        return int(self._index.ntotal)

    def add(self, vectors: Vectors) -> None:
        self._index.add(vectors)

    def get(self, rows: Rows) -> Vectors:
        found: Vectors = self._index.reconstruct_batch(rows)
        return found

    def nearest(self, queries: Vectors, k: int, allowed: Allowed) -> tuple[Vectors, Rows]:
        """Scores and rows, shape (n, k), in no order. `k` is at most the number of rows allowed."""
        params = faiss.SearchParameters(sel=allowed.selector()) if allowed.mask is not None else None
        scores, rows = self._index.search(queries, k, params=params)
        return scores, rows

    def write(self, folder: Path) -> None:
        faiss.write_index(self._index, str(folder / _FLAT_FILE))


class HalfRows:
    """Vectors in half precision, in blocks: a growing set is never copied as a whole."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.total = 0
        self._blocks: list[NDArray[np.float16]] = []
        self._decoder = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16)

    def add(self, vectors: Vectors) -> None:
        while len(vectors):
            used = self.total % _BLOCK
            if not used:
                self._blocks.append(np.empty((_BLOCK, self.dimension), np.float16))
            part = vectors[: _BLOCK - used]
            self._blocks[-1][used : used + len(part)] = part
            self.total += len(part)
            vectors = vectors[len(part) :]

    def get(self, rows: Rows) -> Vectors:
        halves = np.empty((len(rows), self.dimension), np.float16)
        numbers = rows // _BLOCK
        for number in np.unique(numbers).tolist():
            places = np.flatnonzero(numbers == number)
            halves[places] = self._blocks[number][rows[places] - number * _BLOCK]
        # The same as astype(np.float32), in a third of the time.
        found: Vectors = self._decoder.sa_decode(halves.view(np.uint8))
        return found

    def write(self, path: Path) -> None:
        with path.open("wb") as file:
            header = {"descr": "<f2", "fortran_order": False, "shape": (self.total, self.dimension)}
            np.lib.format.write_array_header_1_0(file, header)
            for number, block in enumerate(self._blocks):
                block[: self.total - number * _BLOCK].tofile(file)

    @classmethod
    def read(cls, path: Path) -> HalfRows:
        stored = np.load(path, mmap_mode="r", allow_pickle=False)
        rows = cls(stored.shape[1])
        for start in range(0, len(stored), _BLOCK):
            rows.add(stored[start : start + _BLOCK])
        return rows


class SketchStore:
    """Searches 4-bit sketches in inverted lists, then compares the best rows themselves.

    The rows lie beside the sketches in half precision: 2 bytes a number, and ¼ byte for the sketch.
    """

    def __init__(self, rows: HalfRows, sketches: Any) -> None:
        self._rows = rows
        self._sketches = sketches
        self._centroids: Vectors = sketches.quantizer.reconstruct_n(0, sketches.nlist)
        self._list_of_row: NDArray[np.int32] | None = None

    @classmethod
    def trained_on(cls, store: FlatStore | SketchStore, rows: Rows, expected: int) -> SketchStore:
        """An empty store for about `expected` rows, with lists and sketches that suit these rows."""
        sample = store.get(_sample(rows, _TRAINING_ROWS))
        dimension = sample.shape[1]
        lists = max(1, min(round(expected**0.5), len(sample) // 20))
        sketches = faiss.IndexIVFPQFastScan(
            faiss.IndexFlatIP(dimension),
            dimension,
            lists,
            -(-dimension // _NUMBERS_PER_SKETCH_PART),
            _BITS_PER_SKETCH_PART,
            faiss.METRIC_INNER_PRODUCT,
        )
        sketches.cp.spherical = True
        sketches.cp.niter = sketches.pq.cp.niter = 8
        sketches.cp.min_points_per_centroid = sketches.pq.cp.min_points_per_centroid = 1
        sketches.pq.cp.max_points_per_centroid = 256
        faiss.omp_set_num_threads(_CORES)
        sketches.train(sample)
        return cls(HalfRows(dimension), sketches)

    def empty_copy(self) -> SketchStore:
        """An empty store with the same lists and sketches."""
        sketches = faiss.clone_index(self._sketches)
        sketches.reset()
        return SketchStore(HalfRows(self._rows.dimension), sketches)

    @property
    def total(self) -> int:
        return self._rows.total

    def add(self, vectors: Vectors) -> None:
        faiss.omp_set_num_threads(_CORES)
        for start in range(0, len(vectors), _CHUNK):
            part = np.ascontiguousarray(vectors[start : start + _CHUNK])
            self._rows.add(part)
            self._sketches.add(part)
        self._list_of_row = None

    def get(self, rows: Rows) -> Vectors:
        return self._rows.get(rows)

    def nearest(self, queries: Vectors, k: int, allowed: Allowed) -> tuple[Vectors, Rows]:
        chosen = max(MIN_REFINED, k * REFINED)
        if allowed.count <= max(EXACT_ROWS, chosen):
            return self._compare_all(queries, k, allowed.rows())
        rows = self._best_sketches(queries, chosen, allowed)
        if (rows < 0).any():  # has not been seen; no caller could tell it from a small set
            return self._compare_all(queries, k, allowed.rows())
        found = self.get(rows.ravel()).reshape(*rows.shape, -1)
        scores = np.matmul(found, queries[:, :, None])[:, :, 0]
        return _best(scores, rows, k)

    def _best_sketches(self, queries: Vectors, k: int, allowed: Allowed) -> Rows:
        similar = queries @ self._centroids.T
        order = np.argsort(-similar, axis=1)
        sizes = allowed.list_sizes(self._lists(), len(self._centroids))[order]
        before = np.cumsum(sizes, axis=1) - sizes
        enough = max(VISITED_SHARE * allowed.count, VISITED_ROWS, k)
        visited = (sizes > 0) & (before < enough)
        width = int(np.flatnonzero(visited.any(axis=0))[-1]) + 1
        # FAISS passes over lists numbered -1.
        lists = np.ascontiguousarray(np.where(visited, order, -1)[:, :width])
        closeness = np.ascontiguousarray(np.take_along_axis(similar, order, axis=1)[:, :width])
        scores = np.empty((len(queries), k), np.float32)
        rows = np.empty((len(queries), k), np.int64)
        # For so little work a second thread costs more than it gains as soon as others search too.
        # The setting is the calling thread's own: adding and training keep all cores.
        faiss.omp_set_num_threads(1)
        self._sketches.search_preassigned_c(
            len(queries),
            faiss.swig_ptr(queries),
            k,
            faiss.swig_ptr(lists),
            faiss.swig_ptr(closeness),
            faiss.swig_ptr(scores),
            faiss.swig_ptr(rows),
            False,
            faiss.SearchParametersIVF(nprobe=width, sel=allowed.selector()),
        )
        return rows

    def _lists(self) -> NDArray[np.int32]:
        """The list of every row, read from the lists after each write."""
        if self._list_of_row is None:
            list_of_row = np.zeros(self.total, np.int32)
            held = self._sketches.invlists
            for number in range(self._sketches.nlist):
                if size := held.list_size(number):
                    list_of_row[faiss.rev_swig_ptr(held.get_ids(number), size)] = number
            self._list_of_row = list_of_row
        return self._list_of_row

    def _compare_all(self, queries: Vectors, k: int, rows: Rows) -> tuple[Vectors, Rows]:
        scores = np.empty((len(queries), 0), np.float32)
        best = np.empty((len(queries), 0), np.int64)
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            found = queries @ self.get(part).T
            scores, best = _best(np.hstack([scores, found]), np.hstack([best, np.broadcast_to(part, found.shape)]), k)
        return scores, best

    def write(self, folder: Path) -> None:
        self._rows.write(folder / _HALF_FILE)
        faiss.write_index(self._sketches, str(folder / _SKETCHES_FILE))


def read_store(folder: Path) -> FlatStore | SketchStore:
    if (folder / _FLAT_FILE).exists():
        index = faiss.read_index(str(folder / _FLAT_FILE))
        return FlatStore(index.d, index)
    rows = HalfRows.read(folder / _HALF_FILE)
    return SketchStore(rows, faiss.read_index(str(folder / _SKETCHES_FILE)))


def _sample(rows: Rows, size: int) -> Rows:
    if len(rows) <= size:
        return rows
    return np.sort(np.random.default_rng(7).choice(rows, size, replace=False))


def _best(scores: Vectors, rows: Rows, k: int) -> tuple[Vectors, Rows]:
    """The k best of each line, in no order."""
    if k >= scores.shape[1]:
        return scores, rows
    places = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    return np.take_along_axis(scores, places, axis=1), np.take_along_axis(rows, places, axis=1)
