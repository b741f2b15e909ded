"""How often one network address may try what a guesser would try often.

Counted in this process's memory: it keeps floods from the database and from people's mailboxes. The
slow-down of guesses at one account stands in the database (`matcher.accounts`).
"""

from __future__ import annotations

import ipaddress
import math
import time

from fastapi import Request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from matcher.errors import TooManyAttempts

MAILS = parse("5/hour")
"""To one mailbox, whoever asks for them."""


class Limiter:
    def __init__(self, rate: str) -> None:
        """`rate` is such as 30/minute."""
        self._rate = parse(rate)
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def attempt(self, purpose: str, address: str) -> None:
        """Counts one attempt from a network address. Raises TooManyAttempts."""
        keys = (purpose, _network(address))
        if not self._windows.hit(self._rate, *keys):
            reset, _ = self._windows.get_window_stats(self._rate, *keys)
            raise TooManyAttempts(max(1, math.ceil(reset - time.time())))

    def may_mail(self, mailbox: str) -> bool:
        """Counts one mail to a mailbox; False when it has had enough of them."""
        return self._windows.hit(MAILS, "mail", mailbox.strip().lower())


def address(request: Request) -> str:
    """Where a request comes from, as far as the settings let proxies say."""
    return request.client.host if request.client else ""


def _network(address: str) -> str:
    """Of IPv6 the network that one household is given: its addresses are endless."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
