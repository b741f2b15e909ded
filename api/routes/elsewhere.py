"""Signing in with an account at the OpenID Connect provider of the settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import AfterValidator

from api import described
from api.deps import HomeDep, StrangerDep, limited
from api.errors import Problem
from api.identity import authentication, oidc
from api.identity.oidc import Provider
from api.routes.session import begun, origin
from matcher.accounts import invitations, sign_ins
from matcher.errors import Unauthenticated
from matcher.sessions import writing

router = APIRouter(prefix="/session/oidc", tags=["session"])

_PLAIN_FLOW, _SECURE_FLOW = "jiebang-oidc", "__Host-jiebang-oidc"


def local_path(path: str) -> str:
    """A page of this installation. Raises ValueError for whatever a browser may take for another's."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable() or " " in path:
        raise ValueError("a path on this server is expected, such as /docs")
    return path


Next = Annotated[
    str, AfterValidator(local_path), Query(description="Where to go then: a path on this server.", max_length=500)
]
Invitation = Annotated[
    str, Query(description="The link of an invitation that is accepted by signing in.", max_length=500)
]
_AWAY: described.Responses = {303: {"description": "To the provider, or back from it to `next`."}}


@router.get(
    "",
    status_code=303,
    response_class=RedirectResponse,
    responses=_AWAY | described.refusals(404, 429),
    dependencies=[limited("sign in")],
)
def go(request: Request, next: Next = "/", invitation: Invitation = "") -> RedirectResponse:
    """Sends a browser to the provider to sign in there. 404 where none is configured."""
    url, flow = _provider(request).begin(next, invitation)
    response = RedirectResponse(url, 303)
    response.set_cookie(
        _cookie(request),
        oidc.kept(request.app.state.home.secrets, flow),
        max_age=oidc.FLOW_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=authentication.is_secure(request),
    )
    return response


@router.get(
    "/callback",
    status_code=303,
    response_class=RedirectResponse,
    responses=_AWAY | described.refusals(404, 409, 429),
    dependencies=[limited("sign in")],
)
def come_back(
    request: Request,
    home: HomeDep,
    actor: StrangerDep,
    state: Annotated[str, Query(max_length=200)],
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> RedirectResponse:
    """Where the provider sends the browser back to. Signs in whoever has an account here that is linked to
    theirs there, or has the same e-mail address, confirmed on both sides. Nobody else gets an account this way
    but by an invitation to the address that the provider has verified, which is accepted with it."""
    provider = _provider(request)
    flow = oidc.kept_flow(home.secrets, request.cookies.get(_cookie(request)), state)
    if error or not code:
        raise Unauthenticated("The sign-in provider let nobody in.")
    identity = provider.finish(flow, code)
    who = (identity.subject, identity.email)
    with writing(home.engine) as session:
        if flow.invitation:
            made, token = invitations.enter(
                session, actor, home.secrets, flow.invitation, *who, identity.name, **origin(request)
            )
        else:
            made, token = sign_ins.sign_in_elsewhere(
                session, actor, *who, email_verified=bool(identity.email), **origin(request)
            )
    response = RedirectResponse(flow.next, 303)
    begun(request, response, made, token)
    response.delete_cookie(
        _cookie(request), path="/", httponly=True, samesite="lax", secure=authentication.is_secure(request)
    )
    return response


def _provider(request: Request) -> Provider:
    found: Provider | None = request.app.state.provider
    if found is None:
        raise Problem(404, "not_found", "No sign-in elsewhere is configured here.")
    return found


def _cookie(request: Request) -> str:
    return _SECURE_FLOW if authentication.is_secure(request) else _PLAIN_FLOW
