"""The record over HTTP: checked by operators, handed out as evidence to those it is about."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from web_support import Side, operator, signed_in

from api.settings import Settings
from matcher import events
from matcher.record.checking import check
from matcher.sessions import reading, writing

VERIFICATION, EVIDENCE = "/api/v1/audit/verification", "/api/v1/audit/evidence"


def test_an_operator_sees_that_the_record_holds_and_up_to_where(client: TestClient, company: str) -> None:
    found = operator(client).get(VERIFICATION).json()
    with reading(client.app.state.home.engine) as session:  # type: ignore[attr-defined]
        number, hash = events.head(session)
    assert found == {
        "intact": True,
        "events": number,
        "erased": 0,
        "head": {"event_id": number, "hash": hash},
        "broken": None,
    }


def test_the_first_broken_link_is_named(own_client: TestClient) -> None:
    asking = operator(own_client)
    with writing(own_client.app.state.home.engine) as session:  # type: ignore[attr-defined]
        session.execute(text("DROP TRIGGER event_kept_from_update"))
        session.execute(text("UPDATE event SET actor = 'somebody else' WHERE id = 2"))
    found = asking.get(VERIFICATION).json()
    assert (found["intact"], found["head"]["event_id"]) == (False, 1)
    assert found["broken"] == {
        "event_id": 2,
        "flaw": "hash",
        "explanation": "event 2 is not as it was recorded: its hash is another",
    }


def test_a_head_noted_earlier_is_compared_with(client: TestClient) -> None:
    asking = operator(client)
    head = asking.get(VERIFICATION).json()["head"]
    noted = f"{head['event_id']}:{head['hash']}"
    assert asking.get(VERIFICATION, params={"head": noted}).json()["intact"]
    other = f"{head['event_id']}:{'0' * 64}"
    assert asking.get(VERIFICATION, params={"head": other}).json()["broken"]["flaw"] == "noted hash"
    assert asking.get(VERIFICATION, params={"head": "nonsense"}).status_code == 422


@pytest.mark.parametrize("who", ["operator", "owner"])
def test_evidence_is_a_signed_file_that_checks(client: TestClient, side: Side, tmp_path: Path, who: str) -> None:
    posted = side.post(client)
    asking = operator(client) if who == "operator" else signed_in(client, side.owner)
    answer = asking.get(EVIDENCE, params={"thing": f"{side.kind}:{posted['id']}"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == f'attachment; filename="evidence-{side.kind}-{posted["id"]}.zip"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    path = tmp_path / "evidence.zip"
    path.write_bytes(answer.content)
    checked = check(path)
    assert (checked.fault, checked.thing, checked.events) == (None, f"{side.kind}:{posted['id']}", 2)


def test_the_key_that_signs_is_kept_in_the_home_for_its_owner_alone(own_client: TestClient, settings: Settings) -> None:
    admitted = operator(own_client).post("/api/v1/organisations", json={"kind": "lab", "name": "实验室"}).json()
    thing = f"organisation:{admitted['id']}"
    made = [operator(own_client).get(EVIDENCE, params={"thing": thing}).content for _ in range(2)]
    assert made[0] == made[1]
    assert stat.S_IMODE((settings.home / "record.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("who", "verification", "evidence", "of_nothing"),
    [
        ("operator", 200, 200, 404),
        ("owner", 403, 200, 404),
        ("another organisation", 403, 403, 404),
        ("anonymous", 401, 401, 404),
    ],
)
def test_who_may_have_what(
    client: TestClient, side: Side, lab: str, who: str, verification: int, evidence: int, of_nothing: int
) -> None:
    thing = f"{side.kind}:{side.post(client)['id']}"
    asking = {
        "operator": operator(client),
        "owner": signed_in(client, side.owner),
        "another organisation": signed_in(client, lab if side.owner != lab else None),
        "anonymous": client,
    }[who]
    assert asking.get(VERIFICATION).status_code == verification
    assert asking.get(EVIDENCE, params={"thing": thing}).status_code == evidence
    assert asking.get(EVIDENCE, params={"thing": f"{side.kind}:nothing"}).status_code == of_nothing


@pytest.mark.parametrize("query", [{}, {"thing": "person:x"}, {"thing": "x" * 61}, {"thing": "need:x", "more": "1"}])
def test_what_is_no_matter_is_refused(client: TestClient, query: dict[str, str]) -> None:
    assert operator(client).get(EVIDENCE, params=query).status_code == 422
