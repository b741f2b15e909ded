"""The calibrations that an installation has learned: one file each, and a pointer to the one in place.

They are kept for good, so that any can be gone back to. Where there is none, the shipped one is in place.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from matcher.entities import new_id
from matcher.errors import Invalid, Unready
from matcher.matching.score import Calibration, parse, shipped, written

SHIPPED = "shipped"
_POINTER = "current"
_FROM = "learned_from"


class Calibrations:
    """In a folder of the home, which need not be there. Every process that serves the home follows the pointer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: tuple[object, Calibration] | None = None

    def current(self) -> Calibration:
        """The one in place; read again only when the pointer was moved. Raises Unready for a damaged one."""
        try:
            state = os.stat(self._folder / _POINTER)
        except FileNotFoundError:
            return shipped()
        mark = (state.st_mtime_ns, state.st_ino)
        kept = self._read
        if kept is None or kept[0] != mark:
            kept = self._read = (mark, self._load(self.name()))
        return kept[1]

    def name(self) -> str:
        """Of the one in place."""
        try:
            return (self._folder / _POINTER).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return SHIPPED

    def put(self, calibration: Calibration) -> str:
        """Keeps it as a new version, in place from now on, and returns its name."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        numbers = [int(path.stem.rpartition("-")[2]) for path in self._folder.glob("score-*.toml")]
        name = f"score-{max(numbers, default=0) + 1:04}"
        about = {**calibration.about, _FROM: self.name()}
        self._write(f"{name}.toml", written(replace(calibration, about=about)))
        self._write(_POINTER, f"{name}\n")
        return name

    def back(self) -> str:
        """Puts the one in place again that the present one was learned from, and returns its name.

        Raises Invalid where none was learned.
        """
        name = self.name()
        if name == SHIPPED:
            raise Invalid("the shipped calibration is in place: there is none to go back to")
        before = str(self._load(name).about[_FROM])
        self._write(_POINTER, f"{before}\n")
        return before

    def _load(self, name: str) -> Calibration:
        if name == SHIPPED:
            return shipped()
        path = self._folder / f"{name}.toml"
        try:
            return parse(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Unready(
                f"The calibration {path} cannot be read: {error}. Restore it, or name another in "
                f"{self._folder / _POINTER} ({SHIPPED} for the shipped one)."
            ) from None

    def _write(self, name: str, text: str) -> None:
        fresh = self._folder / f"{name}-{new_id()}"
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, self._folder / name)
