"""Grading and deciding over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from grading_support import RUBRIC, invite, opened_text, organisation
from grading_web_support import Judging, judging
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter
from web_support import engine_of, home_of, operator, signed_in

from api import described_grading
from api.schemas.decisions import ObjectionAnswer, ObjectionPost, Reversal
from api.schemas.grading import AssignmentRefusal
from matcher.entities import Answer, OrganisationKind
from matcher.grading.commitments import CommitmentDraft
from matcher.grading.conflicts import ConflictDraft, Declaration
from matcher.grading.determinations import DecisionDraft
from matcher.grading.drawing import DrawDraft
from matcher.grading.eliminations import EliminationDraft
from matcher.grading.grades import GradeDraft
from matcher.grading.trials import ReportDraft, TrialDraft
from matcher.sessions import writing

API = "/api/v1"
ALL_OF_THEM = {"each": 2, "industry_share": 0, "reason": "人少"}


@pytest.fixture
def judged(client: TestClient) -> Judging:
    return judging(client)


def drawn(judged: Judging) -> list[dict[str, Any]]:
    """The seats after a draw among the challenge's own graders: other tests may have graders beside them."""
    sent = ALL_OF_THEM | {"person_ids": judged.staged.graders}
    answer = judged.setter.post(f"{judged.path}/draw", json=sent)
    assert (answer.status_code, answer.json()["impossible"]) == (200, []), answer.text
    return list(answer.json()["drawn"])


def grade(judged: Judging, seat: dict[str, Any], score: float) -> None:
    grader, path = judged.person(seat["person_id"]), f"{API}/assignments/{seat['id']}"
    whole = {
        "scores": {criterion.key: {"score": score, "reason": "依据"} for criterion in RUBRIC},
        "indicators": [{"indicator": 0, "value": 700, "unit": "ppm"}],
    }
    tag = grader.get(path).headers["ETag"]
    saved = grader.put(f"{path}/grade", json=whole, headers={"If-Match": tag})
    assert saved.status_code == 200, saved.text
    assert grader.put(f"{path}/grade", json=whole, headers={"If-Match": tag}).status_code == 412
    submitted = grader.post(f"{path}/submit", headers={"If-Match": saved.headers["ETag"]})
    assert (submitted.status_code, submitted.json()["state"]) == (200, "submitted"), submitted.text


def ranked(judged: Judging, *scores: float) -> None:
    for seat in drawn(judged):
        grade(judged, seat, scores[seat["answer"] - 1])
    assert judged.setter.post(f"{judged.path}/rank").json()["state"] == "deciding"


def test_from_the_draw_to_the_determination_and_an_objection(judged: Judging, client: TestClient) -> None:
    ranked(judged, 80, 60)
    standings = judged.setter.get(f"{judged.path}/standings").json()
    assert [(one["answer"], one["rank"], one["score"]) for one in standings["by_rank"]] == [(1, 1, 80), (2, 2, 60)]
    for number, decided in ((1, "eliminated"), (2, "selected")):
        sent = {"decided": decided, "reason": "依据评分"}
        assert judged.setter.put(f"{judged.answer(number)}/decision", json=sent).status_code == 200
    refused = judged.setter.post(f"{judged.path}/determine")
    assert (refused.status_code, refused.json()["errors"][0]["place"]) == (422, "departs")
    for number, decided in ((1, "eliminated"), (2, "selected")):
        sent = {"decided": decided, "reason": "产线改造代价过大", "departs": True}
        judged.setter.put(f"{judged.answer(number)}/decision", json=sent)
    assert judged.lab(1).get(f"{judged.answer(1)}/determinations").json() == []
    assert judged.setter.post(f"{judged.path}/determine").status_code == 200
    [told] = judged.lab(1).get(f"{judged.answer(1)}/determinations").json()
    assert (told["decided"], told["departs"]) == ("eliminated", True)
    assert len(judged.setter.get(f"{judged.path}/determinations").json()) == 4
    raised = judged.lab(1).post(f"{judged.answer(1)}/objections", json={"text": "评分第一却被淘汰"})
    assert raised.status_code == 201, raised.text
    assert judged.lab(1).get(raised.headers["Location"]).json()[0]["id"] == raised.json()["id"]
    answer = operator(client).post(
        f"{API}/objections/{raised.json()['id']}/answer", json={"upheld": True, "text": "应重新决定"}
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "upheld"), answer.text
    again = operator(client).post(f"{judged.path}/reconsider", json={"reason": "异议成立"})
    assert again.json()["state"] == "deciding"


def test_a_grader_learns_the_number_of_an_answer_and_not_whose_it_is(judged: Judging) -> None:
    seat = drawn(judged)[0]
    grader = judged.person(seat["person_id"])
    read = grader.get(f"{API}/assignments/{seat['id']}").json()
    assert read["rubric"][0]["key"] == "novelty"
    assert (read["answer"], read["challenge"]["title"]) == (seat["answer"], "残碱控制")
    told = grader.get(f"{API}/assignments").text + str(read)
    for answer in judged.staged.answers:
        assert answer.organisation_id not in told
        assert answer.id not in told


