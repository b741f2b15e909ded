"""Which grader reads which answer: always an assignment, or the rule that cannot be kept and the way out."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.grading.assignment import Assigned, Infeasible, Problem, Rule, Shortfall, assign, least_from_industry


def problem(
    allowed: list[list[int]],
    wanted: int | list[int] = 1,
    room: int | list[int] = 100,
    *,
    industry: list[int] | None = None,
    from_industry: int = 0,
    fitness: Any = 0.5,
) -> Problem:
    table = np.array(allowed, dtype=bool)
    answers, graders = table.shape
    return Problem(
        fitness=np.broadcast_to(np.asarray(fitness, dtype=float), table.shape),
        allowed=table,
        wanted=np.broadcast_to(np.asarray(wanted), (answers,)),
        room=np.broadcast_to(np.asarray(room), (graders,)),
        industry=np.array(industry or [0] * graders, dtype=bool),
        wanted_industry=np.full(answers, from_industry),
    )


def test_the_fittest_grades() -> None:
    assert assign(problem([[1, 1], [1, 1]], fitness=[[0.9, 0.1], [0.2, 0.8]])) == Assigned(((0, 0), (1, 1)))


def test_a_conflict_comes_before_fitness() -> None:
    assert assign(problem([[0, 1]], fitness=[[1.0, 0.0]])) == Assigned(((0, 1),))


def test_equally_fit_graders_share_the_work() -> None:
    found = assign(problem([[1, 1, 1]] * 9, 2))
    assert isinstance(found, Assigned)
    assert Counter(grader for _, grader in found.pairs) == {0: 6, 1: 6, 2: 6}


def test_nobody_gets_more_than_there_is_room_for() -> None:
    found = assign(problem([[1, 1]] * 4, room=[1, 3], fitness=[[1.0, 0.0]] * 4))
    assert isinstance(found, Assigned)
    assert Counter(grader for _, grader in found.pairs) == {0: 1, 1: 3}


def test_enough_come_from_industry() -> None:
    found = assign(problem([[1, 1, 1]], 2, industry=[0, 0, 1], from_industry=1, fitness=[[1.0, 0.9, 0.0]]))
    assert found == Assigned(((0, 0), (0, 2)))


@pytest.mark.parametrize(("graders", "share", "least"), [(3, 1 / 3, 1), (3, 0.5, 2), (4, 0.5, 2), (5, 0.0, 0)])
def test_a_share_from_industry_in_whole_people(graders: int, share: float, least: int) -> None:
    assert least_from_industry(graders, share) == least


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (problem([[1, 1, 1], [1, 1, 0]], 3), [Shortfall(Rule.GRADERS, 1, 1, 2)]),
        (problem([[0, 0]], 1), [Shortfall(Rule.GRADERS, 0, 1, 0)]),
        (problem([[1, 1]] * 3, 2, [3, 2]), [Shortfall(Rule.WORKLOAD, 1, 1, 2)]),
        (problem([[1, 1]], 2, industry=[0, 0], from_industry=1), [Shortfall(Rule.INDUSTRY, 0, 1, 0)]),
        (problem([[1, 0], [1, 0]], 1, [1, 9]), [Shortfall(Rule.WORKLOAD, 0, 1, 1)]),
        (
            problem([[1, 1], [1, 1]], 1, [9, 1], industry=[0, 1], from_industry=1),
            [Shortfall(Rule.WORKLOAD, 1, 1, 1)],
        ),
        (
            problem([[1, 0], [1, 1]], 2, [1, 1]),
            [Shortfall(Rule.GRADERS, 0, 1, 1), Shortfall(Rule.WORKLOAD, 0, 1, 1)],
        ),
        (problem([[], []], 2), [Shortfall(Rule.GRADERS, 0, 2, 0), Shortfall(Rule.GRADERS, 1, 2, 0)]),
    ],
    ids=[
        "conflicts",
        "nobody without a conflict",
        "desks full",
        "nobody from industry",
        "room, but on the wrong desk",
        "industry's desks full",
        "two at once",
        "no graders",
    ],
)
def test_what_cannot_be_names_the_rule_and_the_cheapest_way_out(case: Problem, expected: list[Shortfall]) -> None:
    assert assign(case) == Infeasible(tuple(expected))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_case_has_an_assignment_that_keeps_the_rules_or_a_way_out_that_works(data: st.DataObject) -> None:
    answers, graders = data.draw(st.integers(1, 5)), data.draw(st.integers(0, 5))
    bits = st.lists(st.integers(0, 1), min_size=graders, max_size=graders)
    wanted = np.array(data.draw(st.lists(st.integers(0, 3), min_size=answers, max_size=answers)), dtype=int)
    case = Problem(
        fitness=np.random.default_rng(data.draw(st.integers(0, 99))).random((answers, graders)),
        allowed=np.array([data.draw(bits) for _ in range(answers)], dtype=bool).reshape(answers, graders),
        wanted=wanted,
        room=np.array(data.draw(st.lists(st.integers(0, 4), min_size=graders, max_size=graders)), dtype=int),
        industry=np.array(data.draw(bits), dtype=bool),
        wanted_industry=np.minimum(wanted, data.draw(st.integers(0, 2))),
    )
    found = assign(case)
    if isinstance(found, Infeasible):
        assert found.shortfalls
        eased = _eased(case, found.shortfalls)
        found, case = assign(eased), eased
    assert isinstance(found, Assigned)
    _assert_kept(case, found)


def _eased(case: Problem, shortfalls: tuple[Shortfall, ...]) -> Problem:
    """The case with every rule given way as far as was said."""
    wanted, room, industry = case.wanted.copy(), case.room.copy(), case.wanted_industry.copy()
    for one in shortfalls:
        given_way = {Rule.GRADERS: wanted, Rule.WORKLOAD: room, Rule.INDUSTRY: industry}[one.rule]
        given_way[one.place] += one.missing if one.rule is Rule.WORKLOAD else -one.missing
        if one.rule is Rule.GRADERS:
            industry[one.place] = max(0, industry[one.place] - one.missing)
    return Problem(case.fitness, case.allowed, wanted, room, case.industry, industry)


def _assert_kept(case: Problem, found: Assigned) -> None:
    table = np.zeros(case.allowed.shape, dtype=int)
    for pair in found.pairs:
        table[pair] += 1
    assert (table <= case.allowed).all()
    assert (table.sum(axis=1) == case.wanted).all()
    assert (table.sum(axis=0) <= case.room).all()
    assert (table[:, case.industry].sum(axis=1) >= case.wanted_industry).all()


@pytest.mark.parametrize("room", [14, 15, 16, 25])
def test_three_hundred_answers_and_sixty_graders_take_less_than_ten_seconds(room: int) -> None:
    """With room for 14 each it is impossible: the way out is found as fast."""
    chance = np.random.default_rng(4)
    case = Problem(
        fitness=chance.random((300, 60)),
        allowed=chance.random((300, 60)) > 0.15,
        wanted=np.full(300, 3),
        room=np.full(60, room),
        industry=chance.random(60) < 0.4,
        wanted_industry=np.full(300, 1),
    )
    began = time.perf_counter()
    found = assign(case)
    assert time.perf_counter() - began < 10
    if room == 14:
        assert isinstance(found, Infeasible)
        assert {one.rule for one in found.shortfalls} == {Rule.WORKLOAD}
        assert sum(one.missing for one in found.shortfalls) == 60
    else:
        assert isinstance(found, Assigned)
        _assert_kept(case, found)
