"""Files that a challenge is told with."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import pytest
from challenges_support import BEGIN, DESK, World
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events
from matcher.actors import ANONYMOUS, Actor
from matcher.challenges import amendments, documents
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound

PDF = b"%PDF-1.7 drawing"


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    with Session(engine) as session:
        yield World(session)


def names(world: World, id: str, actor: Actor | None = None) -> list[str]:
    return [one.name for one in documents.listed(world.session, actor or world.poster, id)]


@ON_BOTH
def test_a_draft_takes_files_replaces_and_loses_them(world: World) -> None:
    id = world.opened().id
    first = documents.add(world.session, world.poster, id, "图纸.pdf", PDF, at=BEGIN)
    assert (first.media_type, first.size, first.sha256) == ("application/pdf", len(PDF), sha256(PDF).hexdigest())
    second = documents.add(world.session, world.poster, id, "folder/图纸.pdf", PDF + b"2", at=BEGIN)
    documents.add(world.session, world.poster, id, "数据.csv", "温度,残碱\n".encode(), at=BEGIN)
    assert names(world, id) == ["图纸.pdf", "数据.csv"]
    documents.remove(world.session, world.poster, id, second.id, at=BEGIN)
    assert names(world, id) == ["数据.csv"]
    recorded = [event.action for event in events.of_thing(world.session, f"challenge:{id}")]
    assert recorded == ["challenge.opened", *["challenge.document_added"] * 3, "challenge.document_removed"]


@ON_BOTH
def test_what_is_published_stays_and_is_added_to(world: World) -> None:
    challenge = world.opened()
    first = documents.add(world.session, world.poster, challenge.id, "图纸.pdf", PDF, at=BEGIN)
    other = world.published(title="另一个")
    documents.add(world.session, world.poster, other.id, "补充.pdf", PDF, at=BEGIN)
    with pytest.raises(Conflict):
        documents.add(world.session, world.poster, other.id, "补充.pdf", PDF, at=BEGIN)
    [added] = documents.listed(world.session, ANONYMOUS, other.id)
    assert documents.read(world.session, ANONYMOUS, other.id, added.id).content == PDF
    with pytest.raises(NotAllowed):
        documents.remove(world.session, world.poster, other.id, added.id, at=BEGIN)
    with pytest.raises(NotFound):
        documents.read(world.session, ANONYMOUS, other.id, first.id)
    with pytest.raises(NotFound):
        documents.listed(world.session, ANONYMOUS, challenge.id)
    amendments.cancel(world.session, world.poster, other.id, reason="a", at=BEGIN)
    with pytest.raises(NotAllowed):
        documents.add(world.session, world.poster, other.id, "再补.pdf", PDF, at=BEGIN)


def test_what_is_no_such_file_too_many_or_another_s_is_refused(world: World) -> None:
    id = world.opened().id
    for name, content in (("a.exe", PDF), ("a.png", PDF), ("a.pdf", b"")):
        with pytest.raises(Invalid, match="^file: "):
            documents.add(world.session, world.poster, id, name, content, at=BEGIN)
    for number in range(documents.MOST):
        documents.add(world.session, world.poster, id, f"{number}.pdf", PDF, at=BEGIN)
    with pytest.raises(Invalid, match="at most 20"):
        documents.add(world.session, world.poster, id, "one-more.pdf", PDF, at=BEGIN)
    with pytest.raises(Forbidden):
        documents.add(world.session, DESK, id, "a.pdf", PDF, at=BEGIN)
    with pytest.raises(NotFound):
        documents.add(world.session, world.answerer, id, "a.pdf", PDF, at=BEGIN)
