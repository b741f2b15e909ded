from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from embeddings.factory import (
    load_lexical_index,
    load_vector_index,
    make_encoder,
    make_lexical_index,
    make_vector_index,
)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: make_vector_index("annoy", dimension=8),
        lambda: load_vector_index("annoy", Path("x")),
    ],
)
def test_an_unknown_vector_index_is_an_error_that_lists_the_known_ones(ask) -> None:
    with pytest.raises(ValueError, match=r"no index is called 'annoy'; known: faiss$"):
        ask()


@pytest.mark.parametrize("ask", [lambda: make_lexical_index("lucene"), lambda: load_lexical_index("lucene", Path("x"))])
def test_an_unknown_lexical_index_is_an_error_that_lists_the_known_ones(ask) -> None:
    with pytest.raises(ValueError, match=r"no index is called 'lucene'; known: tantivy$"):
        ask()


@pytest.mark.parametrize("name", ["http://host/v1", "https://#m", "http://host/v1#"])
def test_an_address_without_host_or_model_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not of the form http://host/v1#model"):
        make_encoder(name)


def test_naming_the_parts_loads_no_heavy_library() -> None:
    script = """
import sys
import embeddings.base, embeddings.text, embeddings.factory
embeddings.factory.make_encoder("some/model-on-the-hub").model_id
heavy = {"torch", "faiss", "tantivy", "sentence_transformers", "transformers"} & set(sys.modules)
sys.exit(", ".join(sorted(heavy)) or 0)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
