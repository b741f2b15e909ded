"""An answer as graders read it who may not know whose it is.

Fields that name somebody are emptied, and names that are known (the organisations', the team's) are
taken out of the texts. Files go along only where the authors say that they name nobody, and under a
number. What a text gives away in other words nobody can take out.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePath
from typing import Any

from sqlmodel import Session

from matcher import organisations
from matcher.engine import answer_moves
from matcher.engine.answer_drafts import AnswerDraft
from matcher.engine.answer_texts import Addition, Contents, File
from matcher.entities import Answer

BLANK = "■■"
_SHORTEST = 2
"""Signs of a name that is taken out: a single one stands in other words too."""


def names_in(session: Session, answer: Answer, contents: Contents) -> set[str]:
    """What its consortium and its team are called."""
    ids = {answer.organisation_id, *answer_moves.partners_of(session, answer)}
    ids |= {part.organisation_id for part in contents.draft.parts}
    named = {name for one in organisations.by_id(session, ids).values() for name in (one.name, one.name_en)}
    named |= {name for member in contents.draft.team for name in (member.name, member.fallback)}
    return {name for name in named if len(name) >= _SHORTEST}


def blind(contents: Contents, names: Collection[str]) -> Contents:
    """The same without what tells whose it is."""
    pattern = _pattern(names)
    draft = contents.draft.model_dump(mode="json")
    draft |= {"parts": [], "result_id": None, "conflicts": None, "joint_patents": ""}
    draft["team"] = [
        member | {"name": f"#{place}", "fallback": ""} for place, member in enumerate(draft["team"], start=1)
    ]
    shown = [file for file in contents.files if file.anonymous]
    return Contents(
        answer_id=contents.answer_id,
        number=contents.number,
        part_salt=contents.part_salt,
        draft=AnswerDraft.model_validate(_without(draft, pattern)),
        files=[_numbered(file, place) for place, file in enumerate(shown, start=1)],
        additions=[Addition.model_validate(_without(one.model_dump(), pattern)) for one in contents.additions],
    )


def _numbered(file: File, place: int) -> File:
    return file.model_copy(update={"name": f"{place}{PurePath(file.name).suffix.lower()}"})


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(BLANK, value)
    if isinstance(value, list):
        return [_without(one, pattern) for one in value]
    if isinstance(value, dict):
        return {key: _without(one, pattern) for key, one in value.items()}
    return value


def _pattern(names: Collection[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)
