"""Whether the process lives and whether it can answer; starts and stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from web_support import ADDRESS, Side, operator, served
from words_encoder import WordsEncoder

from api.app import create_app
from api.composition import open_home
from api.db import head_revision
from api.follower import Follower
from api.settings import Settings
from embeddings.base import Encoder, Vectors
from matcher import events
from matcher.errors import Unready
from matcher.sessions import reading, writing

POST = {"kind": "lab", "name": "甲所"}


def test_a_ready_server_says_what_it_stands_at(own_client: TestClient) -> None:
    operator(own_client).post("/api/v1/organisations", json=POST)
    with reading(own_client.app.state.home.engine) as session:  # type: ignore[attr-defined]
        last, _ = events.head(session)
    assert own_client.get("/healthz").json() == {"status": "alive"}
    assert own_client.get("/readyz").json() == {
        "status": "ready",
        "migration": head_revision(),
        "indexed": 0,
        "event": 0,
    }
    own_client.post("/api/v1/match", json={"text": "a", "wanted": "need"})
    assert own_client.get("/readyz").json()["event"] == last


def test_a_database_of_another_form_is_not_ready_but_alive(own_client: TestClient) -> None:
    engine = own_client.app.state.home.engine  # type: ignore[attr-defined]
    with writing(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    answer = own_client.get("/readyz")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    [missing] = answer.json()["missing"]
    assert "'9999'" in missing
    assert own_client.get("/healthz").status_code == 200


class SlowEncoder(WordsEncoder):
    """Answers only once `go` is set, or fails as long as `broken` is."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.broken = False

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        assert self.go.wait(20)
        if self.broken:
            raise Unready("The embedding server cannot be reached.")
        return super().encode_documents(texts)


@pytest.fixture
def filled(settings: Settings, encoder: Encoder) -> Settings:
    """A home with a need that is not yet embedded."""
    with served(settings, encoder) as client:
        owner = operator(client).post("/api/v1/organisations", json=POST).json()["id"]
        Side("needs", owner, {"title": "高镍正极残碱"}).post(client)
    return settings


ASKED = {"text": "残碱", "wanted": "need"}


def test_a_server_that_is_catching_up_answers_all_but_matches(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Follower, "patience", 0.05)
    encoder = SlowEncoder()
    with TestClient(create_app(filled, encoder=encoder), base_url=ADDRESS) as client:
        waiting = client.get("/readyz")
        assert waiting.status_code == 503
        assert [one.partition(":")[0] for one in waiting.json()["missing"]] == ["index"]
        assert client.get("/healthz").status_code == 200
        assert len(client.get("/api/v1/needs").json()["items"]) == 1
        refused = client.post("/api/v1/match", json=ASKED)
        assert (refused.status_code, refused.json()["code"]) == (503, "unready")
        assert refused.headers["Retry-After"]
        encoder.go.set()
        _await_ready(client)
        assert len(client.post("/api/v1/match", json=ASKED).json()["matches"]) == 1


def test_a_model_that_fails_is_named_and_tried_again(filled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Follower, "retry_seconds", 0.05)
    monkeypatch.setattr(Follower, "patience", 0.05)
    encoder = SlowEncoder()
    encoder.broken = True
    encoder.go.set()
    with TestClient(create_app(filled, encoder=encoder), base_url=ADDRESS) as client:
        deadline = time.monotonic() + 10
        while "cannot be reached" not in client.get("/readyz").text:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        refused = client.post("/api/v1/match", json=ASKED)
        assert refused.status_code == 503
        assert "The embedding server cannot be reached" in refused.json()["detail"]
        encoder.broken = False
        _await_ready(client)


def _await_ready(client: TestClient) -> None:
    deadline = time.monotonic() + 10
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline, client.get("/readyz").text
        time.sleep(0.01)


def test_a_start_from_a_snapshot_encodes_no_document_again(filled: Settings) -> None:
    first, second = WordsEncoder(), WordsEncoder()
    with served(filled, first):
        assert first.encoded == ["高镍正极残碱"]
    with served(filled, second) as client:
        assert client.get("/readyz").json()["indexed"] == 1
        assert len(client.post("/api/v1/match", json=ASKED).json()["matches"]) == 1
    assert second.encoded == []


def test_a_wrong_model_stops_the_start(settings: Settings) -> None:
    with (
        pytest.raises(Unready, match="JIEBANG_MODEL"),
        TestClient(create_app(settings.model_copy(update={"model": "/no/such/folder"}))),
    ):
        pass


def test_a_large_import_is_taken_in_before_anybody_asks(own_client: TestClient) -> None:
    content = "需求名称,技术需求\n一号,说明\n二号,说明\n".encode()
    brought = operator(own_client).post(
        "/api/v1/problem-lists", files={"file": ("a.csv", content)}, data={"organisation": "甲公司"}
    )
    assert brought.status_code == 201
    deadline = time.monotonic() + 10
    while own_client.get("/readyz").json()["indexed"] != 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_home_that_is_open_already_is_served_and_left_open(filled: Settings, encoder: Encoder) -> None:
    snapshot = filled.home / "index" / "current"
    with open_home(filled, encoder=encoder) as home:
        with TestClient(create_app(filled, home=home), base_url=ADDRESS) as client:
            assert client.app.state.home is home  # type: ignore[attr-defined]
            _await_ready(client)
            assert len(client.post("/api/v1/match", json=ASKED).json()["matches"]) == 1
        assert not snapshot.exists()  # which closing it writes
    assert snapshot.exists()


def test_it_settles_once_when_index_and_model_are_there(filled: Settings) -> None:
    encoder, settled = SlowEncoder(), threading.Semaphore(0)
    app = create_app(filled, encoder=encoder, settled=settled.release)
    with TestClient(app, base_url=ADDRESS) as client:
        assert not settled.acquire(timeout=0.05)  # the index is not yet there
        encoder.go.set()
        assert settled.acquire(timeout=10)
        assert client.get("/readyz").status_code == 200
        app.state.follower.nudge()
        assert not settled.acquire(timeout=0.1)
