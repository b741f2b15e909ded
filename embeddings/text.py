"""One normal form for every text, and its division into sentences and passages."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import opencc

PASSAGE_WEIGHT = 160.0
"""A passage is at most about 160 Chinese characters or 90 English words: one thought, short
enough that a vector still says something and that a reader can check it at a glance."""

_HALVES = re.compile(r"[\ud800-\udfff]")
"""Halves of characters, which no library below can encode."""
_WHITE = re.compile(r"\s+")
_USUAL = {"，": ",", "；": ";", "：": ":", "（": "(", "）": ")", "！": "!", "？": "?", "％": "%", "～": "~", "＋": "+",
          "／": "/", "…": "...", "℃": "°C", "µ": "μ", "²": "2", "³": "3"}  # fmt: skip
"""What NFKC changes in most texts, as it does. It looks at every sign of a text in which it would change
one, and passes over all others: with these replaced beforehand it takes a seventh of the time."""
_CJK = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003134f]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_SENTENCE = re.compile(r"[^。！？!?；;\n]*?(?:[。！？!?；;]+[”’\"')）】]*|\.(?=\s|$)|\n|$)")


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def normalise(text: str) -> str:
    """NFKC, traditional → simplified Chinese, runs of white space as one space.

    NFKC first: text copied out of PDFs holds look-alike radicals and full-width letters. Case is
    kept, because part numbers and formulas are told apart by it; the index and model fold it.
    """
    text = _HALVES.sub("", text)
    for sign, plain in _USUAL.items():
        text = text.replace(sign, plain)
    text = unicodedata.normalize("NFKC", text)
    if _CJK.search(text):
        text = _converter().convert(text)
    return " ".join(text.split())  # parts at the same signs as \s does, in a fifth of the time


def sentences(text: str) -> list[str]:
    """Sentences of Chinese or English text in order, without the white space around them."""
    return [s for s in (m.group().strip() for m in _SENTENCE.finditer(text)) if s]


def weight(text: str) -> float:
    """Length in Chinese characters; other characters count for a third of one."""
    chinese = len(_CJK.findall(text))
    return chinese + (len(text) - chinese) / 3


def has_chinese(text: str) -> bool:
    return _CJK.search(text) is not None


def chinese_share(text: str) -> float:
    """How much of a text is Chinese, 0 to 1: its characters against the words in other letters."""
    chinese = len(_CJK.findall(text))
    others = len(_LATIN_WORD.findall(text))
    return chinese / (chinese + others) if chinese else 0.0


def passages(text: str) -> list[str]:
    """Paragraphs, and those too long for one passage cut between sentences into even parts."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n|\r?\n(?=\s*(?:[-•·*]|\d+[.、)]))", text):
        paragraph = _WHITE.sub(" ", paragraph).strip()
        if paragraph:
            found.extend(_even_parts(paragraph))
    return found


def _even_parts(paragraph: str) -> list[str]:
    total = weight(paragraph)
    if total <= PASSAGE_WEIGHT:
        return [paragraph]
    target = total / -(-total // PASSAGE_WEIGHT)
    parts: list[str] = []
    current, size = "", 0.0
    for sentence in sentences(paragraph):
        for piece in _clip(sentence):
            joined = f"{current} {piece}" if current and not _CJK.search(piece[:1]) else current + piece
            if current and size + weight(piece) > target * 1.15:
                parts.append(current)
                current, size = piece, weight(piece)
            else:
                current, size = joined, size + weight(piece)
    return [*parts, current] if current else parts


def _clip(sentence: str) -> list[str]:
    """A sentence longer than a passage, cut at commas and, failing that, anywhere."""
    if weight(sentence) <= PASSAGE_WEIGHT:
        return [sentence]
    pieces: list[str] = []
    for clause in re.findall(r"[^，,、]+[，,、]*", sentence):
        step = int(PASSAGE_WEIGHT if _CJK.search(clause) else PASSAGE_WEIGHT * 3)
        pieces.extend(clause[i : i + step] for i in range(0, len(clause), step))
    return pieces
