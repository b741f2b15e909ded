"""A home with needs and results of every tier, marked in every field, and every kind of viewer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi.testclient import TestClient
from policy_tables import expected_view
from web_support import operator, signed_in

from matcher.drafts import Disclosure
from matcher.entities import Kind, PlatformRole, Role
from matcher.policy import View
from matcher.states import ItemState

NAMES = {
    "public": "公开星河有限公司",
    "summary": "摘要星河有限公司",
    "consent": "同意星河有限公司",
    "other": "另一研究院",
    "third": "第三研究院",
}
"""Owners of each tier, who is let in, and who is not."""
QUESTIONS = ("why_you", "what_you_bring", "what_you_want")


@dataclass
class Marked:
    """A stored item with its markers: text → the least view that holds it."""

    kind: Kind
    id: str
    owner: str
    tier: Disclosure
    draft: dict[str, Any]
    markers: dict[str, View]
    state: ItemState = ItemState.OPEN

    @property
    def path(self) -> str:
        return f"/api/v1/{self.kind}s/{self.id}"


@dataclass
class Viewer:
    """Somebody with a client; `column` is how the tables of `policy_tables` call them."""

    column: str
    client: TestClient
    organisation_id: str | None = None
    let_in: set[str] = field(default_factory=set)

    def view(self, item: Marked) -> View:
        """As the tables say it, not as the policy computes it."""
        if self.organisation_id is None:
            return expected_view(self.column, item.state, item.tier)
        if self.organisation_id == item.owner:
            return View.FULL
        return expected_view("other" if item.id in self.let_in else "third", item.state, item.tier)


@dataclass
class Tiers:
    """The home. `secrets` are markers of what is no item, each with who may see it."""

    items: list[Marked]
    viewers: dict[str, Viewer]
    secrets: dict[str, Callable[[Viewer], bool]]
    organisations: dict[str, str]
    consents: list[str]
    agreements: list[str]
    problem_lists: list[str]
    challenges: list[str]
    programmes: list[str]
    answers: list[str]
    files: list[str]
    """Of the answers, which are handed in and sealed."""
    pairs: list[str]
    introductions: list[str]


def words(number: str, name: str) -> str:
    """A word that stands nowhere else, in the normal form of every index."""
    return f"zq{number}{name.replace('_', '')}zq"


def need(number: str) -> tuple[dict[str, Any], dict[str, View]]:
    """A draft whose every field carries a marker, and the markers of what takes PUBLIC or more."""
    code = int(number)
    texts = {
        name: f"粘结剂涂布残碱 coating {words(number, name)}。"
        for name in ("problem", "current_state", "scenario", "out_of_scope", "ip_wishes", "decision_owner")
    }
    draft = texts | {
        "reference": words(number, "reference"),
        "keywords": [words(number, "keyword"), "残碱"],
        "indicators": [
            {
                "name": words(number, "indicator"),
                "value": 70000.5 + code,
                "unit": "ppm",
                "test_method": words(number, "method"),
            }
        ],
        "budget_min": f"{730000 + code}.11",
        "budget_max": f"{930000 + code}.22",
        "funding_share": 0.12345 + code / 1000000,
        "deadline": f"20{31 + code}-03-17",
        "maturity_now": 3,
        "maturity_wanted": 6,
    }
    return draft, _marks(draft, texts)


def result(number: str) -> tuple[dict[str, Any], dict[str, View]]:
    code = int(number)
    texts = {
        name: f"粘结剂涂布残碱 coating {words(number, name)}。"
        for name in (
            "problem", "abstract", "innovation", "advantage", "ownership", "open_licence_terms", "team",
            "team_continuity", "evidence",
        )
    }  # fmt: skip
    draft = texts | {
        "reference": words(number, "reference"),
        "keywords": [words(number, "keyword"), "残碱"],
        "indicators": [
            {
                "name": words(number, "indicator"),
                "value": 70000.5 + code,
                "unit": "ppm",
                "conditions": words(number, "conditions"),
                "evidence": words(number, "proof"),
            }
        ],
        "rights": [{"kind": "invention_patent", "number": f"ZL2020100{code:05}.1"}],
        "price": f"{830000 + code}.33",
        "maturity": 7,
        "region": "510100",
    }
    marks = _marks(draft, texts) | {f"ZL2020100{code:05}": View.PUBLIC}
    return draft, marks | {words(number, "team_continuity"): View.FULL}


def _marks(draft: dict[str, Any], texts: dict[str, str]) -> dict[str, View]:
    [indicator] = draft["indicators"]
    marks = [value.removesuffix("。").rpartition(" ")[2] for value in texts.values()]
    marks += [draft["reference"], draft["keywords"][0]]
    marks += [value for value in indicator.values() if isinstance(value, str) and value.startswith("zq")]
    marks += [str(indicator["value"])]
    marks += [
        str(draft[name]) for name in ("budget_min", "budget_max", "funding_share", "deadline", "price") if name in draft
    ]
    return dict.fromkeys(marks, View.PUBLIC)


def build(client: TestClient) -> Tiers:
    """Fills an empty home."""
    admitted = {
        name: str(
            operator(client)
            .post("/api/v1/organisations", json={"kind": "company", "name": full, "region": "320500", "size": "small"})
            .json()["id"]
        )
        for name, full in NAMES.items()
    }
    managers = {name: signed_in(client, id) for name, id in admitted.items()}
    items: list[Marked] = []
    lists: list[str] = []

    def store(
        kind: Kind,
        owner: str,
        number: str,
        state: ItemState = ItemState.OPEN,
        twin: bool = False,
        tier: Disclosure | None = None,
    ) -> Marked:
        draft, marks = need(number) if kind is Kind.NEED else result(number)
        title = f"{NAMES[owner]} 粘结剂涂布残碱 {words(number, 'title')} mail{number}@example.com"
        tier = tier or Disclosure(owner)
        if twin:
            draft = {"problem": "石墨烯散热膜卷对卷制备良率低，缺陷难检。", "keywords": ["散热膜"]}
            title, marks = "石墨烯散热膜", {}
        sent = draft | {"title": title, "disclosure": str(tier), "organisation_id": admitted[owner]}
        sent |= {"field": "new_materials.metals"}
        answer = managers[owner].post(f"/api/v1/{kind}s", json=sent)
        assert answer.status_code == 201, answer.text
        marks = marks | {f"mail{number}@example.com": View.PUBLIC, words(number, "title"): View.SUMMARY}
        marks |= {str(answer.json()["id"]): View.FIELD}
        made = Marked(kind, str(answer.json()["id"]), admitted[owner], tier, sent, {} if twin else marks, state)
        if twin:
            made.markers = {made.id: View.FIELD}
        if state is ItemState.WITHDRAWN:
            reason = {"reason": words(number, "reason")}
            moved = managers[owner].post(f"{made.path}/withdraw", json=reason, headers={"If-Match": "*"})
            assert moved.status_code == 200, moved.text
        items.append(made)
        return made

    for place, kind in enumerate(Kind):
        for offset, owner in enumerate(("public", "summary", "consent")):
            store(kind, owner, f"{10 * place + offset + 1:02}")
        store(kind, "consent", f"{10 * place + 5:02}")
        store(kind, "public", f"{10 * place + 6:02}", ItemState.WITHDRAWN)
        store(kind, "public", f"{10 * place + 7:02}", twin=True)
        store(kind, "summary", f"{10 * place + 8:02}", twin=True)

    file = "需求名称,问题\n清单里的需求,残碱\n".encode()
    for owner in ("summary", "consent"):
        brought = managers[owner].post(
            "/api/v1/problem-lists", files={"file": ("a.csv", file)}, data={"title": words("99", f"list{owner}")}
        )
        assert brought.status_code == 201, brought.text
        lists += brought.json()["problem_lists"]
        [made] = brought.json()["created"]
        managers[owner].patch(f"/api/v1/needs/{made}", json={"disclosure": owner}, headers={"If-Match": "*"})

    viewers = {
        "anonymous": Viewer("anonymous", client),
        "person": Viewer("person", signed_in(client, roles=[])),
        "grader": Viewer("grader", signed_in(client, platform=[PlatformRole.GRADER])),
        "matchmaker": Viewer("match", signed_in(client, platform=[PlatformRole.MATCHMAKER])),
        "operator": Viewer("oper", operator(client)),
        "third": Viewer("third", managers["third"], admitted["third"]),
        "other": Viewer("other", managers["other"], admitted["other"]),
        "side": Viewer("manager", managers["public"], admitted["public"]),
        "owner": Viewer("poster", signed_in(client, admitted["consent"], roles=[Role.POSTER]), admitted["consent"]),
    }
    consents, agreements, secrets = _asked(managers, admitted, items, viewers["other"])
    secrets |= {words("99", f"list{owner}"): _only(admitted[owner]) for owner in ("summary", "consent")}
    opened = store(Kind.NEED, "public", "09", tier=Disclosure.CONSENT)
    challenges = [_published(managers, viewers["matchmaker"], opened, secrets, admitted)]
    programme = managers["consent"].post(
        "/api/v1/programmes", json={"problem_list_id": lists[-1], "title": words("93", "programme")}
    )
    assert programme.status_code == 201, programme.text
    secrets[words("93", "programme")] = _only(admitted["consent"])
    programmes = [str(programme.json()["id"])]
    answer, file = _sealed(managers["other"], challenges[0])
    secrets |= {words("92", name): _only(admitted["other"]) for name in ("answer", "file")}
    pairs = _introducing(viewers["matchmaker"].client, secrets, admitted)
    sides = [viewers["matchmaker"].client.get(f"/api/v1/pairs/{id}/introductions").json() for id in pairs]
    introductions = [one["id"] for side in sides for one in side]
    return Tiers(
        items, viewers, secrets, admitted, consents, agreements, lists, challenges, programmes, [answer], [file],
        pairs, introductions,
    )  # fmt: skip


def _introducing(
    matchmaker: TestClient, secrets: dict[str, Callable[[Viewer], bool]], admitted: dict[str, str]
) -> list[str]:
    """Pairs of which both sides are asked, but one, which waits in the queue."""
    while matchmaker.post("/api/v1/reviews/refresh").json()["behind"]:
        pass
    drawn = matchmaker.post("/api/v1/reviews/draw", json={"count": 20}).json()["drawn"]
    pairs = [str(one["pair"]["id"]) for one in drawn]
    views = {(one["pair"]["need"]["view"], one["pair"]["result"]["view"]) for one in drawn}
    assert views == {("public", "summary"), ("summary", "public")}
    said = {f"to_{side}": words("95", side) for side in Kind}
    for id in pairs[1:]:
        for path, body in (("verdict", {"judgement": "take_further"}), ("ask", said)):
            answer = matchmaker.post(f"/api/v1/pairs/{id}/{path}", json=body)
            assert answer.status_code == 200, answer.text
        note = matchmaker.post(f"/api/v1/pairs/{id}/notes", json={"text": words("95", "note")})
        assert note.status_code == 201, note.text
    owners = {admitted[name] for name in ("public", "summary")}
    for text in said.values():
        secrets[text] = lambda viewer: viewer.organisation_id in owners or viewer.column == "match"
    secrets[words("95", "note")] = lambda viewer: viewer.column == "match"
    return pairs


def _sealed(author: TestClient, challenge_id: str) -> tuple[str, str]:
    """An answer with a file, handed in: it says nothing to anybody but its authors."""
    started = author.post("/api/v1/answers", json={"challenge_id": challenge_id})
    assert started.status_code == 201, started.text
    path, text = started.headers["Location"], words("92", "answer")
    claim = {"indicator": 0, "value": 600, "evidence": text, "method": text}
    said = {"title": text, "approach": text, "claims": [claim], "conflicts": text}
    assert author.put(f"{path}/text", json=said, headers={"If-Match": "*"}).status_code == 200
    name = words("92", "file")
    added = author.post(f"{path}/files", files={"file": (f"{name}.txt", name.encode())})
    assert added.status_code == 201, added.text
    handed_in = author.post(f"{path}/hand-in", headers={"If-Match": "*"})
    assert handed_in.status_code == 200, handed_in.text
    return str(started.json()["id"]), str(added.json()["id"])


def _published(
    managers: dict[str, TestClient],
    matchmaker: Viewer,
    opened: Marked,
    secrets: dict[str, Callable[[Viewer], bool]],
    admitted: dict[str, str],
) -> str:
    """A challenge from a need by consent, published in other words, with labs invited and a question that waits."""
    setter = managers["public"]
    said = {
        "title": "涂布残碱", "mechanism": "race", "need_ids": [opened.id], "summary": "粘结剂涂布残碱 coating。" * 10,
        "budget": "500000", "decision_owner": "总工", "contact": "张工",
        "indicators": [{"name": "残碱", "operator": "<=", "value": 800}],
        "rubric": [{"key": "all", "name": "全部", "weight": 1}],
    }  # fmt: skip
    challenge = setter.post("/api/v1/challenges", json=said)
    assert challenge.status_code == 201, challenge.text
    path = challenge.headers["Location"]
    setter.post(f"{path}/propose")
    published = matchmaker.client.post(f"{path}/publish", headers={"If-Match": "*"})
    assert published.status_code == 200, published.text
    invited = setter.post(f"{path}/invitations/matching", json={"least": 0, "top": 100})
    assert invited.status_code == 200, invited.text
    text = words("94", "question")
    assert managers["other"].post(f"{path}/questions", json={"text": text}).status_code == 201
    sides = {admitted["public"], admitted["other"]}
    secrets[text] = lambda viewer: viewer.organisation_id in sides or viewer.column in ("match", "oper")
    return str(challenge.json()["id"])


def _asked(
    managers: dict[str, TestClient], admitted: dict[str, str], items: list[Marked], other: Viewer
) -> tuple[list[str], list[str], dict[str, Callable[[Viewer], bool]]]:
    """OTHER has asked for all that is not public. It is let in to one need and one result by consent; for
    the others there an agreement waits to be accepted. The owner of the summaries has not answered."""
    written = managers["consent"].post(
        "/api/v1/agreements",
        json={"organisation_id": admitted["consent"], "title": "保密", "text": words("98", "agreement")},
    )
    assert written.status_code == 201, written.text
    agreement = str(written.json()["id"])
    consents: list[str] = []
    granted: set[Kind] = set()
    for item in items:
        if item.tier is Disclosure.PUBLIC:
            continue
        sent = {"kind": str(item.kind), "id": item.id} | {name: words("97", name) for name in QUESTIONS}
        asked = managers["other"].post("/api/v1/consents", json=sent)
        assert asked.status_code == 201, asked.text
        consents.append(str(asked.json()["id"]))
        if item.tier is Disclosure.SUMMARY:
            continue
        move, body = (
            ("offer", {"agreement_id": agreement})
            if item.kind in granted
            else ("grant", {"answer": words("96", "answer")})
        )
        if item.kind not in granted:
            granted.add(item.kind)
            other.let_in.add(item.id)
        answered = managers["consent"].post(f"/api/v1/consents/{consents[-1]}/{move}", json=body)
        assert answered.status_code == 200, answered.text
    sides = {admitted[name] for name in ("summary", "consent", "other")}
    secrets: dict[str, Callable[[Viewer], bool]] = {
        words("97", name): lambda viewer: viewer.organisation_id in sides for name in QUESTIONS
    }
    secrets[words("96", "answer")] = lambda viewer: viewer.organisation_id in sides
    secrets[words("98", "agreement")] = lambda viewer: (
        viewer.organisation_id in (admitted["consent"], admitted["other"])
    )
    return consents, [agreement], secrets


def _only(organisation_id: str) -> Callable[[Viewer], bool]:
    return lambda viewer: viewer.organisation_id == organisation_id


def knows_owner(tiers: Tiers, viewer: Viewer, organisation_id: str) -> bool:
    """Whether anything of that organisation is shown to the viewer with its owner."""
    return any(item.owner == organisation_id and viewer.view(item) >= View.PUBLIC for item in tiers.items)


def of_kind(tiers: Tiers, kind: Kind) -> Iterator[Marked]:
    return (item for item in tiers.items if item.kind is kind)
