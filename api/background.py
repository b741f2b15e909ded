"""What need not be done before the answer: mails, and notes of when a key was last used.

One thread does it, one thing after the other. So no answer waits for a mail server, nor shows by its
time whether there was something to send.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from api.errors import trace

log = logging.getLogger(__name__)

Chore = Callable[[], object]

_WAITING = 1000
"""Chores that may wait; further ones are dropped, with a line in the log."""

_LAST_SECONDS = 30
"""How long the program's end waits for what is still to be done."""


class Background:
    def __init__(self) -> None:
        self._chores: queue.Queue[Chore | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._work, name="background", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """After what is waiting is done, within reason."""
        try:
            self._chores.put(None, timeout=_LAST_SECONDS)
        except queue.Full:
            return
        self._thread.join(_LAST_SECONDS)

    def later(self, chore: Chore) -> None:
        """Call it after the commit: what was rolled back shall not be told anybody."""
        try:
            self._chores.put_nowait(chore)
        except queue.Full:
            log.error("something was left undone: %d are waiting before it", _WAITING)

    def wait(self) -> None:
        """Until everything is done that was asked for before."""
        self._chores.join()

    def _work(self) -> None:
        while True:
            chore = self._chores.get()
            try:
                if chore is None:
                    return
                chore()
            except Exception as error:
                # Without its message: a mail server's may quote the mail.
                log.error("something was left undone: %s", trace(error))
            finally:
                self._chores.task_done()
