"""Answers over HTTP: written, handed in, sealed, opened, read; and nothing of them where it does not belong."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from answering_support import ANY, DRAFT, Answering
from challenge_desk import API
from fastapi.testclient import TestClient
from sqlalchemy import inspect, text
from web_support import Side, engine_of, operator, signed_in

from api import housekeeping
from matcher.engine import key_shares
from matcher.engine.key_shares import Cost
from matcher.entities import Answer, Challenge, Elimination, PlatformRole, Role
from matcher.sessions import writing
from matcher.states import AnswerState, ChallengeState

PASSPHRASES = ("quartz lantern above 77 rivers", "seven paper boats in winter 31")
MARK = "蓝鲸方案"
PARTNER = {"kind": "lab", "name": "乙研究所"}


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_shares, "COST", Cost(1, 8192))


@pytest.fixture
def desk(client: TestClient, need_side: Side, lab: str) -> Answering:
    return Answering(client, need_side, lab)


def test_an_answer_is_started_written_and_handed_in(desk: Answering) -> None:
    challenge = desk.published()
    path = desk.started(challenge)
    read = desk.author.get(path)
    assert (read.json()["state"], read.json()["number"], read.headers["ETag"]) == ("draft", 1, '"1"')
    assert desk.author.get(f"{path}/standing").json()["missing"][0] == "a title"
    refused = desk.author.post(f"{path}/hand-in", headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_allowed")
    saved = desk.author.put(f"{path}/text", json=DRAFT, headers={"If-Match": '"1"'})
    assert (saved.status_code, saved.headers["ETag"]) == (200, '"2"')
    assert desk.author.put(f"{path}/text", json=DRAFT, headers={"If-Match": '"1"'}).status_code == 412
    assert desk.author.put(f"{path}/text", json=DRAFT).status_code == 428
    assert desk.author.get(f"{path}/standing").json() == {"missing": [], "partners": []}
    told = desk.author.get(f"{path}/text").json()
    assert (told["number"], told["content"]["title"], told["handed_in"]) == (2, "干法包覆", False)
    assert desk.author.get(f"{path}/text", params={"number": 1}).json()["content"]["title"] == ""
    for move, state in (
        ("hand-in", "handed_in"),
        ("take-back", "draft"),
        ("withdraw", "withdrawn"),
        ("resume", "draft"),
        ("hand-in", "handed_in"),
    ):
        moved = desk.author.post(f"{path}/{move}", headers=ANY)
        assert (moved.status_code, moved.json()["state"]) == (200, state), moved.text
    assert [one["id"] for one in desk.author.get(f"{API}/answers").json()["items"]][0] == moved.json()["id"]


def test_a_start_that_is_repeated_under_its_key_makes_one_answer(desk: Answering) -> None:
    post = {"challenge_id": desk.published()["id"]}
    first, second = (
        desk.author.post(f"{API}/answers", json=post, headers={"Idempotency-Key": f"start {post}"}) for _ in range(2)
    )
    assert (first.status_code, second.json()) == (201, first.json())
    assert desk.author.post(f"{API}/answers", json=post).status_code == 409


def test_nobody_else_learns_of_it_before_the_opening_and_the_setter_reads_it_after(desk: Answering) -> None:
    challenge = desk.published()
    path = desk.handed_in(challenge, title=MARK)
    oper = operator(desk.client)
    seen = (f"{path}/text", path, f"{path}/versions", f"{path}/standing", f"{path}/supplements")
    for who, status in (
        (desk.setter, 404),
        (desk.poster, 404),
        (desk.matchmaker, 404),
        (oper, 404),
        (desk.client, 401),
    ):
        assert {who.get(one).status_code for one in seen} == {status}
        assert who.get(f"{API}/challenges/{challenge['id']}/answers").json() == []
    closing, opening = (f"{API}/challenges/{challenge['id']}/{move}" for move in ("close", "open"))
    early = desk.setter.post(closing)
    assert (early.status_code, "Answers may be handed in until" in early.text) == (409, True)
    desk.past_deadline(challenge)
    late = desk.author.post(f"{path}/take-back", headers=ANY)
    assert (late.status_code, "The deadline has passed" in late.text) == (409, True)
    assert desk.setter.post(closing).json()["state"] == "sealed"
    sealed = desk.author.get(f"{path}/text")
    assert (sealed.status_code, "its authors included" in sealed.text) == (409, True)
    opened = desk.setter.post(opening)
    assert (opened.status_code, opened.json()["state"]) == (200, "grading")
    for who in (desk.setter, desk.author, oper):
        assert who.get(f"{path}/text").json()["content"]["title"] == MARK
    assert [one["state"] for one in desk.setter.get(f"{API}/challenges/{challenge['id']}/answers").json()] == [
        "admitted"
    ]
    assert desk.matchmaker.get(path).status_code == 404


def test_what_becomes_of_it_in_a_further_round_is_its_authors_alone(desk: Answering) -> None:
    challenge = desk.published()
    path = desk.handed_in(challenge)
    desk.past_deadline(challenge)
    for move in ("close", "open"):
        desk.setter.post(f"{API}/challenges/{challenge['id']}/{move}")
    with writing(engine_of(desk.client)) as session:
        held = session.get_one(Challenge, challenge["id"])
        answer = session.get_one(Answer, path.rpartition("/")[2])
        held.state, held.round, answer.state, answer.round = ChallengeState.ANSWERING, 2, AnswerState.DRAFT, 2
        session.add(
            Elimination(challenge_id=held.id, round=1, rule={}, before={"partners": {answer.id: []}}, actor="x")
        )
    before = desk.setter.get(path)
    assert (before.json()["state"], before.json()["handed_in_at"]) == ("draft", None)
    part = {"organisation_id": operator(desk.client).post(f"{API}/organisations", json=PARTNER).json()["id"]}
    assert desk.author.put(f"{path}/text", json=DRAFT | {"parts": [part]}, headers=ANY).status_code == 200
    assert len(desk.author.get(path).json()["partners"]) == 1
    assert desk.setter.get(path).json() == before.json()
    assert desk.author.put(f"{path}/text", json=DRAFT, headers=ANY).status_code == 200
    assert desk.author.post(f"{path}/hand-in", headers=ANY).json()["state"] == "handed_in"
    after = desk.setter.get(path)
    assert (after.json(), after.headers["ETag"]) == (before.json(), before.headers["ETag"])
    assert desk.setter.get(f"{API}/challenges/{challenge['id']}/answers").json() == [before.json()]
    assert desk.author.get(path).json()["state"] == "handed_in"


def test_neither_the_database_nor_the_log_holds_what_was_sent(
    desk: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    """Kept replies and errors included."""
    caplog.set_level(logging.DEBUG)
    challenge = desk.published()
    path = desk.started(challenge)
    wrong = {**DRAFT, "title": MARK, "claims": [{"indicator": 7, "value": 31.125, "unit": MARK}]}
    for sent in (wrong, wrong | {"nothing": MARK}, wrong | {"claims": MARK}, {**DRAFT, "title": MARK, "plan": MARK}):
        desk.author.put(f"{path}/text", json=sent, headers=ANY)
    desk.author.post(f"{path}/files", files={"file": (f"{MARK}.txt", MARK.encode())})
    desk.author.post(f"{path}/files", files={"file": (f"{MARK}.exe", MARK.encode())})
    desk.author.post(f"{path}/hand-in", headers=ANY)
    id = path.rpartition("/")[2]
    again = {"challenge_id": desk.published()["id"], "like": id}
    assert desk.author.post(f"{API}/answers", json=again, headers={"Idempotency-Key": id}).status_code == 201
    assert desk.author.get(f"{path}/text").json()["files"][0]["name"] == f"{MARK}.txt"
    with engine_of(desk.client).connect() as connection:
        rows = [
            value
            for table in inspect(connection).get_table_names()
            for row in connection.execute(text(f'SELECT * FROM "{table}"'))
            for value in row
        ]
    stored = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in rows)
    forms = [MARK.encode(), MARK.encode("unicode_escape"), b"31.125"]
    assert [form for form in forms if form in stored] == []
    assert id.encode() in stored
    assert [record for record in caplog.records if MARK in record.getMessage()] == []


def test_files_come_back_as_they_were(desk: Answering) -> None:
    path = desk.written(desk.published())
    added = desk.author.post(f"{path}/files", files={"file": ("报告 1.pdf", b"%PDF-1.7")}, data={"anonymous": "true"})
    assert (added.status_code, added.json()["name"], added.json()["anonymous"]) == (201, "报告 1.pdf", True)
    fetched = desk.author.get(added.headers["Location"])
    assert fetched.content == b"%PDF-1.7"
    assert fetched.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E6%8A%A5%E5%91%8A%201.pdf"
    assert fetched.headers["Content-Type"] == "application/octet-stream"
    refused = desk.author.post(f"{path}/files", files={"file": ("a.pdf", b"MZ")})
    assert (refused.status_code, refused.json()["errors"][0]["place"]) == (422, "file")
    assert desk.setter.get(added.headers["Location"]).status_code == 404
    assert desk.author.delete(added.headers["Location"]).status_code == 200
    assert desk.author.get(added.headers["Location"]).status_code == 404


def test_a_partner_reads_its_part_and_agrees_to_it(desk: Answering, company: str) -> None:
    other = operator(desk.client).post(f"{API}/organisations", json={"kind": "lab", "name": f"协作{company}"}).json()
    partner = signed_in(desk.client, other["id"])
    parts = [{"organisation_id": other["id"], "does": "中试", "gets": 0.4}]
    path = desk.written(desk.published(), parts=parts)
    assert [one["name"] for one in partner.get(path).json()["partners"]] == [other["name"]]
    [mine] = partner.get(f"{path}/standing").json()["partners"]
    assert mine["confirmed"] is False
    assert partner.post(f"{path}/confirmation", json={"part_hash": "0" * 64}).status_code == 409
    assert desk.author.post(f"{path}/hand-in", headers=ANY).status_code == 409
    assert partner.post(f"{path}/confirmation", json={"part_hash": mine["part_hash"]}).status_code == 200
    assert desk.author.post(f"{path}/hand-in", headers=ANY).status_code == 200


def test_more_is_asked_for_and_given(desk: Answering) -> None:
    challenge = desk.published()
    path = desk.handed_in(challenge)
    desk.past_deadline(challenge)
    for move in ("close", "open"):
        assert desk.setter.post(f"{API}/challenges/{challenge['id']}/{move}").status_code == 200
    due = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    asked = desk.setter.post(f"{path}/supplements", json={"asked": "循环数据", "due": due})
    assert asked.status_code == 201
    given = desk.author.post(f"{path}/supplement", json={"text": "一千次"})
    assert (given.status_code, given.json()["state"]) == (200, "admitted")
    [told] = desk.setter.get(f"{path}/text").json()["additions"]
    assert (told["asked"], told["text"]) == ("循环数据", "一千次")
    desk.setter.post(f"{path}/supplements", json={"asked": "成本", "due": due})
    waived = desk.setter.post(f"{path}/waiver", json={"reason": "不再需要"})
    assert (waived.status_code, waived.json()["state"]) == (200, "admitted")
    assert [one["ended_at"] is None for one in desk.author.get(f"{path}/supplements").json()] == [False, False]


def test_two_custodians_open_and_an_operator_stands_in_for_one(desk: Answering) -> None:
    opened = desk.opened(mechanism="open_challenge")
    path = f"{API}/challenges/{opened['id']}"
    organisation = desk.need_side.owner
    custodians = [
        signed_in(desk.client, organisation, roles=roles) for roles in ([Role.MANAGER, Role.POSTER], [Role.RESEARCHER])
    ]
    ids = [one.get(f"{API}/account").json()["id"] for one in custodians]
    desk.poster.post(f"{path}/propose")
    assert desk.matchmaker.post(f"{path}/publish", headers=ANY).status_code == 409
    emails = [one.get(f"{API}/account").json()["email"] for one in custodians]
    candidates = desk.setter.get(f"{path}/custodians/candidates").json()
    assert set(emails) < {one["email"] for one in candidates}
    assert desk.author.get(f"{path}/custodians/candidates").status_code == 404
    named = desk.setter.put(f"{path}/custodians", json={"people": [ids[0], emails[1]]})
    assert [one["ready"] for one in named.json()["custodians"]] == [False, False]
    for custodian, passphrase in zip(custodians, PASSPHRASES, strict=True):
        assert custodian.put(f"{path}/custodians/passphrase", json={"passphrase": "short"}).status_code == 422
        assert custodian.put(f"{path}/custodians/passphrase", json={"passphrase": passphrase}).status_code == 200
    assert desk.setter.put(f"{path}/custodians/passphrase", json={"passphrase": PASSPHRASES[0]}).status_code == 404
    assert desk.matchmaker.post(f"{path}/publish", headers=ANY).status_code == 200
    answer = desk.handed_in(opened)
    desk.past_deadline(opened)
    assert desk.setter.post(f"{path}/close").status_code == 200
    assert desk.setter.post(f"{path}/open").status_code == 409
    wrong = custodians[0].post(f"{path}/shares", json={"passphrase": PASSPHRASES[1]})
    assert (wrong.status_code, wrong.json()["errors"][0]["place"]) == (422, "passphrase")
    assert custodians[0].post(f"{path}/shares", json={"passphrase": PASSPHRASES[0]}).status_code == 200
    assert desk.setter.post(f"{path}/recovery", json={"reason": "遗失"}).status_code == 403
    oper = signed_in(desk.client, platform=[PlatformRole.OPERATOR])
    given = oper.post(f"{path}/recovery", json={"reason": "遗失"}).json()["custodians"]
    assert {one["person_id"]: one["given"] for one in given} == {ids[0]: True, ids[1]: False}
    assert desk.setter.post(f"{path}/open").status_code == 200
    assert desk.setter.get(f"{answer}/text").json()["content"]["title"] == "干法包覆"


def test_a_running_server_takes_the_authors_keys_away_at_the_deadline(desk: Answering) -> None:
    challenge = desk.published()
    path = desk.handed_in(challenge)
    desk.past_deadline(challenge)
    housekeeping.run(engine_of(desk.client))
    assert desk.author.get(f"{path}/text").status_code == 409


def test_who_may_write_is_told_why_not_where_the_answer_is_known(desk: Answering) -> None:
    path = desk.written(desk.published())
    colleague = signed_in(desk.client, desk.lab, roles=[Role.POSTER])
    refused: Any = colleague.put(f"{path}/text", json=DRAFT, headers=ANY)
    assert (refused.status_code, refused.json()["detail"]) == (403, "Its lead's researchers and managers write it.")