def test_a_grader_reads_what_the_answer_says_and_takes_its_files(judged: Judging) -> None:
    seat = drawn(judged)[0]
    with writing(engine_of(judged.client)) as session:
        answer = session.get_one(Answer, judged.staged.answers[seat["answer"] - 1].id)
        files = opened_text(session, home_of(judged.client).secrets, answer)
    grader, path = judged.person(seat["person_id"]), f"{API}/assignments/{seat['id']}"
    paper = grader.get(path).json()["paper"]
    assert paper["content"]["title"] == "■■的包覆"
    assert [(one["id"], one["name"]) for one in paper["files"]] == [(files["anonymous.txt"], "1.txt")]
    taken = grader.get(f"{path}/files/{files['anonymous.txt']}")
    assert (taken.status_code, taken.content) == (200, b"curve")
    assert "1.txt" in taken.headers["Content-Disposition"]
    assert grader.get(f"{path}/files/{files['named.txt']}").status_code == 404
    assert judged.setter.get(f"{path}/files/{files['anonymous.txt']}").status_code == 404
    assert grader.post(f"{path}/decline", json={}).json()["paper"] is None
    assert grader.get(f"{path}/files/{files['anonymous.txt']}").status_code == 404


def test_what_cannot_be_drawn_is_said_with_the_way_out(judged: Judging) -> None:
    sent = {"each": 3, "industry_share": 0, "reason": "人少", "person_ids": judged.staged.graders}
    answer = judged.setter.post(f"{judged.path}/draw", json=sent).json()
    assert answer["drawn"] == []
    assert [(one["rule"], one["answer"]) for one in answer["impossible"]] == [("graders", 1), ("graders", 2)]
    assert answer["impossible"][0]["message"] == (
        "Answer 1 has only 2 of 3 graders without a conflict: name 1 more, or grade it with 2."
    )


def test_a_declared_conflict_takes_the_answer_off_the_desk_and_shows_in_the_pool(judged: Judging) -> None:
    seat = drawn(judged)[0]
    grader = judged.person(seat["person_id"])
    declined = grader.post(f"{API}/assignments/{seat['id']}/decline", json={"conflict": True, "reason": "同门"})
    assert declined.json()["state"] == "declined"
    pool = {one["person_id"]: one for one in judged.setter.get(f"{judged.path}/graders").json()}
    assert pool[seat["person_id"]]["conflicts"] == [{"answer": seat["answer"], "kind": "declared"}]
    assert grader.get(f"{API}/conflicts").json() == []  # it would tell whose the answer is
    lab = judged.staged.answers[2 - seat["answer"]].organisation_id
    key = {"Idempotency-Key": "once"}
    twice = [grader.post(f"{API}/conflicts", json={"organisation_id": lab}, headers=key) for _ in range(2)]
    assert [one.status_code for one in twice] == [201, 201]
    assert len(grader.get(f"{API}/conflicts").json()) == 1
    assert {one["state"] for one in judged.setter.get(f"{judged.path}/assignments").json()} == {"declined", "assigned"}


def test_a_recorded_conflict_and_a_recall(judged: Judging) -> None:
    seats = drawn(judged)
    lab = judged.staged.answers[0].organisation_id
    sent = {"person_id": judged.staged.graders[0], "organisation_id": lab, "kind": "co_author"}
    recorded = judged.setter.post(f"{judged.path}/conflicts", json=sent)
    assert recorded.status_code == 201
    assert judged.setter.get(recorded.headers["Location"]).json()[0]["kind"] == "co_author"
    other = next(one for one in seats if one["person_id"] == judged.staged.graders[1])
    assert judged.setter.post(f"{API}/assignments/{other['id']}/recall").json()["state"] == "recalled"
    states = [one["state"] for one in judged.setter.get(f"{judged.path}/assignments").json()]
    assert sorted(states) == ["assigned", "assigned", "recalled", "recalled"]


def test_grades_are_nobody_else_s_until_the_round_closes(judged: Judging, client: TestClient) -> None:
    seat = drawn(judged)[0]
    grade(judged, seat, 80)
    assert judged.setter.get(f"{judged.answer(seat['answer'])}/grades").json() == []
    assert judged.setter.get(f"{judged.path}/standings").status_code == 409
    for other in (judged.setter, operator(client), judged.lab(1), client):
        assert other.get(f"{API}/assignments/{seat['id']}").status_code == 404
    assert client.get(f"{API}/assignments").status_code == 401
    grader = judged.person(seat["person_id"])
    path = f"{API}/assignments/{seat['id']}"
    assert grader.post(f"{path}/reopen", headers={"If-Match": "*"}).json()["state"] == "assigned"


