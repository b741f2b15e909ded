"""The evidence file of one matter: what is in it, and what is found when it is not as it was."""

from __future__ import annotations

import io
import json
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from databases import ON_BOTH, sqlite_engine
from nacl.signing import SigningKey
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from matcher import agreements, consents, events, items, needs, organisations, results
from matcher.actors import ANONYMOUS, COMMAND_LINE, Actor
from matcher.agreements import AgreementDraft
from matcher.consents import Questions
from matcher.drafts import NeedDraft, ResultDraft
from matcher.entities import Event, Kind, Need, OrganisationKind, PlatformRole, Role, now
from matcher.errors import Invalid, NotFound, Unready, UnusableFile
from matcher.events import Entry
from matcher.organisations import OrganisationDraft
from matcher.record import archive, evidence, hashing, signing
from matcher.record.checking import Checked, check
from matcher.sessions import reading, writing

KEY = SigningKey(bytes(32))
ANSWER, REASON, REFUSAL = "因为贵方有中试线", "已解决 ‮solved", "不符合条件"
OPERATOR = Actor("person:olga", person_id="olga", platform_roles=frozenset({PlatformRole.OPERATOR}))
STRANGER = Actor("person:sam", person_id="sam")


@dataclass
class Story:
    """A need that one lab was let in to under an agreement and another was not, and that was then withdrawn."""

    engine: Engine
    need: str
    owner: Actor
    asking: Actor
    consent: str

    def evidence(self, actor: Actor = COMMAND_LINE, thing: str = "") -> bytes:
        target = io.BytesIO()
        with reading(self.engine) as session:
            evidence.write(session, actor, thing or f"need:{self.need}", KEY, target)
        return target.getvalue()

    def parts(self, actor: Actor = COMMAND_LINE, thing: str = "") -> dict[str, str]:
        with ZipFile(io.BytesIO(self.evidence(actor, thing))) as opened:
            return {name: opened.read(name).decode() for name in opened.namelist()}

    def file(self, folder: Path, actor: Actor = COMMAND_LINE) -> Path:
        path = folder / "evidence.zip"
        path.write_bytes(self.evidence(actor))
        return path


