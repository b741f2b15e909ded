"""Challenges over HTTP: opened, judged, published, changed, asked about, invited to, listed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from challenge_desk import API, SUMMARY, Desk, in_days
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from web_support import Side, engine_of, signed_in

from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import Challenge, Role
from matcher.sessions import writing


@pytest.fixture
def desk(client: TestClient, need_side: Side) -> Desk:
    return Desk(client, need_side)


@pytest.fixture
def researcher(client: TestClient, lab: str) -> TestClient:
    return signed_in(client, lab)


def path(challenge: dict[str, Any]) -> str:
    return f"{API}/challenges/{challenge['id']}"


def test_what_is_left_open_comes_from_the_need(desk: Desk) -> None:
    opened = desk.opened(budget=None)
    assert (opened["state"], opened["version"], opened["budget"]) == ("draft", 1, "800000")
    assert (opened["field"], opened["region"], opened["deadline"]) == ("new_materials.metals", "320500", None)
    assert [one["name"] for one in opened["indicators"]] == ["表面残碱"]
    assert opened["organisation"]["id"] == desk.need_side.owner


def test_a_draft_is_edited_as_it_was_read_and_seen_by_its_own_people_and_the_desk(
    desk: Desk, researcher: TestClient
) -> None:
    opened = desk.opened()
    read = desk.poster.get(path(opened))
    draft = {name: read.json()[name] for name in ChallengeDraft.model_fields}
    edited = desk.poster.put(path(opened), json=draft | {"title": "新题"}, headers={"If-Match": read.headers["ETag"]})
    assert (edited.json()["title"], edited.headers["ETag"]) == ("新题", '"2"')
    stale = desk.poster.put(path(opened), json=draft, headers={"If-Match": '"1"'})
    assert (stale.status_code, desk.poster.put(path(opened), json=draft).status_code) == (412, 428)
    assert desk.matchmaker.get(path(opened)).status_code == 200
    assert [one.get(path(opened)).status_code for one in (researcher, desk.client)] == [404, 404]


def test_the_gate_says_what_is_missing_and_who_could_do_it(desk: Desk, client: TestClient, result_side: Side) -> None:
    result_side.post(client)
    opened = desk.opened(contact=None)
    plain = desk.poster.get(f"{path(opened)}/gate").json()
    assert [check["part"] for check in plain["checks"] if check["blocks"]] == ["contact"]
    assert (plain["publishable"], plain["able_labs"]) == (False, None)
    matched = desk.poster.get(f"{path(opened)}/gate", params={"matched": True}).json()
    assert matched["able_labs"] > 0


def test_a_published_one_is_everybody_s_to_read_and_changed_with_reasons(desk: Desk, client: TestClient) -> None:
    published = desk.published()
    assert published["state"] == "answering"
    draft = {name: published[name] for name in ChallengeDraft.model_fields} | {"budget": "950000"}
    amended = desk.poster.post(
        f"{path(published)}/amendments", json={"draft": draft, "reason": "追加"}, headers={"If-Match": "*"}
    )
    assert (amended.status_code, amended.json()["budget"]) == (200, "950000")
    later = desk.poster.post(f"{path(published)}/extensions", json={"deadline": in_days(60), "reason": "应答少"})
    assert later.json()["deadline"] > published["deadline"]
    versions = client.get(f"{path(published)}/versions").json()
    assert [(one["number"], one["reason"]) for one in versions] == [(1, ""), (2, "追加"), (3, "应答少")]
    assert desk.poster.post(f"{path(published)}/cancel", json={"reason": ""}).status_code == 422
    assert desk.poster.post(f"{path(published)}/cancel", json={"reason": "调整"}).json()["state"] == "cancelled"
    assert desk.poster.post(f"{path(published)}/no-award", json={"reason": "a"}).status_code == 409


def test_the_moves_from_here_are_told_with_what_hinders_them(desk: Desk, client: TestClient) -> None:
    published = desk.published()
    moves = {one["move"]: one["hindrance"] for one in desk.poster.get(f"{path(published)}/moves").json()}
    assert moves.keys() == {"amend", "extend", "close", "reverse", "cancel"}
    assert moves["amend"] is None
    assert moves["close"].startswith("Answers may be handed in until ")
    assert client.get(f"{path(published)}/moves").json() == []


def test_the_mechanism_that_it_keeps_is_told_to_its_readers(desk: Desk, client: TestClient) -> None:
    draft, published = desk.opened(), desk.published()
    rules = client.get(f"{path(published)}/mechanism").json()
    assert (rules["name"], [one["en"] for one in rules["rounds"]]) == (
        "race",
        ["proposals", "prototypes", "proof in use"],
    )
    assert client.get(f"{path(draft)}/mechanism").status_code == 404


def test_of_a_need_that_is_not_public_nobody_else_learns_anything(
    desk: Desk, client: TestClient, need_side: Side, researcher: TestClient
) -> None:
    said = {"title": "绝密题目", "problem": "绝密问题", "decision_owner": "绝密人", "disclosure": "consent"}
    hidden = need_side.post(client, **said)
    indicators = [{"name": "残碱", "operator": "<=", "value": 800}]
    published = desk.published(need_ids=[hidden["id"]], indicators=indicators)
    assert published["need_ids"] == []
    assert desk.poster.get(path(published)).json()["need_ids"] == [hidden["id"]]
    for who in (client, researcher, desk.matchmaker):
        for rest in ("", "/versions", "/gate", "/questions", "/invitations", "/moves"):
            text = who.get(path(published) + rest).text
            assert [word for word in ("绝密", hidden["id"]) if word in text] == [], rest
        listed = who.get(f"{API}/challenges", params={"organisation_id": need_side.owner}).text
        assert published["id"] in listed
        assert hidden["id"] not in listed


def test_a_question_is_answered_to_everybody(desk: Desk, client: TestClient, researcher: TestClient) -> None:
    published = desk.published()
    key = {"Idempotency-Key": published["id"]}
    first, second = (
        researcher.post(f"{path(published)}/questions", json={"text": "气氛？"}, headers=key) for _ in range(2)
    )
    assert (first.status_code, second.json()["id"], first.json()["own"]) == (201, first.json()["id"], True)
    waiting = desk.poster.get(f"{path(published)}/questions").json()
    assert [(one["text"], one["own"]) for one in waiting] == [("气氛？", False)]
    assert client.get(f"{path(published)}/questions").json() == []
    replies = {"replies": [{"question_id": first.json()["id"], "answer": "氧气"}]}
    assert desk.poster.post(f"{path(published)}/replies", json=replies).status_code == 200
    assert desk.poster.post(f"{path(published)}/replies", json=replies).status_code == 409
    assert [one["answer"] for one in client.get(f"{path(published)}/questions").json()] == ["氧气"]


def test_labs_are_invited_by_name_and_by_their_results(
    desk: Desk, client: TestClient, lab: str, result_side: Side, researcher: TestClient
) -> None:
    result = result_side.post(client, title=SUMMARY[:60], abstract=SUMMARY)
    published = desk.published()
    made = desk.poster.post(f"{path(published)}/invitations/matching", json={"least": 0.01, "top": 100}).json()
    [own] = [one for one in made if one["organisation"]["id"] == lab]
    assert (own["result_id"], own["invests"]) == (result["id"], False)
    assert own["reason"].startswith(result["title"])
    assert researcher.get(f"{path(published)}/invitations").json() == [own]
    mine = researcher.get(f"{API}/challenges", params={"invited": True}).json()["items"]
    assert [one["id"] for one in mine] == [published["id"]]
    assert desk.poster.delete(f"{path(published)}/invitations/{lab}").status_code == 204
    again = desk.matchmaker.post(
        f"{path(published)}/invitations", json={"organisations": [lab], "reason": "贵所有基础"}
    )
    assert [one["reason"] for one in again.json()] == ["贵所有基础"]
    assert client.get(f"{path(published)}/invitations").json() == []


def test_the_public_list_is_narrowed_and_paged(desk: Desk, client: TestClient, need_side: Side) -> None:
    found = [desk.published(title=f"第{n}题", budget=str(n * 100)) for n in (1, 2, 3)]
    draft = desk.opened()
    query = {"organisation_id": need_side.owner}

    def listed(who: TestClient, **said: Any) -> list[str]:
        return [one["id"] for one in who.get(f"{API}/challenges", params=query | said).json()["items"]]

    ids = [one["id"] for one in reversed(found)]
    assert listed(client) == ids
    assert listed(desk.poster) == [draft["id"], *ids]
    assert listed(desk.poster, published=False) == [draft["id"]]
    assert listed(client, budget_min=150, budget_max=250) == [ids[1]]
    assert listed(client, words="第3题", state="answering", mechanism="race", field="new_materials") == [ids[0]]
    assert listed(client, deadline_until=in_days(3)) == []
    first = client.get(f"{API}/challenges", params=query | {"limit": 2}).json()
    assert listed(client, cursor=first["next_cursor"], limit=2) == [ids[2]]
    assert client.get(f"{API}/challenges", params={"field": "nonsense"}).status_code == 422
    for list_of in (f"{API}/challenges", "/challenges.atom", "/challenges.ics"):
        refused = client.get(list_of, params={"mechanism": "rac"})
        assert (refused.status_code, refused.json()["errors"][0]["place"]) == (422, "mechanism")


def test_a_programme_is_compiled_edited_and_opened(client: TestClient, company: str) -> None:
    poster = signed_in(client, company)
    rows = "需求名称,问题描述\n甲,甲 高镍 正极 残碱 凝胶\n乙,乙 主轴 轴承 磨损 寿命\n丙,丙 高镍 正极 残碱 偏高\n"
    file = {"file": ("a.csv", rows.encode())}
    brought = poster.post(f"{API}/problem-lists", files=file, data={"title": f"清单 {company}"}).json()
    sent = {"problem_list_id": brought["problem_lists"][0], "title": "探索者", "public_ratio": 0.5}
    made = poster.post(f"{API}/programmes", json=sent)
    assert made.status_code == 201, made.text
    programme, own = made.json(), made.headers["Location"]
    pair, single = programme["topics"]
    assert [len(pair["need_ids"]), len(single["need_ids"])] == [2, 1]
    topic = f"{own}/topics/{pair['id']}"
    renamed = poster.put(topic, json={"title": "残碱"}).json()
    assert renamed["topics"][0]["title"] == "残碱"
    split = poster.post(f"{topic}/split", json={"need_ids": pair["need_ids"][1:], "title": "偏高"}).json()
    assert [one["title"] for one in split["topics"]] == ["残碱", "偏高", "乙"]
    merged = poster.post(f"{topic}/merge", json={"topics": [split["topics"][1]["id"]]}).json()
    assert [len(one["need_ids"]) for one in merged["topics"]] == [2, 1]
    moved = poster.post(f"{topic}/move", json={"need_ids": single["need_ids"]}).json()
    assert [len(one["need_ids"]) for one in moved["topics"]] == [3]
    opened = poster.post(f"{topic}/challenge", json={"title": "残碱共性问题"})
    assert (opened.status_code, opened.json()["mechanism"], opened.json()["topic_id"]) == (201, "explorer", pair["id"])
    assert poster.post(f"{topic}/challenge", json={"title": "再来"}).status_code == 409
    assert poster.get(own).json()["topics"][0]["challenge_id"] == opened.json()["id"]
    assert [one["id"] for one in poster.get(f"{API}/programmes").json()["items"]] == [programme["id"]]
    assert client.get(own).status_code == 404


def test_answers_are_as_described(desk: Desk, client: TestClient, researcher: TestClient, lab: str) -> None:
    spec = client.get("/openapi.json").json()
    published = desk.published()
    researcher.post(f"{path(published)}/questions", json={"text": "问"})
    desk.poster.post(f"{path(published)}/invitations", json={"organisations": [lab], "reason": "a"})
    for who in (client, researcher, desk.poster, desk.matchmaker):
        for rest in ("", "/versions", "/gate", "/questions", "/invitations", "/moves"):
            answer = who.get(path(published) + rest)
            told = spec["paths"][f"{API}/challenges/{{id}}{rest}"]["get"]["responses"][str(answer.status_code)]
            schema = told["content"][answer.headers["Content-Type"].partition(";")[0]]["schema"]
            Draft202012Validator(schema | {"components": spec["components"]}).validate(answer.json())


def test_a_late_question_is_judged_by_the_database_s_clock(
    desk: Desk, client: TestClient, researcher: TestClient
) -> None:
    published = desk.published()
    with writing(engine_of(client)) as session:
        challenge = session.get_one(Challenge, published["id"])
        challenge.content = challenge.content | {"questions_until": challenge.published_at.isoformat()}  # type: ignore[union-attr]
        session.add(challenge)
    late = researcher.post(f"{path(published)}/questions", json={"text": "问"})
    assert (late.status_code, late.json()["detail"].startswith("Questions were taken until ")) == (409, True)


def test_files_are_told_with_a_challenge(desk: Desk, client: TestClient) -> None:
    published = desk.published()
    sent = {"file": ("图纸 <1>.pdf", b"%PDF-1.7 drawing")}
    added = desk.poster.post(f"{path(published)}/documents", files=sent)
    assert (added.status_code, added.json()["media_type"]) == (201, "application/pdf")
    assert desk.poster.post(f"{path(published)}/documents", files=sent).status_code == 409
    assert client.get(f"{path(published)}/documents").json() == [added.json()]
    read = client.get(added.headers["Location"])
    assert (read.content, read.headers["Content-Type"]) == (b"%PDF-1.7 drawing", "application/octet-stream")
    assert read.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E5%9B%BE")
    assert desk.poster.delete(added.headers["Location"]).status_code == 409
    draft = desk.opened()
    file = desk.poster.post(f"{path(draft)}/documents", files=sent).headers["Location"]
    assert (client.get(file).status_code, desk.poster.delete(file).status_code) == (404, 204)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_moments_that_no_calendar_holds_are_refused(desk: Desk, moment: str) -> None:
    later = desk.poster.post(f"{path(desk.published())}/extensions", json={"deadline": moment, "reason": "a"})
    listed = desk.client.get(f"{API}/challenges", params={"deadline_from": moment})
    assert [(one.status_code, one.json()["code"]) for one in (later, listed)] == [(422, "invalid")] * 2


def test_a_public_funder_confirms_its_part(desk: Desk, client: TestClient, lab: str) -> None:
    """The organisation of the lab stands for a funder here."""
    funder = signed_in(client, lab, roles=[Role.MANAGER])
    draft = desk.opened(mechanism="explorer", funder_id=lab, budget="300000")
    own = path(draft)
    proposed = desk.poster.post(f"{own}/propose").json()
    assert (proposed["state"], proposed["funder_amount"]) == ("proposed", None)
    [asked] = [one for one in funder.get(f"{own}/gate").json()["checks"] if one["part"] == "funder_amount"]
    assert (asked["blocks"], asked["message"]) == (True, "the public funder's word that it puts in 300,000.00 CNY")
    assert desk.poster.post(f"{own}/funding", json={"amount": "300000"}).status_code == 403
    wrong = funder.post(f"{own}/funding", json={"amount": "30000"})
    assert (wrong.status_code, wrong.json()["errors"][0]["place"]) == (422, "amount")
    confirmed = funder.post(f"{own}/funding", json={"amount": "300000"})
    assert (confirmed.status_code, Decimal(confirmed.json()["funder_amount"])) == (200, 300_000)
    assert confirmed.headers["ETag"] == f'"{proposed["version"] + 1}"'
    withdrawn = funder.post(f"{own}/funding/withdraw", json={"reason": "预算调整"})
    assert withdrawn.json()["funder_amount"] is None
    assert desk.matchmaker.post(f"{own}/publish", headers={"If-Match": "*"}).status_code == 409
    funder.post(f"{own}/funding", json={"amount": "300000"})
    assert desk.matchmaker.post(f"{own}/publish", headers={"If-Match": "*"}).status_code == 200


def test_what_is_written_beside_drafts_is_without_signs_that_hide_or_turn_it(
    desk: Desk, researcher: TestClient
) -> None:
    published = desk.published()
    asked = researcher.post(f"{path(published)}/questions", json={"text": "气氛\x00\u202e？\u202c"})
    assert (asked.status_code, asked.json()["text"]) == (201, "气氛？")
    assert researcher.post(f"{path(published)}/questions", json={"text": "\u202e\u200b"}).status_code == 422
    given = {"file": ("图纸\u202efdp.pdf", b"%PDF-1.7 drawing")}
    assert desk.poster.post(f"{path(published)}/documents", files=given).json()["name"] == "图纸fdp.pdf"
