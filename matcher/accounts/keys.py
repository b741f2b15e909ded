"""The random keys that sign-ins and tokens are known by, and ending what they open."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, Update, update
from sqlmodel import Session, col

from matcher.entities import ApiToken, SignIn

USE_NOTED_EVERY = timedelta(minutes=1)
"""The last use of a key is written no more often than this."""


def new_key() -> str:
    """43 characters that fit into a URL or a header: 32 random bytes."""
    return secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """What is kept of a key. A plain hash will do: nobody can try 2²⁵⁶ of them."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Ended:
    """How many ways in were closed."""

    sign_ins: int
    tokens: int


def end_all(session: Session, person_id: str, at: datetime, *, but: str | None = None) -> Ended:
    """Every sign-in of a person but the one of id `but`, and every token."""
    return Ended(end_sign_ins(session, person_id, at, but=but), revoke_tokens(session, person_id, at))


def end_sign_ins(session: Session, person_id: str, at: datetime, *, but: str | None = None) -> int:
    """Ends every sign-in of a person but the one of id `but`; how many there were."""
    conditions = [col(SignIn.person_id) == person_id, col(SignIn.ended_at).is_(None)]
    if but is not None:
        conditions.append(col(SignIn.id) != but)
    return _changed(session, update(SignIn).where(*conditions).values(ended_at=at))


def revoke_tokens(session: Session, person_id: str, at: datetime, *, organisation_id: str | None = None) -> int:
    """Revokes every token of a person, or those for one organisation; how many there were."""
    conditions = [col(ApiToken.person_id) == person_id, col(ApiToken.revoked_at).is_(None)]
    if organisation_id is not None:
        conditions.append(col(ApiToken.organisation_id) == organisation_id)
    return _changed(session, update(ApiToken).where(*conditions).values(revoked_at=at))


def act_for_none(session: Session, person_id: str, organisation_id: str) -> None:
    """Sign-ins of a person who acted for this organisation act for none."""
    conditions = (col(SignIn.person_id) == person_id, col(SignIn.organisation_id) == organisation_id)
    _changed(session, update(SignIn).where(*conditions).values(organisation_id=None))


def _changed(session: Session, statement: Update) -> int:
    session.flush()
    done = session.execute(statement)
    assert isinstance(done, CursorResult)
    return int(done.rowcount)
