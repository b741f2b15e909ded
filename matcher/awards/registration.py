"""The fields of the technology contract registration form 技术合同登记表, as a workbook to be filed from."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from sqlmodel import Session

from matcher import fields, regions
from matcher.actors import Actor
from matcher.awards import papers
from matcher.awards.papers import Paper, both, day, percent, zh
from matcher.drafts import CooperationMode
from matcher.entities import Contract, Organisation
from matcher.errors import NotAllowed
from matcher.intake import formulas

Cell = str | int | float | None

_FIVE = frozenset(
    {
        CooperationMode.DEVELOPMENT,
        CooperationMode.JOINT_DEVELOPMENT,
        CooperationMode.TRANSFER,
        CooperationMode.LICENCE,
        CooperationMode.CONSULTING,
        CooperationMode.SERVICE,
    }
)
"""The technical contracts that are registered."""

_HEAD = PatternFill("solid", fgColor="DCE6F2")
_WRAP = Alignment(wrap_text=True, vertical="top")
_EXACT = Decimal(10) ** 13
"""Amounts below it are exact as a spreadsheet's numbers."""


def workbook(session: Session, actor: Actor, contract_id: str) -> bytes:
    """For who may read the contract. Raises NotAllowed while it is not signed."""
    paper = papers.of_contract(session, actor, contract_id)
    assert paper.contract is not None
    if paper.contract.signed_at is None:
        raise NotAllowed("Only a signed contract is registered.")
    book = Workbook()
    form = book.active
    form.title = "技术合同登记表"
    _fill(form, ("项目 Field", "内容 Value", "说明 Note"), _form(paper, paper.contract), (34, 60, 50))
    stages = book.create_sheet("付款与验收 Milestones")
    _fill(
        stages,
        ("序号 No.", "内容 Title", "到期 Due", "金额 Amount", "状态 State"),
        _stages(paper),
        (10, 60, 14, 20, 22),
    )
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _form(paper: Paper, contract: Contract) -> Iterator[tuple[Cell, ...]]:
    terms = paper.terms
    assert terms is not None
    challenge = paper.case.challenge
    kind_note = "" if contract.kind in _FIVE else "不属于五类技术合同，登记前请确认。Not one of the five kinds."
    field = fields.by_code().get(challenge.field or "")
    yield "合同登记编号 Registration number", "", "由登记机构填写。Given by the registry."
    yield "项目名称 Project", paper.subject, ""
    yield "合同类别 Kind", zh(contract.kind), kind_note
    yield "合同签订日期 Signed on", day(contract.signed_at), ""
    yield "合同有效期自 From", day(terms.begins), ""
    yield "合同有效期至 To", day(terms.ends), ""
    yield from _party("买方（委托方）Buyer", paper.setter)
    yield from _party("卖方（受托方）Seller", paper.answerer)
    if paper.partners:
        yield "卖方联合体成员 Seller's partners", paper.consortium, "登记机构要求时分别填写。"
    yield "中介方 Intermediary", "", "有中介方时填写。Where there is one."
    yield "合同总金额 Amount", _number(contract.amount), ""
    yield "币种 Currency", contract.currency, ""
    yield "技术交易额 Technical part", None, "扣除设备、材料等费用后填写。Less equipment and material."
    yield "支付方式 Payment", _payment(paper), ""
    yield "提成比例 Share of revenue", percent(terms.revenue_share), ""
    yield "技术领域 Field", field.zh if field else "", ""
    yield "知识产权归属 Ownership", both(contract.ownership), terms.ownership_text
    yield "共有知识产权 Joint rights", terms.joint_ip, ""
    yield "风险分担 Risk", terms.risk_sharing, ""
    yield "计划来源 Programme", f"{paper.mechanism[0]}：{challenge.title}", ""
    yield "社会经济目标 Socio-economic goal", "", "按登记机构的代码填写。By the registry's codes."


def _party(side: str, organisation: Organisation) -> Iterator[tuple[Cell, ...]]:
    region = organisation.region
    yield f"{side}：名称 name", organisation.name, ""
    yield f"{side}：统一社会信用代码 credit code", organisation.credit_code or "", ""
    yield f"{side}：类型 type", zh(organisation.kind), ""
    yield f"{side}：行政区划代码 region code", region or "", "GB/T 2260"
    yield f"{side}：所在地 region", regions.name(region) if region else "", ""


def _payment(paper: Paper) -> str:
    terms = paper.terms
    by_revenue = terms is not None and bool(terms.revenue_share)
    if len(paper.milestones) > 1:
        return "分期支付并提成" if by_revenue else "分期支付"
    if paper.milestones:
        return "一次支付并提成" if by_revenue else "一次支付"
    return "提成支付" if by_revenue else ""


def _stages(paper: Paper) -> Iterator[tuple[Cell, ...]]:
    for one in paper.milestones:
        yield one.number, one.title, day(one.due), _number(one.amount), both(one.state)


def _number(amount: Decimal) -> Cell:
    return float(amount) if amount < _EXACT else f"{amount:.2f}"


def _fill(sheet: Any, head: tuple[str, ...], rows: Iterator[tuple[Cell, ...]], widths: tuple[int, ...]) -> None:
    for position, (heading, width) in enumerate(zip(head, widths, strict=True), start=1):
        cell = sheet.cell(1, position, heading)
        cell.font, cell.fill = Font(bold=True), _HEAD
        sheet.column_dimensions[cell.column_letter].width = width
    for number, row in enumerate(rows, start=2):
        for position, value in enumerate(row, start=1):
            cell = sheet.cell(number, position)
            formulas.fill(cell, value)
            cell.alignment = _WRAP
    sheet.freeze_panes = "A2"
