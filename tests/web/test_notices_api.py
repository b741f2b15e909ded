"""Notices over HTTP, by mail and on the command line."""

from __future__ import annotations

import json
import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from typer.testing import CliRunner, Result
from web_support import by_token, engine_of, new_person, served, signed_in
from words_encoder import WordsEncoder

from api import notice_table
from api.cli import app
from api.mail import sending
from api.noticing import Noticer
from api.settings import Settings
from matcher import events
from matcher.actors import ANONYMOUS
from matcher.engine import challenge_moves, clock
from matcher.entities import Challenge, Event, OrganisationKind, PlatformRole, Role
from matcher.events import Entry
from matcher.mechanisms import SHIPPED
from matcher.notice_turns import KINDS, TURNS, To
from matcher.sessions import reading, writing

API = "/api/v1"


class Told:
    """A setter's manager of a served home, a challenge of theirs, and what happens to it."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.noticer: Noticer = client.app.state.noticer  # type: ignore[attr-defined]
        operator = signed_in(client, platform=[PlatformRole.OPERATOR])
        company = {"kind": str(OrganisationKind.COMPANY), "name": "晨星电池"}
        self.owner = operator.post(f"{API}/organisations", json=company).json()["id"]
        self.email = "chen@example.org"
        self.person = new_person(client, self.owner, roles=[Role.MANAGER], email=self.email)
        self.manager = by_token(client, self.person, self.owner)
        rules = challenge_moves.rules_of(SHIPPED["race"])
        challenge = Challenge(organisation_id=self.owner, mechanism="race", rules=rules, title="残碱", content={})
        with writing(engine_of(client)) as session:
            challenge.published_at = clock.of_database(session)
            session.add(challenge)
            session.flush()
            self.id = challenge.id

    def happens(self, action: str, *, look: bool = True) -> None:
        with writing(engine_of(self.client)) as session:
            events.record(session, ANONYMOUS, Entry(action, f"challenge:{self.id}"), at=clock.of_database(session))
        if look:
            self.noticer.look()

    def listed(self, **query: Any) -> dict[str, Any]:
        answer = self.manager.get(f"{API}/notices", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
def told(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    monkeypatch.setattr(Noticer, "every", 3600.0)  # the tests look themselves
    with served(Settings(home=tmp_path, _env_file=None), WordsEncoder()) as client:
        yield Told(client)


def test_one_reads_one_s_notices_page_by_page_and_marks_them(told: Told) -> None:
    for action in ("challenge.rank", "trial.reported", "challenge.finish"):
        told.happens(action)
    first = told.listed(limit=2)
    assert [one["kind"] for one in first["items"]] == ["challenge.finish", "trial.reported"]
    assert (first["unread"], first["items"][0]["thing"]) == (3, f"challenge:{told.id}")
    rest = told.listed(limit=2, cursor=first["next_cursor"])
    assert [(one["zh"], one["en"]) for one in rest["items"]] == [
        ("《残碱》评阅结束，等待评定。", "“残碱” has been graded: it is for you to decide.")
    ]
    assert rest["next_cursor"] is None
    one = first["items"][0]["id"]
    assert told.manager.post(f"{API}/notices/read", json={"ids": [one]}).status_code == 204
    assert [one["kind"] for one in told.listed(unread=True)["items"]] == ["trial.reported", "challenge.rank"]
    assert told.manager.post(f"{API}/notices/read", json={}).status_code == 204
    assert told.listed(unread=True)["items"] == []
    assert told.manager.post(f"{API}/notices/read", json={"ids": ["none"]}).status_code == 404


def test_nobody_has_no_notices_and_a_token_that_reads_only_reads(told: Told) -> None:
    told.happens("challenge.rank")
    for path in ("notices", "notices/settings"):
        assert told.client.get(f"{API}/{path}").status_code == 401
    reader = by_token(told.client, told.person, told.owner, may_write=False)
    assert reader.get(f"{API}/notices").json()["unread"] == 1
    assert reader.post(f"{API}/notices/read", json={}).status_code == 403
    assert reader.put(f"{API}/notices/settings/challenge", json={}).status_code == 403


def test_one_says_how_one_wants_to_be_told(told: Told) -> None:
    shown = told.manager.get(f"{API}/notices/settings").json()
    assert [(one["kind"], one["by_mail"], one["in_app"]) for one in shown] == [(kind, True, True) for kind in KINDS]
    wanted = {"by_mail": False, "in_app": False}
    answer = told.manager.put(f"{API}/notices/settings/challenge", json=wanted)
    zh, en = KINDS["challenge"]
    assert answer.json() == {"kind": "challenge", "zh": zh, "en": en, **wanted}
    told.happens("challenge.rank")
    told.happens("trial.reported")
    assert [one["kind"] for one in told.listed()["items"]] == ["trial.reported"]
    assert told.manager.put(f"{API}/notices/settings/dance", json=wanted).status_code == 404
    assert told.manager.put(f"{API}/notices/settings/offer", json={"mail": True}).status_code == 422


# -- by mail --------------------------------------------------------------------------------------


def letters(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    return [record.args for record in caplog.records if record.name == "api.mail.sending"]  # type: ignore[misc]


def test_what_waits_for_somebody_is_mailed_once_in_one_letter_in_both_languages(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    told.happens("challenge.rank", look=False)
    told.happens("trial.reported", look=False)
    told.noticer.look()
    told.noticer.look()
    [(to, subject, text)] = letters(caplog)
    assert (to, subject) == (told.email, "揭榜平台通知 · Notices from Jiebang")
    page = f"http://127.0.0.1:8000/challenges/{told.id}\n\n"
    assert text == (
        f"《残碱》评阅结束，等待评定。\n“残碱” has been graded: it is for you to decide.\n{page}"
        f"《残碱》的一份试用报告已提交。\nA trial for “残碱” was reported.\n{page}"
        "您可以在平台上设定接收哪些通知。\nOn the platform you can say which notices you want.\n"
    )


def test_who_looks_in_days_ahead_of_time_leaves_the_mails_to_be_sent(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    told.happens("challenge.rank", look=False)
    home = {"JIEBANG_HOME": str(told.noticer._settings.home), "JIEBANG_DAYS_AHEAD": "46"}
    assert CliRunner().invoke(app, ["notice", "list", told.email], env=home).exit_code == 0
    told.noticer.look()
    assert [letter[0] for letter in letters(caplog)] == [told.email]


def test_a_mail_server_that_refuses_is_tried_again_later(
    told: Told, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    quoted = "残碱"

    def deliver(settings: Settings, letter: sending.Letter) -> None:
        if not sent:
            sent.append("refused")
            raise smtplib.SMTPException(quoted)
        sent.append(letter.to)

    monkeypatch.setattr(sending, "deliver", deliver)
    told.happens("challenge.rank")
    told.noticer.look()
    assert sent == ["refused"]
    assert "notices could not be mailed, trying again" in caplog.text
    assert quoted not in caplog.text
    monkeypatch.setattr(told.noticer, "_mail_at", 0.0)
    told.noticer.look()
    told.noticer.look()
    assert sent == ["refused", told.email]


def test_a_running_server_tells_of_what_another_program_recorded(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Noticer, "every", 0.01)
    with served(Settings(home=tmp_path, _env_file=None), WordsEncoder()) as client:
        told = Told(client)
        told.happens("challenge.rank", look=False)
        for _ in range(1000):
            if told.listed()["items"]:
                break
        assert [one["kind"] for one in told.listed()["items"]] == ["challenge.rank"]


# -- on the command line --------------------------------------------------------------------------


def test_the_command_line_lists_marks_and_sets(told: Told) -> None:
    def jiebang(*arguments: str) -> Result:
        home = {"JIEBANG_HOME": str(told.noticer._settings.home)}
        return CliRunner().invoke(app, ["notice", *arguments], env=home)

    assert jiebang("list", told.email).stderr == "No notice.\n"
    told.happens("challenge.rank", look=False)
    [one] = [json.loads(line) for line in jiebang("list", told.email, "--json").stdout.splitlines()]
    assert (one["kind"], one["read_at"]) == ("challenge.rank", None)
    table = jiebang("list", told.email).stdout
    assert "《残碱》评阅结束，等待评定。" in table
    assert "unread" in table
    assert jiebang("read", told.email).stdout == "Marked 1 as read.\n"
    assert jiebang("list", told.email, "--unread").stderr == "No notice.\n"
    done = jiebang("set", told.email, "offer", "--no-mail")
    assert done.stdout == f"{told.email}, offer: no mail, listed.\n"
    assert jiebang("set", told.email, "dance").stderr == "error: No kind of notice 'dance'.\n"
    shown = {
        wish["kind"]: (wish["by_mail"], wish["in_app"])
        for wish in map(json.loads, jiebang("settings", told.email, "--json").stdout.splitlines())
    }
    assert shown == dict.fromkeys(KINDS, (True, True)) | {"offer": (False, True)}
    assert "offer" in jiebang("settings", told.email).stdout
    with reading(engine_of(told.client)) as session:
        assert session.exec(select(Event.actor).where(Event.action == "person.notices_set")).all() == ["command line"]


# -- the page -------------------------------------------------------------------------------------


def test_the_page_s_table_is_that_of_the_code() -> None:
    written = notice_table.PAGE.read_text(encoding="utf-8")
    assert notice_table.rewritten(written) == written, "make policy prints it anew"
    assert set(notice_table.CIRCLES) == set(To)
    assert all(f"| `{action}` | " in written for action in TURNS)
