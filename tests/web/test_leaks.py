"""Nothing of a need or result leaves its tier, whoever asks, on whatever route; and each place that
keeps something back is needed for that."""

from __future__ import annotations

import importlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pages_support import page_routes
from tiers_support import NAMES, Marked, Tiers, Viewer, build, knows_owner, of_kind, words
from web_support import served
from words_encoder import WordsEncoder

from api.settings import Settings
from matcher import disclosure
from matcher.drafts import Disclosure
from matcher.entities import Kind
from matcher.policy import View

API = "/api/v1"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ASKED = "粘结剂涂布残碱 coating"
RANKERS = ("full", "hybrid", "dense", "lexical")


@pytest.fixture(scope="module")
def tiers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiers]:
    settings = Settings(home=tmp_path_factory.mktemp("leaks"), _env_file=None)
    with served(settings, WordsEncoder()) as client:
        yield build(client)


# -- what is fetched -------------------------------------------------------------------------------

JUDGING = (
    "graders", "assignments", "conflicts", "trials", "standings", "determinations", "objections", "rehearsal",
    "eliminations",
)  # fmt: skip
"""What is read of judging the answers to a challenge."""

Request = tuple[str, str, dict[str, Any]]
"""Method, path, and what goes with it."""
Asked = Callable[[Tiers], Iterator[Request]]
"""All requests of one kind."""


def matched(tiers: Tiers) -> Iterator[Request]:
    for ranker in RANKERS:
        for kind in Kind:
            asked = {"text": ASKED, "wanted": str(kind), "top": 100, "ranker": ranker}
            yield "POST", f"{API}/match", {"json": asked}
    draft = {"title": ASKED, "maturity": 2, "region": "110000", "price": "99999999", "cooperation_modes": ["equity"]}
    yield "POST", f"{API}/match", {"json": {"result": draft, "top": 100}}
    draft = {"title": ASKED, "maturity_wanted": 9, "budget_max": "1", "preferred_regions": ["110000"]}
    yield "POST", f"{API}/match", {"json": {"need": draft, "top": 100}}
    yield (
        "POST",
        f"{API}/match",
        {"json": {"text": "石墨烯散热膜卷对卷制备良率低，缺陷难检。", "wanted": "need", "top": 100}},
    )
    indicators = [{"name": "残碱", "operator": "<=", "value": 5, "unit": "ppm"}]
    for deadline in ("2020-01-01", "2099-01-01"):
        yield "POST", f"{API}/clinic", {"json": {**draft, "indicators": indicators, "deadline": deadline}}
    for item in tiers.items:
        yield "GET", f"{item.path}/matches", {"params": {"top": 100}}
        yield "GET", f"{item.path}/teams", {}  # of results there is none
        if item.kind is Kind.NEED:  # word by word what another organisation may keep to itself
            said = {name: item.draft[name] for name in ("title", "problem") if name in item.draft}
            yield "POST", f"{API}/clinic", {"json": said}


def around(tiers: Tiers) -> Iterator[Request]:
    for name, ids in (
        ("consents", tiers.consents),
        ("agreements", tiers.agreements),
        ("problem-lists", tiers.problem_lists),
        ("programmes", tiers.programmes),
    ):
        for id in ids:
            yield "GET", f"{API}/{name}/{id}", {}
    for id in tiers.challenges:
        files = [f"/documents/{one}" for one in tiers.files]  # an answer's are none of the challenge's
        for rest in (
            "",
            "/mechanism",
            "/versions",
            "/moves",
            "/questions",
            "/invitations",
            "/documents",
            "/awards",
            "/ledger",
            "/dossier",
            *files,
        ):
            yield "GET", f"{API}/challenges/{id}{rest}", {}
        for rest in JUDGING:
            yield "GET", f"{API}/challenges/{id}/{rest}", {}
        yield "GET", f"{API}/challenges/{id}/gate", {"params": {"matched": True}}
        for rest in ("/answers", "/custodians"):
            yield "GET", f"{API}/challenges/{id}{rest}", {}
    for id in tiers.answers:
        for rest in ("", "/text", "/versions", "/standing", "/supplements", *(f"/files/{one}" for one in tiers.files)):
            yield "GET", f"{API}/answers/{id}{rest}", {}
    for path in ("/challenges.atom", "/challenges.ics"):
        yield "GET", path, {}
    for path in (
        "challenges",
        "answers",
        "programmes",
        "consents",
        "agreements",
        "problem-lists",
        "people",
        "audit/verification",
        "account",
        "invitations",
        "session",
        "figures",
        "figures/landscape",
    ):
        yield "GET", f"{API}/{path}", {}


