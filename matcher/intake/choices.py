"""Words out of a short list, as people write them: maturities, cooperation modes, disclosure, shares."""

from __future__ import annotations

import re
from functools import lru_cache

from matcher import fields, regions
from matcher.drafts import CooperationMode, Disclosure, MaturityStage
from matcher.intake.words import NOTHING, folded

SPLIT = re.compile(r"[、,，;；/|\n]+|\s+(?:and|or)\s+|(?<=[㐀-鿿])(?:和|或|及|与|以及)(?=[㐀-鿿])")

TRL_EXPECTED = (
    "TRL 1-9 or a stage: 概念, 概念验证, 小试, 中试, 产业化 (concept, proof of concept, lab scale, pilot, industrial)"
)
STAGE_EXPECTED = "初期, 中期 or 成熟 (early, middle, mature)"
MODE_EXPECTED = "开发, 转让, 许可, 咨询, 服务, 作价投资, 联合研发 or 专利开放许可"
DISCLOSURE_EXPECTED = "公开, 摘要 or 经同意 (public, summary, consent)"
SHARE_EXPECTED = "a share between 0 and 100 %, e.g. 50%"

_LADDER: tuple[tuple[int, str], ...] = (
    (1, "基本原理|basic principle"),
    (2, "概念阶段|概念|设想|构想|理论研究|concept|idea"),
    (3, "概念验证|原理验证|可行性验证|原理样机|proof of concept|proof-of-concept|poc|feasibility"),
    (4, "实验室阶段|实验室|小试|实验阶段|研发阶段|研究阶段|lab scale|lab-scale|laboratory|lab|bench scale"
    "|bench-scale|bench|small scale"),
    (5, "实验室样机|样品|小规模验证|breadboard|validation"),
    (6, "中试|样机|原型|工程样机|pilot|prototype|pilot scale"),
    (7, "示范|示范应用|工程示范|试运行|demonstration|demonstrator"),
    (8, "小批量|小批量生产|定型|试生产|试产|small batch|small-batch|qualified"),
    (9, "产业化|规模化|批量生产|量产|已应用|推广应用|商业化|工业化|industrial|industrialised|industrialized"
    "|mass production|commercial|commercialised|commercialized|in production|in use|deployed"),
)  # fmt: skip
"""Stages and the TRL nearest to each (GB/T 22900)."""

_STAGE_WORDS = sorted(
    ((word, level) for level, words in _LADDER for word in words.split("|")), key=lambda pair: -len(pair[0])
)
_TRL = re.compile(
    r"(?:trl|技术就绪度|技术成熟度|成熟度)?\s*(?:等级|level)?\s*[-:=]?\s*(?:第\s*)?([1-9])(?:\.0)?\s*(?:级"
    r"|级别)?(?:\s*(?:-|~|–|至|到|to)\s*(?:trl)?\s*-?\s*([1-9])\s*级?)?(?:\s*(?:及?以上|or above|or higher|\+))?"
)
_ANYWHERE = re.compile(r"trl\s*[-:=]?\s*([1-9])(?!\d)|(?<!\d)([1-9])\s*级")

_STAGES = {
    MaturityStage.EARLY: "初期|初期阶段|早期|初级|起步|early|early stage|initial",
    MaturityStage.MIDDLE: "中期|中期阶段|成长期|发展期|middle|mid|intermediate|middle stage",
    MaturityStage.MATURE: "成熟|成熟期|成熟阶段|成熟应用|已成熟|mature|late|mature stage",
}
_STAGE = {word: stage for stage, words in _STAGES.items() for word in words.split("|")}

_MODES: tuple[tuple[CooperationMode, str], ...] = (
    (CooperationMode.OPEN_LICENCE, "专利开放许可|开放许可|open licence|open license|open_licence"),
    (CooperationMode.JOINT_DEVELOPMENT,
     "联合研发|联合开发|合作开发|合作研发|共同开发|共同研发|联合攻关|合作攻关|共建实验室|共建平台|共建"
     "|产学研合作|产学研|joint development|joint research|joint r&d|joint_development|co-development"
     "|codevelopment|joint|collaboration|collaborative"),
    (CooperationMode.EQUITY,
     "作价入股|技术入股|作价投资|入股|股权合作|股权投资|股权|合资|equity|equity investment|investment"
     "|joint venture|spin-off|shareholding"),
    (CooperationMode.DEVELOPMENT,
     "委托开发|委托研发|技术开发|定制开发|开发|研发|development|commissioned development|contract research"
     "|contract development|r&d"),
    (CooperationMode.TRANSFER, "技术转让|专利转让|专利权转让|所有权转让|转让|买断|transfer|assignment|sale"
    "|purchase|buy-out|buyout"),
    (CooperationMode.LICENCE,
     "专利许可|技术许可|许可使用|实施许可|普通许可|独占许可|排他许可|许可|授权使用|授权|licence|license"
     "|licensing|exclusive licence"),
    (CooperationMode.CONSULTING, "技术咨询|咨询|顾问|consulting|consultancy|advice|advisory"),
    (CooperationMode.SERVICE, "技术服务|服务|检测服务|service|services|technical service"),
)  # fmt: skip
_MODE_WORDS = sorted(((word, mode) for mode, words in _MODES for word in words.split("|")), key=lambda p: -len(p[0]))
_MODE_BY_WORD = dict(_MODE_WORDS)
_ALL_MODES = frozenset(
    {"均可", "皆可", "都可以", "面议", "其他", "其它", "all", "flexible", "other", "negotiable", "不限", "多种方式"}
)

