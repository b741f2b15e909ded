"""A challenge being graded in a served home: laid down row by row, since answering it has routes of its own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fastapi.testclient import TestClient
from grading_support import Stage, organisation, stage
from sqlmodel import Session
from web_support import by_token, engine_of, signed_in

from matcher.entities import Commitment, Objection, OrganisationKind, Trial
from matcher.sessions import writing


@dataclass
class Judging:
    """The challenge, and those around it as they see the API."""

    client: TestClient
    staged: Stage

    @property
    def path(self) -> str:
        return f"/api/v1/challenges/{self.staged.id}"

    def answer(self, number: int) -> str:
        return f"/api/v1/answers/{self.staged.answers[number - 1].id}"

    @property
    def setter(self) -> TestClient:
        return signed_in(self.client, self.staged.challenge.organisation_id)

    def lab(self, number: int) -> TestClient:
        return signed_in(self.client, self.staged.answers[number - 1].organisation_id)

    def person(self, id: str) -> TestClient:
        return by_token(self.client, id)


def judging(client: TestClient, answers: int = 2, mechanism: str = "open_challenge", graders: int = 2) -> Judging:
    with writing(engine_of(client)) as session:
        session.expire_on_commit = False
        staged = stage(session, answers, mechanism)
        for _ in range(graders):
            staged.add_grader(session)
    return Judging(client, staged)


def one_of_each(session: Session, grader: str) -> dict[str, str]:
    """Ids by the name that stands before them in paths, of a challenge in which somebody grades and tries."""
    staged = stage(session, 1)
    answer = staged.answers[0]
    investor = organisation(session, OrganisationKind.COMPANY)
    trial = Trial(answer_id=answer.id, person_id=grader, round=1)
    objection = Objection(challenge_id=staged.id, organisation_id=answer.organisation_id, round=1, text="甲")
    commitment = Commitment(answer_id=answer.id, organisation_id=investor, amount=Decimal(1), actor="person:a")
    session.add_all([trial, objection, commitment])
    session.flush()
    return {
        "challenges": staged.id,
        "answers": answer.id,
        "assignments": staged.put(session, 1, grader),
        "trials": trial.id,
        "objections": objection.id,
        "commitments": commitment.id,
    }
