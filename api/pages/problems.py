"""Errors as pages: in the reader's words, with what to do next, and with nothing lost of what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from api.identity import authentication
from api.pages.forms import Form
from api.pages.languages import Language
from api.pages.looking import Me, language_of, who
from api.pages.rendering import Pages
from api.pages.sign_in import Held, asked


async def page(request: Request, status: int, detail: str, headers: Mapping[str, str] | None) -> Response:
    """The page of an error. Who is not known, or not any more, is asked to sign in, and goes on from there."""
    kept = {name: value for name, value in (headers or {}).items() if name.lower() != "www-authenticate"}
    if "hx-request" in request.headers:  # a script puts it into a page: a sentence, and no page in the page
        return await run_in_threadpool(_told_in_part, request, status, detail, kept)
    if status == 401:
        if request.method in ("GET", "HEAD"):
            next = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
            return RedirectResponse(f"/sign-in?{urlencode({'next': next})}", 303, kept)
        held = _held(await _form(request))
        told = asked(request, Form(), request.url.path, held)
        return _shown(request, "sign_in.html", 401, language_of(request), None, kept, **told)
    me, language = await run_in_threadpool(_reader, request)
    return _shown(request, "problem.html", status, language, me, kept, status=status, detail=detail)


def _shown(
    request: Request,
    template: str,
    status_code: int,
    language: Language,
    me: Me | None,
    headers: Mapping[str, str],
    **told: object,
) -> HTMLResponse:
    pages: Pages = request.app.state.pages
    return HTMLResponse(pages.render(request, template, language, me, **told), status_code, dict(headers))


def _told_in_part(request: Request, status: int, detail: str, headers: Mapping[str, str]) -> HTMLResponse:
    me, language = _reader(request)
    return _shown(request, "problem_part.html", status, language, me, headers, status=status, detail=detail)


def _reader(request: Request) -> tuple[Me | None, Language]:
    """Who looks, as far as can be told: an error may be that nothing can."""
    try:
        me, chosen = who(request.app.state.home, authentication.caller(request))
    except Exception:  # that the database does not answer, too, is shown as a page
        return None, language_of(request)
    return me, language_of(request, chosen)


async def _form(request: Request) -> FormData:
    read: FormData | None = getattr(request.state, "form", None)
    if read is not None:
        return read
    async with request.form() as sent:  # its files are closed, the texts stay
        return sent


def _held(form: FormData) -> Held:
    """Files have to be chosen again."""
    return [(name, value) for name, value in form.multi_items() if not isinstance(value, UploadFile)]
