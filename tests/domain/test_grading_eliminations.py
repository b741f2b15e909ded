"""From one round of a race to the next: rehearsed, carried out, reversed to the exact state before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from databases import ON_BOTH
from grading_support import DAY, INDICATORS, NOON, OPERATOR, Stage, history, organisation, person, stage
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from matcher.engine import challenge_moves
from matcher.entities import ChallengeVersion, Decided, Elimination, Partner, Round, Trial, Verdict
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed
from matcher.grading import determinations, eliminations, measuring, standings
from matcher.grading.determinations import DecisionDraft
from matcher.grading.eliminations import EliminationDraft, Rehearsal
from matcher.grading.measuring import Measured
from matcher.states import AnswerState, ChallengeState

ON, OUT, TIED = True, False, None


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


def race(session: Session, *scores: float, **first_round: Any) -> Stage:
    """After the first of three rounds, with these grades; two go on unless it is said otherwise."""
    staged = stage(session, len(scores), "race", **{"goes_on": 2, "payment": Decimal("100.00")} | first_round)
    staged.graded(session, *scores)
    return staged


def rehearsed(session: Session, staged: Stage) -> Rehearsal:
    return eliminations.rehearse(session, staged.setter, staged.id, at=NOON)


def eliminate(session: Session, staged: Stage, *, at: datetime = NOON, **given: Any) -> Elimination:
    draft = EliminationDraft(**{"rehearsed": rehearsed(session, staged).digest, **given})
    return eliminations.eliminate(session, staged.setter, staged.id, draft, at=at)


def measure(session: Session, staged: Stage, number: int, ppm: float) -> None:
    measured = measuring.compared(INDICATORS, [Measured(indicator=0, value=ppm, unit="ppm")])
    answer, user = staged.answers[number - 1], staged.add_grader(session)
    session.add(Trial(answer_id=answer.id, person_id=user, round=1, verdict=Verdict.ADOPT, measured=measured))
    session.flush()


def everything(session: Session) -> dict[str, list[Any]]:
    """All rows of all tables, but for what is meant to tell that something happened: the record, the
    elimination itself, and the versions and times of change, which go on."""
    session.flush()
    session.expire_all()
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        if table.name in ("event", "event_head", "elimination"):
            continue
        kept = [column for column in table.columns if column.name not in ("version", "updated_at")]
        found[table.name] = sorted(map(repr, session.execute(select(*kept)).all()))
    return found


# -- rehearsed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "rule", "expected"),
    [
        ([50, 90, 70], {"goes_on": 2}, {1: OUT, 2: ON, 3: ON}),
        ([50, 90, 70], {"goes_on": 5}, {1: ON, 2: ON, 3: ON}),
        ([50, 90, 70], {"goes_on": None, "threshold": 70.0}, {1: OUT, 2: ON, 3: ON}),
        ([50, 90, 70], {"goes_on": 2, "threshold": 80.0}, {1: OUT, 2: ON, 3: OUT}),
        ([70, 90, 70], {"goes_on": 2}, {1: TIED, 2: ON, 3: TIED}),
        ([70, 90, 90], {"goes_on": 2}, {1: OUT, 2: ON, 3: ON}),
        ([70, 70, 70], {"goes_on": 2}, {1: TIED, 2: TIED, 3: TIED}),
        ([70, 70, 60], {"goes_on": 1}, {1: TIED, 2: TIED, 3: OUT}),
    ],
)
def test_the_rule(
    session: Session, scores: list[float], rule: dict[str, Any], expected: dict[int, bool | None]
) -> None:
    staged = race(session, *scores, **rule)
    found = rehearsed(session, staged)
    assert {place.number: place.goes_on for place in found.places} == expected
    assert {place.number for place in found.places if place.payment == Decimal(100)} == {
        number for number, goes_on in expected.items() if goes_on is not OUT
    }


def test_a_rehearsal_changes_nothing_and_says_why(session: Session) -> None:
    staged = race(session, 70, 90, 70, threshold=60.0)
    before = everything(session)
    found = rehearsed(session, staged)
    assert everything(session) == before
    assert [(place.number, place.rank, place.why) for place in found.places] == [
        (2, 1, "it is among those that go on"),
        (1, 2, "2 share its rank, and 1 of them can go on"),
        (3, 2, "2 share its rank, and 1 of them can go on"),
    ]
    assert (found.room, found.hindrances) == (1, ())


def test_must_have_indicators_that_were_not_measured_to_be_met_end_it(session: Session) -> None:
    staged = race(session, 90, 80, 70, 60, measured_threshold=True, goes_on=3)
    measure(session, staged, 1, 900)
    measure(session, staged, 2, 700)
    measure(session, staged, 4, 700)
    measure(session, staged, 4, 1000)
    found = {place.number: (place.goes_on, place.why) for place in rehearsed(session, staged).places}
    assert found == {
        1: (OUT, "表面残碱: 900 ppm, wanted ≤ 800 ppm"),
        2: (ON, "it is among those that go on"),
        3: (OUT, "表面残碱: measured in no trial; graders judge what the answer shows"),
        4: (OUT, "表面残碱: 1000 ppm, wanted ≤ 800 ppm"),
    }


def test_what_stands_in_the_way_is_named_beforehand(session: Session) -> None:
    staged = race(session, 90, 80, threshold=85.0)
    draft = DecisionDraft(decided=Decided.SUPPLEMENT, reason="补充")
    determinations.decide(session, staged.setter, staged.answers[0].id, draft, at=NOON)
    session.exec(select(Round).where(Round.challenge_id == staged.id, Round.number == 2)).one().deadline = NOON + DAY
    assert rehearsed(session, staged).hindrances == (
        "Answer 1 was asked for more, and has not handed it in.",
        "The deadline of round 2 is 2026-03-03 12:00 UTC, less than 7 days from now: give a later one.",
    )
    with pytest.raises(NotAllowed, match="Answer 1 was asked for more"):
        eliminate(session, staged, deadline=NOON + 30 * DAY)


def test_nobody_good_enough(session: Session) -> None:
    staged = race(session, 50, 40, threshold=60.0)
    assert rehearsed(session, staged).hindrances == ("Nobody would go on: end the challenge without an award instead.",)
    with pytest.raises(NotAllowed, match="Nobody would go on"):
        eliminate(session, staged)


# -- carried out -----------------------------------------------------------------------------------


@ON_BOTH
def test_elimination_then_reversal_restores_the_exact_state(session: Session) -> None:
    staged = race(session, 50, 90, 70)
    before = everything(session)
    done = eliminate(session, staged)
    assert [(answer.state, answer.round) for answer in staged.answers] == [
        (AnswerState.ELIMINATED, 1),
        (AnswerState.DRAFT, 2),
        (AnswerState.DRAFT, 2),
    ]
    challenge = staged.challenge
    assert (challenge.state, challenge.round, challenge.deadline) == (ChallengeState.ANSWERING, 2, NOON + 59 * DAY)
    assert [(one["goes_on"], one["payment"]) for one in done.rule["outcome"]] == [
        (True, "100.00"),
        (True, "100.00"),
        (False, None),
    ]
    assert everything(session) != before
    versions = challenge.version, [answer.version for answer in staged.answers]
    eliminations.reverse(session, OPERATOR, staged.id, reason="评分有误", at=NOON + 13 * DAY)
    assert everything(session) == before
    assert (challenge.version, [answer.version for answer in staged.answers]) > versions
    assert history(session, challenge)[-2:] == ["challenge.eliminate", "challenge.reverse"]
    eliminate(session, staged)
    assert [one.reversed_at is None for one in eliminations.listed(session, staged.setter, staged.id)] == [False, True]


def test_whatever_was_done_in_the_new_round_is_undone_with_it(session: Session) -> None:
    staged = race(session, 90, 80, 50)
    before = everything(session)
    eliminate(session, staged, deadline=NOON + 90 * DAY)
    staged.answers[0].state, staged.answers[0].handed_in_at = AnswerState.HANDED_IN, NOON + DAY
    staged.answers[1].state = AnswerState.WITHDRAWN
    eliminations.reverse(session, staged.setter, staged.id, reason="评分有误", at=NOON + 2 * DAY)
    assert everything(session) == before


def test_consortia_are_put_back_with_what_each_partner_had_agreed_to(session: Session) -> None:
    staged = race(session, 90, 80, 50)
    left, joined = organisation(session), organisation(session)
    stood = Partner(
        answer_id=staged.answers[0].id, organisation_id=left, confirmed_hash="a", confirmed_at=NOON, confirmed_by="x"
    )
    session.add(stood)
    before = everything(session)
    eliminate(session, staged)
    session.delete(stood)
    session.add(Partner(answer_id=staged.answers[0].id, organisation_id=joined))
    session.add(Partner(answer_id=staged.answers[1].id, organisation_id=left))
    eliminations.reverse(session, staged.setter, staged.id, reason="评分有误", at=NOON + 2 * DAY)
    assert everything(session) == before


def test_an_extension_told_since_stays(session: Session) -> None:
    staged = race(session, 90, 80, 50)
    eliminate(session, staged, deadline=NOON + 90 * DAY)
    second = session.exec(select(Round).where(Round.challenge_id == staged.id, Round.number == 2)).one()
    second.deadline = NOON + 120 * DAY
    eliminations.reverse(session, staged.setter, staged.id, reason="评分有误", at=NOON + 2 * DAY)
    assert second.deadline == NOON + 120 * DAY
    assert staged.challenge.deadline == NOON - DAY


def test_a_rubric_amended_in_the_new_round_does_not_touch_the_grades_of_the_one_before(session: Session) -> None:
    staged = race(session, 90, 80, 50)
    former = staged.challenge.content
    session.add(ChallengeVersion(challenge_id=staged.id, number=1, content=former, at=NOON - 50 * DAY))
    eliminate(session, staged)
    amended = former | {"rubric": [{"key": "cost", "name": "成本", "weight": 1}]}
    session.add(ChallengeVersion(challenge_id=staged.id, number=2, content=amended, at=NOON + DAY))
    staged.challenge.content = amended
    found = standings.read(session, staged.setter, staged.id, 1)
    assert [one.score for one in found.by_rank] == [90, 80, 50]
    eliminations.reverse(session, staged.setter, staged.id, reason="评分有误", at=NOON + 2 * DAY)
    assert [place.score for place in rehearsed(session, staged).places] == [90, 80, 50]


def test_the_deadlines_after_a_later_one_move_along(session: Session) -> None:
    staged = race(session, 90, 80, 50)
    with pytest.raises(Invalid, match="^deadline: a deadline is only put off"):
        eliminate(session, staged, deadline=NOON + 30 * DAY)
    eliminate(session, staged, deadline=NOON + 69 * DAY)
    rounds = session.exec(select(Round).where(Round.challenge_id == staged.id).order_by(Round.number)).all()  # type: ignore[arg-type]
    assert [(one.deadline - NOON) / DAY for one in rounds] == [-1, 69, 129]
    assert staged.challenge.deadline == NOON + 69 * DAY


def test_a_round_that_would_be_too_short_is_refused(session: Session) -> None:
    staged = race(session, 90, 80, 50)
    with pytest.raises(Invalid, match="^deadline: a round needs at least 7 days"):
        eliminate(session, staged, at=NOON + 58 * DAY)


def test_it_can_be_reversed_for_a_while_and_with_a_reason(session: Session) -> None:
    staged = race(session, 90, 80, 50)
    eliminate(session, staged)
    with pytest.raises(Invalid, match="^reason: "):
        eliminations.reverse(session, staged.setter, staged.id, reason=" ", at=NOON + DAY)
    with pytest.raises(NotAllowed, match="could be reversed until 2026-03-16 12:00:00 UTC"):
        eliminations.reverse(session, staged.setter, staged.id, reason="a", at=NOON + 14 * DAY)


def test_a_tie_is_decided_by_a_person_with_a_reason(session: Session) -> None:
    staged = race(session, 70, 90, 70)
    one, best, other = (answer.id for answer in staged.answers)
    with pytest.raises(NotAllowed, match="Answers 1, 3 are tied, and 1 of them can go on: name those, and say why"):
        eliminate(session, staged)
    for given, place in (
        ({"chosen": [one]}, "reason"),
        ({"chosen": [one, other], "reason": "a"}, "chosen"),
        ({"chosen": [best], "reason": "a"}, "chosen"),
    ):
        with pytest.raises(Invalid, match=f"^{place}: "):
            eliminate(session, staged, **given)
    done = eliminate(session, staged, chosen=[other], reason="样机更成熟")
    assert [answer.round for answer in staged.answers] == [1, 2, 2]
    assert done.rule["reason"] == "样机更成熟"


def test_without_a_tie_nobody_is_chosen(session: Session) -> None:
    staged = race(session, 90, 80, 50)
    with pytest.raises(Invalid, match="there is no tie"):
        eliminate(session, staged, chosen=[staged.answers[2].id], reason="a")


def test_only_what_was_rehearsed_is_carried_out(session: Session) -> None:
    staged = race(session, 90, 80, 50)
    digest = rehearsed(session, staged).digest
    session.exec(select(Round).where(Round.challenge_id == staged.id, Round.number == 1)).one().goes_on = 1
    with pytest.raises(Conflict, match="not what was rehearsed"):
        eliminate(session, staged, rehearsed=digest)


def test_who_eliminates_and_who_reverses(session: Session) -> None:
    staged = race(session, 90, 80, 50)
    digest = rehearsed(session, staged).digest
    for actor in (OPERATOR, staged.lab(1)):
        with pytest.raises(Forbidden):
            eliminations.rehearse(session, actor, staged.id, at=NOON)
        with pytest.raises(Forbidden):
            eliminations.eliminate(session, actor, staged.id, EliminationDraft(rehearsed=digest), at=NOON)
    eliminate(session, staged)
    with pytest.raises(Forbidden):
        eliminations.reverse(session, staged.lab(3), staged.id, reason="a", at=NOON)
    eliminations.reverse(session, OPERATOR, staged.id, reason="a", at=NOON)


def test_the_last_round_is_determined_and_not_eliminated(session: Session) -> None:
    staged = race(session, 90, 80)
    staged.challenge.round = 3
    assert challenge_moves.hindrance(session, staged.challenge, "eliminate", NOON) == (
        "This is the last round: make the determination."
    )


def test_who_belongs_to_a_lab_that_answers_eliminates_nobody(session: Session) -> None:
    staged = race(session, 80, 70, 60)
    torn = replace(staged.setter, person_id=person(session, staged.answers[2].organisation_id))
    draft = EliminationDraft(rehearsed=rehearsed(session, staged).digest)
    with pytest.raises(Forbidden, match="somebody else does this"):
        eliminations.eliminate(session, torn, staged.id, draft, at=NOON)
