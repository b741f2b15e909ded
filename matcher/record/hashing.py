"""What is hashed of an event, and how. `docs/record.md` tells it to those who check without this program.

    detail hash   SHA-256 of the salt's text followed by the detail as JSON
    body hash     SHA-256 of a JSON array: id, at, actor, organisation, action, thing, request, detail hash
    hash          SHA-256 of the text of the hash of the event before ("" before the first) and the body hash

JSON is in one fixed form: keys sorted, no blanks, UTF-8. The salt keeps anybody from guessing an
erased detail, and the body hash lets a chain be checked over events that are not shown.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

SALT_BYTES = 16

_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def canonical(value: object) -> str:
    """JSON in the one form that is hashed. Raises TypeError or ValueError for what JSON cannot say."""
    return _encode(value)


def salts(count: int) -> list[str]:
    """One for each event, in hexadecimal."""
    drawn = os.urandom(SALT_BYTES * count).hex()
    width = 2 * SALT_BYTES
    return [drawn[start : start + width] for start in range(0, len(drawn), width)]


def moment(at: datetime) -> str:
    """A time as it is hashed: in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def detail_hash(detail: Mapping[str, Any], salt: str) -> str:
    return sha256((salt + _encode(detail)).encode()).hexdigest()


def body_hash(
    id: int,
    at: str,
    actor: str,
    organisation_id: str | None,
    action: str,
    thing: str,
    request_id: str,
    detail_hash: str,
) -> str:
    """`at` as `moment` writes it."""
    columns = [id, at, actor, organisation_id, action, thing, request_id, detail_hash]
    return sha256(_encode(columns).encode()).hexdigest()


def link(previous_hash: str, body_hash: str) -> str:
    """The hash of an event."""
    return sha256((previous_hash + body_hash).encode()).hexdigest()
