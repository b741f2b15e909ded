"""The demonstration set, put into a home through the functions that users' data takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events, organisations, problem_lists
from matcher.accounts import passwords
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.entities import now
from matcher.errors import Invalid
from matcher.intake import rows
from matcher.intake.report import Intake, Kind
from matcher.organisations import OrganisationDraft
from matcher.sessions import reading, writing
from seed_data import challenges, people

FOLDER = Path(__file__).parent
NEEDS = FOLDER / "needs.jsonl"
RESULTS = FOLDER / "results.jsonl"
ORGANISATIONS = FOLDER / "organisations.jsonl"
JUDGEMENTS = FOLDER / "judgements.qrels"
"""Grades of pairs in TREC form: 3 solves it, 2 solves part, 1 same topic only, 0 not."""

PROBLEM_LIST = "示范需求清单 Demonstration list"

Count = Callable[[int, int | None], None]
"""Told how many are done, and of how many where that is known."""


def fill(
    engine: Engine,
    actor: Actor,
    progress: Count | None = None,
    *,
    accounts: bool = False,
    secrets: Secrets | None = None,
) -> bool:
    """Loads the set into a database where nothing has happened yet; all of it or nothing.

    With `accounts` the demonstration's people come along, whose password everybody knows, and with the
    installation's `secrets` challenges as well, one under each mechanism.
    False, and nothing changed, where anything has: what somebody did to the demonstration stays.
    """
    with reading(engine) as session:
        if events.head(session)[0]:
            return False
    needs, results = _read(NEEDS, Kind.NEEDS), _read(RESULTS, Kind.RESULTS)
    hashed = passwords.hash_password(people.PASSWORD) if accounts else ""
    with writing(engine) as session:
        if events.head(session)[0]:
            return False
        for line in ORGANISATIONS.read_text(encoding="utf-8").splitlines():
            organisations.admit(session, actor, OrganisationDraft.model_validate(json.loads(line)))
        _bring(session, actor, needs, PROBLEM_LIST, _shifted(progress, 0, results))
        _bring(session, actor, results, "", _shifted(progress, len(needs.accepted), needs))
        if accounts:
            people.add(session, actor, hashed)
            if secrets is not None:
                challenges.add(session, secrets, now())
    return True


def judgements() -> dict[tuple[str, str], int]:
    """Grade by the references of need and result."""
    lines = JUDGEMENTS.read_text(encoding="utf-8").splitlines()
    return {(need, result): int(grade) for need, _, result, grade in map(str.split, lines)}


def held_out(need: str) -> bool:
    """Whether nothing is ever fitted on the judgements of this need, by its reference: about one half of them,
    drawn once and for all by a hash, and what every figure of the whole score is measured on."""
    return hashlib.blake2b(need.encode()).digest()[0] % 2 == 0


def _read(path: Path, kind: Kind) -> Intake:
    return _without_rejected(rows.read(path, kind))


def _bring(session: Session, actor: Actor, intake: Intake, title: str, progress: Count | None) -> None:
    problem_lists.bring(session, actor, intake, title=title, progress=progress)
    _without_rejected(intake)


def _without_rejected(intake: Intake) -> Intake:
    """Raises Invalid: the set comes with the project, so a row that does not fit is a mistake in it."""
    if intake.problems:
        raise Invalid(str(intake.problems[0]), place="demonstration set")
    return intake


def _shifted(progress: Count | None, before: int, other: Intake) -> Count | None:
    """Counts the two files as one piece of work."""
    if progress is None:
        return None
    return lambda done, total: progress(before + done, None if total is None else total + len(other.accepted))
