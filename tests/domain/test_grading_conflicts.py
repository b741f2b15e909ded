"""Nobody grades where they have a conflict of interest, however it comes about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databases import ON_BOTH
from grading_support import NOON, OPERATOR, Stage, as_person, history, organisation, person, stage, whole
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matcher.accounts import members
from matcher.actors import COMMAND_LINE
from matcher.entities import Assignment, ConflictKind, Partner, Role
from matcher.errors import Forbidden, NotAllowed, NotFound
from matcher.grading import closing, conflicts, desks, drawing, grades, trials
from matcher.grading.conflicts import ConflictDraft, Declaration
from matcher.grading.drawing import DrawDraft, Impossible
from matcher.grading.trials import TrialDraft
from matcher.states import AnswerState, AssignmentState


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


@pytest.fixture
def staged(session: Session) -> Stage:
    return stage(session)


def barred(session: Session, staged: Stage, *, teams: conflicts.Teams | None = None) -> set[tuple[int, str]]:
    numbers = {answer.id: answer.number for answer in staged.answers}
    found = conflicts.between(session, staged.challenge, staged.answers, staged.graders, teams)
    return {(numbers[answer], kind.value) for (answer, _), kind in found.items()}


OWN, RIVAL = "own_organisation", "rival"


@pytest.mark.parametrize(
    ("belongs_to", "expected"),
    [
        ("lead", {(1, OWN), (2, RIVAL), (3, RIVAL)}),
        ("partner", {(1, RIVAL), (2, OWN), (3, RIVAL)}),
        ("nobody", set()),
    ],
)
def test_people_of_whoever_answers_judge_neither_their_own_answer_nor_their_rivals(
    session: Session, staged: Stage, belongs_to: str, expected: set[tuple[int, str]]
) -> None:
    ids = {"lead": staged.answers[0].organisation_id, "partner": organisation(session), "nobody": organisation(session)}
    session.add(Partner(answer_id=staged.answers[1].id, organisation_id=ids["partner"]))
    staged.add_grader(session, ids[belongs_to])
    assert barred(session, staged) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (AnswerState.ELIMINATED, {(2, RIVAL), (3, RIVAL)}),
        (AnswerState.ADMITTED, {(2, RIVAL), (3, RIVAL)}),
        (AnswerState.WITHDRAWN, set()),
        (AnswerState.LAPSED, set()),
    ],
)
def test_only_who_gave_up_is_nobodys_rival(
    session: Session, staged: Stage, state: AnswerState, expected: set[tuple[int, str]]
) -> None:
    first, *others = staged.answers
    staged.add_grader(session, first.organisation_id)
    first.state = state
    found = conflicts.between(session, staged.challenge, others, staged.graders)
    assert {(answer.number, found[answer.id, staged.graders[0]].value) for answer in others if found} == expected


def test_a_rival_is_neither_drawn_nor_asked_to_try_it_out(session: Session, staged: Stage) -> None:
    rival = staged.add_grader(session, staged.answers[0].organisation_id)
    [told] = drawing.candidates(session, OPERATOR, staged.id)
    assert told.barred == {1: OWN, 2: RIVAL, 3: RIVAL}
    found = drawing.draw(session, OPERATOR, staged.id, DrawDraft(each=1, industry_share=0, reason="人少"), at=NOON)
    assert isinstance(found, Impossible)
    assert [reason.answer for reason in found.reasons] == [1, 2, 3]
    with pytest.raises(Forbidden, match="conflict of interest"):
        trials.name_user(session, staged.setter, staged.answers[1].id, TrialDraft(person_id=rival), at=NOON)


def test_who_joins_a_rival_after_the_draw_grades_no_more(session: Session, staged: Stage) -> None:
    grader = staged.add_grader(session)
    assignment = staged.put(session, 2, grader)
    members.set_roles(session, COMMAND_LINE, staged.answers[0].organisation_id, grader, [Role.RESEARCHER])
    with pytest.raises(Forbidden, match="conflict of interest"):
        grades.save(session, as_person(grader), assignment, whole(1), at=NOON)


def test_the_setter_s_own_people_may_grade(session: Session, staged: Stage) -> None:
    staged.add_grader(session, staged.challenge.organisation_id)
    assert barred(session, staged) == set()


def test_somebody_named_in_the_team(session: Session, staged: Stage) -> None:
    staged.graders.append(person(session, name="Wang Xiaoming"))
    team = {staged.answers[2].id: ["wang  xiaoming", "李雷"]}
    assert barred(session, staged, teams=lambda *_: team) == {(3, "co_author")}


def test_a_recorded_one_recalls_what_is_on_the_desk_a_submitted_grade_included(session: Session, staged: Stage) -> None:
    grader = staged.add_grader(session)
    for number in (1, 2):
        staged.put(session, number, grader)
    first = session.exec(select(Assignment).where(Assignment.answer_id == staged.answers[0].id)).one()
    grades.save(session, as_person(grader), first.id, whole(80), at=NOON)
    grades.submit(session, as_person(grader), first.id, at=NOON)
    draft = ConflictDraft(
        person_id=grader, organisation_id=staged.answers[0].organisation_id, kind=ConflictKind.CO_AUTHOR
    )
    conflicts.record(session, staged.setter, staged.id, draft, at=NOON)
    states = {one.answer_id: one.state for one in session.exec(select(Assignment))}
    assert [states[answer.id] for answer in staged.answers[:2]] == [AssignmentState.RECALLED, AssignmentState.ASSIGNED]
    assert history(session, staged.challenge)[-2:] == ["conflict.recorded", "assignment.recall"]
    assert [one.kind for one in conflicts.listed(session, OPERATOR, staged.id)] == [ConflictKind.CO_AUTHOR]


def test_who_declares_one_has_declined_at_once_and_gets_it_never_again(session: Session, staged: Stage) -> None:
    grader = staged.add_grader(session)
    assignment = staged.put(session, 1, grader)
    other = staged.put(session, 2, grader)
    conflicts.decline(session, as_person(grader), assignment, conflict=True, reason="师兄弟", at=NOON)
    assert session.get_one(Assignment, assignment).state is AssignmentState.DECLINED
    assert session.get_one(Assignment, other).state is AssignmentState.ASSIGNED
    assert barred(session, staged) == {(1, "declared")}
    found = drawing.draw(session, OPERATOR, staged.id, DrawDraft(each=1, industry_share=0, reason="人少"), at=NOON)
    assert isinstance(found, Impossible)
    assert [reason.answer for reason in found.reasons] == [1]


def test_one_may_be_declared_beforehand(session: Session, staged: Stage) -> None:
    grader = staged.add_grader(session)
    lab = staged.answers[0].organisation_id
    conflicts.declare(session, as_person(grader), grader, Declaration(organisation_id=lab), at=NOON)
    assert barred(session, staged) == {(1, "declared")}
    assert barred(session, stage(session, answers_of=[lab])) == set()  # of no grader of that stage
    with pytest.raises(NotFound):
        conflicts.declare(session, as_person("mei"), grader, Declaration(organisation_id=lab), at=NOON)


@pytest.mark.parametrize("named", ["who wrote one", "who answers elsewhere"])
@pytest.mark.parametrize("everywhere", [True, False])
def test_a_blind_grader_learns_nothing_by_naming_one_organisation_or_another(
    session: Session, staged: Stage, named: str, everywhere: bool
) -> None:
    """All that lies on the desk goes, the grades that were submitted too, whichever is named."""
    grader = staged.add_grader(session)
    first, second = (staged.put(session, number, grader) for number in (1, 2))
    grades.save(session, as_person(grader), second, whole(80), at=NOON)
    grades.submit(session, as_person(grader), second, at=NOON)
    seen = stage(session, 1, "innovation_challenge")
    open_to_see = seen.put(session, 1, grader)
    organisation_id = staged.answers[0].organisation_id if named == "who wrote one" else organisation(session)
    said = Declaration(organisation_id=organisation_id, challenge_id=None if everywhere else staged.id)
    conflicts.declare(session, as_person(grader), grader, said, at=NOON)
    assert [session.get_one(Assignment, id).state.value for id in (first, second, open_to_see)] == [
        "declined", "declined", "assigned"
    ]  # fmt: skip
    assert history(session, staged.challenge)[-2:] == ["assignment.decline"] * 2


def test_who_knows_whose_the_answers_are_declines_those_of_the_organisation_alone(session: Session) -> None:
    seen = stage(session, 2, "innovation_challenge")
    grader = seen.add_grader(session)
    first, second = (seen.put(session, number, grader) for number in (1, 2))
    said = Declaration(organisation_id=seen.answers[0].organisation_id)
    conflicts.declare(session, as_person(grader), grader, said, at=NOON)
    assert [session.get_one(Assignment, id).state.value for id in (first, second)] == ["declined", "assigned"]


def test_an_answer_declined_for_another_reason_bars_from_nothing_else(session: Session, staged: Stage) -> None:
    grader = staged.add_grader(session)
    conflicts.decline(session, as_person(grader), staged.put(session, 1, grader), conflict=False, at=NOON)
    assert barred(session, staged) == set()


def test_somebody_who_joins_the_lab_after_the_draw_grades_no_more(session: Session, staged: Stage) -> None:
    for number in (1, 2, 3):
        staged.grade(session, number, 80)
    [grader] = staged.graders
    members.set_roles(session, COMMAND_LINE, staged.answers[0].organisation_id, grader, [Role.RESEARCHER])
    assignment = session.exec(select(Assignment).where(Assignment.answer_id == staged.answers[0].id)).one()
    with pytest.raises(NotAllowed, match="^Grades of answers 1, 2, 3 are by somebody who has a conflict"):
        closing.close(session, staged.setter, staged.id, at=NOON)
    grades.reopen(session, as_person(grader), assignment.id, at=NOON)
    for change in (lambda: grades.save(session, as_person(grader), assignment.id, whole(1), at=NOON),
                   lambda: grades.submit(session, as_person(grader), assignment.id, at=NOON)):  # fmt: skip
        with pytest.raises(Forbidden, match="conflict of interest"):
            change()


def test_others_neither_record_nor_read_conflicts(session: Session, staged: Stage) -> None:
    draft = ConflictDraft(person_id=staged.add_grader(session), organisation_id=staged.answers[0].organisation_id)
    with pytest.raises(Forbidden):
        conflicts.record(session, staged.lab(2), staged.id, draft, at=NOON)
    with pytest.raises(Forbidden):
        conflicts.listed(session, staged.lab(1), staged.id)


@ON_BOTH
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nobody_grades_where_they_have_a_conflict(engine: Engine, data: st.DataObject) -> None:
    """Whatever the draw, whoever declares what in between, and however often is drawn."""
    with Session(engine) as session:
        staged = stage(session, data.draw(st.integers(1, 4)))
        labs = [answer.organisation_id for answer in staged.answers]
        behind = {answer.id: {answer.organisation_id} for answer in staged.answers}
        if data.draw(st.booleans()):
            session.add(Partner(answer_id=staged.answers[0].id, organisation_id=labs[-1]))
            session.flush()
            behind[staged.answers[0].id].add(labs[-1])
        barred: set[tuple[str, str]] = set()
        homes = st.lists(st.sampled_from([*labs, staged.challenge.organisation_id]), max_size=2, unique=True)
        for _ in range(data.draw(st.integers(1, 5))):
            belongs = data.draw(homes)
            grader = staged.add_grader(session, *belongs, workload=data.draw(st.sampled_from([None, 1, 3])))
            barred |= {(grader, lab) for lab in labs if set(belongs) & set(labs)}
        for _ in range(data.draw(st.integers(1, 4))):
            match data.draw(st.sampled_from(["draw", "record", "decline"])):
                case "draw":
                    wanted = DrawDraft(each=data.draw(st.integers(1, 2)), industry_share=0, reason="人少")
                    drawing.draw(session, OPERATOR, staged.id, wanted, at=NOON)
                case "record":
                    grader, lab = data.draw(st.sampled_from(staged.graders)), data.draw(st.sampled_from(labs))
                    known = ConflictDraft(person_id=grader, organisation_id=lab)
                    conflicts.record(session, staged.setter, staged.id, known, at=NOON)
                    barred.add((grader, lab))
                case "decline" if standing := _standing(session):
                    one = data.draw(st.sampled_from(standing))
                    conflicts.decline(session, as_person(one.person_id), one.id, conflict=True, at=NOON)
                    barred |= {(one.person_id, lab) for lab in behind[one.answer_id]}
            for one in _standing(session):
                assert not any((one.person_id, lab) in barred for lab in behind[one.answer_id])
        session.rollback()


def _standing(session: Session) -> list[Assignment]:
    standing = select(Assignment).where(col(Assignment.state).in_(desks.STANDING))
    return list(session.exec(standing.order_by(col(Assignment.id))))
