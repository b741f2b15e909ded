"""Words that two texts share, marked where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from embeddings.text import normalise


def mark(text: str, words: Iterable[str]) -> Markup:
    """The text with `<mark>` about each of the words; everything in it is escaped.

    Compared in the normal form of `embeddings.text`: a word found in traditional characters is marked
    in simplified ones as well.
    """
    plain = normalise(text)
    if len(plain) != len(text):
        plain = text
    looked_for = sorted({normalise(word) for word in words if word.strip()}, key=len, reverse=True)
    if not looked_for:
        return escape(text)
    pattern = re.compile("|".join(map(_pattern, looked_for)), re.IGNORECASE)
    told, last = Markup(), 0
    for found in pattern.finditer(plain):
        told += escape(text[last : found.start()]) + Markup("<mark>{}</mark>").format(text[found.start() : found.end()])
        last = found.end()
    return told + escape(text[last:])


def _pattern(word: str) -> str:
    """Words of letters stand by themselves, with their plural; anything else anywhere."""
    bounded = re.escape(word)
    return rf"(?<![a-z]){bounded}(?:e?s)?(?![a-z])" if word.isascii() and word[:1].isalpha() else bounded
