"""A challenge as its setter, the desk and a lab see it over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from web_support import Side, signed_in

from matcher.entities import PlatformRole, Role

API = "/api/v1"
SUMMARY = "烧结后表面残碱偏高，涂布时浆料凝胶，放置两小时后无法使用。" * 4


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


class Desk:
    """The setter's poster, a matchmaker, and the API between them."""

    def __init__(self, client: TestClient, need_side: Side) -> None:
        self.client, self.need_side = client, need_side
        self.poster = signed_in(client, need_side.owner, roles=[Role.POSTER])
        self.matchmaker = signed_in(client, platform=[PlatformRole.MATCHMAKER])

    def draft(self, **said: Any) -> dict[str, Any]:
        complete = {
            "title": "高镍正极残碱控制",
            "mechanism": "race",
            "need_ids": [self.need_side.post(self.client, title=f"需求 {datetime.now(UTC)}")["id"]],
            "summary": SUMMARY,
            "budget": "900000",
            "decision_owner": "王总工",
            "contact": "li@example.org",
            "rubric": [{"key": "novelty", "name": "先进性", "weight": 2}],
        }
        return {name: value for name, value in {**complete, **said}.items() if value is not None}

    def opened(self, **said: Any) -> dict[str, Any]:
        answer = self.poster.post(f"{API}/challenges", json=self.draft(**said))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def published(self, **said: Any) -> dict[str, Any]:
        path = f"{API}/challenges/{self.opened(**said)['id']}"
        proposed = self.poster.post(f"{path}/propose")
        answer = self.matchmaker.post(f"{path}/publish", headers={"If-Match": proposed.headers["ETag"]})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())
