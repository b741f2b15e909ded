"""Explorer programmes 探索者计划: a problem list compiled into topics, and each topic opened as a challenge.

The grouping is a proposal, made from the vectors that the needs were indexed with; people rename
topics, move needs between them, merge and split them. What became a challenge stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from sqlmodel import Session, col, select

from embeddings.base import Vectors
from matcher import events, policy
from matcher.actors import Actor
from matcher.challenges import drafting, topics
from matcher.challenges.topics import Telling
from matcher.embedding import unpack
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import Challenge, Need, Organisation, Passage, ProblemList, Programme, Topic
from matcher.errors import Conflict, Invalid, NotFound
from matcher.mechanisms import SHIPPED, Mechanism
from matcher.policy import Action, Thing
from matcher.states import ChallengeState, ItemState

MECHANISM = "explorer"
_NEEDS = 50
"""As many as one challenge is opened from."""
_OVER = (ChallengeState.CANCELLED, ChallengeState.FAILED)


def compile_guide(
    session: Session,
    actor: Actor,
    problem_list_id: str,
    *,
    title: str,
    model_id: str,
    telling: Telling,
    at: datetime,
    funder_id: str | None = None,
    public_ratio: float = 1.0,
) -> Programme:
    """Groups the needs of a problem list into topics, named from their telling terms.

    `model_id` is the model whose vectors are compared: the index has caught up, so that all have one.
    Withdrawn needs are left out. Raises NotFound for another organisation's list.
    """
    events.lock(session)
    problem_list = session.get(ProblemList, problem_list_id)
    if problem_list is None:
        raise NotFound("problem list", problem_list_id)
    _require(actor, Thing("problem list", problem_list_id, owner=problem_list.organisation_id))
    if funder_id is not None and session.get(Organisation, funder_id) is None:
        raise Invalid("names no organisation here", place="funder_id")
    if funder_id == problem_list.organisation_id:
        raise Invalid("names the setter itself", place="funder_id")
    query = select(Need).where(Need.problem_list_id == problem_list_id, Need.state != ItemState.WITHDRAWN)
    needs = list(session.exec(query.order_by(col(Need.number))))
    if not needs:
        raise Invalid("holds no need that stands", place="problem_list_id")
    programme = Programme(
        organisation_id=problem_list.organisation_id,
        problem_list_id=problem_list_id,
        funder_id=funder_id,
        public_ratio=public_ratio,
        title=title,
        created_at=at,
    )
    session.add(programme)
    session.flush()
    found = _topics(session, programme, needs, model_id, telling)
    session.add_all(found)
    told = {"problem_list": problem_list_id, "needs": len(needs), "topics": len(found)}
    events.record(session, actor, events.Entry("programme.compiled", f"programme:{programme.id}", told), at=at)
    return programme


def find(session: Session, actor: Actor, id: str) -> Programme:
    """For its own organisation; to anybody else it does not exist."""
    programme = session.get(Programme, id)
    if programme is None:
        raise NotFound("programme", id)
    policy.require(actor, Action.READ_LIST, _thing(programme))
    return programme


def listed(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> list[Programme]:
    """Those of the organisation acted for, newest first, from behind the id `cursor`."""
    policy.require(actor, Action.LIST_CHALLENGES)
    query = select(Programme).order_by(col(Programme.id).desc()).limit(limit)
    if not actor.trusted:
        query = query.where(Programme.organisation_id == actor.organisation_id)
    if cursor:
        query = query.where(col(Programme.id) < cursor)
    return list(session.exec(query))


def topics_of(session: Session, programme: Programme) -> list[Topic]:
    query = select(Topic).where(Topic.programme_id == programme.id)
    return list(session.exec(query.order_by(col(Topic.position), col(Topic.id))))


def challenges_of(session: Session, found: Sequence[Topic]) -> dict[str, Challenge]:
    """Topic → the challenge it became."""
    query = select(Challenge).where(col(Challenge.topic_id).in_([topic.id for topic in found]))
    return {challenge.topic_id: challenge for challenge in session.exec(query) if challenge.topic_id}


# -- edited by people -------------------------------------------------------------------------------


def rename(session: Session, actor: Actor, id: str, topic_id: str, title: str, *, at: datetime) -> Programme:
    programme, held = _held(session, actor, id)
    topic = _open(session, held, topic_id)
    topic.title = title
    session.add(topic)
    _arranged(session, actor, programme, held, "renamed", at)
    return programme


def move(session: Session, actor: Actor, id: str, topic_id: str, need_ids: Sequence[str], *, at: datetime) -> Programme:
    """Takes needs out of the topics they are in, and puts them into this one. A topic left empty is gone."""
    programme, held = _held(session, actor, id)
    _open(session, held, topic_id)
    _into(session, held, topic_id, need_ids)
    _arranged(session, actor, programme, held, "moved", at)
    return programme


def merge(session: Session, actor: Actor, id: str, topic_id: str, others: Sequence[str], *, at: datetime) -> Programme:
    """Puts all needs of other topics into this one."""
    programme, held = _held(session, actor, id)
    kept = _open(session, held, topic_id)
    for other in dict.fromkeys(others):
        if other == topic_id:
            raise Invalid("names the topic itself", place="topics")
        merged = _open(session, held, other)
        kept.terms = list(dict.fromkeys([*kept.terms, *merged.terms]))
        _into(session, held, topic_id, merged.need_ids)
    _arranged(session, actor, programme, held, "merged", at)
    return programme


def split(
    session: Session, actor: Actor, id: str, topic_id: str, need_ids: Sequence[str], title: str, *, at: datetime
) -> Programme:
    """Makes a topic of its own, after this one, of some of its needs."""
    programme, held = _held(session, actor, id)
    topic = _open(session, held, topic_id)
    moved = set(need_ids)
    if not moved or not moved < set(topic.need_ids):
        raise Invalid("some of the topic's needs are expected, and not all of them", place="need_ids")
    fresh = Topic(programme_id=programme.id, position=0, title=title, need_ids=[], terms=topic.terms)
    session.add(fresh)
    held.insert(held.index(topic) + 1, fresh)
    _into(session, held, fresh.id, [id for id in topic.need_ids if id in moved])
    _arranged(session, actor, programme, held, "split", at)
    return programme


def open_topic(
    session: Session,
    actor: Actor,
    id: str,
    topic_id: str,
    *,
    title: str,
    at: datetime,
    summary: str = "",
    mechanisms: Mapping[str, Mechanism] = SHIPPED,
) -> Challenge:
    """Opens a topic as a challenge, with the programme's funder and ratio; the rest is edited there.

    Its title and summary are written for the public: the topic's own words may come from needs that
    are not. Raises Conflict when it is open already.
    """
    programme, held = _held(session, actor, id)
    topic = _found(held, topic_id)
    known = challenges_of(session, [topic]).get(topic_id)
    if known is not None and known.state not in _OVER:
        raise Conflict("This topic is a challenge already.")
    if known is not None:
        known.topic_id = None
        session.add(known)
        session.flush()
    if len(topic.need_ids) > _NEEDS:
        raise Invalid(f"has {len(topic.need_ids)} needs, more than {_NEEDS}: split it first", place="topic")
    explorer = replace(mechanisms[MECHANISM], public_ratio=programme.public_ratio)
    draft = ChallengeDraft(
        title=title, mechanism=MECHANISM, need_ids=topic.need_ids, summary=summary, funder_id=programme.funder_id
    )
    return drafting.open_challenge(session, actor, draft, at=at, mechanisms={MECHANISM: explorer}, topic_id=topic_id)


# -- inside -----------------------------------------------------------------------------------------


def _topics(
    session: Session, programme: Programme, needs: Sequence[Need], model_id: str, telling: Telling
) -> list[Topic]:
    vectors, texts = _passages(session, needs, model_id)
    found: list[Topic] = []
    for position, places in enumerate(topics.grouped(vectors), start=1):
        words = topics.terms([texts[place] for place in places], telling)
        one = needs[places[0]]
        found.append(
            Topic(
                programme_id=programme.id,
                position=position,
                title="、".join(words) if words and len(places) > 1 else one.title,
                need_ids=[needs[place].id for place in places],
                terms=words,
            )
        )
    return found


def _passages(session: Session, needs: Sequence[Need], model_id: str) -> tuple[list[Vectors], list[str]]:
    """Each need's vectors and its whole text; one without vectors stands alone."""
    query = select(Passage).where(col(Passage.item_number).in_([need.number for need in needs]))
    said: dict[int, list[Passage]] = {need.number: [] for need in needs}
    for passage in session.exec(query.order_by(col(Passage.id))):
        said[passage.item_number].append(passage)
    packed = [
        [one.vector for one in passages if one.vector is not None and one.model_id == model_id]
        for passages in said.values()
    ]
    dimension = next((unpack(some).shape[1] for some in packed if some), 1)
    vectors = [unpack(some) if some else np.zeros((1, dimension), np.float32) for some in packed]
    return vectors, ["\n".join(one.text for one in passages) for passages in said.values()]


