"""What happens around every request: its id, its line in the log, its size limit, its worst case."""

from __future__ import annotations

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import respond, trace

log = logging.getLogger(__name__)

JSON_LIMIT = 4 * 1024 * 1024
"""Bytes of a JSON body; a need or result with every text at its longest is smaller."""

_LONGEST_PART = 40

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Requests:
    """Gives every request an id, logs it without its content, and answers what nobody caught.

    Neither query strings nor messages of unforeseen errors are logged: both may hold what companies
    tell nobody else. The type and the place of an error are.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        status = 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, marked)
        except Exception as error:
            log.error("request %s failed: %s", request_id, trace(error))
            if status:
                raise
            detail = f"Something went wrong here. Quote the request id {request_id} when you report it."
            told = await respond(Request(scope, receive), 500, "internal_error", detail)
            await told(scope, receive, marked)
        finally:
            elapsed = (time.perf_counter() - began) * 1000
            log.info("%s %s %d %.1f ms %s", scope["method"], _told(scope["path"]), status, elapsed, request_id)


def _told(path: str) -> str:
    """An address for the log. No id is as long as a link that was sent by mail, and that is a key."""
    return "/".join(part if len(part) <= _LONGEST_PART else "…" for part in path.split("/"))


class BodyLimit:
    """Stops reading a body that is too large, whether or not its length was announced."""

    def __init__(self, app: ASGIApp, max_upload: int) -> None:
        self.app, self.max_upload = app, max_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        upload = headers.get("content-type", "").startswith("multipart/")
        limit = self.max_upload if upload else JSON_LIMIT
        announced = headers.get("content-length", "")
        received = 0

        async def counted() -> Message:
            nonlocal received
            if announced.isdigit() and int(announced) > limit:
                raise _too_large(limit)
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(limit)
            return message

        await self.app(scope, counted, send)


def _too_large(limit: int) -> HTTPException:
    # FastAPI makes a 400 of any other exception that stops the reading of a body.
    return HTTPException(413, f"At most {limit // (1024 * 1024)} MiB are taken in one request.")