@pytest.fixture
def story(engine: Engine) -> Story:
    return tell(engine)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An evidence file, for tests that change nothing but a copy of it."""
    with sqlite_engine(tmp_path_factory.mktemp("evidence")) as engine:
        return tell(engine).evidence()


@pytest.fixture
def path(whole: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "evidence.zip"
    path.write_bytes(whole)
    return path


def tell(engine: Engine) -> Story:
    questions = Questions(why_you="我们做过", what_you_bring="中试线", what_you_want="共同开发")
    with writing(engine) as session:
        company, lab, other = (_organisation(session, name) for name in ("甲公司", "乙实验室", "丙实验室"))
        owner, asking, refused = (
            Actor(f"person:{name}", id, frozenset({Role.MANAGER}), person_id=name, request_id=f"r-{name}")
            for name, id in (("mei", company), ("lin", lab), ("bo", other))
        )
        need = needs.post_need(session, owner, company, NeedDraft(title="电池", disclosure="consent")).id
        results.post_result(session, asking, lab, ResultDraft(title="别人的秘密成果"))
        agreement = agreements.write(session, owner, company, AgreementDraft(title="保密协议", text="不得外传"))
        first = consents.ask(session, asking, Kind.NEED, need, questions)
        consents.offer(session, owner, first.id, agreement.id, until=now() + timedelta(days=9), answer=ANSWER)
        consents.accept(session, asking, first.id, agreement.text_hash)
        second = consents.ask(session, refused, Kind.NEED, need, questions)
        consents.refuse(session, owner, second.id, answer=REFUSAL)
        events.record(session, refused, Entry("person.signed_in", "person:bo", {"secret": "别人的事"}))
        consent = first.id
        items.move(session, owner, items.hold(session, owner, Need, need), "withdraw", REASON)
        events.record(session, refused, Entry("person.signed_out", "person:bo", {"secret": "别人的事"}))
    return Story(engine, need, owner, asking, consent)


def _organisation(session: Session, name: str) -> str:
    kind = OrganisationKind.LAB if "实验室" in name else OrganisationKind.COMPANY
    return organisations.admit(session, COMMAND_LINE, OrganisationDraft(kind=kind, name=name)).id


def rows(parts: dict[str, str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in parts[archive.EVENTS].splitlines()]


# -- what is in it ---------------------------------------------------------------------------------


@ON_BOTH
def test_it_holds_the_matters_own_events_in_order_and_checks_anywhere(story: Story, tmp_path: Path) -> None:
    found = rows(story.parts())
    assert [row["action"] for row in found] == [
        *["organisation.admitted"] * 3,
        "need.posted",
        "agreement.written",
        "consent.asked",
        "consent.offer",
        "consent.accept",
        "consent.asked",
        "consent.refuse",
        "need.withdraw",
    ]
    with reading(story.engine) as session:
        number, hash = events.head(session)
    fingerprint = sha256(KEY.verify_key.encode()).hexdigest()
    assert check(story.file(tmp_path)) == Checked(f"need:{story.need}", 11, number, hash, fingerprint)


def test_documents_stand_there_by_their_hashes_and_the_events_that_recorded_them(story: Story) -> None:
    parts = story.parts()
    recorded = {row["id"]: row["detail"] for row in rows(parts)}
    documents = json.loads(parts[archive.DOCUMENTS])
    assert [document["what"] for document in documents] == [
        "text",
        "questions",
        "answer",
        "questions",
        "answer",
        "agreement",
    ]
    assert all(document["hash"] in recorded[document["event"]].values() for document in documents)
    assert documents[-1]["hash"] == sha256("不得外传".encode()).hexdigest()
    assert not any("不得外传" in part or "共同开发" in part for part in parts.values())


def test_a_document_that_is_no_longer_what_was_recorded_has_no_event(story: Story, tmp_path: Path) -> None:
    with writing(story.engine) as session:
        session.execute(text("UPDATE need SET title = '别的'"))
    [document, *_] = json.loads(story.parts()[archive.DOCUMENTS])
    assert (document["what"], document["event"]) == ("text", None)
    assert "no event recorded this hash" in story.parts()[archive.PAGE]


@pytest.mark.parametrize(
    ("who", "reasons"),
    [
        ("command line", [ANSWER, None, REFUSAL, REASON]),
        ("owner", [ANSWER, None, REFUSAL, REASON]),
        ("operator", [None, None, None, REASON]),
    ],
)
def test_decisions_and_their_reasons_stand_in_order_as_far_as_the_actor_may_read(
    story: Story, tmp_path: Path, who: str, reasons: list[str | None]
) -> None:
    actor = {"command line": COMMAND_LINE, "owner": story.owner, "operator": OPERATOR}[who]
    parts = story.parts(actor)
    decisions = json.loads(parts[archive.DECISIONS])
    told = [decision for decision in decisions if not decision["decision"].startswith("organisation")]
    assert [decision["decision"] for decision in told] == [
        "need.posted",
        "consent.offer",
        "consent.accept",
        "consent.refuse",
        "need.withdraw",
    ]
    assert [decision["reason"] for decision in told[1:]] == reasons
    assert told[1]["about"] == f"consent:{story.consent}"
    hashes = [decision["reason_hash"] for decision in told]
    assert hashes == [None, _sha256(ANSWER), None, _sha256(REFUSAL), None]
    assert check(story.file(tmp_path, actor)).fault is None


def _sha256(words: str) -> str:
    return sha256(words.encode()).hexdigest()


def test_nothing_of_other_matters_is_in_it(story: Story) -> None:
    everything = "".join(story.parts().values())
    assert "person:bo" in everything, "who asked is part of the matter"
    assert "别人的" not in everything
    assert "person.signed_in" not in everything
    with reading(story.engine) as session:
        hidden = [row for row in session.exec(select(Event)) if row.action == "person.signed_in"]
    assert not any(kept in everything for row in hidden for kept in (row.salt, row.detail_hash))


def test_the_page_tells_it_to_people_and_shows_no_trickery(story: Story) -> None:
    page = story.parts()[archive.PAGE]
    for words in (f"事项 Matter: need:{story.need}", ANSWER, "决定 Decision: consent.refuse", "不符合条件"):
        assert words in page
    assert "已解决 \\u202esolved" in page
    assert f"代表机构 for organisation:{story.owner.organisation_id} (甲公司)" in page
    assert "‮" not in page


def test_the_same_record_gives_the_same_bytes_whenever_it_is_made(story: Story) -> None:
    assert story.evidence() == story.evidence()


def test_erased_details_are_not_in_it_and_it_says_that_they_are_erased(story: Story, tmp_path: Path) -> None:
    with writing(story.engine) as session:
        [withdrawn] = session.exec(select(Event.id).where(Event.action == "need.withdraw")).all()
        events.erase(session, OPERATOR, [withdrawn], "names a person")
    parts = story.parts()
    assert "已解决" not in "".join(parts.values())
    [*_, row, erasing] = rows(parts)
    assert (row["id"], row["detail"], row["salt"]) == (withdrawn, {}, "")
    assert row["erased_at"] == erasing["at"]
    assert erasing["detail"] == {"events": [withdrawn], "reason": "names a person"}
    assert "content erased" in parts[archive.PAGE]
    assert check(story.file(tmp_path)).fault is None


@pytest.mark.parametrize(
    ("kind", "actions"),
    [("result", ["organisation.admitted", "result.posted"]), ("organisation", ["organisation.admitted"])],
)
def test_other_kinds_of_matters_have_evidence_too(story: Story, kind: str, actions: list[str]) -> None:
    with reading(story.engine) as session:
        query = select(Event.thing).where(Event.action == actions[-1]).order_by("id")
        thing = session.exec(query).first()
    assert thing is not None
    assert [row["action"] for row in rows(story.parts(thing=thing))] == actions


@pytest.mark.parametrize(
    ("who", "thing", "refused"),
    [
        ("stranger", "need:{need}", NotFound),
        ("asking", "need:{need}", NotFound),
        ("anonymous", "need:{need}", NotFound),
        ("operator", "need:nothing", NotFound),
        ("operator", "result:{need}", NotFound),
        ("operator", "person:mei", Invalid),
        ("operator", "", Invalid),
    ],
)
def test_who_may_not_have_it_gets_nothing(story: Story, who: str, thing: str, refused: type[Exception]) -> None:
    actor = {"stranger": STRANGER, "asking": story.asking, "anonymous": ANONYMOUS, "operator": OPERATOR}[who]
    with pytest.raises(refused), reading(story.engine) as session:
        evidence.write(session, actor, thing.format(need=story.need), KEY, io.BytesIO())


def test_no_evidence_is_made_from_a_record_that_does_not_hold(story: Story) -> None:
    with writing(story.engine) as session:
        session.execute(text("DROP TRIGGER event_kept_from_update"))
        session.execute(text("UPDATE event SET actor = 'somebody else' WHERE action = 'person.signed_in'"))
    with pytest.raises(Unready, match=r"record does not hold: event \d+ is not as it was recorded"):
        story.evidence()


# -- what is found when it is not as it was ---------------------------------------------------------


def repacked(path: Path, change: Callable[[dict[str, bytes]], None], *, key: SigningKey | None = None) -> Path:
    """The file with its parts changed; with `key`, made to look right again and signed with that."""
    with ZipFile(path) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    change(parts)
    if key is not None:
        manifest = json.loads(parts[archive.MANIFEST])
        for name in archive.PARTS:
            manifest["parts"][name] = {"size": len(parts[name]), "sha256": sha256(parts[name]).hexdigest()}
        manifest["public_key"] = signing.public_key(key)
        parts[archive.MANIFEST] = json.dumps(manifest).encode()
        parts[archive.SIGNATURE] = key.sign(parts[archive.MANIFEST]).signature.hex().encode()
    with ZipFile(path, "w") as opened:
        for name, content in parts.items():
            opened.writestr(name, content)
    return path


@pytest.mark.parametrize("name", [*archive.PARTS, archive.MANIFEST, archive.SIGNATURE])
def test_a_change_in_any_part_is_found(path: Path, name: str) -> None:
    def change(parts: dict[str, bytes]) -> None:
        old = parts[name]
        at = len(old) // 2
        parts[name] = old[:at] + (b"1" if old[at : at + 1] != b"1" else b"2") + old[at + 1 :]

    repacked(path, change)
    try:
        assert check(path).fault is not None
    except UnusableFile:
        assert name == archive.MANIFEST


@pytest.mark.parametrize("name", archive.PARTS)
def test_a_part_left_out_or_added_is_found(path: Path, name: str) -> None:
    shutil.copy(path, path.with_name("other.zip"))
    repacked(path, lambda parts: parts.pop(name) and None)
    assert check(path).fault == "it does not hold the files that an evidence file has"
    path = path.with_name("other.zip")
    repacked(path, lambda parts: parts.update({"more.txt": b""}))
    assert check(path).fault == "it does not hold the files that an evidence file has"


FORGERIES: dict[str, tuple[Callable[[list[dict[str, Any]]], Any], str]] = {
    "actor": (lambda rows: rows[3].update(actor="somebody else"), "is not the one in the chain"),
    "detail": (lambda rows: rows[-1]["detail"].update(reason="another"), "the detail of event"),
    "left out": (lambda rows: rows.pop(4), "does not hold 11 events"),
    "twice": (lambda rows: rows.append(rows[-1]), "does not hold 11 events"),
    "order": (lambda rows: rows.reverse(), "do not stand in order"),
    "id": (lambda rows: rows[-1].update(id=10**6), "lies outside the chain"),
    "emptied": (lambda rows: rows[-1].update(detail={}, salt="", erased_at=rows[-1]["at"]), "no event says so"),
    "rehashed": (lambda rows: rows.__setitem__(3, rechained(rows[3], actor="other")), "is not the one in the chain"),
    "no event": (lambda rows: rows[3].pop("actor"), "cannot be read"),
}


def rechained(row: dict[str, Any], **changed: str) -> dict[str, Any]:
    row = row | changed
    names = ("id", "at", "actor", "organisation_id", "action", "thing", "request_id", "detail_hash")
    return row | {"hash": hashing.link(row["previous_hash"], hashing.body_hash(*(row[name] for name in names)))}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_events_are_found_even_under_a_signature_that_fits(path: Path, forgery: str) -> None:
    """The chain is checked for itself: whoever signs cannot show what the head does not lead to."""
    forge, told = FORGERIES[forgery]

    def change(parts: dict[str, bytes]) -> None:
        forged = [json.loads(line) for line in parts[archive.EVENTS].splitlines()]
        forge(forged)
        parts[archive.EVENTS] = b"".join(json.dumps(row).encode() + b"\n" for row in forged)

    fault = check(repacked(path, change, key=KEY)).fault
    assert fault is not None
    assert told in fault


CHAINS: dict[str, tuple[Callable[[list[bytes]], Any], str]] = {
    "first": (lambda bodies: bodies.__setitem__(0, bodies[1]), "is not the one in the chain"),
    "last": (lambda bodies: bodies.__setitem__(-1, bodies[0]), "does not lead to the head"),
    "shorter": (lambda bodies: bodies.pop(), "does not lead to the head"),
    "longer": (lambda bodies: bodies.append(bodies[0]), "goes on beyond the head"),
    "ragged": (lambda bodies: bodies.__setitem__(0, b"00\n"), "cannot be read"),
    "empty": (lambda bodies: bodies.clear(), "does not lead to the head"),
}


@pytest.mark.parametrize("forgery", CHAINS)
def test_a_forged_chain_is_found_even_under_a_signature_that_fits(path: Path, forgery: str) -> None:
    forge, told = CHAINS[forgery]

    def change(parts: dict[str, bytes]) -> None:
        bodies = parts[archive.CHAIN].splitlines(keepends=True)
        forge(bodies)
        parts[archive.CHAIN] = b"".join(bodies)

    fault = check(repacked(path, change, key=KEY)).fault
    assert fault is not None
    assert told in fault


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        (archive.DECISIONS, "reason", "a better reason"),
        (archive.DECISIONS, "reason_hash", "0" * 64),
        (archive.DECISIONS, "actor", "person:somebody-else"),
        (archive.DECISIONS, "decision", "consent.refuse"),
        (archive.DECISIONS, "event", 9999),
        (archive.DECISIONS, "more", 1),
        (archive.DOCUMENTS, "hash", "0" * 64),
        (archive.DOCUMENTS, "event", 9999),
    ],
)
def test_decisions_and_documents_that_events_do_not_bear_out_are_found(
    path: Path, name: str, field: str, value: Any
) -> None:
    def change(parts: dict[str, bytes]) -> None:
        told = json.loads(parts[name])
        [one, *_] = [each for each in told if each.get("decision", "consent.offer") == "consent.offer"]
        one[field] = value
        parts[name] = json.dumps(told).encode()

    assert check(repacked(path, change, key=KEY)).fault is not None


def test_a_file_signed_with_another_key_does_not_pass_for_the_one_named(path: Path) -> None:
    ours = signing.fingerprint(signing.public_key(KEY))
    spaced = ":".join(ours[start : start + 2] for start in range(0, 64, 2)).upper()
    assert check(path, fingerprint=f" {spaced} ").fault is None
    forger = SigningKey(bytes([1]) * 32)
    forged = repacked(path, lambda parts: None, key=forger)
    assert check(forged).fault is None
    assert check(forged).fingerprint != ours
    assert check(forged, fingerprint=ours).fault == "it is signed with another key than the one named"


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"not a zip", None],
    ids=["empty", "cut", "bare", "text", "gone"],
)
def test_what_is_no_evidence_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "evidence.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnusableFile):
        check(path)


def test_a_file_cut_or_damaged_anywhere_is_refused_or_found(whole: bytes, path: Path) -> None:
    for at in range(0, len(whole), 97):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
            path.write_bytes(damaged)
            try:
                found = check(path)
            except UnusableFile:
                continue
            # Some bytes of a zip say nothing that counts, such as the time of an entry.
            assert found.fault is not None or _same(whole, damaged), at


def test_a_file_that_wants_a_newer_zip_is_refused(whole: bytes, path: Path) -> None:
    at = whole.index(b"PK\x01\x02") + 6  # the version needed, in the directory's first entry
    path.write_bytes(whole[:at] + bytes([120]) + whole[at + 1 :])
    with pytest.raises(UnusableFile, match="is no evidence file"):
        check(path)


def _same(whole: bytes, other: bytes) -> bool:
    with ZipFile(io.BytesIO(whole)) as one, ZipFile(io.BytesIO(other)) as two:
        return one.namelist() == two.namelist() and all(one.read(name) == two.read(name) for name in one.namelist())


# -- the key ---------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "record.key"
    first = signing.signing_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing.signing_key(path) == first
    assert [file.name for file in tmp_path.iterdir()] == ["record.key"]


def test_a_key_that_others_can_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.key"
    signing.signing_key(path)
    path.chmod(0o640)
    with pytest.raises(Unready, match="can be read by others"):
        signing.signing_key(path)
    path.chmod(0o600)
    path.write_text("no key")
    with pytest.raises(Unready, match="does not hold the key"):
        signing.signing_key(path)
    with pytest.raises(Unready):
        signing.signing_key(tmp_path / "nowhere" / "record.key")
