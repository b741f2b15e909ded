"""The lexical index in the process itself: the texts that count, and the others beside them.

Two indexes rather than one, because BM25 takes in how many texts there are and how long they are on
average, not only how many have a word: in one index every text moves every score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from embeddings.base import Filter, Hit, Metadata
from embeddings.tantivy_index import TantivyIndex
from embeddings.word_profiles import Values, WordProfiles
from embeddings.words import counts, words

_PARTS = ("counted", "others")
_PROFILES = "profiles"


class WordIndex:
    """Implements `embeddings.base.LexicalIndex`.

    A text that does not count is found by the words that tell among those that do, as one of average
    length that has each of them once. Adding, changing or removing it writes nothing to the index of
    those that count. While a text goes from one index to the other it stands in both.
    """

    def __init__(self, folder: Path | None = None, snapshot: Path | None = None) -> None:
        self._counted, self._others = (_part(name, folder, snapshot) for name in _PARTS)
        self._profiles = WordProfiles() if snapshot is None else WordProfiles.load(snapshot / _PROFILES)

    def __len__(self) -> int:
        return len(self._counted) + len(self._others)

    def upsert(
        self,
        ids: Sequence[int],
        texts: Sequence[str],
        metadata: Sequence[Metadata],
        counted: Collection[int] | None = None,
    ) -> None:
        count = set(ids if counted is None else counted)
        cut = [words(text) for text in texts]
        self._profiles.upsert(ids, list(map(Counter, cut)), count)
        for index, other, there in ((self._counted, self._others, True), (self._others, self._counted, False)):
            rows = [row for row, id_ in enumerate(ids) if (id_ in count) is there]
            if rows:
                some = [ids[row] for row in rows]
                index.upsert(some, [cut[row] for row in rows], [metadata[row] for row in rows])
                other.remove(some)

    def remove(self, ids: Sequence[int]) -> None:
        self._counted.remove(ids)
        self._others.remove(ids)
        self._profiles.remove(ids)

    def search(self, text: str, k: int, where: Filter | None = None) -> list[Hit]:
        found = self._counted.search(text, k, where)
        if len(self._others):
            known = {hit.id for hit in found}
            others = self._others.search_weighed(self._counted.weights(text), k, where)
            found += [hit for hit in others if hit.id not in known]
        return sorted(found, key=lambda hit: (-hit.score, hit.id))[: max(k, 0)]

    def telling(self, text: str) -> dict[str, float]:
        return self._counted.telling(text)

    def alike(self, text: str, ids: Sequence[int], without: Sequence[str] | None = None) -> Values:
        gone = None if without is None else list(map(counts, without))
        return self._profiles.cosines(counts(text), ids, gone)

    def save(self, folder: Path) -> None:
        """Searches and writes may go on afterwards; the files are linked where the disk allows it."""
        for name, index in zip(_PARTS, (self._counted, self._others), strict=True):
            (folder / name).mkdir()
            index.save(folder / name)
        (folder / _PROFILES).mkdir()
        self._profiles.save(folder / _PROFILES)

    @classmethod
    def load(cls, folder: Path, working: Path | None = None) -> WordIndex:
        """As `TantivyIndex.load`."""
        return cls(working, folder)


def _part(name: str, folder: Path | None, snapshot: Path | None) -> TantivyIndex:
    working = None if folder is None else folder / name
    return TantivyIndex(working) if snapshot is None else TantivyIndex.load(snapshot / name, working)
