"""What counts as a unit of measurement after a number."""

from __future__ import annotations

import re
from functools import lru_cache

_BASES = (
    "m|g|s|A|K|mol|cd|Hz|N|Pa|J|W|C|V|F|Ω|ohm|S|Wb|T|H|lm|lx|Bq|Gy|Sv|kat|Nm|Vs|Osm|Gs|Oe|gf|L|l|eV|bar|B|b|bit|byte|Da|M|U|IU|Ah|Wh"
    "|VA|var|cal|rad|sr|t|mAh|Wp|ppm|px|pt|bps|Bps|FLOPS|OPS|tex|dtex"
)
_WORDS = (
    "r|rev|percent|per cent|hours?|hrs?|h|days?|d|weeks?|months?|years?|yrs?|minutes?|mins?|min|seconds?|secs?|ms"
    "|cycles?|times|fold|x|degrees?|deg|cfu|CFU|ppm|ppb|ppt|rpm|psi|ksi|dB|dBm|dBi|dBc|in|inch(?:es)?|ft|feet|gal"
    "|gallons?|lbs?|oz|mils?|mph|kmh|km/h|Torr|torr|atm|cP|cSt|mmHg|BTU|Btu|tons?|tonnes?|fps|FPS|dpi|ppi|NTU"
    "|sccm|slm|HV|HA|HD|HB|HRC|HRB|HRA|TOPS|TFLOPS|GFLOPS|Mbps|Gbps|kbps|Kbps|Tbps|Mb|Gb|MB|GB|TB|KB|kB|metres?"
    "|meters?|kilometres?|kilometers?|millimetres?|millimeters?|microns?|kilograms?|grams?|litres?|liters?|watts?"
    "|kilowatts?|megawatts?|volts?|amps?|pixels?|frames?|channels?|layers?|samples?|units?|pieces?|pcs|sets?"
    "|hectares?|ha|mu|acres?|generations?|passes|K|knots?|kn|kt|nmi|G|g0|Ra|LSB|arcsec|μin|QPS|qps|TPS|tps|IOPS"
    "|RU|OD|EUR|USD|CNY|RMB|yuan"
)
_CHINESE = (
    "公斤力|千卡|大卡|公尺|公分|公吨|标方|万元|亿元|元|美元|欧元|次|小时|分钟|秒钟|秒|毫秒|微秒|纳秒|个月|个工作日|工作日|个|年|月|周|天|日|台套|台|套"
    "|件|只|条|片|块|根|人|家|项|种|类|组|层|级|倍|吨|千克|公斤|克拉|克|毫克|微克|纳克|斤|升|毫升|微升|立方米"
    "|立方|平方米|平方公里|平方厘米|平方毫米|平方|公里|千米|海里|米|分米|厘米|毫米|微米|纳米|埃|摄氏度|度电|度"
    "|千伏|毫伏|伏特|伏|毫安时|安时|毫安|微安|安培|安|兆瓦时|千瓦时|瓦时|兆瓦|吉瓦|千瓦|瓦|兆帕|千帕|吉帕|帕"
    "|千赫兹|兆赫兹|吉赫兹|千赫|兆赫|吉赫|赫兹|千牛|牛米|牛|焦耳|千焦|兆焦|焦|转|帧|点|位|像素|万像素|循环|周期"
    "|批次|批|亩|公顷|株|头|羽|尾|枚|辆|门|艘|架|英寸|马力|分贝|字节|比特|欧姆|欧|兆欧|流明|勒克斯|节|拉|代|通道"
    "|路|颗|粒|瓶|支|盒|包|袋|例|篇|公升|百分点|个百分点"
)
_PREFIX = "(?:da|[YZEPTGMkhdcmunμpf])?"


def _alternatives(words: str) -> str:
    return "|".join(sorted(words.split("|"), key=len, reverse=True))


_POWER = r"(?:\^\(?1/2\)?|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|\^\(?-?\d\)?|-?\d(?![\d.A-Za-z]))?"
_LATIN = rf"(?:(?:{_alternatives(_WORDS)})|{_PREFIX}(?:{_alternatives(_BASES)})){_POWER}(?![A-Za-zμΩ])"
_SIGNS = r"(?:(?:wt|vol|mol|at)\.?\s?%|%\s?RH|%|‰|℃|℉|°\s?[CF](?![A-Za-z])|°|Å|″|′)"
_ATOM = rf"(?:{_SIGNS}|(?:{_alternatives(_CHINESE)}|目(?![标的录前]))|{_LATIN})"
_GROUP = rf"(?:\({_ATOM}(?:\s?[·⋅*/.]\s?{_ATOM})*\))"
UNIT = rf"(?:(?:1/)?{_ATOM}(?:\([A-C]\))?(?:\s?[/·⋅*]\s?(?:{_GROUP}|\d{{0,3}}\s?{_ATOM}|a(?![A-Za-zμΩ])|分(?!钟)|□))*)"
"""A regular expression, without groups, for known units and those made of them (W/(m·K), 元/吨)."""

LOOSE = re.compile(r"\s?((?:[A-Za-zμΩ]{1,10}|[㐀-鿿]{1,3})(?:/[A-Za-zμ㐀-鿿]{1,6})?)\s*$")
"""A word that ends the clause after an explicit operator and a number is taken for a unit."""

GOES_ON = re.compile(
    r"\s?[/·⋅](?=[^\s\d/·⋅,，;])[^\s,，;:。<>≤≥=]{1,20}"
    r"|\s+per\s+(?:cubic\s|square\s)?[a-z-]+[²³]?(?![A-Za-z])"
)
"""More of a unit, of which the grammar above knows the beginning only: "元" of 元/站 is no yuan."""

_UNIT = re.compile(UNIT)
_SCALE = re.compile("million|billion|thousand")


def is_unit(text: str) -> bool:
    return _UNIT.fullmatch(text) is not None


def is_loose(text: str) -> bool:
    """Whether a text is an unknown word in Latin letters, and no part of the number before it."""
    return text.isascii() and LOOSE.fullmatch(text) is not None and _SCALE.match(text) is None


_PER = re.compile(r"\s+per\s+")
_CARET = re.compile(r"\^\(?(-?\d)\)?(?!/\d)")
_INNER = re.compile(r"\s*([/·⋅*])\s*")
_CELSIUS = re.compile(r"°\s?C")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@lru_cache(maxsize=2048)
def tidy(unit: str) -> str:
    """A unit in one spelling: "m^2" as "m²", "°C" as "℃", no inner space, "/" for "per"."""
    unit = _CARET.sub(lambda match: match[1].translate(_SUPERSCRIPT), unit.strip())
    return _INNER.sub(r"\1", _PER.sub("/", _CELSIUS.sub("℃", unit)))[:50]
