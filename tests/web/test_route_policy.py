"""Every route of the description asks the policy, but for a few that are named here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from awards_support import one_of_each as one_of_each_awarded
from fastapi.testclient import TestClient
from grading_web_support import one_of_each as one_of_each_judged
from reviews_support import one_of_each as one_of_each_introduced
from web_support import Side, browser, engine_of, new_person, served, sign_in, signed_in, with_password
from words_encoder import WordsEncoder

from api.settings import Settings
from matcher import policy
from matcher.entities import OrganisationKind, PlatformRole
from matcher.sessions import writing

API = "/api/v1"

ASK_NOTHING = {
    "GET /healthz": "tells that the process lives",
    "GET /readyz": "tells what is to be mended, and nothing that is stored",
    f"GET {API}/fields": "codes that come with the program",
    f"GET {API}/regions": "codes that come with the program",
    f"GET {API}/reasons": "codes that come with the program",
    f"GET {API}/session/oidc": "leads to the identity provider; whoever comes back is asked about",
    f"GET {API}/session/oidc/callback": "is nothing without a provider; with one, `sign_in_elsewhere` asks",
}
"""Routes that need no decision, each with the reason."""

BODIES: dict[str, Any] = {
    f"POST {API}/needs/{{id}}/{{move}}": {},
    f"POST {API}/results/{{id}}/{{move}}": {},
    f"POST {API}/consents/{{id}}/grant": {},
    f"POST {API}/consents/{{id}}/refuse": {},
    f"POST {API}/consents/{{id}}/withdraw": {},
    f"POST {API}/consents/{{id}}/accept": {"text_hash": "0" * 64},
    f"POST {API}/contract-changes/{{id}}/decline": {},
    f"POST {API}/offers/{{id}}/decline": {},
    f"POST {API}/milestones/{{id}}/acceptance": {},
    f"POST {API}/milestones/{{id}}/payment": {},
    f"PUT {API}/session/organisation": {"organisation_id": None},
    f"PATCH {API}/account": {"name": "韩梅梅"},
    f"POST {API}/account/password": {"old": "old-password-1", "new": "new-password-22"},
    f"POST {API}/account/password-reset": {"email": "nobody@example.org"},
    f"POST {API}/account/password-reset/{{link}}": {"password": "new-password-22"},
    f"POST {API}/account/second-factor/confirmation": {"code": "123456"},
    f"POST {API}/account/second-factor/removal": {"password": "old-password-1"},
    f"PUT {API}/organisations/{{id}}/members/{{person_id}}": {"roles": ["poster"]},
    f"POST {API}/invitations": {"email": "new@example.org"},
    f"POST {API}/people/{{id}}/disable": {},
    f"PUT {API}/people/{{id}}/accreditations/{{role}}": {},
    f"POST {API}/challenges/{{id}}/give-back": {"reason": "甲"},
    f"POST {API}/challenges/{{id}}/funding/withdraw": {},
    f"POST {API}/challenges/{{id}}/close": {},
    f"POST {API}/challenges/{{id}}/open": {},
    f"POST {API}/challenges/{{id}}/invitations/matching": {},
    f"PUT {API}/programmes/{{id}}/topics/{{topic_id}}": {"title": "共性问题"},
    f"POST {API}/programmes/{{id}}/topics/{{topic_id}}/move": {"need_ids": ["none"]},
    f"POST {API}/programmes/{{id}}/topics/{{topic_id}}/merge": {"topics": ["none"]},
    f"POST {API}/programmes/{{id}}/topics/{{topic_id}}/split": {"need_ids": ["none"], "title": "半个"},
}
"""What is sent where the description gives no example."""


LAST = [f"{API}/session", f"{API}/account/sign-ins/{{id}}", f"{API}/account/sign-ins", f"{API}/account"]
"""Where DELETE comes last: afterwards the browser is nobody."""


class Walk:
    """A home with one of everything, and five who walk all routes in it."""

    def __init__(self, client: TestClient) -> None:
        oper = signed_in(client, platform=[PlatformRole.OPERATOR])
        sides = [
            Side(name, self._admitted(oper, kind), {"title": "残碱"})
            for name, kind in (("needs", OrganisationKind.COMPANY), ("results", OrganisationKind.LAB))
        ]
        need, result = (side.post(client)["id"] for side in sides)
        owner = sides[0].owner
        manager = signed_in(client, owner)
        email = with_password(client, owner)
        visitor = browser(client)
        assert sign_in(visitor, email).status_code == 201
        stranger = signed_in(client, self._admitted(oper, OrganisationKind.SERVICE))
        self.walkers = {
            "nobody": client, "manager": manager, "operator": oper, "browser": visitor, "stranger": stranger
        }  # fmt: skip
        asked = {"kind": "need", "id": need, "why_you": "a", "what_you_bring": "b", "what_you_want": "c"}
        consent = signed_in(client, sides[1].owner).post(f"{API}/consents", json=asked).json()["id"]
        agreement = {"organisation_id": owner, "title": "保密", "text": "保密"}
        agreement_id = manager.post(f"{API}/agreements", json=agreement).json()["id"]
        file = {"file": ("a.csv", "需求名称\n一\n".encode())}
        brought = manager.post(f"{API}/problem-lists", files=file).json()
        invited = manager.post(
            f"{API}/organisations/{owner}/invitations", json={"email": "i@example.org", "roles": ["poster"]}
        )
        token = visitor.post(f"{API}/account/tokens", json={"name": "t"})
        self.person = new_person(client, owner)
        draft = {"title": "残碱", "mechanism": "race", "need_ids": [need]}
        challenge = manager.post(f"{API}/challenges", json=draft).json()["id"]
        sent = {"problem_list_id": brought["problem_lists"][0], "title": "探索者"}
        programme = manager.post(f"{API}/programmes", json=sent).json()
        self.problem_list, self.topic = brought["problem_lists"][0], programme["topics"][0]["id"]
        self.owner, self.need, self.agreement = owner, need, agreement_id
        self.ids = {
            "needs": need,
            "results": result,
            "consents": consent,
            "agreements": agreement_id,
            "problem-lists": brought["problem_lists"][0],
            "organisations": owner,
            "invitations": invited.json()["id"],
            "people": self.person,
            "sign-ins": visitor.get(f"{API}/account/sign-ins").json()[0]["id"],
            "tokens": token.json()["id"],
            "searches": visitor.post(f"{API}/searches", json={"name": "s", "asked": {}}).json()["id"],
            "challenges": challenge,
            "programmes": programme["id"],
            "answers": started_answer(client, sides[1].owner, manager, oper, need),
        }
        with writing(engine_of(client)) as session:
            awarded = one_of_each_awarded(session, owner)
            self.ids = one_of_each_judged(session, self.person) | awarded | self.ids
            self.ids |= one_of_each_introduced(session, need, result)

    @staticmethod
    def _admitted(oper: TestClient, kind: OrganisationKind) -> str:
        return str(oper.post(f"{API}/organisations", json={"kind": str(kind), "name": f"路{kind}"}).json()["id"])

    def path(self, route: str) -> str:
        before = route.partition("/{id}")[0].rpartition("/")[2]
        places = {"person_id": self.person, "role": "matchmaker", "move": "close", "link": "none", "kind": "challenge"}
        places |= {"organisation_id": self.owner, "topic_id": self.topic, "file_id": self.ids["files"]}
        return route.format(id=self.ids.get(before, "none"), **places)

    def content(self, name: str, told: dict[str, Any]) -> dict[str, Any]:
        sent: dict[str, Any] = {"headers": {"If-Match": "*"}}
        if name.endswith("/audit/evidence"):
            return sent | {"params": {"thing": f"need:{self.need}"}}
        if name == f"POST {API}/consents/{{id}}/offer":
            return sent | {"json": {"agreement_id": self.agreement}}
        for media_type, described in told.get("requestBody", {}).get("content", {}).items():
            if media_type == "multipart/form-data":
                return sent | {"files": {"file": ("a.csv", "成果名称,需求名称\n二,二\n".encode())}}
            example = next(iter(described.get("examples", {"": {"value": BODIES.get(name)}}).values()))["value"]
            if isinstance(example, dict) and "organisation_id" in example:
                example = example | {"organisation_id": self.owner}
            if isinstance(example, dict) and "challenge_id" in example:
                example = example | {"challenge_id": self.ids["challenges"]}
            if isinstance(example, dict) and "need_ids" in example:
                example = example | {"need_ids": [self.need]}
            if isinstance(example, dict) and "problem_list_id" in example:
                example = example | {"problem_list_id": self.problem_list}
            if name == f"POST {API}/consents":
                example = example | {"id": self.need}
            return sent | {"json": example}
        return sent


def started_answer(client: TestClient, lab: str, setter: TestClient, oper: TestClient, need: str) -> str:
    """The id of one to a challenge that is published."""
    draft = {
        "title": "残碱", "mechanism": "race", "need_ids": [need], "summary": "残碱偏高，浆料凝胶。" * 10, "budget": "1",
        "decision_owner": "王总工", "contact": "李工", "rubric": [{"key": "all", "name": "全部", "weight": 1}],
        "indicators": [{"name": "残碱", "operator": "<=", "value": 800, "unit": "ppm"}],
    }  # fmt: skip
    path = setter.post(f"{API}/challenges", json=draft).headers["Location"]
    setter.post(f"{path}/propose")
    assert oper.post(f"{path}/publish", headers={"If-Match": "*"}).status_code == 200
    started = signed_in(client, lab).post(f"{API}/answers", json={"challenge_id": path.rpartition("/")[2]})
    return str(started.json()["id"])


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    settings = Settings(home=tmp_path_factory.mktemp("walk"), _env_file=None)
    with served(settings, WordsEncoder()) as client:
        yield Walk(client)


def test_every_route_asks_the_policy(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    decisions: list[policy.Action] = []
    can = policy.can

    def recorded(actor: policy.Actor, action: policy.Action, thing: policy.Thing = policy.PLATFORM) -> policy.Decision:
        decisions.append(action)
        return can(actor, action, thing)

    monkeypatch.setattr(policy, "can", recorded)
    spec = walk.walkers["nobody"].get("/openapi.json").json()
    routes = [(method, path, told) for path, item in spec["paths"].items() for method, told in item.items()]
    routes.sort(key=lambda route: route[0] == "delete" and route[1] in LAST)
    unasked: dict[str, list[tuple[str, int]]] = {}
    for method, path, told in routes:
        name = f"{method.upper()} {path}"
        asked, answered_unasked = False, []
        for who, client in walk.walkers.items():
            decisions.clear()
            answer = client.request(method, walk.path(path), follow_redirects=False, **walk.content(name, told))
            asked = asked or bool(decisions)
            if not decisions and answer.status_code < 400:
                answered_unasked.append((who, answer.status_code))
        if answered_unasked or not asked:
            unasked[name] = answered_unasked
    assert unasked.keys() == ASK_NOTHING.keys(), unasked


PUBLISHED = {"", "/versions", "/moves", "/questions", "/documents", "/documents/{file_id}", "/custodians", "/gate"}
"""What anybody may read of a published challenge, behind its path; of lists one gets those that are one's own."""
OWN = {"/answers", "/awards", "/invitations", "/objections", "/ledger"}
CHALLENGES = re.compile(
    rf"{API}/(?:challenges|programmes|answers|offers|assignments|trials|objections|commitments|awards|contracts"
    r"|contract-changes|milestones|pairs|introductions|searches)/{id}(.*)"
)


def test_a_stranger_opens_and_changes_nothing_of_a_challenge(walk: Walk) -> None:
    spec = walk.walkers["nobody"].get("/openapi.json").json()
    routes = [(method, path, told) for path, item in spec["paths"].items() for method, told in item.items()]
    tried, answered = 0, set()
    for method, path, told in routes:
        match = CHALLENGES.fullmatch(path)
        if match is None:
            continue
        tried += 1
        sent = walk.content(f"{method.upper()} {path}", told)
        for who in ("stranger", "nobody"):
            answer = walk.walkers[who].request(method, walk.path(path), **sent)
            if answer.is_success:
                answered.add((method, path))
    assert tried > 90
    allowed = {("get", f"{API}/challenges/{{id}}{rest}") for rest in PUBLISHED | OWN}
    assert answered - allowed == set()


def test_the_list_of_routes_that_ask_nothing_names_routes_that_exist(walk: Walk) -> None:
    spec = walk.walkers["nobody"].get("/openapi.json").json()
    routes = {f"{method.upper()} {path}" for path, item in spec["paths"].items() for method in item}
    assert ASK_NOTHING.keys() <= routes
