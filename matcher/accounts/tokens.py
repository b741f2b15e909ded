"""Personal API tokens: shown once, kept as a hash, for reading only unless asked otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from matcher import events, policy
from matcher.accounts import keys, people
from matcher.actors import Actor
from matcher.drafts import Draft
from matcher.entities import ApiToken, now
from matcher.errors import NotFound, Unauthenticated
from matcher.policy import Action, Thing

PREFIX = "jb_"
"""By which a token is recognised where it should not be, such as in a log or a repository."""


class TokenDraft(Draft):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    may_write: bool = False
    organisation_id: str | None = None
    """The organisation that it acts for; left out: the person's platform roles alone."""
    days: int = Field(default=90, ge=1, le=366)
    """How long it lasts."""


def create(
    session: Session, actor: Actor, person_id: str, draft: TokenDraft, *, at: datetime | None = None
) -> tuple[ApiToken, str]:
    """The token and its secret, which is told this once. Raises Forbidden for an organisation that is not theirs."""
    policy.require(actor, Action.OWN_ACCOUNT, people.account_of(person_id))
    at = at or now()
    people.actor_for(session, people.hold(session, person_id), draft.organisation_id)
    secret = PREFIX + keys.new_key()
    made = ApiToken(
        token_hash=keys.hash_of(secret),
        person_id=person_id,
        name=draft.name,
        may_write=draft.may_write,
        organisation_id=draft.organisation_id,
        created_at=at,
        expires_at=at + timedelta(days=draft.days),
    )
    session.add(made)
    session.flush()
    detail = {"token": made.id, "may_write": draft.may_write, "organisation": draft.organisation_id}
    events.record(session, actor, events.Entry("token.created", people.name_of(person_id), detail))
    return made, secret


def actor_of(
    session: Session, secret: str, *, at: datetime | None = None, request_id: str = ""
) -> tuple[Actor, ApiToken]:
    """Who acts by this token. Raises Unauthenticated, or Forbidden when they left the organisation.

    Only reads: where `is_due`, call `touch` in a transaction that writes.
    """
    found = session.exec(select(ApiToken).where(ApiToken.token_hash == keys.hash_of(secret))).first()
    if found is None or not _lasts(found, at or now()):
        raise Unauthenticated("This token is unknown, revoked or expired.")
    actor = people.actor_for(
        session,
        people.find(session, found.person_id),
        found.organisation_id,
        platform=found.organisation_id is None,
        may_write=found.may_write,
        token_id=found.id,
        request_id=request_id,
    )
    return actor, found


def is_due(token: ApiToken, at: datetime) -> bool:
    return token.last_used_at is None or at - token.last_used_at >= keys.USE_NOTED_EVERY


def touch(session: Session, token_id: str, *, at: datetime | None = None) -> None:
    """Notes the use. Needs no actor: it is no decision of anybody's."""
    at = at or now()
    found = session.get(ApiToken, token_id, with_for_update=True, populate_existing=True)
    if found is not None and is_due(found, at):
        found.last_used_at = at
        session.add(found)


def listed(session: Session, actor: Actor, person_id: str, *, at: datetime | None = None) -> list[ApiToken]:
    """Those that are still good, the newest first."""
    policy.require(actor, Action.READ_ACCOUNT, people.account_of(person_id))
    query = (
        select(ApiToken)
        .where(
            ApiToken.person_id == person_id,
            col(ApiToken.revoked_at).is_(None),
            col(ApiToken.expires_at) > (at or now()),
        )
        .order_by(col(ApiToken.id).desc())
    )
    return list(session.exec(query))


def revoke(session: Session, actor: Actor, token_id: str, *, at: datetime | None = None) -> ApiToken:
    """Raises NotFound for another person's."""
    events.lock(session)
    found = session.get(ApiToken, token_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("token", token_id)
    policy.require(actor, Action.OWN_ACCOUNT, Thing("token", token_id, person=found.person_id))
    if found.revoked_at is None:
        found.revoked_at = at or now()
        session.add(found)
        detail = {"token": token_id}
        events.record(session, actor, events.Entry("token.revoked", people.name_of(found.person_id), detail))
    return found


def _lasts(token: ApiToken, at: datetime) -> bool:
    return token.revoked_at is None and at < token.expires_at
