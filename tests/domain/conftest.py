"""Two ways to read a small file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from intake_support import NEEDS, Bring

from matcher.intake.report import Intake, Kind
from matcher.intake.rows import read


@pytest.fixture
def brought(tmp_path: Path) -> Bring:
    """Reads a whole file under the name given."""

    def bring(content: bytes | str, name: str = "needs.csv", kind: Kind = NEEDS) -> Intake:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path, kind)

    return bring


@pytest.fixture
def listed(tmp_path: Path) -> Bring:
    """Reads lines, as of a text table, or objects as JSON Lines."""

    def bring(*lines: str | dict[str, Any], kind: Kind = NEEDS, **options: Any) -> Intake:
        path = tmp_path / "list"
        texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return read(path, kind, **options)

    return bring
