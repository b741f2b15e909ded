"""The one place where errors become answers: RFC 9457 problem details, or a page for whoever looks with a browser."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from matcher.errors import (
    CodeNeeded,
    Conflict,
    Forbidden,
    Invalid,
    JiebangError,
    NotAllowed,
    NotFound,
    StaleVersion,
    TooManyAttempts,
    Unauthenticated,
    Unready,
    UnusableFile,
)

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

# The nearest class of an error's ancestry counts.
ANSWERS: dict[type[Exception], tuple[int, str]] = {
    NotFound: (404, "not_found"),
    Invalid: (422, "invalid"),
    UnusableFile: (422, "unusable_file"),
    Conflict: (409, "conflict"),
    StaleVersion: (412, "stale_version"),
    NotAllowed: (409, "not_allowed"),
    Forbidden: (403, "forbidden"),
    Unauthenticated: (401, "unauthenticated"),
    CodeNeeded: (401, "code_needed"),
    TooManyAttempts: (429, "too_many_attempts"),
    Unready: (503, "unready"),
}

CHALLENGE = 'Bearer realm="jiebang"'
"""What every 401 says of how to be known."""

RETRY_AFTER = "5"
"""Seconds that a client is asked to wait on a 503."""


def trace(error: BaseException) -> str:
    """Type and place of an error, for the log. Its message may quote what companies tell nobody else."""
    return f"{type(error).__name__}\n" + "".join(traceback.format_tb(error.__traceback__)).rstrip()


class Fault(BaseModel):
    place: str = Field(description="Where: a path into what was sent, such as body.indicators[0].value.")
    message: str


class ProblemDetails(BaseModel):
    """RFC 9457. `code` tells the errors of one status apart."""

    type: str = Field(default="about:blank")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="One or two sentences for the person who asked.")
    code: str
    errors: list[Fault] | None = Field(default=None, description="Every fault found, where there may be many.")
    missing: list[str] | None = Field(default=None, description="What the installation lacks to be ready.")


class Problem(Exception):
    """An error that only the web knows, such as a missing header."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.headers, self.members = headers, members


COLLISION = "Something like it was stored at the same moment. Read again and repeat."
BUSY = "The database is busy or cannot be reached. Nothing was changed; try again."
BROKEN = "Something went wrong here."


def status_of(error: JiebangError) -> int:
    return _of(error)[0]


def asks_to_sign_in(error: Exception) -> bool:
    """Whether somebody known could go on; who has tried too often could not."""
    if isinstance(error, Problem):
        return error.status == 401
    return isinstance(error, Unauthenticated) and status_of(error) == 401


def _of(error: JiebangError) -> tuple[int, str]:
    return next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)


def answer(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
) -> JSONResponse:
    if status == 503:
        headers = {"Retry-After": RETRY_AFTER, **(headers or {})}
    if status == 401:
        headers = {"WWW-Authenticate": CHALLENGE, **(headers or {})}
    problem = ProblemDetails(title=HTTPStatus(status).phrase, status=status, code=code, detail=detail, **members)
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


Page = Callable[[Request, int, str, Mapping[str, str] | None], Awaitable[Response]]
"""What shows an error to somebody with a browser: of a status and a detail, with headers."""


async def respond(
    request: Request, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
) -> Response:
    """The answer to this request: a page where one was asked for."""
    if wants_page(request):
        page: Page = request.app.state.problem_page
        return await page(request, status, detail, headers)
    return answer(status, code, detail, headers=headers, **members)


def wants_page(request: Request) -> bool:
    """Browsers say that they take HTML; programs at the API get JSON whatever they take."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def faults(errors: Sequence[Any], source: str = "") -> list[Fault]:
    """Pydantic's errors, without the input that they quote."""
    return [
        Fault(
            place=_place((source, *error["loc"]) if source else error["loc"]),
            message=str(error["msg"]).removeprefix("Value error, "),
        )
        for error in errors
    ]


def _place(parts: Sequence[str | int]) -> str:
    place = ""
    for part in parts:
        if isinstance(part, int):
            place += f"[{part}]"
        else:
            place += f".{part}" if place else part
    return place


def invalid(error: ValidationError, source: str = "body") -> Problem:
    """For input that is validated inside a route."""
    return Problem(422, "invalid", INVALID, errors=faults(error.errors(include_input=False), source))


INVALID = "What was sent is not what is expected; see errors."


def install(app: FastAPI) -> None:
    app.add_exception_handler(JiebangError, _jiebang)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(IntegrityError, _collision)
    app.add_exception_handler(OperationalError, _database)
    app.add_exception_handler(PoolTimeout, _database)


async def _jiebang(request: Request, error: Exception) -> Response:
    status, code = _of(error)
    members: dict[str, Any] = {}
    if isinstance(error, Invalid) and error.place:
        members["errors"] = [Fault(place=error.place, message=error.message)]
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooManyAttempts) else None
    return await respond(request, status, code, str(error), headers=headers, **members)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return await respond(request, error.status, error.code, error.detail, headers=error.headers, **error.members)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await respond(request, 422, "invalid", INVALID, errors=faults(error.errors()))


_UNPARSED = "There was an error parsing the body"
"""FastAPI's words for whatever went wrong there."""

# Python renames the phrases of some statuses from version to version.
CODES = {413: "too_large", 422: "invalid"}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail = {
        404: "There is nothing at this address.",
        405: f"{request.method} is not possible at this address.",
    }.get(status, str(error.detail))
    if detail == _UNPARSED:
        detail = "The body cannot be read: JSON in UTF-8 is expected."
    return await respond(request, status, CODES.get(status, status.name.lower()), detail, headers=error.headers)


async def _collision(request: Request, error: Exception) -> Response:
    """Two requests that each were right alone, met at a constraint of the database."""
    return await respond(request, 409, "conflict", COLLISION)


async def _database(request: Request, error: Exception) -> Response:
    log.error("the database did not answer: %s", type(getattr(error, "orig", None) or error).__name__)
    return await respond(request, 503, "unready", BUSY)
