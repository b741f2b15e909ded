"""Files that a command will write: checked before the work starts, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from matcher.errors import Invalid


def check(path: Path, suffixes: Sequence[str], *, inputs: Sequence[Path] = ()) -> None:
    """Raises Invalid when `path` cannot become a file of one of these kinds, or is one of the inputs."""
    if path.suffix.lower() not in suffixes:
        raise Invalid(f"a file ending in {', '.join(suffixes)} is expected", place=str(path))
    if path.is_dir():
        raise Invalid("is a folder; the name of a file is expected", place=str(path))
    if not path.parent.is_dir():
        raise Invalid(f"there is no folder {path.parent}", place=str(path))
    if any(path.exists() and other.exists() and path.samefile(other) for other in inputs):
        raise Invalid("is one of the files to read; it would be overwritten", place=str(path))
    if path.exists() and not os.access(path, os.W_OK):
        raise Invalid("is write-protected", place=str(path))
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise Invalid(f"cannot be written: {error.strerror}", place=str(path)) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to, with the same ending; it takes the place of `path` at the end."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    fresh = Path(name)
    try:
        yield fresh
        fresh.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        os.replace(fresh, path)
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
