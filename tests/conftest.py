"""Small real parts that many tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from words_encoder import WordsEncoder

from api.db import make_engine, upgrade
from api.settings import Settings


@pytest.fixture
def encoder() -> WordsEncoder:
    return WordsEncoder()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite database of the newest form, in a file as in use."""
    made = make_engine(Settings(home=tmp_path, _env_file=None))
    upgrade(made)
    yield made
    made.dispose()
