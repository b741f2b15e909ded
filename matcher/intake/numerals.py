"""A number as it stands in a quantity: 1,200, 3×10⁵, 5万, 2 million."""

from __future__ import annotations

from matcher.intake import quantity_words as words

_SCALES = {
    "万亿": 1e12, "千万": 1e7, "百万": 1e6, "十万": 1e5, "万": 1e4, "亿": 1e8, "million": 1e6, "billion": 1e9,
    "thousand": 1e3,
}  # fmt: skip


def signed(sign: str | None, digits: str) -> float:
    return -number(digits) if sign == "-" else number(digits)


def number(text: str) -> float:
    text = text.strip()
    sign = -1.0 if text.startswith("-") else 1.0
    text = text.lstrip("+-").replace(",", "")
    try:
        return sign * float(text)
    except ValueError:
        pass
    if power := words.POWER.fullmatch(text):
        exponent = power[2] or power[3].translate(words.SUPERSCRIPT)
        return sign * float(f"{power[1] or 1}e{int(exponent)}")
    word, factor = next(pair for pair in _SCALES.items() if text.endswith(pair[0]))
    return sign * tidy(float(text.removesuffix(word)) * factor)


def tidy(value: float) -> float:
    """Without the dust of binary arithmetic: 0.1 + 0.2 is 0.3."""
    return float(f"{value:.12g}")
