"""Answers that are written for a further round: what is told of them to others, and that none begins there."""

from __future__ import annotations

from typing import Any

import pytest
from grading_support import DAY, NOON, OPERATOR, Stage, organisation, stage
from policy_tables import at
from sqlalchemy import Engine
from sqlmodel import Session, select

from matcher.accounts.secrets import Secrets
from matcher.answers import drafting, reading
from matcher.entities import Partner, Role, Round
from matcher.errors import NotAllowed
from matcher.grading import eliminations
from matcher.grading.eliminations import EliminationDraft
from matcher.states import AnswerState, ChallengeState

OPENED = NOON - DAY


@pytest.fixture
def session(engine: Engine) -> Any:
    with Session(engine) as opened:
        yield opened


def in_the_second_round(session: Session, *, stood: str) -> Stage:
    """A race whose only answer has gone on, and has changed its partner since."""
    staged = stage(session, 1, "race", goes_on=1)
    [answer] = staged.answers
    session.add(Partner(answer_id=answer.id, organisation_id=stood))
    session.exec(select(Round).where(Round.challenge_id == staged.id, Round.number == 1)).one().opened_at = OPENED
    staged.graded(session, 90)
    rehearsed = eliminations.rehearse(session, staged.setter, staged.id, at=NOON)
    eliminations.eliminate(session, staged.setter, staged.id, EliminationDraft(rehearsed=rehearsed.digest), at=NOON)
    session.delete(session.get_one(Partner, (answer.id, stood)))
    return staged


def test_who_was_named_since_is_known_to_the_consortium_alone_until_the_round_is_opened(session: Session) -> None:
    stood, joined = organisation(session), organisation(session)
    staged = in_the_second_round(session, stood=stood)
    [answer] = staged.answers
    session.add(Partner(answer_id=answer.id, organisation_id=joined))
    session.flush()
    before = {
        "state": AnswerState.DRAFT, "version": 1, "updated_at": OPENED, "handed_in_at": None, "partners": [stood]
    }  # fmt: skip
    for state in (ChallengeState.ANSWERING, ChallengeState.SEALED):
        staged.challenge.state = state
        for other in (staged.setter, OPERATOR):
            assert reading.as_told(session, other, answer) == before
        for own in (staged.lab(1), at(joined, Role.MANAGER)):
            assert reading.as_told(session, own, answer) == {"partners": [joined]}
    staged.challenge.state, answer.state = ChallengeState.GRADING, AnswerState.ADMITTED
    assert reading.as_told(session, staged.setter, answer) == {"partners": [joined]}


def test_who_is_no_longer_named_is_not_told_either(session: Session) -> None:
    stood = organisation(session)
    staged = in_the_second_round(session, stood=stood)
    assert reading.as_told(session, staged.setter, staged.answers[0])["partners"] == [stood]
    assert reading.as_told(session, staged.lab(1), staged.answers[0]) == {"partners": []}


def test_nobody_starts_an_answer_in_a_further_round(session: Session) -> None:
    staged = in_the_second_round(session, stood=organisation(session))
    late = at(organisation(session), Role.MANAGER)
    with pytest.raises(NotAllowed, match="^Answers are started in the first round, and this is round 2.$"):
        drafting.start(session, Secrets(bytes(32)), late, staged.id, at=NOON)
