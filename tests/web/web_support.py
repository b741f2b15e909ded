"""A home served within the test's process, and the two kinds of things in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from embeddings.base import Encoder


@contextmanager
def served(settings: Settings, encoder: Encoder) -> Iterator[TestClient]:
    """Ready when the block begins."""
    with TestClient(create_app(settings, encoder=encoder)) as client:
        deadline = time.monotonic() + 20
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline, client.get("/readyz").text
            time.sleep(0.01)
        yield client


@dataclass
class Side:
    """Needs or results, as the tests that hold for both see them."""

    name: str
    owner: str
    draft: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/api/v1/{self.name}"

    @property
    def kind(self) -> str:
        return self.name.removesuffix("s")

    def post(self, client: TestClient, **fields: Any) -> dict[str, Any]:
        answer = client.post(self.path, json={"organisation_id": self.owner, **self.draft, **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def listed(self, client: TestClient, **query: Any) -> list[dict[str, Any]]:
        """All of its owner: other tests may have theirs beside them."""
        answer = client.get(self.path, params={"organisation_id": self.owner, **query})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])
