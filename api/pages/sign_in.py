"""Signing in and out, and the language of the pages."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.deps import CallerDep, HomeDep, limited
from api.identity import authentication
from api.pages import acting, forms
from api.pages.forms import Form, Sent
from api.pages.languages import LANGUAGES
from api.pages.looking import LANGUAGE_COOKIE, NobodyLookingDep, OpenLookingDep
from api.routes import session as sessions
from api.routes.elsewhere import local_path
from api.schemas.accounts import SignInPost
from matcher.accounts import people, sign_ins
from matcher.errors import CodeNeeded, Unauthenticated
from matcher.sessions import writing

router = APIRouter(include_in_schema=False)

Held = list[tuple[str, str]]
"""Names and values of what was sent when nobody was known any more."""

YEAR = 365 * 24 * 3600


@router.get("/sign-in")
def ask(looking: NobodyLookingDep, next: str = "/") -> Response:
    return looking.show("sign_in.html", **asked(looking.request, Form(), _local(next)))


@router.post("/sign-in", dependencies=[limited("sign in")])
def sign_in(looking: NobodyLookingDep, sent: Sent) -> Response:
    """Signs in and leads on; what was sent when the session was over is shown to be sent again."""
    form, next, held = forms.sent(sent), _local(_text(sent, "next")), _held(sent)
    told = asked(looking.request, form, next, held)
    try:
        given = forms.read(sent, SignInPost, looking.zone)
        made, token = sign_ins.sign_in(
            looking.home.engine,
            looking.actor,
            looking.home.secrets,
            given.email,
            given.password,
            given.code,
            **sessions.origin(looking.request),
        )
    except (Unauthenticated, ValidationError) as error:
        told["code_wanted"] = isinstance(error, CodeNeeded) or "code" in form.values
        status = acting.refuse(form, error)
        return looking.show("sign_in.html", status, **told)
    answer: Response = looking.show("go_on.html", next=next, held=held) if held else RedirectResponse(next, 303)
    sessions.begun(looking.request, answer, made, token)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, home: HomeDep, caller: CallerDep) -> Response:
    answer = RedirectResponse("/", 303)
    if caller.sign_in_id is not None:
        with writing(home.engine) as session:
            sign_ins.end(session, caller.actor, caller.sign_in_id)
    authentication.clear_session(request, answer)
    return answer


@router.post("/language")
def choose_language(looking: OpenLookingDep, sent: Sent) -> Response:
    """Kept with the account, and in the browser for when nobody is signed in."""
    code = _text(sent, "language")
    answer = RedirectResponse(_local(_text(sent, "next")), 303)
    if code in LANGUAGES:
        person = looking.actor.person_id
        if person is not None:
            with writing(looking.home.engine) as session:
                people.choose_language(session, looking.actor, person, code)
        answer.set_cookie(LANGUAGE_COOKIE, code, max_age=YEAR, path="/", httponly=True, samesite="lax")
    return answer


def asked(request: Request, form: Form, next: str, held: Held | None = None) -> dict[str, Any]:
    """What the sign-in page is told. `held` is what was sent when the session was over."""
    elsewhere = f"/api/v1/session/oidc?{urlencode({'next': next})}" if request.app.state.provider else ""
    return {"form": form, "next": next, "held": held or [], "code_wanted": False, "elsewhere": elsewhere}


def _held(sent: FormData) -> Held:
    found: Held = []
    for one in sent.getlist("held"):
        try:
            name, value = json.loads(one) if isinstance(one, str) else ("", "")
        except ValueError:
            continue  # none of ours
        found.append((str(name), str(value)))
    return found


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name)
    return value if isinstance(value, str) else ""


def _local(path: str) -> str:
    """Where to go on to; the start page instead of whatever leads elsewhere."""
    try:
        return local_path(path)
    except ValueError:
        return "/"
