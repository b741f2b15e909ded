"""Finding an answer, holding it for a change, and recording what was done to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from matcher import events, policy, states
from matcher.actors import Actor
from matcher.engine import challenge_moves
from matcher.engine.challenge_guards import current_round
from matcher.entities import Answer, Challenge, Membership, Offer, Partner
from matcher.errors import Forbidden, NotAllowed, NotFound, StaleVersion
from matcher.policy import Action
from matcher.policy_who import own_side
from matcher.states import ANSWER_MOVES, AnswerState, ChallengeState, OfferState


def find(session: Session, actor: Actor, id: str, action: Action = Action.READ_ANSWER) -> tuple[Challenge, Answer]:
    """One that the actor may do this to. Raises NotFound, also for what the actor may not know of."""
    answer = session.get(Answer, id)
    if answer is None:
        raise NotFound("answer", id)
    challenge = session.get_one(Challenge, answer.challenge_id)
    policy.require(actor, action, challenge_moves.answer_thing(session, challenge, answer))
    return challenge, answer


def hold(
    session: Session, actor: Actor, id: str, action: Action, *, versions: Collection[int] | None = None
) -> tuple[Challenge, Answer]:
    """The same to be changed, as it stands now, with its challenge; until commit nobody else can.

    Raises StaleVersion when it stands at none of these versions (None: any will do).
    """
    events.lock(session)
    answer = session.get(Answer, id, with_for_update=True, populate_existing=True)
    if answer is None:
        raise NotFound("answer", id)
    challenge = session.get_one(Challenge, answer.challenge_id, with_for_update=True, populate_existing=True)
    policy.require(actor, action, challenge_moves.answer_thing(session, challenge, answer))
    if action in (Action.WRITE_ANSWER, Action.CONFIRM_PART):
        require_no_interest(session, actor, challenge)
    if versions is not None and answer.version not in versions:
        raise StaleVersion("answer", max(versions, default=0), answer.version)
    return challenge, answer


def is_own(session: Session, actor: Actor, challenge: Challenge, answer: Answer) -> bool:
    """Whether the actor is of the consortium, and of it alone. Whoever has a shell is not: the seal is against
    them too, as it is against who belongs to the setter beside it."""
    own = own_side(actor, challenge_moves.answer_thing(session, challenge, answer))
    return own and interest_of(session, actor, challenge) is None


def interest(session: Session, challenge: Challenge, organisation_id: str) -> str | None:
    """Why an organisation stands on the other side of a challenge: it would read what competitors write,
    or what it writes itself would be judged by its own people."""
    if organisation_id == challenge.organisation_id:
        return "The organisation that sets a challenge"
    if organisation_id == challenge.funder_id:
        return "The organisation that funds a challenge"
    if organisation_id in challenge_moves.invited(session, challenge, invests=True):
        return "An organisation that is invited to invest"
    return None


def interest_of(session: Session, actor: Actor, challenge: Challenge) -> str | None:
    """The same of any organisation that the actor belongs to, whichever they act for just now."""
    if actor.person_id is None:
        return None
    belongs = select(Membership.organisation_id).where(Membership.person_id == actor.person_id).distinct()
    found = (interest(session, challenge, id) for id in session.exec(belongs).all())
    return next((why for why in found if why is not None), None)


def require_no_interest(session: Session, actor: Actor, challenge: Challenge) -> None:
    """Raises Forbidden for somebody who stands on the other side too: what an answer says is kept from that."""
    if why_not := interest_of(session, actor, challenge):
        raise Forbidden(f"You belong to {why_not[0].lower()}{why_not[1:]}: somebody else answers it.")


def require_no_part(session: Session, actor: Actor, answers: Collection[Answer]) -> None:
    """Raises Forbidden for somebody who belongs to an organisation of one of these consortia, whichever
    they act for just now: who belongs to both sides is on neither's behalf the judge of the other."""
    ids = [answer.id for answer in answers]
    partners = select(Partner.organisation_id).where(col(Partner.answer_id).in_(ids))
    belongs = select(Membership.organisation_id).where(
        Membership.person_id == actor.person_id,
        or_(
            col(Membership.organisation_id).in_({answer.organisation_id for answer in answers}),
            col(Membership.organisation_id).in_(partners),
        ),
    )
    if actor.person_id is not None and session.exec(belongs).first() is not None:
        raise Forbidden("You belong to an organisation that answers: somebody else does this.")


def require_in_time(session: Session, challenge: Challenge, at: datetime) -> None:
    """Raises NotAllowed where the round takes no answers: from its deadline on, to the second and below."""
    if challenge.state is not ChallengeState.ANSWERING:
        raise NotAllowed(f"This challenge is {challenge.state}: it takes no answers now.")
    deadline = current_round(session, challenge).deadline
    if at >= deadline:
        raise NotAllowed(f"The deadline has passed: answers were taken until {deadline:%Y-%m-%d %H:%M:%S} UTC.")


def require_not_agreed(session: Session, answer: Answer) -> None:
    """Raises NotAllowed for one on which an offer was agreed: it would take the place that it holds with it,
    or say something else than what was agreed on."""
    query = select(Offer.id).where(Offer.answer_id == answer.id, Offer.state == OfferState.AGREED)
    if session.exec(query).first() is not None:
        raise NotAllowed("An offer was agreed on: this answer stands as it was handed in.")


def require_judged(challenge: Challenge) -> None:
    """Raises NotAllowed where nobody is judging the answers just now."""
    if challenge.state not in (ChallengeState.GRADING, ChallengeState.DECIDING):
        raise NotAllowed(f"This challenge is {challenge.state}: its answers are not being judged.")


def require_in_round(challenge: Challenge, answer: Answer) -> None:
    """Raises NotAllowed for an answer that did not come as far as the current round."""
    if answer.round != challenge.round:
        raise NotAllowed(f"This answer is in round {answer.round}; the challenge is in round {challenge.round}.")


def after(answer: Answer, move: str) -> AnswerState:
    """The state that a move leads to from here. Raises NotAllowed where there is none."""
    return states.advance(AnswerState(answer.state), move, ANSWER_MOVES)


def move(answer: Answer, name: str) -> None:
    answer.state = after(answer, name)


def record(
    session: Session, actor: Actor, answer: Answer, action: str, *, at: datetime, told: Mapping[str, Any] | None = None
) -> None:
    """Records what was done to a held answer, as a new version of it, in the matter of its challenge."""
    answer.version += 1
    answer.updated_at = at
    session.add(answer)
    detail = {"answer": answer.id, **(told or {})}
    events.record(session, actor, events.Entry(action, f"challenge:{answer.challenge_id}", detail), at=at)


def partners_of(session: Session, answer: Answer) -> dict[str, Partner]:
    """By their organisations."""
    query = select(Partner).where(Partner.answer_id == answer.id)
    return {partner.organisation_id: partner for partner in session.exec(query)}
