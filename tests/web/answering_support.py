"""A challenge that is published, and a lab that answers it, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from challenge_desk import API, Desk
from fastapi.testclient import TestClient
from sqlmodel import col, select
from web_support import Side, engine_of, signed_in

from matcher.entities import Challenge, Round
from matcher.sessions import writing

DRAFT: dict[str, Any] = {
    "title": "干法包覆",
    "approach": "以纳米磷酸盐干法包覆替代水洗。",
    "claims": [{"indicator": 0, "value": 600, "unit": "ppm", "evidence": "中试报告"}],
    "conflicts": "",
}
ANY = {"If-Match": "*"}


class Answering(Desk):
    """A published race and the manager of a lab."""

    def __init__(self, client: TestClient, need_side: Side, lab: str) -> None:
        super().__init__(client, need_side)
        self.lab = lab
        self.author = signed_in(client, lab)
        self.setter = signed_in(client, need_side.owner)

    def started(self, challenge: dict[str, Any], **said: Any) -> str:
        """The path of an answer."""
        answer = self.author.post(f"{API}/answers", json={"challenge_id": challenge["id"], **said})
        assert answer.status_code == 201, answer.text
        return str(answer.headers["Location"])

    def written(self, challenge: dict[str, Any], **said: Any) -> str:
        path = self.started(challenge)
        saved = self.author.put(f"{path}/text", json={**DRAFT, **said}, headers=ANY)
        assert saved.status_code == 200, saved.text
        return path

    def handed_in(self, challenge: dict[str, Any], **said: Any) -> str:
        path = self.written(challenge, **said)
        answer = self.author.post(f"{path}/hand-in", headers=ANY)
        assert answer.status_code == 200, answer.text
        return path

    def past_deadline(self, challenge: dict[str, Any]) -> None:
        """As when its time had come: the database's clock cannot be turned."""
        with writing(engine_of(self.client)) as session:
            for held in session.exec(select(Round).where(col(Round.challenge_id) == challenge["id"])):
                held.deadline = datetime.now(UTC) - timedelta(seconds=1) if held.number == 1 else held.deadline
                session.add(held)
            session.get_one(Challenge, challenge["id"]).deadline = datetime.now(UTC) - timedelta(seconds=1)
