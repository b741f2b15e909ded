"""What all commands share: where they print, progress bars, and errors as one line."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text
from typer.core import TyperGroup

from matcher.errors import JiebangError, Unready

DONE, UNEXPECTED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130

_PIPED_WIDTH = 100
"""Columns of a table that goes to a file or a pipe."""

Count = Callable[[int, int | None], None]
"""Told how many are done, and of how many where that is known."""


def output() -> Console:
    """Standard output: what was asked for, and nothing else."""
    return _console(stderr=False)


def notes() -> Console:
    """Standard error: progress, remarks and refusals."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not console.is_terminal and not os.environ.get("COLUMNS"):
        console.width = _PIPED_WIDTH
    return console


def say(text: str) -> None:
    """One plain line on standard output, never wrapped."""
    output().print(Text(text), soft_wrap=True)


def note(text: str, style: str = "") -> None:
    """One plain line on standard error, never wrapped."""
    notes().print(Text(text, style=style), soft_wrap=True)


def fail(text: str) -> None:
    note("error: " + " ".join(text.split()), "red")


@contextmanager
def without_collector() -> Iterator[None]:
    """Keeps Python's cycle collector still while files are read and stored.

    The rows of a large file are hundreds of thousands of objects that all stay; looking through them for
    garbage again and again took a third of the time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Bars:
    """Progress bars for the stages of one command, one below the other."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def of(self, label: str) -> Count:
        """A bar that appears with its first count."""

        def count(done: int, total: int | None) -> None:
            if label not in self._tasks:
                self._tasks[label] = self._progress.add_task(label, total=total)
            self._progress.update(self._tasks[label], completed=done, total=total)

        return count

    def stages(self, labels: Mapping[str, str]) -> Callable[[str, int, int], None]:
        """For work that names its stage with each count."""

        def count(stage: str, done: int, total: int) -> None:
            self.of(labels[stage])(done, total)

        return count

    @property
    def indexing(self) -> Callable[[str, int, int], None]:
        """What `SearchIndex.catch_up` and `rebuild` report to."""
        return self.stages({"embed": "Embedding passages", "index": "Indexing"})

    @contextmanager
    def waiting(self, label: str) -> Iterator[None]:
        """For work that cannot say how far it is."""
        task = self._progress.add_task(label, total=None)
        yield
        self._progress.remove_task(task)


@contextmanager
def bars() -> Iterator[Bars]:
    """Shown on standard error while the work lasts; nothing at all when that is no terminal."""
    console = notes()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Bars(progress)


class Commands(TyperGroup):
    """The group of all commands. What can be told in one line is, with an exit status; bugs keep their traceback."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # typer.Context is the base's own, renamed
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            note("stopped")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # Whoever read the output has enough; Python would complain once more when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(UNEXPECTED) from None
        except Exception as error:
            told = _told(error)
            if told is None:
                raise
            fail(told)
            refused = isinstance(error, JiebangError) and not isinstance(error, Unready)
            raise typer.Exit(UNUSABLE if refused else UNEXPECTED) from error


def _told(error: Exception) -> str | None:
    """What to say of an error whose traceback would help nobody; None for a bug."""
    if isinstance(error, JiebangError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror}: {error.filename}" if error.filename else str(error)
    databases = sys.modules.get("sqlalchemy.exc")
    if databases is not None and isinstance(error, databases.DatabaseError):
        return f"the database: {error.orig}"
    return None
