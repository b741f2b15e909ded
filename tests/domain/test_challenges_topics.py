"""Needs that are one problem are grouped, and named by what they share."""

from __future__ import annotations

import json

import numpy as np
import pytest

from embeddings.base import Vectors
from embeddings.sentence_model import SentenceModel
from matcher.challenges import topics
from matcher.drafts import NeedDraft
from matcher.passages import cut
from seed_data.loading import NEEDS

WEIGHTS = {"残碱": 5.0, "正极": 3.0, "涂布": 2.0, "冷却": 4.0, "系统": 0.5}


def vectors(*rows: list[float]) -> Vectors:
    return np.array(rows, np.float32) / np.linalg.norm(np.array(rows, np.float32), axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("needs", "groups"),
    [
        ([], []),
        ([vectors([1, 0])], [[0]]),
        ([vectors([1, 0]), vectors([0, 1])], [[0], [1]]),
        ([vectors([1, 0]), vectors([0, 1]), vectors([1, 0.1])], [[0, 2], [1]]),
        ([vectors([1, 0], [0, 1]), vectors([1, 1])], [[0, 1]]),
        ([np.zeros((1, 2), np.float32), vectors([1, 0]), np.zeros((1, 2), np.float32)], [[0], [1], [2]]),
    ],
)
def test_needs_that_are_near_are_one_topic(needs: list[Vectors], groups: list[list[int]]) -> None:
    assert topics.grouped(needs) == groups


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["残碱 正极 系统 2026"], ["残碱", "正极", "系统"]),
        (["残碱 系统", "残碱 冷却", "正极 残碱"], ["残碱"]),
        (["残碱 系统", "冷却 系统"], ["系统"]),
        (["残碱", "冷却"], ["残碱", "冷却"]),
        (["12 3"], []),
    ],
)
def test_a_topic_is_named_by_the_telling_words_that_its_needs_share(texts: list[str], words: list[str]) -> None:
    assert topics.terms(texts, lambda text: {word: WEIGHTS.get(word, 9.0) for word in text.split()}) == words


def test_the_distance_is_where_two_tellings_of_one_need_are_told_from_others() -> None:
    model, shuffled = SentenceModel(), np.random.default_rng(0)
    halves: list[Vectors] = []
    whose: list[int] = []
    for number, line in enumerate(NEEDS.read_text(encoding="utf-8").splitlines()):
        said = {name: value for name, value in json.loads(line).items() if name in NeedDraft.model_fields}
        passages = model.encode_documents([one.text for one in cut(NeedDraft.model_validate(said))])
        if len(passages) >= 4:
            order = shuffled.permutation(len(passages))
            half = len(passages) // 2
            halves += [passages[order[:half]], passages[order[half:]]]
            whose += [number, number]
    label = np.zeros(len(halves), np.int64)
    for position, places in enumerate(topics.grouped(halves)):
        label[places] = position
    pairs = np.triu_indices(len(halves), 1)
    owner = np.array(whose)
    together, same = (label[pairs[0]] == label[pairs[1]]), (owner[pairs[0]] == owner[pairs[1]])
    found = int((together & same).sum())
    assert (round(found / together.sum(), 2), round(found / same.sum(), 2)) == (0.87, 0.63)