def _held(session: Session, actor: Actor, id: str) -> tuple[Programme, list[Topic]]:
    """A programme to be changed with its topics, as they stand now; until commit nobody else can."""
    events.lock(session)
    programme = session.get(Programme, id, with_for_update=True, populate_existing=True)
    if programme is None:
        raise NotFound("programme", id)
    _require(actor, _thing(programme))
    return programme, topics_of(session, programme)


def _require(actor: Actor, thing: Thing) -> None:
    policy.require(actor, Action.READ_LIST, thing)
    policy.require(actor, Action.OPEN_CHALLENGE, thing)


def _thing(programme: Programme) -> Thing:
    return Thing("programme", programme.id, owner=programme.organisation_id)


def _found(held: Sequence[Topic], topic_id: str) -> Topic:
    topic = next((one for one in held if one.id == topic_id), None)
    if topic is None:
        raise NotFound("topic", topic_id)
    return topic


def _open(session: Session, held: Sequence[Topic], topic_id: str) -> Topic:
    """One that may still be changed."""
    topic = _found(held, topic_id)
    if challenges_of(session, [topic]):
        raise Conflict(f"The topic {topic.title!r} is a challenge already: it stays as it is.")
    return topic


def _into(session: Session, held: Sequence[Topic], topic_id: str, need_ids: Sequence[str]) -> None:
    target = _found(held, topic_id)
    for need_id in dict.fromkeys(need_ids):
        source = next((one for one in held if need_id in one.need_ids), None)
        if source is None:
            raise NotFound("need", need_id)
        if source is target:
            continue
        _open(session, held, source.id)
        source.need_ids = [one for one in source.need_ids if one != need_id]
        target.need_ids = [*target.need_ids, need_id]


def _arranged(
    session: Session, actor: Actor, programme: Programme, held: Sequence[Topic], what: str, at: datetime
) -> None:
    """Numbers the topics anew, drops those left empty, and records the change."""
    kept = [topic for topic in held if topic.need_ids]
    for position, topic in enumerate(kept, start=1):
        topic.position = position
        session.add(topic)
    for topic in held:
        if not topic.need_ids:
            session.delete(topic)
    told = {"topics": {topic.id: len(topic.need_ids) for topic in kept}}
    events.record(session, actor, events.Entry(f"programme.{what}", f"programme:{programme.id}", told), at=at)
