"""Every operation of the description is asked with what fits it and what nearly does (schemathesis).

No answer is a server error, and none is other than the description says, whoever asks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from awards_support import one_of_each as one_of_each_awarded
from fastapi.testclient import TestClient
from grading_web_support import one_of_each as one_of_each_judged
from hypothesis import HealthCheck, Phase, settings
from reviews_support import one_of_each as one_of_each_introduced
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks
from web_support import ADDRESS, Side, engine_of, in_session, new_person, operator, served, signed_in
from words_encoder import WordsEncoder

from api.app import create_app
from api.settings import Settings
from matcher.sessions import writing

EXAMPLES = 4
"""Of each operation, for each who asks: all of it shall take no longer than a minute on two cores."""

schema = schemathesis.openapi.from_dict(create_app(Settings(_env_file=None)).openapi())
schema.config.phases.coverage.enabled = False
schema.config.generation.modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]

CHALLENGE = {
    "summary": "轴承磨损快，寿命不足三千小时，润滑脂流失。" * 5,
    "budget": "500000",
    "decision_owner": "王总工",
    "contact": "李工",
    "indicators": [{"name": "寿命", "operator": ">=", "value": 8000, "unit": "h"}],
    "rubric": [{"key": "all", "name": "全部", "weight": 1}],
}

_turns = itertools.count()


class Home:
    """A served home, those who ask, and an id of each kind of thing."""

    def __init__(self, client: TestClient) -> None:
        admitted = [
            operator(client).post("/api/v1/organisations", json={"kind": kind, "name": kind}).json()["id"]
            for kind in ("company", "lab")
        ]
        company, lab = admitted
        manager = signed_in(client, company)
        self.client, self.lab = client, lab
        self.asking = {"nobody": client, "manager": manager, "operator": operator(client)}
        need = Side("needs", company, {"title": "轴承"}).post(client)["id"]
        hidden = Side("needs", company, {"title": "磨损", "disclosure": "consent"}).post(client)["id"]
        result = Side("results", lab, {"title": "润滑脂"}).post(client)["id"]
        person = new_person(client, company)
        invitation = manager.post(
            f"/api/v1/organisations/{company}/invitations", json={"email": "a@example.org", "roles": ["poster"]}
        ).json()["id"]
        terms = {"organisation_id": company, "title": "保密协议", "text": "保密。"}
        agreement = manager.post("/api/v1/agreements", json=terms).json()["id"]
        asked = {"kind": "need", "id": hidden, "why_you": "甲", "what_you_bring": "乙", "what_you_want": "丙"}
        consent = signed_in(client, lab).post("/api/v1/consents", json=asked).json()["id"]
        draft = {"title": "磨损", "mechanism": "race", "need_ids": [hidden], **CHALLENGE}
        challenges = [manager.post("/api/v1/challenges", json=draft).json()["id"] for _ in range(2)]
        manager.post(f"/api/v1/challenges/{challenges[1]}/propose")
        published = operator(client).post(f"/api/v1/challenges/{challenges[1]}/publish", headers={"If-Match": "*"})
        assert published.status_code == 200, published.text
        file = {"file": ("a.csv", "需求名称\n甲\n".encode())}
        brought = manager.post("/api/v1/problem-lists", files=file, data={"title": "清单"}).json()
        sent = {"problem_list_id": brought["problem_lists"][0], "title": "探索者"}
        programme = manager.post("/api/v1/programmes", json=sent).json()
        self.topic = programme["topics"][0]["id"]
        answer = signed_in(client, lab).post("/api/v1/answers", json={"challenge_id": challenges[1]}).json()["id"]
        self.ids = {
            "answers": [answer],
            "challenges": challenges, "programmes": [programme["id"]],
            "needs": [need, hidden], "results": [result], "organisations": admitted, "people": [person],
            "invitations": [invitation], "agreements": [agreement], "consents": [consent],
        }  # fmt: skip
        self.person = person
        with writing(engine_of(client)) as session:
            more = one_of_each_awarded(session, company) | one_of_each_judged(session, person)
            more |= one_of_each_introduced(session, need, result)
        for name, id in more.items():
            self.ids.setdefault(name, []).append(id)
        self.file = more["files"]

    def asked_by(self, who: str) -> TestClient:
        """A session is somebody else's each time: it may be the end of it, or of the account."""
        return self.asking[who] if who in self.asking else in_session(self.client, new_person(self.client, self.lab))

    def aim(self, case: Any) -> None:
        """Names something that is there, two times of three: else nearly all would be not found."""
        turn = next(_turns)
        if turn % 3 and "{id}" in case.path and case.method in ("PUT", "PATCH", "POST"):
            case.headers = {**(case.headers or {}), "If-Match": "*"}
        places = case.path_parameters
        known = self.ids.get(case.path.split("/")[3]) if case.path.startswith("/api/v1/") else None
        if turn % 3 and places and known and "id" in places:
            places["id"] = known[turn % len(known)]
        if turn % 3 and places and "person_id" in places:
            places["person_id"] = self.person
        if turn % 3 and places and "organisation_id" in places:
            places["organisation_id"] = self.lab
        if turn % 3 and places and "topic_id" in places:
            places["topic_id"] = self.topic
        if turn % 3 and places and "file_id" in places:
            places["file_id"] = self.file


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder: Path = tmp_path_factory.mktemp("fuzzed")
    with served(Settings(home=folder, attempt_rate="100000/second", _env_file=None), WordsEncoder()) as client:
        yield Home(client)


@pytest.mark.parametrize("who", ["nobody", "manager", "operator", "session"])
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)
def test_every_answer_is_as_described(case: Any, home: Home, who: str) -> None:
    home.aim(case)
    client = home.asked_by(who)
    asked = requests.Request(**case.as_transport_kwargs(base_url=ADDRESS)).prepare()
    headers = {
        name: value.encode("latin-1", "replace") if isinstance(value, str) else value
        for name, value in asked.headers.items()
        if name.lower() not in ("authorization", "cookie", "content-length")
    }
    answer = client.request(
        str(asked.method), str(asked.url), content=asked.body, headers=headers, follow_redirects=False
    )  # type: ignore[arg-type]
    case.validate_response(answer, checks=CHECKS)
