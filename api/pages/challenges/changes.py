"""What a version of a challenge says otherwise than the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.schemas.challenges import ChallengeContent, VersionOut


@dataclass(frozen=True, slots=True)
class Change:
    part: str
    """Of the draft, such as "budget"."""
    before: ChallengeContent
    after: ChallengeContent


@dataclass(frozen=True, slots=True)
class Told:
    version: VersionOut
    changes: list[Change]


def told(versions: Sequence[VersionOut]) -> list[Told]:
    """The newest first, each with what it changed."""
    found = [Told(one, []) for one in versions[:1]]
    for before, after in zip(versions, versions[1:], strict=False):
        found.append(Told(after, _between(before.content, after.content)))
    return found[::-1]


def _between(before: ChallengeContent, after: ChallengeContent) -> list[Change]:
    parts = [name for name in ChallengeContent.model_fields if getattr(before, name) != getattr(after, name)]
    return [Change(name, before, after) for name in parts]
