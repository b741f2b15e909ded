"""Which grader reads which answer: an assignment that is best by fitness, by scipy's HiGHS.

`assign` always says something: an assignment that keeps every rule, or which rules cannot be kept and the
cheapest way out of each. The rules: as many graders for each answer as asked, none with a conflict, no more
on anybody's desk than the workload allows, enough of them from industry; then the fittest, evenly spread.

In the program every row is a flow from answers to graders, so that its solution without whole numbers
is one with them, and large cases take no longer than their size.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

EVENNESS = 0.02
"""What each further answer on a desk costs more than the one before it, where fitness is 0 to 1."""


class Rule(StrEnum):
    """What may be impossible."""

    GRADERS = "graders"
    """So many for each answer, none of them with a conflict."""
    WORKLOAD = "workload"
    INDUSTRY = "industry"


# What giving way costs, for the cheapest way out: a fuller desk before a grader from elsewhere before one less.
_COSTS = {Rule.WORKLOAD: 1.0, Rule.INDUSTRY: 3.0, Rule.GRADERS: 9.0}


@dataclass(frozen=True, slots=True)
class Problem:
    """Answers are rows, graders are columns."""

    fitness: NDArray[np.float64]
    """0 to 1."""
    allowed: NDArray[np.bool_]
    """No conflict, and not on that desk already or handed back from it."""
    wanted: NDArray[np.int64]
    """Graders that each answer still wants."""
    room: NDArray[np.int64]
    """Answers that each grader can still take."""
    industry: NDArray[np.bool_]
    """Graders from companies."""
    wanted_industry: NDArray[np.int64]
    """Of those wanted for each answer, how many at least have to come from companies."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One rule that cannot be kept for one answer or on one desk."""

    rule: Rule
    place: int
    """Of the answer, or for `WORKLOAD` of the grader."""
    missing: int
    possible: int
    """How many can be had, where nothing else gives way."""


@dataclass(frozen=True, slots=True)
class Assigned:
    pairs: tuple[tuple[int, int], ...]
    """Answer and grader."""


@dataclass(frozen=True, slots=True)
class Infeasible:
    """What gives way in the cheapest way out: with all of these, the rest can be kept."""

    shortfalls: tuple[Shortfall, ...]


def assign(problem: Problem) -> Assigned | Infeasible:
    """The best assignment that keeps every rule, or the cheapest way to make one possible."""
    if not problem.wanted.size or not problem.wanted.any():
        return Assigned(())
    if problem.room.size and _may_be_feasible(problem):
        pairs = _solved(problem)
        if pairs is not None:
            return Assigned(pairs)
    return Infeasible(tuple(_cheapest_way_out(problem)))


def _may_be_feasible(problem: Problem) -> bool:
    """The counts that every assignment needs; where they fail, no program has to be solved to know."""
    return bool(
        (problem.allowed.sum(axis=1) >= problem.wanted).all()
        and ((problem.allowed & problem.industry).sum(axis=1) >= problem.wanted_industry).all()
        and problem.room.sum() >= problem.wanted.sum()
    )


def _solved(problem: Problem) -> tuple[tuple[int, int], ...] | None:
    """The program: a variable for each pair allowed, and one for each place on each desk, dearer one by one."""
    answer, grader = np.nonzero(problem.allowed)
    if not answer.size:
        return None
    most = np.minimum(problem.room, problem.allowed.sum(axis=0))
    desk = np.repeat(np.arange(most.size), most)
    height = np.concatenate([np.arange(size) for size in most]) if desk.size else np.zeros(0)
    cost = np.concatenate([-problem.fitness[answer, grader], EVENNESS * height])
    one = np.ones(answer.size)
    enough = _rows(answer, one, (problem.wanted.size, cost.size))
    desks = _rows(np.concatenate([grader, desk]), np.concatenate([one, -np.ones(desk.size)]), (most.size, cost.size))
    industry = _rows(answer, problem.industry[grader].astype(float), (problem.wanted.size, cost.size))
    found = milp(
        cost,
        integrality=np.concatenate([np.ones(answer.size), np.zeros(desk.size)]),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(enough, problem.wanted, problem.wanted),
            LinearConstraint(desks, 0, 0),
            LinearConstraint(industry, problem.wanted_industry, np.inf),
        ],
    )
    if found.x is None:
        return None
    chosen = found.x[: answer.size] > 0.5
    return tuple(zip(answer[chosen].tolist(), grader[chosen].tolist(), strict=True))


def _cheapest_way_out(problem: Problem) -> list[Shortfall]:
    """The same rules, each of which may give way at a price: graders less, desks fuller, fewer from industry."""
    answers, graders = problem.wanted.size, problem.room.size
    answer, grader = np.nonzero(problem.allowed)
    pairs = answer.size
    size = pairs + 2 * answers + graders
    less, fuller, elsewhere = pairs, pairs + answers, pairs + answers + graders
    cost = np.concatenate(
        [
            np.zeros(pairs),
            np.full(answers, _COSTS[Rule.GRADERS]),
            np.full(graders, _COSTS[Rule.WORKLOAD]),
            np.full(answers, _COSTS[Rule.INDUSTRY]),
        ]
    )
    each, own = np.arange(answers), np.arange(graders)
    one, here = np.ones(pairs), np.arange(pairs)
    enough = coo_array(
        (np.ones(pairs + answers), (np.concatenate([answer, each]), np.concatenate([here, less + each]))),
        shape=(answers, size),
    )
    desks = coo_array(
        (np.concatenate([one, -np.ones(graders)]),
         (np.concatenate([grader, own]), np.concatenate([here, fuller + own]))),
        shape=(graders, size),
    )  # fmt: skip
    # A grading that falls away takes no industry grader's place: it is missed there too, at no further price.
    industry = coo_array(
        (np.concatenate([problem.industry[grader].astype(float), np.ones(2 * answers)]),
         (np.concatenate([answer, each, each]), np.concatenate([here, elsewhere + each, less + each]))),
        shape=(answers, size),
    )  # fmt: skip
    found = milp(
        cost,
        integrality=np.ones(size),
        bounds=Bounds(0, np.concatenate([one, np.full(size - pairs, np.inf)])),
        constraints=[
            LinearConstraint(enough, problem.wanted, problem.wanted),
            *([LinearConstraint(desks, -np.inf, problem.room)] if graders else []),
            LinearConstraint(industry, problem.wanted_industry, np.inf),
        ],
    )
    assert found.x is not None, "with every rule giving way, anything is possible"
    gave = np.rint(found.x).astype(int)
    return [
        *_shortfalls(Rule.GRADERS, gave[less:fuller], problem.wanted),
        *_shortfalls(Rule.WORKLOAD, gave[fuller:elsewhere], problem.room),
        *_shortfalls(Rule.INDUSTRY, gave[elsewhere:], problem.wanted_industry),
    ]


def _shortfalls(rule: Rule, gave: NDArray[np.int64], asked: NDArray[np.int64]) -> list[Shortfall]:
    return [
        Shortfall(rule, int(place), int(gave[place]), int(asked[place] - (0 if rule is Rule.WORKLOAD else gave[place])))
        for place in np.flatnonzero(gave)
    ]


def _rows(row: NDArray[np.int64], values: NDArray[np.float64], shape: tuple[int, int]) -> coo_array:
    """Constraints in which the first variables stand, each in one row."""
    return coo_array((values, (row, np.arange(row.size))), shape=shape)


def least_from_industry(graders: int, share: float) -> int:
    """How many of an answer's graders have to come from companies."""
    return int(np.ceil(graders * share - 1e-9))
