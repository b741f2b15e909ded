"""An encoder for tests: real vectors, no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from embeddings.base import Vectors
from embeddings.words import words


@lru_cache(maxsize=20_000)
def _direction(word: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
    return np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)


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
            total += _direction(word, self.dimension)
        return total / (np.linalg.norm(total) or 1.0)
