"""What becomes of each answer: decided with reasons, told at once, objected to, decided again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from databases import ON_BOTH
from grading_support import DAY, NOON, OPERATOR, Stage, as_person, history, organisation, person, stage
from policy_tables import on_platform
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events
from matcher.accounts import members
from matcher.actors import COMMAND_LINE, Actor
from matcher.entities import Answer, Decided, Offer, Partner, PlatformRole, Role
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound
from matcher.grading import determinations, objections
from matcher.grading.determinations import DecisionDraft
from matcher.states import AnswerState, ChallengeState, ObjectionState, OfferState

ELIMINATED, REJECTED, SELECTED, SUPPLEMENT = (
    Decided.ELIMINATED,
    Decided.REJECTED,
    Decided.SELECTED,
    Decided.SUPPLEMENT,
)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


def ranked(session: Session, *scores: float, **first_round: object) -> Stage:
    """Answers with these grades, to be decided on."""
    staged = stage(session, len(scores), **first_round)  # type: ignore[arg-type]
    staged.graded(session, *scores)
    return staged


def decide(session: Session, staged: Stage, *decided: Decided | None, departs: bool = False, later: int = 0) -> None:
    """On the answers in the order of their numbers; None leaves one out."""
    for answer, one in zip(staged.answers, decided, strict=True):
        if one is not None:
            draft = DecisionDraft(decided=one, reason="依据评分", departs=departs)
            determinations.decide(session, staged.setter, answer.id, draft, at=NOON + later * DAY)


def determined(session: Session) -> Stage:
    staged = ranked(session, 80, 60)
    decide(session, staged, SELECTED, ELIMINATED)
    determinations.determine(session, staged.setter, staged.id, at=NOON)
    return staged


def states(staged: Stage) -> list[AnswerState]:
    return [answer.state for answer in staged.answers]


@ON_BOTH
def test_all_is_told_in_one_transaction(session: Session) -> None:
    staged = ranked(session, 80, 60, 40)
    decide(session, staged, SELECTED, ELIMINATED, REJECTED)
    assert states(staged) == [AnswerState.ADMITTED] * 3
    assert determinations.of_answer(session, staged.lab(1), staged.answers[0].id) == []
    made = determinations.determine(session, staged.setter, staged.id, at=NOON + DAY)
    assert states(staged) == [AnswerState.SELECTED, AnswerState.ELIMINATED, AnswerState.REJECTED]
    assert (staged.challenge.state, staged.challenge.decided_at) == (ChallengeState.OBJECTING, NOON + DAY)
    assert [(one.rank, one.departs) for one in made] == [(1, False), (2, False), (3, False)]
    [told] = determinations.of_answer(session, staged.lab(1), staged.answers[0].id)
    assert (told.decided, told.reason) == (SELECTED, "依据评分")
    event = events.of_thing(session, f"challenge:{staged.id}")[-1]
    assert (event.action, event.detail["decided"][staged.answers[2].id]) == ("challenge.determine", "rejected")


def test_a_later_decision_stands_in_the_place_of_one_before(session: Session) -> None:
    staged = ranked(session, 80, 60)
    decide(session, staged, REJECTED, ELIMINATED)
    decide(session, staged, SELECTED, None)
    determinations.determine(session, staged.setter, staged.id, at=NOON)
    assert states(staged) == [AnswerState.SELECTED, AnswerState.ELIMINATED]
    assert len(determinations.listed(session, staged.setter, staged.id)) == 3


@pytest.mark.parametrize(
    ("decided", "refusal"),
    [
        ((SELECTED, None, ELIMINATED), "Answers 2 are not decided on yet"),
        ((ELIMINATED, REJECTED, REJECTED), "No answer is selected: end the challenge without an award"),
        ((SELECTED, SELECTED, REJECTED), "2 answers are selected, and 1 at most can be"),
        ((SELECTED, SUPPLEMENT, REJECTED), "Answers 2 were asked for more: decide on them again"),
    ],
)
def test_what_holds_a_determination_up(session: Session, decided: tuple[Decided | None, ...], refusal: str) -> None:
    staged = ranked(session, 80, 60, 40)
    decide(session, staged, *decided)
    with pytest.raises(NotAllowed, match=refusal):
        determinations.determine(session, staged.setter, staged.id, at=NOON)
    assert AnswerState.SELECTED not in states(staged)


def test_a_departure_from_the_ranking_has_to_be_said(session: Session) -> None:
    staged = ranked(session, 80, 60, 40)
    decide(session, staged, ELIMINATED, SELECTED, REJECTED)
    with pytest.raises(Invalid) as refused:
        determinations.determine(session, staged.setter, staged.id, at=NOON)
    assert str(refused.value) == (
        "departs: departs from the ranking (answer 1: answers 2 stand behind it; answer 2: answers 1 stand before it): "
        "say so, and why, in the decision"
    )
    decide(session, staged, ELIMINATED, SELECTED, REJECTED, departs=True)
    made = determinations.determine(session, staged.setter, staged.id, at=NOON)
    assert [one.departs for one in made] == [True, True, False]


def test_between_equals_the_ranking_says_nothing(session: Session) -> None:
    staged = ranked(session, 80, 80)
    decide(session, staged, ELIMINATED, SELECTED)
    assert [one.departs for one in determinations.determine(session, staged.setter, staged.id, at=NOON)] == [False] * 2


def test_selecting_what_misses_the_threshold_is_a_departure(session: Session) -> None:
    staged = ranked(session, 80, 60, threshold=85.0)
    decide(session, staged, SELECTED, ELIMINATED)
    with pytest.raises(Invalid, match="answer 1: its grade is 80.00, and 85 is asked for"):
        determinations.determine(session, staged.setter, staged.id, at=NOON)


def test_what_was_asked_for_more_waits_for_its_supplement(session: Session) -> None:
    staged = ranked(session, 80, 60)
    decide(session, staged, SUPPLEMENT, ELIMINATED)
    assert states(staged) == [AnswerState.SUPPLEMENTING, AnswerState.ADMITTED]
    [told] = determinations.of_answer(session, staged.lab(1), staged.answers[0].id)
    assert told.decided is SUPPLEMENT
    staged.answers[0].state = AnswerState.ADMITTED
    decide(session, staged, SELECTED, None)
    determinations.determine(session, staged.setter, staged.id, at=NOON)
    assert states(staged) == [AnswerState.SELECTED, AnswerState.ELIMINATED]


def test_a_decision_has_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        DecisionDraft(decided=SELECTED, reason=" ")


def test_who_decides_and_when(session: Session) -> None:
    staged = ranked(session, 80, 60)
    draft = DecisionDraft(decided=SELECTED, reason="a")
    for actor, error in ((OPERATOR, Forbidden), (staged.lab(1), Forbidden)):
        with pytest.raises(error):
            determinations.decide(session, actor, staged.answers[0].id, draft, at=NOON)
        with pytest.raises(error):
            determinations.determine(session, actor, staged.id, at=NOON)
        with pytest.raises(error):
            determinations.listed(session, actor, staged.id)
    early = stage(session)
    with pytest.raises(NotAllowed, match="once the grades"):
        determinations.decide(session, early.setter, early.answers[0].id, draft, at=NOON)
    race = stage(session, 1, "race", state=ChallengeState.DECIDING)
    with pytest.raises(NotAllowed, match="from round 1 of 3 is decided by elimination"):
        determinations.decide(session, race.setter, race.answers[0].id, draft, at=NOON)


def test_what_is_negotiated_is_decided_by_an_agreed_offer(session: Session) -> None:
    staged = stage(session, 1, "directed_commission", state=ChallengeState.DECIDING)
    decide(session, staged, SELECTED)
    with pytest.raises(NotAllowed, match="No offer was agreed on with answers 1"):
        determinations.determine(session, staged.setter, staged.id, at=NOON)
    answer = staged.answers[0].id
    session.add(Offer(answer_id=answer, number=1, by_setter=True, state=OfferState.AGREED, terms={}, actor="a"))
    determinations.determine(session, staged.setter, staged.id, at=NOON)
    assert states(staged) == [AnswerState.SELECTED]


# -- objections ------------------------------------------------------------------------------------


def raised(session: Session, staged: Stage, number: int = 2, *, days: float = 1) -> str:
    text = "指标未按标准测试"
    return objections.raise_(session, staged.lab(number), staged.answers[number - 1].id, text, at=NOON + days * DAY).id


@ON_BOTH
def test_an_upheld_objection_leads_to_a_new_decision(session: Session) -> None:
    staged = determined(session)
    id = raised(session, staged)
    with pytest.raises(NotAllowed, match="No objection has been upheld"):
        determinations.reconsider(session, OPERATOR, staged.id, reason="a", at=NOON + 2 * DAY)
    objections.answer(session, OPERATOR, id, upheld=True, text="重新测试", at=NOON + 2 * DAY)
    determinations.reconsider(session, OPERATOR, staged.id, reason="重新测试", at=NOON + 2 * DAY)
    assert (states(staged), staged.challenge.state) == ([AnswerState.ADMITTED] * 2, ChallengeState.DECIDING)
    with pytest.raises(NotAllowed, match="Answers 1, 2 are not decided on yet"):
        determinations.determine(session, staged.setter, staged.id, at=NOON + 3 * DAY)
    decide(session, staged, ELIMINATED, SELECTED, departs=True, later=3)
    [former] = determinations.of_answer(session, staged.lab(2), staged.answers[1].id)
    determinations.determine(session, staged.setter, staged.id, at=NOON + 3 * DAY)
    [latter] = determinations.of_answer(session, staged.lab(2), staged.answers[1].id)
    assert (former.decided, latter.decided) == (ELIMINATED, SELECTED)
    assert history(session, staged.challenge)[-6:] == [
        "objection.raised",
        "objection.uphold",
        "challenge.reconsider",
        "determination.decided",
        "determination.decided",
        "challenge.determine",
    ]


def test_an_answer_rejected_before_anything_was_decided_stays_so(session: Session) -> None:
    staged = ranked(session, 80, 60, 40)
    staged.answers[2].state = AnswerState.REJECTED
    for answer, one in zip(staged.answers[:2], (SELECTED, ELIMINATED), strict=True):
        draft = DecisionDraft(decided=one, reason="依据评分")
        determinations.decide(session, staged.setter, answer.id, draft, at=NOON)
    determinations.determine(session, staged.setter, staged.id, at=NOON)
    objections.answer(session, OPERATOR, raised(session, staged), upheld=True, text="重新测试", at=NOON + DAY)
    determinations.reconsider(session, OPERATOR, staged.id, reason="重新测试", at=NOON + DAY)
    assert states(staged) == [AnswerState.ADMITTED, AnswerState.ADMITTED, AnswerState.REJECTED]


def test_objections_are_raised_within_the_set_time_and_once(session: Session) -> None:
    staged = determined(session)
    with pytest.raises(NotAllowed, match="until 2026-03-09 12:00:00 UTC"):
        raised(session, staged, days=7)
    id = raised(session, staged, days=6.99)
    with pytest.raises(Conflict):
        raised(session, staged, days=6.99)
    taken_back = objections.take_back(session, staged.lab(2), id, at=NOON + DAY)
    assert taken_back.state is ObjectionState.TAKEN_BACK
    raised(session, staged, days=6.99)


def test_there_is_nothing_to_object_to_before_it_is_told(session: Session) -> None:
    with pytest.raises(NotAllowed, match="no determination"):
        raised(session, ranked(session, 80, 60))


def test_neither_who_told_the_decision_nor_a_competitor_answers_an_objection(session: Session) -> None:
    staged = ranked(session, 80, 60)
    decide(session, staged, SELECTED, ELIMINATED)
    teller = replace(staged.setter, name="person:teller", person_id="teller")
    determinations.determine(session, teller, staged.id, at=NOON)
    id = raised(session, staged)
    partner = organisation(session)
    session.add(Partner(answer_id=staged.answers[0].id, organisation_id=partner))
    session.flush()
    operators = frozenset({PlatformRole.OPERATOR})
    selected, partial = person(session, staged.answers[0].organisation_id), person(session, partner)
    for actor, reason in (
        (Actor("person:teller", platform_roles=operators, person_id="teller"), "Who decided does not answer"),
        (Actor(f"person:{selected}", platform_roles=operators, person_id=selected), "that the decision is about"),
        (Actor(f"person:{partial}", platform_roles=operators, person_id=partial), "that the decision is about"),
    ):
        with pytest.raises(Forbidden, match=reason):
            objections.answer(session, actor, id, upheld=False, text="a", at=NOON + DAY)


def test_somebody_else_than_who_decided_answers(session: Session) -> None:
    staged = ranked(session, 80, 60)
    both = Actor(
        "person:both",
        staged.setter.organisation_id,
        frozenset({Role.MANAGER}),
        frozenset({PlatformRole.OPERATOR}),
        "both",
    )
    for answer, one in zip(staged.answers, (SELECTED, ELIMINATED), strict=True):
        determinations.decide(session, both, answer.id, DecisionDraft(decided=one, reason="a"), at=NOON)
    determinations.determine(session, both, staged.id, at=NOON)
    id = raised(session, staged)
    partial = person(session, staged.answers[1].organisation_id)
    of_a_side = Actor(f"person:{partial}", platform_roles=frozenset({PlatformRole.OPERATOR}), person_id=partial)
    for actor, reason in (
        (both, "Who decided does not answer"),
        (of_a_side, "that the decision is about"),
        (staged.setter, "Operators answer"),
        (on_platform(PlatformRole.MATCHMAKER), "Operators answer"),
    ):
        with pytest.raises(Forbidden, match=reason):
            objections.answer(session, actor, id, upheld=False, text="a", at=NOON + DAY)
    answered = objections.answer(session, OPERATOR, id, upheld=False, text="测试合规", at=NOON + DAY)
    assert (answered.state, answered.answered_by) == (ObjectionState.DISMISSED, OPERATOR.name)
    with pytest.raises(NotAllowed):
        objections.answer(session, OPERATOR, id, upheld=True, text="a", at=NOON + DAY)


def test_only_the_answer_s_own_lead_objects_and_takes_back(session: Session) -> None:
    staged = determined(session)
    for actor, error in ((staged.lab(1), NotFound), (staged.setter, Forbidden), (OPERATOR, Forbidden)):
        with pytest.raises(error):
            objections.raise_(session, actor, staged.answers[1].id, "a", at=NOON)
    id = raised(session, staged)
    for actor, error in ((staged.lab(1), NotFound), (staged.setter, Forbidden)):
        with pytest.raises(error):
            objections.take_back(session, actor, id, at=NOON)


def test_objections_are_read_by_who_raised_them_the_setter_and_operators(session: Session) -> None:
    staged = determined(session)
    id = raised(session, staged)
    found = {
        who: [one.id for one in objections.listed(session, actor, staged.id)]
        for who, actor in (
            ("setter", staged.setter),
            ("operator", OPERATOR),
            ("own", staged.lab(2)),
            ("other", staged.lab(1)),
            ("nobody", as_person("mei")),
        )
    }
    assert found == {"setter": [id], "operator": [id], "own": [id], "other": [], "nobody": []}


def test_what_left_in_an_earlier_round_is_not_objected_to_now(session: Session) -> None:
    staged = determined(session)
    session.get_one(Answer, staged.answers[1].id).round = 0
    with pytest.raises(NotAllowed, match="it left in round 0"):
        raised(session, staged)


def test_a_person_of_the_setter_does_not_answer(session: Session) -> None:
    staged = determined(session)
    id = raised(session, staged)
    inside = person(session)
    members.set_roles(session, COMMAND_LINE, staged.challenge.organisation_id, inside, [Role.POSTER])
    actor = Actor(f"person:{inside}", platform_roles=frozenset({PlatformRole.OPERATOR}), person_id=inside)
    with pytest.raises(Forbidden, match="that the decision is about"):
        objections.answer(session, actor, id, upheld=True, text="a", at=NOON)


def test_who_belongs_to_a_lab_that_answers_decides_on_no_answer(session: Session) -> None:
    staged = ranked(session, 80, 60)
    torn = person(session, staged.answers[0].organisation_id)
    actor = replace(staged.setter, person_id=torn)
    for answer in staged.answers:
        with pytest.raises(Forbidden, match="somebody else does this"):
            determinations.decide(session, actor, answer.id, DecisionDraft(decided=SELECTED, reason="好"), at=NOON)
    decide(session, staged, SELECTED, ELIMINATED)
    with pytest.raises(Forbidden, match="somebody else does this"):
        determinations.determine(session, actor, staged.id, at=NOON)
