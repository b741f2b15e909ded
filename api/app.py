"""The web application: the composition root of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, Depends, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import deps, described, errors, housekeeping
from api.background import Background
from api.composition import Home, open_home
from api.follower import Follower
from api.guards import CrossSite, Headers, Hosts, allowed_hosts
from api.identity.limiting import Limiter
from api.identity.oidc import Provider
from api.middleware import BodyLimit, Requests
from api.noticing import Noticer
from api.pages import desks, problems
from api.pages.rendering import Pages
from api.pages.statics import Statics
from api.proposing import Proposer
from api.routes import (
    account,
    agreements,
    answers,
    audit,
    awards,
    challenge_documents,
    challenge_talks,
    challenges,
    clinic,
    codes,
    commitments,
    consents,
    contracts,
    decisions,
    desk,
    docs,
    drawing,
    elsewhere,
    feeds,
    figures,
    imports,
    installation,
    introductions,
    invitations,
    matches,
    mechanisms,
    members,
    milestones,
    needs,
    notices,
    objections,
    offers,
    openings,
    organisations,
    pairs,
    people,
    programmes,
    results,
    reviews,
    searches,
    session,
    tokens,
    trials,
)
from api.settings import Settings, split
from embeddings.base import Encoder

PREFIX = "/api/v1"

DESCRIPTION = """\
Brings companies' technology needs and labs' results together: ranked pairs with reasons, in Chinese and English.

Errors are problem details (RFC 9457), `code` tells those of one status apart. What is read carries an ETag; edits
send it as If-Match. Creates may carry an Idempotency-Key. Amounts of money are decimal numbers as strings.

Programs send a personal token as `Authorization: Bearer jb_…`, browsers the cookie of POST /session. A key that is
not good is refused (401) and never passed over. With a cookie, changes have to come from a page of this server."""


def create_app(
    settings: Settings | None = None,
    *,
    encoder: Encoder | None = None,
    home: Home | None = None,
    settled: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The application over the home that the settings name. It is opened when the server starts.

    `encoder` stands in for the model of the settings. A `home` that is open already is served
    instead, and left open. `settled` is called once index and model are there.
    """
    settings = settings or Settings()
    given = home

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        home = given or await run_in_threadpool(open_home, settings, encoder=encoder)
        try:
            # A model named wrongly, a secret that others can read, or a wrong mechanism stops the start, not the
            # first question.
            home.encoder  # noqa: B018
            home.secrets  # noqa: B018
            home.mechanisms  # noqa: B018
            follower = Follower(home, chore=partial(housekeeping.run, home.engine), settled=settled)
            app.state.home, app.state.follower = home, follower
            background = app.state.background = Background()
            noticer = app.state.noticer = Noticer(home.engine, settings)
            proposer = app.state.proposer = Proposer(home, follower)
            follower.start()
            background.start()
            noticer.start()
            proposer.start()
            try:
                yield
            finally:
                await run_in_threadpool(proposer.stop)
                await run_in_threadpool(noticer.stop)
                await run_in_threadpool(background.stop)
                await run_in_threadpool(follower.stop)
        finally:
            if given is None:
                await run_in_threadpool(home.close)

    # Serves the scripts of `routes.docs`: the usual pages would fetch them from the internet.
    app = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        static_url=docs.STATIC,
        title="Jiebang 揭榜",
        version="1",
        summary="Needs, results, and the pairs that fit",
        description=DESCRIPTION,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.pages = Pages(settings)
    app.state.problem_page = problems.page
    app.state.limiter = Limiter(settings.attempt_rate)
    app.state.provider = Provider(settings) if settings.oidc_issuer else None
    api = APIRouter(prefix=PREFIX, dependencies=[Depends(deps.no_stray_query)])
    for part in (needs, results, imports, matches, clinic, consents, agreements, mechanisms, audit, codes):
        api.include_router(part.router)
    for part in (challenges, challenge_documents, challenge_talks, programmes, openings, answers):
        api.include_router(part.router)
    for part in (drawing, desk, trials, decisions, objections, commitments):
        api.include_router(part.router)
    for part in (awards, contracts, milestones, offers):
        api.include_router(part.router)
    for part in (reviews, pairs, introductions, searches):
        api.include_router(part.router)
    for part in (challenge_documents, milestones):
        api.include_router(part.uploads)
    for part in (session, elsewhere, account, tokens, organisations, members, invitations, people, notices, figures):
        api.include_router(part.router)
    app.include_router(api)
    app.include_router(feeds.router)
    app.include_router(installation.router)
    app.include_router(docs.router)
    app.include_router(desks.router)
    app.mount("/static", Statics(), name="static")
    errors.install(app)
    described.install(app)
    # The last one added is the first to see a request.
    app.add_middleware(BodyLimit, max_upload=settings.max_upload_mb * 1024 * 1024)
    app.add_middleware(CrossSite)
    app.add_middleware(Hosts, allowed=allowed_hosts(settings))
    app.add_middleware(Headers, always_https=settings.public_url.startswith("https:"))
    app.add_middleware(Requests)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=split(settings.trusted_proxies))
    return app
