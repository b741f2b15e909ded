"""Encoders through sentence-transformers, with a real model of a few words."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from embeddings.factory import make_encoder
from embeddings.sentence_model import SentenceModel

WORDS = ["[UNK]", "query:", "text:", "锂", "离", "子", "电", "池", "battery", "lithium", "steel", "强", "度"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model saved in half precision, whose queries and documents have prompts."""
    return _saved(tmp_path_factory.mktemp("models") / "tiny", seed=0)


def _saved(folder: Path, seed: int, prompts: bool = True) -> Path:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
    from tokenizers import Regex, Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Sequence, Split, WhitespaceSplit

    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Sequence([WhitespaceSplit(), Split(Regex(r"\p{Han}"), "isolated"), Split("☃", "removed")])
    weights = np.random.default_rng(seed).standard_normal((len(WORDS), 16)).astype(np.float32)
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()],
        prompts={"query": "query: ", "document": "text: "} if prompts else None,
        device="cpu",
    )
    model.to(torch.float16).save(str(folder), create_model_card=False)
    return folder


@pytest.fixture(scope="module")
def model(folder: Path) -> SentenceModel:
    return SentenceModel(folder)


def test_rows_have_length_one_and_empty_texts_are_zero_rows(model: SentenceModel) -> None:
    vectors = model.encode_documents(["lithium battery", "", " \n", "battery"])
    assert (vectors.dtype, vectors.shape) == (np.float32, (4, model.dimension))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0, 1], atol=1e-6)
    assert model.encode_queries([]).shape == (0, 16)


def test_a_text_without_tokens_is_a_zero_row(tmp_path: Path) -> None:
    plain = SentenceModel(_saved(tmp_path / "plain", seed=0, prompts=False))
    assert not plain.encode_queries(["☃"]).any()


def test_order_is_kept_over_batches_and_progress_is_told(model: SentenceModel) -> None:
    texts = [f"{'battery ' * (i % 5 + 1)}steel" if i % 3 else "" for i in range(5000)]
    told: list[int] = []
    vectors = model.encode_documents(texts, progress=told.append)
    assert told == [2048, 4096, 5000]
    for i in (0, 1, 2, 4999):
        np.testing.assert_allclose(vectors[i], model.encode_documents([texts[i]])[0], atol=1e-6)


def test_queries_and_documents_get_their_own_prompts(model: SentenceModel) -> None:
    query, document = model.encode_queries(["battery"])[0], model.encode_documents(["battery"])[0]
    assert not np.allclose(query, document)
    bare = model.load().encode(["query: battery"], normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(query, bare[0], atol=1e-6)


@pytest.mark.parametrize(
    ("one", "other"),
    [("鋰離子電池", "锂离子电池"), ("ｂａｔｔｅｒｙ", "battery"), ("steel \n  battery ", "steel battery")],
)
def test_ways_of_writing_the_same_give_one_vector(model: SentenceModel, one: str, other: str) -> None:
    np.testing.assert_array_equal(model.encode_queries([one]), model.encode_queries([other]))


def test_the_model_id_follows_the_content_of_the_folder(folder: Path, tmp_path: Path) -> None:
    same = _saved(tmp_path / "tiny", seed=0)
    other = _saved(tmp_path / "else" / "tiny", seed=1)
    assert SentenceModel(folder).model_id == SentenceModel(same).model_id
    assert SentenceModel(folder).model_id != SentenceModel(other).model_id
    assert SentenceModel(folder).model_id.startswith("tiny-")
    (same / "README.md").write_text("A card.")
    assert SentenceModel(folder).model_id == SentenceModel(same).model_id


def test_threads_may_encode_at_once(folder: Path) -> None:
    model = SentenceModel(folder)
    texts = ["lithium battery", "steel", "锂离子电池 强度"] * 50
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: found.append(model.encode_queries(texts))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for vectors in found:
        np.testing.assert_array_equal(vectors, found[0])


def test_a_folder_without_a_model_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no modules.json"):
        make_encoder(str(tmp_path))
    with pytest.raises(ValueError, match="no modules.json"):
        make_encoder(str(tmp_path / "nowhere"))


def test_a_model_that_cannot_be_read_is_one_line_that_names_it(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "modules.json").write_bytes((folder / "modules.json").read_bytes())
    with pytest.raises(RuntimeError, match="the model .*broken cannot be loaded: .+") as caught:
        make_encoder(str(broken)).encode_queries(["battery"])
    assert "\n" not in str(caught.value)
