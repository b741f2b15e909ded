"""What is missing or weak in a need's draft: a table of findings, each with its weight, its words, and why it matters.

What a challenge's quality gate judges as well is judged by the same rules (`matcher.engine.asked_checks`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from embeddings.text import normalise
from matcher.drafts import NeedDraft
from matcher.engine.asked_checks import QUESTIONS, Asked, Question
from matcher.engine.challenge_gate import SHORTEST_ROUND
from matcher.quantities import units
from matcher.quantities.reading import Stated

Place = tuple[str, str]
"""Path of a field, such as "indicators.0.unit", and what `{name}` stands for in the words about it."""


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    place: str
    """Path of the draft's field, such as "indicators.0.unit"."""
    weight: float
    zh: str
    en: str
    why_zh: str
    why_en: str


@dataclass(frozen=True, slots=True)
class _Seen:
    draft: NeedDraft
    unlisted: Sequence[Stated]
    """Read from the texts, and not in the list of indicators."""
    today: date

    @property
    def asked(self) -> Asked:
        return Asked(self.draft.problem, self.draft.indicators, self.draft.decision_owner, self.draft.budget_max)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One way in which a draft falls short."""

    code: str
    about: str
    """Of the rules about one thing at most the heaviest counts."""
    weight: float
    zh: str
    en: str
    why_zh: str
    why_en: str
    places: Callable[[_Seen], Iterable[Place]]
    """Where the draft falls short of it."""


def findings(draft: NeedDraft, unlisted: Sequence[Stated], today: date) -> tuple[Finding, ...]:
    """The heaviest first, and of those of one weight in the order of the table."""
    seen = _Seen(draft, unlisted, today)
    found = [_worded(rule, place, name) for rule in RULES for place, name in rule.places(seen)]
    return tuple(sorted(found, key=lambda finding: -finding.weight))


def completeness(found: Sequence[Finding]) -> float:
    """The part of all weights that nothing was found against, 0 to 1."""
    codes = {finding.code for finding in found}
    whole: dict[str, float] = {}
    lost: dict[str, float] = {}
    for rule in RULES:
        whole[rule.about] = max(rule.weight, whole.get(rule.about, 0))
        if rule.code in codes:
            lost[rule.about] = max(rule.weight, lost.get(rule.about, 0))
    return 1 - sum(lost.values()) / sum(whole.values())


def _worded(rule: Shortfall, place: str, name: str) -> Finding:
    zh, en = (words.format(name=name) for words in (rule.zh, rule.en))
    return Finding(rule.code, place, rule.weight, zh, en, rule.why_zh, rule.why_en)


# -- where a draft falls short ---------------------------------------------------------------------

_BARE = re.compile(
    r"数量?$|次数|个数|系数|因子|指数|[pP][hH]|折射率|比$|之比|\bph\b|\b(?:numbers?|counts?|ratio|index|factor|coefficient"
    r"|cycles)\b|^no\. of",
    re.IGNORECASE,
)
"""Names of quantities that have no unit."""


def _unasked(question: Question, place: str) -> Callable[[_Seen], Iterator[Place]]:
    def places(seen: _Seen) -> Iterator[Place]:
        if not QUESTIONS[question].said(seen.asked):
            yield place, ""

    return places


def _empty(field: str) -> Callable[[_Seen], Iterator[Place]]:
    def places(seen: _Seen) -> Iterator[Place]:
        if getattr(seen.draft, field) in (None, "", []):
            yield field, ""

    return places


def _no_unit(seen: _Seen) -> Iterator[Place]:
    for position, indicator in enumerate(seen.draft.indicators):
        if not indicator.unit and not _BARE.search(normalise(indicator.name)):
            yield f"indicators.{position}.unit", indicator.name


def _unknown_unit(seen: _Seen) -> Iterator[Place]:
    for position, indicator in enumerate(seen.draft.indicators):
        if units.read(indicator.unit) is None:
            yield f"indicators.{position}.unit", indicator.unit


def _untested(seen: _Seen) -> Iterator[Place]:
    for position, indicator in enumerate(seen.draft.indicators):
        if indicator.must and not indicator.test_method:
            yield f"indicators.{position}.test_method", indicator.name


def _unlisted(seen: _Seen) -> Iterator[Place]:
    for stated in seen.unlisted:
        yield "indicators", stated.text


def _no_budget(seen: _Seen) -> Iterator[Place]:
    if not QUESTIONS[Question.BUDGET].said(seen.asked) and not seen.draft.budget_min:
        yield "budget_max", ""


def _open_budget(seen: _Seen) -> Iterator[Place]:
    if seen.draft.budget_min and seen.draft.budget_max is None:
        yield "budget_max", ""


def _deadline_past(seen: _Seen) -> Iterator[Place]:
    if seen.draft.deadline is not None and seen.draft.deadline < seen.today:
        yield "deadline", seen.draft.deadline.isoformat()


def _deadline_near(seen: _Seen) -> Iterator[Place]:
    if seen.draft.deadline is not None and seen.today <= seen.draft.deadline < seen.today + SHORTEST_ROUND:
        yield "deadline", seen.draft.deadline.isoformat()


def _weight(question: Question) -> float:
    return QUESTIONS[question].weight


RULES: tuple[Shortfall, ...] = (
    Shortfall(
        "no_must_have", "must_have", _weight(Question.MUST_HAVE),
        "没有一项带数值的必达指标",
        "No must-have indicator with a number",
        "没有数值就无法判断成果是否达标，也无法验收。",
        "Without a number nobody can tell whether a result will do, nor accept what is delivered.",
        _unasked(Question.MUST_HAVE, "indicators"),
    ),
    Shortfall(
        "no_budget", "budget", _weight(Question.BUDGET),
        "没有预算",
        "No budget",
        "团队据此判断是否值得投入；没有预算的需求少有人认真应答。",
        "Labs judge by it whether to put in the work; few answer a need without one in earnest.",
        _no_budget,
    ),
    Shortfall(
        "short_problem", "problem", _weight(Question.TEXT),
        "问题描述太短",
        "The problem is described in too few words",
        "匹配靠的是文字：写清现象、条件和后果，才找得到对症的成果。",
        "Matching reads the words: say what happens, under which conditions, and what follows from it.",
        _unasked(Question.TEXT, "problem"),
    ),
    Shortfall(
        "no_decision_owner", "decision_owner", _weight(Question.DECISION_OWNER),
        "没有写明由谁拍板",
        "Nobody is named who decides",
        "没有负责人的需求往往谈不下去。",
        "A need that nobody answers for is seldom followed through.",
        _unasked(Question.DECISION_OWNER, "decision_owner"),
    ),
    Shortfall(
        "deadline_past", "deadline", 2,
        "截止日期已过（{name}）",
        "The deadline has passed ({name})",
        "看到的人会以为需求已经作废。",
        "Whoever reads it takes the need for settled.",
        _deadline_past,
    ),
    Shortfall(
        "deadline_near", "deadline", 1,
        f"截止日期（{{name}}）不到 {SHORTEST_ROUND.days} 天",
        f"The deadline ({{name}}) is less than {SHORTEST_ROUND.days} days away",
        "认真的方案写不出来，来的多是现成的材料。",
        "Nobody writes a serious proposal in that time.",
        _deadline_near,
    ),
    Shortfall(
        "no_deadline", "deadline", 1,
        "没有截止日期",
        "No deadline",
        "不知何时要，就排不上日程。",
        "What is wanted at no time is put off.",
        _empty("deadline"),
    ),
    Shortfall(
        "no_test_method", "test_methods", _weight(Question.TEST_METHODS),
        "必达指标“{name}”没有写测试方法",
        "No test method for the must-have “{name}”",
        "测法不同，数值就不可比，验收时容易起争议。",
        "Figures measured in different ways do not compare, and acceptance is argued about.",
        _untested,
    ),
    Shortfall(
        "no_unit", "units", 1,
        "指标“{name}”没有单位",
        "The indicator “{name}” has no unit",
        "没有单位的数值无法与成果的数值比较。",
        "A number without a unit cannot be compared with a result's.",
        _no_unit,
    ),
    Shortfall(
        "unknown_unit", "units", 1,
        "认不出单位“{name}”",
        "The unit “{name}” is not known, or may mean several",
        "认不出的单位不作换算，这项指标一律判为“无法判断”。",
        "It is not converted, and the indicator stays unknown against every result.",
        _unknown_unit,
    ),
    Shortfall(
        "unlisted_indicator", "unlisted", 1,
        "文字里提到了指标，清单里没有：“{name}”",
        "The text asks for a figure that is not in the list: “{name}”",
        "只有清单里的指标才算必达，才会影响匹配。",
        "Only listed indicators count as must-haves.",
        _unlisted,
    ),
    Shortfall(
        "open_budget", "budget", 1,
        "预算没有上限",
        "The budget has no upper end",
        "没有上限就无法与成果的报价比较。",
        "Without one it cannot be compared with a result's price.",
        _open_budget,
    ),
    Shortfall(
        "no_maturity", "maturity", 1,
        "没有写期望的成熟度",
        "No maturity wanted",
        "实验室样品和可量产的工艺，是两种答案。",
        "A lab sample and a process ready for production are different answers.",
        _empty("maturity_wanted"),
    ),
    Shortfall(
        "no_modes", "cooperation_modes", 1,
        "没有选择合作方式",
        "No way of cooperating",
        "许可、转让还是委托开发，决定了谁会来。",
        "Licence, transfer or commissioned development decides who comes.",
        _empty("cooperation_modes"),
    ),
    Shortfall(
        "no_field", "field", 1,
        "没有选择技术领域",
        "No field of technology",
        "按领域筛选的人看不到它。",
        "Whoever looks by field does not see it.",
        _empty("field"),
    ),
    Shortfall(
        "no_current_state", "current_state", 1,
        "没有写现状和试过的办法",
        "Nothing on how it is done today and what was tried",
        "省得别人再提您已经试过的办法。",
        "It saves you the proposals that you have tried already.",
        _empty("current_state"),
    ),
)  # fmt: skip
