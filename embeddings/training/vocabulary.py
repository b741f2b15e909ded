"""The vocabulary: words counted in the training texts, as a Unigram tokenizer.

The model is one vector for each entry, so the entries should be words: Chinese words as a segmenter
finds them, English words, and single characters and sub-words for everything else. Only counting
is done here; the tokenizer then cuts a text into the entries that are together most probable.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import jieba
from rich.console import Console
from rich.progress import track
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from embeddings.training.corpus import SOURCES, prepared_pairs

console = Console(stderr=True)

SIZE = 81_500
"""Entries in all: at 256 half-precision numbers each, what fits into 45 MB with the tokenizer."""

_SUB_WORDS = 9_000
_NUMBERS = 1_200
_RARE = 4
"""A Chinese or English word seen fewer times than this cannot be learned; its parts can."""

_HAN = "〇々㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f"
_LETTERS = "a-zà-öø-ÿĀ-ɏḀ-ỿͰ-Ͽ"
_SYMBOLS = "%‰°±≥≤<>=+~$€£¥#&@∞√∑"
_OTHER = "Ѐ-᷿ἀ-῿぀-ヿ가-힣"
_WORD = re.compile(f"[{_LETTERS}]+|[{_HAN}]+|[0-9]+|[{_SYMBOLS}]|[{_OTHER}]+")
"""What counts as text: runs of one script (Greek with Latin, for μm), numbers, and signs that mean
something in engineering. Letters, digits and Chinese are split from each other; punctuation is left
out. Ranges rather than Unicode classes: cutting text is most of the time that encoding takes."""

_FEWER_PIECES = 4.0
"""Taken off the log-probability of every entry, so that few long entries win over many short ones."""

_PIECE = 2.0
"""Taken off that of a part of a word as well: a part stands only where no word fits."""

UNKNOWN = "[UNK]"


def pieces(text: str) -> list[str]:
    """Runs of `text` between which the tokenizer always cuts, in lower case."""
    return _WORD.findall(text.lower())


def build(work: Path) -> None:
    """Writes `work/tokenizer.json` from the prepared pairs, unless it is there."""
    target = work / "tokenizer.json"
    if target.exists():
        return
    words = _count(work)
    console.print(f"{len(words):,} different words counted")
    tokenizer = _tokenizer(_entries(words))
    draft = target.with_suffix(".part")
    tokenizer.save(str(draft), pretty=False)
    draft.replace(target)


def _count(work: Path) -> Counter[str]:
    """Words in all training texts, every text counted once however many pairs it is part of."""
    texts: set[str] = set()
    for name in SOURCES:
        for pair in prepared_pairs(work, name):
            texts.update(pair)
    # A set of strings has another order in each run, and the first of equal counts is kept later.
    ordered = sorted(texts)
    parts = [ordered[start : start + 20_000] for start in range(0, len(ordered), 20_000)]
    total: Counter[str] = Counter()
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for counted in track(pool.map(_count_part, parts), "counting words", len(parts), console=console):
            total.update(counted)
    return total


def _count_part(texts: Iterable[str]) -> Counter[str]:
    jieba.setLogLevel("WARNING")
    found: Counter[str] = Counter()
    for text in texts:
        for piece in pieces(text):
            if is_han(piece):
                found.update(jieba.cut(piece))
            else:
                found[piece] += 1
    return found


def is_han(word: str) -> bool:
    """Whether a run of one script is Chinese."""
    return re.match(f"[{_HAN}]", word) is not None


def _entries(words: Counter[str]) -> list[tuple[str, float]]:
    """Entries with their scores: all single characters and digits, sub-words, then the words by count."""
    total = words.total()
    letters: Counter[str] = Counter()
    for word, count in words.items():
        for letter in word:
            letters[letter] += count

    def score(count: float) -> float:
        return math.log(count / total) - _FEWER_PIECES

    scores: dict[str, float] = {}
    for letter in sorted(letters):
        if letters[letter] < _RARE and not letter.isascii():
            continue
        # A character that is also a word is scored as a word: otherwise every use of it in
        # longer words would make it look common, and words would fall apart into characters.
        alone = words[letter]
        scores[letter] = score(alone) if alone else score(1) - _PIECE
    sub_words = _sub_words({word: n for word, n in words.items() if word.isascii() and word.isalpha()})
    for part in sub_words:
        scores.setdefault(part, score(max(words[part], _RARE)) - _PIECE)
    numbers = sorted((w for w in words if w.isdecimal()), key=lambda w: (-words[w], w))
    for number in numbers[:_NUMBERS]:
        scores.setdefault(number, score(words[number]))
    common = sorted(
        (w for w, n in words.items() if n >= _RARE and not w.isdecimal() and w.isalpha() and len(w) < 24),
        key=lambda w: (-words[w], w),
    )
    for word in common:
        if len(scores) >= SIZE - 1 and word not in scores:
            continue
        scores[word] = score(words[word])
    return [(UNKNOWN, min(scores.values()) - 10.0), *sorted(scores.items(), key=lambda e: (-e[1], e[0]))]


def _sub_words(words: dict[str, int]) -> list[str]:
    """Parts that English words are made of, learned by byte-pair merging over the counted words."""
    tokenizer = Tokenizer(models.BPE())
    trainer = trainers.BpeTrainer(vocab_size=_SUB_WORDS, show_progress=False)
    # The trainer counts words itself. The root of a count keeps the order and makes rare technical
    # words, which are the ones that get cut, weigh more.
    tokenizer.train_from_iterator(
        (word for word in sorted(words) for _ in range(min(50, math.isqrt(words[word]) + 1))), trainer
    )
    return sorted(part for part in tokenizer.get_vocab() if len(part) > 1)


def _tokenizer(entries: list[tuple[str, float]]) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram(entries, unk_id=0, byte_fallback=False))
    # NFKC is not repeated here: texts come in the project's normal form, and it would halve the speed.
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD.pattern), "removed", invert=True)
    tokenizer.decoder = decoders.Fuse()
    return tokenizer
