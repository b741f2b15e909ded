"""Slowing down whoever guesses passwords, without keeping addresses.

An attempt is counted before it is checked, so that many at once cannot outrun the count, and taken
off when it succeeded. What is counted per account is the same whether or not there is one.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from matcher import events
from matcher.accounts.secrets import Secrets
from matcher.entities import SignInFailure
from matcher.errors import TooManyAttempts

WINDOW = timedelta(minutes=15)
"""How long a failure counts, and the longest wait."""

FREE_PER_ACCOUNT = 5
FREE_PER_ADDRESS = 20
"""Failures before there is any wait. More from one network address: a university may share it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """An attempt under way, to be forgotten if it succeeds."""

    account: str
    ids: tuple[str, ...]


def begin(session: Session, secrets: Secrets, email: str, address: str, at: datetime) -> Counted:
    """Counts an attempt as failed until it is known better. Raises TooManyAttempts, and counts nothing then."""
    events.lock(session)  # two at once are counted one after the other
    session.execute(delete(SignInFailure).where(col(SignInFailure.at) <= at - WINDOW))
    account = secrets.hash("account", email.strip().casefold())
    places = [(account, FREE_PER_ACCOUNT)]
    if address:
        places.append((secrets.hash("address", _network(address)), FREE_PER_ADDRESS))
    wait = max(_wait(session, key, free, at) for key, free in places)
    if wait > timedelta(0):
        raise TooManyAttempts(math.ceil(wait.total_seconds()))
    rows = [SignInFailure(key=key, at=at) for key, _ in places]
    session.add_all(rows)
    session.flush()
    return Counted(account, tuple(row.id for row in rows))


def forget(session: Session, counted: Counted, *, all_of_account: bool) -> None:
    """Takes the attempt off; with `all_of_account` the account's earlier failures too.

    Never an address's: else whoever has one account could guess at others between two sign-ins.
    """
    _delete(session, counted.ids)
    if all_of_account:
        session.execute(delete(SignInFailure).where(col(SignInFailure.key) == counted.account))


def _delete(session: Session, ids: Sequence[str]) -> None:
    session.execute(delete(SignInFailure).where(col(SignInFailure.id).in_(ids)))


def _wait(session: Session, key: str, free: int, at: datetime) -> timedelta:
    """2 seconds after the last free failure, twice as long after each further one."""
    query = select(func.count(), func.max(SignInFailure.at)).where(SignInFailure.key == key)
    count, last = session.exec(query).one()
    if count < free:
        return timedelta(0)
    pause = min(timedelta(seconds=2 ** min(count - free + 1, 20)), WINDOW)
    wait: timedelta = last + pause - at
    return wait


def _network(address: str) -> str:
    """The address; of IPv6 the /64, of which one household has 2⁶⁴."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(read, ipaddress.IPv6Address):
        if read.ipv4_mapped is not None:
            return str(read.ipv4_mapped)
        return str(ipaddress.ip_network((int(read), 64), strict=False))
    return str(read)
