"""Text that a spreadsheet program would run as a formula, made harmless in everything written out for one.

What users bring comes back to other people in files: `=HYPERLINK(…)` as a title must stay a title
there. Every writer of CSV or of workbooks goes through here.
"""

from __future__ import annotations

import re
from typing import Any

_LONGEST = 32_767
"""Characters that a cell of a workbook can hold."""

_RISKY = re.compile(r"[\t\r\n]|[\s\ufeff\u200b-\u200d\u2060]*[=+\-@＝＋－＠﹦﹢﹣﹫−]")
"""Some programs fold full-width signs, and pass over blanks, before they look for a formula."""
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_risky(text: str) -> bool:
    return _RISKY.match(text) is not None


def harmless(value: str | int | float) -> str | int | float:
    """A cell of a CSV file: text that would be run gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and is_risky(value) else value


def fill(cell: Any, value: str | int | float | None) -> None:
    """Puts a value into a workbook's cell, a text as text whatever it begins with.

    Shortened to what a cell can hold, without the signs that none can. The prefix keeps it text when
    somebody edits the cell or saves the sheet in another form.
    """
    if not isinstance(value, str):
        cell.value = value
        return
    text = _UNWRITABLE.sub("", value)[:_LONGEST]
    cell.value = text
    cell.data_type = "s"
    if is_risky(text):
        cell.quotePrefix = True
