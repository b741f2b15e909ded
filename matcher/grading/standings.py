"""How the answers of a round stand: grades, commitments and measurements side by side, and the ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from matcher import policy
from matcher.actors import Actor
from matcher.engine import challenge_moves
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.engine.challenge_guards import IN_PLAY
from matcher.entities import Answer, Assignment, Challenge, Commitment, Trial, Verdict
from matcher.errors import NotAllowed
from matcher.grading import aggregates, desks, measuring
from matcher.grading.aggregates import Aggregate, Graded, Summary
from matcher.grading.measuring import Finding
from matcher.mechanisms import Decider
from matcher.policy import Action
from matcher.quantities.compare import Outcome
from matcher.states import AnswerState, AssignmentState, CommitmentState

_JUDGED = (*IN_PLAY, AnswerState.SELECTED, AnswerState.ELIMINATED, AnswerState.REJECTED)


@dataclass(frozen=True, slots=True)
class Standing:
    """One answer in its round."""

    answer: Answer
    rank: int | None
    """By what the mechanism decides by; None where that gives no ranking."""
    score: float | None
    """What the rank is by: the weighted mean of its grades, or the sum committed to it."""
    grades: Summary | None
    committed: Decimal
    investors: int
    findings: tuple[Finding, ...]
    """Its must-have indicators as measured by those who tried it."""
    verdicts: tuple[Verdict, ...]
    """Of those who tried it."""

    @property
    def misses(self) -> tuple[Finding, ...]:
        """Must-have indicators that were not measured to be met."""
        return tuple(finding for finding in self.findings if finding.outcome is not Outcome.MET)


@dataclass(frozen=True, slots=True)
class Standings:
    round: int
    decider: Decider
    by_rank: tuple[Standing, ...]
    """Best first; those of one rank by number."""
    alpha: float | None
    """The graders' agreement."""
    severity: Mapping[str, float]
    """Grader's person → points above or below the others."""


def read(session: Session, actor: Actor, challenge_id: str, round: int | None = None) -> Standings:
    """For who may read the grades, once the round is closed. The current round where none is named."""
    challenge = challenge_moves.find(session, actor, challenge_id)
    round = round or challenge.round
    answers = _answers(session, challenge, round)
    for answer in answers:
        policy.require(actor, Action.READ_GRADES, challenge_moves.answer_thing(session, challenge, answer))
    if not answers:
        raise NotAllowed(f"No answer was judged in round {round}.")
    desks.require_closed(challenge, round)
    return gather(session, challenge, round)


def gather(session: Session, challenge: Challenge, round: int) -> Standings:
    """The same for verbs that decide by it, whoever asks."""
    decider, answers = challenge_moves.mechanism_of(challenge).decider, _answers(session, challenge, round)
    asked = _asked(session, challenge, answers, round)
    aggregate = _aggregate(session, asked, answers, round)
    summaries = {summary.answer: summary for summary in aggregate.summaries}
    sums, investors = _commitments(session, answers)
    trials = _trials(session, answers, round)
    if decider is Decider.COMMITMENTS:
        scores = {answer.id: float(sums.get(answer.id, 0)) for answer in answers}
    elif decider is Decider.NEGOTIATION:
        scores = {}
    else:
        scores = {id: summary.mean for id, summary in summaries.items()}
    ranks = aggregates.ranks(scores)
    found = [
        Standing(
            answer,
            ranks.get(answer.id),
            scores.get(answer.id),
            summaries.get(answer.id),
            sums.get(answer.id, Decimal()),
            investors.get(answer.id, 0),
            measuring.findings(
                asked.indicators, [one for trial in trials.get(answer.id, []) for one in trial.measured]
            ),
            tuple(trial.verdict for trial in trials.get(answer.id, []) if trial.verdict is not None),
        )
        for answer in answers
    ]
    found.sort(key=lambda one: (one.rank is None, one.rank, one.answer.number))
    return Standings(round, decider, tuple(found), aggregate.alpha, aggregate.severity)


def _answers(session: Session, challenge: Challenge, round: int) -> list[Answer]:
    """Those judged in a round: they stand in it, or went on from it."""
    query = select(Answer).where(
        Answer.challenge_id == challenge.id,
        or_((col(Answer.round) == round) & col(Answer.state).in_(_JUDGED), col(Answer.round) > round),
    )
    return list(session.exec(query.order_by(col(Answer.number))))


def _asked(session: Session, challenge: Challenge, answers: list[Answer], round: int) -> ChallengeDraft:
    """What was asked for when the round was graded."""
    drawn = select(func.min(Assignment.assigned_at)).where(
        col(Assignment.answer_id).in_([answer.id for answer in answers]), Assignment.round == round
    )
    begun = session.exec(drawn).one()
    return desks.content(challenge) if begun is None else desks.asked(session, challenge, begun)


def _aggregate(session: Session, asked: ChallengeDraft, answers: list[Answer], round: int) -> Aggregate:
    weights = {criterion.key: criterion.weight for criterion in asked.rubric}
    query = select(Assignment).where(
        col(Assignment.answer_id).in_([answer.id for answer in answers]),
        Assignment.round == round,
        Assignment.state == AssignmentState.SUBMITTED,
    )
    graded = [
        Graded(
            one.answer_id,
            one.person_id,
            aggregates.weighted({key: given["score"] for key, given in one.scores.items()}, weights),
        )
        for one in session.exec(query.order_by(col(Assignment.id)))
    ]
    return aggregates.aggregate(graded)


def _commitments(session: Session, answers: list[Answer]) -> tuple[dict[str, Decimal], dict[str, int]]:
    query = select(Commitment).where(
        col(Commitment.answer_id).in_([answer.id for answer in answers]), Commitment.state == CommitmentState.FIRM
    )
    sums: dict[str, Decimal] = {}
    investors: dict[str, set[str]] = {}
    for one in session.exec(query):
        sums[one.answer_id] = sums.get(one.answer_id, Decimal()) + one.amount
        investors.setdefault(one.answer_id, set()).add(one.organisation_id)
    return sums, {answer: len(found) for answer, found in investors.items()}


def _trials(session: Session, answers: list[Answer], round: int) -> dict[str, list[Trial]]:
    query = select(Trial).where(col(Trial.answer_id).in_([answer.id for answer in answers]), Trial.round == round)
    found: dict[str, list[Trial]] = {}
    for trial in session.exec(query.order_by(col(Trial.id))):
        found.setdefault(trial.answer_id, []).append(trial)
    return found
