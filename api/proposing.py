"""Keeps the queue of pairs filled: ranks what changed, a few needs at a time, beside the requests.

A thread of a running server. What other programs wrote on the same database is ranked by it too.
"""

from __future__ import annotations

import logging
import threading

from api.composition import Home
from api.errors import trace
from api.follower import Follower
from matcher.reviews import proposing
from matcher.sessions import reading

log = logging.getLogger(__name__)


class Proposer:
    every = 30.0
    """Seconds between two looks, and until the first: a start has better things to do."""
    pause = 0.2
    """Seconds between two steps, in which requests have the machine for themselves."""

    def __init__(self, home: Home, follower: Follower) -> None:
        self._home, self._follower = home, follower
        self._thread = threading.Thread(target=self._run, name="jiebang-proposer", daemon=True)
        self._stopping = threading.Event()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Waits until the step under way is done."""
        self._stopping.set()
        self._thread.join()

    def look(self) -> None:
        """Ranks all that is to be ranked now, unless it is stopped."""
        while self._behind():
            proposing.step(self._home.engine, self._home.index)
            if self._stopping.wait(self.pause):
                return

    def _behind(self) -> bool:
        with reading(self._home.engine) as session:
            return proposing.behind(session, self._home.index)

    def _run(self) -> None:
        while not self._stopping.wait(self.every):
            try:
                if self._follower.ready:
                    self.look()
            except Exception as error:
                log.error("pairs could not be ranked, trying again: %s", trace(error))
