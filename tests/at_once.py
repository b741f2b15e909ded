"""Acts of several people at the same moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events
from matcher.errors import JiebangError
from matcher.sessions import writing

Act = Callable[[Session], object]


def at_once(engine: Engine, *acts: Act) -> list[str]:
    """What became of acts that all begin before any of them can record what it did, in order."""

    def attempt(act: Act) -> str:
        try:
            with writing(engine) as session:
                act(session)
        except JiebangError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        with writing(engine) as session:
            events.lock(session)
            running = [pool.submit(attempt, act) for act in acts]
            time.sleep(0.4)  # they get as far as they can
        return sorted(future.result(30) for future in running)
