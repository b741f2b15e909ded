"""Gives passages their vectors, and stores them beside their words."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
from sqlalchemy import Engine, bindparam, or_
from sqlmodel import col, select, update

from embeddings.base import Encoder, Vectors
from matcher.entities import Passage
from matcher.sessions import reading, writing

Progress = Callable[[str, int, int], None]
"""Told the stage ("embed", "index"), how many are done, and of how many."""

_BATCH = 4096


def embed_pending(engine: Engine, encoder: Encoder, progress: Progress | None = None) -> int:
    """Gives every passage that has none a vector of this model. Returns to how many.

    Each batch is a transaction of its own, so others can write in between and a killed process has
    lost one batch at most. Passages with the same words share one encoding.

    Several processes may do so at once. Each takes the batches in an order of its own and passes over what another
    has done by then: they share the work without telling each other, and none waits for one that was killed.
    """
    model = encoder.model_id
    pending = or_(col(Passage.model_id) < model, col(Passage.model_id) > model)
    with reading(engine) as session:
        waiting = list(session.exec(select(Passage.id).where(pending).order_by(col(Passage.id))))
    batches = [waiting[start : start + _BATCH] for start in range(0, len(waiting), _BATCH)]
    random.shuffle(batches)
    done = filled = 0
    for batch in batches:
        with reading(engine) as session:
            query = select(Passage.id, Passage.content_hash, Passage.text).where(col(Passage.id).in_(batch), pending)
            rows = session.exec(query).all()
        if rows:
            by_hash = {content_hash: text for _, content_hash, text in rows}
            vectors = dict(zip(by_hash, pack(encoder.encode_documents(list(by_hash.values()))), strict=True))
            made = [
                {"passage": id, "words": content_hash, "model": model, "made": vectors[content_hash]}
                for id, content_hash, _ in rows
            ]
            with writing(engine) as session:
                session.connection().execute(_FILL, made)
        filled += len(rows)
        done += len(batch)
        if progress is not None:
            progress("embed", done, len(waiting))
    return filled


# Only while the words are still those that were encoded: somebody may have edited them meanwhile.
_FILL = (
    update(Passage)
    .where(col(Passage.id) == bindparam("passage"), col(Passage.content_hash) == bindparam("words"))
    .values(model_id=bindparam("model"), vector=bindparam("made"))
)


def pack(vectors: Vectors) -> list[bytes]:
    """Rows as they are stored in `Passage.vector`."""
    return [row.tobytes() for row in vectors.astype("<f2")]


def unpack(rows: Sequence[bytes]) -> Vectors:
    """Stored rows as one array, shape (len(rows), dimension)."""
    return np.frombuffer(b"".join(rows), "<f2").astype(np.float32).reshape(len(rows), -1)
