"""The public part of a challenge's budget, where its mechanism has a public funder beside the setter."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from matcher.engine.challenge_drafts import public_part
from matcher.engine.challenge_moves import mechanism_of
from matcher.entities import Challenge
from matcher.mechanisms import Funding


def part_of(challenge: Challenge) -> Decimal | None:
    """What its funder is asked for; None where none is named, or no budget yet."""
    mechanism = mechanism_of(challenge)
    if mechanism.funding is not Funding.MATCHED or challenge.funder_id is None or challenge.budget is None:
        return None
    return public_part(challenge.budget, mechanism.public_ratio)


def terms_of(challenge: Challenge) -> tuple[Any, ...]:
    """What a funder gives its word for: it stands as long as these do."""
    mechanism = mechanism_of(challenge)
    return (challenge.funder_id, challenge.currency, challenge.budget, mechanism.funding, mechanism.public_ratio)


def told_of(challenge: Challenge, part: Decimal) -> dict[str, str]:
    """A part as the record has it."""
    return {"amount": f"{part:.2f}", "currency": challenge.currency}
