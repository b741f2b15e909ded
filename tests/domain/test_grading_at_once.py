"""Decisions at the same moment end as one of the two orders, on every database."""

from __future__ import annotations

from at_once import at_once
from databases import ON_BOTH
from grading_support import DAY, NOON, Stage, as_person, stage, whole
from sqlalchemy import Engine
from sqlmodel import Session, select

from matcher import events
from matcher.entities import Answer, Assignment, Challenge, Decided, Elimination
from matcher.grading import closing, determinations, drawing, eliminations, grades
from matcher.grading.determinations import DecisionDraft
from matcher.grading.drawing import DrawDraft
from matcher.grading.eliminations import EliminationDraft
from matcher.sessions import reading, writing
from matcher.states import AnswerState, AssignmentState, ChallengeState

pytestmark = ON_BOTH


def set_up(engine: Engine, mechanism: str, *scores: float) -> Stage:
    """Kept readable after the transaction: its rows are looked up again by id."""
    with writing(engine) as session:
        session.expire_on_commit = False
        staged = stage(session, len(scores) or 2, mechanism)
        if scores:
            staged.graded(session, *scores)
    return staged


def test_two_eliminations_are_one(engine: Engine) -> None:
    staged = set_up(engine, "race", 90, 80, 70)
    with reading(engine) as session:
        digest = eliminations.rehearse(session, staged.setter, staged.id, at=NOON).digest
    draft = EliminationDraft(rehearsed=digest)

    def eliminate(session: Session) -> None:
        eliminations.eliminate(session, staged.setter, staged.id, draft, at=NOON)

    assert at_once(engine, eliminate, eliminate) == ["NotAllowed", "done"]
    with reading(engine) as session:
        assert len(session.exec(select(Elimination)).all()) == 1
        assert session.get_one(Challenge, staged.id).round == 2
        assert {answer.round for answer in session.exec(select(Answer))} == {2}


def test_an_elimination_and_its_reversal_in_two_windows(engine: Engine) -> None:
    """The reversal comes too early, or undoes it: both are whole."""
    staged = set_up(engine, "race", 90, 80, 70)
    with reading(engine) as session:
        digest = eliminations.rehearse(session, staged.setter, staged.id, at=NOON).digest
    draft = EliminationDraft(rehearsed=digest)
    told = at_once(
        engine,
        lambda session: eliminations.eliminate(session, staged.setter, staged.id, draft, at=NOON),
        lambda session: eliminations.reverse(session, staged.setter, staged.id, reason="a", at=NOON + DAY),
    )
    with reading(engine) as session:
        challenge = session.get_one(Challenge, staged.id)
        states = {answer.state for answer in session.exec(select(Answer))}
    if told == ["done", "done"]:
        assert (challenge.state, challenge.round, states) == (ChallengeState.DECIDING, 1, {AnswerState.ADMITTED})
    else:
        assert told == ["NotAllowed", "done"]
        assert (challenge.state, challenge.round, states) == (ChallengeState.ANSWERING, 2, {AnswerState.DRAFT})


def test_two_determinations_are_one(engine: Engine) -> None:
    staged = set_up(engine, "open_challenge", 90, 80)
    with writing(engine) as session:
        for answer, decided in zip(staged.answers, (Decided.SELECTED, Decided.ELIMINATED), strict=True):
            draft = DecisionDraft(decided=decided, reason="依据评分")
            determinations.decide(session, staged.setter, answer.id, draft, at=NOON)

    def determine(session: Session) -> None:
        determinations.determine(session, staged.setter, staged.id, at=NOON)

    assert at_once(engine, determine, determine) == ["NotAllowed", "done"]
    with reading(engine) as session:
        told = [one.action for one in events.of_thing(session, f"challenge:{staged.id}")]
    assert told.count("challenge.determine") == 1


def test_two_draws_put_each_answer_once_on_as_many_desks(engine: Engine) -> None:
    staged = set_up(engine, "open_challenge")
    with writing(engine) as session:
        for _ in range(4):
            staged.add_grader(session)

    def draw(session: Session) -> None:
        drawing.draw(session, staged.setter, staged.id, DrawDraft(each=2, industry_share=0, reason="人少"), at=NOON)

    assert at_once(engine, draw, draw) == ["done", "done"]
    with reading(engine) as session:
        assert len(session.exec(select(Assignment)).all()) == 4


def test_a_last_grade_and_the_closing_end_as_one_of_the_two_orders(engine: Engine) -> None:
    staged = set_up(engine, "open_challenge")
    with writing(engine) as session:
        staged.grade(session, 1, 80)
        grader = staged.graders[0]
        waiting = staged.put(session, 2, grader)
        grades.save(session, as_person(grader), waiting, whole(70), at=NOON)
    told = at_once(
        engine,
        lambda session: grades.submit(session, as_person(grader), waiting, at=NOON),
        lambda session: closing.close(session, staged.setter, staged.id, at=NOON),
    )
    with reading(engine) as session:
        closed = session.get_one(Challenge, staged.id).state is ChallengeState.DECIDING
        submitted = session.get_one(Assignment, waiting).state is AssignmentState.SUBMITTED
    assert submitted
    assert closed is (told == ["done", "done"])
