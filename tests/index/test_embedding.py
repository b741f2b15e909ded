"""Passages get their vectors, whoever else is giving vectors to them at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from sqlalchemy import Engine
from sqlmodel import select
from words_encoder import WordsEncoder

from embeddings.base import Vectors
from matcher import embedding, organisations, results
from matcher.actors import Actor
from matcher.drafts import ResultDraft
from matcher.embedding import embed_pending, unpack
from matcher.entities import OrganisationKind, Passage
from matcher.organisations import OrganisationDraft
from matcher.sessions import reading, writing

ACTOR = Actor("tester", trusted=True)
TITLES = [f"轴承{number}" for number in range(40)]


class Told(WordsEncoder):
    """Calls `before` before each batch."""

    def __init__(self, before: Callable[[], object]) -> None:
        super().__init__()
        self.before = before

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.before()
        return super().encode_documents(texts)


@pytest.fixture
def waiting(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Forty passages without a vector, in twenty batches."""
    monkeypatch.setattr(embedding, "_BATCH", 2)
    with writing(engine) as session:
        draft = OrganisationDraft(kind=OrganisationKind.LAB, name="lab")
        owner = organisations.admit(session, ACTOR, draft).id
        for title in TITLES:
            results.post_result(session, ACTOR, owner, ResultDraft(title=title))
    return engine


def stored(engine: Engine) -> dict[str, Vectors]:
    with reading(engine) as session:
        return {row.text: unpack([row.vector or b""])[0] for row in session.exec(select(Passage))}


def test_each_batch_is_told_and_what_has_a_vector_is_left_alone(waiting: Engine) -> None:
    told: list[tuple[str, int, int]] = []
    encoder = WordsEncoder()
    assert embed_pending(waiting, encoder, lambda *stage: told.append(stage)) == 40
    assert told == [("embed", done, 40) for done in range(2, 41, 2)]
    assert sorted(encoder.encoded) == sorted(TITLES)
    assert embed_pending(waiting, encoder) == 0
    vectors = stored(waiting)
    assert all(np.allclose(vectors[title], WordsEncoder().encode_queries([title])[0], atol=2e-3) for title in TITLES)


def test_what_another_has_done_meanwhile_is_passed_over(waiting: Engine) -> None:
    other = WordsEncoder()
    mine = Told(lambda: embed_pending(waiting, other))
    assert embed_pending(waiting, mine) == 2  # the batch that was under way, which both have made
    assert (len(mine.encoded), sorted(other.encoded)) == (2, sorted(TITLES))


def test_two_at_once_share_the_work(waiting: Engine) -> None:
    encoders = [Told(lambda: time.sleep(0.005)) for _ in range(2)]
    threads = [threading.Thread(target=embed_pending, args=(waiting, encoder)) for encoder in encoders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(stored(waiting)) == set(TITLES)
    made = [text for encoder in encoders for text in encoder.encoded]
    assert set(made) == set(TITLES)
    assert len(made) <= 60  # in the same order it would be up to 80
