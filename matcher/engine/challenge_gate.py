"""The quality gate: what a challenge has to say before anybody is asked to answer it, scored with reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from matcher.engine.asked_checks import QUESTIONS, Asked, Question
from matcher.engine.challenge_drafts import ChallengeDraft, public_part, rounds_of
from matcher.entities import Challenge
from matcher.mechanisms import Funding, Mechanism

SHORTEST_ROUND = timedelta(days=7)
"""Nobody writes an answer in earnest in less."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the gate."""

    part: str
    """Of the draft, such as "budget"; or "funder_amount", which is not the setter's to write."""
    passed: bool
    weight: float
    blocks: bool
    """Not passed, and it may not be published so."""
    message: str
    """What is wanted, whether it is there or not; for people to read."""


@dataclass(frozen=True, slots=True)
class Gate:
    checks: tuple[Check, ...]

    @property
    def score(self) -> float:
        """The passed checks' part of all weights, 0 to 1."""
        whole = sum(check.weight for check in self.checks)
        return sum(check.weight for check in self.checks if check.passed) / whole


def judge(draft: ChallengeDraft, mechanism: Mechanism, *, at: datetime, confirmed: Decimal | None = None) -> Gate:
    """How complete a challenge is that would be published at that moment, a public funder having confirmed so much."""
    return Gate(tuple(_checks(draft, mechanism, at, confirmed)))


def of_challenge(challenge: Challenge, mechanism: Mechanism, *, at: datetime) -> Gate:
    draft = ChallengeDraft.model_validate(challenge.content)
    return judge(draft, mechanism, at=at, confirmed=challenge.funder_amount)


def _checks(draft: ChallengeDraft, mechanism: Mechanism, at: datetime, confirmed: Decimal | None) -> Iterator[Check]:
    asked = Asked(draft.summary, draft.indicators, draft.decision_owner, draft.budget)
    yield _question("summary", Question.TEXT, asked, True)
    yield _question("indicators", Question.MUST_HAVE, asked, True)
    yield _question("indicators", Question.TEST_METHODS, asked, False)
    yield _question("decision_owner", Question.DECISION_OWNER, asked, True)
    yield _check("contact", bool(draft.contact), 1, True, "whom to ask")
    needs_budget = mechanism.funding is not Funding.INVESTORS
    budget = _question("budget", Question.BUDGET, asked, needs_budget)
    yield budget if needs_budget else replace(budget, passed=True)
    if mechanism.funding is Funding.MATCHED:
        yield _check("funder_id", draft.funder_id is not None, 2, True, "the public funder")
        yield from _matched(draft, mechanism, confirmed)
    if mechanism.funding is Funding.STAGED and draft.budget:
        yield _stages(draft, mechanism)
    yield _check("ownership", bool(draft.ownership), 1, False, "who will own what comes out of it")
    yield _check("benefit_sharing", bool(draft.benefit_sharing), 1, False, "how later benefit is shared")
    yield _check("risk_sharing", bool(draft.risk_sharing), 1, False, "who bears the cost of a failure")
    yield _check("eligibility", bool(draft.eligibility), 0.5, False, "who may answer")
    if mechanism.graders_each:
        yield _check("rubric", bool(draft.rubric), 2, True, "what answers are graded by")
        anchored = bool(draft.rubric) and all(len(criterion.anchors) >= 2 for criterion in draft.rubric)
        yield _check("rubric", anchored, 1, False, "what the scores of each criterion mean")
    yield from _dates(draft, mechanism, at)


def _matched(draft: ChallengeDraft, mechanism: Mechanism, confirmed: Decimal | None) -> Iterator[Check]:
    """What the setter says of the funder's money is not enough."""
    part = public_part(draft.budget, mechanism.public_ratio) if draft.budget else None
    if part:
        message = f"the public funder's word that it puts in {part:,} {draft.currency}"
        yield _check("funder_amount", confirmed == part, 2, True, message)


def _stages(draft: ChallengeDraft, mechanism: Mechanism) -> Check:
    """What the rounds would pay at most has to be there."""
    assert draft.budget is not None
    paid = sum(
        (plan.payment or 0) * (plan.goes_on or rule.goes_on or 1)
        for plan, rule in zip(draft.rounds, mechanism.rounds, strict=False)
    )
    message = f"rounds whose payments ({paid:,}) stay within the budget ({draft.budget:,})"
    return _check("budget", paid <= draft.budget, 2, True, message)


def _dates(draft: ChallengeDraft, mechanism: Mechanism, at: datetime) -> Iterator[Check]:
    start = at
    for number, plan in enumerate(rounds_of(draft, mechanism, at), start=1):
        long_enough = plan.deadline - start >= SHORTEST_ROUND
        message = f"a deadline of round {number} that leaves at least {SHORTEST_ROUND.days} days"
        yield _check("rounds", long_enough, 1, True, message)
        start = plan.deadline
    if draft.questions_until is not None:
        first = rounds_of(draft, mechanism, at)[0].deadline
        in_time = at < draft.questions_until < first
        yield _check("questions_until", in_time, 1, True, "a time for questions that ends before the first deadline")


def _question(part: str, question: Question, asked: Asked, blocks: bool) -> Check:
    wanted = QUESTIONS[question]
    return _check(part, wanted.said(asked), wanted.weight, blocks, wanted.message)


def _check(part: str, passed: bool, weight: float, blocks: bool, wanted: str) -> Check:
    return Check(part, passed, weight, blocks and not passed, wanted)
