"""The people who may be asked to grade, how much they can take, and how well an answer suits them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func
from sqlmodel import Session, col, select

from embeddings.base import Encoder
from matcher import fields
from matcher.entities import (
    Accreditation,
    Answer,
    Assignment,
    Challenge,
    Membership,
    Organisation,
    OrganisationKind,
    Person,
    PlatformRole,
)
from matcher.states import AssignmentState, ChallengeState

_ANY_FIELD = 0.6
"""Of who knows any field: somewhat better than who knows a neighbouring one."""


@dataclass(frozen=True, slots=True)
class Grader:
    """A person with the platform role of a grader, whose account is in use."""

    person_id: str
    name: str
    fields: tuple[str, ...]
    """Codes of the field tree; empty: any."""
    workload: int | None
    """Answers that may wait on them at a time; None: no limit of their own."""
    waiting: int
    """Answers that wait on them now, in all challenges."""
    from_industry: bool
    """Belongs to a company."""

    def room(self, most: int) -> int:
        """How many further answers they can take, of `most` here at all."""
        return max(0, min(most, most if self.workload is None else self.workload - self.waiting))


Similarity = Callable[[Sequence[Answer], Sequence[Grader]], NDArray[np.float64]]
"""How near each answer's text is to what each grader knows, 0 to 1: answers are rows."""


def graders(session: Session, person_ids: Collection[str] | None = None) -> list[Grader]:
    """All of them, or those of these ids, in the order in which they came."""
    query = (
        select(Person, Accreditation)
        .join(Accreditation)
        .where(
            Accreditation.role == PlatformRole.GRADER,
            col(Person.disabled_at).is_(None),
            col(Person.erased_at).is_(None),
        )
        .order_by(col(Person.id))
    )
    if person_ids is not None:
        query = query.where(col(Person.id).in_(person_ids))
    waiting = _waiting(session)
    industry = set(
        session.exec(
            select(Membership.person_id).join(Organisation).where(Organisation.kind == OrganisationKind.COMPANY)
        )
    )
    return [
        Grader(
            person.id,
            person.name,
            tuple(given.fields),
            given.workload,
            waiting.get(person.id, 0),
            person.id in industry,
        )
        for person, given in session.exec(query)
    ]


def _waiting(session: Session) -> dict[str, int]:
    """In rounds that are being graded: a challenge that was called off leaves nothing to do."""
    query = (
        select(Assignment.person_id, func.count())
        .join(Answer, col(Answer.id) == col(Assignment.answer_id))
        .join(Challenge, col(Challenge.id) == col(Answer.challenge_id))
        .where(
            Assignment.state == AssignmentState.ASSIGNED,
            Challenge.state == ChallengeState.GRADING,
            Assignment.round == Challenge.round,
        )
    )
    return dict(session.exec(query.group_by(col(Assignment.person_id))).all())


def fitness(
    field: str | None, answers: Sequence[Answer], graders: Sequence[Grader], similarity: Similarity | None
) -> NDArray[np.float64]:
    """0 to 1: the challenge's field against the grader's, and as much again the texts where they can be compared."""
    by_field = np.tile([_by_field(field, grader.fields) for grader in graders], (len(answers), 1))
    if similarity is None:
        return by_field
    compared = np.clip(similarity(answers, graders), 0.0, 1.0)
    found: NDArray[np.float64] = (by_field + compared) / 2
    return found


def _by_field(field: str | None, known: Sequence[str]) -> float:
    if not known or field is None:
        return _ANY_FIELD
    return max(fields.related(field, code) for code in known)


def by_texts(encoder: Encoder, texts: Mapping[str, str]) -> Similarity:
    """Compares what answers say, by their ids, with the names of the fields that graders know.

    Graders of any field, and answers of which no text is given, are neither near nor far. The texts are
    encoded here and now, so that nobody has to wait for it while graders are drawn.
    """
    said = dict(zip(texts, encoder.encode_documents(list(texts.values())), strict=True)) if texts else {}

    def similarity(answers: Sequence[Answer], graders: Sequence[Grader]) -> NDArray[np.float64]:
        found = np.full((len(answers), len(graders)), _ANY_FIELD)
        rows = [row for row, answer in enumerate(answers) if answer.id in said]
        columns = [column for column, grader in enumerate(graders) if grader.fields]
        if rows and columns:
            known = encoder.encode_queries([_knows(graders[column]) for column in columns])
            found[np.ix_(rows, columns)] = np.stack([said[answers[row].id] for row in rows]) @ known.T
        return found

    return similarity


def _knows(grader: Grader) -> str:
    named = (fields.by_code()[code] for code in grader.fields)
    return "; ".join(" ".join((field.zh, field.en, *field.aliases)) for field in named)
