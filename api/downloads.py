"""Files in answers."""

from __future__ import annotations

from urllib.parse import quote

from fastapi.responses import Response


def download(content: bytes, media_type: str, name: str) -> Response:
    """Always to be saved, never shown within a page of ours: somebody else made what is in it."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in name)
    told = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return Response(content, headers={"Content-Disposition": told}, media_type=media_type)
