"""Relevance judgements: which results solve which needs, and how well."""

from __future__ import annotations

import gzip
from pathlib import Path

from matcher.errors import Invalid, UnusableFile

Judgements = dict[tuple[str, str], int]
"""(need, result) → grade. Pairs that nobody judged count as not relevant."""

_FORM = (
    "need, result and grade (or need, 0, result and grade, as TREC writes it), apart by tabs or spaces; "
    "the grade is a whole number"
)


def read_qrels(path: Path) -> Judgements:
    """Reads the three-column or the TREC form, plain or gzipped, with or without a header.

    Raises UnusableFile for a file that is no such table, naming the line.
    """
    found: Judgements = {}
    width = 0
    for number, line in enumerate(_text(path).splitlines(), start=1):
        cells = [cell.strip() for cell in line.split("\t")] if "\t" in line else line.split()
        if not any(cells):
            continue
        place = f"{path.name}, line {number}"
        if len(cells) not in (3, 4) or (width and len(cells) != width):
            raise UnusableFile(f"{len(cells)} columns. Expected: {_FORM}", place=place)
        grade = _grade(cells[-1])
        if grade is None:
            if not width:  # the header
                width = len(cells)
                continue
            raise UnusableFile(f"the grade is {cells[-1]!r}. Expected: {_FORM}", place=place)
        width = len(cells)
        pair = (cells[0], cells[-2])
        if found.setdefault(pair, grade) != grade:
            raise UnusableFile(f"{pair[0]} and {pair[1]} were judged before, differently", place=place)
    if not found:
        raise UnusableFile(f"no judgements. Expected: {_FORM}", place=path.name)
    return found


def _grade(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _text(path: Path) -> str:
    if path.is_dir():
        raise UnusableFile("is a folder; a file of judgements is expected", place=str(path))
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise UnusableFile("there is no such file", place=str(path)) from None
    except UnicodeDecodeError:
        raise UnusableFile("is not text in UTF-8", place=str(path)) from None
    except (OSError, EOFError) as error:
        raise UnusableFile(f"cannot be read: {error}", place=str(path)) from None


def check_known(judgements: Judgements, needs: set[str], results: set[str], names: tuple[str, str]) -> None:
    """Raises Invalid when a judged need or result is in neither file. `names` are the two files'."""
    for position, known in enumerate((needs, results)):
        judged = dict.fromkeys(pair[position] for pair in judgements)
        if strangers := [id for id in judged if id not in known]:
            noun = ("need", "result")[position]
            shown = ", ".join(strangers[:5]) + (", …" if len(strangers) > 5 else "")
            raise Invalid(f"{len(strangers)} of {len(judged)} judged {noun}s are not in {names[position]}: {shown}")


def with_relevant(judgements: Judgements, relevant_from: int) -> Judgements:
    """Only the needs that have something to be found; for the others no ranking is good or bad."""
    solvable = {need for (need, _), grade in judgements.items() if grade >= relevant_from}
    return {pair: grade for pair, grade in judgements.items() if pair[0] in solvable}
