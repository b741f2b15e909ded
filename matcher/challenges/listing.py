"""The public list 榜单, narrowed and paged: exactly those challenges that the policy shows to whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from matcher import fields, policy, regions
from matcher.actors import Actor
from matcher.engine.challenge_access import visible_challenges
from matcher.entities import Challenge, ChallengeInvitation
from matcher.errors import Invalid
from matcher.mechanisms import SHIPPED
from matcher.policy import Action
from matcher.states import ChallengeState


@dataclass(frozen=True, slots=True)
class ChallengeFilter:
    """None: not narrowed by it. A field or a region takes what lies inside it along."""

    organisation_id: str | None = None
    mechanism: str | None = None
    state: ChallengeState | None = None
    field: str | None = None
    region: str | None = None
    """The setter's."""
    budget_min: Decimal | None = None
    budget_max: Decimal | None = None
    currency: str = "CNY"
    """Of the two sums: a budget in another one is not compared."""
    deadline_from: datetime | None = None
    deadline_until: datetime | None = None
    words: str | None = None
    """Stand in the title or the summary, letter by letter."""
    published: bool | None = None
    invited: bool | None = None
    """Whether the organisation acted for is invited to answer or to invest."""


@dataclass(frozen=True, slots=True)
class ChallengePage:
    items: Sequence[Challenge]
    next_cursor: str | None
    """Give it as `cursor` to read on; None on the last page."""


def page(
    session: Session,
    actor: Actor,
    narrowed: ChallengeFilter,
    *,
    cursor: str | None = None,
    limit: int = 50,
    mechanisms: Collection[str] = SHIPPED,
) -> ChallengePage:
    """Those opened last first. The cursor is the last id, so edits in between neither repeat nor hide any.

    Raises Invalid for a mechanism that is none, which a list of nothing would not tell from one without challenges.
    """
    query = _narrowed(session, actor, narrowed, mechanisms)
    query = query.order_by(col(Challenge.id).desc()).limit(limit + 1)
    if cursor:
        query = query.where(col(Challenge.id) < cursor)
    rows = list(session.exec(query))
    return ChallengePage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def latest(
    session: Session,
    actor: Actor,
    narrowed: ChallengeFilter,
    *,
    limit: int = 50,
    mechanisms: Collection[str] = SHIPPED,
) -> list[Challenge]:
    """The published ones in which something happened last, for a feed. Raises as `page` does."""
    query = _narrowed(session, actor, narrowed, mechanisms).where(col(Challenge.published_at).is_not(None))
    return list(session.exec(query.order_by(col(Challenge.updated_at).desc(), col(Challenge.id)).limit(limit)))


def due(
    session: Session,
    actor: Actor,
    narrowed: ChallengeFilter,
    *,
    limit: int = 500,
    mechanisms: Collection[str] = SHIPPED,
) -> list[Challenge]:
    """Those that take answers, the nearest deadline first, for a calendar. Raises as `page` does."""
    query = _narrowed(session, actor, narrowed, mechanisms).where(Challenge.state == ChallengeState.ANSWERING)
    return list(session.exec(query.order_by(col(Challenge.deadline), col(Challenge.id)).limit(limit)))


def _narrowed(
    session: Session, actor: Actor, narrowed: ChallengeFilter, mechanisms: Collection[str]
) -> SelectOfScalar[Challenge]:
    policy.require(actor, Action.LIST_CHALLENGES)
    visible = visible_challenges(actor)
    if narrowed.mechanism and narrowed.mechanism not in mechanisms:
        # One keeps its mechanism when the operator's file of it is gone.
        known = {*mechanisms, *session.exec(select(Challenge.mechanism).where(visible).distinct())}
        if narrowed.mechanism not in known:
            listed = ", ".join(sorted(known))
            raise Invalid(f"unknown mechanism {narrowed.mechanism!r}; known are {listed}", place="mechanism")
    return select(Challenge).where(visible, *_conditions(actor, narrowed))


def _conditions(actor: Actor, narrowed: ChallengeFilter) -> Iterator[ColumnElement[bool]]:
    for name in ("organisation_id", "mechanism", "state"):
        if wanted := getattr(narrowed, name):
            yield col(getattr(Challenge, name)) == wanted
    if narrowed.field:
        yield col(Challenge.field).in_(fields.within(narrowed.field))
    if narrowed.region:
        yield col(Challenge.region).in_(regions.within(narrowed.region))
    if narrowed.budget_min is not None or narrowed.budget_max is not None:
        yield col(Challenge.currency) == narrowed.currency
    if narrowed.budget_min is not None:
        yield col(Challenge.budget) >= narrowed.budget_min
    if narrowed.budget_max is not None:
        yield col(Challenge.budget) <= narrowed.budget_max
    if narrowed.deadline_from is not None:
        yield col(Challenge.deadline) >= narrowed.deadline_from
    if narrowed.deadline_until is not None:
        yield col(Challenge.deadline) <= narrowed.deadline_until
    if narrowed.words:
        pattern = narrowed.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        yield or_(
            col(Challenge.title).ilike(f"%{pattern}%", escape="\\"),
            col(Challenge.content)["summary"].as_string().ilike(f"%{pattern}%", escape="\\"),
        )
    if narrowed.published is not None:
        there = col(Challenge.published_at).is_not(None)
        yield there if narrowed.published else ~there
    if narrowed.invited is not None:
        mine = select(ChallengeInvitation.challenge_id).where(
            ChallengeInvitation.organisation_id == actor.organisation_id
        )
        asked = col(Challenge.id).in_(mine)
        yield asked if narrowed.invited else ~asked
