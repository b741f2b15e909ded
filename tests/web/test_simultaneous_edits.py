"""Edits of one thing at the same moment, on every database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from databases import Postgres
from fastapi.testclient import TestClient
from web_support import Side, served

from api.settings import Settings
from embeddings.base import Encoder
from matcher import events, organisations, problem_lists
from matcher.actors import COMMAND_LINE
from matcher.intake.report import Kind
from matcher.intake.rows import read
from matcher.sessions import writing


@pytest.fixture(params=["sqlite", "postgresql"], name="client")
def on_every_database(request: pytest.FixtureRequest, settings: Settings, encoder: Encoder) -> Iterator[TestClient]:
    with ExitStack() as opened:
        if request.param == "postgresql":
            running: Postgres = request.getfixturevalue("postgres")
            settings = settings.model_copy(update={"database_url": opened.enter_context(running.database())})
        yield opened.enter_context(served(settings, encoder))


def at_once(client: TestClient, *requests: tuple[str, str, Any], condition: str) -> list[int]:
    """The statuses, in order, of edits that all start before any of them can record what it did."""

    def edit(method: str, path: str, body: Any) -> int:
        return client.request(method, path, json=body, headers={"If-Match": condition}).status_code

    with ThreadPoolExecutor(len(requests)) as pool:
        with writing(client.app.state.home.engine) as session:  # type: ignore[attr-defined]
            events.lock(session)
            running = [pool.submit(edit, *request) for request in requests]
            time.sleep(0.5)  # they get as far as they can
        return sorted(future.result(30) for future in running)


@pytest.mark.parametrize(
    ("method", "rest", "first", "second"),
    [
        ("PUT", "", {"title": "甲"}, {"title": "乙"}),
        ("PATCH", "", {"title": "甲"}, {"title": "乙"}),
        ("POST", "/close", {"reason": "甲"}, {"reason": "乙"}),
    ],
)
def test_of_two_edits_of_the_same_version_one_is_made(
    manager: TestClient, side: Side, method: str, rest: str, first: Any, second: Any
) -> None:
    path = f"{side.path}/{side.post(manager)['id']}"
    assert at_once(manager, (method, path + rest, first), (method, path + rest, second), condition='"1"') == [200, 412]
    assert manager.get(path).json()["version"] == 2
    assert len(manager.get(f"{path}/events").json()) == 2


def test_of_two_patches_of_whatever_is_there_neither_is_lost(manager: TestClient, side: Side) -> None:
    path = f"{side.path}/{side.post(manager)['id']}"
    patches = [("PATCH", path, {"problem": "甲"}), ("PATCH", path, {"keywords": ["乙"]})]
    assert at_once(manager, *patches, condition="*") == [200, 200]
    changed = manager.get(path).json()
    assert (changed["problem"], changed["keywords"], changed["version"]) == ("甲", ["乙"], 3)


def test_an_edit_and_a_file_that_edits_the_same_do_not_wait_for_each_other_for_good(
    manager: TestClient, side: Side, tmp_path: Path
) -> None:
    """Each locks what was posted and the record of events: in two orders, they would block each other."""
    engine = manager.app.state.home.engine  # type: ignore[attr-defined]
    posted = side.post(manager, reference="N-1")
    head = "需求编号,需求名称" if side.name == "needs" else "成果编号,成果名称"
    file = tmp_path / "a.csv"
    file.write_text(f"{head},单位\nN-0,第零个,新来的单位\nN-1,改了的标题,\n", encoding="utf-8")

    def bring() -> int:
        """Admits an organisation first, and so locks the record before it locks what was posted."""
        intake = read(file, Kind(side.name))
        with writing(engine) as session:
            owner = organisations.get(session, side.owner)
            return len(problem_lists.bring(session, COMMAND_LINE, intake, organisation=owner).created)

    def close() -> int:
        return manager.post(f"{side.path}/{posted['id']}/close", headers={"If-Match": "*"}).status_code

    with ThreadPoolExecutor(2) as pool:
        with writing(engine) as session:
            events.lock(session)
            running = []
            for change in (bring, close):
                running.append(pool.submit(change))
                time.sleep(0.5)
        assert [future.result(30) for future in running] == [1, 200]
    changed = manager.get(f"{side.path}/{posted['id']}").json()
    assert (changed["title"], changed["state"], changed["version"]) == ("改了的标题", "closed", 3)
