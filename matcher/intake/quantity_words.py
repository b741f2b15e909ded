"""The words and signs around a quantity, as regular expressions for `quantities.py`.

All are matched against a text in which full-width signs are made half width (`fold`) and the
traditional characters of these words simplified (`simplify`); both keep every character's place.
"""

from __future__ import annotations

import re

from matcher.intake import units

_FOLD = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if code != 0xFF0C}
    | dict.fromkeys("≧⩾﹥⪰≽", "≥") | dict.fromkeys("≦⩽﹤⪯≼", "≤") | dict.fromkeys("–—―−‒﹣‑", "-")
    | dict.fromkeys("～〜∼˜", "~") | dict.fromkeys("✕✖⨯", "×") | dict.fromkeys("\u3000\xa0\u2009\u202f\t", " ")
    | {"µ": "μ", "Ω": "Ω", "㎜": "mm", "㎝": "cm", "㎞": "km", "㎏": "kg", "㎎": "mg", "㎡": "m²", "㎥": "m³",
       "㎛": "μm", "㎚": "nm", "﹪": "%", "≈": "=", "≒": "=", "≃": "="}
)  # fmt: skip

_SIMPLIFIED = str.maketrans(
    "於過達內範圍約為應須長萬億個時鐘鍾噸優測試標準據驗報證條環態後當經級種類無頻幀層週輛",
    "于过达内范围约为应须长万亿个时钟钟吨优测试标准据验报证条环态后当经级种类无频帧层周辆",
)

_FOLDED = re.compile("[" + re.escape("".join(map(chr, _FOLD))) + "]")
_TRADITIONAL = re.compile("[" + "".join(map(chr, _SIMPLIFIED)) + "]")


def fold(text: str) -> str:
    return text.translate(_FOLD) if _FOLDED.search(text) else text  # most need none, and a search is quicker


def simplify(text: str) -> str:
    return text.translate(_SIMPLIFIED) if _TRADITIONAL.search(text) else text


SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

DATE = re.compile(
    r"(?:19|20)\d\d\s*年(?:度|\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*[日号])?)?|(?<![\d.])(?:19|20)\d\d(?:[-/]\d{1,2}"
    r"|[-/.]\d{1,2}[-/.]\d{1,2})(?![\d.])"
)
"""A date, which states no quantity."""

# numbers

_SCALES = r"万亿|千万|百万|十万|万|亿"
DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_TEN = r"10\s?(?:(?:\^|\*\*)\s?\(?\s?[-+]?\d{1,3}\)?|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
NUMBER = (
    rf"(?:{_TEN}|{DIGITS}(?:\s?[×xX*·]\s?{_TEN}|[eE][-+]?\d{{1,3}}(?![\d.])|\s?(?:{_SCALES})"
    r"|\s?(?:million|billion|thousand)(?![a-z]))?)"
)
_START = r"(?<![A-Za-z0-9.^×*])(?<![×*] )(?<![A-Za-z]-)"
_TO = r"(?:-|~|至|到|\.{2,3}|…+|\bto\b|\band\b|和|与)"
QUANTITY = re.compile(
    rf"{_START}(?P<sign>[-+±]|\+/-)?\s?(?P<a>{NUMBER})(?P<ua>\s?{units.UNIT})?"
    rf"(?:\s?(?P<sep>{_TO}|±|\+/-)\s?(?P<sign2>[-+])?(?P<b>{NUMBER})(?![.\d])(?P<ub>\s?{units.UNIT})?)?"
    r"(?![\d.]\d)"
)
POWER = re.compile(r"(?:(.+?)\s?[×xX*·]\s?)?10\s?(?:(?:\^|\*\*)\s?\(?\s?([-+]?\d+)\)?|([⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹]+))")
SCALE_AT_END = re.compile(rf"(?:{_SCALES})$")
SIZE = re.compile(r"\s*[×xX*]\s*\d|\s?:\s?\d")
"""Goes on as 10×20 or 10:1, which is not one number."""

TOLERANCE = ("±", "+/-")

BOUNDED = re.compile(
    rf"^\s*(?P<head>[^\d<>≤≥=]{{0,60}}?)\s*(?P<a>[-+]?{NUMBER})\s?(?P<ua>{units.UNIT})?\s*[<≤]=?\s*"
    rf"(?P<name>[^<>≤≥=\d][^<>≤≥=]{{0,60}}?)\s*[<≤]=?\s*(?P<b>[-+]?{NUMBER})\s?(?P<ub>{units.UNIT})?\s*$"
)
"""5 mm ≤ thickness ≤ 10 mm."""

