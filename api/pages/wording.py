"""Words for the codes of the domain: states, kinds, roles, modes, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from api.pages.languages import Language, say
from matcher.drafts import CooperationMode, Disclosure, MaturityStage, Operator, RightKind, RightStatus
from matcher.entities import (
    ConflictKind,
    Decided,
    Judgement,
    Kind,
    OrganisationKind,
    Ownership,
    PlatformRole,
    Role,
    SizeClass,
    Verdict,
)
from matcher.mechanisms import Answerers, By, Decider, Funding, Guard
from matcher.quantities.compare import Outcome
from matcher.reviews.board import On
from matcher.states import (
    AnswerState,
    AssignmentState,
    ChallengeState,
    ChangeState,
    CommitmentState,
    ConsentState,
    ContractState,
    IntroductionState,
    ItemState,
    MilestoneState,
    ObjectionState,
    OfferState,
    PairState,
)

Words = tuple[str, str]
"""In Chinese, in English."""

WORDS: Mapping[type[StrEnum], Mapping[str, Words]] = {
    Kind: {"need": ("技术需求", "need"), "result": ("科技成果", "result")},
    ItemState: {"open": ("开放", "open"), "closed": ("已关闭", "closed"), "withdrawn": ("已撤回", "withdrawn")},
    Disclosure: {
        "public": ("公开", "public"),
        "summary": ("仅公开摘要", "summary only"),
        "consent": ("经同意后可见", "with consent only"),
    },
    CooperationMode: {
        "development": ("技术开发", "technology development"),
        "transfer": ("技术转让", "technology transfer"),
        "licence": ("技术许可", "licence"),
        "consulting": ("技术咨询", "consulting"),
        "service": ("技术服务", "technical service"),
        "equity": ("作价投资", "equity for technology"),
        "joint_development": ("联合研发", "joint development"),
        "open_licence": ("专利开放许可", "open patent licence"),
    },
    Operator: {">=": ("≥", "≥"), "<=": ("≤", "≤"), "=": ("=", "="), "between": ("介于", "between")},
    MaturityStage: {"early": ("初期", "early"), "middle": ("中期", "middle"), "mature": ("成熟", "mature")},
    RightKind: {
        "invention_patent": ("发明专利", "invention patent"),
        "utility_model": ("实用新型", "utility model"),
        "design_patent": ("外观设计", "design patent"),
        "software_copyright": ("软件著作权", "software copyright"),
        "plant_variety": ("植物新品种权", "plant variety right"),
        "ic_layout": ("集成电路布图设计", "integrated circuit layout"),
        "trade_secret": ("技术秘密", "trade secret"),
        "other": ("其他权利", "other right"),
    },
    RightStatus: {
        "planned": ("拟申请", "planned"),
        "applied": ("申请中", "applied for"),
        "granted": ("已授权", "granted"),
        "lapsed": ("已失效", "lapsed"),
    },
    Role: {
        "poster": ("需求发布人", "poster of needs"),
        "researcher": ("科研人员", "researcher"),
        "manager": ("单位管理员", "manager"),
    },
    PlatformRole: {
        "matchmaker": ("技术经理人", "matchmaker"),
        "grader": ("评审专家", "grader"),
        "operator": ("平台运营", "operator"),
    },
    OrganisationKind: {
        "company": ("企业", "company"),
        "lab": ("高校院所", "lab"),
        "service": ("服务机构", "service organisation"),
        "operator": ("运营单位", "platform operator"),
    },
    SizeClass: {
        "large": ("大型", "large"),
        "medium": ("中型", "medium"),
        "small": ("小型", "small"),
        "micro": ("微型", "micro"),
    },
    Outcome: {"met": ("达到", "met"), "not_met": ("未达到", "not met"), "unknown": ("无法判断", "unknown")},
    ConsentState: {
        "asked": ("已申请", "asked"),
        "offered": ("待签保密协议", "offered under an agreement"),
        "granted": ("已同意", "granted"),
        "refused": ("已拒绝", "refused"),
        "withdrawn": ("已收回", "withdrawn"),
    },
    Answerers: {
        "anyone": ("符合条件的任何单位", "anyone eligible"),
        "research": ("高校院所", "research organisations"),
        "invited": ("受邀单位", "invited only"),
    },
    Decider: {
        "grades": ("专家评分", "grades on a rubric"),
        "measured": ("实测指标与评分", "measured indicators and grades"),
        "negotiation": ("双方洽谈", "negotiation"),
        "commitments": ("出资承诺，不看评分", "committed capital, not grades"),
    },
    Funding: {
        "setter": ("出题方出资", "the setter"),
        "staged": ("出题方按轮次分段出资", "the setter, a part for each round"),
        "matched": ("财政资金与出题方配套", "a public funder beside the setter"),
        "prizes": ("奖金池", "a prize pool"),
        "investors": ("投资方出资", "investors"),
    },
    By: {
        "setter": ("出题方", "the setter"),
        "desk": ("技术经理人或平台运营", "a matchmaker or operator"),
        "operator": ("平台运营", "an operator"),
    },
    Guard: {
        "complete": ("发布检查中的必填项齐全", "nothing is missing that the quality gate insists on"),
        "deadline_ahead": ("本轮尚未截止", "the deadline of the round is still ahead"),
        "deadline_passed": ("本轮截止时间已过", "the deadline of the round has passed"),
        "key_released": ("开标保管人已交出密钥份额", "the custodians have given their shares of the key"),
        "answers_there": ("本轮至少有一份揭榜方案", "at least one answer stands in the round"),
        "grades_in": ("评分全部提交", "all grades are in"),
        "agreed": ("双方已达成一致", "an offer was agreed on"),
        "round_left": ("还有下一轮", "another round is to come"),
        "last_round": ("已是最后一轮", "no further round is to come"),
        "in_time_to_reverse": ("仍在可撤销淘汰的期限内", "the elimination can still be reversed"),
        "objection_upheld": ("有异议成立", "an objection was upheld"),
        "objections_over": ("异议期已过且异议均已答复", "the time to object is over and every objection is answered"),
        "contracts_ended": ("全部合同已终结", "the contract of every award has ended"),
    },
    Ownership: {
        "full": ("归出题方所有", "to the setter"),
        "partial": ("双方共有", "shared"),
        "licence": ("归揭榜方所有，许可出题方使用", "they stay with the answerer, who licenses"),
        "transfer_with_revenue": ("转让并约定收益分成", "transferred, for a part of the revenue"),
    },
    ChallengeState: {
        "draft": ("草稿", "draft"),
        "proposed": ("待审核发布", "waiting to be published"),
        "answering": ("征集中", "open for answers"),
        "sealed": ("已截止，待开标", "closed, still sealed"),
        "grading": ("评审中", "being graded"),
        "deciding": ("待定榜", "to be decided"),
        "objecting": ("公示异议期", "decided, objections possible"),
        "awarded": ("已中榜，执行中", "awarded, under way"),
        "finished": ("已完成", "finished"),
        "failed": ("流标", "ended without award"),
        "cancelled": ("已取消", "called off"),
    },
    AnswerState: {
        "draft": ("草稿", "draft"),
        "handed_in": ("已提交", "handed in"),
        "withdrawn": ("已撤回", "withdrawn"),
        "lapsed": ("逾期未交", "not handed in in time"),
        "unjudged": ("未评审即终止", "ended unjudged"),
        "admitted": ("进入评审", "admitted"),
        "supplementing": ("待补充材料", "asked for more"),
        "eliminated": ("已淘汰", "eliminated"),
        "selected": ("已选中", "selected"),
        "rejected": ("未选中", "not selected"),
    },
    Decided: {
        "selected": ("选中", "selected"),
        "eliminated": ("淘汰", "eliminated"),
        "supplement": ("补充材料", "more is asked for"),
        "rejected": ("不选中", "not selected"),
    },
    Verdict: {
        "adopt": ("可采用", "adopt"),
        "adopt_with_changes": ("改进后可采用", "adopt with changes"),
        "reject": ("不采用", "reject"),
    },
    ConflictKind: {
        "own_organisation": ("本单位", "own organisation"),
        "rival": ("竞争对手", "rival"),
        "co_author": ("共同署名", "co-author"),
        "declared": ("已声明", "declared"),
    },
    Judgement: {
        "take_further": ("继续跟进", "take further"),
        "not_now": ("暂缓", "not now"),
        "no": ("不合适", "no"),
        "unsure": ("拿不准", "unsure"),
    },
    PairState: {
        "proposed": ("待审阅", "in the queue"),
        "taken": ("已跟进", "taken further"),
        "asked": ("征询双方", "both are asked"),
        "introduced": ("已引荐", "introduced"),
        "talking": ("洽谈中", "talking"),
        "contracted": ("已签约", "contracted"),
        "ended": ("已终止", "ended"),
    },
    IntroductionState: {
        "asked": ("待答复", "asked"),
        "accepted": ("愿意对接", "accepted"),
        "declined": ("不愿对接", "declined"),
        "taken_back": ("已撤回", "taken back"),
    },
    On: {
        "matchmaker": ("技术经理人", "the matchmaker"),
        "need": ("需求方", "the need's side"),
        "result": ("成果方", "the result's side"),
        "both": ("双方", "both sides"),
        "nobody": ("无人", "nobody"),
    },
    AssignmentState: {
        "assigned": ("待评审", "to be graded"),
        "submitted": ("已提交评分", "grades handed in"),
        "declined": ("已回避", "declined"),
        "recalled": ("已收回", "recalled"),
    },
    ObjectionState: {
        "raised": ("已提出", "raised"),
        "upheld": ("异议成立", "upheld"),
        "dismissed": ("异议不成立", "dismissed"),
        "taken_back": ("已撤回", "taken back"),
    },
    OfferState: {
        "made": ("待答复", "waits for an answer"),
        "countered": ("已还价", "countered"),
        "agreed": ("已达成", "agreed"),
        "declined": ("已拒绝", "declined"),
    },
    CommitmentState: {
        "made": ("已承诺", "made"),
        "firm": ("已生效", "firm"),
        "withdrawn": ("已撤回", "withdrawn"),
    },
    ContractState: {
        "draft": ("起草中", "draft"),
        "signed": ("已签订", "signed"),
        "completed": ("已完成", "completed"),
        "terminated": ("已终止", "terminated"),
        "dropped": ("未签订", "never signed"),
    },
    MilestoneState: {
        "open": ("进行中", "under way"),
        "submitted": ("待验收", "waits for acceptance"),
        "accepted": ("已验收", "accepted"),
        "paid": ("已付款", "paid"),
        "cancelled": ("已取消", "cancelled"),
    },
    ChangeState: {
        "proposed": ("待答复", "waits for an answer"),
        "agreed": ("已同意", "agreed"),
        "declined": ("已拒绝", "declined"),
        "taken_back": ("已撤回", "taken back"),
    },
}
"""Every code that a page shows, by the type that it is of. A test holds them complete."""


def worded(value: Any, language: Language, kind: str = "") -> str:
    """The words for a code; where it comes as a plain string, its type is given by name."""
    table = WORDS[_TYPES[kind]] if kind else WORDS[type(value)]
    return say(language, *table[str(value)])


def options(kind: str, language: Language) -> list[tuple[str, str]]:
    """Code and words of each, in their order: for `select` elements."""
    return [(code, say(language, *words)) for code, words in WORDS[_TYPES[kind]].items()]


_TYPES: Mapping[str, type[StrEnum]] = {kind.__name__: kind for kind in WORDS}


def reader(language: Language) -> Callable[..., str]:
    """A filter that words codes for one reader; None is worded as nothing."""
    return lambda value, kind="": "" if value is None else worded(value, language, kind)
