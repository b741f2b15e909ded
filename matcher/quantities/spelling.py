"""One spelling for the text of a unit: full-width and traditional signs, superscripts, ways to say "per"."""

from __future__ import annotations

import re

from embeddings.text import normalise

_SUPERSCRIPTS = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹½]+")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SIGNS = str.maketrans(
    dict.fromkeys("−–—", "-") | dict.fromkeys("⋅∙•・*", "·") | dict.fromkeys("º˚", "°")
    | {"µ": "μ", "﹪": "%", "′": "'", "[": "(", "]": ")"}
)  # fmt: skip
_PER = re.compile(r"\s*(?:\bper\b|(?<=.)每(?=.))\s*")
_FIRST_PER = re.compile(r"^(?:per\s+|每)(?=.)")
_ROOT = re.compile(r"(?<=[A-Za-z])\^?(?:1/2(?!\d)|\(1/2\))")
_JOINED_POWERS = re.compile(r"(\^-?\d)\s?(?=[A-Za-zμΩ])")
_HARDNESS_LOAD = re.compile(r"^(HV|HBW|HK)\s?\d+(?:\.\d+)?(?:/\d+)*$")


def plain(text: str) -> str:
    """A unit in the one spelling that names are looked up in: "公噸／年" as "公吨/年", "m⁻¹" as "m^-1"."""
    text = _SUPERSCRIPTS.sub(_power, text.translate(_SIGNS))
    text = normalise(text).translate(_SIGNS).replace("''", '"')
    text = _PER.sub("/", _FIRST_PER.sub("1/", _ROOT.sub("^0.5", text)))
    text = _JOINED_POWERS.sub(r"\1·", text)
    return _HARDNESS_LOAD.sub(r"\1", text)


def _power(match: re.Match[str]) -> str:
    power = match[0].translate(_DIGITS)
    return "^0.5" if power == "½" else f"^{power}"
