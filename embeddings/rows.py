"""Which row of a vector index holds which id, with the facts that searches are narrowed by.

A row is written once: replacing an id kills its row and adds another at the end, and dead rows
stay until the index is compacted. Everything is kept in numpy arrays, because the same in Python
objects would take more memory than half of the vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from embeddings.base import AtLeast, Filter, Ids, Metadata, OneOf

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

_NO_NUMBER = np.iinfo(np.int64).min
_NO_CODE = -1
_RECENT_KEPT = 4096

_T = TypeVar("_T", bound=np.generic)


class _Column:
    """One fact of all rows: texts as codes of a dictionary, numbers as they are."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.codes: NDArray[np.int32] = np.empty(0, np.int32)
        self.numbers: NDArray[np.int64] = np.empty(0, np.int64)

    def extend(self, start: int, facts: Sequence[str | int | None]) -> None:
        """Facts of the rows from `start` on; earlier rows that were never given one have none."""
        codes = [
            self.values.setdefault(fact, len(self.values)) if isinstance(fact, str) else _NO_CODE for fact in facts
        ]
        numbers = [_NO_NUMBER if fact is None or isinstance(fact, str) else int(fact) for fact in facts]
        if self.values:
            self.codes = _extended(self.codes, start, codes, _NO_CODE)
        if self.numbers.size or any(number != _NO_NUMBER for number in numbers):
            self.numbers = _extended(self.numbers, start, numbers, _NO_NUMBER)

    def passing(self, condition: OneOf | AtLeast, count: int) -> Mask:
        mask: Mask = np.zeros(count, np.bool_)
        if isinstance(condition, AtLeast):
            known = self.numbers[:count]
            mask[: known.size] = (known >= condition.low) & (known != _NO_NUMBER)
        else:
            wanted = [code for value, code in self.values.items() if value in condition.values]
            allowed = np.zeros(len(self.values) + 1, np.bool_)  # the last is that of _NO_CODE
            allowed[wanted] = True
            known_codes = self.codes[:count]
            mask[: known_codes.size] = allowed[known_codes]
        return mask

    def keep(self, rows: Rows) -> None:
        self.codes = self.codes[rows[rows < self.codes.size]]
        self.numbers = self.numbers[rows[rows < self.numbers.size]]


