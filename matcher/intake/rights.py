"""Patents and other rights out of a cell: "ZL202310123456.7（授权）；CN116xxxxA 申请中；软著2023SR…"."""

from __future__ import annotations

import re
from functools import lru_cache

from matcher.drafts import Right, RightKind, RightStatus
from matcher.intake.words import NOTHING, folded

EXPECTED = "numbers with their state, e.g. ZL202310123456.7（授权）；CN116123456A 申请中；软著2023SR0123456"

_SPLIT = re.compile(r"(?:[；;\n、，]|,(?!\d))(?![^(（]*[)）])")
_NUMBER = re.compile(
    r"ZL\s?\d{8,12}(?:\.?[\dX])?"
    r"|CN\s?\d{12}\.[\dX]|CN\s?\d{6,12}\s?[ABCUYSD]\d?(?![A-Z0-9])"
    r"|PCT/[A-Z]{2}\d{2,4}/\d{5,6}|WO\s?\d{4}/?\d{6}(?:\s?A\d)?"
    r"|(?:US|EP|JP|KR|DE|GB|FR|TW|CA|AU)\s?\d[\d,/]{5,14}(?:\s?[A-Z]\d?)?"
    r"|\d{4}\s?SR\s?\d{4,8}|CNA\s?\d{6,9}(?:\.\d)?|BS\.?\s?\d{8,9}(?:\.?\d)?"
    r"|(?<![\d.])(?:19|20)\d{10}\.[\dX]",
    re.IGNORECASE,
)
_KINDS = (
    (RightKind.SOFTWARE_COPYRIGHT, re.compile(r"软著|软件著作|计算机软件|software|\d{4}sr\d")),
    (RightKind.UTILITY_MODEL, re.compile(r"实用新型|utility model")),
    (RightKind.DESIGN_PATENT, re.compile(r"外观|design patent")),
    (RightKind.PLANT_VARIETY, re.compile(r"新品种|品种权|plant variety|cna\d")),
    (RightKind.IC_LAYOUT, re.compile(r"布图|ic layout|layout design|bs\.?\d{8}")),
    (RightKind.TRADE_SECRET, re.compile(r"技术秘密|商业秘密|专有技术|trade secret|know-?how")),
    (RightKind.INVENTION_PATENT, re.compile(r"发明|invention|pct|专利|patent")),
)
_STATES = (
    (RightStatus.LAPSED, re.compile(r"失效|终止|届满|无效|撤回|放弃|expired|lapsed|withdrawn|abandoned")),
    (RightStatus.PLANNED, re.compile(r"拟申请|拟申报|计划申请|待申请|准备申请|planned|to be filed")),
    (RightStatus.GRANTED, re.compile(r"授权|已登记|登记|有效|granted|issued|registered|in force")),
    (
        RightStatus.APPLIED,
        re.compile(
            r"申请中|已申请|已受理|受理|实审|审查|在审|公布|已公开|公开|申请|pending|applied|application|filed|published"
        ),
    ),
)
_UNSTATED = re.compile(r"[未待]授权|not (?:yet )?granted")


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[tuple[Right, ...], tuple[str, ...]]:
    """The rights named, and the parts that name none or only count them ("发明专利3项")."""
    found: list[Right] = []
    unread: list[str] = []
    for part in filter(None, (part.strip(" 。.") for part in _SPLIT.split(text))):
        key = folded(part)
        if key in NOTHING:
            continue
        numbers = _NUMBER.findall(part)
        if not numbers and (
            re.search(r"\d+\s*(?:余)?[项件个]|\d+ (?:patents?|inventions?)", key) or not _kind(key, "")
        ):
            unread.append(part)
            continue
        for number in numbers or [""]:
            compact = re.sub(r"\s+", "", number).upper()
            kind = _kind(key, compact) or RightKind.OTHER
            found.append(Right(kind=kind, number=compact, status=_status(key, kind, compact)))
    return tuple(found), tuple(unread)


def _kind(key: str, number: str) -> RightKind | None:
    for kind, pattern in _KINDS[:-1]:
        if pattern.search(key):
            return kind
    if match := re.fullmatch(r"(?:ZL|CN)?\d{4}(\d)\d{7}(?:\.[\dX])?\d?X?", number):
        return {"2": RightKind.UTILITY_MODEL, "3": RightKind.DESIGN_PATENT, "9": RightKind.UTILITY_MODEL}.get(
            match[1], RightKind.INVENTION_PATENT
        )
    if match := re.fullmatch(r"CN\d{6,12}([A-Z])\d?", number):
        return {"U": RightKind.UTILITY_MODEL, "Y": RightKind.UTILITY_MODEL, "S": RightKind.DESIGN_PATENT,
                "D": RightKind.DESIGN_PATENT}.get(match[1], RightKind.INVENTION_PATENT)  # fmt: skip
    if number or _KINDS[-1][1].search(key):
        return RightKind.INVENTION_PATENT
    return None


def _status(key: str, kind: RightKind, number: str) -> RightStatus:
    if _UNSTATED.search(key):
        return RightStatus.APPLIED
    stated = next((status for status, pattern in _STATES if pattern.search(key)), None)
    if stated is not None:
        return stated
    if number.startswith(("PCT", "WO")) or re.fullmatch(
        r"(?:CN|US|EP|JP|KR|DE)[\d/,]+A\d?|(?:CN)?\d{12}\.[\dX]", number
    ):
        return RightStatus.APPLIED
    return RightStatus.GRANTED
