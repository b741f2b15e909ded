"""The desk of those who post needs and of those who register results: two kinds of one thing."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages.items import clinic, lists, one, writing

router = APIRouter(include_in_schema=False)
for part in (clinic, lists, writing, one):  # /needs/new is no need's id
    router.include_router(part.router)
