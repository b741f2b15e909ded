"""A matchmaker's desk: who may sit at it, what they know, and how much already waits on them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func
from sqlmodel import Session, col, select

from matcher import policy
from matcher.accounts import people
from matcher.actors import Actor
from matcher.entities import Accreditation, Pair, Person, PlatformRole
from matcher.errors import Forbidden, NotAllowed, NotFound
from matcher.policy import Action, Thing
from matcher.states import FOLLOWED


def at_desk(session: Session, actor: Actor, matchmaker_id: str) -> Accreditation:
    """The accreditation of the matchmaker whose desk it is. Raises as the policy does, Forbidden for who is none."""
    policy.require(actor, Action.REVIEW_PAIRS, Thing("matchmaker", matchmaker_id, person=matchmaker_id))
    found = session.get(Accreditation, (matchmaker_id, PlatformRole.MATCHMAKER))
    if found is None:
        raise Forbidden("Matchmakers do this.")
    return found


def following(session: Session, matchmaker_id: str) -> int:
    """How many pairs wait on them."""
    query = select(func.count()).select_from(Pair)
    return session.exec(query.where(Pair.follower_id == matchmaker_id, col(Pair.state).in_(FOLLOWED))).one()


def has_room(session: Session, accreditation: Accreditation) -> bool:
    if accreditation.workload is None:
        return True
    return following(session, accreditation.person_id) < accreditation.workload


def require_room(session: Session, accreditation: Accreditation) -> None:
    """Raises NotAllowed."""
    if not has_room(session, accreditation):
        raise NotAllowed(
            f"As many pairs wait on them as may ({accreditation.workload}): end one or hand one over first."
        )


def colleagues(session: Session, actor: Actor, *, without: Collection[str] = ()) -> list[tuple[Person, int]]:
    """The matchmakers to whom a pair can be handed over, with how many wait on each, by name."""
    policy.require(actor, Action.READ_BOARD)
    query = (
        select(Person, Accreditation)
        .join(Accreditation)
        .where(Accreditation.role == PlatformRole.MATCHMAKER, col(Person.id).not_in(without))
        .order_by(Person.name, Person.id)
    )
    found = [(person, accreditation) for person, accreditation in session.exec(query) if people.active(person)]
    return [
        (person, following(session, person.id)) for person, accreditation in found if has_room(session, accreditation)
    ]


def colleague(session: Session, person_id: str) -> Accreditation:
    """Raises NotFound for who is no matchmaker, or cannot sign in."""
    person = session.get(Person, person_id)
    found = session.get(Accreditation, (person_id, PlatformRole.MATCHMAKER))
    if person is None or found is None or not people.active(person):
        raise NotFound("matchmaker", person_id)
    return found
