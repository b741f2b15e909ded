"""What is measured inside the process: speed of encoding, and what filters cost in recall."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from sqlmodel import col, select

from api.composition import open_home
from api.settings import Settings
from embeddings.base import Filter, OneOf, Vectors
from embeddings.factory import make_encoder, make_vector_index
from matcher.embedding import unpack
from matcher.entities import Need, Passage, Result
from matcher.sessions import reading
from tests.bench import texts

QUERIES = 200
SHARES = {"none": 1000, "50 %": 500, "10 %": 100, "5 %": 50, "1 %": 10, "0.1 %": 1}
"""Filter → how many of a thousand buckets it lets pass."""


def encoding_speed(count: int = 20_000) -> float:
    """Titles of needs a second, normalisation included, the model already loaded."""
    titles = [str(row[1]) for row in texts.need_rows(count)]
    encoder = make_encoder()
    encoder.encode_documents(titles[:1000])
    started = time.perf_counter()
    encoder.encode_documents(titles)
    return count / (time.perf_counter() - started)


def filtered(home: Path) -> dict[str, float]:
    """Mean recall@10 of the index against an exact scan, over passages of results, by filter."""
    stored, queries = _vectors(home)
    buckets = np.random.default_rng(3).integers(0, 1000, len(stored))
    index = make_vector_index("faiss", dimension=stored.shape[1])
    for start in range(0, len(stored), 50_000):
        ids = np.arange(start, min(start + 50_000, len(stored)))
        index.upsert(ids, stored[ids], [{"bucket": str(bucket)} for bucket in buckets[ids]])
    return {name: _recall(index.search, stored, buckets, queries, share) for name, share in SHARES.items()}


def _recall(search, stored: Vectors, buckets, queries: Vectors, share: int) -> float:  # type: ignore[no-untyped-def]
    where: Filter = {} if share == 1000 else {"bucket": OneOf(frozenset(str(bucket) for bucket in range(share)))}
    allowed = np.flatnonzero(buckets < share)
    total = 0.0
    for query, hits in zip(queries, search(queries, 10, where), strict=True):
        cosines = stored[allowed] @ query
        # Equal texts have equal scores: what counts is how near the found ones are, not their names.
        tenth = np.partition(cosines, -10)[-10] if len(cosines) >= 10 else -1.0
        total += sum(hit.score >= tenth - 1e-3 for hit in hits) / min(10, len(cosines))
    return total / len(queries)


def _vectors(home: Path) -> tuple[Vectors, Vectors]:
    with open_home(Settings(home=home)) as opened, reading(opened.engine) as session:

        def of(kind: type[Need] | type[Result], limit: int | None) -> Vectors:
            query = select(Passage.vector).join(kind, col(kind.number) == Passage.item_number)
            rows = session.exec(query.order_by(col(Passage.id)).limit(limit)).all()
            return unpack([row or b"" for row in rows])

        return of(Result, None), of(Need, QUERIES)
