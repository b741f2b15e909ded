"""How alike texts are in all of their words, for texts that are already found.

A search looks at the most telling words of what is asked, and adds up what it finds. Two long texts
on one matter agree in many words that are not among those, and a text that has much besides agrees
less: that is what the cosine of their weighed words says. Each text is kept as its words and how
often it has them, four bytes a word, so that the cosine is exact for whatever weights hold now.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.snapshot import read_manifest, write_manifest

_KIND = "word-profiles-1"
_TIMES_BITS = 10
_MOST_TIMES = (1 << _TIMES_BITS) - 1
_WORDS = 1 << (32 - _TIMES_BITS)
"""Words are told apart by this many numbers: of a hundred thousand texts' words some share one, which moves a
weight by little, and two texts of 150 words are wrongly said to share one in half a percent of cases."""

Profile = NDArray[np.uint32]
"""One number for each word of a text: which word in the upper bits, how often in the lower ones."""
Values = NDArray[np.float64]


class WordProfiles:
    """The words of texts under integer ids. How rare a word is, is counted over the counted texts alone."""

    def __init__(self) -> None:
        self._profiles: dict[int, bytes] = {}
        self._counted: set[int] = set()
        self._having = np.zeros(_WORDS, np.int32)
        """How many of the counted texts have each word."""

    def __len__(self) -> int:
        return len(self._profiles)

    def upsert(self, ids: Sequence[int], counts: Sequence[Mapping[str, int]], counted: Collection[int]) -> None:
        """`counts` are the words of each text with how often it has them."""
        for id_, words in zip(ids, counts, strict=True):
            self._count(id_, -1)
            profile = _profile(words)
            self._profiles[id_] = profile.tobytes()
            if id_ in counted:
                self._counted.add(id_)
                self._count(id_, 1)
            else:
                self._counted.discard(id_)

    def remove(self, ids: Iterable[int]) -> None:
        for id_ in ids:
            self._count(id_, -1)
            self._counted.discard(id_)
            self._profiles.pop(id_, None)

    def cosines(
        self, words: Mapping[str, int], ids: Sequence[int], without: Sequence[Mapping[str, int]] | None = None
    ) -> Values:
        """Of a text with these `words` and each of `ids`, in [0, 1]; 0 for an id that is not known.

        `without`: as if each of them did not have these words, so many times.
        """
        kept = [self._profiles.get(id_, b"") for id_ in ids]
        if without is not None:
            kept = [_less(profile, gone).tobytes() for profile, gone in zip(kept, without, strict=True)]
        asked, weights = self._weighed(_profile(words))
        length = np.sqrt(weights @ weights)
        if not length or not any(kept):
            return np.zeros(len(ids))
        there, theirs = self._weighed(np.frombuffer(b"".join(kept), np.uint32))
        place = np.minimum(np.searchsorted(asked, there), len(asked) - 1)
        shared = np.where(asked[place] == there, weights[place] * theirs, 0.0)
        owner = np.repeat(np.arange(len(ids)), [len(profile) // 4 for profile in kept])
        products = np.bincount(owner, shared, len(ids))
        lengths = np.sqrt(np.bincount(owner, theirs * theirs, len(ids)))
        found: Values = np.divide(products, length * lengths, out=np.zeros(len(ids)), where=lengths > 0)
        return np.minimum(found, 1.0)

    def save(self, folder: Path) -> None:
        """Into an existing, empty folder."""
        ids = np.fromiter(self._profiles, np.int64)
        np.save(folder / "ids.npy", ids)
        np.save(folder / "lengths.npy", np.array([len(self._profiles[id_]) for id_ in ids.tolist()], np.int64))
        np.save(folder / "counted.npy", np.array([id_ in self._counted for id_ in ids.tolist()], np.bool_))
        (folder / "profiles.bin").write_bytes(b"".join(self._profiles.values()))
        write_manifest(folder, _KIND, {})

    @classmethod
    def load(cls, folder: Path) -> WordProfiles:
        """Raises DamagedSnapshot where `folder` is not what `save` wrote."""
        read_manifest(folder, _KIND)
        ids, lengths, counted = (np.load(folder / f"{name}.npy") for name in ("ids", "lengths", "counted"))
        content = (folder / "profiles.bin").read_bytes()
        ends = np.cumsum(lengths).tolist()
        made = cls()
        made._profiles = {
            id_: content[end - length : end]
            for id_, length, end in zip(ids.tolist(), lengths.tolist(), ends, strict=True)
        }
        made._counted = set(ids[counted].tolist())
        of_counted = np.repeat(counted, lengths // 4)
        words = np.frombuffer(content, np.uint32)[of_counted] >> _TIMES_BITS
        made._having = np.bincount(words, minlength=_WORDS).astype(np.int32)
        return made

    def _count(self, id_: int, by: int) -> None:
        """Adds a text to those that have its words, or takes it away, if it counts at all."""
        if id_ in self._counted:
            # Each word stands in a profile once, so that plain indexing counts right.
            self._having[np.frombuffer(self._profiles[id_], np.uint32) >> _TIMES_BITS] += by

    def _weighed(self, profile: Profile) -> tuple[Profile, Values]:
        """The words of a profile, and the weight of each: rarer ones more, and repeated ones a little more."""
        words: Profile = profile >> np.uint32(_TIMES_BITS)
        times = profile & np.uint32(_MOST_TIMES)
        having, total = self._having[words], len(self._counted)
        rarity = np.log1p((np.maximum(total - having, 0) + 0.5) / (having + 0.5))
        weights: Values = rarity * (1 + np.log(times))
        return words, weights


def _less(profile: bytes, gone: Mapping[str, int]) -> Profile:
    kept, taken = np.frombuffer(profile, np.uint32).copy(), _profile(gone)
    if not len(kept):
        return kept
    shift, times = np.uint32(_TIMES_BITS), np.uint32(_MOST_TIMES)
    place = np.minimum(np.searchsorted(kept >> shift, taken >> shift), len(kept) - 1)
    same = kept[place] >> shift == taken >> shift
    kept[place[same]] -= np.minimum(taken[same] & times, kept[place[same]] & times)
    left: Profile = kept[kept & times > 0]
    return left


def _profile(words: Mapping[str, int]) -> Profile:
    """Ordered by word."""
    times: dict[int, int] = {}
    for word, count in words.items():
        number = zlib.crc32(word.encode()) % _WORDS
        times[number] = min(times.get(number, 0) + count, _MOST_TIMES)
    return np.array(sorted(number << _TIMES_BITS | count for number, count in times.items()), np.uint32)