def test_a_user_tries_and_reports(judged: Judging) -> None:
    user = judged.staged.graders[0]
    named = judged.setter.post(f"{judged.answer(1)}/trials", json={"person_id": user})
    assert named.status_code == 201, named.text
    sees = judged.person(user)
    path = f"{API}/trials/{named.json()['id']}"
    assert [one["id"] for one in sees.get(f"{API}/trials").json()] == [named.json()["id"]]
    report = {"verdict": "adopt", "measured": [{"indicator": 0, "value": 0.07, "unit": "wt%"}], "report": "可用"}
    assert sees.put(path, json=report).json()["measured"][0]["outcome"] == "met"
    assert sees.get(path).json()["verdict"] == "adopt"
    assert judged.setter.get(f"{judged.path}/trials").json()[0].keys().isdisjoint({"verdict", "measured", "report"})
    assert judged.setter.get(f"{judged.answer(1)}/trials").json() == []
    ranked(judged, 80, 60)
    assert judged.setter.get(f"{judged.answer(1)}/trials").json()[0]["verdict"] == "adopt"
    assert len(judged.setter.get(f"{judged.answer(1)}/grades").json()) == 2


def test_an_elimination_is_rehearsed_carried_out_and_reversed(client: TestClient) -> None:
    judged = judging(client, 6, "race")
    ranked(judged, 90, 80, 70, 60, 50, 40)
    rehearsal = judged.setter.get(f"{judged.path}/rehearsal").json()
    assert [place["goes_on"] for place in rehearsal["places"]] == [True] * 5 + [False]
    assert rehearsal["rule"]["goes_on"] == 5
    later = {"deadline": "2099-01-01T00:00:00Z"}
    stale = judged.setter.post(f"{judged.path}/eliminations", json={"rehearsed": "0" * 64, **later})
    assert stale.status_code == 409
    done = judged.setter.post(f"{judged.path}/eliminations", json={"rehearsed": rehearsal["digest"], **later})
    assert done.status_code == 201, done.text
    assert judged.setter.get(judged.path).json()["round"] == 2
    undone = judged.setter.post(f"{judged.path}/reversal", json={"reason": "评分有误"})
    assert undone.status_code == 200, undone.text
    assert judged.setter.get(judged.path).json()["round"] == 1
    [listed] = judged.setter.get(f"{judged.path}/eliminations").json()
    assert (listed["reason"], listed["reversed_at"] is None) == ("评分有误", False)


def test_investors_commit_and_think_again(client: TestClient) -> None:
    judged = judging(client, 1, "invest_to_evaluate", graders=0)
    with writing(engine_of(client)) as session:
        company = organisation(session, OrganisationKind.COMPANY)
        invite(session, judged.staged.challenge, company)
    investor = signed_in(client, company)
    made = investor.post(f"{judged.answer(1)}/commitments", json={"amount": "2000000", "conditions": "中试"})
    assert (made.status_code, made.json()["state"]) == (201, "made"), made.text
    assert investor.post(f"{API}/commitments/{made.json()['id']}/withdraw").json()["state"] == "withdrawn"
    investor.post(f"{judged.answer(1)}/commitments", json={"amount": "1000000"})
    judged.setter.post(f"{judged.path}/rank")
    [standing] = judged.setter.get(f"{judged.path}/standings").json()["by_rank"]
    assert (standing["committed"], standing["investors"]) == ("1000000", 1)
    assert investor.get(made.headers["Location"]).json()[1]["state"] == "firm"
    assert client.get(f"{API}/foresight").json()["rows"] == []


@pytest.mark.parametrize(
    ("examples", "form"),
    [
        (described_grading.DRAWS, DrawDraft),
        (described_grading.CONFLICTS, ConflictDraft),
        (described_grading.DECLARATIONS, Declaration),
        (described_grading.GRADES, GradeDraft),
        (described_grading.DECLININGS, AssignmentRefusal),
        (described_grading.TRIALS, TrialDraft),
        (described_grading.REPORTS, ReportDraft),
        (described_grading.DECISIONS, DecisionDraft),
        (described_grading.OBJECTIONS, ObjectionPost),
        (described_grading.OBJECTION_ANSWERS, ObjectionAnswer),
        (described_grading.ELIMINATIONS, EliminationDraft),
        (described_grading.REVERSALS, Reversal),
        (described_grading.COMMITMENTS, CommitmentDraft),
    ],
)
def test_every_example_is_taken(examples: dict[str, Any], form: Any) -> None:
    for example in examples.values():
        TypeAdapter(form).validate_python(example["value"])


def test_what_is_read_is_as_described(judged: Judging, client: TestClient) -> None:
    ranked(judged, 80, 60)
    spec = client.get("/openapi.json").json()
    for path in ("standings", "graders", "assignments", "conflicts", "trials", "determinations", "objections"):
        route = f"{API}/challenges/{{id}}/{path}"
        schema = spec["paths"][route]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        answer = judged.setter.get(f"{judged.path}/{path}")
        Draft202012Validator(schema | {"components": spec["components"]}).validate(answer.json())
