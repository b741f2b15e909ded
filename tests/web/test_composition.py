"""Putting an installation together."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlmodel import select

from api.composition import GuardedEncoder, make_encoder, open_home, temporary_home
from api.settings import Settings
from embeddings.base import Encoder, Vectors
from matcher import needs, organisations
from matcher.actors import COMMAND_LINE
from matcher.drafts import NeedDraft
from matcher.entities import Event, OrganisationKind
from matcher.errors import Unready
from matcher.sessions import reading, writing


def test_a_new_home_is_for_its_owner_only(settings: Settings, encoder: Encoder) -> None:
    with open_home(settings, encoder=encoder):
        assert settings.home.stat().st_mode & 0o777 == 0o700


def test_the_database_is_for_its_owner_only_in_a_folder_that_others_may_look_into(
    settings: Settings, encoder: Encoder
) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    settings.home.chmod(0o755)
    with open_home(settings, encoder=encoder) as home, reading(home.engine) as session:
        session.exec(select(Event)).all()
        files = {file.name: file.stat().st_mode & 0o777 for file in settings.home.glob("jiebang.sqlite3*")}
    assert files == {"jiebang.sqlite3": 0o600, "jiebang.sqlite3-wal": 0o600, "jiebang.sqlite3-shm": 0o600}


def test_a_home_that_cannot_be_made_is_told(tmp_path: Path, encoder: Encoder) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unready, match="cannot be made"):
        open_home(Settings(home=tmp_path / "file" / "home", _env_file=None), encoder=encoder)


def test_a_home_opened_again_has_its_data_and_its_index(settings: Settings, encoder: Encoder) -> None:
    with open_home(settings, encoder=encoder) as home:
        with writing(home.engine) as session:
            named = organisations.named(session, COMMAND_LINE, ["甲公司"], OrganisationKind.COMPANY)
            needs.post_need(session, COMMAND_LINE, named["甲公司"], NeedDraft(title="降低残碱"))
        home.index.catch_up()
    with open_home(settings, encoder=encoder) as home:
        assert (len(home.index), home.index.seq) == (1, 2)


def test_lists_need_no_model(settings: Settings) -> None:
    with open_home(settings.model_copy(update={"model": "/no/such/folder"})) as home, reading(home.engine) as session:
        assert session.exec(select(Event)).all() == []


def test_a_temporary_home_leaves_nothing(encoder: Encoder) -> None:
    with temporary_home(encoder=encoder) as home:
        folder = home.settings.home
        home.index.catch_up()
        assert (folder / "jiebang.sqlite3").exists()
    assert not folder.exists()


@pytest.mark.parametrize("model", ["/no/such/folder", "http://127.0.0.1:1/v1", "https://#name"])
def test_a_model_named_wrongly_is_told(settings: Settings, model: str) -> None:
    with pytest.raises(Unready, match="JIEBANG_MODEL"):
        make_encoder(settings.model_copy(update={"model": model}))


class _Broken:
    model_id = "broken"

    @property
    def dimension(self) -> int:
        raise RuntimeError("the model x cannot be loaded: no such file")

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        raise RuntimeError("the model x cannot be loaded: no such file")

    encode_documents = encode_queries


@pytest.mark.parametrize(
    "use", [lambda e: e.dimension, lambda e: e.encode_queries(["a"]), lambda e: e.encode_documents([])]
)
def test_a_model_that_does_not_answer_is_unready(use) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Unready, match=r"^The model x cannot be loaded: no such file\.$"):
        use(GuardedEncoder(_Broken()))


def test_the_application_is_made_without_model_runtime_or_index_engine() -> None:
    program = (
        "import sys; from api.app import create_app; from api.settings import Settings; "
        "create_app(Settings(_env_file=None)); "
        "sys.exit(', '.join(m for m in ('torch', 'sentence_transformers', 'faiss', 'tantivy') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.strip() == ""
