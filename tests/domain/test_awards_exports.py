"""What is exported of an award: the registration form, notice and summary, and the dossier."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from awards_support import (
    BUDGET,
    NOON,
    OPERATOR,
    SECRETS,
    awarded,
    contract_draft,
    milestone,
    money,
    paid_out,
    report,
    scene,
    signed,
)
from databases import ON_BOTH
from nacl.signing import SigningKey
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events
from matcher.actors import COMMAND_LINE, Actor
from matcher.awards import (
    awards,
    contracts,
    documents,
    milestones,
    negotiations,
    outcomes,
    papers,
    proposals,
    registration,
)
from matcher.awards.drafts import OfferDraft
from matcher.drafts import CooperationMode
from matcher.engine.answer_drafts import AnswerDraft, Part, PlannedMilestone
from matcher.entities import Answer, OrganisationKind, OutcomeCode, Ownership, Partner
from matcher.errors import Forbidden, NotAllowed, NotFound
from matcher.intake.formulas import is_risky
from matcher.record import archive, evidence
from matcher.record.checking import check
from matcher.states import AnswerState, ChallengeState, ContractState, MilestoneState

KEY = SigningKey(bytes(32))
RISKY = '=HYPERLINK("http://evil.example","x")'
PRIVATE = {
    "risk_sharing": "风险各半机密",
    "confidentiality": "保密五年机密",
    "benefit_shares": [{"party": RISKY, "share": 0.3}],
}


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [[cell.value for cell in row] for row in sheet] for sheet in book}


def words(content: bytes) -> str:
    made = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in made.paragraphs), *cells])


# -- a contract to begin with ----------------------------------------------------------------------


def test_what_was_agreed_is_proposed_as_it_is(session: Session) -> None:
    made = scene(session, "directed_commission", state=ChallengeState.GRADING, answer_state=AnswerState.ADMITTED)
    terms = contract_draft("5.00", joint_ip="共有")
    offer = negotiations.offer(session, made.setter, made.answer.id, OfferDraft(terms=terms), at=NOON)
    negotiations.agree(session, made.lab, offer.id, at=NOON)
    made.challenge.state, made.answer.state = ChallengeState.OBJECTING, AnswerState.SELECTED
    award = settled(session, made.challenge.id, made.setter)
    assert proposals.proposed(session, made.lab, award, at=NOON) == terms


def settled(session: Session, challenge_id: str, actor: Actor) -> str:
    return awards.settle(session, SECRETS, actor, challenge_id, at=NOON)[0].id


def test_the_payment_stages_of_the_challenge_become_milestones(session: Session) -> None:
    stages = [
        {"title": title, "share": share} for title, share in (("启动", 0.3333), ("中期", 0.3333), ("验收", 0.3334))
    ]
    made, award = awarded(session, payment_stages=stages, budget=Decimal("100.01"), risk_sharing="各半")
    found = proposals.proposed(session, made.setter, award, at=NOON)
    assert [(one.title, str(one.amount), one.indicators) for one in found.milestones] == [
        ("启动", "33.33", []),
        ("中期", "33.34", []),
        ("验收", "33.34", [0, 1, 2]),
    ]
    assert (found.amount, found.risk_sharing, found.further) == (Decimal("100.01"), "各半", "")


def test_what_the_challenge_says_of_ownership_and_benefit_has_headings_of_its_own(session: Session) -> None:
    made, award = awarded(session, benefit_sharing="三年内各半")
    found = proposals.proposed(session, made.setter, award, at=NOON)
    assert (found.ownership_text, found.benefit_sharing) == ("成果归出题方", "三年内各半")
    contract = contracts.draft(session, made.setter, award, found, at=NOON)
    told = words(documents.contract_summary(session, made.lab, contract.id))
    assert "权属约定 Ownership in words\n成果归出题方" in told
    assert "收益分享 Sharing of benefit\n三年内各半" in told
    assert "其他 Further" not in told


@pytest.mark.parametrize(("own", "lead"), [(None, ("", 0.7)), (("总体", 0.5), ("总体", 0.5))])
def test_the_partners_get_what_they_agreed_to_in_the_answer(
    session: Session, own: tuple[str, float] | None, lead: tuple[str, float]
) -> None:
    """What the lead keeps is the rest, unless it is said."""
    made, award = awarded(session)
    parts = [Part(organisation_id=made.stranger.organisation_id or "", does="中试", gets=0.3)]
    if own is not None:
        parts.append(Part(organisation_id=made.answer.organisation_id, does=own[0], gets=own[1]))
    found = proposals.proposed(session, made.setter, award, AnswerDraft(parts=parts), at=NOON)
    assert sorted((one.party, one.does, one.share) for one in found.parts) == [
        ("旁观公司", "中试", 0.3),
        ("第1实验室", *lead),
    ]
    contract = contracts.draft(session, made.setter, award, found, at=NOON)
    told = words(documents.contract_summary(session, made.lab, contract.id))
    assert "联合体分工 Consortium" in told
    assert "旁观公司\n中试\n30%" in told


def test_an_answerer_alone_shares_nothing(session: Session) -> None:
    made, award = awarded(session)
    found = proposals.proposed(session, made.setter, award, AnswerDraft(), at=NOON)
    assert found.parts == []
    contract = contracts.draft(session, made.setter, award, found, at=NOON)
    assert "联合体分工" not in words(documents.contract_summary(session, made.lab, contract.id))


@pytest.mark.parametrize(("last", "titles"), [("500000", ["小试", "中试"]), ("500001", ["高镍正极残碱控制"])])
def test_the_milestones_of_the_answer_are_taken_where_they_fit(session: Session, last: str, titles: list[str]) -> None:
    made, award = awarded(session)
    planned = [
        PlannedMilestone(title="小试", months=6, amount=Decimal(400_000)),
        PlannedMilestone(title="中试", months=18, amount=Decimal(last)),
    ]
    said = AnswerDraft(milestones=planned, joint_patents="共有")
    found = proposals.proposed(session, made.setter, award, said, at=datetime(2026, 8, 31, tzinfo=UTC))
    assert ([one.title for one in found.milestones], found.joint_ip) == (titles, "共有")
    if len(titles) == 2:
        assert [one.due for one in found.milestones] == [date(2027, 2, 28), date(2028, 2, 28)]


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [CooperationMode, Ownership, OrganisationKind, ContractState, MilestoneState, OutcomeCode]
)
def test_every_code_has_words_in_both_languages(kind: type[StrEnum]) -> None:
    assert all(len(papers.both(code)) > len(papers.zh(code)) for code in kind)


def test_the_registration_form_holds_what_was_signed(session: Session) -> None:
    made, id = signed(session, subject="残碱控制技术开发", begins="2026-09-01", ends="2028-08-31", revenue_share=0.035)
    found = sheets(registration.workbook(session, made.lab, id))
    form = {str(row[0]): row[1] for row in found["技术合同登记表"]}
    assert (
        form
        | {
            "项目名称 Project": "残碱控制技术开发",
            "合同类别 Kind": "技术开发（委托开发）",
            "合同签订日期 Signed on": "2026-09-01",
            "合同有效期至 To": "2028-08-31",
            "买方（委托方）Buyer：名称 name": "晨星电池",
            "卖方（受托方）Seller：名称 name": "第1实验室",
            "卖方（受托方）Seller：类型 type": "科研机构或高等院校",
            "合同总金额 Amount": 900_000,
            "支付方式 Payment": "分期支付并提成",
            "提成比例 Share of revenue": "3.5%",
            "知识产权归属 Ownership": "部分赋权 shared",
        }
        == form
    )
    assert [row[:4] for row in found["付款与验收 Milestones"][1:]] == [
        [1, "第1阶段", None, 300_000],
        [2, "第2阶段", None, 600_000],
    ]


def test_papers_name_the_whole_consortium(session: Session) -> None:
    made, id = signed(session)
    award = contracts.get(session, made.lab, id).award_id
    alone = documents.award_notice(session, made.lab, award)
    session.add(Partner(answer_id=made.answer.id, organisation_id=made.stranger.organisation_id or ""))
    session.flush()
    form = {str(row[0]): row[1] for row in sheets(registration.workbook(session, made.lab, id))["技术合同登记表"]}
    assert form["卖方联合体成员 Seller's partners"] == "旁观公司"
    for paper in (documents.award_notice(session, made.lab, award), documents.contract_summary(session, made.lab, id)):
        assert "联合体成员 Partners\n旁观公司" in words(paper)
    assert "联合体" not in words(alone)


def test_only_a_signed_contract_is_registered(session: Session) -> None:
    made, award = awarded(session)
    contract = contracts.draft(session, made.lab, award, contract_draft(), at=NOON)
    with pytest.raises(NotAllowed, match="Only a signed contract"):
        registration.workbook(session, made.lab, contract.id)
    assert "草案" in words(documents.contract_summary(session, made.lab, contract.id))


def test_exports_are_for_who_may_read_the_award(session: Session) -> None:
    made, id = signed(session)
    award = contracts.get(session, made.lab, id).award_id
    for actor in (made.lab, made.poster, OPERATOR):
        assert registration.workbook(session, actor, id)
        assert documents.award_notice(session, actor, award)
    for actor in (made.stranger, made.funder):
        for export, of in (
            (registration.workbook, id), (documents.contract_summary, id), (documents.award_notice, award)
        ):  # fmt: skip
            with pytest.raises(NotFound):
                export(session, actor, of)


def test_notice_and_summary_say_what_stands(session: Session) -> None:
    made, id = signed(session, **PRIVATE)
    paid_out(session, made, id, 1)
    award = contracts.get(session, made.lab, id).award_id
    notice, summary = (
        words(documents.award_notice(session, made.lab, award)),
        words(documents.contract_summary(session, made.lab, id)),
    )
    for said in ("第1实验室", "晨星电池", "高镍正极残碱控制", "900,000.00 CNY", "揭榜挂帅", "2026-09-01"):
        assert said in notice
    for said in ("风险各半机密", "第2阶段", "300,000.00 CNY", "已付款 paid", "≤ 800 ppm", "30%"):
        assert said in summary


def test_no_export_carries_a_formula(session: Session) -> None:
    """Neither a cell that is run, nor a field or a link that a document would follow."""
    made, id = signed(
        session,
        subject=RISKY,
        joint_ip="+1",
        ownership_text=RISKY,
        further="@SUM(A1)",
        risk_sharing="-2",
        benefit_shares=PRIVATE["benefit_shares"],
    )
    made.challenge.title = RISKY
    award = contracts.get(session, made.lab, id).award_id
    book = openpyxl.load_workbook(io.BytesIO(registration.workbook(session, made.lab, id)))
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    risky = [cell for cell in cells if isinstance(cell.value, str) and is_risky(cell.value)]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert len(risky) >= 3
    assert all(cell.quotePrefix for cell in risky)
    for content in (
        documents.award_notice(session, made.lab, award), documents.contract_summary(session, made.lab, id)
    ):  # fmt: skip
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            body = opened.read("word/document.xml").decode()
            assert not any(name.lower().endswith(".bin") for name in opened.namelist())
        assert not re.search(r"fldSimple|fldChar|instrText|w:hyperlink|altChunk", body)
        assert RISKY in words(content)


# -- the dossier -----------------------------------------------------------------------------------


def dossier(session: Session, actor: Actor, id: str) -> bytes:
    target = io.BytesIO()
    evidence.write(session, actor, f"challenge:{id}", KEY, target)
    return target.getvalue()


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


@ON_BOTH
def test_the_dossier_verifies_and_names_every_step(session: Session, tmp_path: Path) -> None:
    made, id = signed(session, **PRIVATE)
    first = milestone(session, id)
    milestones.attach(session, made.lab, first, "报告.pdf", b"%PDF-1.7", at=NOON)
    milestones.submit(session, made.lab, first, report(), at=NOON)
    milestones.send_back(session, made.setter, first, "缺第三方报告", at=NOON)
    paid_out(session, made, id, 1)
    outcomes.terminate(session, made.setter, id, OutcomeCode.NEED_GONE, "产线关停", at=NOON)
    outcomes.finish(session, made.setter, made.challenge.id, at=NOON)
    assert money(session, made) == (BUDGET, 0, 300_000, 600_000)
    content = dossier(session, made.setter, made.challenge.id)
    file = tmp_path / "dossier.zip"
    file.write_bytes(content)
    checked = check(file)
    assert checked.fault is None
    assert (checked.intact, checked.thing) == (True, f"challenge:{made.challenge.id}")
    found = parts(content)
    recorded = [json.loads(line)["action"] for line in found[archive.EVENTS].splitlines()]
    assert recorded == ["organisation.admitted"] * 2 + made.events(session)
    documents_there = json.loads(found[archive.DOCUMENTS])
    assert {one["what"] for one in documents_there} == {"award", "attachment", "posting"}
    assert all(one["event"] is not None for one in documents_there)
    reasons = [one["reason"] for one in json.loads(found[archive.DECISIONS])]
    assert "产线关停" in reasons
    assert "风险各半机密" not in "".join(found.values())


def test_the_dossier_is_for_the_setter_and_operators(session: Session) -> None:
    made, _ = awarded(session)
    assert dossier(session, OPERATOR, made.challenge.id) == dossier(session, made.poster, made.challenge.id)
    for actor in (made.lab, made.stranger):
        with pytest.raises(Forbidden):
            dossier(session, actor, made.challenge.id)
    with pytest.raises(NotFound):
        dossier(session, OPERATOR, "none")


@pytest.mark.parametrize("state", [ChallengeState.ANSWERING, ChallengeState.SEALED])
def test_there_is_none_while_answers_are_sealed(session: Session, state: ChallengeState) -> None:
    made, _ = awarded(session)
    made.challenge.state = state
    with pytest.raises(NotAllowed, match="are sealed"):
        dossier(session, OPERATOR, made.challenge.id)


def test_who_was_never_opened_is_not_named_in_it(session: Session) -> None:
    made, _ = awarded(session)
    hidden = Answer(
        challenge_id=made.challenge.id, organisation_id=made.stranger.organisation_id or "", number=9,
        state=AnswerState.LAPSED,
    )  # fmt: skip
    session.add(hidden)
    entry = events.Entry("answer.started", f"challenge:{made.challenge.id}", {"answer": hidden.id})
    events.record(session, made.stranger, entry, at=NOON)
    text = "".join(parts(dossier(session, made.setter, made.challenge.id)).values())
    assert made.stranger.organisation_id not in text
    assert hidden.id not in text
    assert made.labs[0].organisation_id in text
    assert COMMAND_LINE.name in text


@ON_BOTH
def test_who_has_part_in_an_opened_answer_is_not_named_with_another_that_was_not(session: Session) -> None:
    made, _ = awarded(session)
    own = Answer(
        challenge_id=made.challenge.id, organisation_id=made.stranger.organisation_id or "", number=9,
        state=AnswerState.WITHDRAWN,
    )  # fmt: skip
    session.add_all([own, Partner(answer_id=made.answer.id, organisation_id=own.organisation_id)])
    session.flush()
    started = events.Entry("answer.started", f"challenge:{made.challenge.id}", {"answer": own.id})
    events.record(session, made.stranger, started, at=NOON)
    former = events.Entry("answer.part_confirmed", f"challenge:{made.challenge.id}", {"answer": own.id, "partner": "x"})
    events.record(session, made.funder, former, at=NOON)
    text = "".join(parts(dossier(session, made.setter, made.challenge.id)).values())
    assert own.id not in text
    assert made.funder.name not in text