class RowTable:
    """Row numbers by id, and masks of the rows that pass a filter."""

    def __init__(self) -> None:
        self._count = 0
        self._dead = 0
        self._ids: Ids = np.empty(0, np.int64)
        self._alive: Mask = np.empty(0, np.bool_)
        self._columns: dict[str, _Column] = {}
        # Most ids stand in two sorted arrays; those written last in a small dict above them.
        self._sorted_ids: Ids = np.empty(0, np.int64)
        self._sorted_rows: Rows = np.empty(0, np.int64)
        self._recent: dict[int, int] = {}

    def __len__(self) -> int:
        """Ids present. `total` also counts the dead rows."""
        return self._count - self._dead

    @property
    def total(self) -> int:
        return self._count

    @property
    def dead(self) -> int:
        return self._dead

    @property
    def ids(self) -> Ids:
        """The id of every row, dead ones included."""
        return self._ids[: self._count]

    def alive(self) -> Rows:
        return np.flatnonzero(self._alive[: self._count])

    def find(self, ids: Ids) -> Rows:
        """Row of each id, -1 for those that are not here."""
        rows = np.full(len(ids), -1, np.int64)
        if self._sorted_ids.size:
            places = np.minimum(np.searchsorted(self._sorted_ids, ids), self._sorted_ids.size - 1)
            rows = np.where(self._sorted_ids[places] == ids, self._sorted_rows[places], rows)
        if self._recent:
            recent = self._recent
            for i, wanted in enumerate(ids.tolist()):
                rows[i] = recent.get(wanted, rows[i])
        return rows

    def append(self, ids: Ids, metadata: Sequence[Metadata]) -> None:
        """Adds one row for each id, which must be distinct; kills the rows these ids had before."""
        self.kill(ids)
        start = self._count
        self._ids = _extended(self._ids, start, ids, 0)
        self._alive = _extended(self._alive, start, np.ones(len(ids), np.bool_), False)
        for key in sorted({key for facts in metadata for key in facts}):
            self._columns.setdefault(key, _Column()).extend(start, [facts.get(key) for facts in metadata])
        self._count += len(ids)
        self._remember(ids, np.arange(start, self._count))

    def kill(self, ids: Ids) -> None:
        """Marks the rows of these ids as dead. Unknown ids are ignored."""
        ids = np.unique(ids)
        rows = self.find(ids)
        known = rows >= 0
        if known.any():
            self._alive[rows[known]] = False
            self._dead += int(known.sum())
            self._remember(ids[known], np.full(int(known.sum()), -1))

    def passing(self, where: Filter | None) -> Mask | None:
        """Living rows that pass, or None when that is every row."""
        if not where and not self._dead:
            return None
        mask: Mask = self._alive[: self._count].copy()
        for name, condition in (where or {}).items():
            if name in self._columns:
                mask &= self._columns[name].passing(condition, self._count)
            else:
                mask[:] = False
        return mask

    def compacted(self) -> RowTable:
        """A table of the living rows alone, in the same order."""
        rows = self.alive()
        table = RowTable()
        table._ids = self._ids[rows]
        table._count = len(rows)
        table._alive = np.ones(len(rows), np.bool_)
        for name, column in self._columns.items():
            kept = table._columns[name] = _Column()
            kept.values = dict(column.values)
            kept.codes, kept.numbers = column.codes, column.numbers
            kept.keep(rows)
        table._sort()
        return table

    def arrays(self) -> tuple[dict[str, NDArray[Any]], dict[str, list[str]]]:
        """What `from_arrays` needs: arrays for a .npz file and the dictionaries for a JSON file."""
        arrays: dict[str, NDArray[Any]] = {"ids": self.ids, "alive": self._alive[: self._count]}
        names = list(self._columns)
        for i, name in enumerate(names):
            arrays[f"codes{i}"] = self._columns[name].codes[: self._count]
            arrays[f"numbers{i}"] = self._columns[name].numbers[: self._count]
        return arrays, {name: list(self._columns[name].values) for name in names}

    @classmethod
    def from_arrays(cls, arrays: Any, dictionaries: dict[str, list[str]]) -> RowTable:
        table = cls()
        table._ids = arrays["ids"]
        table._alive = arrays["alive"]
        table._count = len(table._ids)
        table._dead = table._count - int(np.count_nonzero(table._alive))
        for i, (name, values) in enumerate(dictionaries.items()):
            column = table._columns[name] = _Column()
            column.values = {value: code for code, value in enumerate(values)}
            column.codes, column.numbers = arrays[f"codes{i}"], arrays[f"numbers{i}"]
        table._sort()
        return table

    def _remember(self, ids: Ids, rows: Rows) -> None:
        self._recent.update(zip(ids.tolist(), rows.tolist(), strict=True))
        if len(self._recent) > max(_RECENT_KEPT, self._sorted_ids.size // 20):
            self._sort()

    def _sort(self) -> None:
        rows = self.alive()
        order = np.argsort(self._ids[rows], kind="stable")
        self._sorted_rows = rows[order]
        self._sorted_ids = self._ids[self._sorted_rows]
        self._recent = {}


def _extended(array: NDArray[_T], start: int, values: Any, empty: Any) -> NDArray[_T]:
    """`array` with `values` from `start` on, grown by doubling; places never written hold `empty`."""
    end = start + len(values)
    if end > array.size:
        grown = np.full(max(end, 2 * array.size), empty, array.dtype)
        grown[: array.size] = array
        array = grown
    array[start:end] = values
    return array
