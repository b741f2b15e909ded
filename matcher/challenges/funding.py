"""The public funder's word for its part of the money 配套出资, given before anybody is asked to answer.

The setter names the funder and the budget; what follows of them is the funder's own to confirm. Its word
stands until funder, currency, budget or ratio change (`drafting.edit`) or it is taken back, and without it
the quality gate lets nothing pass.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from matcher.actors import Actor
from matcher.engine import challenge_moves, matched_funding
from matcher.engine.challenge_moves import UNPUBLISHED
from matcher.entities import Challenge
from matcher.errors import Conflict, Invalid, NotAllowed
from matcher.mechanisms import Funding
from matcher.policy import Action


def agree(session: Session, actor: Actor, id: str, amount: Decimal, currency: str, *, at: datetime) -> Challenge:
    """Confirms that the funder puts in its part of the budget, to the cent.

    The amount is said, not implied, so that nobody confirms what was changed while they read. Raises
    Invalid for another one, NotAllowed where there is nothing to confirm, Conflict where it is confirmed.
    """
    challenge = _held(session, actor, id)
    part = _part(challenge)
    wanted = f"the public part of this budget is {part:,} {challenge.currency}"
    if currency != challenge.currency:
        raise Invalid(wanted, place="currency")
    if amount != part:
        raise Invalid(wanted, place="amount")
    if challenge.funder_amount == part:
        raise Conflict("This part is confirmed already.")
    challenge.funder_amount = part
    told = {"funder": challenge.funder_id, **matched_funding.told_of(challenge, part)}
    challenge_moves.touch(session, actor, challenge, "challenge.funding_confirmed", at=at, told=told)
    return challenge


def withdraw(session: Session, actor: Actor, id: str, *, at: datetime, reason: str = "") -> Challenge:
    """Takes the confirmation back. The setter and the desk are told. Raises NotAllowed where none stands."""
    challenge = _held(session, actor, id)
    if challenge.funder_amount is None:
        raise NotAllowed("No part is confirmed: there is nothing to take back.")
    told = matched_funding.told_of(challenge, challenge.funder_amount) | ({"reason": reason} if reason else {})
    challenge.funder_amount = None
    challenge_moves.touch(session, actor, challenge, "challenge.funding_withdrawn", at=at, told=told)
    return challenge


def _held(session: Session, actor: Actor, id: str) -> Challenge:
    challenge = challenge_moves.hold(session, actor, id, Action.FUND_CHALLENGE)
    if challenge.state not in UNPUBLISHED:
        raise NotAllowed("The public part is confirmed, or taken back, before a challenge is published.")
    return challenge


def _part(challenge: Challenge) -> Decimal:
    """Raises NotAllowed where the funder is asked for nothing, with the reason."""
    mechanism = challenge_moves.mechanism_of(challenge)
    if mechanism.funding is not Funding.MATCHED:
        raise NotAllowed(f"Under the mechanism {mechanism.name} no public funder takes part.")
    if challenge.funder_id is None:
        raise NotAllowed("No public funder is named: its setter does that.")
    part = matched_funding.part_of(challenge)
    if part is None:
        raise NotAllowed("It has no budget yet, which the public part follows from.")
    if not part:
        raise NotAllowed("At its ratio the funder has no part in this budget.")
    return part
