"""A home served within the test's process, people signed in to it, and the two kinds of things in it."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.app import create_app
from api.composition import Home
from api.settings import Settings
from embeddings.base import Encoder
from matcher.accounts import accreditations, members, passwords, people, sign_ins, tokens
from matcher.accounts.accreditations import AccreditationDraft
from matcher.accounts.people import PersonDraft
from matcher.accounts.tokens import TokenDraft
from matcher.actors import ANONYMOUS, COMMAND_LINE
from matcher.entities import PlatformRole, Role, now
from matcher.sessions import reading, writing

ADDRESS = "http://127.0.0.1:8000"
PASSWORD = "长颈鹿-bicycle-42"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a request that a page of ours makes."""

_numbers = itertools.count(1)


@contextmanager
def served(settings: Settings, encoder: Encoder) -> Iterator[TestClient]:
    """Ready when the block begins."""
    with TestClient(create_app(settings, encoder=encoder), base_url=ADDRESS) as client:
        deadline = time.monotonic() + 20
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline, client.get("/readyz").text
            time.sleep(0.01)
        yield client


def home_of(client: TestClient) -> Home:
    found: Home = client.app.state.home  # type: ignore[attr-defined]
    return found


def engine_of(client: TestClient) -> Engine:
    return home_of(client).engine


@cache
def password_hash() -> str:
    """Of PASSWORD."""
    return passwords.hash_password(PASSWORD)


def new_person(
    client: TestClient,
    organisation_id: str | None = None,
    *,
    roles: Collection[Role] = (Role.MANAGER,),
    platform: Collection[PlatformRole] = (),
    email: str = "",
    password_hash: str = "",
) -> str:
    """The id of somebody with a confirmed address, made as `jiebang account` does."""
    with writing(engine_of(client)) as session:
        draft = PersonDraft(email=email or f"person{next(_numbers)}@example.org", name="李雷")
        person = people.register(session, COMMAND_LINE, draft, password_hash=password_hash, confirmed=now())
        if organisation_id is not None:
            members.set_roles(session, COMMAND_LINE, organisation_id, person.id, roles)
        for role in platform:
            accreditations.grant(session, COMMAND_LINE, person.id, AccreditationDraft(role=role))
        return person.id


def by_token(
    client: TestClient, person_id: str, organisation_id: str | None = None, *, may_write: bool = True
) -> TestClient:
    """The same home as this person sees it, who sends a token."""
    with writing(engine_of(client)) as session:
        draft = TokenDraft(name="test", may_write=may_write, organisation_id=organisation_id)
        _, secret = tokens.create(session, COMMAND_LINE, person_id, draft)
    return another(client, Authorization=f"Bearer {secret}")


def browser(client: TestClient, **headers: str) -> TestClient:
    """The home as a page of ours sees it: nobody signed in yet."""
    return another(client, **SAME_ORIGIN, **headers)


def in_session(client: TestClient, person_id: str) -> TestClient:
    """A browser in which this person has just signed in, by whatever way."""
    with writing(engine_of(client)) as session:
        person = people.find(session, person_id)
        _, token = sign_ins.begin(session, ANONYMOUS, person, address="", program="", at=now())
    made = browser(client)
    made.cookies.set("jiebang", token)
    return made


def visitor(client: TestClient, organisation_id: str | None = None, *, person: str = "", **said: Any) -> TestClient:
    """A browser in which somebody has signed in who reads English and acts for that organisation, if for any."""
    made = in_session(client, person or new_person(client, organisation_id, **said))
    if organisation_id is not None:
        chosen = made.put("/api/v1/session/organisation", json={"organisation_id": organisation_id})
        assert chosen.status_code == 200, chosen.text
    made.headers.update({"Accept-Language": "en"})
    return made


def with_password(client: TestClient, organisation_id: str | None = None, **kwargs: Any) -> str:
    """The e-mail address of a new person who signs in with PASSWORD."""
    person_id = new_person(client, organisation_id, password_hash=password_hash(), **kwargs)
    with reading(engine_of(client)) as session:
        return people.find(session, person_id).email


def sign_in(client: TestClient, email: str, password: str = PASSWORD, **fields: str) -> Any:
    """The answer; a good one has left its cookie with `client`."""
    return client.post("/api/v1/session", json={"email": email, "password": password, **fields})


def mails(client: TestClient, caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    """To whom, subject and text of every mail so far: without a mail server they stand in the log."""
    client.app.state.background.wait()  # type: ignore[attr-defined]
    return [record.args for record in caplog.records if record.name == "api.mail.sending"]  # type: ignore[misc]


def link_in(mail: tuple[str, str, str]) -> str:
    [link] = re.findall(r"/links/(\S+)", mail[2])
    return str(link)


def another(client: TestClient, **headers: str) -> TestClient:
    """A second client of the same served home, with cookies and headers of its own."""
    made = TestClient(client.app, base_url=str(client.base_url), headers=headers)
    made.portal = client.portal
    return made


def signed_in(
    client: TestClient,
    organisation_id: str | None = None,
    *,
    roles: Collection[Role] = (Role.MANAGER,),
    platform: Collection[PlatformRole] = (),
    may_write: bool = True,
) -> TestClient:
    """The home as somebody sees it who has these roles, in an organisation or for the platform.

    One and the same person for the same roles.
    """
    known: dict[Any, TestClient] = client.app.state.__dict__.setdefault("signed_in", {})  # type: ignore[attr-defined]
    key = (organisation_id, frozenset(roles), frozenset(platform), may_write)
    if key not in known:
        person_id = new_person(client, organisation_id, roles=roles, platform=platform)
        known[key] = by_token(client, person_id, organisation_id, may_write=may_write)
    return known[key]


def operator(client: TestClient) -> TestClient:
    return signed_in(client, platform=[PlatformRole.OPERATOR])


@dataclass
class Side:
    """Needs or results, as the tests that hold for both see them."""

    name: str
    owner: str
    draft: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/api/v1/{self.name}"

    @property
    def kind(self) -> str:
        return self.name.removesuffix("s")

    def post(self, client: TestClient, **fields: Any) -> dict[str, Any]:
        """As one of its owner's managers, whoever `client` is."""
        posted = {"organisation_id": self.owner, **self.draft, **fields}
        answer = signed_in(client, self.owner).post(self.path, json=posted)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def listed(self, client: TestClient, **query: Any) -> list[dict[str, Any]]:
        """All of its owner: other tests may have theirs beside them."""
        answer = client.get(self.path, params={"organisation_id": self.owner, **query})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])
