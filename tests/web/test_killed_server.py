"""A server that is killed in the middle of its work has lost nothing that it acknowledged, and has nothing twice."""

from __future__ import annotations

import itertools
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from cli_support import embedding_server
from serving_support import address, get, started

from api.composition import open_home
from api.settings import Settings
from matcher import organisations
from matcher.accounts import members, people, tokens
from matcher.accounts.people import PersonDraft
from matcher.accounts.tokens import TokenDraft
from matcher.actors import COMMAND_LINE
from matcher.entities import OrganisationKind, Role, now
from matcher.organisations import OrganisationDraft
from matcher.sessions import writing

ROUNDS = 2
WRITERS = 3
EACH_ROUND = 15
"""Results acknowledged in a round before the server is killed."""


@pytest.fixture
def manager(tmp_path: Path) -> tuple[str, str]:
    """A lab, and the token of one of its managers."""
    with open_home(Settings(home=tmp_path / "data", _env_file=None)) as home, writing(home.engine) as session:
        draft = OrganisationDraft(kind=OrganisationKind.LAB, name="甲所")
        lab = organisations.admit(session, COMMAND_LINE, draft).id
        person = people.register(
            session, COMMAND_LINE, PersonDraft(email="a@example.org", name="李雷"), confirmed=now()
        )
        members.set_roles(session, COMMAND_LINE, lab, person.id, [Role.MANAGER])
        form = TokenDraft(name="test", may_write=True, organisation_id=lab)
        return lab, tokens.create(session, COMMAND_LINE, person.id, form)[1]


@dataclass
class Writers:
    """Post results and look for them at once, until nobody answers any more; what got no answer is posted again."""

    lab: str
    token: str
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    acknowledged: dict[int, str] = field(default_factory=dict)
    unanswered: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def run_until_killed(self, url: str, process: subprocess.Popen[str]) -> None:
        enough = len(self.acknowledged) + EACH_ROUND
        waiting, self.unanswered = self.unanswered, []
        threads = [threading.Thread(target=self._write, args=(url, waiting)) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        while len(self.acknowledged) < enough and not self.wrong:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.kill()
        for thread in threads:
            thread.join(20)

    def _write(self, url: str, waiting: list[int]) -> None:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {self.token}"}, timeout=20) as client:
            while True:
                try:
                    number = waiting.pop()
                except IndexError:
                    number = next(self.numbers)
                try:
                    if (problem := self._post(client, number) or self.missed(client, number)) is not None:
                        self.wrong.append(problem)
                        return
                except httpx.TransportError:
                    if number not in self.acknowledged:
                        self.unanswered.append(number)
                    return

    def _post(self, client: httpx.Client, number: int) -> str | None:
        draft = {"organisation_id": self.lab, "title": words(number), "reference": f"R{number}"}
        answer = client.post("/api/v1/results", json=draft, headers={"Idempotency-Key": f"key-{number:030}"})
        if answer.status_code != 201:
            return answer.text
        self.acknowledged[number] = answer.json()["id"]
        return None

    def missed(self, client: httpx.Client, number: int) -> str | None:
        """What is wrong with how this result is found, if anything is."""
        answer = client.post("/api/v1/match", json={"text": words(number), "wanted": "result", "top": 5})
        if answer.status_code != 200:
            return answer.text
        found = [match["id"] for match in answer.json()["matches"]]
        good = found[:1] == [self.acknowledged[number]] and len(set(found)) == len(found)
        return None if good else f"{number} is {self.acknowledged[number]}, found {found}"


def words(number: int) -> str:
    """No two numbers share a word."""
    return " ".join(f"{letter}q{number}" for letter in "abc")


def test_what_was_acknowledged_is_found_by_matching_after_sigkill(tmp_path: Path, manager: tuple[str, str]) -> None:
    writers = Writers(*manager)
    with embedding_server() as model:
        for _ in range(ROUNDS):
            with started(model, tmp_path, "serve") as (process, said):
                writers.run_until_killed(address(said), process)
            assert writers.wrong == []
        with (
            started(model, tmp_path, "serve") as (process, said),
            httpx.Client(base_url=address(said), timeout=20) as client,
        ):
            assert get(f"{address(said)}/healthz").status_code == 200
            assert [writers.missed(client, number) for number in writers.acknowledged] == [None] * len(
                writers.acknowledged
            )
            stored = _listed(client)
    assert len(stored) >= ROUNDS * EACH_ROUND
    assert len(set(stored.values())) == len(stored)
    assert {number: stored[id] for number, id in writers.acknowledged.items()} == {
        number: f"R{number}" for number in writers.acknowledged
    }
    # What was stored without an answer is at most what was under way when the last server was killed.
    assert len(stored) - len(writers.acknowledged) <= len(writers.unanswered) <= WRITERS


def _listed(client: httpx.Client) -> dict[str, str]:
    """The reference of every result, by id."""
    found: dict[str, str] = {}
    query = {"limit": "200"}
    while True:
        page = client.get("/api/v1/results", params=query).json()
        assert not found.keys() & {item["id"] for item in page["items"]}
        found |= {item["id"]: item["reference"] for item in page["items"]}
        if not page["next_cursor"]:
            return found
        query["cursor"] = page["next_cursor"]
