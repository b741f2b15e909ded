"""Pages as a browser without scripts sees them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.pages import desks

_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
_MAIN = re.compile(r"<main\b.*?>(.*)</main>", re.DOTALL)
_FIELD = re.compile(r"<(?:input|textarea|select|button)\b[^>]*\bname=\"([^\"]*)\"", re.DOTALL)
_FORM = re.compile(r'<form method="post".*?</form>', re.DOTALL)
_CONTROL = re.compile(r"<(input|textarea|select)\b([^>]*)>(?:(.*?)</\1>)?", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w:-]+)(?:="([^"]*)")?')
_OPTION = re.compile(r'<option value="([^"]*)"([^>]*)>')
_KEY = re.compile(r'name="_key" value="([^"]*)"')


def page_routes(method: str) -> list[str]:
    """The paths of all pages that are looked at (GET), or of all forms (POST)."""
    return [route.path for route in routes_of(desks.router) if method in route.methods]


def routes_of(router: APIRouter) -> Iterator[APIRoute]:
    """Newer FastAPI keeps an included router as one route, older takes its routes out of it."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif (inner := getattr(route, "original_router", None)) is not None:
            yield from routes_of(inner)


def page(client: TestClient, path: str, status: int = 200, language: str = "", **kwargs: Any) -> str:
    """The HTML at that path; it has to be there."""
    headers = {"Accept": "text/html"} | ({"Accept-Language": language} if language else {})
    answer = client.get(path, headers=headers, **kwargs)
    assert answer.status_code == status, (path, answer.status_code, words(answer.text)[:500])
    return answer.text


def send(client: TestClient, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
    """What a form gets for an answer, before the browser goes on from there."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    return client.post(path, data=data or {}, headers=headers, follow_redirects=False, **kwargs)


def words(text: str) -> str:
    """What a reader reads of the page's own part, in one line."""
    found = _MAIN.search(text)
    return " ".join(html.unescape(_TAGS.sub(" ", found[1] if found else text)).split())


def fields(text: str) -> set[str]:
    """The names of everything that can be sent."""
    return {html.unescape(name) for name in _FIELD.findall(text)}


def filled(text: str, number: int = 0) -> dict[str, list[str]]:
    """What one of the page's own forms would send as it stands."""
    forms = _FORM.findall(_MAIN.findall(text)[0])
    values: dict[str, list[str]] = {}
    for tag, attributes, inner in _CONTROL.findall(forms[number]):
        told = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
        if "name" not in told or told.get("type") == "file":
            continue
        if tag == "select":
            options = _OPTION.findall(inner)
            value = next((value for value, rest in options if "selected" in rest), options[0][0])
        elif told.get("type") in ("checkbox", "radio") and "checked" not in told:
            continue
        else:
            value = inner.strip() if tag == "textarea" else told.get("value", "")
        values.setdefault(told["name"], []).append(html.unescape(value))
    return values


def key(text: str) -> str:
    """What makes a form that is sent twice one thing."""
    [found, *_] = _KEY.findall(text)
    return str(found)


def told(answer: Any) -> str:
    """What the next page will say once."""
    return unquote(unquote(answer.cookies.get("jiebang-told", ""))).removeprefix("=").replace("+", " ")
