"""What the small parsers share: how text is folded before it is read, and words for "nothing said"."""

from __future__ import annotations

from functools import lru_cache

from embeddings.text import normalise

NOTHING = frozenset(
    {
        "", "-", "--", "—", "/", "\\", ".", "无", "暂无", "没有", "空", "待定", "不详", "未定", "未知",
        "暂不确定", "不限", "无要求",
        "n/a", "na", "none", "null", "nil", "tbd", "tbc", "unknown", "any", "no", "not applicable", "unspecified",
    }
)  # fmt: skip

BLANK = frozenset({"-", "--", "—", "/", "\\", "无", "暂无", "n/a", "na", "none", "null", "nil"})
"""What people put into a cell for text that they leave empty."""


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """One line, half width, simplified, lower case: for words to be looked up, not to be shown."""
    return normalise(text).casefold()
