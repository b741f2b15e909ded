"""The description of the API: valid, complete, and true."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import TypeAdapter
from web_support import Side, signed_in

from api import described, described_answers, described_awards, described_challenges, described_reviews
from api.schemas.answers import (
    AnswerPost,
    CustodiansPut,
    PartConfirmation,
    PassphrasePost,
    Recovery,
    SupplementPost,
    SupplementRequest,
    Waiver,
)
from api.schemas.awards import Confirmation, Ending, Settlement, StagePayment, Why
from api.schemas.challenges import (
    Amendment,
    ChallengeInvitationPost,
    Decision,
    Extension,
    ProgrammePost,
    QuestionPost,
    Replies,
    TopicOpening,
)
from api.schemas.items import NeedPost, ResultPost
from api.schemas.matches import MatchRequest
from api.schemas.reviews import Draw, HandOver
from matcher.awards.drafts import ChangeDraft, ContractDraft, MilestoneReport, OfferDraft
from matcher.drafts import NeedDraft, ResultDraft
from matcher.engine.answer_drafts import AnswerDraft
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.organisations import OrganisationDraft
from matcher.reviews.following import ContractedDraft, EndDraft, NoteDraft
from matcher.reviews.introductions import Asking, Assent, Declining
from matcher.reviews.searches import SearchDraft
from matcher.reviews.verdicts import VerdictDraft


@pytest.fixture
def spec(client: TestClient) -> dict[str, Any]:
    return dict(client.get("/openapi.json").json())


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, told) for path, item in spec["paths"].items() for method, told in item.items()]


def test_it_is_valid_openapi_3_1(spec: dict[str, Any]) -> None:
    assert spec["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(spec).iter_errors()) == []


def test_fields_of_what_is_sent_say_what_the_code_says_of_them(spec: dict[str, Any]) -> None:
    said = {
        (name, field): told["properties"][field].get("description")
        for name, told in spec["components"]["schemas"].items()
        for field in told.get("properties", {})
    }
    assert said["DecisionDraft", "departs"] == "Knowingly departs from the ranking; the reason says why."
    assert said["DrawDraft", "industry_share"] == "The part of each answer's graders that has to come from industry."
    assert said["Part", "gets"] == "Its share of the money, 0 to 1."
    assert said["Claim", "indicator"] == "Its place in the challenge's list, from 0."


def test_every_operation_describes_its_errors_as_problems(spec: dict[str, Any]) -> None:
    for method, path, told in operations(spec):
        if path == "/healthz":
            continue
        refusals = {status: answer for status, answer in told["responses"].items() if status[0] in "45"}
        expected = {"503"}
        if path.startswith("/api"):
            expected |= {"422", "500"}
        if "{id}" in path:
            expected.add("404")
        if any(parameter["name"].lower() == "if-match" for parameter in told.get("parameters", [])):
            expected |= {"409", "412", "428"}
        if method != "get":
            expected.add("403")
        if "requestBody" in told:
            expected |= {"400", "413"}
        if "multipart/form-data" in told.get("requestBody", {}).get("content", {}):
            expected |= {"404", "409"}
        assert expected <= refusals.keys(), (method, path)
        assert all(list(answer["content"]) == ["application/problem+json"] for answer in refusals.values())


def test_no_two_schemas_have_the_same_name(spec: dict[str, Any]) -> None:
    """FastAPI would tell them apart by the names of modules, which are nobody's business."""
    assert [name for name in spec["components"]["schemas"] if "__" in name and not name.startswith("Body_")] == []


def test_every_operation_and_every_option_is_told_in_words(spec: dict[str, Any]) -> None:
    for method, path, told in operations(spec):
        assert told["summary"], (method, path)
        assert told["responses"][min(told["responses"])]["description"]


@pytest.mark.parametrize(
    ("examples", "form"),
    [
        (described.ORGANISATIONS, OrganisationDraft),
        (described.NEW_NEEDS, NeedPost),
        (described.NEW_RESULTS, ResultPost),
        (described.NEEDS, NeedDraft),
        (described.RESULTS, ResultDraft),
        (described.QUESTIONS, MatchRequest),
        (described_challenges.CHALLENGES, ChallengeDraft),
        (described_challenges.AMENDMENTS, Amendment),
        (described_challenges.EXTENSIONS, Extension),
        (described_challenges.DECISIONS, Decision),
        (described_challenges.QUESTIONS, QuestionPost),
        (described_challenges.REPLIES, Replies),
        (described_challenges.INVITATIONS, ChallengeInvitationPost),
        (described_challenges.PROGRAMMES, ProgrammePost),
        (described_challenges.TOPIC_OPENINGS, TopicOpening),
        (described_answers.STARTS, AnswerPost),
        (described_answers.ANSWERS, AnswerDraft),
        (described_answers.PARTS, PartConfirmation),
        (described_answers.SUPPLEMENT_REQUESTS, SupplementRequest),
        (described_answers.SUPPLEMENTS, SupplementPost),
        (described_answers.WAIVERS, Waiver),
        (described_answers.CUSTODIANS, CustodiansPut),
        (described_answers.PASSPHRASES, PassphrasePost),
        (described_answers.RECOVERIES, Recovery),
        (described_awards.SETTLEMENTS, Settlement),
        (described_awards.STAGES, StagePayment),
        (described_awards.CONTRACTS, ContractDraft),
        (described_awards.OFFERS, OfferDraft),
        (described_awards.CHANGES, ChangeDraft),
        (described_awards.REPORTS, MilestoneReport),
        (described_awards.CONFIRMATIONS, Confirmation),
        (described_awards.REASONS, Why),
        (described_awards.ENDINGS, Ending),
        (described_reviews.DRAWS, Draw),
        (described_reviews.VERDICTS, VerdictDraft),
        (described_reviews.ASKINGS, Asking),
        (described_reviews.ACCEPTANCES, Assent),
        (described_reviews.DECLININGS, Declining),
        (described_reviews.ENDINGS, EndDraft),
        (described_reviews.CONTRACTS, ContractedDraft),
        (described_reviews.HAND_OVERS, HandOver),
        (described_reviews.NOTES, NoteDraft),
        (described_reviews.SEARCHES, SearchDraft),
    ],
)
def test_every_example_is_taken(examples: dict[str, Any], form: Any) -> None:
    for example in examples.values():
        TypeAdapter(form).validate_python(example["value"])


