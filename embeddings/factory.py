"""Name → backend, for encoders and indexes. A backend is imported when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from embeddings.base import Encoder, LexicalIndex, VectorIndex

if TYPE_CHECKING:
    from embeddings.faiss_index import FaissIndex
    from embeddings.word_index import WordIndex

_Backend = TypeVar("_Backend")


def make_encoder(name: str = "bundled", **options: Any) -> Encoder:
    """The encoder of this name.

    - `bundled`: the model that ships with the project;
    - `http://host/v1#model` or `https://…`: the model of an OpenAI-compatible server, whose
      embeddings stand at `http://host/v1/embeddings`. Options are those of `RemoteEncoder`,
      such as `api_key`;
    - anything else: a sentence-transformers model by folder or by its name on the hub.
    """
    if name.startswith(("http://", "https://")):
        from embeddings.remote import RemoteEncoder

        url, _, model = name.partition("#")
        if not urlsplit(url).hostname or not model:
            raise ValueError(f"the model {name!r} is not of the form http://host/v1#model")
        return RemoteEncoder(url, model, **options)

    from embeddings.sentence_model import BUNDLED, SentenceModel

    return SentenceModel(BUNDLED if name == "bundled" else name, **options)


def make_vector_index(name: str = "faiss", *, dimension: int) -> VectorIndex:
    return _choose(_VECTOR_INDEXES, name)()(dimension)


def load_vector_index(name: str, folder: Path) -> VectorIndex:
    """Raises `embeddings.snapshot.DamagedSnapshot` where the folder holds no whole snapshot."""
    return _choose(_VECTOR_INDEXES, name)().load(folder)


def make_lexical_index(name: str = "tantivy", folder: Path | None = None) -> LexicalIndex:
    """An empty index that works in `folder`, or in a temporary one."""
    return _choose(_LEXICAL_INDEXES, name)()(folder)


def load_lexical_index(name: str, folder: Path, working: Path | None = None) -> LexicalIndex:
    """As `load_vector_index`; the index works in the empty folder `working`, or in a temporary one."""
    return _choose(_LEXICAL_INDEXES, name)().load(folder, working)


def _faiss() -> type[FaissIndex]:
    from embeddings.faiss_index import FaissIndex

    return FaissIndex


def _tantivy() -> type[WordIndex]:
    from embeddings.word_index import WordIndex

    return WordIndex


_VECTOR_INDEXES = {"faiss": _faiss}
_LEXICAL_INDEXES = {"tantivy": _tantivy}


def _choose(backends: dict[str, _Backend], name: str) -> _Backend:
    if name not in backends:
        raise ValueError(f"no index is called {name!r}; known: {', '.join(sorted(backends))}")
    return backends[name]
