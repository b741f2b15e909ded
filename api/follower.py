"""Keeps the index of a running server near the database, in a thread beside the requests."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from api.composition import Home
from api.errors import trace
from matcher.errors import JiebangError, Unready

log = logging.getLogger(__name__)


class _Stopped(Exception):
    pass


class Follower:
    """Opens the index after the start, warms the encoder up, and follows when it is nudged.

    A request that needs the index catches up by itself; the follower only sees to it that after a
    start or a large import there is little left to catch up with. What fails is tried again.
    """

    retry_seconds = 5.0
    chores_every = 3600.0
    patience = 10.0
    """Seconds that a request waits for the index at most, so that waiting ones do not pile up."""

    def __init__(self, home: Home, chore: Callable[[], None], settled: Callable[[], None] = lambda: None) -> None:
        """`settled` is called once, when index and encoder are there."""
        self._home, self._chore, self._settled = home, chore, settled
        self._thread = threading.Thread(target=self._run, name="jiebang-follower", daemon=True)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._caught_up = threading.Event()
        self.hindrance = "it is still being opened"
        """What keeps the index from being ready, for people to read."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Waits until the thread has come to a point where it may leave off."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def nudge(self) -> None:
        """Much has been written: begin now rather than at the next question."""
        self._wake.set()

    @property
    def ready(self) -> bool:
        """The index has caught up with all that was there at the start."""
        return self._caught_up.is_set()

    def wait_until_ready(self) -> None:
        """Raises Unready when it takes longer than `patience`."""
        if not self._caught_up.wait(self.patience):
            raise Unready(f"The index is not ready: {self.hindrance}.")

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            wait = self.chores_every
            try:
                self._home.index.catch_up(self._watch)
                self._caught_up.set()
                self._home.encoder.encode_queries(["预热 warm-up"])
                self._settled()
                self._settled = lambda: None
                self._chore()
            except _Stopped:
                return
            except Exception as error:
                told = str(error) if isinstance(error, JiebangError) else f"{type(error).__name__} (see the log)"
                self.hindrance = told.rstrip(".")
                log.error("the index could not follow the database, trying again: %s", trace(error))
                wait = self.retry_seconds
            self._wake.wait(wait)

    def _watch(self, stage: str, done: int, total: int) -> None:
        if self._stopping.is_set():
            raise _Stopped
        self.hindrance = f"{stage} {done} of {total}"
