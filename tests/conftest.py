"""Small real parts that many tests share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from api.db import make_engine, upgrade
from api.settings import Settings
from embeddings.base import Vectors
from embeddings.words import words


class WordsEncoder:
    """A small real encoder: texts are near when they share words. No model, no torch."""

    dimension = 64

    def __init__(self, model_id: str = "words-1") -> None:
        self.model_id = model_id
        self.encoded: list[str] = []

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        return np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, 64), np.float32)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, 64), np.float32)

    def _vector(self, text: str) -> Vectors:
        total = np.zeros(self.dimension, np.float32)
        for word in words(text):
            seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
            total += np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        return total / (np.linalg.norm(total) or 1.0)


@pytest.fixture
def encoder() -> WordsEncoder:
    return WordsEncoder()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite database of the newest form, in a file as in use."""
    made = make_engine(Settings(home=tmp_path, _env_file=None))
    upgrade(made)
    yield made
    made.dispose()
