"""What an encoder and an index of texts must be able to do, and nothing else.

The domain is written against these protocols; the backends behind them are chosen in
`embeddings.factory`. Only numpy and the standard library are imported here, so that naming a
protocol never costs the import of torch, faiss or tantivy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Ids = NDArray[np.int64]
Metadata = Mapping[str, str | int | None]
"""Facts about one indexed row that a search may be narrowed by, such as `{"region": "320500"}`."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """The fact is one of these values. A row without the fact does not pass."""

    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The fact is a number not below `low`. A row without the fact does not pass."""

    low: int


Filter = Mapping[str, OneOf | AtLeast]
"""All conditions must hold; an empty filter lets every row pass."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One row found. For vectors the score is the cosine in [-1, 1]; for words it is BM25 (≥ 0)."""

    id: int
    score: float


class Encoder(Protocol):
    """Turns texts into unit vectors. Queries and documents may need different prompts."""

    @property
    def model_id(self) -> str:
        """Names the model and its version. Vectors with another model_id are not comparable."""
        ...

    @property
    def dimension(self) -> int: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Rows of length 1, shape (len(texts), dimension); an empty text gives a zero row."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """As `encode_queries`, for the texts that are searched."""
        ...


class VectorIndex(Protocol):
    """Unit vectors under integer ids, found by cosine, narrowed by metadata.

    A filter never costs results: when `k` or more rows pass it, `k` hits come back.
    """

    @property
    def dimension(self) -> int: ...

    def __len__(self) -> int: ...

    def upsert(self, ids: Ids, vectors: Vectors, metadata: Sequence[Metadata]) -> None:
        """Adds rows, or replaces those whose id is known. Shapes (n,), (n, dimension), n."""
        ...

    def remove(self, ids: Ids) -> None:
        """Forgets rows. Unknown ids are ignored."""
        ...

    def search(self, queries: Vectors, k: int, where: Filter | None = None) -> list[list[Hit]]:
        """The k best rows for each query, best first; equal scores in order of id."""
        ...

    def vectors(self, ids: Ids) -> Vectors:
        """The stored rows in the order asked for. Raises KeyError for an unknown id."""
        ...

    def save(self, folder: Path) -> None:
        """Writes everything `load` needs into an existing, empty folder, sealed: a damaged one is refused."""
        ...


class LexicalIndex(Protocol):
    """Texts under integer ids, found by the words they share, rarer words counting for more.

    How rare a word is, is counted over some of the texts. The others are found by the same weights,
    and whatever they hold, they move no weight and no score of those that count.
    """

    def __len__(self) -> int: ...

    def upsert(
        self,
        ids: Sequence[int],
        texts: Sequence[str],
        metadata: Sequence[Metadata],
        counted: Collection[int] | None = None,
    ) -> None:
        """Adds texts, or replaces those whose id is known; visible to the next search.

        `counted` are the ids of those that count; None: all.
        """
        ...

    def remove(self, ids: Sequence[int]) -> None: ...

    def search(self, text: str, k: int, where: Filter | None = None) -> list[Hit]:
        """The k best texts by BM25, best first. A text without indexed words finds nothing."""
        ...

    def telling(self, text: str) -> dict[str, float]:
        """The words of `text` that a search looks for, each with the most that it can add to a score.

        A hit's score divided by their sum is the share of the text's telling words that the hit has,
        in [0, 1). Words that no text that counts has are among them, so that the share stays small where
        only a common word of many agrees.
        """
        ...

    def alike(self, text: str, ids: Sequence[int], without: Sequence[str] | None = None) -> NDArray[np.float64]:
        """How alike `text` and each of these texts are in all of their words, in [0, 1], the rarer ones
        counting for more; 0 for an id that is not known.

        `without`: as if each of them lacked this passage of it.
        """
        ...

    def save(self, folder: Path) -> None: ...
