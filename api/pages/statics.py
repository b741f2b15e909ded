"""The files that pages are made with. Their addresses carry a digest of what they hold, so browsers keep them."""

from __future__ import annotations

from fastapi import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.pages.rendering import STATIC

FOR_GOOD = "public, max-age=31536000, immutable"


class Statics(StaticFiles):
    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        if b"v=" in scope["query_string"]:
            answer.headers["Cache-Control"] = FOR_GOOD
        return answer
