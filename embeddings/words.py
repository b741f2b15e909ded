"""The words of a text as the lexical index holds them.

Chinese is cut into dictionary words, long ones also into the shorter ones inside them. Latin words
are lower-cased and lose a plural ending; words of grammar are left out. What names a thing exactly
is kept whole, whichever way it was written, and its parts stand beside it:

    6061-T6      6061t6  6061  t6
    SKF-6205     skf6205  skf  6205       as do "SKF 6205" (without the whole) and "SKF6205"
    GB/T 228.1   gb/t228.1
    800 MPa      800mpa                   as does "800MPa"
    50-80 kg/m³  50kg/m3  80kg/m3
    Al2O3        al2o3
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

import rjieba

from embeddings.text import normalise

_GRAMMAR = """
a an and are as at be been but by can could do does for from had has have how if in into is it its may
more most no not of on or other our over should so some such than that the their them then there these
they this those through to under up was we were what when where which while who will with within without
would you
的 了 和 与 及 等 在 是 对 为 以 于 其 或 也 而 并 将 可 能 能够 可以 进行 通过 以及 从 到 由 被 把 中 上 下
之 该 此 这 那 一个 一种 我们 他们 它 它们 使 使得 但 但是 因此 所 则 都 还 且 并且 如 如何 有 无 不 没有
"""
_EMPTY = frozenset(_GRAMMAR.split())
"""Words that say nothing about what a text is about. The index leaves them out; in a small set of
texts they would else look rare, and in a large one they cost the most time."""

_LETTER = "a-zß-öø-ÿα-ω"
_JOINER = "-/._+'’·"
_STANDARD = r"(?:gb|iso|iec|astm|din|jis|en|hg|yb|yy|jb|qj|gjb|hb|sae|ieee|asme|api)"
_UNIT = (
    r"(?:[kmgtnpuμ]?(?:pa|v|w|wh|a|ah|va|hz|g|m|s|l|j|n|ω|ohm|ev|b|bit|bps|bar|mol|f|h|t|lm|lx|cd|gy|bq|sv)"
    r"|[cdk]m|dl|min|rpm|ppm|ppb|psi|db|dbm|dbi|mah|°c|°f|°|k|%|‰|in|ft|lb|oz|mph|nm|hrc|hv)"
)
_FACTOR = rf"{_UNIT}(?:\^?-?[234])?"
_UNITS = rf"(?:[ ](?!(?:a|in)\b))?{_FACTOR}(?:[/·]{_FACTOR})*(?![{_LETTER}0-9])"
_NUMBER = r"\d+(?:\.\d+)?"

# Most words are plain ones, so these come first: a run of letters that no digit and no joined part follows.
_PIECE = re.compile(
    rf"""
      (?P<plain>[{_LETTER}]+(?![{_LETTER}0-9\#+]|[{_JOINER}][{_LETTER}0-9]|[ -]?[0-9]))
    | (?P<chinese>[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+)
    | (?P<standard>\b{_STANDARD}(?:/[a-z])?[ -]?\d+(?:\.\d+)*(?:-\d{{4}})?(?![{_LETTER}0-9]))
    | (?P<range>(?<![{_LETTER}0-9.]){_NUMBER}[ ]?[-~–—至到][ ]?{_NUMBER}{_UNITS})
    | (?P<quantity>(?<![{_LETTER}0-9.]){_NUMBER}{_UNITS})
    | (?P<compound>[a-z](?:\+\+|\#)(?![{_LETTER}0-9])|[{_LETTER}0-9]+(?:[{_JOINER}][{_LETTER}0-9]+)*)
    | (?P<other>[^\W\d_]+)
    """,
    re.VERBOSE,
)
_AMPERE = re.compile(r"(?<=\d) (?=A\b)")
_BETWEEN_PARTS = re.compile(rf"(?<!\d)[{_JOINER}]|[{_JOINER}](?!\d)|(?<=\d)[-/_+'’·](?=\d)")
_NUMBERED = re.compile(r"([a-z]{2,})(\d{3,})")
_RANGE = re.compile(rf"({_NUMBER})\D+?({_NUMBER}) ?(\D.*)")
_YEAR = re.compile(r"-(?:19|20)\d\d$")


def words(text: str) -> list[str]:
    """The words of `text` in order, repeated as often as they occur."""
    # "20 A" is told from "20 a day" while the case is still there.
    text = _AMPERE.sub("", normalise(text)).casefold()
    found: list[str] = []
    for match in _PIECE.finditer(text):
        kind, piece = match.lastgroup, match.group()
        if kind == "plain":
            found.append(_singular(piece))
        elif kind == "chinese":
            found.extend(rjieba.cut_for_search(piece))
        elif kind == "compound":
            found.extend(_compound(piece))
        elif kind == "quantity":
            found.append(piece.replace(" ", ""))
        elif kind == "range":
            found.extend(number + unit for *numbers, unit in _RANGE.findall(piece) for number in numbers)
        elif kind == "standard":
            whole = piece.replace(" ", "")
            found.append(whole)
            if _YEAR.search(whole):
                found.append(_YEAR.sub("", whole))
        else:
            found.append(piece)
    return [word for word in found if word not in _EMPTY]


@lru_cache(maxsize=128)
def counts(text: str) -> Mapping[str, int]:
    """Words and how often they occur; kept, because a text is asked about more than once."""
    return MappingProxyType(Counter(words(text)))


def _compound(piece: str) -> Iterator[str]:
    if piece[-1] in "+#":  # C++, C#
        yield piece
        return
    parts = _BETWEEN_PARTS.split(piece)
    if len(parts) == 1:
        yield _singular(piece)
        if numbered := _NUMBERED.fullmatch(piece):
            yield from numbered.groups()
    elif parts[-1] == "s":  # the steel's
        yield from _compound("-".join(parts[:-1]))
    else:
        yield "".join(parts)
        yield from (_singular(part) for part in parts if part)


@lru_cache(maxsize=65_536)
def _singular(word: str) -> str:
    """English plural endings off; anything that is not a plain longer word stays as it is."""
    if len(word) < 4 or word[-1] != "s" or not (word.isascii() and word.isalpha()):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word if word.endswith(("ss", "us", "is")) else word[:-1]
