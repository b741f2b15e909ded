"""Reading challenges: the policy's rule as a condition of a query, and what is told of their needs."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, not_, or_, true
from sqlmodel import Session, col, select

from matcher import access
from matcher.actors import Actor
from matcher.entities import Challenge, ChallengeInvitation, Kind, Need
from matcher.mechanisms import Answerers
from matcher.policy import PLATFORM, View
from matcher.policy_who import desk, member


def visible_challenges(actor: Actor) -> ColumnElement[bool]:
    """Exactly those challenges that the actor may read (`Action.READ_CHALLENGE`)."""
    if actor.trusted or desk(actor, PLATFORM):
        return true()
    published = col(Challenge.published_at).is_not(None)
    private = col(Challenge.rules)["answerers"].as_string() == str(Answerers.INVITED)
    public = and_(published, not_(private))
    if not member(actor, PLATFORM):
        return public
    invited = select(ChallengeInvitation.challenge_id).where(
        ChallengeInvitation.organisation_id == actor.organisation_id,
        col(ChallengeInvitation.invests).is_(False),
    )
    return or_(
        public,
        and_(published, col(Challenge.id).in_(invited)),
        col(Challenge.organisation_id) == actor.organisation_id,
        col(Challenge.funder_id) == actor.organisation_id,
    )


def told_needs(session: Session, actor: Actor, ids: Collection[str]) -> set[str]:
    """Those of these needs of which the actor is shown whose they are.

    A challenge names its setter: to name its need as well would tell whose a need is that keeps that back.
    """
    visible = access.viewer(session, actor).visible(Kind.NEED, View.PUBLIC)
    return set(session.exec(select(Need.id).where(col(Need.id).in_(ids), visible)))
