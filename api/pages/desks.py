"""All pages in one router."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages import (
    account,
    agreements,
    bringing,
    challenges,
    consents,
    front,
    grading,
    introductions,
    items,
    links,
    mechanisms,
    notices,
    offers,
    operator,
    organisation,
    programmes,
    review,
    search,
    sign_in,
)

router = APIRouter(include_in_schema=False)
for part in (
    front,
    sign_in,
    links,
    account,
    organisation,
    notices,
    bringing,
    items,
    search,
    consents,
    agreements,
    introductions,
    challenges,
    programmes,
    offers,
    mechanisms,
    grading,
    review,
    operator,
):
    router.include_router(part.router)
