"""An encoder behind an OpenAI-compatible `/v1/embeddings` server, through httpx."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Sequence
from typing import Any

import httpx
import numpy as np

from embeddings.base import Vectors
from embeddings.text import normalise

_ATTEMPTS = 4
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_EXCERPT = 200


class RemoteEncoder:
    """Implements `embeddings.base.Encoder`.

    `url` is the base that the server's other paths share, such as `https://host/v1`. The prompts
    are put before every query or document, as some models ask for. The dimension is learned from
    the first answer, so asking for it before may cost a request. Failures are RuntimeErrors of one
    line that never holds the key.
    """

    def __init__(
        self,
        url: str,
        model: str,
        api_key: str | None = None,
        query_prompt: str = "",
        document_prompt: str = "",
        batch: int = 64,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._url = url.rstrip("/") + "/embeddings"
        self._model = model
        self._key = api_key
        self._query_prompt = query_prompt
        self._document_prompt = document_prompt
        self._batch = batch
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(headers=headers, timeout=timeout, transport=transport)
        self._dimension = 0
        self._measuring = threading.Lock()

    @property
    def model_id(self) -> str:
        """The address belongs to it: two servers may give different models the same name. So do the prompts, which
        change every vector: a mark of them, as short as where the model is kept with each passage asks for."""
        name = f"{self._url.removesuffix('/embeddings')}#{self._model}"
        if not (self._query_prompt or self._document_prompt):
            return name
        prompts = json.dumps([self._query_prompt, self._document_prompt])
        return f"{name}#{hashlib.blake2b(prompts.encode(), digest_size=6).hexdigest()}"

    @property
    def dimension(self) -> int:
        if not self._dimension:
            self._request(["dimension"])
        return self._dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._query_prompt)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._document_prompt)

    def close(self) -> None:
        self._client.close()

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        normal = [normalise(text) for text in texts]
        filled = [i for i, text in enumerate(normal) if text]
        parts = [
            self._request([prompt + normal[i] for i in filled[start : start + self._batch]])
            for start in range(0, len(filled), self._batch)
        ]
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        if parts:
            vectors[filled] = np.concatenate(parts)
        return vectors

    def _request(self, texts: list[str]) -> Vectors:
        answer = self._post({"model": self._model, "input": texts, "encoding_format": "float"})
        try:
            rows = sorted(answer.json()["data"], key=lambda row: row["index"])
            places = [row["index"] for row in rows]
            vectors = np.array([row["embedding"] for row in rows], np.float64)
        except (ValueError, KeyError, TypeError) as error:
            raise RuntimeError(f"{self._url} answered without embeddings: {self._excerpt(answer)}") from error
        if places != list(range(len(texts))):
            raise RuntimeError(f"{self._url} answered {len(rows)} embeddings for {len(texts)} texts")
        if vectors.ndim != 2 or not vectors.shape[1] or not np.isfinite(vectors).all():
            raise RuntimeError(f"{self._url} answered embeddings that are not rows of finite numbers")
        with self._measuring:
            self._dimension = self._dimension or vectors.shape[1]
        if vectors.shape[1] != self._dimension:
            raise RuntimeError(
                f"{self._url} answered embeddings of {vectors.shape[1]} numbers, earlier of {self._dimension}"
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)

    def _post(self, content: dict[str, Any]) -> httpx.Response:
        """Tries again where the server is busy or out of reach, as late as it asks for."""
        wait = _FIRST_WAIT
        cause: Exception | None
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                answer = self._client.post(self._url, json=content)
            except httpx.TransportError as error:
                problem, cause = f"cannot be reached: {type(error).__name__}: {error}", error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise RuntimeError(f"{self._url}: {error}") from error
            else:
                if answer.is_success:
                    return answer
                problem, cause = f"answered {answer.status_code}: {self._excerpt(answer)}", None
                if answer.status_code != 429 and answer.status_code < 500:
                    break
                wait = _retry_after(answer) or wait
            if attempt < _ATTEMPTS:
                time.sleep(min(wait, _LONGEST_WAIT))
                wait *= 2
        raise RuntimeError(f"{self._url} {problem}") from cause

    def _excerpt(self, answer: httpx.Response) -> str:
        text = " ".join(answer.text.split())
        if self._key:
            text = text.replace(self._key, "…")
        return text[:_EXCERPT] or "an empty body"


def _retry_after(answer: httpx.Response) -> float:
    """Seconds the server asks to wait, 0 where it names none (dates are not read: they are rare)."""
    try:
        return max(0.0, float(answer.headers.get("Retry-After", "0")))
    except ValueError:
        return 0.0
