"""Who asks: a token in the Authorization header, or else a session's cookie, or else nobody.

What was sent and is not good is refused (401), never passed over: whoever believes to be signed in is
not shown less in silence. The refusal of a cookie also clears it, so that the next request of that
browser is anonymous. Routes that sign somebody in do not ask (`deps.StrangerDep`).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.background import Background
from api.composition import Home
from api.errors import CHALLENGE, Problem
from api.guards import PLAIN_COOKIE, SECURE_COOKIE
from matcher.accounts import sign_ins, tokens
from matcher.actors import ANONYMOUS, Actor
from matcher.entities import now
from matcher.errors import Unauthenticated
from matcher.sessions import reading, writing


@dataclass(frozen=True, slots=True)
class Caller:
    actor: Actor
    sign_in_id: str | None = None
    """Of the session whose cookie was sent; None by token."""


def stranger(request: Request) -> Actor:
    """Nobody, in this request: for routes at which somebody becomes known."""
    return replace(ANONYMOUS, request_id=request.state.request_id)


def caller(request: Request) -> Caller:
    """Found out once in a request. Raises Problem (401)."""
    if not hasattr(request.state, "caller"):
        request.state.caller = _caller(request)
    found: Caller = request.state.caller
    return found


def _caller(request: Request) -> Caller:
    home: Home = request.app.state.home
    given = request.headers.get("authorization")
    if given is not None:
        scheme, _, secret = given.partition(" ")
        if scheme.lower() != "bearer":
            raise refused("The Authorization header takes a token of this installation: Bearer jb_…")
        return _by_token(home, request, secret.strip())
    cookie = request.cookies.get(cookie_name(request))
    if cookie is not None:
        return _by_session(home, request, cookie)
    return Caller(stranger(request))


def _by_token(home: Home, request: Request, secret: str) -> Caller:
    moment = now()
    with reading(home.engine) as session:
        try:
            actor, token = tokens.actor_of(session, secret, at=moment, request_id=request.state.request_id)
        except Unauthenticated as error:
            raise refused(str(error)) from None
        if tokens.is_due(token, moment):
            _later(request, home, partial(tokens.touch, token_id=token.id, at=moment))
    return Caller(actor)


def _by_session(home: Home, request: Request, cookie: str) -> Caller:
    moment = now()
    with reading(home.engine) as session:
        try:
            actor, sign_in = sign_ins.actor_of(session, cookie, at=moment, request_id=request.state.request_id)
        except Unauthenticated as error:
            response = Response()
            clear_session(request, response)
            raise refused(str(error), {"Set-Cookie": response.headers["set-cookie"]}) from None
        if sign_ins.is_due(sign_in, moment):
            _later(request, home, partial(sign_ins.touch, sign_in_id=sign_in.id, at=moment))
        return Caller(actor, sign_in.id)


def _later(request: Request, home: Home, note: Callable[..., None]) -> None:
    def chore() -> None:
        with writing(home.engine) as session:
            note(session)

    background: Background = request.app.state.background
    background.later(chore)


def refused(detail: str, headers: dict[str, str] | None = None) -> Problem:
    challenge = {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}
    return Problem(401, "unauthenticated", detail, headers=challenge | (headers or {}))


class KnownFirst(APIRoute):
    """A route that reads not a byte of what is sent before it knows by whom."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def known_first(request: Request) -> Response:
            found = await run_in_threadpool(caller, request)
            if not found.actor.known:
                raise Unauthenticated("Sign in first.")
            return await handle(request)

        return known_first


# -- the cookie -----------------------------------------------------------------------------------


def is_secure(request: Request) -> bool:
    """Whether people reach this over https, as far as can be told."""
    public: str = request.app.state.settings.public_url
    return request.url.scheme == "https" or public.startswith("https:")


def cookie_name(request: Request) -> str:
    """Browsers take the longer name only over https, from this very host, for all of it."""
    return SECURE_COOKIE if is_secure(request) else PLAIN_COOKIE


def set_session(request: Request, response: Response, token: str) -> None:
    """Lasts as long as the browser runs, or the session on the server does."""
    response.set_cookie(cookie_name(request), token, path="/", httponly=True, samesite="lax", secure=is_secure(request))


def clear_session(request: Request, response: Response) -> None:
    response.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="lax", secure=is_secure(request))
