"""Files of answers, what graders read who may not know whose an answer is, and supplements."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import pytest
from answers_support import DAY, DEADLINE, NOON, SECRETS, Stage, complete, with_partner
from openpyxl import Workbook
from sqlalchemy import Engine
from sqlmodel import Session, select

from matcher.answers import attaching, handing_in, opening, reading, supplements
from matcher.answers.supplements import Request
from matcher.engine import answer_blinding, file_kinds
from matcher.engine.answer_drafts import Claim, Member
from matcher.engine.answer_texts import Contents
from matcher.entities import Answer, Attachment, Challenge
from matcher.errors import Forbidden, Invalid, NotAllowed, NotFound
from matcher.states import AnswerState

PDF = b"%PDF-1.7\n"
REQUEST = Request(asked="循环数据", due=DEADLINE + 10 * DAY)


@pytest.fixture
def stage(engine: Engine) -> Iterator[Stage]:
    with Session(engine) as opened:
        yield Stage(opened)


def contents(stage: Stage, id: str) -> Contents:
    return reading.text(stage.session, SECRETS, stage.lead, id)[1]


def attach(stage: Stage, id: str, name: str, content: bytes = PDF, *, anonymous: bool = False) -> str:
    return attaching.attach(stage.session, SECRETS, stage.lead, id, name, content, anonymous=anonymous, at=NOON).id


def opened(stage: Stage, challenge: Challenge) -> None:
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)


# -- files -----------------------------------------------------------------------------------------


def package(**parts: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def workbook() -> bytes:
    written = io.BytesIO()
    Workbook().save(written)
    return written.getvalue()


TAKEN = {
    "a.pdf": PDF,
    "A.PDF": PDF,
    "b.xlsx": workbook(),
    "c.png": b"\x89PNG\r\n\x1a\n0",
    "d.jpeg": b"\xff\xd8\xff0",
    "e.mp4": b"0000ftypisom",
    "f.step": b"ISO-10303-21;",
    "g.csv": "名称,数值".encode("gb18030"),
    "h.txt": "说明".encode(),
    "i.ods": b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
    "../../etc/j.pdf": PDF,
    "C:\\报告\\k.pdf": PDF,
}
REFUSED = {
    "a.exe": (b"MZ", "of none of the kinds that are taken"),
    "a": (PDF, "of none of the kinds that are taken"),
    "a.pdf.exe": (PDF, "of none of the kinds that are taken"),
    "b.pdf": (b"MZ", "called .pdf and is no such file"),
    "c.docx": (workbook(), "called .docx and is no such file"),
    "d.xlsx": (package(**{"xl/workbook.xml": "", "xl/vbaProject.bin": ""}), "called .xlsx and is no such file"),
    "e.xlsx": (workbook()[:100], "called .xlsx and is no such file"),
    "f.txt": (b"a\0b", "called .txt and is no such file"),
    "g.pdf": (b"", "is empty"),
    f"{'h' * 200}.pdf": (PDF, "a name longer than 200 characters"),
}


def test_files_are_known_by_what_they_hold() -> None:
    for name, content in TAKEN.items():
        assert file_kinds.checked(name, content)[0] == name.replace("\\", "/").rpartition("/")[2]
    for name, (content, why) in REFUSED.items():
        with pytest.raises(Invalid, match=f"^file: .*{why}"):
            file_kinds.checked(name, content)


def test_a_file_is_at_most_as_large_as_is_said() -> None:
    assert file_kinds.checked("a.pdf", PDF.ljust(file_kinds.LARGEST))[1] == "application/pdf"
    with pytest.raises(Invalid, match="larger than 20 MiB"):
        file_kinds.checked("a.pdf", PDF.ljust(file_kinds.LARGEST + 1))


def test_a_file_comes_back_as_it_was_and_a_later_one_of_the_same_name_takes_its_place(stage: Stage) -> None:
    id = stage.answer(stage.publish())
    first = attach(stage, id, "a.pdf", PDF + b"1")
    second = attach(stage, id, "a.pdf", PDF + b"2")
    other = attach(stage, id, "b.pdf")
    assert [file.name for file in contents(stage, id).files] == ["a.pdf", "b.pdf"]
    assert reading.file(stage.session, SECRETS, stage.lead, id, second)[1] == PDF + b"2"
    assert set(stage.session.exec(select(Attachment.id))) == {second, other}
    with pytest.raises(NotFound):
        reading.file(stage.session, SECRETS, stage.lead, id, first)
    attaching.detach(stage.session, SECRETS, stage.lead, id, other, at=NOON)
    assert [file.name for file in contents(stage, id).files] == ["a.pdf"]
    with pytest.raises(NotFound):
        attaching.detach(stage.session, SECRETS, stage.lead, id, other, at=NOON)


def test_a_file_that_was_handed_in_is_not_lost_with_a_later_draft(stage: Stage) -> None:
    challenge = stage.publish()
    id = stage.answer(challenge)
    file = attach(stage, id, "a.pdf")
    handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)
    with pytest.raises(NotAllowed, match="its files stand"):
        attach(stage, id, "b.pdf")
    opened(stage, challenge)
    assert reading.file(stage.session, SECRETS, stage.setter, id, file)[1] == PDF


def test_an_answer_has_so_many_files_and_no_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attaching, "MOST", 2)
    id = stage.answer(stage.publish())
    for name in ("a.pdf", "b.pdf", "b.pdf"):
        attach(stage, id, name)
    with pytest.raises(Invalid, match="at most 2 files"):
        attach(stage, id, "c.pdf")


def test_nobody_but_the_authors_touches_its_files(stage: Stage) -> None:
    id = stage.answer(stage.publish(), draft=with_partner(stage))
    for actor, error in ((stage.rival, Forbidden), (stage.third, NotFound), (stage.operator, NotFound)):
        with pytest.raises(error):
            attaching.attach(stage.session, SECRETS, actor, id, "a.pdf", PDF, at=NOON)


# -- without names ---------------------------------------------------------------------------------


def test_graders_who_may_not_know_whose_it_is_read_it_without_names(stage: Stage) -> None:
    draft = with_partner(
        stage,
        approach="乙实验室的孙研究员与丙实验室一起完成；Northfield 没有参加。",
        claims=[Claim(indicator=0, value=600, unit="ppm", evidence="孙研究员的报告", method="滴定")],
        team=[Member(name="孙研究员", part="负责人", fallback="李工")],
        plan="李工接手",
        conflicts="孙研究员曾在甲公司任职",
    )
    id = stage.answer(stage.publish(), draft=draft)
    attach(stage, id, "乙实验室.pdf")
    attach(stage, id, "乙实验室-匿名.pdf", anonymous=True)
    said = contents(stage, id)
    answer = stage.session.get_one(Answer, id)
    shown = answer_blinding.blind(said, answer_blinding.names_in(stage.session, answer, said))
    told = shown.model_dump_json()
    hidden = ("乙实验室", "丙实验室", "孙研究员", "李工", stage.ids["lead"], stage.ids["rival"], "甲公司")
    assert [name for name in hidden if name in told] == []
    assert shown.draft.approach == "■■的■■与■■一起完成；Northfield 没有参加。"
    assert shown.draft.claims[0].evidence == "■■的报告"
    assert [(member.name, member.part) for member in shown.draft.team] == [("#1", "负责人")]
    assert [file.name for file in shown.files] == ["1.pdf"]
    assert contents(stage, id) == said


# -- supplements -----------------------------------------------------------------------------------


@pytest.fixture
def judged(stage: Stage) -> str:
    """An answer that was opened."""
    challenge = stage.publish()
    id = stage.answer(challenge)
    attach(stage, id, "a.pdf")
    handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)
    opened(stage, challenge)
    return id


def test_what_is_asked_for_is_added_to_what_was_handed_in(stage: Stage, judged: str) -> None:
    supplements.ask_more(stage.session, stage.setter, judged, REQUEST, at=DEADLINE)
    assert stage.session.get_one(Answer, judged).state is AnswerState.SUPPLEMENTING
    with pytest.raises(Invalid, match="handed in before"):
        attach(stage, judged, "a.pdf")
    attach(stage, judged, "循环.pdf")
    first = reading.text(stage.session, SECRETS, stage.setter, judged)[1]
    assert [file.name for file in first.files] == ["a.pdf"]
    supplements.hand_in(stage.session, SECRETS, stage.lead, judged, "一千次", at=DEADLINE + DAY)
    text, said = reading.text(stage.session, SECRETS, stage.setter, judged)
    assert said.draft == first.draft == complete()
    assert [file.name for file in said.files] == ["a.pdf", "循环.pdf"]
    assert [(one.asked, one.text) for one in said.additions] == [("循环数据", "一千次")]
    [kept] = supplements.of_answer(stage.session, stage.setter, judged)
    assert (kept.text_number, kept.ended_at) == (text.number, DEADLINE + DAY)
    assert stage.session.get_one(Answer, judged).state is AnswerState.ADMITTED


def test_a_supplement_that_comes_late_is_refused_and_the_setter_goes_on_without(stage: Stage, judged: str) -> None:
    supplements.ask_more(stage.session, stage.setter, judged, REQUEST, at=DEADLINE)
    file = attach(stage, judged, "循环.pdf")
    with pytest.raises(NotAllowed, match="due until 2026-04-11 12:00:00"):
        supplements.hand_in(stage.session, SECRETS, stage.lead, judged, "一千次", at=REQUEST.due)
    supplements.go_without(stage.session, stage.setter, judged, reason="过期", at=REQUEST.due)
    assert stage.session.get_one(Answer, judged).state is AnswerState.ADMITTED
    with pytest.raises(NotFound):
        reading.file(stage.session, SECRETS, stage.setter, judged, file)
    supplements.ask_more(
        stage.session, stage.setter, judged, REQUEST.model_copy(update={"due": REQUEST.due + DAY}), at=REQUEST.due
    )
    supplements.hand_in(stage.session, SECRETS, stage.lead, judged, "一千次", at=REQUEST.due + timedelta(hours=1))


def test_only_the_setter_asks_for_more_and_only_of_an_answer_that_is_judged(stage: Stage, judged: str) -> None:
    for actor in (stage.lead, stage.operator):
        with pytest.raises(Forbidden):
            supplements.ask_more(stage.session, actor, judged, REQUEST, at=DEADLINE)
    with pytest.raises(Invalid, match="^due: "):
        supplements.ask_more(stage.session, stage.setter, judged, REQUEST, at=REQUEST.due)
    with pytest.raises(NotAllowed):
        supplements.hand_in(stage.session, SECRETS, stage.lead, judged, "不请自来", at=DEADLINE)
    shut = stage.handed_in(stage.publish())
    with pytest.raises(NotFound):
        supplements.ask_more(stage.session, stage.setter, shut, REQUEST, at=NOON)
