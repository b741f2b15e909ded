"""The page on which the API can be read and tried. It takes nothing from the internet."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from api.guards import CONTENT_POLICY

router = APIRouter()

STATIC = "/static-offline-docs"
"""Where fastapi-offline serves the page's own scripts."""

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    app: Any = request.app
    root = request.scope.get("root_path", "")
    page = get_swagger_ui_html(
        openapi_url=f"{root}{app.openapi_url}",
        title=app.title,
        swagger_js_url=f"{root}{STATIC}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{STATIC}/swagger-ui.css",
        swagger_favicon_url=f"{root}{STATIC}/favicon.png",
    )
    page.headers["Content-Security-Policy"] = _policy(bytes(page.body).decode())
    return page


def _policy(page: str) -> str:
    """The usual one, with the page's own start script let through by its hash, and the styles that it sets."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in _INLINE.findall(page)]
    named = " ".join(["script-src 'self'", *(f"'sha256-{one}'" for one in hashes)])
    return CONTENT_POLICY.replace("script-src 'self'", named).replace(
        "style-src 'self'", "style-src 'self' 'unsafe-inline'"
    )
