"""Drawing graders, grading, and what is private until the round closes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from databases import ON_BOTH
from grading_support import DAY, NOON, OPERATOR, RUBRIC, Stage, as_person, history, organisation, stage, whole
from sqlalchemy import Engine
from sqlmodel import Session, select
from words_encoder import WordsEncoder

from matcher import events
from matcher.actors import ANONYMOUS, COMMAND_LINE
from matcher.entities import Assignment, ChallengeVersion, OrganisationKind
from matcher.errors import Forbidden, Invalid, NotAllowed, NotFound, StaleVersion
from matcher.grading import closing, conflicts, desks, drawing, grades, pool, standings
from matcher.grading.assignment import Rule
from matcher.grading.conflicts import Declaration
from matcher.grading.drawing import DrawDraft, Impossible
from matcher.grading.grades import GradeDraft, Score
from matcher.grading.measuring import Judged
from matcher.quantities.compare import Outcome
from matcher.states import AssignmentState, ChallengeState


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


@pytest.fixture
def staged(session: Session) -> Stage:
    return stage(session)


def pool_of(session: Session, staged: Stage, count: int, industry: int = 1) -> None:
    company = organisation(session, OrganisationKind.COMPANY)
    for number in range(count):
        staged.add_grader(session, *([company] if number < industry else []))


# -- drawing ---------------------------------------------------------------------------------------


@ON_BOTH
def test_every_answer_gets_as_many_graders_as_the_mechanism_says_and_one_from_industry(
    session: Session, staged: Stage
) -> None:
    pool_of(session, staged, 6, industry=2)
    drawn = drawing.draw(session, staged.setter, staged.id, DrawDraft(), at=NOON)
    assert not isinstance(drawn, Impossible)
    assert Counter(one.answer_id for one in drawn) == {answer.id: 3 for answer in staged.answers}
    from_industry = Counter(one.answer_id for one in drawn if one.person_id in staged.graders[:2])
    assert all(from_industry[answer.id] >= 1 for answer in staged.answers)
    assert history(session, staged.challenge) == ["assignment.drawn"]
    assert drawing.draw(session, staged.setter, staged.id, DrawDraft(), at=NOON) == []


def test_a_second_draw_fills_up_what_was_declined_and_recalled(session: Session, staged: Stage) -> None:
    pool_of(session, staged, 5)
    draft = DrawDraft(each=2, industry_share=0, reason="人少")
    drawn = drawing.draw(session, staged.setter, staged.id, draft, at=NOON)
    assert not isinstance(drawn, Impossible)
    gone = drawing.recall(session, OPERATOR, drawn[0].id, at=NOON)
    again = drawing.draw(session, staged.setter, staged.id, draft, at=NOON)
    assert not isinstance(again, Impossible)
    assert [one.answer_id for one in again] == [gone.answer_id]
    assert again[0].person_id != gone.person_id


def test_the_fittest_by_field_and_by_text_grade(session: Session, staged: Stage) -> None:
    other = staged.add_grader(session, fields=["energy"])
    near = staged.add_grader(session, fields=["new_materials.polymers"])
    own = staged.add_grader(session, fields=["new_materials"])
    draft = DrawDraft(each=1, industry_share=0, most=1, reason="人少")
    found = pool.fitness("new_materials.metals", staged.answers, pool.graders(session), None)
    assert found.tolist() == [[0.0, 0.5, 1.0]] * 3

    def similarity(answers: object, graders: object) -> np.ndarray:
        return np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])

    drawn = drawing.draw(session, staged.setter, staged.id, draft, at=NOON, similarity=similarity)
    assert not isinstance(drawn, Impossible)
    assert [one.person_id for one in drawn] == [other, near, own]


def test_what_answers_say_is_compared_with_the_fields_that_graders_know(session: Session, staged: Stage) -> None:
    staged.add_grader(session, fields=["energy"])
    staged.add_grader(session, fields=["new_materials"])
    staged.add_grader(session)
    texts = {staged.answers[0].id: "新材料 New materials 粉末", staged.answers[1].id: "energy 能源"}
    found = pool.by_texts(WordsEncoder(), texts)(staged.answers, pool.graders(session))
    assert found[0, 1] > found[0, 0]
    assert found[1, 0] > found[1, 1]
    assert (found[:, 2].tolist(), found[2].tolist()) == ([0.6] * 3, [0.6] * 3)


def test_answers_that_wait_on_somebody_elsewhere_count_as_work(session: Session, staged: Stage) -> None:
    busy = staged.add_grader(session, workload=1)
    elsewhere = stage(session)
    elsewhere.put(session, 1, busy)
    found = drawing.draw(session, staged.setter, staged.id, DrawDraft(each=1, industry_share=0, reason="人少"), at=NOON)
    assert isinstance(found, Impossible)
    assert {reason.rule for reason in found.reasons} == {Rule.WORKLOAD}


def with_a_conflict(session: Session, staged: Stage, number: int) -> None:
    """A grader who has said that they must not judge this answer."""
    grader = staged.add_grader(session)
    said = Declaration(organisation_id=staged.answers[number - 1].organisation_id)
    conflicts.declare(session, as_person(grader), grader, said, at=NOON)


def test_what_cannot_be_drawn_is_said_with_the_way_out_and_nothing_is_drawn(session: Session, staged: Stage) -> None:
    with_a_conflict(session, staged, 1)
    staged.add_grader(session, workload=2)
    found = drawing.draw(session, staged.setter, staged.id, DrawDraft(each=2, industry_share=0, reason="人少"), at=NOON)
    assert isinstance(found, Impossible)
    name = drawing.candidates(session, staged.setter, staged.id)[1].grader.name
    assert [reason.message for reason in found.reasons] == [
        "Answer 1 has only 1 of 2 graders without a conflict: name 1 more, or grade it with 1.",
        f"The graders' workloads leave no room for 1 of 6 gradings: raise them ({name} by 1), "
        "or name more graders who can take 1.",
    ]
    assert session.exec(select(Assignment)).all() == []
    found = drawing.draw(session, staged.setter, staged.id, DrawDraft(each=1, industry_share=1, reason="人少"), at=NOON)
    assert isinstance(found, Impossible)
    assert found.reasons[0].message == (
        "Answer 1 has only 0 of 1 graders from industry without a conflict: name 1 more, or ask for a smaller share."
    )


def test_an_answer_may_do_with_fewer(session: Session, staged: Stage) -> None:
    with_a_conflict(session, staged, 1)
    staged.add_grader(session)
    draft = DrawDraft(each=2, fewer={1: 1}, industry_share=0, reason="人少")
    drawn = drawing.draw(session, staged.setter, staged.id, draft, at=NOON)
    assert not isinstance(drawn, Impossible)
    assert Counter(one.answer_id for one in drawn) == dict(zip([a.id for a in staged.answers], [1, 2, 2], strict=True))
    with pytest.raises(Invalid, match="^fewer: no answer 9"):
        drawing.draw(session, staged.setter, staged.id, DrawDraft(fewer={9: 1}), at=NOON)


@pytest.mark.parametrize(
    "said",
    [
        {"each": 2},
        {"fewer": {2: 2}},
        {"industry_share": 0},
        {"each": 4, "industry_share": 0.25},
        {"each": 2, "fewer": {1: 3}},
    ],
)
def test_fewer_graders_than_the_mechanism_says_want_a_reason_which_is_kept(
    session: Session, staged: Stage, said: dict[str, Any]
) -> None:
    """And a smaller share from industry, where it comes to fewer people."""
    pool_of(session, staged, 6, industry=3)
    for actor, reason in ((staged.setter, ""), (OPERATOR, " ")):
        with pytest.raises(Invalid, match="^reason: say why"):
            drawing.draw(session, actor, staged.id, DrawDraft(**said, reason=reason), at=NOON)
    drawn = drawing.draw(session, staged.setter, staged.id, DrawDraft(**said, reason="同行太少"), at=NOON)
    assert not isinstance(drawn, Impossible)
    *_, event = events.of_thing(session, f"challenge:{staged.id}")
    assert (event.action, event.detail["reason"]) == ("assignment.drawn", "同行太少")
    assert event.detail["each"] == said.get("each", 3)


@pytest.mark.parametrize("said", [{}, {"each": 4}, {"industry_share": 0.3}, {"industry_share": 1}])
def test_as_many_graders_as_the_mechanism_says_or_more_want_none(
    session: Session, staged: Stage, said: dict[str, Any]
) -> None:
    pool_of(session, staged, 6, industry=4)
    assert not isinstance(drawing.draw(session, staged.setter, staged.id, DrawDraft(**said), at=NOON), Impossible)


def test_who_draws_sees_the_pool_with_its_conflicts_and_the_desks_without_grades(
    session: Session, staged: Stage
) -> None:
    grader = staged.add_grader(session, staged.answers[1].organisation_id)
    staged.put(session, 1, grader)
    [candidate] = drawing.candidates(session, staged.setter, staged.id)
    assert (candidate.grader.waiting, candidate.barred) == (1, {1: "rival", 2: "own_organisation", 3: "rival"})
    assert [one.person_id for one in drawing.listed(session, OPERATOR, staged.id)] == [grader]
    for actor in (staged.lab(1), as_person(grader)):
        with pytest.raises(Forbidden):
            drawing.listed(session, actor, staged.id)
        with pytest.raises(Forbidden):
            drawing.draw(session, actor, staged.id, DrawDraft(), at=NOON)


@pytest.mark.parametrize("state", [ChallengeState.SEALED, ChallengeState.DECIDING])
def test_graders_are_drawn_while_a_round_is_graded(session: Session, state: ChallengeState) -> None:
    staged = stage(session, state=state)
    with pytest.raises(NotAllowed, match="not being graded"):
        drawing.draw(session, staged.setter, staged.id, DrawDraft(), at=NOON)


def test_a_mechanism_without_graders_draws_them_when_their_number_is_said(session: Session) -> None:
    staged = stage(session, 1, "invest_to_evaluate")
    staged.add_grader(session)
    with pytest.raises(NotAllowed, match="draws no graders"):
        drawing.draw(session, staged.setter, staged.id, DrawDraft(), at=NOON)
    drawn = drawing.draw(session, staged.setter, staged.id, DrawDraft(each=1), at=NOON)
    assert not isinstance(drawn, Impossible)
    assert len(drawn) == 1


# -- grading ---------------------------------------------------------------------------------------


def test_a_grade_is_saved_as_one_goes_and_insisted_on_when_it_is_submitted(session: Session, staged: Stage) -> None:
    grader = staged.add_grader(session)
    actor, id = as_person(grader), staged.put(session, 1, grader)
    steps = [
        (GradeDraft(), "scores.novelty"),
        (GradeDraft(scores={"novelty": Score(score=80, reason="a")}), "scores.maturity"),
        (whole(80, scores={key: Score(score=80) for key in ("novelty", "maturity")}), "scores.novelty.reason"),
        (whole(80, indicators=[]), "indicators.0"),
    ]
    for draft, place in steps:
        grades.save(session, actor, id, draft, at=NOON)
        with pytest.raises(Invalid, match=f"^{place}: "):
            grades.submit(session, actor, id, at=NOON)
    grades.save(session, actor, id, whole(80), at=NOON)
    submitted = grades.submit(session, actor, id, at=NOON)
    assert (submitted.state, submitted.submitted_at, submitted.version) == (AssignmentState.SUBMITTED, NOON, 7)


def test_a_submitted_grade_is_reopened_to_be_changed(session: Session, staged: Stage) -> None:
    grader = staged.add_grader(session)
    actor, id = as_person(grader), staged.put(session, 1, grader)
    grades.save(session, actor, id, whole(80), at=NOON)
    grades.submit(session, actor, id, at=NOON)
    with pytest.raises(NotAllowed, match="reopen it"):
        grades.save(session, actor, id, whole(70), at=NOON)
    assert grades.reopen(session, actor, id, at=NOON).submitted_at is None
    assert grades.save(session, actor, id, whole(70), at=NOON).scores["novelty"]["score"] == 70


def test_indicators_are_judged_as_quantities(session: Session, staged: Stage) -> None:
    grader = staged.add_grader(session)
    id = staged.put(session, 1, grader)
    draft = GradeDraft(
        indicators=[Judged(indicator=1, value=87, unit="%"), Judged(indicator=0, value=0.05, unit="wt%")]
    )
    saved = grades.save(session, as_person(grader), id, draft, at=NOON)
    assert [(one["indicator"], one["outcome"]) for one in saved.indicators] == [(0, "met"), (1, "not_met")]
    assert saved.indicators[0]["why"] == "0.05 wt% (= 500 ppm), wanted ≤ 800 ppm"


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        (GradeDraft(scores={"beauty": Score(score=1)}), "scores"),
        (GradeDraft(indicators=[Judged(indicator=2, outcome=Outcome.MET)]), "indicators"),
        (GradeDraft(indicators=[Judged(indicator=0, outcome=Outcome.MET)] * 2), "indicators"),
    ],
)
def test_what_the_challenge_does_not_ask_for_is_refused(
    session: Session, staged: Stage, draft: GradeDraft, place: str
) -> None:
    grader = staged.add_grader(session)
    with pytest.raises(Invalid, match=f"^{place}: "):
        grades.save(session, as_person(grader), staged.put(session, 1, grader), draft, at=NOON)


@pytest.mark.parametrize(
    "said",
    [{}, {"value": 1, "outcome": "met"}, {"value": 2, "value_high": 1}, {"outcome": "met", "value_high": 1}],
)
def test_a_judgement_is_a_value_or_an_outcome(said: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="judged by a value|range ends"):
        Judged.model_validate({"indicator": 0, **said})


def test_two_edits_of_one_version_are_one(session: Session, staged: Stage) -> None:
    grader = staged.add_grader(session)
    id = staged.put(session, 1, grader)
    grades.save(session, as_person(grader), id, whole(80), versions={1}, at=NOON)
    with pytest.raises(StaleVersion):
        grades.save(session, as_person(grader), id, whole(70), versions={1}, at=NOON)


# -- private until the round closes ----------------------------------------------------------------


def test_grades_are_private_until_the_round_closes(session: Session, staged: Stage) -> None:
    staged.grade(session, 1, 80, 70)
    first, other = staged.graders
    answer = staged.answers[0].id
    own = grades.on_desk(session, as_person(first), first)
    assert [(one.scores["novelty"]["score"], about.number) for _, about, one in own] == [(80, 1)]
    for actor in (staged.setter, OPERATOR, COMMAND_LINE):
        assert grades.of_answer(session, actor, answer) == []
        with pytest.raises(NotAllowed, match="private"):
            standings.read(session, actor, staged.id)
    for actor in (as_person(other), staged.setter, staged.lab(1), ANONYMOUS):
        with pytest.raises(NotFound):
            grades.read(session, actor, own[0][2].id)
        with pytest.raises(NotFound):
            grades.save(session, actor, own[0][2].id, whole(1), at=NOON)
    for number in (2, 3):
        staged.grade(session, number, 60)
    closing.close(session, staged.setter, staged.id, at=NOON)
    assert [one.scores["novelty"]["score"] for one in grades.of_answer(session, staged.setter, answer)] == [80, 70]
    with pytest.raises(NotAllowed, match="not being graded"):
        grades.reopen(session, as_person(first), own[0][2].id, at=NOON)


def test_who_reads_the_grades_of_a_closed_round(session: Session, staged: Stage) -> None:
    staged.graded(session, [80, 70], [60, 65], [50, 55])
    for actor in (staged.setter, OPERATOR):
        assert len(standings.read(session, actor, staged.id).by_rank) == 3
    with pytest.raises(Forbidden):
        grades.of_answer(session, staged.lab(1), staged.answers[0].id)
    with pytest.raises(NotFound):
        grades.of_answer(session, staged.lab(2), staged.answers[0].id)
    for actor in (staged.lab(2), as_person(staged.graders[0]), ANONYMOUS):
        with pytest.raises(NotFound):
            standings.read(session, actor, staged.id)


def test_no_event_tells_a_grade_and_the_last_one_binds_them_all(session: Session, staged: Stage) -> None:
    staged.graded(session, [83.25, 70], 60, 50)
    told = [event.detail for event in events.of_thing(session, f"challenge:{staged.id}")]
    assert "83.25" not in str(told)
    assert "依据" not in str(told)
    assert (told[-1]["grades"], len(told[-1]["grades_hash"])) == (4, 64)


def test_a_round_waits_for_every_grade(session: Session, staged: Stage) -> None:
    staged.grade(session, 1, 80)
    staged.put(session, 2, staged.graders[0])
    with pytest.raises(NotAllowed, match="Grades still to be submitted: 1"):
        closing.close(session, staged.setter, staged.id, at=NOON)
    with pytest.raises(Forbidden):
        closing.close(session, staged.lab(1), staged.id, at=NOON)


def test_the_standings_rank_by_the_weighted_mean(session: Session, staged: Stage) -> None:
    staged.graded(session, [60, 70], [90, 80], [61, 69])
    found = standings.read(session, staged.setter, staged.id)
    assert [(one.answer.number, one.rank, one.score) for one in found.by_rank] == [(2, 1, 85), (1, 2, 65), (3, 2, 65)]
    assert found.alpha is not None
    assert sum(found.severity.values()) == pytest.approx(0)


def test_a_grade_is_read_with_what_was_asked_for_when_it_was_drawn(session: Session, staged: Stage) -> None:
    for number, (at, rubric) in enumerate([(NOON - DAY, RUBRIC), (NOON + DAY, RUBRIC[:1])], start=1):
        content = staged.challenge.content | {"rubric": [one.model_dump(mode="json") for one in rubric]}
        session.add(ChallengeVersion(challenge_id=staged.id, number=number, content=content, at=at))
    staged.challenge.content = content
    assert [len(desks.asked(session, staged.challenge, at).rubric) for at in (NOON, NOON + DAY)] == [2, 1]
