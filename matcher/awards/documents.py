"""The award notice 中榜通知书 and the contract summary, as documents for people to file and send."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO

import docx
from docx.document import Document
from docx.oxml.ns import qn
from sqlmodel import Session

from matcher.actors import Actor
from matcher.awards import papers
from matcher.awards.cases import indicators_of
from matcher.awards.papers import Paper, amount, both, day, percent
from matcher.entities import Contract
from matcher.quantities.wording import quantity

_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML can hold."""


def award_notice(session: Session, actor: Actor, award_id: str) -> bytes:
    paper = papers.of_award(session, actor, award_id)
    case = paper.case
    made = _begun("中榜通知书 Award notice", case.award.at)
    made.add_paragraph(_plain(f"{paper.answerer.name}："))
    made.add_paragraph(
        _plain(
            f"贵单位在“{case.challenge.title}”（{paper.mechanism[0]}）中提交的第{case.answer.number}号方案已中榜，"
            "请与出题方商定并签订合同。"
        )
    )
    made.add_paragraph(
        _plain(
            f"Answer {case.answer.number} of {paper.answerer.name_en or paper.answerer.name} to this challenge "
            f"({paper.mechanism[1]}) is awarded. Please agree on a contract with the setter."
        )
    )
    rows = [
        ("榜单 Challenge", case.challenge.title),
        ("出题方 Setter", paper.setter.name),
        ("中榜方 Awarded to", paper.answerer.name),
        *([("联合体成员 Partners", paper.consortium)] if paper.partners else []),
        ("金额 Amount", amount(case.award.amount, case.award.currency)),
        ("日期 Date", day(case.award.at)),
        ("编号 Number", case.award.id),
    ]
    _table(made, ("项目 Item", "内容 Content"), rows)
    return _saved(made)


def contract_summary(session: Session, actor: Actor, contract_id: str) -> bytes:
    paper = papers.of_contract(session, actor, contract_id)
    assert paper.contract is not None
    made = _begun("合同摘要 Contract summary", paper.contract.signed_at or paper.case.award.at)
    _table(made, ("项目 Item", "内容 Content"), _summary(paper, paper.contract))
    made.add_heading("里程碑 Milestones", 2)
    milestones = [
        (str(one.number), one.title, day(one.due), amount(one.amount, paper.contract.currency), both(one.state))
        for one in paper.milestones
    ]
    _table(made, ("序号 No.", "内容 Title", "到期 Due", "金额 Amount", "状态 State"), milestones)
    made.add_heading("验收指标 Indicators", 2)
    indicators = [
        (one.name, quantity(one.operator, one.value, one.value_high, one.unit), one.test_method)
        for one in indicators_of(paper.case.challenge)
    ]
    _table(made, ("指标 Indicator", "要求 Wanted", "方法 Method"), indicators)
    if paper.terms and paper.terms.parts:
        made.add_heading("联合体分工 Consortium", 2)
        parts = [(one.party, one.does, percent(one.share)) for one in paper.terms.parts]
        _table(made, ("一方 Party", "分工 Does", "款项比例 Share of the money"), parts)
    if paper.terms and paper.terms.benefit_shares:
        made.add_heading("收益分配 Benefit shares", 2)
        shares = [
            (one.party, percent(one.share), one.basis, "是 yes" if one.after_end else "否 no", day(one.until))
            for one in paper.terms.benefit_shares
        ]
        head = ("一方 Party", "比例 Share", "基数 Of", "含后续迭代 After the end", "至 Until")
        _table(made, head, shares)
    return _saved(made)


def _summary(paper: Paper, contract: Contract) -> list[tuple[str, str]]:
    terms = paper.terms
    assert terms is not None
    rows = [
        ("项目名称 Subject", paper.subject),
        ("出题方 Setter", paper.setter.name),
        ("答题方 Answerer", paper.answerer.name),
        ("联合体成员 Partners", paper.consortium),
        ("合同类别 Kind", both(contract.kind)),
        ("状态 State", f"{both(contract.state)}（v{contract.version}）"),
        ("签订日期 Signed on", day(contract.signed_at)),
        ("有效期 Term", " – ".join(filter(None, (day(terms.begins), day(terms.ends))))),
        ("金额 Amount", amount(contract.amount, contract.currency)),
        ("权属 Ownership", both(contract.ownership)),
        ("权属约定 Ownership in words", terms.ownership_text),
        ("提成 Share of revenue", percent(terms.revenue_share)),
        ("股权 Equity", percent(terms.equity_share)),
        ("共有知识产权 Joint rights", terms.joint_ip),
        ("收益分享 Sharing of benefit", terms.benefit_sharing),
        ("风险分担 Risk", terms.risk_sharing),
        ("出题方承担 Setter's part of it", percent(terms.setter_risk)),
        ("保密 Confidentiality", terms.confidentiality),
        ("其他 Further", terms.further),
        ("结果 Outcome", both(contract.outcome) if contract.outcome else ""),
        ("说明 Explanation", contract.outcome_text),
    ]
    return [(name, value) for name, value in rows if value]


# -- the form -------------------------------------------------------------------------------------


def _begun(title: str, at: datetime) -> Document:
    """An empty document that names no author but Jiebang, dated as what it tells of."""
    made = docx.Document()
    normal = made.styles["Normal"]
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
    properties = made.core_properties
    properties.author = properties.last_modified_by = "Jiebang"
    properties.title, properties.comments = title, ""
    properties.created = properties.modified = at.replace(tzinfo=None)
    made.add_heading(title, 1)
    return made


def _table(made: Document, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = made.add_table(rows=1, cols=len(head), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, head, strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = _plain(text)


def _plain(text: str) -> str:
    return _UNWRITABLE.sub("", text)


def _saved(made: Document) -> bytes:
    target = BytesIO()
    made.save(target)
    return target.getvalue()
