"""Served homes: real SQLite files, a small encoder, no sockets."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from web_support import Side, operator, served, signed_in
from words_encoder import WordsEncoder

from api.settings import Settings
from embeddings.base import Encoder

_numbers = itertools.count(1)

OFTEN = "100000/second"
"""All tests come from one network address."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", attempt_rate=OFTEN, _env_file=None)


@pytest.fixture(scope="session")
def shared_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One home for all tests that look at nothing but their own organisations."""
    settings = Settings(home=tmp_path_factory.mktemp("shared"), attempt_rate=OFTEN, _env_file=None)
    with served(settings, WordsEncoder()) as client:
        yield client


@pytest.fixture
def client(shared_client: TestClient) -> TestClient:
    return shared_client


@pytest.fixture
def own_client(settings: Settings, encoder: Encoder) -> Iterator[TestClient]:
    """A home that no other test sees, at `settings`."""
    with served(settings, encoder) as client:
        yield client


@pytest.fixture
def company(client: TestClient) -> str:
    draft = {"kind": "company", "name": f"苏州第{next(_numbers)}公司", "region": "320500"}
    return str(operator(client).post("/api/v1/organisations", json=draft).json()["id"])


@pytest.fixture
def lab(client: TestClient) -> str:
    draft = {"kind": "lab", "name": f"第{next(_numbers)}实验室"}
    return str(operator(client).post("/api/v1/organisations", json=draft).json()["id"])


@pytest.fixture
def need_side(company: str) -> Side:
    return Side(
        "needs",
        company,
        {
            "title": "高镍正极材料表面残碱控制",
            "problem": "烧结后表面残碱偏高，涂布时浆料凝胶。",
            "indicators": [{"name": "表面残碱", "operator": "<=", "value": 800, "unit": "ppm"}],
            "budget_max": "800000.00",
            "keywords": ["残碱", "包覆"],
            "field": "new_materials.metals",
        },
    )


@pytest.fixture
def result_side(lab: str) -> Side:
    return Side(
        "results",
        lab,
        {
            "title": "干法包覆降低高镍正极残碱",
            "abstract": "以纳米磷酸盐干法包覆替代水洗，表面残碱降低。",
            "indicators": [{"name": "表面残碱", "operator": "<=", "value": 600, "unit": "ppm"}],
            "price": "1500000.50",
            "maturity": 6,
            "keywords": ["包覆"],
            "region": "430100",
        },
    )


@pytest.fixture(params=["needs", "results"])
def side(request: pytest.FixtureRequest, need_side: Side, result_side: Side) -> Side:
    return need_side if request.param == "needs" else result_side


@pytest.fixture
def manager(client: TestClient, side: Side) -> TestClient:
    """A manager of the side's owner, signed in by token."""
    return signed_in(client, side.owner)
