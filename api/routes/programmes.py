"""Explorer programmes 探索者计划: problem lists compiled into topics, each opened as a challenge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import challenge_presenting as presenting
from api import described, idempotency
from api import described_challenges as examples
from api.deps import Asking, AskingDep, IndexDep, KeyDep
from api.idempotency import Created
from api.schemas.base import Listed, Paging
from api.schemas.challenges import (
    ChallengeOut,
    ProgrammeOut,
    ProgrammePost,
    ProgrammeSummary,
    TopicMerge,
    TopicNeeds,
    TopicOpening,
    TopicSplit,
    TopicTitle,
)
from api.timed import turn, writing_now
from matcher.challenges import programmes
from matcher.entities import Programme
from matcher.sessions import reading

router = APIRouter(prefix="/programmes", tags=["challenges"])

_CHANGED = described.refusals(403, 404, 409)
_TOPIC = "/{id}/topics/{topic_id}"


@router.post(
    "",
    status_code=201,
    response_model=ProgrammeOut,
    responses=described.CREATED | described.refusals(403, 404),
)
def compile_guide(
    sent: Annotated[ProgrammePost, Body(openapi_examples=examples.PROGRAMMES)],
    asking: AskingDep,
    key: KeyDep,
    found: IndexDep,
) -> JSONResponse:
    """Groups the needs of a problem list into topics, as a proposal to be edited."""

    def make(session: Session) -> Created:
        compiled = programmes.compile_guide(
            session,
            asking.actor,
            sent.problem_list_id,
            title=sent.title,
            funder_id=sent.funder_id,
            public_ratio=sent.public_ratio,
            model_id=found.encoder.model_id,
            telling=found.lexical.telling,
            at=turn(session),
        )
        told = presenting.programme(session, compiled)
        return Created(told, asking.request.url_for("read_programme", id=compiled.id).path)

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


@router.get("", responses=described.refusals())
def list_programmes(paging: Annotated[Paging, Query()], asking: AskingDep) -> Listed[ProgrammeSummary]:
    """Those of the organisation that you act for, newest first."""
    with reading(asking.home.engine) as session:
        found = programmes.listed(session, asking.actor, cursor=paging.cursor, limit=paging.limit + 1)
        shown = [ProgrammeSummary.model_validate(one) for one in found[: paging.limit]]
    return Listed(items=shown, next_cursor=shown[-1].id if len(found) > paging.limit else None)


@router.get("/{id}", responses=described.refusals(404))
def read_programme(id: str, asking: AskingDep) -> ProgrammeOut:
    """A programme of your organisation's, with its topics."""
    with reading(asking.home.engine) as session:
        return presenting.programme(session, programmes.find(session, asking.actor, id))


@router.put(_TOPIC, responses=_CHANGED)
def rename_topic(id: str, topic_id: str, sent: TopicTitle, asking: AskingDep) -> ProgrammeOut:
    return _arranged(
        asking, lambda session, at: programmes.rename(session, asking.actor, id, topic_id, sent.title, at=at)
    )


@router.post(f"{_TOPIC}/move", responses=_CHANGED)
def move_needs(id: str, topic_id: str, sent: TopicNeeds, asking: AskingDep) -> ProgrammeOut:
    """Takes needs out of the topics they are in and puts them into this one; what is left empty is gone."""
    return _arranged(
        asking, lambda session, at: programmes.move(session, asking.actor, id, topic_id, sent.need_ids, at=at)
    )


@router.post(f"{_TOPIC}/merge", responses=_CHANGED)
def merge_topics(id: str, topic_id: str, sent: TopicMerge, asking: AskingDep) -> ProgrammeOut:
    """Puts all needs of other topics into this one."""
    return _arranged(
        asking, lambda session, at: programmes.merge(session, asking.actor, id, topic_id, sent.topics, at=at)
    )


@router.post(f"{_TOPIC}/split", responses=_CHANGED)
def split_topic(id: str, topic_id: str, sent: TopicSplit, asking: AskingDep) -> ProgrammeOut:
    """Makes a topic of its own of some of its needs."""
    return _arranged(
        asking,
        lambda session, at: programmes.split(session, asking.actor, id, topic_id, sent.need_ids, sent.title, at=at),
    )


@router.post(f"{_TOPIC}/challenge", status_code=201, response_model=ChallengeOut, responses=described.POSTED)
def open_topic(
    id: str,
    topic_id: str,
    sent: Annotated[TopicOpening, Body(openapi_examples=examples.TOPIC_OPENINGS)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """Opens a topic as a draft of a challenge, with the programme's funder and ratio."""

    def make(session: Session) -> Created:
        challenge = programmes.open_topic(
            session,
            asking.actor,
            id,
            topic_id,
            title=sent.title,
            summary=sent.summary,
            at=turn(session),
            mechanisms=asking.home.mechanisms,
        )
        [told] = presenting.shown(session, asking.actor, [challenge])
        location = asking.request.url_for("read_challenge", id=challenge.id).path
        return Created(told, location, presenting.etag(challenge))

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


def _arranged(asking: Asking, change: Callable[[Session, datetime], Programme]) -> ProgrammeOut:
    with writing_now(asking.home.engine) as (session, at):
        return presenting.programme(session, change(session, at))
