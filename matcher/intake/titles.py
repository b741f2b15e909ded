"""A title for an item that has only a text."""

from __future__ import annotations

import re

from embeddings.text import weight

TITLE_WEIGHT = 60
"""A title made out of the text is at most so heavy (in Chinese characters; others count a third)."""
_LEAST = 6
_LEAST_BEFORE_COMMA = 8

_CLAUSE = re.compile(r"[。！？!?；;\n，,]|\.(?=\s|$)|:(?=\s)|：")
_SHORT_FORM = re.compile(
    r"(?<![A-Za-z.])(?:(?:Inc|Corp|Co|Ltd|Pty|e\.g|i\.e|approx|ca|cf|vs|Figs?|Eqs?|Refs?|Sec|Vol|Nos?|Dr|Prof|Mrs?|St)"
    r"|(?-i:[A-Z](?:\.[A-Z])+))(\.?)$",
    re.IGNORECASE,
)
_COMPANY_FORM = re.compile(r",\s*(?:Inc|Corp|Co|Ltd|LLC|Pty|GmbH|L\.?P|S\.A)\b", re.IGNORECASE)


def _ends_clause(text: str, mark: re.Match[str]) -> bool:
    """Whether a mark ends a clause and not only a short form: "Fig. 2", "Smith, Inc., proposes"."""
    before = _SHORT_FORM.search(text[max(mark.start() - 12, 0) : mark.start()])
    if mark[0] == ".":
        return before is None
    if mark[0] == ",":
        return not (before and before[1]) and _COMPANY_FORM.match(text, mark.start()) is None
    return True


def title_from(text: str) -> str:
    """The first clause that says something, cut to a title's weight.

    A comma ends it only where it has grown long by then: "Although distributed" is no title.
    """
    text = text.strip()
    end = len(text)
    for match in _CLAUSE.finditer(text):
        least = _LEAST_BEFORE_COMMA if match[0] in ",，" else _LEAST
        if _ends_clause(text, match) and weight(text[: match.start()].strip()) >= least:
            end = match.start()
            break
    clause = " ".join(text[:end].split())
    while weight(clause) > TITLE_WEIGHT:
        over = weight(clause) - TITLE_WEIGHT
        clause = clause[: -max(1, int(over))].rstrip()
        if weight(clause) <= TITLE_WEIGHT and " " in clause[-20:] and clause.isascii():
            clause = clause.rsplit(" ", 1)[0]
    return clause
