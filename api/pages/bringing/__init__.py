"""Whole spreadsheets of needs or results: brought, reported row by row, and mended in place."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages.bringing import lists, uploading

router = APIRouter(include_in_schema=False)
for part in (uploading, lists):  # /problem-lists/upload is no list's id
    router.include_router(part.router)
