"""From the settled challenge to the paid milestone over HTTP, with what is exported on the way."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from awards_support import Scene, contract_draft, scene
from fastapi.testclient import TestClient
from web_support import engine_of, operator, served, signed_in
from words_encoder import WordsEncoder

from api.settings import Settings
from matcher.entities import Answer, Challenge, Offer, Partner, Role
from matcher.record.checking import check
from matcher.sessions import writing
from matcher.states import AnswerState, ChallengeState, OfferState

API = "/api/v1"
CONTRACT = contract_draft().model_dump(mode="json")
MEASURED = [
    {"indicator": 0, "value": 600, "unit": "ppm", "method": "酸碱滴定"},
    {"indicator": 1, "value": 0.21, "unit": "Ah/g"},
]


class Story:
    """A home with one challenge, as its setter's, its lab's and other people see it."""

    def __init__(self, client: TestClient, **said: Any) -> None:
        with writing(engine_of(client)) as session:
            made: Scene = scene(session, **said)
            self.challenge, self.answer = made.challenge.id, made.answer.id
            agreed = made.challenge.mechanism == "directed_commission"
            self.settlement = {} if agreed else {"amounts": {self.answer: str(made.challenge.budget)}}
            ids = [actor.organisation_id for actor in (made.setter, made.lab, made.stranger)]
            self.partner = ids[2] or ""
        self.setter, self.lab, self.stranger = (signed_in(client, id) for id in ids)
        self.poster = signed_in(client, ids[0], roles=[Role.POSTER])
        self.client, self.operator = client, operator(client)

    def settled(self) -> str:
        answer = self.setter.post(f"{API}/challenges/{self.challenge}/awards", json=self.settlement)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["items"][0]["id"])

    def signed(self) -> str:
        drafted = self.lab.post(f"{API}/awards/{self.settled()}/contract", json=CONTRACT)
        assert (drafted.status_code, drafted.headers["ETag"]) == (201, '"1"')
        path = drafted.headers["Location"]
        for side in (self.setter, self.lab):
            assert side.post(f"{path}/confirmations", json={"version": 1}).status_code == 200
        return path

    def milestone(self, contract: str, number: int) -> str:
        found = self.lab.get(f"{contract}/milestones").json()
        return f"{API}/milestones/{found[number - 1]['id']}"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    settings = Settings(home=tmp_path / "home", attempt_rate="100000/second", _env_file=None)
    with served(settings, WordsEncoder()) as client:
        yield Story(client)


def test_who_won_is_announced_once_it_is_settled_and_nothing_else_of_it(story: Story) -> None:
    path, anonymous = f"{API}/challenges/{story.challenge}", story.client
    with writing(engine_of(anonymous)) as session:
        session.add(Partner(answer_id=story.answer, organisation_id=story.partner))
        lab = session.get_one(Answer, story.answer).organisation_id
    before = anonymous.get(path)
    assert before.json()["winners"] == []
    assert lab not in before.text + anonymous.get("/challenges.atom").text
    award = story.settled()
    for reader in (anonymous, story.stranger, story.lab):
        told = reader.get(path)
        assert told.json()["winners"] == [
            {
                "organisation": {"id": lab, "name": "第1实验室"},
                "partners": [{"id": story.partner, "name": "旁观公司"}],
            }
        ]
        for secret in (award, story.answer):
            assert secret not in told.text
    assert "中榜 Awarded: 第1实验室、旁观公司" in anonymous.get("/challenges.atom").text
    assert [one["id"] for one in anonymous.get(f"{API}/challenges").json()["items"] if one["winners"]] == [
        story.challenge
    ]
    assert anonymous.get(f"{API}/awards/{award}").status_code == 404
    assert anonymous.get(f"{path}/awards").json()["items"] == []


def test_the_winner_of_a_private_challenge_is_told_to_who_may_know_of_it(tmp_path: Path) -> None:
    with served(Settings(home=tmp_path / "home", _env_file=None), WordsEncoder()) as client:
        story = Story(client, mechanism="directed_commission")
        agree(client, story.answer)
        story.settled()
        path = f"{API}/challenges/{story.challenge}"
        assert len(story.setter.get(path).json()["winners"]) == 1
        for other in (client, story.stranger):
            assert other.get(path).status_code == 404
            assert "第1实验室" not in other.get("/challenges.atom").text


def agree(client: TestClient, answer: str) -> None:
    terms = contract_draft().model_dump(mode="json")
    with writing(engine_of(client)) as session:
        session.add(Offer(answer_id=answer, number=1, by_setter=True, state=OfferState.AGREED, terms=terms, actor="a"))


def test_the_whole_way_from_the_award_to_the_finished_challenge(story: Story, tmp_path: Path) -> None:
    contract = story.signed()
    assert story.setter.get(contract).json()["state"] == "signed"
    for number in (1, 2):
        path = story.milestone(contract, number)
        filed = story.lab.post(f"{path}/files", files={"file": ("报告.pdf", b"%PDF-1.7 x")})
        assert filed.status_code == 201
        said = {"report": "连续运行三十天。", "measured": MEASURED}
        submitted = story.lab.post(f"{path}/submission", json=said).json()
        assert [one["outcome"] for one in submitted["measured"]] == ["met", "met"]
        file = story.setter.get(f"{path}/files/{filed.json()['id']}")
        assert (file.content, file.headers["Content-Disposition"][:10]) == (b"%PDF-1.7 x", "attachment")
        assert story.poster.post(f"{path}/acceptance").json()["state"] == "accepted"
        assert story.poster.post(f"{path}/payment", json={"reference": "T-1"}).json()["state"] == "paid"
        assert story.poster.post(f"{path}/payment", json={}).status_code == 409
    ended = story.setter.post(f"{contract}/complete", json={"outcome": "achieved"}).json()
    assert (ended["state"], ended["outcome"]) == ("completed", "achieved")
    assert story.setter.post(f"{API}/challenges/{story.challenge}/finish").status_code == 204
    [balance] = story.lab.get(f"{API}/challenges/{story.challenge}/ledger").json()["balances"]
    assert {name: balance[name] for name in ("committed", "paid", "open", "released")} == {
        "committed": "900000.00", "paid": "900000.00", "open": "0.00", "released": "0.00",
    }  # fmt: skip
    dossier = story.setter.get(f"{API}/challenges/{story.challenge}/dossier")
    target = tmp_path / "dossier.zip"
    target.write_bytes(dossier.content)
    assert check(target).intact


def test_exports_come_as_files(story: Story) -> None:
    contract = story.signed()
    award = story.setter.get(contract).json()["award_id"]
    book = openpyxl.load_workbook(io.BytesIO(story.lab.get(f"{contract}/registration").content))
    assert book.sheetnames[0] == "技术合同登记表"
    for path in (f"{contract}/summary", f"{API}/awards/{award}/notice"):
        answer = story.setter.get(path)
        assert (answer.status_code, answer.content[:2]) == (200, b"PK")
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert story.stranger.get(path).status_code == 404


def test_a_contract_is_edited_in_the_version_that_was_read(story: Story) -> None:
    award = story.settled()
    proposal = story.lab.get(f"{API}/awards/{award}/proposal").json()
    path = story.lab.post(f"{API}/awards/{award}/contract", json=proposal).headers["Location"]
    edited = story.setter.put(path, json=CONTRACT, headers={"If-Match": '"1"'})
    assert (edited.status_code, edited.headers["ETag"]) == (200, '"2"')
    assert story.lab.put(path, json=CONTRACT, headers={"If-Match": '"1"'}).status_code == 412
    versions = story.lab.get(f"{path}/versions").json()
    assert [(one["number"], one["by_setter"], one["terms"]) for one in versions] == [
        (1, False, proposal),
        (2, True, CONTRACT),
    ]
    assert story.stranger.get(f"{path}/versions").status_code == 404
    assert story.lab.put(path, json=CONTRACT).status_code == 428
    assert story.lab.post(f"{path}/confirmations", json={"version": 1}).status_code == 412
    assert story.lab.put(path, json=CONTRACT | {"amount": "1"}, headers={"If-Match": "*"}).status_code == 422


def test_a_change_is_asked_for_and_answered(story: Story) -> None:
    contract = story.signed()
    asked = story.lab.post(f"{contract}/changes", json={"reason": "推迟", "cancel": [2]})
    assert asked.status_code == 201
    path = f"{API}/contract-changes/{asked.json()['id']}"
    assert story.lab.post(f"{path}/agree").status_code == 409
    assert story.poster.post(f"{path}/agree").status_code == 403
    assert story.setter.post(f"{path}/agree").json()["state"] == "agreed"
    [change] = story.setter.get(f"{contract}/changes").json()
    assert (change["reason"], change["changes"]["cancel"]) == ("推迟", [2])
    assert story.setter.get(contract).json()["amount"] == "300000"


def test_an_award_is_settled_once_under_one_key(story: Story) -> None:
    path = f"{API}/challenges/{story.challenge}/awards"
    answers = [story.setter.post(path, json=story.settlement, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert story.setter.post(path, json=story.settlement).status_code == 409
    assert story.lab.post(path, json=story.settlement).status_code == 403
    assert story.stranger.get(path).json()["items"] == []


def test_terms_are_negotiated_and_then_proposed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", attempt_rate="100000/second", _env_file=None)
    with served(settings, WordsEncoder()) as client:
        story = Story(
            client, mechanism="directed_commission", state=ChallengeState.GRADING, answer_state=AnswerState.ADMITTED
        )
        path = f"{API}/answers/{story.answer}/offers"
        first = story.setter.post(path, json={"terms": CONTRACT, "message": "含税"})
        assert first.status_code == 201
        second = story.lab.post(path, json={"terms": contract_draft("950000").model_dump(mode="json")}).json()
        assert story.lab.post(f"{API}/offers/{second['id']}/agree").status_code == 409
        assert story.setter.post(f"{API}/offers/{first.json()['id']}/agree").status_code == 409
        assert story.setter.post(f"{API}/offers/{second['id']}/agree").json()["state"] == "agreed"
        assert [one["state"] for one in story.operator.get(path).json()] == ["countered", "agreed"]
        assert story.stranger.get(path).status_code == 404
        with writing(engine_of(client)) as session:
            session.get_one(Challenge, story.challenge).state = ChallengeState.OBJECTING
            session.get_one(Answer, story.answer).state = AnswerState.SELECTED
        award = story.settled()
        assert story.lab.get(f"{API}/awards/{award}/proposal").json()["amount"] == "950000"
