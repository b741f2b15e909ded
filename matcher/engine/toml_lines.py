"""On which line of a TOML file something stands: the parser of the standard library does not say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]

_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


class Lines:
    """Where each key of a file that parses begins."""

    def __init__(self, text: str) -> None:
        self._first: dict[Path, int] = {(): 1}
        table: Path = ()
        for line, statement, found in _statements(text):
            header = statement.lstrip().startswith("[")
            path: Path = ()
            for path in _paths(found, () if header else table, self._first, new=statement.lstrip().startswith("[[")):
                self._first.setdefault(path, line)
            if header:
                table = path

    def __contains__(self, path: Path) -> bool:
        return path in self._first

    def of(self, path: Path) -> int:
        """The line of what is meant, or of the nearest thing around it."""
        while path not in self._first:
            path = path[:-1]
        return self._first[path]


def line_of(error: tomllib.TOMLDecodeError, text: str) -> tuple[int, str]:
    """Where a file that does not parse goes wrong, and what the parser says of it."""
    told = str(error)
    named = _AT_LINE.search(told)
    line = int(named.group(1)) if named else max(1, len(text.splitlines()))
    return line, re.sub(r" \(at [^()]*\)$", "", told)


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Each header and each key with its value, alone: what ends where it parses by itself."""
    pending, begins = "", 1
    for number, line in enumerate(text.split("\n"), start=1):
        if not pending:
            begins = number
        pending += line + "\n"
        try:
            found = tomllib.loads(pending)
        except tomllib.TOMLDecodeError:
            continue
        if found:
            yield begins, pending, found
        pending = ""


def _paths(found: Mapping[str, Any], within: Path, known: Mapping[Path, int], *, new: bool) -> Iterator[Path]:
    """The paths to what one statement says, the innermost last."""
    for key, value in found.items():
        path: Path = (*within, key)
        yield path
        if isinstance(value, dict):
            yield from _paths(value, _current(path, known), known, new=new)
        elif isinstance(value, list) and new and value == [{}]:
            yield (*path, _count(path, known))
        elif isinstance(value, list):
            for place, element in enumerate(value):
                yield (*path, place)
                if isinstance(element, dict):
                    yield from _paths(element, (*path, place), known, new=False)
                    yield (*path, place)


def _count(path: Path, known: Mapping[Path, int]) -> int:
    return sum(1 for one in known if one[:-1] == path and isinstance(one[-1], int))


def _current(path: Path, known: Mapping[Path, int]) -> Path:
    """A path, or where it leads to an array of tables, the last of these."""
    count = _count(path, known)
    return (*path, count - 1) if count else path