def read(tiers: Tiers) -> Iterator[Request]:
    for kind in Kind:
        yield "GET", f"{API}/{kind}s", {"params": {"limit": 200}}
        for tier in Disclosure:
            yield "GET", f"{API}/{kind}s", {"params": {"disclosure": str(tier), "field": "new_materials"}}
    for item in tiers.items:
        for rest in ("", "/events", "/readings"):
            yield "GET", item.path + rest, {}
        yield "GET", f"{API}/audit/evidence", {"params": {"thing": f"{item.kind}:{item.id}"}}


def paged(tiers: Tiers) -> Iterator[Request]:
    """Every page that can be looked at, of each thing that it can be of."""
    content = {"headers": {"Accept": "text/html"}, "follow_redirects": False}
    for path in page_routes("GET"):
        if path not in PAGES_WITHOUT_ITEMS:
            yield from (("GET", one, content) for one in _of_each(path, tiers))


PAGES_WITHOUT_ITEMS = {
    "/operator/organisations": "names every organisation, as GET /organisations does",
    "/operator/people/{id}": "is of a person",
    "/links/{link}": "is of a link that a mail carries",
}


def _of_each(path: str, tiers: Tiers) -> list[str]:
    """The path with each id that may stand in it. A page of something new has to be named here."""
    if "{" not in path:
        return [path]
    ids = {
        "needs": [item.id for item in of_kind(tiers, Kind.NEED)],
        "results": [item.id for item in of_kind(tiers, Kind.RESULT)],
        "consents": tiers.consents,
        "agreements": tiers.agreements,
        "problem-lists": tiers.problem_lists,
        "programmes": tiers.programmes,
        "challenges": tiers.challenges,
        "answers": tiers.answers,
        "pairs": tiers.pairs,
        "introductions": tiers.introductions,
        "grading": ["none"],  # of graders alone: `test_pages_grading`
        "trials": ["none"],
    }
    noun, path = path.split("/")[1], path.replace("{move}", "propose")
    files = tiers.files if "{file_id}" in path else ["none"]
    return [path.replace("{id}", id).replace("{file_id}", file) for id in ids[noun] for file in files]


def reviewed(tiers: Tiers) -> Iterator[Request]:
    yield "POST", f"{API}/reviews/draw", {"json": {"count": 20}}
    for path in ("reviews/board", "reviews/due", "reviews/verdicts", "introductions"):
        yield "GET", f"{API}/{path}", {}
    for id in tiers.pairs:
        for rest in ("", "/match", "/verdicts", "/notes", "/introductions"):
            yield "GET", f"{API}/pairs/{id}{rest}", {}
    for id in tiers.introductions:
        yield "GET", f"{API}/introductions/{id}", {}
    for item in tiers.items:
        yield "GET", f"{item.path}/fitting", {}


def attempted(tiers: Tiers) -> Iterator[Request]:
    """Writes that nobody here but the owner may do: what is refused says nothing either."""
    for item in (item for item in tiers.items if item.tier is not Disclosure.PUBLIC):
        match = {"headers": {"If-Match": '"99"'}}
        yield "PATCH", item.path, {"json": {"title": 7}, **match}
        yield "PUT", item.path, {"json": {"title": "a"}, **match}
        yield "POST", f"{item.path}/reopen", {"json": {}, **match}
    for id in tiers.consents:
        yield "POST", f"{API}/consents/{id}/refuse", {"json": {}}
    for kind, path in ((Kind.NEED, "problem-lists"), (Kind.RESULT, "results/import")):
        for owner in ("summary", "consent"):
            titles = [item.draft["title"] for item in of_kind(tiers, kind) if str(item.tier) == owner]
            rows = [json.dumps({"title": title, "organisation": NAMES[owner]}, ensure_ascii=False) for title in titles]
            for accept in (XLSX, "application/json"):
                file = {"file": ("a.jsonl", "\n".join(rows).encode())}
                yield "POST", f"{API}/{path}", {"files": file, "headers": {"Accept": accept}}


# -- what is found in it ---------------------------------------------------------------------------


def leaks(tiers: Tiers) -> Iterator[str]:
    """Each thing that somebody is shown and may not see."""
    for asked in (matched, probed, around, read, paged, attempted):
        yield from leaks_of(tiers, asked)


def leaks_of(tiers: Tiers, asked: Asked) -> Iterator[str]:
    for name, viewer in tiers.viewers.items():
        if (asked is reviewed or name != "side") and (asked is not attempted or name != "owner"):
            found = _found(tiers, viewer) if asked is probed else _leaks(tiers, viewer, asked)
            yield from (f"{name}: {leak}" for leak in found)


