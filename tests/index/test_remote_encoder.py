"""The encoder behind an OpenAI-compatible server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import numpy as np
import pytest

from embeddings import remote
from embeddings.factory import make_encoder
from embeddings.remote import RemoteEncoder

KEY = "sk-secret"
Answer = Callable[[httpx.Request], httpx.Response]


def rows(request: httpx.Request) -> list[dict]:
    """Each text gives (its length, 1, 0), and the rows come in reverse."""
    texts = json.loads(request.content)["input"]
    data = [{"index": i, "embedding": [len(text), 1, 0]} for i, text in enumerate(texts)]
    return data[::-1]


def good(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"data": rows(request)})


class Server:
    """Answers in turn as told, the last way from then on, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(request)


def encoder(server: Server, **options) -> RemoteEncoder:
    return RemoteEncoder("http://host/v1/", "m", KEY, transport=httpx.MockTransport(server), **options)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds it would have waited."""
    waited: list[float] = []
    monkeypatch.setattr(remote.time, "sleep", waited.append)
    return waited


def unit(*lengths: int) -> np.ndarray:
    vectors = np.array([[length, 1, 0] for length in lengths], np.float64)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_rows_come_in_the_order_of_the_texts_over_batches_and_empty_texts_are_not_sent() -> None:
    server = Server(good)
    vectors = encoder(server, batch=2).encode_documents(["abc", "", "a", " ", "電池", "ab"])
    np.testing.assert_allclose(vectors[[0, 2, 4, 5]], unit(3, 1, 2, 2), atol=1e-6)
    assert not vectors[[1, 3]].any()
    assert vectors.dtype == np.float32
    sent = [json.loads(request.content) for request in server.requests]
    assert [content["input"] for content in sent] == [["abc", "a"], ["电池", "ab"]]
    assert sent[0]["model"] == "m"
    assert server.requests[0].url == "http://host/v1/embeddings"
    assert server.requests[0].headers["Authorization"] == f"Bearer {KEY}"


def test_other_prompts_are_another_model_and_none_leave_its_name_as_it_was() -> None:
    server = Server(good)
    prompts = [("", ""), ("query: ", ""), ("", "query: "), ("query: ", "passage: ")]
    ids = [encoder(server, query_prompt=query, document_prompt=document).model_id for query, document in prompts]
    assert ids[0] == "http://host/v1#m"
    assert len(set(ids)) == 4
    assert ids[1] == encoder(server, query_prompt="query: ").model_id


def test_prompts_go_before_the_texts() -> None:
    server = Server(good)
    made = encoder(server, query_prompt="query: ", document_prompt="passage: ")
    made.encode_queries(["a", ""])
    made.encode_documents(["a"])
    assert [json.loads(r.content)["input"] for r in server.requests] == [["query: a"], ["passage: a"]]


def test_the_dimension_costs_one_request_at_most() -> None:
    server = Server(good)
    made = encoder(server)
    assert made.encode_queries([]).shape == (0, 3)
    assert made.dimension == 3
    assert len(server.requests) == 1
    assert made.model_id == "http://host/v1#m"


def answer(status: int, content: object = "", headers: dict[str, str] | None = None) -> Answer:
    text = content if isinstance(content, str) else json.dumps(content)
    return lambda request: httpx.Response(status, text=text, headers=headers)


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody there", request=request)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([answer(429, headers={"Retry-After": "7"}), good], [7.0]),
        ([answer(429, headers={"Retry-After": "3600"}), good], [30.0]),
        ([answer(503, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), good], [0.5]),
        ([answer(500), unreachable, good], [0.5, 1.0]),
        ([unreachable, answer(502), answer(504), good], [0.5, 1.0, 2.0]),
    ],
)
def test_a_busy_server_is_asked_again(answers, expected, waits) -> None:
    np.testing.assert_allclose(encoder(Server(*answers)).encode_queries(["abc"]), unit(3), atol=1e-6)
    assert waits == expected


@pytest.mark.parametrize(
    ("reply", "requests", "message"),
    [
        (answer(401, f"bad key {KEY}"), 1, "answered 401: bad key …"),
        (answer(404), 1, "answered 404: an empty body"),
        (answer(503, "busy\n  now"), 4, "answered 503: busy now"),
        (unreachable, 4, "cannot be reached: ConnectError: nobody there"),
        (answer(200, "<html>" + "x" * 500), 1, "answered without embeddings: <html>xxx"),
        (answer(200, {"data": [{"index": 0}]}), 1, "answered without embeddings"),
        (answer(200, {"data": []}), 1, "0 embeddings for 2 texts"),
        (answer(200, {"data": [{"index": 0, "embedding": [1]}] * 2}), 1, "2 embeddings for 2 texts"),
        (
            answer(200, {"data": [{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [1]}]}),
            1,
            "answered without embeddings",
        ),
        (
            answer(200, '{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [NaN]}]}'),
            1,
            "not rows of finite numbers",
        ),
        (answer(200, {"data": [{"index": i, "embedding": []} for i in (0, 1)]}), 1, "not rows of finite"),
    ],
)
def test_a_failure_is_one_short_line_without_the_key(reply: Answer, requests: int, message: str) -> None:
    server = Server(reply)
    with pytest.raises(RuntimeError, match="^http://host/v1/embeddings ") as caught:
        encoder(server).encode_queries(["a", "b"])
    text = str(caught.value)
    assert message in text
    assert KEY not in text
    assert "\n" not in text
    assert len(text) < 300
    assert len(server.requests) == requests


def test_a_width_that_changes_is_an_error() -> None:
    wider = {"data": [{"index": 0, "embedding": [1, 2, 3, 4]}]}
    made = encoder(Server(good, answer(200, wider)))
    made.encode_queries(["a"])
    with pytest.raises(RuntimeError, match="embeddings of 4 numbers, earlier of 3"):
        made.encode_queries(["a"])


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"data": rows(httpx.Request("POST", "http://x", content=content))}).encode()
        self.send_response(200 if self.path == "/v1/embeddings" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def test_a_real_server_answers_by_its_address_alone(address: str) -> None:
    made = make_encoder(f"{address}#some/model")
    try:
        np.testing.assert_allclose(made.encode_queries(["abc", "a"]), unit(3, 1), atol=1e-6)
        assert made.model_id == f"{address}#some/model"
    finally:
        made.close()
