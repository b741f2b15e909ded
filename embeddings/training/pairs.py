"""The prepared pairs as token numbers, and batches drawn from them.

A source is kept as two flat arrays of token numbers with offsets, which a batch is cut out of
without touching a string. All pairs of a batch come from one source: texts of one kind are the
hardest to tell apart, and a batch of mixed kinds would teach the model to recognise the kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from tokenizers import Tokenizer

from embeddings.training.corpus import GROUPS, SOURCES, prepared_pairs

console = Console(stderr=True)

SHARES = {
    "sentences": 0.25,
    "titles_and_summaries": 0.12,
    "needs_and_solutions": 0.26,
    "dictionaries": 0.15,
    "one_language": 0.22,
}
"""How much of the training each group gets; inside a group the square root of a source's size decides."""

WEIGHTS = {"sbir_title_abstract": 4.0, "ipc_zh_hierarchy": 0.5}
"""Corrections to that: nearly all needs and solutions are about computing, and SBIR is the one large
source of them for all other engineering; classes and their parents are related rather than alike."""

Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as token numbers: text i is `tokens[starts[i] : starts[i + 1]]`. Equal texts have equal keys."""

    tokens: Numbers
    starts: NDArray[np.int64]
    keys: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.keys)

    def sample(self, rows: NDArray[np.int64], rng: np.random.Generator, drop: float, most: int) -> Bags:
        """Texts `rows` with each token left out with probability `drop`, about `most` kept at most.

        At least one token of each text stays. Leaving tokens out keeps the model from resting
        on one telling word, and bounds the cost of a long text, whose mean changes little by it.
        """
        starts, sizes = self.starts[rows], self.starts[rows + 1] - self.starts[rows]
        owner = np.repeat(np.arange(len(rows)), sizes)
        firsts = np.cumsum(sizes) - sizes
        tokens = self.tokens[np.arange(len(owner)) - firsts[owner] + starts[owner]]
        chance = np.minimum(1.0 - drop, most / sizes)
        keep = rng.random(len(tokens), dtype=np.float32) < chance[owner]
        keep[firsts + rng.integers(0, sizes)] = True
        kept = np.bincount(owner[keep], minlength=len(rows))
        return Bags(tokens[keep], np.cumsum(kept) - kept, self.keys[rows])


@dataclass(frozen=True, slots=True)
class Bags:
    """One side of a batch: token numbers, where each text begins, and the texts' keys."""

    tokens: Numbers
    offsets: NDArray[np.int64]
    keys: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Source:
    left: Texts
    right: Texts


def encode(work: Path) -> None:
    """Writes `work/tokens/NAME.npz` for every source that is not there yet."""
    folder = work / "tokens"
    folder.mkdir(exist_ok=True)
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    wanted = [name for name in SOURCES if not (folder / f"{name}.npz").exists()]
    for name in track(wanted, "cutting texts into tokens", console=console):
        pairs = prepared_pairs(work, name)
        arrays: dict[str, NDArray[np.int32] | NDArray[np.int64]] = {}
        known: dict[str, int] = {}
        sides = {side: [pair[i] for pair in pairs] for i, side in enumerate(("left", "right"))}
        encoded = {
            side: [e.ids for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
            for side, texts in sides.items()
        }
        # A pair with a side of nothing but punctuation has no vector to learn from.
        rows = [i for i in range(len(pairs)) if encoded["left"][i] and encoded["right"][i]]
        for side, texts in sides.items():
            ids = [encoded[side][i] for i in rows]
            arrays[f"{side}_tokens"] = np.fromiter((t for text in ids for t in text), np.int32)
            arrays[f"{side}_starts"] = np.cumsum([0, *map(len, ids)], dtype=np.int64)
            keys = [known.setdefault(texts[i], len(known)) for i in rows]
            arrays[f"{side}_keys"] = np.array(keys, dtype=np.int64)
        draft = folder / f"{name}.part.npz"
        np.savez(draft, allow_pickle=False, **arrays)
        draft.replace(folder / f"{name}.npz")


def load(work: Path) -> dict[str, Source]:
    sources = {}
    for name in SOURCES:
        with np.load(work / "tokens" / f"{name}.npz") as arrays:
            left, right = (
                Texts(arrays[f"{side}_tokens"], arrays[f"{side}_starts"], arrays[f"{side}_keys"])
                for side in ("left", "right")
            )
        sources[name] = Source(left, right)
    return sources


def token_counts(sources: dict[str, Source], size: int) -> NDArray[np.int64]:
    """How often each token stands in the training texts, shape (size,)."""
    counts = np.zeros(size, dtype=np.int64)
    for source in sources.values():
        for side in (source.left, source.right):
            counts += np.bincount(side.tokens, minlength=size)
    return counts


def mixture(sources: dict[str, Source]) -> dict[str, float]:
    """The probability of each source to give the next batch."""
    chances = {}
    for group, names in GROUPS.items():
        roots = {name: WEIGHTS.get(name, 1.0) * len(sources[name].left) ** 0.5 for name in names}
        for name, root in roots.items():
            chances[name] = SHARES[group] * root / sum(roots.values())
    return chances


def batches(
    sources: dict[str, Source], rng: np.random.Generator, size: int, drop: float, most: int
) -> Iterator[tuple[Bags, Bags]]:
    """Batches without end. A source is gone through in a new random order each time around."""
    chances = mixture(sources)
    names = list(chances)
    probabilities = np.array([chances[name] for name in names])
    waiting: dict[str, NDArray[np.int64]] = {name: np.empty(0, dtype=np.int64) for name in names}
    while True:
        name = names[rng.choice(len(names), p=probabilities)]
        source = sources[name]
        count = min(size, len(source.left))
        if len(waiting[name]) < count:
            waiting[name] = rng.permutation(len(source.left))
        rows, waiting[name] = waiting[name][:count], waiting[name][count:]
        yield source.left.sample(rows, rng, drop, most), source.right.sample(rows, rng, drop, most)
