"""Vectors of the names of indicators, kept so that comparing stored needs and results encodes nothing.

They follow the database as passages do, and belong to the words and the model. Names that are not kept, such as
those of a draft, are encoded when they are asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from embeddings.base import Encoder, Vectors
from matcher.entities import Kind
from matcher.passages import Cut
from matcher.quantities import reading, units
from matcher.quantities.compare import Quantity


class IndicatorNames:
    """A few bytes and a vector for each name that any item has had; most names are those of many items.

    One thread may learn while others ask.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._kept: dict[bytes, Vectors] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def learn(self, names: Iterable[str]) -> None:
        """Encodes those that are new, and keeps them."""
        fresh = {digest: name for name in names if (digest := _digest(name)) not in self._kept}
        if fresh:
            self._kept.update(zip(fresh, self._encoder.encode_documents(list(fresh.values())), strict=True))

    def vectors(self, names: Sequence[str]) -> list[Vectors]:
        """The vector of each name, in full precision: a verdict must not hang on whether a name was kept."""
        found = [self._kept.get(_digest(name)) for name in names]
        unknown = [name for name, vector in zip(names, found, strict=True) if vector is None]
        made = iter(self._encoder.encode_documents(unknown) if unknown else ())
        return [next(made) if vector is None else vector for vector in found]

    def save(self, file: Path) -> None:
        keys = np.frombuffer(b"".join(self._kept), np.uint8).reshape(-1, _DIGEST_SIZE)
        np.savez(file, keys=keys, vectors=np.array(list(self._kept.values()), np.float32))

    def load(self, file: Path) -> None:
        with np.load(file) as stored:
            self._kept = dict(zip(map(bytes, stored["keys"]), stored["vectors"], strict=True))


def comparable(kind: Kind, indicators: Iterable[Quantity], cuts: Sequence[Cut]) -> set[str]:
    """The names of an item's indicators that could be compared at all: those handed in and those read from its
    passages."""
    read = (reading.wanted if kind is Kind.NEED else reading.shown)([(cut.part, cut.text) for cut in cuts])
    return {one.name for stated in (indicators, read) for one in stated if units.read(one.unit) is not None}


_DIGEST_SIZE = 16


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=_DIGEST_SIZE).digest()
