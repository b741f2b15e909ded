"""The public list as an Atom feed (RFC 4287) and as an iCalendar of deadlines (RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as xml

from icalendar import Calendar, Event

from matcher import fields
from matcher.challenges import announcing, questions
from matcher.challenges.announcing import Winner
from matcher.entities import Challenge
from matcher.states import ChallengeState

ATOM, CALENDAR = "application/atom+xml", "text/calendar"
TITLE = "揭榜 Jiebang: challenges"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, escaped or not."""


def atom(
    found: Sequence[Challenge],
    names: Mapping[str, str],
    winners: Mapping[str, Sequence[Winner]],
    feed: str,
    link: str,
) -> bytes:
    """The challenges in order. `names` are the setters', `winners` those awarded in each challenge, `feed` is
    the feed's own address, and `link` what a challenge's begins with."""
    root = xml.Element("feed", xmlns=_NAMESPACE)
    _add(root, "id", feed)
    _add(root, "title", TITLE)
    _add(root, "updated", _moment(max((one.updated_at for one in found), default=_NEVER)))
    xml.SubElement(root, "link", rel="self", href=feed)
    for challenge in found:
        entry = xml.SubElement(root, "entry")
        _add(entry, "id", f"urn:uuid:{challenge.id}")
        _add(entry, "title", challenge.title)
        _add(entry, "updated", _moment(challenge.updated_at))
        _add(entry, "published", _moment(challenge.published_at or challenge.created_at))
        _add(xml.SubElement(entry, "author"), "name", names[challenge.organisation_id])
        xml.SubElement(entry, "link", rel="alternate", href=f"{link}/{challenge.id}")
        for term in (challenge.mechanism, challenge.field, challenge.state):
            if term:
                xml.SubElement(entry, "category", term=term)
        _add(entry, "summary", _summary(challenge, winners.get(challenge.id, ())))
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _summary(challenge: Challenge, winners: Sequence[Winner]) -> str:
    said = str(challenge.content.get("summary", ""))
    if not winners:
        return said
    return f"中榜 Awarded: {'; '.join(announcing.named(one) for one in winners)}\n\n{said}"


def calendar(found: Sequence[Challenge], link: str) -> bytes:
    """When answers are due, and questions, of challenges that take them."""
    made = Calendar()
    made.add("prodid", "-//Jiebang//challenges//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", TITLE)
    for challenge in found:
        if challenge.state is not ChallengeState.ANSWERING or challenge.deadline is None:
            continue
        made.add_component(_due(challenge, "answers", "揭榜截止", challenge.deadline, link))
        until = questions.questions_until(challenge)
        if until is not None and until < challenge.deadline:
            made.add_component(_due(challenge, "questions", "提问截止", until, link))
    return bytes(made.to_ical())


def _due(challenge: Challenge, what: str, said: str, moment: datetime, link: str) -> Event:
    """One moment, the same event when it is moved: its identity is the round's, not the date's."""
    event = Event()
    event.add("uid", f"{challenge.id}-{challenge.round}-{what}@jiebang")
    event.add("dtstamp", challenge.updated_at)
    event.add("last-modified", challenge.updated_at)
    event.add("sequence", challenge.version)
    event.add("dtstart", moment.astimezone(UTC))
    event.add("summary", f"{said}: {challenge.title}")
    event.add("description", challenge.content.get("summary", ""))
    event.add("url", f"{link}/{challenge.id}")
    if challenge.field:
        event.add("categories", [fields.by_code()[challenge.field].zh])
    return event


def _add(parent: xml.Element, name: str, text: str) -> None:
    xml.SubElement(parent, name).text = _NOT_XML.sub("", text)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