def _leaks(tiers: Tiers, viewer: Viewer, requests: Asked) -> Iterator[str]:
    marks = [mark for item in tiers.items for mark, least in item.markers.items() if least > viewer.view(item)]
    marks += [mark for mark, may in tiers.secrets.items() if not may(viewer)]
    owners = [
        mark
        for owner in ("summary", "consent")
        if not knows_owner(tiers, viewer, tiers.organisations[owner])
        for mark in (NAMES[owner], tiers.organisations[owner])
    ]
    for request in requests(tiers):
        sent = request[1] + _plain(request[2])
        text = told(viewer, request)
        # Evidence names the parties: it is for them and for operators.
        hidden = marks if "/audit/" in request[1] else marks + owners
        yield from (f"{request[:2]} {mark}" for mark in hidden if mark in text and mark not in sent)
        yield from (f"{request[:2]} {leak}" for leak in _beyond_the_view(tiers, viewer, text))


def _plain(content: dict[str, Any]) -> str:
    """What was sent, which an answer may repeat."""
    _, file = content.get("files", {}).get("file", ("", b""))
    return str(content) + file.decode()


def _found(tiers: Tiers, viewer: Viewer) -> Iterator[str]:
    for (method, path, content), finds in probes(tiers):
        text = told(viewer, (method, path, content))
        for item, least in finds:
            if item.id in text and viewer.view(item) < least:
                yield f"{method} {path} {content} finds what is shown as {viewer.view(item).name}"


def told(viewer: Viewer, request: Request) -> str:
    """Everything that an answer says, headers included, files unpacked."""
    method, path, content = request
    answer = viewer.client.request(method, path, **content)
    assert answer.status_code < 500, (request, answer.text)
    said = str(answer.headers)
    if answer.content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return said + "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return said + answer.text


