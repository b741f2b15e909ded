"""Everything that exported papers say of an award, read once, and the words that they say it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Session

from matcher import organisations
from matcher.actors import Actor
from matcher.awards import cases
from matcher.awards.cases import Case
from matcher.awards.drafts import Terms
from matcher.drafts import CooperationMode
from matcher.engine import answer_moves, challenge_moves
from matcher.entities import Contract, Milestone, Organisation, OrganisationKind, OutcomeCode, Ownership
from matcher.policy import Action
from matcher.states import ContractState, MilestoneState

_CHINA = timezone(timedelta(hours=8))
"""Papers are dated as they are filed."""

# What the papers call each code: Chinese, English. By kind, for codes of two kinds may be the same word.
_WORDS: dict[type[StrEnum], dict[str, tuple[str, str]]] = {
    CooperationMode: {
        CooperationMode.DEVELOPMENT: ("技术开发（委托开发）", "commissioned development"),
        CooperationMode.JOINT_DEVELOPMENT: ("技术开发（合作开发）", "joint development"),
        CooperationMode.TRANSFER: ("技术转让", "transfer"),
        CooperationMode.LICENCE: ("技术许可", "licence"),
        CooperationMode.CONSULTING: ("技术咨询", "consulting"),
        CooperationMode.SERVICE: ("技术服务", "service"),
        CooperationMode.EQUITY: ("作价投资", "contribution as equity"),
        CooperationMode.OPEN_LICENCE: ("专利开放许可", "open licence"),
    },
    Ownership: {
        Ownership.FULL: ("全部归出题方", "to the setter"),
        Ownership.PARTIAL: ("部分赋权", "shared"),
        Ownership.LICENCE: ("归答题方，许可使用", "stays with the answerer, who licenses"),
        Ownership.TRANSFER_WITH_REVENUE: ("转让并约定收益", "transferred, with a part of the revenue"),
    },
    OrganisationKind: {
        OrganisationKind.COMPANY: ("企业", "company"),
        OrganisationKind.LAB: ("科研机构或高等院校", "lab"),
        OrganisationKind.SERVICE: ("服务机构", "service"),
        OrganisationKind.OPERATOR: ("平台运营机构", "operator"),
    },
    ContractState: {
        ContractState.DRAFT: ("草案", "draft"),
        ContractState.SIGNED: ("已签订", "signed"),
        ContractState.COMPLETED: ("已完成", "completed"),
        ContractState.TERMINATED: ("已终止", "terminated"),
        ContractState.DROPPED: ("未签订", "dropped"),
    },
    MilestoneState: {
        MilestoneState.OPEN: ("未提交", "open"),
        MilestoneState.SUBMITTED: ("待验收", "submitted"),
        MilestoneState.ACCEPTED: ("已验收", "accepted"),
        MilestoneState.PAID: ("已付款", "paid"),
        MilestoneState.CANCELLED: ("已取消", "cancelled"),
    },
    OutcomeCode: {
        OutcomeCode.ACHIEVED: ("全部达成", "achieved"),
        OutcomeCode.ACHIEVED_IN_PART: ("部分达成", "achieved in part"),
        OutcomeCode.TECHNICAL_FAILURE: ("技术失败", "technical failure"),
        OutcomeCode.TOO_LATE: ("逾期", "too late"),
        OutcomeCode.OVER_BUDGET: ("超出预算", "over budget"),
        OutcomeCode.TEAM_LEFT: ("团队变动", "team left"),
        OutcomeCode.NEED_GONE: ("需求消失", "need gone"),
        OutcomeCode.DISPUTE: ("争议", "dispute"),
        OutcomeCode.OTHER: ("其他", "other"),
    },
}


@dataclass(frozen=True, slots=True)
class Paper:
    """An award, its two sides, and the contract where there is one."""

    case: Case
    setter: Organisation
    answerer: Organisation
    """The lead, where a consortium answered."""
    partners: tuple[Organisation, ...]
    mechanism: tuple[str, str]
    contract: Contract | None = None
    terms: Terms | None = None
    milestones: tuple[Milestone, ...] = ()

    @property
    def consortium(self) -> str:
        """The partners' names; empty where the answerer is alone."""
        return "、".join(partner.name for partner in self.partners)

    @property
    def subject(self) -> str:
        return (self.terms.subject if self.terms else "") or self.case.challenge.title


def of_award(session: Session, actor: Actor, award_id: str) -> Paper:
    case = cases.of_award(session, actor, award_id, Action.READ_AWARD, hold=False)
    return _paper(session, case, None)


def of_contract(session: Session, actor: Actor, contract_id: str) -> Paper:
    """Its milestones are those planned, while it is a draft."""
    case, contract = cases.of_contract(session, actor, contract_id, Action.READ_AWARD, hold=False)
    return _paper(session, case, contract)


def both(code: StrEnum) -> str:
    return " ".join(_WORDS[type(code)][code])


def zh(code: StrEnum) -> str:
    return _WORDS[type(code)][code][0]


def day(moment: datetime | date | None) -> str:
    if isinstance(moment, datetime):
        moment = moment.astimezone(_CHINA).date()
    return moment.isoformat() if moment else ""


def amount(value: Decimal, currency: str) -> str:
    return f"{value:,.2f} {currency}"


def percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.10g}%"


def _paper(session: Session, case: Case, contract: Contract | None) -> Paper:
    mechanism = challenge_moves.mechanism_of(case.challenge)
    return Paper(
        case,
        organisations.get(session, case.challenge.organisation_id),
        organisations.get(session, case.answer.organisation_id),
        tuple(organisations.get(session, id) for id in sorted(answer_moves.partners_of(session, case.answer))),
        (mechanism.zh, mechanism.en),
        contract,
        cases.terms_of(contract) if contract else None,
        tuple(_milestones(session, contract)) if contract else (),
    )


def _milestones(session: Session, contract: Contract) -> list[Milestone]:
    if contract.state is not ContractState.DRAFT and contract.state is not ContractState.DROPPED:
        return cases.milestones_of(session, contract)
    planned = cases.draft_of(contract).milestones
    return [
        Milestone(contract_id=contract.id, number=number, title=one.title, due=one.due, amount=one.amount)
        for number, one in enumerate(planned, start=1)
    ]
