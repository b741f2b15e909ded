"""Measures a model on the development sets: the one command behind every figure in the model card.

Dense vectors only, and each text as one vector; a need or result is its title and description.
The development sets are never trained on.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from embeddings.sentence_model import BUNDLED, SentenceModel

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `target` is what version 1 must reach, where anything was asked."""

    set: str
    direction: str
    measure: str
    value: float
    target: float | None = None


def measure(encode: Encode, corpus: Path) -> list[Figure]:
    """All figures on the development sets in `corpus/dev`."""
    dev = corpus / "dev"
    return [*_news(encode, dev), *_patent_classes(encode, dev), *_papers(encode, dev), *_sbir(encode, dev)]


def texts_a_second(encode: Encode, corpus: Path) -> float:
    """Speed on short texts: news sentences in both languages and patent class titles, six times over."""
    texts = [text for row in _rows(corpus / "dev" / "bitext_news.tsv.gz") for text in (row[0], row[2])]
    texts += [text for row in _rows(corpus / "dev" / "bitext_patent_classes.tsv.gz") for text in row[1:]]
    encode(texts)
    started = time.perf_counter()
    encode(texts * 6)
    return len(texts) * 6 / (time.perf_counter() - started)


def _rows(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t") for line in lines]


def _found_share(one: Vectors, other: Vectors) -> float:
    """The share of rows of `one` whose nearest row of `other` is the one with the same number."""
    return float(np.mean((one @ other.T).argmax(axis=1) == np.arange(len(one))))


def _news(encode: Encode, dev: Path) -> list[Figure]:
    simplified, traditional, english = (
        encode(column) for column in zip(*_rows(dev / "bitext_news.tsv.gz"), strict=True)
    )
    zh_en = _found_share(simplified, english)
    return [
        Figure("news", "zh→en", "accuracy", zh_en, 0.88),
        Figure("news", "en→zh", "accuracy", _found_share(english, simplified), 0.88),
        Figure("news", "traditional→en", "accuracy", _found_share(traditional, english), zh_en),
        Figure("news", "en→traditional", "accuracy", _found_share(english, traditional)),
    ]


def _patent_classes(encode: Encode, dev: Path) -> list[Figure]:
    codes, chinese, english = zip(*_rows(dev / "bitext_patent_classes.tsv.gz"), strict=True)
    zh, en = encode(chinese), encode(english)
    hits = (zh @ en.T).argmax(axis=1) == np.arange(len(zh))
    sections = np.array([code[0] for code in codes])
    return [
        Figure("patent classes", "zh→en", "accuracy", float(hits.mean()), 0.95),
        Figure("patent classes", "en→zh", "accuracy", _found_share(en, zh), 0.95),
        *(
            Figure(f"patent classes, section {section}", "zh→en", "accuracy", float(hits[sections == section].mean()))
            for section in sorted(set(sections))
        ),
    ]


def _papers(encode: Encode, dev: Path) -> list[Figure]:
    targets = {"zh→en": 0.73, "en→zh": 0.48}
    needs = {language: _items(encode, dev / "papers" / f"needs_{language}.jsonl.gz") for language in ("zh", "en")}
    results = {language: _items(encode, dev / "papers" / f"results_{language}.jsonl.gz") for language in ("zh", "en")}
    answers = _answers(dev / "papers" / "qrels.tsv.gz")
    figures = []
    for query, document in (("zh", "en"), ("en", "zh"), ("zh", "zh"), ("en", "en")):
        direction = f"{query}→{document}"
        scores = _retrieval(needs[query], results[document], answers)
        for name, value in scores.items():
            target = targets.get(direction) if name == "Recall@1" else None
            figures.append(Figure("papers", direction, name, value, target))
    return figures


def _sbir(encode: Encode, dev: Path) -> list[Figure]:
    needs = _items(encode, dev / "sbir" / "needs.jsonl.gz")
    results = _items(encode, dev / "sbir" / "results.jsonl.gz")
    scores = _retrieval(needs, results, _answers(dev / "sbir" / "qrels.tsv.gz"))
    return [
        Figure("sbir", "en→en", name, value, 0.85 if name == "Recall@10" else None) for name, value in scores.items()
    ]


@dataclass(frozen=True, slots=True)
class _Items:
    ids: list[str]
    vectors: Vectors


def _items(encode: Encode, path: Path) -> _Items:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for line in lines]
    texts = [f"{item['title']} {item['description']}".strip() for item in items]
    return _Items([item["id"] for item in items], encode(texts))


def _answers(path: Path) -> dict[str, dict[str, float]]:
    answers: dict[str, dict[str, float]] = {}
    for need, _, result, grade in _rows(path):
        if float(grade) > 0:
            answers.setdefault(need, {})[result] = float(grade)
    return answers


def _retrieval(needs: _Items, results: _Items, answers: dict[str, dict[str, float]]) -> dict[str, float]:
    """Recall@1, Recall@10 and nDCG@10, each the mean over the needs that have an answer."""
    measures: dict[str, list[float]] = {"Recall@1": [], "Recall@10": [], "nDCG@10": []}
    best = np.argsort(-(needs.vectors @ results.vectors.T), axis=1, kind="stable")[:, :10]
    for need, order in zip(needs.ids, best, strict=True):
        wanted = answers.get(need)
        if not wanted:
            continue
        grades = [wanted.get(results.ids[i], 0.0) for i in order]
        ideal = sorted(wanted.values(), reverse=True)[:10]
        measures["Recall@1"].append((grades[0] > 0) / len(wanted))
        measures["Recall@10"].append(sum(grade > 0 for grade in grades) / len(wanted))
        measures["nDCG@10"].append(_gain(grades) / _gain(ideal))
    return {name: float(np.mean(values)) for name, values in measures.items()}


def _gain(grades: Sequence[float]) -> float:
    return sum(grade / math.log2(rank + 2) for rank, grade in enumerate(grades))


def load_encoder(model: Path) -> Encode:
    """The model in a folder as the project uses it, normalisation included."""
    return SentenceModel(model).encode_documents


def table(figures: Sequence[Figure]) -> Table:
    shown = Table("set", "direction", "measure", "value", "target", title="Development sets, dense only")
    for figure in figures:
        target = "" if figure.target is None else f"≥ {figure.target:.3f}"
        missed = figure.target is not None and figure.value < figure.target
        value = f"[red]{figure.value:.3f}[/red]" if missed else f"{figure.value:.3f}"
        shown.add_row(figure.set, figure.direction, figure.measure, value, target)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m embeddings.training.evaluate", description=__doc__)
    parser.add_argument("corpus", type=Path, help="folder with dev/, as it was used for training")
    parser.add_argument("--model", type=Path, default=BUNDLED, help="sentence-transformers folder")
    given = parser.parse_args()
    encode = load_encoder(given.model)
    console = Console()
    console.print(table(measure(encode, given.corpus)))
    size = sum(file.stat().st_size for file in given.model.rglob("*") if file.is_file())
    speed = texts_a_second(encode, given.corpus)
    console.print(f"{speed:,.0f} short texts a second; {size / 1e6:.1f} MB on disk")


if __name__ == "__main__":
    main()
