"""Tells people what concerns them: looks into the record every few seconds, makes notices, and mails them.

A thread of a running server. What other programs record on the same database is told by it too.
"""

from __future__ import annotations

import logging
import threading
import time

from sqlalchemy import Engine

from api.errors import trace
from api.mail import letters, sending
from api.settings import Settings
from matcher import events, notices
from matcher.engine import clock
from matcher.notice_turns import words
from matcher.sessions import reading, writing

log = logging.getLogger(__name__)


class Noticer:
    every = 2.0
    """Seconds between two looks."""
    again = 60.0
    """Seconds until what could not be mailed is tried again."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._thread = threading.Thread(target=self._run, name="jiebang-noticer", daemon=True)
        self._stopping = threading.Event()
        self._looking = threading.Lock()
        self._seen = -1
        """The head of the record at the last look."""
        self._mail_at: float | None = 0.0
        """When to look for mails next, also where nothing was recorded; None: not at all."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def look(self) -> None:
        """Everything that is due now: notices are made, mails are sent."""
        with self._looking:
            with reading(self._engine) as session:
                head, _ = events.head(session)
                behind = head != self._seen and notices.behind(session)
            while behind:
                with writing(self._engine) as session:
                    notices.follow(session, at=clock.unshifted(session))
                    behind = notices.behind(session)
            if head != self._seen:  # a command may have made the notices, and left their mails to a server
                self._seen, self._mail_at = head, 0.0
            if self._mail_at is not None and time.monotonic() >= self._mail_at:
                self._mail_at = None if self._mail() else time.monotonic() + self.again

    def _mail(self) -> bool:
        """Whether every letter went out."""
        with writing(self._engine) as session:
            waiting = [
                (
                    letters.notices(
                        self._settings,
                        one.email,
                        [(*words(told.kind, told.told), _page(told.thing)) for told in one.notices],
                    ),
                    [told.id for told in one.notices],
                )
                for one in notices.claim_mails(session, at=clock.unshifted(session))
            ]
        unsent: list[str] = []
        for letter, ids in waiting:
            try:
                if not self._stopping.is_set():
                    sending.deliver(self._settings, letter)
                    continue
            except Exception as error:
                # Without its message: a mail server's may quote the mail.
                log.error("notices could not be mailed, trying again: %s", trace(error))
            unsent += ids
        if unsent:
            with writing(self._engine) as session:
                notices.give_back(session, unsent)
        return not unsent

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except Exception as error:
                log.error("notices could not be made, trying again: %s", trace(error))
            self._stopping.wait(self.every)


def _page(thing: str) -> str:
    """The path of the page about what a notice is about, such as `challenge:<id>`."""
    kind, _, id = thing.partition(":")
    return f"/{kind}s/{id}"
