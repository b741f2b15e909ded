"""Decisions on pairs out of a file, as `jiebang learn` takes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matcher.errors import UnusableFile
from matcher.matching.learning import Decision

TAKEN = {"take_further": True, "no": False}
SET_ASIDE = ("not_now", "unsure")
"""Verdicts that say nothing of whether the two sides fit."""


def read_decisions(path: Path) -> list[Decision]:
    """JSON Lines: need and result by id, verdict, position, and when. Verdicts without a decision are left out.

    Raises UnusableFile, naming the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise UnusableFile("there is no such file", place=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableFile(f"cannot be read: {error}", place=str(path)) from None
    return list(_decisions(path.name, lines))


def _decisions(name: str, lines: list[str]) -> Iterator[Decision]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = _decision(json.loads(line))
        except (ValueError, TypeError, KeyError) as error:
            said = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise UnusableFile(said, place=f"{name}, line {number}") from None
        if found is not None:
            yield found


def _decision(row: dict[str, Any]) -> Decision | None:
    if not isinstance(row, dict):
        raise ValueError("an object with need, result, verdict, position and at is expected")
    need, result, verdict, position, at = (row[name] for name in ("need", "result", "verdict", "position", "at"))
    if verdict in SET_ASIDE:
        return None
    if verdict not in TAKEN:
        raise ValueError(f"unknown verdict {verdict!r}; known: {', '.join([*TAKEN, *SET_ASIDE])}")
    if type(position) is not int or position < 1:
        raise ValueError(f"the position is {position!r}; a whole number from 1 is expected")
    when = datetime.fromisoformat(at)
    return Decision(str(need), str(result), TAKEN[verdict], position, when if when.tzinfo else when.replace(tzinfo=UTC))
