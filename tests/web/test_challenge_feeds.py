"""The public list as a feed and as a calendar, read by what reads such."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as xml

import pytest
from challenge_desk import Desk, in_days
from fastapi.testclient import TestClient
from icalendar import Calendar
from web_support import Side

from api import feeds
from matcher.entities import Challenge
from matcher.states import ChallengeState

NAMES = {"a": "http://www.w3.org/2005/Atom"}
AT = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)


@pytest.fixture
def desk(client: TestClient, need_side: Side) -> Desk:
    return Desk(client, need_side)


def feed(client: TestClient, **said: Any) -> xml.Element:
    answer = client.get("/challenges.atom", params=said)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/atom+xml")
    return xml.fromstring(answer.content)


def events(client: TestClient, **said: Any) -> list[Any]:
    answer = client.get("/challenges.ics", params=said)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def texts(entry: xml.Element, name: str) -> list[str | None]:
    return [found.text for found in entry.findall(f"a:{name}", NAMES)]


def test_what_happened_last_comes_first_in_the_feed(desk: Desk, client: TestClient, need_side: Side) -> None:
    first, second = (desk.published(title=f"第{n}题 <&>") for n in (1, 2))
    desk.opened(title="草稿")
    desk.poster.post(f"/api/v1/challenges/{first['id']}/extensions", json={"deadline": in_days(60), "reason": "a"})
    root = feed(client, organisation_id=need_side.owner)
    entries = root.findall("a:entry", NAMES)
    assert [texts(one, "id") for one in entries] == [[f"urn:uuid:{first['id']}"], [f"urn:uuid:{second['id']}"]]
    assert texts(entries[0], "title") == ["第1题 <&>"]
    assert texts(root, "updated") == texts(entries[0], "updated")
    [link] = entries[0].findall("a:link", NAMES)
    assert link.get("href", "").endswith(f"/api/v1/challenges/{first['id']}")
    assert {one.get("term") for one in entries[0].findall("a:category", NAMES)} == {
        "race",
        "new_materials.metals",
        "answering",
    }
    assert feed(client, organisation_id=need_side.owner, state="sealed").findall("a:entry", NAMES) == []


def test_the_calendar_holds_the_deadlines_of_what_takes_answers(
    desk: Desk, client: TestClient, need_side: Side
) -> None:
    running = desk.published(title="在榜", questions_until=in_days(10))
    over = desk.published(title="取消的")
    desk.poster.post(f"/api/v1/challenges/{over['id']}/cancel", json={"reason": "a"})
    found = {str(one["UID"]): one for one in events(client, organisation_id=need_side.owner)}
    answers, questions = (f"{running['id']}-1-{what}@jiebang" for what in ("answers", "questions"))
    assert found.keys() == {answers, questions}
    assert str(found[answers]["SUMMARY"]) == "揭榜截止: 在榜"
    due = datetime.fromisoformat(running["deadline"])
    assert found[answers].decoded("DTSTART") == due.replace(microsecond=0)
    before = int(found[answers]["SEQUENCE"])
    desk.poster.post(f"/api/v1/challenges/{running['id']}/extensions", json={"deadline": in_days(60), "reason": "a"})
    moved = {str(one["UID"]): one for one in events(client, organisation_id=need_side.owner)}[answers]
    assert moved.decoded("DTSTART") > due
    assert int(moved["SEQUENCE"]) > before


def test_a_private_challenge_stands_in_neither(desk: Desk, client: TestClient, need_side: Side) -> None:
    desk.published(mechanism="directed_commission")
    assert feed(client, organisation_id=need_side.owner).findall("a:entry", NAMES) == []
    assert events(client, organisation_id=need_side.owner) == []
    assert len(events(desk.poster, organisation_id=need_side.owner)) == 1


def test_a_text_that_no_xml_can_hold_breaks_no_feed() -> None:
    challenge = Challenge(
        id="c", organisation_id="o", mechanism="race", rules={}, title="a\uffffb\x00", state=ChallengeState.ANSWERING,
        content={"summary": "行\n,;\\ \ufffe"}, updated_at=AT, created_at=AT, published_at=AT, deadline=AT,
    )  # fmt: skip
    root = xml.fromstring(feeds.atom([challenge], {"o": "甲\x01"}, {}, "http://x/challenges.atom", "http://x"))
    [entry] = root.findall("a:entry", NAMES)
    assert (texts(entry, "title"), texts(entry, "summary")) == (["ab"], ["行\n,;\\ "])
    [event] = Calendar.from_ical(feeds.calendar([challenge], "http://x")).walk("VEVENT")
    assert str(event["DESCRIPTION"]) == "行\n,;\\ \ufffe"