_DISCLOSURES = {
    Disclosure.PUBLIC: "public|公开|完全公开|全部公开|全文公开|可公开|是|open|full",
    Disclosure.SUMMARY: "summary|摘要|仅摘要|摘要公开|公开摘要|部分公开|仅公开摘要|summary only|partial",
    Disclosure.CONSENT: "consent|经同意|同意后公开|经同意后公开|需同意|征得同意|不公开|保密|否|定向公开|定向披露"
    "|by consent|with consent|on consent|confidential|private|closed",
}
_DISCLOSURE = {word: tier for tier, words in _DISCLOSURES.items() for word in words.split("|")}


@lru_cache(maxsize=2048)
def maturity(text: str) -> int | None:
    """TRL 1-9, of a range ("TRL 4-5", "小试/中试") the lower end; None when nothing is said."""
    key = folded(text)
    if key in NOTHING:
        return None
    if match := _TRL.fullmatch(key):
        return int(match[1])
    if match := _ANYWHERE.search(key):
        return int(match[1] or match[2])
    levels = _levels(key) if len(key) <= 100 else []
    if not levels:
        raise ValueError(TRL_EXPECTED)
    return min(levels)


def _levels(key: str) -> list[int]:
    levels = []
    for word, level in _STAGE_WORDS:
        if word in key and (not word.isascii() or re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", key)):
            levels.append(level)
            key = key.replace(word, " ")
    return levels


@lru_cache(maxsize=2048)
def stage(text: str) -> MaturityStage | None:
    key = folded(text)
    if key in NOTHING:
        return None
    if key not in _STAGE:
        raise ValueError(STAGE_EXPECTED)
    return _STAGE[key]


@lru_cache(maxsize=8192)
def modes(text: str) -> tuple[tuple[CooperationMode, ...], tuple[str, ...]]:
    """The cooperation modes named, and the parts that name none."""
    found: list[CooperationMode] = []
    unknown: list[str] = []
    for part in SPLIT.split(text):
        key = folded(part).strip(" .。()")
        if key in NOTHING or key in _ALL_MODES:
            continue
        mode = _MODE_BY_WORD.get(key) or next((mode for word, mode in _MODE_WORDS if word in key), None)
        if mode is None:
            unknown.append(part.strip())
        elif mode not in found:
            found.append(mode)
    return tuple(found), tuple(unknown)


@lru_cache(maxsize=512)
def disclosure(text: str) -> Disclosure:
    key = folded(text)
    if key not in _DISCLOSURE:
        raise ValueError(DISCLOSURE_EXPECTED)
    return _DISCLOSURE[key]


@lru_cache(maxsize=8192)
def field(text: str) -> tuple[str | None, tuple[str, ...]]:
    """The first field named, and the names (of several in one cell) that are not it."""
    whole = fields.recognise(text)
    if whole is not None:
        return whole, ()
    found: str | None = None
    others: list[str] = []
    for part in filter(None, (part.strip() for part in re.split(r"[、,，;；|\n]+", text))):
        code = fields.recognise(part)
        if found is None and code is not None:
            found = code
        elif folded(part) not in NOTHING:
            others.append(part)
    return found, tuple(others)


_ANYWHERE_IN_CHINA = frozenset({"全国", "国内", "nationwide", "china", "中国", "anywhere", "all"}) | NOTHING


@lru_cache(maxsize=8192)
def places(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The regions named, and the parts that name none."""
    found: list[str] = []
    unknown: list[str] = []
    for part in filter(None, (part.strip() for part in re.split(r"[、,，;；/|\n]+|\s+(?:and|or)\s+", text))):
        if folded(part) in _ANYWHERE_IN_CHINA:
            continue
        code = regions.recognise(part)
        if code is None:
            unknown.append(part)
        else:
            found.append(code)
    return tuple(dict.fromkeys(found)), tuple(unknown)


@lru_cache(maxsize=1024)
def share(text: str) -> float | None:
    """A part of the whole, 0 to 1: "50%", "0.5", "50", "1:1" (the public part first)."""
    key = folded(text).replace(" ", "")
    if key in NOTHING:
        return None
    if match := re.fullmatch(r"(\d{1,4}(?:\.\d{1,4})?)[::](\d{1,4}(?:\.\d{1,4})?)", key):
        total = float(match[1]) + float(match[2])
        if total > 0:
            return float(match[1]) / total
    elif match := re.fullmatch(r"(?:约)?(\d{1,3}(?:\.\d{1,10})?)(%?)", key):
        value = float(match[1])
        if match[2] or value > 1:
            value /= 100
        if value <= 1:
            return value
    raise ValueError(SHARE_EXPECTED)
