"""The walk of `test_leaks` with the model that ships with the project: what is near by meaning, and shares no word,
is found there too. Of the requests those are made that compare texts, and all about challenges and answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from test_leaks import Asked, around, leaks_of, matched, probed
from tiers_support import Tiers, build
from web_support import served

from api.settings import Settings
from embeddings.factory import make_encoder


@pytest.fixture(scope="module")
def tiers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiers]:
    settings = Settings(home=tmp_path_factory.mktemp("leaks"), _env_file=None)
    with served(settings, make_encoder("bundled")) as client:
        yield build(client)


@pytest.mark.parametrize("asked", [matched, probed, around])
def test_nothing_leaves_its_tier(tiers: Tiers, asked: Asked) -> None:
    assert list(leaks_of(tiers, asked)) == []
