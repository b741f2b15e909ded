"""What foretold success: grades and commitments of an answer beside what became of its contract."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from scipy import stats
from sqlmodel import Session, col, select

from matcher import policy
from matcher.actors import Actor
from matcher.engine import challenge_moves
from matcher.entities import Answer, Award, Challenge, Contract, OutcomeCode
from matcher.grading import standings
from matcher.policy import Action

_SUCCESS = {OutcomeCode.ACHIEVED: 1.0, OutcomeCode.ACHIEVED_IN_PART: 0.5}
_ENOUGH = 5
"""Contracts below which an order says nothing."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """One awarded answer whose contract has ended."""

    challenge_id: str
    answer_id: str
    mechanism: str
    grade: float | None
    rank: int | None
    committed: Decimal
    investors: int
    outcome: OutcomeCode

    @property
    def success(self) -> float:
        """1 achieved, 0.5 in part, 0 otherwise."""
        return _SUCCESS.get(self.outcome, 0.0)


@dataclass(frozen=True, slots=True)
class Foresight:
    rows: tuple[Foretold, ...]
    by_grade: float | None
    """Kendall's tau-b between grade and success, over rows that have a grade; None of too few, or all alike."""
    by_commitment: float | None
    """The same of what was committed."""


def look_back(session: Session, actor: Actor) -> Foresight:
    """Over all challenges whose grades the actor may read."""
    policy.require(actor, Action.LIST_CHALLENGES)
    query = (
        select(Challenge, Answer, Contract.outcome)
        .join(Answer, col(Answer.challenge_id) == col(Challenge.id))
        .join(Award, col(Award.answer_id) == col(Answer.id))
        .join(Contract, col(Contract.award_id) == col(Award.id))
        .where(col(Contract.outcome).is_not(None))
        .order_by(col(Challenge.id), col(Answer.number))
    )
    rows = []
    for challenge, answer, outcome in session.exec(query):
        thing = challenge_moves.answer_thing(session, challenge, answer)
        if outcome is None or not policy.can(actor, Action.READ_GRADES, thing).allowed:
            continue
        found = standings.gather(session, challenge, challenge.round).by_rank
        one = next(standing for standing in found if standing.answer.id == answer.id)
        grade = one.grades.mean if one.grades else None
        rows.append(
            Foretold(
                challenge.id, answer.id, challenge.mechanism, grade, one.rank, one.committed, one.investors,
                OutcomeCode(outcome),
            )
        )  # fmt: skip
    graded = [(row.grade, row.success) for row in rows if row.grade is not None]
    invested = [(float(row.committed), row.success) for row in rows if row.investors]
    return Foresight(tuple(rows), _agreement(graded), _agreement(invested))


def _agreement(pairs: list[tuple[float, float]]) -> float | None:
    told, came = zip(*pairs, strict=True) if pairs else ((), ())
    if len(pairs) < _ENOUGH or len(set(told)) < 2 or len(set(came)) < 2:
        return None
    return float(stats.kendalltau(told, came).statistic)
