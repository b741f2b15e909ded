"""A folder of files with a manifest that tells a whole snapshot from a damaged one.

Reading a damaged index file can end the process inside a C++ library, so every file is checked
against its size and checksum before a backend opens it. The manifest is written last: a snapshot
without one was never finished.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"


class DamagedSnapshot(ValueError):
    """The folder holds no whole snapshot of the expected kind; the index must be built anew."""


def write_manifest(folder: Path, kind: str, facts: dict[str, Any]) -> None:
    """Seals the files that stand in `folder`. `kind` names the writer and its format's version."""
    files = {p.name: [p.stat().st_size, _checksum(p)] for p in sorted(folder.iterdir()) if p.is_file()}
    files.pop(MANIFEST, None)
    content = {"kind": kind, "facts": facts, "files": files}
    (folder / MANIFEST).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def read_manifest(folder: Path, kind: str) -> tuple[dict[str, Any], list[str]]:
    """The facts and the names of the files, after all of them have been checked."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        found, facts, files = content["kind"], content["facts"], content["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedSnapshot(f"{folder}: no readable {MANIFEST}") from error
    if found != kind:
        raise DamagedSnapshot(f"{folder}: a snapshot of kind {found!r}, expected {kind!r}")
    for name, (size, checksum) in files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size or _checksum(path) != checksum:
            raise DamagedSnapshot(f"{folder}: {name} is missing or damaged")
    return facts, list(files)


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            checksum = zlib.crc32(block, checksum)
    return checksum
