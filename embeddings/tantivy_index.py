"""Words in the process itself, through tantivy: one index of texts, with document frequencies of its own.

`embeddings.word_index` puts two of them together into the lexical index that needs nothing installed.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Query

from embeddings.base import AtLeast, Filter, Hit, Metadata
from embeddings.snapshot import MANIFEST, read_manifest, write_manifest
from embeddings.words import counts

_KIND = "tantivy-1"
_SATURATION = 2.2
"""BM25 with k1 = 1.2 gives a word at most (k1 + 1) times its inverse document frequency."""

_TELLING_WORDS = 48
_TELLINGS_KEPT = 64
_WRITER_MEMORY = 30_000_000
_EXACT = 256
"""Weights in whole parts of this: so small that float32 adds them up without rounding, in any order."""
_SEPARATOR = "\x1f"


class TantivyIndex:
    """What `embeddings.base.LexicalIndex` asks of a search, over texts that all count alike.

    A search uses the most telling words of the text: those with the highest inverse document
    frequency, counted as often as they occur in it. Common words only blur the order, and are what
    makes a search slow.

    The index works in a folder of its own, a temporary one where none is given; two indexes cannot
    work in the same folder. Removed texts count in the document frequencies until their segment is
    merged with another.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="jiebang-words-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, str(folder))
        # The texts come already cut into words; what is left is to part them at the white space.
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("words", analyzer)
        self._index.config_reader("manual")
        self._index.reload()
        self._writer = self._new_writer()
        self._kept: dict[str, tuple[dict[str, float], dict[str, float]]] = {}

    def __len__(self) -> int:
        return self._index.searcher().num_docs

    def upsert(self, ids: Sequence[int], texts: Sequence[Sequence[str]], metadata: Sequence[Metadata]) -> None:
        """The texts come cut into words."""
        last = {int(id_): i for i, id_ in enumerate(ids)}
        with self._lock:
            for id_, i in last.items():
                self._writer.delete_documents_by_term("id", id_)
                self._writer.add_document(_document(id_, texts[i], metadata[i]))
            self._publish()

    def remove(self, ids: Sequence[int]) -> None:
        """Nothing is written, and so nothing merged, for ids that it does not hold."""
        with self._lock:
            searcher = self._index.searcher()
            held = [int(id_) for id_ in ids if searcher.doc_freq("id", int(id_))]
            for id_ in held:
                self._writer.delete_documents_by_term("id", id_)
            if held:
                self._publish()

    def search(self, text: str, k: int, where: Filter | None = None) -> list[Hit]:
        known, _ = self._telling(text)
        times = counts(text)
        return self._best([self._clause(word, times[word]) for word in known], k, where)

    def search_weighed(self, weights: Mapping[str, float], k: int, where: Filter | None = None) -> list[Hit]:
        """The texts of which the words weigh most, each word once; nothing here depends on the other texts."""
        return self._best([self._worth(word, weight) for word, weight in weights.items()], k, where)

    def _best(self, clauses: list[Query], k: int, where: Filter | None) -> list[Hit]:
        if k <= 0 or not clauses:
            return []
        searcher = self._index.searcher()
        query = Query.boolean_query([(Occur.Should, clause) for clause in clauses])
        if where:
            query = Query.boolean_query([(Occur.Must, query), *((Occur.Must, q) for q in self._conditions(where))])
        found = searcher.search(query, k, count=False).hits
        ids = searcher.fast_field_values("id", [address for _, address in found])
        hits = [Hit(int(id_ or 0), score) for id_, (score, _) in zip(ids, found, strict=True)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))

    def telling(self, text: str) -> dict[str, float]:
        return {word: _SATURATION * weight for word, weight in self.weights(text).items()}

    def weights(self, text: str) -> dict[str, float]:
        """The telling words with what one of average length adds to a score that has them once."""
        known, unknown = self._telling(text)
        return known | unknown

    def save(self, folder: Path) -> None:
        """Searches and writes may go on afterwards; the files are linked where the disk allows it."""
        with self._lock:
            self._writer.wait_merging_threads()  # ends the writer: nothing moves while we copy
            try:
                _copy(self._folder, [p.name for p in self._folder.iterdir() if p.name[-5:] != ".lock"], folder)
            finally:
                self._writer = self._new_writer()
            write_manifest(folder, _KIND, {})

    @classmethod
    def load(cls, folder: Path, working: Path | None = None) -> TantivyIndex:
        """An index that works in `working`, an empty folder, or a temporary one.

        Several processes may load the same snapshot. Raises DamagedSnapshot where `folder` is not
        what `save` wrote.
        """
        _, files = read_manifest(folder, _KIND)
        temporary = working is None
        if working is None:
            working = Path(tempfile.mkdtemp(prefix="jiebang-words-"))
        working.mkdir(parents=True, exist_ok=True)
        _copy(folder, files, working)
        index = cls(working)
        if temporary:
            weakref.finalize(index, shutil.rmtree, working, ignore_errors=True)
        return index

    def _telling(self, text: str) -> tuple[dict[str, float], dict[str, float]]:
        """As `_weighed`, kept until the next write: a text's telling words are asked for more than once."""
        kept = self._kept
        if (found := kept.get(text)) is None:
            if len(kept) >= _TELLINGS_KEPT:
                kept.clear()
            found = kept[text] = _weighed(self._index.searcher(), counts(text))
        return found

    def _new_writer(self) -> tantivy.IndexWriter:
        return self._index.writer(_WRITER_MEMORY, 1)

    def _publish(self) -> None:
        self._writer.commit()
        self._index.reload()
        self._kept = {}  # a new one: who is filling the old one just now fills what nobody reads

    def _clause(self, word: str, times: int) -> Query:
        clause = Query.term_query(self._schema, "text", word, "freq")
        return Query.boost_query(clause, float(times)) if times > 1 else clause

    def _worth(self, word: str, weight: float) -> Query:
        return Query.const_score_query(
            Query.term_query(self._schema, "text", word, "basic"), round(weight * _EXACT) / _EXACT
        )

    def _conditions(self, where: Filter) -> list[Query]:
        """Clauses that a hit must meet and that add nothing to its score."""
        clauses = []
        for key, condition in where.items():
            if isinstance(condition, AtLeast):
                clause = self._index.parse_query(f"numbers.{_name(key)}:[{condition.low} TO *]")
            else:
                facts = [f"{key}{_SEPARATOR}{value}" for value in sorted(condition.values)]
                # A set is first looked up in all texts, and one value only where the words lead: half the time.
                clause = (
                    Query.term_query(self._schema, "facts", facts[0], "basic")
                    if len(facts) == 1
                    else Query.term_set_query(self._schema, "facts", facts)
                )
            clauses.append(Query.const_score_query(clause, 0.0))
        return clauses


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name="words", index_option="freq")
    builder.add_text_field("facts", tokenizer_name="raw", index_option="basic")
    builder.add_json_field("numbers", fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _document(id_: int, words: Sequence[str], metadata: Metadata) -> tantivy.Document:
    document = tantivy.Document()
    document.add_integer("id", id_)
    document.add_text("text", " ".join(words))
    numbers: dict[str, Any] = {}
    for key, value in metadata.items():
        if isinstance(value, str):
            document.add_text("facts", f"{key}{_SEPARATOR}{value}")
        elif value is not None:
            numbers[_name(key)] = int(value)
    if numbers:
        document.add_json("numbers", numbers)
    return document


def _name(key: str) -> str:
    """A fact's key as a name that tantivy's query language takes without escaping."""
    return "n" + key.encode().hex()


def _weighed(searcher: tantivy.Searcher, times: Mapping[str, int]) -> tuple[dict[str, float], dict[str, float]]:
    """The most telling words that some text has, and of those that none has, with their weights:
    the inverse document frequency, as many times as the word occurs."""
    known: dict[str, float] = {}
    unknown: dict[str, float] = {}
    total = searcher.num_docs
    for word, count in times.items():
        having = searcher.doc_freq("text", word)
        (known if having else unknown)[word] = count * _idf(total, having)
    return _highest(known), _highest(unknown)


def _idf(total: int, having: int) -> float:
    """As tantivy computes it. Removed texts may still count in `having` and not in `total`."""
    return math.log(1 + max(total - having + 0.5, 0.0) / (having + 0.5))


def _highest(weights: dict[str, float]) -> dict[str, float]:
    best = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return dict(best[:_TELLING_WORDS])


def _copy(source: Path, names: Sequence[str], target: Path) -> None:
    """Segment files never change once written and are linked; the few others are copied."""
    for name in names:
        if name == MANIFEST:
            continue
        if name.endswith(".json"):
            shutil.copy2(source / name, target / name)
            continue
        try:
            os.link(source / name, target / name)
        except OSError:
            shutil.copy2(source / name, target / name)
