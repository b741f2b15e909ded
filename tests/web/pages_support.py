"""Pages as a browser without scripts sees them."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import unquote

from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.pages import desks

_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
_MAIN = re.compile(r"<main\b.*?>(.*)</main>", re.DOTALL)
_FIELD = re.compile(r"<(?:input|textarea|select|button)\b[^>]*\bname=\"([^\"]*)\"", re.DOTALL)
_KEY = re.compile(r'name="_key" value="([^"]*)"')


def page_routes(method: str) -> list[str]:
    """The paths of all pages that are looked at (GET), or of all forms (POST)."""
    routes = (route for route in desks.router.routes if isinstance(route, APIRoute))
    return [route.path for route in routes if method in route.methods]


def page(client: TestClient, path: str, **kwargs: Any) -> str:
    """The HTML at that path; it has to be there."""
    answer = client.get(path, headers={"Accept": "text/html"}, **kwargs)
    assert answer.status_code == 200, (path, answer.status_code, words(answer.text)[:500])
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


def key(text: str) -> str:
    """What makes a form that is sent twice one thing."""
    [found, *_] = _KEY.findall(text)
    return str(found)


def told(answer: Any) -> str:
    """What the next page will say once."""
    return unquote(unquote(answer.cookies.get("jiebang-told", ""))).removeprefix("=").replace("+", " ")
