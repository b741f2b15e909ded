"""The one door through which a challenge changes its state.

What is possible from where, for whom, and on which conditions stands in its mechanism
(`matcher.mechanisms`); here it is held to it, and every step recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from matcher import events, policy, states
from matcher.actors import Actor
from matcher.engine.challenge_guards import GUARDS
from matcher.entities import Answer, Challenge, ChallengeInvitation, Partner
from matcher.errors import NotAllowed, NotFound, StaleVersion
from matcher.mechanisms import Answerers, Decider, Mechanism
from matcher.policy import Action, AnswerThing, ChallengeThing
from matcher.states import SHUT, AnswerState, ChallengeState

_MECHANISM: TypeAdapter[Mechanism] = TypeAdapter(Mechanism)

UNPUBLISHED = (ChallengeState.DRAFT, ChallengeState.PROPOSED)


# -- the mechanism of a challenge -----------------------------------------------------------------


def rules_of(mechanism: Mechanism) -> dict[str, Any]:
    """A mechanism as a challenge keeps it."""
    rules: dict[str, Any] = _MECHANISM.dump_python(mechanism, mode="json")
    return rules


def mechanism_of(challenge: Challenge) -> Mechanism:
    """The mechanism as it was when the challenge was opened."""
    return _MECHANISM.validate_python(challenge.rules)


# -- as the policy sees it ------------------------------------------------------------------------


def thing(session: Session, challenge: Challenge, *, move: str | None = None) -> ChallengeThing:
    mechanism = mechanism_of(challenge)
    found = mechanism.moves.get(move) if move else None
    return ChallengeThing(
        "challenge",
        challenge.id,
        owner=challenge.organisation_id,
        published=challenge.published_at is not None,
        private=mechanism.answerers is Answerers.INVITED,
        invited=invited(session, challenge) if mechanism.answerers is Answerers.INVITED else frozenset(),
        funder=challenge.funder_id,
        movers=found.by if found else frozenset(),
    )


def answer_thing(session: Session, challenge: Challenge, answer: Answer) -> AnswerThing:
    """An answer, its award, its contract: all are its lead's, with the same readers."""
    mechanism = mechanism_of(challenge)
    partners = session.exec(select(Partner.organisation_id).where(Partner.answer_id == answer.id))
    investing = mechanism.decider is Decider.COMMITMENTS
    return AnswerThing(
        "answer",
        answer.id,
        owner=answer.organisation_id,
        setter=challenge.organisation_id,
        partners=frozenset(partners),
        opened=is_open(mechanism, answer),
        funder=challenge.funder_id,
        investors=invited(session, challenge, invests=True) if investing else frozenset(),
    )


def is_open(mechanism: Mechanism, answer: Answer) -> bool:
    """Whether others than its authors may read what an answer says in the round it stands in.

    One that went on to a further round is shut again; what it said in the rounds before stays open
    (`AnswerText.own_key`).
    """
    if mechanism.sealed:
        return answer.state not in SHUT or answer.round > 1
    return answer.handed_in_at is not None


def is_under_way(challenge: Challenge, answer: Answer) -> bool:
    """Whether an answer is written, or waits to be opened, in a sealed round: what becomes of it there is its
    authors' alone, also where they were opened in a round before."""
    return (
        mechanism_of(challenge).sealed
        and answer.state in SHUT
        and answer.round == challenge.round
        and challenge.state in (ChallengeState.ANSWERING, ChallengeState.SEALED)
    )


def invited(session: Session, challenge: Challenge, *, invests: bool = False) -> frozenset[str]:
    """The organisations invited to answer, or to invest: who is asked for the one has no part in the other."""
    query = select(ChallengeInvitation.organisation_id).where(
        ChallengeInvitation.challenge_id == challenge.id, ChallengeInvitation.invests == invests
    )
    return frozenset(session.exec(query))


# -- the door -------------------------------------------------------------------------------------


def find(session: Session, actor: Actor, id: str, action: Action = Action.READ_CHALLENGE) -> Challenge:
    """One that the actor may do this to. Raises NotFound, also for what the actor may not know of."""
    challenge = session.get(Challenge, id)
    if challenge is None:
        raise NotFound("challenge", id)
    policy.require(actor, action, thing(session, challenge))
    return challenge


def hold(
    session: Session,
    actor: Actor,
    id: str,
    action: Action,
    *,
    move: str | None = None,
    versions: Collection[int] | None = None,
) -> Challenge:
    """The same to be changed, as it stands now; until commit nobody else can.

    Raises StaleVersion when it stands at none of these versions (None: any will do).
    """
    events.lock(session)
    challenge = session.get(Challenge, id, with_for_update=True, populate_existing=True)
    if challenge is None:
        raise NotFound("challenge", id)
    policy.require(actor, action, thing(session, challenge, move=move))
    if versions is not None and challenge.version not in versions:
        raise StaleVersion("challenge", max(versions, default=0), challenge.version)
    return challenge


def possible(session: Session, actor: Actor, challenge: Challenge, at: datetime) -> dict[str, str | None]:
    """The moves from here that are this actor's to make, each with what hinders it just now, if anything."""
    mechanism = mechanism_of(challenge)
    return {
        name: hindrance(session, challenge, name, at)
        for name, move in mechanism.moves.items()
        if challenge.state in move.sources
        and policy.can(actor, Action.MOVE_CHALLENGE, thing(session, challenge, move=name)).allowed
    }


def hindrance(session: Session, challenge: Challenge, name: str, at: datetime) -> str | None:
    mechanism = mechanism_of(challenge)
    for guard in mechanism.moves[name].guards:
        why_not = GUARDS[guard](session, challenge, mechanism, at)
        if why_not is not None:
            return why_not
    return None


def move(
    session: Session,
    actor: Actor,
    challenge: Challenge,
    name: str,
    *,
    at: datetime,
    reason: str = "",
    told: Mapping[str, Any] | None = None,
) -> None:
    """Moves a challenge that is held, and records it with the reason and what else is told.

    Raises as the policy does, NotAllowed where the mechanism knows no such move from here, and where
    one of its conditions is not met.
    """
    mechanism = mechanism_of(challenge)
    if name not in mechanism.moves:
        raise NotAllowed(f"The mechanism {mechanism.name} knows no move {name!r}.")
    policy.require(actor, Action.MOVE_CHALLENGE, thing(session, challenge, move=name))
    table = {key: (one.sources, one.target) for key, one in mechanism.moves.items()}
    state = states.advance(challenge.state, name, table)
    why_not = hindrance(session, challenge, name, at)
    if why_not is not None:
        raise NotAllowed(why_not)
    challenge.state = state
    touch(
        session,
        actor,
        challenge,
        f"challenge.{name}",
        at=at,
        told={**({"reason": reason} if reason else {}), **(told or {})},
    )


def touch(
    session: Session,
    actor: Actor,
    challenge: Challenge,
    action: str,
    *,
    at: datetime,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Records what was done to a held challenge, as a new version of it."""
    challenge.version += 1
    challenge.updated_at = at
    session.add(challenge)
    events.record(session, actor, events.Entry(action, f"challenge:{challenge.id}", dict(told or {})), at=at)


def answers_in(session: Session, challenge: Challenge, *in_states: AnswerState) -> list[Answer]:
    """The answers of the current round that stand in one of these states, by number; held until commit."""
    query = select(Answer).where(
        Answer.challenge_id == challenge.id, Answer.round == challenge.round, col(Answer.state).in_(in_states)
    )
    return list(session.exec(query.order_by(col(Answer.number)).with_for_update()))
