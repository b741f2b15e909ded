"""What has to hold of a challenge after whatever was done, judged from the tables as they lie in the database."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from pathlib import Path
from sqlite3 import connect
from typing import Any

from nacl.signing import SigningKey
from pydantic import BaseModel
from sqlmodel import Session

from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.answers import reading
from matcher.errors import JiebangError
from matcher.grading import desks, readings
from matcher.record import evidence

MARK = "zqsealed"
"""Stands in every answer, and nowhere else."""
KEY = SigningKey(bytes(32))
GIVEN_UP = ("withdrawn", "lapsed")
"""States of answers that compete with no other any more."""

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]


def mark(round: int) -> str:
    """Stands in what is written for that round."""
    return f"{MARK}{round}zq"


class Stored:
    """A database file, read beside the program that is tried."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        found = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        self._tables = [name for (name,) in found]

    def all(self) -> Tables:
        return {table: list(self._rows(table)) for table in self._tables}

    def _rows(self, table: str) -> Iterator[Row]:
        found = self._connection.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in found.description]
        return (dict(zip(names, row, strict=True)) for row in found)

    def close(self) -> None:
        self._connection.close()


# -- after every act ------------------------------------------------------------------------------


def check_change(before: Tables, after: Tables, challenge_id: str) -> None:
    """What was changed has its event, about what was changed; what is recorded stays as it is."""
    changed = {table for table in after if after[table] != before[table]}
    known = len(before["event"])
    assert after["event"][:known] == before["event"], "the record is only added to"
    told = after["event"][known:]
    assert bool(told) == bool(changed), f"changed without an event: {changed}"
    assert all(event["thing"].startswith((f"challenge:{challenge_id}", "question:", "person:")) for event in told)
    for table in changed:
        written = json.dumps(after[table], default=lambda value: value.decode("latin-1"))
        assert MARK not in written, f"{table} tells what an answer says"
    if "ledger_entry" in changed:
        check_money(after)
    check_conflicts(after)
    check_keys(after)


def check_money(stored: Tables) -> None:
    """Every posting sums to nothing; what each promised for an answer is paid, open, or released."""
    postings: Counter[tuple[str, str]] = Counter()
    accounts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for line in stored["ledger_entry"]:
        postings[line["posting"], line["currency"]] += line["amount"]
        accounts[line["party_id"], line["answer_id"]][line["account"]] += line["amount"]
    assert not any(postings.values()), "a posting is off"
    for one in accounts.values():
        assert -one["committed"] == one["open"] + one["paid"] + one["released"]
        assert min(one["open"], one["paid"], one["released"]) >= 0
    said = {
        (outcome["answer"], one["round"]): int(float(outcome["payment"]) * 100)
        for one in stored["elimination"]
        if one["reversed_at"] is None
        for outcome in json.loads(one["rule"])["outcome"]
        if outcome["payment"] is not None
    }
    stages = [line for line in stored["ledger_entry"] if line["round"] is not None and line["account"] == "paid"]
    assert all(line["amount"] == said[line["answer_id"], line["round"]] for line in stages)


def check_conflicts(stored: Tables) -> None:
    """Nobody has an answer of the round being graded on their desk whose side they are on, or said to be, nor one
    that theirs competes with."""
    [challenge] = stored["challenge"]
    if challenge["state"] != "grading":
        return
    sides = _sides(stored)
    competing = set[str]().union(*(sides[one["id"]] for one in stored["answer"] if one["state"] not in GIVEN_UP))
    homes, told = defaultdict(set), defaultdict(set)
    for one in stored["membership"]:
        homes[one["person_id"]].add(one["organisation_id"])
    for one in stored["conflict"]:
        told[one["person_id"]].add(one["organisation_id"])
    for one in stored["assignment"]:
        if one["state"] in desks.STANDING and one["round"] == challenge["round"]:
            assert not sides[one["answer_id"]] & homes[one["person_id"]], "of its own organisation"
            assert not competing & homes[one["person_id"]], "of a rival"
            assert not sides[one["answer_id"]] & told[one["person_id"]], "declared"


def _sides(stored: Tables) -> dict[str, set[str]]:
    sides = {one["id"]: {one["organisation_id"]} for one in stored["answer"]}
    for one in stored["partner"]:
        sides[one["answer_id"]].add(one["organisation_id"])
    return sides


def check_keys(stored: Tables) -> None:
    """Between a round's close and its opening no key lies there that opens what was handed in, but the round's;
    and where custodians share that, it lies nowhere."""
    [challenge] = stored["challenge"]
    if challenge["state"] != "sealed":
        return
    shut = {one["id"] for one in stored["answer"] if one["state"] == "handed_in"}
    texts = [one for one in stored["answer_text"] if one["answer_id"] in shut and one["round"] == challenge["round"]]
    assert {one["answer_id"] for one in texts} == shut
    assert all(one["own_key"] is None for one in texts)
    if stored["custodian"]:
        assert all(one["private_key"] is None for one in stored["round"])


# -- after every step -----------------------------------------------------------------------------


def check_sealed(session: Session, secrets: Secrets, stored: Tables, onlookers: Sequence[Actor]) -> None:
    """None of these reads by any verb, or in any export, what was written for the round that is shut."""
    [challenge] = stored["challenge"]
    if challenge["state"] not in ("answering", "sealed"):
        return
    answers = {one["id"] for one in stored["answer"] if one["round"] == challenge["round"]}
    for actor in onlookers:
        for told in _told(session, secrets, stored, actor, challenge["id"], answers):
            assert mark(challenge["round"]) not in told, f"{actor.name} reads a sealed answer"


def _told(
    session: Session, secrets: Secrets, stored: Tables, actor: Actor, challenge_id: str, answers: set[str]
) -> Iterator[str]:
    """All that is told to somebody of a challenge's answers."""
    thing, target = f"challenge:{challenge_id}", io.BytesIO()
    with suppress(JiebangError):
        evidence.write(session, actor, thing, KEY, target)
        with zipfile.ZipFile(target) as made:
            yield from (made.read(name).decode("latin-1") for name in made.namelist())
    with suppress(JiebangError):
        yield from map(_written, reading.texts_for(session, secrets, actor, challenge_id))
    with suppress(JiebangError):
        yield from readings.texts(session, secrets, actor, challenge_id).values()
    for id in answers:
        with suppress(JiebangError):
            for version in reading.versions(session, actor, id):
                yield _written(reading.text(session, secrets, actor, id, version.number))
        with suppress(JiebangError):
            yield _written(reading.standing(session, secrets, actor, id))
    for one in stored["assignment"]:
        with suppress(JiebangError):
            yield _written(readings.paper(session, secrets, actor, one["id"]))


def _written(told: Any) -> str:
    return json.dumps(told, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json") if not hasattr(value, "sealed") else str(value)
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


# -- reversed -------------------------------------------------------------------------------------

JUDGED = ("challenge", "answer", "round", "partner", "assignment", "trial", "determination", "supplement", "custodian")
"""What an elimination, and all that is done in the round that it opens, could change of what went before."""
GOES_ON = {"version", "updated_at"}
"""Counts the reversal too: a number that came back would let an edit overwrite what its author never saw."""


def standing(stored: Tables) -> dict[str, list[Row]]:
    """All of that, as it stands."""
    return {
        table: [{name: value for name, value in row.items() if name not in GOES_ON} for row in stored[table]]
        for table in JUDGED
    }
