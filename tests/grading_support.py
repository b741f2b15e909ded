"""A challenge whose answers are open, with graders around it, for tests of judging and deciding."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from policy_tables import at, on_platform
from sqlmodel import Session, select

from matcher import events, organisations
from matcher.accounts import accreditations, members, people
from matcher.accounts.accreditations import AccreditationDraft
from matcher.accounts.people import PersonDraft
from matcher.accounts.secrets import Secrets
from matcher.actors import COMMAND_LINE, Actor
from matcher.drafts import IndicatorTarget, Operator
from matcher.engine import answer_texts, challenge_moves
from matcher.engine.answer_drafts import AnswerDraft
from matcher.engine.challenge_drafts import ChallengeDraft, Criterion
from matcher.entities import (
    Answer,
    Assignment,
    Challenge,
    ChallengeInvitation,
    OrganisationKind,
    PlatformRole,
    Role,
    Round,
)
from matcher.grading import closing, grades
from matcher.grading.grades import GradeDraft, Score
from matcher.grading.measuring import Judged
from matcher.mechanisms import SHIPPED
from matcher.organisations import OrganisationDraft
from matcher.quantities.compare import Outcome
from matcher.states import AnswerState, ChallengeState

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OPERATOR = on_platform(PlatformRole.OPERATOR)
RUBRIC = [Criterion(key="novelty", name="新颖性", weight=1), Criterion(key="maturity", name="成熟度", weight=3)]
INDICATORS = [
    IndicatorTarget(name="表面残碱", operator=Operator.AT_MOST, value=800, unit="ppm"),
    IndicatorTarget(name="首次效率", operator=Operator.AT_LEAST, value=89, unit="%", must=False),
]

_names = itertools.count(1)


def organisation(session: Session, kind: OrganisationKind = OrganisationKind.LAB) -> str:
    draft = OrganisationDraft(kind=kind, name=f"单位{next(_names)}")
    return organisations.admit(session, COMMAND_LINE, draft).id


def person(session: Session, *organisation_ids: str, name: str = "") -> str:
    number = next(_names)
    draft = PersonDraft(email=f"grader{number}@example.org", name=name or f"专家{number}")
    made = people.register(session, COMMAND_LINE, draft, password_hash="", confirmed=NOON)
    for id in organisation_ids:
        members.set_roles(session, COMMAND_LINE, id, made.id, [Role.RESEARCHER])
    return made.id


def as_person(id: str) -> Actor:
    return Actor(f"person:{id}", person_id=id)


@dataclass
class Stage:
    """A challenge being graded: a setter, answers of as many labs, and graders."""

    challenge: Challenge
    setter: Actor
    answers: list[Answer]
    graders: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.challenge.id

    def lab(self, number: int) -> Actor:
        return at(self.answers[number - 1].organisation_id, Role.MANAGER)

    def add_grader(self, session: Session, *organisation_ids: str, **given: Any) -> str:
        id = person(session, *organisation_ids)
        draft = AccreditationDraft(role=PlatformRole.GRADER, **given)
        accreditations.grant(session, COMMAND_LINE, id, draft)
        self.graders.append(id)
        return id

    def put(self, session: Session, number: int, grader: str) -> str:
        """An answer on a grader's desk, without a draw."""
        answer = self.answers[number - 1]
        made = Assignment(answer_id=answer.id, round=answer.round, person_id=grader, assigned_at=NOON)
        session.add(made)
        session.flush()
        return made.id

    def grade(self, session: Session, number: int, *scores: float) -> None:
        """Submitted grades of so many graders, the same score for every criterion."""
        while len(self.graders) < len(scores):
            self.add_grader(session)
        for grader, score in zip(self.graders, scores, strict=False):
            assignment = self.put(session, number, grader)
            grades.save(session, as_person(grader), assignment, whole(score), at=NOON)
            grades.submit(session, as_person(grader), assignment, at=NOON)

    def graded(self, session: Session, *scores: Sequence[float] | float) -> None:
        """Every answer with its grades, in the order of their numbers, and the round closed."""
        for number, given in enumerate(scores, start=1):
            self.grade(session, number, *([given] if isinstance(given, int | float) else given))
        closing.close(session, self.setter, self.id, at=NOON)


def whole(score: float, **given: Any) -> GradeDraft:
    """A grade with everything that is insisted on."""
    scores = {criterion.key: Score(score=score, reason="依据") for criterion in RUBRIC}
    judged = [Judged(indicator=0, outcome=Outcome.MET, reason="检测报告")]
    return GradeDraft(**{"scores": scores, "indicators": judged, **given})


def stage(
    session: Session,
    answers: int = 3,
    mechanism: str = "open_challenge",
    *,
    state: ChallengeState = ChallengeState.GRADING,
    answers_of: Sequence[str] = (),
    **first_round: Any,
) -> Stage:
    company = organisation(session, OrganisationKind.COMPANY)
    rules = SHIPPED[mechanism]
    content = ChallengeDraft(
        title="残碱控制", mechanism=mechanism, need_ids=["none"], rubric=RUBRIC, indicators=INDICATORS
    )
    challenge = Challenge(
        organisation_id=company,
        state=state,
        mechanism=mechanism,
        rules=challenge_moves.rules_of(rules),
        title=content.title,
        content=content.model_dump(mode="json"),
        field="new_materials.metals",
        budget=Decimal(1000),
        deadline=NOON - DAY,
        published_at=NOON - 50 * DAY,
    )
    session.add(challenge)
    session.flush()
    for number, rule in enumerate(rules.rounds, start=1):
        given = {"goes_on": rule.goes_on} | (first_round if number == 1 else {})
        deadline = NOON - DAY + 60 * (number - 1) * DAY
        session.add(Round(challenge_id=challenge.id, number=number, deadline=deadline, **given))
    labs = list(answers_of) or [organisation(session) for _ in range(answers)]
    made = [
        Answer(
            challenge_id=challenge.id,
            organisation_id=lab,
            number=number,
            state=AnswerState.ADMITTED,
            handed_in_at=NOON - 2 * DAY,
        )
        for number, lab in enumerate(labs, start=1)
    ]
    session.add_all(made)
    session.flush()
    return Stage(challenge, at(company, Role.MANAGER), made)


def invite(session: Session, challenge: Challenge, organisation_id: str) -> Actor:
    """A manager of an organisation that is invited to invest."""
    session.add(ChallengeInvitation(challenge_id=challenge.id, organisation_id=organisation_id, invests=True))
    session.flush()
    return at(organisation_id, Role.MANAGER)


def history(session: Session, challenge: Challenge) -> list[str]:
    return [event.action for event in events.of_thing(session, f"challenge:{challenge.id}")]


def opened_text(session: Session, secrets: Secrets, answer: Answer) -> dict[str, str]:
    """What an answer says, as if its round had been opened, with two files; returns their ids by their names."""
    rounds = select(Round).where(Round.challenge_id == answer.challenge_id, Round.number == answer.round)
    session.exec(rounds).one().opened_at = NOON
    lab = organisations.get(session, answer.organisation_id).name
    contents = answer_texts.new(answer, AnswerDraft(title=f"{lab}的包覆"))
    contents.files = [
        answer_texts.add_file(session, answer, name, "text/plain", b"curve", anonymous=anonymous, at=NOON)
        for name, anonymous in (("named.txt", False), ("anonymous.txt", True))
    ]
    answer_texts.write(session, secrets, answer, contents, at=NOON, handed_in=True)
    return {file.name: file.id for file in contents.files}
