"""What stands before every request against the usual dangers of the web.

`Hosts` answers under known names only, `CrossSite` keeps other sites' pages from acting with a
visitor's cookie, `Headers` tells browsers what no page of ours ever needs.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers as Received
from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import answer
from api.settings import Settings, split

PLAIN_COOKIE, SECURE_COOKIE = "jiebang", "__Host-jiebang"

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline script, no inline style, nothing from elsewhere."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def allowed_hosts(settings: Settings) -> tuple[str, ...]:
    """Beside IP addresses and localhost."""
    public = urlsplit(settings.public_url).hostname or ""
    return tuple(name.lower() for name in (*split(settings.allowed_hosts), public, settings.host) if name)


class Hosts:
    """Refuses requests for a host that this is not.

    A page elsewhere whose name was made to point here would otherwise be the same origin to a browser
    (DNS rebinding), and redirects would repeat the name it made up. A bare IP address cannot be rebound.
    """

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        self.app, self.allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = Received(scope=scope).getlist("host")
            if len(given) != 1 or not self.known(given[0]):
                refusal = answer(
                    400, "unknown_host", "Nothing is served under this host name (see JIEBANG_ALLOWED_HOSTS)."
                )
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def known(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name == "localhost" or "*" in self.allowed or _is_address(name):
            return True
        return any(name == one or (one.startswith("*.") and name.endswith(one[1:])) for one in self.allowed)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class CrossSite:
    """Refuses changes that a page of another site asks for in the name of whoever looks at it.

    Browsers say where a request comes from (Sec-Fetch-Site, before it Origin), and no page can make
    them say otherwise. Without either word a request counts as a program's, which is let through
    unless it carries a session's cookie. A Bearer token no browser adds by itself: it is exempt, and
    goes before the cookie.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE and not _from_here(scope):
            refusal = answer(403, "cross_site", "This was asked for by a page of another site.")
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _from_here(scope: Scope) -> bool:
    headers = Received(scope=scope)
    if headers.get("authorization", "").lower().startswith("bearer "):
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is not None:
        scheme, _, host = origin.lower().partition("://")
        # Behind a proxy that is not told of, an https page's request comes as http; never the other way round.
        return host == headers.get("host", "").lower() and (scheme == "https" or scope["scheme"] == "http")
    cookies = cookie_parser(headers.get("cookie", ""))
    return PLAIN_COOKIE not in cookies and SECURE_COOKIE not in cookies


class Headers:
    """Adds to every answer what browsers shall not do with it; what a route set itself stays."""

    def __init__(self, app: ASGIApp, *, always_https: bool) -> None:
        self.app, self.always_https = app, always_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                # Other sites learn nothing of an address; forms of our own still name their origin.
                headers.setdefault("Referrer-Policy", "same-origin")
                headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
                headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
                if scope["path"].startswith("/api/") or headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Cache-Control", "no-store")  # it depends on who asks
                if self.always_https or scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self.app(scope, receive, guarded)
