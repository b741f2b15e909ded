"""What a running server does every now and then, whoever asks."""

from __future__ import annotations

from sqlalchemy import Engine

from api import idempotency
from matcher import events
from matcher.answers import opening
from matcher.engine import clock
from matcher.sessions import writing


def run(engine: Engine) -> None:
    idempotency.forget_old(engine)
    with writing(engine) as session:
        events.lock(session)
        opening.forget_due_keys(session, at=clock.unshifted(session))
