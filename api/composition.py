"""Puts an installation together from its settings: database, encoder, indexes.

Only this file, the web application and the command line choose backends; everything below them
takes what it is given.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine
from threadpoolctl import ThreadpoolController, threadpool_info

from api.db import make_engine, upgrade
from api.secrets import load_secrets
from api.settings import Settings
from embeddings import factory
from embeddings.base import Encoder, Vectors
from matcher.accounts.secrets import Secrets
from matcher.engine import mechanism_files
from matcher.errors import Invalid, Unready
from matcher.indexing import Backends, SearchIndex
from matcher.matching.calibrations import Calibrations
from matcher.matching.score import Calibration, shipped
from matcher.mechanisms import Mechanism


class GuardedEncoder:
    """An encoder whose failures are the domain's Unready: no model found, no server reached."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    @property
    def model_id(self) -> str:
        return self._encoder.model_id

    @property
    def dimension(self) -> int:
        with _guarded():
            return self._encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        with _guarded():
            return self._encoder.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        with _guarded():
            return self._encoder.encode_documents(texts)


@contextmanager
def _guarded() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        told = str(error).rstrip(".")
        raise Unready(f"{told[:1].upper()}{told[1:]}.") from error


def make_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name; a model that runs in this process is loaded at first use.

    Raises Unready for a model that the settings name wrongly, and later when it does not answer.
    """
    options: dict[str, Any] = {}
    if settings.model.startswith(("http://", "https://")):
        options = {
            "api_key": settings.model_api_key.get_secret_value() or None,
            "query_prompt": settings.query_prompt,
            "document_prompt": settings.document_prompt,
        }
    try:
        return GuardedEncoder(factory.make_encoder(settings.model, **options))
    except ValueError as error:
        raise Unready(f"JIEBANG_MODEL: {error}") from None


def make_backends(encoder: Encoder, calibration: Callable[[], Calibration] = shipped) -> Backends:
    return Backends(
        calibration=calibration,
        encoder=encoder,
        new_vectors=lambda: factory.make_vector_index("faiss", dimension=encoder.dimension),
        load_vectors=partial(factory.load_vector_index, "faiss"),
        new_lexical=partial(factory.make_lexical_index, "tantivy"),
        load_lexical=partial(factory.load_lexical_index, "tantivy"),
    )


def open_index(engine: Engine, settings: Settings, *, encoder: Encoder | None = None, keep: bool = True) -> SearchIndex:
    """The search index over a database, from its snapshot where there is a good one.

    `keep=False` neither reads nor writes snapshots.
    """
    folder = settings.home.expanduser() / "index" if keep else None
    learned = learned_calibrations(settings)
    return SearchIndex(engine, make_backends(encoder or make_encoder(settings), learned.current), folder)


def learned_calibrations(settings: Settings) -> Calibrations:
    return Calibrations(settings.home.expanduser() / "scores")


def _one_thread_for_small_products() -> None:
    """numpy's matrix products here are small: waking a second thread for each costs more than it gains.
    FAISS brings its own library and keeps its threads."""
    ThreadpoolController().select(filepath=_numpy_blas()).limit(limits=1)


def _numpy_blas() -> list[str]:
    return [library["filepath"] for library in threadpool_info() if "numpy" in Path(library["filepath"]).parts[-2]]


class Home:
    """An open installation. Encoder and index are made at first use: lists and edits need neither."""

    def __init__(
        self, settings: Settings, engine: Engine, *, encoder: Encoder | None = None, keep: bool = True
    ) -> None:
        _one_thread_for_small_products()
        self.settings, self.engine, self.keep = settings, engine, keep
        self._encoder = encoder
        self._index: SearchIndex | None = None
        self._secrets: Secrets | None = None
        self._mechanisms: Mapping[str, Mechanism] | None = None
        self._opening = threading.RLock()

    @property
    def encoder(self) -> Encoder:
        """Raises Unready for a model that the settings name wrongly."""
        with self._opening:
            if self._encoder is None:
                self._encoder = make_encoder(self.settings)
            return self._encoder

    @property
    def index(self) -> SearchIndex:
        """May take seconds the first time, and may then be far behind the database: `catch_up`."""
        with self._opening:
            if self._index is None:
                self._index = open_index(self.engine, self.settings, encoder=self.encoder, keep=self.keep)
            return self._index

    @property
    def calibrations(self) -> Calibrations:
        """What was learned of how evidence becomes a score; the index asks for the one in place."""
        return learned_calibrations(self.settings)

    @property
    def secrets(self) -> Secrets:
        """Signs links and seals keys. Raises Unready where it cannot be had or others can read it."""
        with self._opening:
            if self._secrets is None:
                self._secrets = load_secrets(self.settings)
            return self._secrets

    @property
    def mechanisms(self) -> Mapping[str, Mechanism]:
        """The shipped ones and the operator's own, by name. Raises Unready for a file that is wrong."""
        with self._opening:
            if self._mechanisms is None:
                try:
                    self._mechanisms = mechanism_files.known(self.settings.mechanism_folder)
                except Invalid as error:
                    raise Unready(str(error)) from None
            return self._mechanisms

    def close(self) -> None:
        """Saves the index, if it was opened, and lets go of the database."""
        if self._index is not None:
            self._index.close()
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def open_home(settings: Settings, *, encoder: Encoder | None = None, keep: bool = True) -> Home:
    """Opens an installation, making its folder and its tables where they are missing.

    The folder is for its owner only: it holds what companies tell nobody else.
    """
    folder = settings.home.expanduser()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unready(f"The home {folder} cannot be made: {error.strerror or error}.") from None
    engine = make_engine(settings)
    if engine.url.get_backend_name() == "sqlite" and engine.url.database:
        # For its owner only, even in a folder that others may look into; SQLite's other files follow it.
        os.close(os.open(engine.url.database, os.O_CREAT | os.O_RDWR, 0o600))
    try:
        upgrade(engine)
        return Home(settings, engine, encoder=encoder, keep=keep)
    except BaseException:
        engine.dispose()
        raise


@contextmanager
def temporary_home(settings: Settings | None = None, *, encoder: Encoder | None = None) -> Iterator[Home]:
    """An empty installation with the model of `settings`, deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="jiebang-", ignore_cleanup_errors=True) as folder:
        changed = {"home": Path(folder), "database_url": ""}
        with open_home((settings or Settings()).model_copy(update=changed), encoder=encoder, keep=False) as home:
            yield home
