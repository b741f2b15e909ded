"""Creates that can be repeated safely under an Idempotency-Key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete

from api.errors import Problem
from matcher.actors import Actor
from matcher.entities import IdempotentReply, now
from matcher.sessions import writing

KEPT_FOR = timedelta(days=2)


@dataclass(frozen=True)
class Created:
    """The answer to a create."""

    body: BaseModel
    location: str
    etag: str | None = None

    def headers(self) -> dict[str, str]:
        return {"Location": self.location} | ({"ETag": self.etag} if self.etag else {})


def create(
    engine: Engine, actor: Actor, key: str | None, request: BaseModel, make: Callable[[Session], Created]
) -> JSONResponse:
    """Runs `make` in a transaction of its own and answers 201; under a known key, answers as then.

    The answer is stored in the same transaction as what was created, so that there are both or
    neither. Of two requests with one key at the same time one creates, and the other gets its answer.
    """
    try:
        return _create(engine, actor, key, request, make)
    except IntegrityError:
        # Somebody stored the same between our look and our write (SQLite admits one writer at a
        # time, other databases do not). It stands now, and the second look finds it.
        return _create(engine, actor, key, request, make)


def _create(
    engine: Engine, actor: Actor, key: str | None, request: BaseModel, make: Callable[[Session], Created]
) -> JSONResponse:
    said = _hash(request)
    with writing(engine) as session:
        if key is not None:
            known = session.get(IdempotentReply, (sender(actor), key))
            if known is not None:
                return _repeated(known, said)
        created = make(session)
        body: dict[str, Any] = created.body.model_dump(mode="json")
        if key is not None:
            session.add(
                IdempotentReply(
                    actor=sender(actor), key=key, request_hash=said, status=201, body=body, headers=created.headers()
                )
            )
    return JSONResponse(body, 201, created.headers())


def sender(actor: Actor) -> str:
    """Whose key it is: a person's for one organisation at a time, so that no answer given for one is
    repeated for another."""
    return f"{actor.name} for {actor.organisation_id}" if actor.organisation_id else actor.name


def _repeated(known: IdempotentReply, said: str) -> JSONResponse:
    if known.request_hash != said:
        raise Problem(
            422, "key_reused", "This Idempotency-Key was used for another request. Use a new key for a new request."
        )
    return JSONResponse(known.body, known.status, known.headers)


def forget_old(engine: Engine) -> None:
    """Drops the answers that nobody will ask for again."""
    with writing(engine) as session:
        session.execute(delete(IdempotentReply).where(col(IdempotentReply.created_at) < now() - KEPT_FOR))


def _hash(request: BaseModel) -> str:
    """Of what is asked for, whatever the order and the spacing of its JSON."""
    content = f"{type(request).__name__} {request.model_dump_json()}"
    return hashlib.sha256(content.encode()).hexdigest()