def test_the_examples_are_in_both_languages() -> None:
    for examples in (described.NEEDS, described.RESULTS):
        titles = [example["value"]["title"] for example in examples.values()]
        assert [title.isascii() for title in titles] == [False, True]


def test_the_examples_stand_in_the_description(spec: dict[str, Any]) -> None:
    body = spec["paths"]["/api/v1/needs"]["post"]["requestBody"]["content"]["application/json"]
    assert list(body["examples"]) == ["zh", "en"]
    patch = spec["paths"]["/api/v1/needs/{id}"]["patch"]["requestBody"]["content"]
    assert list(patch) == ["application/merge-patch+json"]


def test_routes_answer_as_described(
    client: TestClient, spec: dict[str, Any], need_side: Side, result_side: Side
) -> None:
    files = {"file": ("a.csv", "需求名称,预算\n一,面议\n,面议\n".encode())}
    need, result = need_side.post(client), result_side.post(client)
    manager = signed_in(client, need_side.owner)
    asked = [
        ("get", "/api/v1/needs", {}, {}),
        ("get", "/api/v1/results", {}, {}),
        ("get", "/api/v1/needs/{id}", {"id": need["id"]}, {}),
        ("get", "/api/v1/results/{id}", {"id": result["id"]}, {}),
        ("get", "/api/v1/needs/{id}/events", {"id": need["id"]}, {}),
        ("get", "/api/v1/needs/{id}/matches", {"id": need["id"]}, {}),
        ("get", "/api/v1/results/{id}/matches", {"id": result["id"]}, {}),
        ("get", "/api/v1/organisations/{id}", {"id": need_side.owner}, {}),
        ("get", "/api/v1/organisations", {}, {}),
        ("get", "/api/v1/fields", {}, {}),
        ("get", "/api/v1/regions", {}, {}),
        ("get", "/healthz", {}, {}),
        ("get", "/readyz", {}, {}),
        ("get", "/api/v1/needs/{id}", {"id": "nobody"}, {}),
        ("put", "/api/v1/needs/{id}", {"id": need["id"]}, {"json": {"title": "a"}}),
        ("put", "/api/v1/needs/{id}", {"id": need["id"]}, {"json": {"titel": "a"}, "headers": {"If-Match": "*"}}),
        ("patch", "/api/v1/needs/{id}", {"id": need["id"]}, {"json": {"title": "a"}, "headers": {"If-Match": '"7"'}}),
        ("post", "/api/v1/needs/{id}/{move}", {"id": need["id"], "move": "reopen"}, {"headers": {"If-Match": "*"}}),
        ("post", "/api/v1/needs/{id}/{move}", {"id": need["id"], "move": "close"}, {"headers": {"If-Match": "*"}}),
        ("put", "/api/v1/results/{id}", {"id": result["id"]}, {"json": {"title": "a"}, "headers": {"If-Match": "*"}}),
        ("get", "/api/v1/session", {}, {"headers": {"Authorization": "Bearer jb_wrong"}}),
        ("get", "/api/v1/session", {}, {}),
        ("get", "/api/v1/account", {}, {}),
        ("get", "/api/v1/account/sign-ins", {}, {}),
        ("get", "/api/v1/account/tokens", {}, {}),
        ("get", "/api/v1/organisations/{id}/members", {"id": need_side.owner}, {}),
        ("get", "/api/v1/organisations/{id}/invitations", {"id": need_side.owner}, {}),
        ("get", "/api/v1/people", {}, {}),
        ("get", "/api/v1/links/{link}", {"link": "nothing"}, {}),
        ("post", "/api/v1/match", {}, {"json": {"text": "残碱", "wanted": "result"}}),
        ("post", "/api/v1/problem-lists", {}, {"files": files, "data": {"organisation_id": need_side.owner}}),
    ]
    seen = set()
    for method, path, places, content in asked:
        answer = manager.request(method, path.format(**places), **content)
        told = spec["paths"][path][method]["responses"][str(answer.status_code)]
        media_type = answer.headers["Content-Type"].partition(";")[0]
        schema = told["content"][media_type]["schema"]
        # References in it point into the description.
        Draft202012Validator(schema | {"components": spec["components"]}).validate(answer.json())
        seen.add(answer.status_code)
    assert seen == {200, 201, 401, 403, 404, 409, 412, 422, 428}


def test_the_pages_of_the_description_need_no_internet(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "://" not in page.replace("http://www.w3.org", "")
    scripts = [part.partition('"')[0] for part in page.split('src="')[1:]]
    assert scripts
    assert all(client.get(script).status_code == 200 for script in scripts)
