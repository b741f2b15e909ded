"""The parts of the training that are worked out by hand, on small examples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

pytest.importorskip("jieba", reason="the extra `training` is not installed")

from embeddings.training import corpus, pairs, train  # noqa: E402
from embeddings.training.parts import word_parts  # noqa: E402

RECIPE = train.Recipe(dimension=16, steps=60, batch=40, rate=0.05, warm_up=5, drop=0.0, checkpoint_every=20)


def test_loss_and_gradients_are_those_of_autograd() -> None:
    torch.manual_seed(1)
    left = functional.normalize(torch.randn(12, 16), dim=1).requires_grad_()
    right = functional.normalize(torch.randn(12, 16), dim=1).requires_grad_()
    same = torch.tensor([[0, 3], [3, 0]])
    scores = (left @ right.T / 0.1).index_put((same[:, 0], same[:, 1]), torch.tensor(-1e4))
    target = torch.arange(12)
    expected = (functional.cross_entropy(scores, target) + functional.cross_entropy(scores.T, target)) / 2
    expected.backward()

    loss, (to_left, to_right) = train._loss_and_gradients(left.detach(), right.detach(), same, 0.1)

    assert loss == pytest.approx(expected.item(), rel=1e-5)
    torch.testing.assert_close(to_left, left.grad)
    torch.testing.assert_close(to_right, right.grad)


def test_pairs_that_share_a_text_are_no_negatives_of_each_other() -> None:
    found = train._same_text(np.array([5, 6, 5, 7]), np.array([1, 2, 3, 2]))
    assert sorted(map(tuple, found.tolist())) == [(0, 2), (1, 3), (2, 0), (3, 1)]


def test_cleaning_makes_scripts_one_and_drops_what_teaches_nothing() -> None:
    failures = [("错误", f"title {i}") for i in range(corpus._BOILERPLATE + 1)]
    given = [("電機", "motor"), ("电机", "motor"), ("same", "same"), ("", "nothing"), *failures]
    assert corpus.clean(iter(given)) == [("电机", "motor")]


def test_a_word_is_itself_and_a_share_of_its_parts(tmp_path: Path) -> None:
    words = ["[UNK]", "electro", "magnet", "magnetic", "electromagnetic", "ic", "永", "磁", "永磁"]
    vocabulary = [[word, -1.0 - number / 10] for number, word in enumerate(words)]
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"model": {"vocab": vocabulary}}), encoding="utf-8")

    parts = word_parts(path, 0.5)

    def of(word: str) -> dict[str, float]:
        entries, weights, _ = parts.of(np.array([words.index(word)]))
        return {words[entry]: weight for entry, weight in zip(entries, weights.tolist(), strict=True)}

    assert of("永磁") == {"永磁": 1.0, "永": 0.5, "磁": 0.5}
    assert of("electromagnetic") == {"electromagnetic": 1.0, "electro": 0.5, "magnetic": 0.5, "magnet": 0.25}
    assert of("electro") == {"electro": 1.0}


def test_the_shares_of_the_sources_make_one_whole() -> None:
    texts = pairs.Texts(np.zeros(1, np.int32), np.array([0, 1]), np.array([0]))
    chances = pairs.mixture({name: pairs.Source(texts, texts) for name in corpus.SOURCES})
    assert set(chances) == set(corpus.SOURCES)
    assert sum(chances.values()) == pytest.approx(1.0)


def test_a_sample_keeps_the_rows_asked_for_and_never_empties_a_text() -> None:
    texts = pairs.Texts(np.array([1, 2, 3, 4, 5, 6], np.int32), np.array([0, 1, 3, 6]), np.array([10, 11, 12]))
    rng = np.random.default_rng(0)
    whole = texts.sample(np.array([2, 0]), rng, drop=0.0, most=100)
    assert whole.tokens.tolist() == [4, 5, 6, 1]
    assert whole.offsets.tolist() == [0, 3]
    assert whole.keys.tolist() == [12, 10]
    for _ in range(20):
        bags = texts.sample(np.array([0, 1, 2]), rng, drop=0.99, most=100)
        assert (np.diff([*bags.offsets, len(bags.tokens)]) >= 1).all()


def small_work(work: Path) -> Path:
    """A work folder in which text i is the words i and i + 40, and its partner the words i + 80 and i + 120."""
    (work / "tokens").mkdir(parents=True)
    vocabulary = [["[UNK]", -9.0], *([f"w{number}", -1.0] for number in range(1, 161))]
    (work / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocabulary}}), encoding="utf-8")
    numbers = np.arange(1, 41, dtype=np.int32)
    starts, keys = np.arange(0, 82, 2), np.arange(40)
    left, right = np.stack([numbers, numbers + 40], 1).ravel(), np.stack([numbers + 80, numbers + 120], 1).ravel()
    for name in corpus.SOURCES:
        np.savez(
            work / "tokens" / f"{name}.npz",
            allow_pickle=False,
            left_tokens=left,
            left_starts=starts,
            left_keys=keys,
            right_tokens=right,
            right_starts=starts,
            right_keys=keys,
        )
    return work


def test_training_brings_partners_together_and_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    work = small_work(tmp_path / "work")
    checkpoint = tmp_path / "checkpoint.pt"
    rows = train.train(work, RECIPE, checkpoint)
    left, right = (
        functional.normalize(rows[first : first + 40] + rows[first + 40 : first + 80], dim=1) for first in (1, 81)
    )
    assert (left @ right.T).argmax(dim=1).tolist() == list(range(40))
    # Nothing is left to do: the same table comes out of the checkpoint alone.
    torch.testing.assert_close(train.train(work, RECIPE, checkpoint), rows)


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path: Path) -> None:
    work = small_work(tmp_path / "work")
    checkpoint = tmp_path / "checkpoint.pt"
    train.train(work, RECIPE, checkpoint)
    with pytest.raises(ValueError, match="another recipe"):
        train.train(work, train.Recipe(dimension=16, steps=61, batch=8), checkpoint)
