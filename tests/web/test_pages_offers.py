"""The pages of a negotiation: offer, counter-offer, agreement, with every version of the terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from awards_support import scene
from fastapi.testclient import TestClient
from pages_support import filled, page, send, told, words
from web_support import engine_of, served, visitor
from words_encoder import WordsEncoder

from api.settings import Settings
from matcher.entities import ChallengeInvitation
from matcher.sessions import writing
from matcher.states import AnswerState, ChallengeState


@dataclass
class Table:
    """The two sides of a directed commission, and somebody else."""

    setter: TestClient
    lab: TestClient
    stranger: TestClient
    path: str
    challenge: str


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    settings = Settings(home=tmp_path / "home", attempt_rate="100000/second", _env_file=None)
    with served(settings, WordsEncoder()) as client:
        with writing(engine_of(client)) as session:
            made = scene(
                session,
                mechanism="directed_commission",
                state=ChallengeState.GRADING,
                answer_state=AnswerState.ADMITTED,
            )
            session.add(ChallengeInvitation(challenge_id=made.challenge.id, organisation_id=made.lab.organisation_id))
            ids = [actor.organisation_id for actor in (made.setter, made.lab, made.stranger)]
            path, challenge = f"/answers/{made.answer.id}/offers", f"/challenges/{made.challenge.id}"
        setter, lab, stranger = (visitor(client, id) for id in ids)
        yield Table(setter, lab, stranger, path, challenge)


def test_terms_go_back_and_forth_until_one_side_agrees(table: Table) -> None:
    begun = filled(page(table.setter, table.path)) | {
        "terms.milestones.0.title": ["小试"],
        "terms.milestones.0.amount": ["900000"],
        "terms.benefit_shares.0.party": ["实验室"],
        "terms.benefit_shares.0.share": ["0.3"],
        "message": ["含税"],
    }
    assert begun["terms.amount"] == ["900000.00"]
    for _ in range(2):
        assert told(send(table.setter, table.path, begun)) == "Your offer is with the other side."
    assert "The offer is with the other side." in words(page(table.setter, table.path))
    theirs = page(table.lab, table.path)
    counter = filled(theirs, 2) | {"terms.amount": ["950000"], "terms.milestones.0.amount": ["950000"]}
    assert counter["terms.benefit_shares.0.party"] == ["实验室"]
    assert send(table.lab, table.path, counter).status_code == 303
    shown = page(table.setter, table.path)
    assert "Offer 2, of the answerer" in words(shown)
    assert "含税" in shown
    [agreement] = [one for one in shown.split('"') if one.endswith("/agreement")]
    assert send(table.lab, agreement).status_code == 409
    assert told(send(table.setter, agreement)).startswith("Agreed.")
    assert "agreed" in words(page(table.lab, table.path))
    assert table.path in page(table.setter, table.challenge)


def test_an_offer_that_does_not_add_up_comes_back_filled(table: Table) -> None:
    sent = filled(page(table.setter, table.path)) | {
        "terms.milestones.0.title": ["小试"],
        "terms.milestones.0.amount": ["1"],
        "terms.subject": ["残碱控制"],
    }
    refused = send(table.setter, table.path, sent)
    assert (refused.status_code, 'value="残碱控制"' in refused.text) == (422, True)
    assert "the milestones pay" in words(refused.text)
    more = send(table.setter, table.path, {**sent, "_more": "terms.milestones"})
    assert (more.status_code, "terms.milestones.1.title" in more.text) == (200, True)


def test_a_negotiation_is_for_its_two_sides_alone(table: Table) -> None:
    page(table.stranger, table.path, status=404)
