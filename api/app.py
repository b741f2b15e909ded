"""The web application: the composition root of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool

from api import described, errors, idempotency
from api.composition import open_home
from api.follower import Follower
from api.middleware import BodyLimit, Requests
from api.routes import codes, imports, installation, matches, needs, organisations, results
from api.settings import Settings
from embeddings.base import Encoder

PREFIX = "/api/v1"

DESCRIPTION = """\
Brings companies' technology needs and labs' results together: ranked pairs with reasons, in Chinese and English.

Errors are problem details (RFC 9457), `code` tells those of one status apart. What is read carries an ETag; edits
send it as If-Match. Creates may carry an Idempotency-Key. Amounts of money are decimal numbers as strings."""


def create_app(settings: Settings | None = None, *, encoder: Encoder | None = None) -> FastAPI:
    """The application over the home that the settings name. It is opened when the server starts.

    `encoder` stands in for the model of the settings.
    """
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        home = await run_in_threadpool(open_home, settings, encoder=encoder)
        try:
            home.encoder  # noqa: B018  # a model named wrongly stops the start, not the first question
            follower = Follower(home, chore=partial(idempotency.forget_old, home.engine))
            app.state.home, app.state.follower = home, follower
            follower.start()
            try:
                yield
            finally:
                await run_in_threadpool(follower.stop)
        finally:
            await run_in_threadpool(home.close)

    # Its /docs carries its own scripts: the usual page would fetch them from the internet.
    app = FastAPIOffline(
        redoc_url=None,
        title="Jiebang 揭榜",
        version="1",
        summary="Needs, results, and the pairs that fit",
        description=DESCRIPTION,
        lifespan=lifespan,
    )
    api = APIRouter(prefix=PREFIX)
    for part in (organisations, needs, results, imports, matches, codes):
        api.include_router(part.router)
    app.include_router(api)
    app.include_router(installation.router)
    errors.install(app)
    described.install(app)
    app.add_middleware(BodyLimit, max_upload=settings.max_upload_mb * 1024 * 1024)
    app.add_middleware(Requests)
    return app