PLAIN = re.compile(
    r"\s*((?:[^\d()\[\]【】,，、。.:;<>≤≥=±~•·*-]|(?<=[a-z])-(?=[a-z])){1,60}?)\s*(≥|≤|[<>]=?)\s*(\d{1,15}(?:\.\d{1,12})?)\s?([^\s\d.,]\S{0,20})?\s*"
)
"""What most indicators look like: a name, a sign, a number, what may be a unit, and nothing else."""

# operators

_AT_LEAST = (
    "≥|>=|=>|>|大于等于|大于或等于|不低于|不少于|不小于|不得低于|不得少于|不得小于|不应低于|不应小于|大于|高于"
    "|超过|超出|多于|至少|最低|最少|不短于|长于|greater than or equal to|at least|no less than|not less than"
    "|no fewer than|not lower than|not below|no lower than|minimum of|minimum|min|over|more than|above"
    "|greater than|exceeding|exceeds|exceed|higher than|longer than"
)
_AT_MOST = (
    "≤|<=|=<|<|小于等于|小于或等于|不高于|不超过|不大于|不多于|不得超过|不得高于|不得大于|不应超过|不应大于|小于"
    "|低于|少于|至多|最多|不长于|短于|控制在|less than or equal to|at most|no more than|not more than"
    "|no higher than|not higher than|not exceeding|not exceed|not to exceed|maximum of|maximum|max|under|below"
    "|less than|lower than|fewer than|smaller than|shorter than|up to|within"
)
_BETTER = "优于|不差于|better than|no worse than"
_REACHES = "达到|可达到|可达|能达到|reaching|reaches|reached|reach|achieves|achieved|achieve"
_EQUAL_WORDS = "=|约为|等于|equal to|equals|is|are|was|were|of|about|approximately|approx|around"
_EQUAL = r"(?<!\d):|(?<![节制])约|(?<![行作人认以])为|是(?!否)|(?<![雷马])达"


def _either(words: str) -> str:
    longest_first = sorted(words.split("|"), key=len, reverse=True)
    return "|".join(
        rf"(?<![A-Za-z])(?<!\d )(?<!\d){re.escape(word)}(?![A-Za-z])\.?"
        if word[0].isalpha() and word.isascii()
        else re.escape(word)
        for word in longest_first
    )


_FIRST = "".join(
    sorted({word[0] for words in (_AT_LEAST, _AT_MOST, _BETTER, _REACHES, _EQUAL_WORDS) for word in words.split("|")})
)
OPERATOR = re.compile(
    rf"(?=[{_FIRST}:约为是达])(?:(?<![A-Za-z])|(?![A-Za-z]))(?:(?P<least>{_either(_AT_LEAST)})|(?P<most>{_either(_AT_MOST)})|(?P<better>{_either(_BETTER)})"
    rf"|(?P<reach>{_either(_REACHES)})|(?P<equal>{_either(_EQUAL_WORDS)}|{_EQUAL}))",
    re.IGNORECASE,
)
GAP = re.compile(r"[\s:=]*(?:约|大约|about|approximately|或等于|到|在|between|from)?\s*", re.IGNORECASE)
JOINED = re.compile(r"\s*(?:且|并且|同时|and|&|,)?\s*")
CONDITION_AFTER = re.compile(r"\s*(?:下|时|条件|环境|工况)")
"""After a quantity, says that it is the condition under which another one holds."""

AFTER_LEAST = re.compile(
    r"\s*(?:\(含\))?\s*(?:及其?以上|或以上|以上|或更高|\+(?![\d])|or more|or higher|or above|or better"
    r"|or greater|and above|and over|minimum\b|min\b\.?)",
    re.IGNORECASE,
)
AFTER_MOST = re.compile(
    r"\s*(?:\(含\))?\s*(?:及其?以下|或以下|以下|以内|之内|内(?=完成|实现|交付|达|$)|或更低|or less|or lower"
    r"|or below|or under|or fewer|and below|maximum\b|max\b\.?)",
    re.IGNORECASE,
)
AFTER_BETWEEN = re.compile(r"\s*(?:之间|范围内?|区间)")
FINER = re.compile(
    r"精度|误差|偏差|分辨率|分辨力|粗糙度|噪声|损耗|延迟|漂移|accuracy|error|precision|resolution|roughness|noise|loss|drift|latency",
    re.IGNORECASE,
)
"""Of these, better means less."""

MAY_BE_NEGATIVE = re.compile(r"℃|℉|°|dB|V$|Pa$|度|ppm/")

# names

