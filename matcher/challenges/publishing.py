"""The quality gate as people see it, and publishing what passes it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.challenges import content, drafting
from matcher.drafts import NeedDraft
from matcher.engine import challenge_gate, challenge_moves
from matcher.engine.challenge_drafts import rounds_of
from matcher.engine.challenge_gate import Gate
from matcher.engine.sealed_keys import make_round_keys
from matcher.entities import Challenge, ChallengeVersion, Round
from matcher.matching.matches import Match
from matcher.policy import Action

Matching = Callable[[NeedDraft], Sequence[Match]]
"""Ranks results for a need that is not stored, as the one who asks is shown them."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gate says of a challenge, were it published now."""

    gate: Gate
    able_labs: float | None
    """How many labs can likely do it, by their registered results; None where nobody matched."""


def judged(session: Session, actor: Actor, id: str, *, at: datetime, matching: Matching | None = None) -> Judgement:
    challenge = challenge_moves.find(session, actor, id)
    gate = challenge_gate.of_challenge(challenge, challenge_moves.mechanism_of(challenge), at=at)
    return Judgement(gate, None if matching is None else able_labs(matching(as_need(challenge))))


def as_need(challenge: Challenge) -> NeedDraft:
    """What is published of a challenge, to be matched like a need.

    Its needs' own texts stay out: the reasons of a match quote both sides, and are told to labs.
    """
    draft = content.draft_of(challenge)
    return NeedDraft(
        title=draft.title,
        problem=draft.summary,
        indicators=draft.indicators,
        field=challenge.field,
        budget_max=draft.budget,
        currency=draft.currency,
    )


def able_labs(matches: Sequence[Match]) -> float:
    """The number to be expected: a match's score is the chance that its result helps, and each lab
    counts with its best."""
    best: dict[str, float] = {}
    for match in matches:
        lab = match.organisation_id or match.id  # whose it is may be hidden: then it counts by itself
        best[lab] = max(best.get(lab, 0.0), match.score)
    return round(sum(best.values()), 1)


def publish(
    session: Session,
    actor: Actor,
    secrets: Secrets,
    id: str,
    *,
    at: datetime,
    versions: Collection[int] | None = None,
) -> Challenge:
    """Opens a proposed challenge for answers: its first version, its rounds, and the keys they are sealed to.

    Raises NotAllowed where the gate or the custodians' keys are missing something, or one of its
    needs was withdrawn.
    """
    challenge = challenge_moves.hold(session, actor, id, Action.MOVE_CHALLENGE, move="publish", versions=versions)
    drafting.require_standing_needs(session, challenge)
    mechanism = challenge_moves.mechanism_of(challenge)
    draft = content.draft_of(challenge)
    rounds = rounds_of(draft, mechanism, at)  # written out: amendments are held against them
    draft = draft.model_copy(update={"rounds": rounds})
    told = {
        "number": 1,
        "content_hash": content.digest(draft.model_dump(mode="json")),
        "deadline": rounds[0].deadline.isoformat(),
    }
    challenge_moves.move(session, actor, challenge, "publish", at=at, told=told)
    content.put(challenge, draft)
    challenge.published_at, challenge.deadline = at, rounds[0].deadline
    session.add(ChallengeVersion(challenge_id=challenge.id, number=1, content=challenge.content, at=at))
    session.add_all(
        Round(challenge_id=challenge.id, number=number, **plan.model_dump())
        for number, plan in enumerate(rounds, start=1)
    )
    session.flush()
    make_round_keys(session, secrets, actor, challenge, at=at)
    return challenge
