"""Examples of what is sent about notices."""

from __future__ import annotations

from fastapi.openapi.models import Example

READ: dict[str, Example] = {"all": Example(summary="All of one's own", value={"ids": None})}
WISHES: dict[str, Example] = {
    "in the app": Example(summary="In the list, without mails", value={"by_mail": False, "in_app": True})
}