EDGE = " \t,，、:;.。-·*|/\"'“”"
LEADING = re.compile(
    r"^(?:其中|内|且|并且|并|同时|以及|和|(?:an?|the|and|with|has|have|having|should)\b)\s*", re.IGNORECASE
)
TRAILING = re.compile(
    r"(?:的|应当|应该|(?<![效反响感适供])应|必须|须|需要|要求|可以|能够|(?<![雷马])达|(?<![行作人认以])为|是"
    r"|\b(?:should|must|shall|can|will|to|be|is|are|was|were|of|has|a|an|the|with|by|and|from|between|reaching"
    r"|reaches))\s*$",
    re.IGNORECASE,
)
PREPOSITIONS = frozenset({"在", "于", "经", "at", "in", "for", "after", "under", "on"})
FALLS_TO = re.compile(
    r"(?:降低|下降|缩短|减少|压缩|减小|控制|降|缩)[至到在]$|(?:reduced|lowered|cut|shortened|decreased) to$",
    re.IGNORECASE,
)
RISES_TO = re.compile(
    r"(?:提高|提升|增加|延长|增大|升|增)[至到]$|(?:increased|raised|extended|improved) to$", re.IGNORECASE
)
NOT_A_NAME = re.compile(
    r"^(?:第|见|详见|附件|见附件|表|图|序号|no|see|item|table|fig|figure|section|annex|trl|version|v|step|phase)\.?$",
    re.IGNORECASE,
)

# marks and asides

_MUST = "必达指标|必达|必须达到|必须|约束性指标|约束性|硬指标|强制|must have|must-have|must|required|mandatory"
_NICE = "期望指标|期望|希望|预期性指标|预期性|力争|争取|可选|加分项|加分|nice to have|nice-to-have|nice|optional"
"|desired|desirable|preferred"
MARK = re.compile(rf"(?:(?P<must>{_MUST})|(?P<nice>{_NICE}))(?:项|指标|达到)?", re.IGNORECASE)
MARK_FIRST = re.compile(
    rf"(?P<open>[\[(【])?\s*(?:(?P<must>{_MUST})|(?P<nice>{_NICE}))(?:项|指标)?\s*(?P<close>[\])】])?\s*(?P<colon>[:-])?\s*",
    re.IGNORECASE,
)
BRACKET = re.compile(r"(?<!/)(?<!dB)(?<!·)\s*[(\[【]([^()\[\]【】]*)[)\]】]")
METHOD = re.compile(
    r"^(?:按照?|依据?|根据|参照|采用|通过|用|测试方法|测试标准|检测方法|标准|测试|检测|per\b|by\b|using\b"
    r"|according to|acc\. to|measured|tested|test method|method)\s*:?|(?<![A-Za-z])(?:GB|ISO|ASTM|IEC|DIN|EN|JIS"
    r"|IEEE|SAE|HG|YY|JB|SJ|NB|DL|QC|MIL|UL|EPA|HJ|YB|SH|TB|CB|HB|GJB|JJF|JJG|T/)(?:/[TZ])?[ -]?[A-Z]{0,3}\s?\d"
    r"|测试|检测|法$|标准$|(?<![A-Za-z])(?:test|HPLC|GC|XRD|SEM|TEM|ICP|DSC|TGA|BET|FTIR|NMR|XPS)(?![A-Za-z])",
    re.IGNORECASE,
)
METHOD_AFTER = re.compile(
    r"(?:按照?|依据?|根据|参照|\b(?:tested (?:per|to|by|according to)|measured (?:per|to|by)|according to|per"
    r"|by)\b)\s*(.+)$",
    re.IGNORECASE,
)
METHOD_LEAD = re.compile(
    r"^(?:by\b|按照?|依据?|根据|参照|测试方法|测试标准|检测方法|per\b|according to|tested (?:per|to|by)"
    r"|measured (?:per|by))\s*:?\s*",
    re.IGNORECASE,
)
EVIDENCE = re.compile(r"报告|第三方|鉴定|认证|证书|用户|report|certif|third[- ]party|verified", re.IGNORECASE)
CONDITION = re.compile(
    r"(?:条件|情况|环境|工况|状态|温度|时|下|内|后)$|^(?:在|当|经|(?:at|when|under|after|for|in|with)\b)", re.IGNORECASE
)

# where one statement ends

SEGMENTS = re.compile(r"[\n;]+")
PIECES = re.compile(r"[\n;。]+|\.(?=\s+[A-Z])")
ENUMERATED = re.compile(
    r"\s*[①-⑳]\s*|(?:^|(?<=[\s;,，。:]))\s*(?:\(?\d{1,2}[)、]|\d{1,2}\.(?![\d])|[-•·*●▪]\s)\s*(?=\S)"
)
COMMAS = re.compile(r"(?:，|,(?!\d{3}(?!\d))|(?<=[\d%‰℃a-zA-Z²³])、|、(?=[^、]*[≥≤<>=]))(?![^(\[【]*[)\]】])")