def _beyond_the_view(tiers: Tiers, viewer: Viewer, text: str) -> Iterator[str]:
    """What no marker shows: facts that are codes, scores that are exact, near-duplicates."""
    by_id = {item.id: item for item in tiers.items}
    for shown in _objects(text):
        if {"need", "result", "score"} <= shown.keys():
            sides = [by_id[shown[kind]["id"]] for kind in Kind if shown[kind]]
            if min(viewer.view(side) for side in sides) < View.PUBLIC and shown["score"] != round(shown["score"], 1):
                yield f"exact score {shown['score']}"
        item = by_id.get(str(shown.get("id")))
        if item is None or "view" not in shown:
            continue
        view = viewer.view(item)
        if shown["view"] != view.name.lower():
            yield f"view {shown['view']} of {view.name}"
        if "rank" not in shown:
            held = {name for name, least in disclosure.HELD[item.kind].items() if least <= view}
            yield from (f"{name} in {view.name}" for name in shown.keys() - held - {"view"})
        elif view < View.PUBLIC:
            if shown["score"] != round(shown["score"], 1):
                yield f"exact score {shown['score']}"
            yield from (f"gap in {gap['part']}" for gap in shown.get("gaps", []) if gap["part"] != "maturity")
        for other in shown.get("duplicates", []):
            if min(view, viewer.view(by_id[other])) < View.PUBLIC:
                yield "a near-duplicate that is not shown"


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every JSON object in an answer, however deep."""
    start = text.find(")", text.find("Headers(")) + 1 if text.startswith("Headers(") else 0
    try:
        waiting: list[Any] = [json.loads(text[start:])]
    except ValueError:
        return
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


# -- what is asked by hidden facts -----------------------------------------------------------------


def probes(tiers: Tiers) -> list[tuple[Request, list[tuple[Marked, View]]]]:
    """Questions that only a hidden fact answers, with the items that they would find, each with the least
    view of it that holds that fact."""
    found: dict[str, tuple[Request, list[tuple[Marked, View]]]] = {}
    for item in tiers.items:
        if not item.draft.get("reference"):
            continue
        number = item.draft["reference"][2:4]
        region = "510000" if item.kind is Kind.RESULT else "320000"
        asked = {"text": ASKED, "wanted": str(item.kind), "top": 100}
        for way, narrowed, least in (
            ("list", {"words": words(number, "problem")}, View.PUBLIC),
            ("list", {"words": words(number, "title")}, View.PUBLIC),
            ("list", {"organisation_id": item.owner}, View.PUBLIC),
            ("list", {"region": region}, View.PUBLIC),
            ("list", {"maturity": 7}, View.SUMMARY),
            ("match", {"organisation_id": item.owner}, View.PUBLIC),
            ("match", {"region": region}, View.PUBLIC),
            ("match", {"maturity": 6}, View.SUMMARY),
            ("match", {"ranker": "lexical"}, View.PUBLIC),
        ):
            if way == "match":
                request: Request = ("POST", f"{API}/match", {"json": asked | narrowed})
            elif "maturity" in narrowed and item.kind is Kind.NEED:
                continue
            else:
                request = ("GET", f"{API}/{item.kind}s", {"params": narrowed | {"limit": 200}})
            found.setdefault(repr(request), (request, []))[1].append((item, least))
    return list(found.values())


def probed(tiers: Tiers) -> Iterator[Request]:
    return (request for request, _ in probes(tiers))


SHOW_NO_ITEM = {
    "reasons", "reviews/matchmakers", "searches",
    "/healthz", "/readyz", "fields", "regions", "session/oidc", "session/oidc/callback", "links/{link}",
    "challenges/{id}/custodians/candidates",
    "account/sign-ins", "account/tokens", "organisations", "organisations/{id}", "organisations/{id}/members",
    "organisations/{id}/invitations", "people/{id}", "mechanisms", "notices",
    "notices/settings",
    "assignments/{id}/files/{file_id}", "assignments", "assignments/{id}", "trials",
    "trials/{id}", "conflicts", "foresight", "answers/{id}/grades", "answers/{id}/trials",
    "answers/{id}/determinations", "answers/{id}/commitments",
    "answers/{id}/offers", "awards/{id}", "awards/{id}/notice", "awards/{id}/proposal", "contracts/{id}",
    "contracts/{id}/changes", "contracts/{id}/versions",
    "contracts/{id}/milestones", "contracts/{id}/registration", "contracts/{id}/summary",
    "milestones/{id}", "milestones/{id}/files/{file_id}",
}  # fmt: skip
"""Routes that read something, but nothing about needs and results."""


# -- the tests -------------------------------------------------------------------------------------


def test_nothing_leaves_its_tier(tiers: Tiers) -> None:
    assert list(leaks(tiers)) == []


def test_every_route_that_reads_is_fetched(tiers: Tiers) -> None:
    ids = [*(item.id for item in tiers.items), *tiers.consents, *tiers.agreements, *tiers.problem_lists]
    ids += [*tiers.challenges, *tiers.programmes, *tiers.answers, *tiers.pairs, *tiers.introductions]
    fetched = {
        path for requests in (matched, around, read, reviewed) for method, path, _ in requests(tiers) if method == "GET"
    }
    places = dict.fromkeys(ids, "{id}") | dict.fromkeys(tiers.files, "{file_id}")
    for id, place in places.items():
        fetched = {path.replace(id, place) for path in fetched}
    spec = tiers.viewers["anonymous"].client.get("/openapi.json").json()
    routes = {path for path, operations in spec["paths"].items() if "get" in operations}
    assert routes - fetched == {f"{API}/{path}" if path[0] != "/" else path for path in SHOW_NO_ITEM}


def test_the_pages_of_needs_and_results_are_among_those_walked() -> None:
    assert {"/needs/{id}", "/results/{id}", "/search", "/operator/landscape"} <= set(page_routes("GET"))


def test_who_may_see_everything_does(tiers: Tiers) -> None:
    """The markers do stand where they may: otherwise the test above would find nothing because it sees nothing."""
    other = tiers.viewers["other"]
    for item in tiers.items:
        if item.id in other.let_in:
            text = told(other, ("GET", item.path, {}))
            assert [mark for mark in item.markers if mark not in text] == []


def everything(*arguments: Any) -> bool:
    return True


UNDONE: dict[str, tuple[Callable[..., Any], Asked]] = {
    "matcher.disclosure.holds": (everything, read),
    "matcher.disclosure.discreet": (lambda draft, owner: draft.title, read),
    "matcher.listing.told": (lambda viewer, kind, narrowed: viewer.visible(kind), probed),
    "matcher.matching.redaction.told": (lambda view, least: view > View.NOTHING, probed),
    "matcher.matching.redaction.comparable": (everything, matched),
    "matcher.matching.redaction.rounded": (lambda view, score: score, matched),
    "matcher.matching.redaction.holds": (everything, matched),
    "matcher.matching.redaction.redacted": (lambda match, title: match, matched),
    "matcher.consents.names_owner": (everything, around),
    "matcher.engine.challenge_access.told_needs": (lambda session, actor, ids: set(ids), around),
    "matcher.reviews.pairs.shown_score": (lambda viewer, pair, need, result: pair.score, reviewed),
}
"""Each place without what it does, and the requests that show it."""


def test_each_place_that_keeps_something_back_is_taken_out_once() -> None:
    assert UNDONE.keys() == set(disclosure.REDACTIONS)


@pytest.mark.parametrize("place", disclosure.REDACTIONS)
def test_without_it_something_leaks(tiers: Tiers, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    module, _, name = place.rpartition(".")
    undone, asked = UNDONE[place]
    monkeypatch.setattr(importlib.import_module(module), name, undone)
    assert next(leaks_of(tiers, asked), None) is not None
