"""Where the vectors of a `FaissIndex` lie: all compared for small sets, in lists for large ones.

A store numbers its rows from 0 in the order they were added and never forgets one; ids, facts and
deletions are the business of `embeddings.rows`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import faiss as typed_faiss
import numpy as np
from numpy.typing import NDArray

from embeddings.base import Vectors
from embeddings.rows import Mask, Rows

faiss: Any = typed_faiss
"""Its type stubs know neither all names nor what the Python wrappers accept."""

_CHUNK = 16_384

EXACT_ROWS = 8_000
"""Up to so many rows that pass a filter, all of them are compared."""

PROBED_LISTS = 24
PROBED_ROWS = 6_000
"""A search in lists visits the nearest lists that hold rows which pass: at least so many lists,
and on until they hold so many such rows. The second rule keeps recall up under narrow filters."""


class Allowed:
    """The rows a search may return. Made once for a filter and used until the next write."""

    def __init__(self, mask: Mask | None, total: int) -> None:
        self.count = total if mask is None else int(np.count_nonzero(mask))
        self.mask = mask
        self._rows: Rows | None = None
        self._selector: Any = None
        self._list_sizes: NDArray[np.int64] | None = None
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


class Store(Protocol):
    @property
    def total(self) -> int: ...

    def add(self, vectors: Vectors) -> None: ...

    def get(self, rows: Rows) -> Vectors: ...

    def nearest(self, queries: Vectors, k: int, allowed: Allowed) -> tuple[Vectors, Rows]:
        """Scores and rows, shape (n, k), best first. `k` is at most the number of rows allowed."""
        ...

    def write(self, path: Path) -> None: ...


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
        params = faiss.SearchParameters(sel=allowed.selector()) if allowed.mask is not None else None
        scores, rows = self._index.search(queries, k, params=params)
        return scores, rows

    def write(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))


class ListStore:
    """Inverted lists around trained centroids, two bytes for each component (IVF, fp16)."""

    def __init__(self, index: Any, list_of_row: NDArray[np.int32]) -> None:
        self._index = index
        self._index.parallel_mode = 3  # over queries: search_preassigned is single-threaded otherwise
        self._centroids: Vectors = index.quantizer.reconstruct_n(0, index.nlist)
        self._list_of_row = list_of_row
        self._filled = len(list_of_row)

    @classmethod
    def trained(cls, sample: Vectors, lists: int) -> ListStore:
        """An empty store whose centroids suit `sample`."""
        dimension = sample.shape[1]
        quantizer = faiss.IndexFlatIP(dimension)
        clustering = faiss.Clustering(dimension, lists)
        clustering.spherical = True
        clustering.niter = 6
        clustering.seed = 7
        clustering.min_points_per_centroid = 1
        clustering.max_points_per_centroid = 10_000  # the caller has chosen the sample
        clustering.train(sample, quantizer)
        return cls._empty(quantizer)

    @classmethod
    def _empty(cls, quantizer: Any) -> ListStore:
        index = faiss.IndexIVFScalarQuantizer(
            quantizer,
            quantizer.d,
            quantizer.ntotal,
            faiss.ScalarQuantizer.QT_fp16,
            faiss.METRIC_INNER_PRODUCT,
            False,
        )
        index.is_trained = True  # fp16 has nothing to learn, and the quantizer holds its centroids
        index.set_direct_map_type(faiss.DirectMap.Array)
        return cls(index, np.empty(0, np.int32))

    def empty_copy(self) -> ListStore:
        """An empty store around the same centroids."""
        quantizer = faiss.IndexFlatIP(self._index.d)
        quantizer.add(self._centroids)
        return self._empty(quantizer)

    @property
    def total(self) -> int:
        return self._filled

    def add(self, vectors: Vectors) -> None:
        for start in range(0, len(vectors), _CHUNK):
            part = np.ascontiguousarray(vectors[start : start + _CHUNK])
            self.add_to_lists(part, self._index.quantizer.assign(part, 1).ravel())

    def add_to_lists(self, vectors: Vectors, lists: NDArray[Any]) -> None:
        """As `add`, for rows whose lists are known."""
        wanted = np.ascontiguousarray(lists, np.int64)
        self._index.add_core(len(vectors), faiss.swig_ptr(vectors), None, faiss.swig_ptr(wanted))
        end = self._filled + len(vectors)
        if end > self._list_of_row.size:
            grown = np.zeros(max(end, self._list_of_row.size * 2), np.int32)
            grown[: self._filled] = self._list_of_row[: self._filled]
            self._list_of_row = grown
        self._list_of_row[self._filled : end] = wanted
        self._filled = end

    def lists_of(self, rows: Rows) -> NDArray[np.int32]:
        return self._list_of_row[rows]

    def get(self, rows: Rows) -> Vectors:
        found: Vectors = self._index.reconstruct_batch(rows)
        return found

    def nearest(self, queries: Vectors, k: int, allowed: Allowed) -> tuple[Vectors, Rows]:
        if allowed.count <= max(EXACT_ROWS, k):
            return self._compare_all(queries, k, allowed.rows())
        similar = queries @ self._centroids.T
        order = np.argsort(-similar, axis=1)
        sizes = allowed.list_sizes(self._list_of_row[: self._filled], len(self._centroids))[order]
        # Lists without a row that passes are passed over; the others are visited best first.
        useful = sizes > 0
        before = np.cumsum(sizes, axis=1) - sizes
        visited = useful & ((np.cumsum(useful, axis=1) <= PROBED_LISTS) | (before < max(PROBED_ROWS, k)))
        width = int(visited.sum(axis=1).max())
        lists = np.full((len(queries), width), -1, np.int64)
        column = (np.cumsum(visited, axis=1) - 1)[visited]
        lists[np.nonzero(visited)[0], column] = order[visited]
        return self._search_lists(queries, k, lists, allowed)

    def _search_lists(
        self, queries: Vectors, k: int, lists: NDArray[np.int64], allowed: Allowed
    ) -> tuple[Vectors, Rows]:
        scores = np.empty((len(queries), k), np.float32)
        rows = np.empty((len(queries), k), np.int64)
        unused = np.zeros(lists.shape, np.float32)  # similarity to the centroids: fp16 rows need none
        params = faiss.SearchParametersIVF(nprobe=lists.shape[1], sel=allowed.selector())
        self._index.search_preassigned_c(
            len(queries),
            faiss.swig_ptr(queries),
            k,
            faiss.swig_ptr(lists),
            faiss.swig_ptr(unused),
            faiss.swig_ptr(scores),
            faiss.swig_ptr(rows),
            False,
            params,
        )
        return scores, rows

    def _compare_all(self, queries: Vectors, k: int, rows: Rows) -> tuple[Vectors, Rows]:
        scores = queries @ self.get(rows).T
        if k < len(rows):
            best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
            return np.take_along_axis(scores, best, axis=1), rows[best]
        return scores, np.broadcast_to(rows, scores.shape)

    def write(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))


def read_store(path: Path) -> FlatStore | ListStore:
    index = faiss.read_index(str(path))
    if not isinstance(index, faiss.IndexIVF):
        return FlatStore(index.d, index)
    places = faiss.vector_to_array(index.direct_map.array)
    return ListStore(index, (places >> 32).astype(np.int32))
