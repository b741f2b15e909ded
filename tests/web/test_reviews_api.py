"""The matchmaker's work over HTTP: from the queue to both sides' contact, and what each is shown of it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from web_support import Side, by_token, engine_of, new_person, operator, signed_in

from matcher.entities import Pair, PlatformRole, Role
from matcher.reviews.reasons import REASONS
from matcher.sessions import reading

API = "/api/v1"


_numbers = itertools.count(1000)


class Desk:
    """A matchmaker of their own, and a pair that the ranking proposes."""

    def __init__(self, client: TestClient, need_side: Side, result_side: Side, **said: str) -> None:
        self.client, self.need_side, self.result_side = client, need_side, result_side
        # In words of their own: what says the same as another test's would be folded into it.
        words = " ".join(f"{word}{next(_numbers)}" for word in ("残碱", "浆料", "包覆", "凝胶", "涂布"))
        need_side.draft = {"title": words, "problem": words}
        result_side.draft = {"title": words, "abstract": words, **said}
        self.person = new_person(client, platform=[PlatformRole.MATCHMAKER])
        self.matchmaker = by_token(client, self.person)
        self.need = need_side.post(client)["id"]
        self.result = result_side.post(client)["id"]
        self.company = signed_in(client, need_side.owner, roles=[Role.POSTER])
        self.lab = signed_in(client, result_side.owner, roles=[Role.RESEARCHER])

    def refresh(self) -> None:
        while self.ok(self.matchmaker.post(f"{API}/reviews/refresh"))["behind"]:
            pass

    def drawn(self) -> dict[str, Any]:
        """The pair, among what other tests have left in the queue."""
        self.refresh()
        for _ in range(10):
            desk = self.ok(self.matchmaker.post(f"{API}/reviews/draw", json={"count": 20}))
            for one in desk["drawn"]:
                if one["pair"]["need"]["id"] == self.need and one["pair"]["result"]["id"] == self.result:
                    return dict(one)
                self.judge(one["pair"]["id"], judgement="unsure")
        raise AssertionError("the pair is not in the queue")

    def judge(self, pair: str, **said: Any) -> dict[str, Any]:
        return self.ok(self.matchmaker.post(f"{API}/pairs/{pair}/verdict", json=said))

    def moved(self, pair: str, move: str, **said: Any) -> dict[str, Any]:
        return self.ok(self.matchmaker.post(f"{API}/pairs/{pair}/{move}", **({"json": said} if said else {})))

    @staticmethod
    def ok(answer: Any) -> dict[str, Any]:
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def asked(self, side: TestClient) -> dict[str, Any]:
        [one] = self.ok(side.get(f"{API}/introductions"))["items"]
        return dict(one)


@pytest.fixture
def desk(client: TestClient, need_side: Side, result_side: Side) -> Desk:
    return Desk(client, need_side, result_side)


def test_a_pair_goes_from_the_queue_to_a_contract(desk: Desk) -> None:
    drawn = desk.drawn()
    pair = drawn["pair"]["id"]
    assert drawn["position"] >= 1
    assert drawn["pair"]["state"] == "proposed"
    why = desk.ok(desk.matchmaker.get(f"{API}/pairs/{pair}/match"))
    assert (why["id"], why["score"]) == (desk.result, pytest.approx(drawn["pair"]["score"]))
    assert why["agreements"]
    verdict = desk.judge(pair, judgement="take_further")
    assert (verdict["position"], verdict["score"]) == (drawn["position"], drawn["pair"]["score"])
    assert desk.company.get(f"{API}/introductions").json()["items"] == []
    asked = desk.moved(pair, "ask", to_need="请看", to_result="Please look")
    assert (asked["state"], asked["waits_on"], asked["follower"]["id"]) == ("asked", "both", desk.person)
    for side, word in ((desk.company, "请看"), (desk.lab, "Please look")):
        one = desk.asked(side)
        assert (one["message"], one["contact"], one["need"]["id"], one["result"]["id"]) == (
            word, None, desk.need, desk.result
        )  # fmt: skip
        desk.ok(side.post(f"{API}/introductions/{one['id']}/accept", json={}))
    told = desk.asked(desk.lab)["contact"]
    assert told["organisation"]["id"] == desk.need_side.owner
    assert "@" in told["email"]
    [mine] = [due for due in desk.matchmaker.get(f"{API}/reviews/due").json() if due["pair"]["id"] == pair]
    assert mine["why"] == "answered"
    sides = desk.matchmaker.get(f"{API}/pairs/{pair}/introductions").json()
    assert [(one["side"], one["state"]) for one in sides] == [("need", "accepted"), ("result", "accepted")]
    assert sides[0]["contact"]["organisation"]["id"] == desk.need_side.owner
    assert desk.moved(pair, "talk")["state"] == "talking"
    done = desk.moved(pair, "contract", amount="600000")
    assert (done["state"], done["amount"], done["waits_on"]) == ("contracted", "600000", "nobody")


def test_a_refusal_is_taken_back_and_made_again(desk: Desk) -> None:
    pair = desk.drawn()["pair"]["id"]
    desk.judge(pair, judgement="no", reason="too_early")
    assert desk.moved(pair, "undo")["state"] == "proposed"
    desk.judge(pair, judgement="no", reason="too_expensive", note="另有报价")
    ended = desk.ok(desk.matchmaker.get(f"{API}/pairs/{pair}"))["end"]
    reason = REASONS["too_expensive"]
    assert (ended["code"], ended["zh"], ended["en"], ended["by"]) == ("too_expensive", reason.zh, reason.en, None)
    verdicts = desk.matchmaker.get(f"{API}/pairs/{pair}/verdicts").json()
    assert [(one["reason"], one["undone_at"] is None) for one in verdicts] == [
        ("too_early", False),
        ("too_expensive", True),
    ]
    assert verdicts[1]["id"] == desk.matchmaker.get(f"{API}/reviews/verdicts").json()[0]["id"]
    for side, path in ((desk.company, f"needs/{desk.need}"), (desk.lab, f"results/{desk.result}")):
        fit = side.get(f"{API}/{path}/fitting").json()
        assert [(one["zh"], one["en"]) for one in fit] == [reason.fit[path[:-37].removesuffix("s")]]  # type: ignore[index]


def test_declining_tells_the_other_side_why_and_what_would_fit(desk: Desk) -> None:
    pair = desk.drawn()["pair"]["id"]
    desk.judge(pair, judgement="take_further")
    desk.moved(pair, "ask", to_need="", to_result="")
    lab = desk.asked(desk.lab)
    desk.ok(desk.lab.post(f"{API}/introductions/{lab['id']}/accept", json={"note": "只对刻度"}))
    company = desk.asked(desk.company)
    path = f"{API}/introductions/{company['id']}/decline"
    desk.ok(desk.company.post(path, json={"reason": "not_shown", "note": "没有检测报告"}))
    told = desk.ok(desk.lab.get(f"{API}/introductions/{lab['id']}"))
    assert (told["pair_state"], told["end"]["code"], told["end"]["by"], told["contact"]) == (
        "ended", "not_shown", "need", None
    )  # fmt: skip
    assert [one["en"] for one in told["fitting"]] == ["Add test reports, samples, or where it is in use"]
    assert "没有检测报告" not in str(told)
    again = desk.company.post(path, json={"reason": "busy"})
    assert (again.status_code, again.json()["code"]) == (409, "not_allowed")


def test_the_board_is_kept_from_the_sides_and_notes_from_everybody_but_matchmakers(desk: Desk) -> None:
    pair = desk.drawn()["pair"]["id"]
    desk.judge(pair, judgement="take_further")
    note = {"text": "周三电话"}
    assert desk.company.post(f"{API}/pairs/{pair}/notes", json=note).status_code == 404
    assert desk.matchmaker.post(f"{API}/pairs/{pair}/notes", json=note).status_code == 201
    assert [one["text"] for one in desk.matchmaker.get(f"{API}/pairs/{pair}/notes").json()] == ["周三电话"]
    desk.moved(pair, "ask", to_need="", to_result="")
    oper = operator(desk.client)
    for client, expected in ((desk.company, 403), (oper, 403)):
        assert client.get(f"{API}/pairs/{pair}/notes").status_code == expected
    for client, expected in ((desk.company, 403), (oper, 200), (desk.matchmaker, 200)):
        assert client.get(f"{API}/reviews/board").status_code == expected
        assert client.get(f"{API}/pairs/{pair}").status_code == expected
    query = {"state": "asked", "follower": desk.person}
    [column] = desk.ok(desk.matchmaker.get(f"{API}/reviews/board", params=query))["columns"]
    assert (column["state"], column["count"], [card["id"] for card in column["cards"]]) == ("asked", 1, [pair])


def test_a_pair_is_handed_over_to_a_colleague_of_the_list(desk: Desk) -> None:
    pair = desk.drawn()["pair"]["id"]
    desk.judge(pair, judgement="take_further")
    colleague = new_person(desk.client, platform=[PlatformRole.MATCHMAKER])
    listed = {one["id"]: one["following"] for one in desk.matchmaker.get(f"{API}/reviews/matchmakers").json()}
    assert (listed[colleague], listed[desk.person]) == (0, 1)
    assert desk.moved(pair, "hand-over", to=colleague)["follower"]["id"] == colleague
    assert desk.matchmaker.post(f"{API}/pairs/{pair}/talk").status_code == 403


def test_searches_are_one_s_own(desk: Desk) -> None:
    sent = {"name": "残碱", "asked": {"words": "残碱", "maturity": 6}}
    made = desk.ok(desk.matchmaker.post(f"{API}/searches", json=sent))
    assert [(one["name"], one["asked"]) for one in desk.matchmaker.get(f"{API}/searches").json()] == [
        (sent["name"], sent["asked"])
    ]
    assert desk.company.delete(f"{API}/searches/{made['id']}").status_code == 404
    assert desk.matchmaker.delete(f"{API}/searches/{made['id']}").status_code == 204
    assert desk.client.get(f"{API}/searches").status_code == 401


def test_what_is_not_public_and_was_shown_at_the_desk_is_told_to_its_owner(
    client: TestClient, need_side: Side, result_side: Side
) -> None:
    desk = Desk(client, need_side, result_side, disclosure="summary")
    pair = desk.drawn()["pair"]
    assert pair["result"]["view"] == "summary"
    assert pair["score"] == round(pair["score"], 1)
    assert desk.matchmaker.get(f"{API}/pairs/{pair['id']}/match").status_code == 404
    read = desk.lab.get(f"{API}/results/{desk.result}/readings").json()["items"]
    assert {(one["view"], one["way"]) for one in read} == {("summary", "review")}


def test_reasons_are_told_to_anybody(client: TestClient) -> None:
    told = client.get(f"{API}/reasons").json()
    assert [one["code"] for one in told] == list(REASONS)
    assert all(one["zh"] and one["en"] and one["uses"] for one in told)


def test_a_running_server_fills_the_queue_by_itself(client: TestClient, need_side: Side, result_side: Side) -> None:
    desk = Desk(client, need_side, result_side)
    client.app.state.home.index.catch_up()  # type: ignore[attr-defined]
    proposer = client.app.state.proposer  # type: ignore[attr-defined]
    assert proposer.every >= 10
    proposer.look()
    with reading(engine_of(client)) as session:
        assert session.exec(select(Pair).where(Pair.need_id == desk.need, Pair.result_id == desk.result)).one()
