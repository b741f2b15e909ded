"""Why a pair was not taken further, or ended: a table of codes, each with what would make it fit.

What would make it fit is told to the side that could do something about it, in its own words; where
neither could, there is nothing to tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from matcher.entities import Judgement, Kind
from matcher.errors import Invalid


class Use(StrEnum):
    """Where a code may be given."""

    NO = "no"
    """A matchmaker refuses the pair."""
    NOT_NOW = "not_now"
    DECLINE = "decline"
    """A side does not want to be introduced."""
    END = "end"
    """A matchmaker ends what was taken further."""


@dataclass(frozen=True, slots=True)
class Reason:
    uses: frozenset[Use]
    zh: str
    en: str
    fit: Mapping[Kind, tuple[str, str]] = field(default_factory=dict)
    """What would make it fit, in Chinese and English, for the side that can do it."""


def _at(*uses: Use) -> frozenset[Use]:
    return frozenset(uses)


_REFUSED = _at(Use.NO, Use.DECLINE, Use.END)
_ANY = frozenset(Use)

REASONS: Mapping[str, Reason] = {
    "other_problem": Reason(
        _REFUSED, "解决的不是这个问题", "It solves another problem",
        {Kind.NEED: ("写明现象、工况和不在范围内的内容",
                     "Say what is seen, under which conditions, and what is out of scope"),
         Kind.RESULT: ("写明成果解决的问题和适用条件", "Say which problem it solves, and under which conditions")},
    ),
    "indicators_missed": Reason(
        _REFUSED, "达不到必须满足的指标", "It does not reach the indicators that are a must",
        {Kind.RESULT: ("补充能达到这些指标的试验数据，或说明还差多少",
                       "Show tests that reach them, or say how far off it is"),
         Kind.NEED: ("把可以放宽的指标标为期望而非必须",
                     "Mark the indicators that may be relaxed as wished for, not as a must")},
    ),
    "not_shown": Reason(
        _REFUSED, "没有数据证明", "Nothing shows that it works",
        {Kind.RESULT: ("补充检测报告、样件或应用案例", "Add test reports, samples, or where it is in use")},
    ),
    "too_early": Reason(
        _ANY, "成熟度不够", "It is not mature enough",
        {Kind.RESULT: ("推进到企业期望的成熟度，或先申请概念验证、中试",
                       "Bring it to the maturity that is wanted, or apply for proof of concept or a pilot first"),
         Kind.NEED: ("接受联合开发，并为中试留出预算和时间",
                     "Accept joint development, with money and time for a pilot")},
    ),
    "too_expensive": Reason(
        _REFUSED, "价格超出预算", "The price is above the budget",
        {Kind.RESULT: ("提出分期付款、许可或以股权合作", "Offer payment by stages, a licence, or equity"),
         Kind.NEED: ("提高预算，或减少范围", "Raise the budget, or narrow what is asked for")},
    ),
    "other_mode": Reason(
        _REFUSED, "合作方式不合", "The ways of working together do not agree",
        {Kind.RESULT: ("增加可接受的合作方式", "Offer further ways of working together"),
         Kind.NEED: ("增加可接受的合作方式", "Accept further ways of working together")},
    ),
    "rights_unclear": Reason(
        _REFUSED, "权属不清或已有独占许可", "The rights are unclear, or taken",
        {Kind.RESULT: ("写明权利人、法律状态和已有许可",
                       "Say who holds the rights, their state, and what is licensed already")},
    ),
    "team_gone": Reason(
        _REFUSED, "团队不再从事该方向", "The team does not work on it any more",
        {Kind.RESULT: ("指定能持续投入的人员", "Name people who stay on it")},
    ),
    "too_far": Reason(
        _REFUSED, "需要就近服务，距离太远", "It needs somebody on site, and they are too far away",
        {Kind.RESULT: ("说明能否驻场，或与当地机构合作",
                       "Say whether people can stay on site, or work with somebody there")},
    ),
    "need_unclear": Reason(
        _ANY, "需求描述不清", "The need is not clear",
        {Kind.NEED: ("补充现状、目标指标和测试方法",
                     "Add the present state, the values aimed at, and how they are tested")},
    ),
    "result_unclear": Reason(
        _ANY, "成果描述不清", "The result is not clear",
        {Kind.RESULT: ("补充原理、已达到的指标和试验条件",
                       "Add how it works, what was reached, and under which conditions")},
    ),
    "solved": Reason(_REFUSED, "需求已经解决", "The need has been solved"),
    "known": Reason(_REFUSED, "双方已有接触", "The two are in touch already"),
    "competitors": Reason(_REFUSED, "双方存在竞争或利益冲突", "The two compete, or their interests conflict"),
    "better_one": Reason(_at(Use.NO, Use.END, Use.DECLINE), "已有更合适的另一方", "There is a better one"),
    "busy": Reason(_at(Use.NOT_NOW, Use.DECLINE, Use.END), "近期没有人手", "They have nobody free for it now"),
    "no_money_now": Reason(_at(Use.NOT_NOW, Use.DECLINE, Use.END), "近期没有预算", "There is no money for it now"),
    "waiting": Reason(_at(Use.NOT_NOW), "等待补充材料", "Waiting for more material"),
    "no_answer": Reason(_at(Use.END), "联系不上或长期无答复", "They do not answer"),
    "no_terms": Reason(
        _at(Use.END), "未就条件谈拢", "They did not come to terms",
        {Kind.NEED: ("重新考虑价格、权属和收益分配", "Think again about price, ownership, and how gains are shared"),
         Kind.RESULT: ("重新考虑价格、权属和收益分配", "Think again about price, ownership, and how gains are shared")},
    ),
    "not_wanted": Reason(_at(Use.DECLINE), "目前不考虑", "Not wanted at present"),
    "other": Reason(_ANY, "其他（请写明）", "Another reason: say which"),
}  # fmt: skip

NEEDED = {Judgement.NO: Use.NO, Judgement.NOT_NOW: Use.NOT_NOW}
"""Verdicts that take a code; the one that has to have one is `NO`."""


def of_use(use: Use) -> dict[str, Reason]:
    """The codes that may be given there, in the order of the table."""
    return {code: reason for code, reason in REASONS.items() if use in reason.uses}


def check(code: str, use: Use, note: str = "") -> None:
    """Raises Invalid for a code that is none or does not belong there, and for another reason that is not said."""
    if code not in of_use(use):
        raise Invalid(f"one of {', '.join(of_use(use))} is expected, not {code!r}", place="reason")
    if code == "other" and not note.strip():
        raise Invalid("say which reason it is", place="note")


def fitting(codes: Iterable[str], side: Kind) -> list[tuple[str, str]]:
    """What would make it fit, for that side, in Chinese and English; each once."""
    told = (REASONS[code].fit.get(side) for code in codes if code in REASONS)
    return list(dict.fromkeys(one for one in told if one))
