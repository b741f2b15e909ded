"""The desk of challenges 榜单: the public list, each challenge from draft to acceptance, and what is done to it."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages.challenges import custody, funding, inviting, lists, moving, one, talking, writing

router = APIRouter(include_in_schema=False)
for part in (lists, writing, one, talking, moving, inviting, custody, funding):  # /challenges/new is no challenge's id
    router.include_router(part.router)
