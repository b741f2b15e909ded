"""Regions by GB/T 2260 code, down to prefectures. The codes and Chinese names come from stdnum."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

from stdnum import numdb

from embeddings.text import normalise

ENGLISH = {
    "11": "Beijing", "12": "Tianjin", "13": "Hebei", "14": "Shanxi", "15": "Inner Mongolia",
    "21": "Liaoning", "22": "Jilin", "23": "Heilongjiang", "31": "Shanghai", "32": "Jiangsu",
    "33": "Zhejiang", "34": "Anhui", "35": "Fujian", "36": "Jiangxi", "37": "Shandong",
    "41": "Henan", "42": "Hubei", "43": "Hunan", "44": "Guangdong", "45": "Guangxi", "46": "Hainan",
    "50": "Chongqing", "51": "Sichuan", "52": "Guizhou", "53": "Yunnan", "54": "Tibet",
    "61": "Shaanxi", "62": "Gansu", "63": "Qinghai", "64": "Ningxia", "65": "Xinjiang",
    "71": "Taiwan", "81": "Hong Kong", "82": "Macao",
}  # fmt: skip
"""English names of the provinces; prefectures are named in Chinese only."""

_FORMER = re.compile(r"^\[[^\]]*\d\]")
_SINCE = re.compile(r"^\[[^\]]*-\]")
_SUFFIX = re.compile(
    r"(?:特别行政区|(?:壮族|回族|维吾尔|藏族|蒙古族|彝族|苗族|侗族|布依族|土家族|傣族|哈尼族|白族|景颇族|傈僳族|羌族|朝鲜族|哈萨克|柯尔克孜)*(?:自治区|自治州)|省|市|地区|盟)$"
)


@cache
def names() -> dict[str, str]:
    """Six-digit code → current Chinese name, for provinces (`320000`) and prefectures (`320500`)."""
    known: dict[str, str] = {}
    table = numdb.get("cn/loc")
    for province in ENGLISH:
        known[f"{province}0000"] = normalise(table.info(f"{province}0000")[0][1]["province"])
        for number in range(1, 100):
            parts = table.info(f"{province}{number:02}00")
            name = _current(parts[1][1].get("county", "")) if len(parts) == 2 else ""
            if name and name not in ("市辖区", "县") and not name.startswith("省直辖"):
                known[f"{province}{number:02}00"] = name
    return known


def _current(name: str) -> str:
    """The name in use today out of stdnum's "[-1983]旧名,[1983-]新名", or "" for one abolished."""
    last = name.split(",")[-1]
    return "" if _FORMER.match(last) else _SINCE.sub("", last)


def checked(code: str) -> str:
    """The code itself. Raises ValueError when GB/T 2260 has no such province or prefecture."""
    if code not in names():
        raise ValueError(f"unknown region {code!r}: a GB/T 2260 code is expected, e.g. '320500' for 苏州市")
    return code


def name(code: str) -> str:
    """ "江苏省苏州市" for 320500."""
    province = names()[f"{code[:2]}0000"]
    return province if code.endswith("0000") else province + names()[code]


def province(code: str) -> str:
    return f"{code[:2]}0000"


class RegionClass(StrEnum):
    """The four economic regions (东部 中部 西部 东北) of the National Bureau of Statistics, and what it
    counts with none of them."""

    EAST = "east"
    CENTRAL = "central"
    WEST = "west"
    NORTHEAST = "northeast"
    HONG_KONG_MACAO_TAIWAN = "hong_kong_macao_taiwan"


_CLASSES = {
    RegionClass.EAST: ("11", "12", "13", "31", "32", "33", "35", "37", "44", "46"),
    RegionClass.CENTRAL: ("14", "34", "36", "41", "42", "43"),
    RegionClass.WEST: ("15", "45", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65"),
    RegionClass.NORTHEAST: ("21", "22", "23"),
    RegionClass.HONG_KONG_MACAO_TAIWAN: ("71", "81", "82"),
}


def region_class(code: str) -> RegionClass:
    return next(one for one, provinces in _CLASSES.items() if code[:2] in provinces)


def is_name(text: str) -> bool:
    """Whether this is, as a whole, how a region is called."""
    return text in _by_name()


@cache
def within(code: str) -> frozenset[str]:
    """A region with the regions inside it, for filters."""
    if not code.endswith("0000"):
        return frozenset((code,))
    return frozenset(known for known in names() if known[:2] == code[:2])


def related(one: str, other: str) -> float:
    """1 the same region or one inside the other, 0.5 in the same province, 0 else."""
    if one == other or other in within(one) or one in within(other):
        return 1.0
    return 0.5 if one[:2] == other[:2] else 0.0


@cache
def _by_name() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, full in names().items():
        for key in (full, _SUFFIX.sub("", full), name(code)):
            found.setdefault(key, code)
    for prefix, english in ENGLISH.items():
        found[english.casefold()] = f"{prefix}0000"
        found[f"{english.casefold()} province"] = f"{prefix}0000"
    return found


def recognise(text: str) -> str | None:
    """The code for a code, or a name with or without its suffix, traditional or English; or None.

    A longer place ("江苏省苏州市工业园区") is read as the longest known region it begins with.
    """
    key = normalise(text).casefold().replace(" ", "") if not text.isascii() else text.strip().casefold()
    if key in names():
        return key
    for end in range(len(key), 1, -1):
        if key[:end] in _by_name():
            code = _by_name()[key[:end]]
            rest = recognise(key[end:]) if code.endswith("0000") and len(key) > end else None
            return rest if rest and rest[:2] == code[:2] else code
    return None
