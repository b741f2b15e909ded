"""Every module of pages is served."""

from __future__ import annotations

import importlib
import pkgutil

from fastapi import APIRouter
from pages_support import page_routes, routes_of

from api import pages


def test_no_module_of_pages_is_left_out() -> None:
    served = {*page_routes("GET"), *page_routes("POST")}
    written: set[str] = set()
    for found in pkgutil.iter_modules(pages.__path__, "api.pages."):
        router = getattr(importlib.import_module(found.name), "router", None)
        if isinstance(router, APIRouter):
            written |= {route.path for route in routes_of(router)}
    assert written == served
