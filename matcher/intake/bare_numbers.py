"""Quantities without a unit and without an operator: "friction coefficient 0.04", "折射率1.52".

Most bare numbers behind a word measure nothing: they are years, types, versions, counts in prose.
"""

from __future__ import annotations

import re

from embeddings.text import weight
from matcher.intake import quantity_words as words

_AT_END = re.compile(
    r"\s*(?P<name>(?:[^\d<>≤≥=±~]|(?<=[A-Za-z])\d){2,100}?)(?<![A-Za-z\d./_#×*+-])\s*"
    rf"(?P<number>{words.DIGITS}(?:[eE]-?\d{{1,3}})?)(?:\s+(?:at|under)\s.{{1,80}}|\s*@.{{1,80}})?\s*",
    re.IGNORECASE,
)
"""A name and a number that ends the part, but for its conditions. No sign: "X-200" and "Fig. 3" are names."""

_WITHOUT_UNIT = re.compile(
    r"(?:(?<![参函])数|指标值|率|比|值|因子|得分|评分|比重|倍率)$"
    r"|(?:^|\W)(?:coefficients?|ratio|factor|index|constant|score|accuracy|precision|recall|efficiency|emissivity"
    r"|permittivity|transmittance|reflectance|absorptance|selectivity|porosity|aperture|gravity|exponent|modulus"
    r"|value|(?:Reynolds|Prandtl|Nusselt|Mach|Abbe|cetane|octane|acid|iodine) number|pH|COP|SCOP|EER|SEER|PUE|AUC"
    r"|mAP|IoU|SSIM|NA|BLEU|R2|F1)$",
    re.IGNORECASE,
)
"""What a bare number may be the value of, a whole one too."""

_NUMBERED = re.compile(
    r"(?:第|见|附件|附录|表|图|节|章|条|步骤|步|项|款|版|版本|工业|蓝牙|北斗|方案|编号|型号|序号|号|阶段|等级|级别"
    r"|标准|规范|协议|\b(?:no|nr|see|item|table|fig|figure|section|sec|chapter|annex|appendix|clause|step|phase"
    r"|version|ver|v|release|rev|revision|industry|industrie|web|part|type|model|grade|class|level|number|page"
    r"|standard|protocol|USB|HDMI|PCIe|DDR|Bluetooth|Windows|Python|GB|GB/T|ISO|IEC|ASTM|EN|DIN|JIS|IEEE|TRL|IP))"
    r"\.?$",
    re.IGNORECASE,
)
"""Before a number, says that it counts or names something and measures nothing."""

_YEARS = range(1900, 2101)
_WORDS_OF_A_NAME = 5
_WEIGHT_OF_A_NAME = 14
"""In Chinese characters; more of either is a sentence."""


def find(text: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Where the name and the number stand in a text that states such a quantity.

    A whole number only where the name is of something that has no unit.
    """
    match = _AT_END.fullmatch(text)
    if match is None:
        return None
    name, number = match["name"].strip(words.EDGE), match["number"]
    if words.METHOD.search(name):
        return None
    if len(name.split()) > _WORDS_OF_A_NAME or weight(name) > _WEIGHT_OF_A_NAME:
        return None
    if _WITHOUT_UNIT.search(name):
        sound = not number.isdecimal() or int(number) not in _YEARS
    elif name.isascii() and " " not in name:
        sound = False  # "GPT 3.5"
    else:
        sound = "." in number and not number.endswith(".0") and _NUMBERED.search(name) is None
    return (match.span("name"), match.span("number")) if sound else None
