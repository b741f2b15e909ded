"""What a running server does every now and then, whoever asks."""

from __future__ import annotations

from sqlalchemy import Engine

from api import idempotency
from api.timed import writing_now
from matcher.answers import opening


def run(engine: Engine) -> None:
    idempotency.forget_old(engine)
    with writing_now(engine) as (session, at):
        opening.forget_due_keys(session, at=at)
