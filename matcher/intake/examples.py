"""The example rows of the empty forms, which are not taken for somebody's needs or results."""

from __future__ import annotations

from matcher.intake.report import Kind

LISTS = "选项 Lists"
"""The sheet of a form that holds its choices."""

EXAMPLES: dict[Kind, tuple[dict[str, str], dict[str, str]]] = {
    Kind.NEEDS: (
        {
            "reference": "示例1",
            "title": "（示例）耐高温密封圈的长寿命橡胶材料",
            "problem": "发动机舱密封圈在 180 ℃ 油气环境中三个月即硬化开裂，需要寿命更长、成本相当的橡胶材料。",
            "current_state": "现用氟橡胶，低温弹性差；试过氢化丁腈橡胶，150 ℃ 以上老化快。",
            "indicators": "使用寿命 ≥ 24 个月\n压缩永久变形 ≤ 25 % (GB/T 7759)\n低温脆性 ≤ -40 ℃ (期望)",
            "scenario": "商用车发动机舱",
            "maturity_now": "小试",
            "maturity_wanted": "TRL 7",
            "budget": "50-80万元",
            "funding_share": "0%",
            "deadline": "2027-06-30",
            "preferred_regions": "江苏、浙江",
            "ip_wishes": "专利共有，本企业优先使用",
            "field": "高分子材料",
            "keywords": "密封、橡胶、耐高温",
            "cooperation_modes": "技术开发、联合研发",
            "disclosure": "公开",
            "organisation": "示例企业",
        },
        {
            "reference": "EXAMPLE-2",
            "title": "(Example) Inline detection of scratches on coated lenses",
            "problem": "Scratches finer than 10 μm are missed by eye. We look for a camera station that finds them "
            "at line speed.",
            "indicators": "defect size ≤ 10 μm\ndetection rate ≥ 99.5 %\ncycle time ≤ 2 s (nice)",
            "maturity_wanted": "pilot",
            "budget": "USD 60,000",
            "deadline": "31 March 2028",
            "field": "Machine vision",
            "cooperation_modes": "development, licence",
            "disclosure": "summary",
        },
    ),
    Kind.RESULTS: (
        {
            "reference": "示例1",
            "title": "（示例）耐油氟醚橡胶密封材料",
            "problem": "密封件在高温油气中寿命短。",
            "abstract": "通过双交联网络提高氟醚橡胶的耐热油性能，兼顾低温弹性，可在现有模压设备上加工。",
            "innovation": "过氧化物与三嗪双交联；纳米填料表面改性。",
            "indicators": "使用寿命 = 30 个月 (180 ℃ 油气)\n压缩永久变形 = 18 % (GB/T 7759)",
            "advantage": "寿命为现用氟橡胶的三倍，单件成本相当。",
            "maturity": "中试",
            "maturity_stage": "中期",
            "rights": "ZL202210123456.7（授权）；CN116123456A 申请中",
            "ownership": "高校与团队共有",
            "price": "120万元",
            "team": "教授 1 人，工程师 4 人",
            "region": "江苏省南京市",
            "field": "高分子材料",
            "keywords": "密封、氟橡胶",
            "cooperation_modes": "许可、作价投资",
            "disclosure": "公开",
            "organisation": "示例大学",
        },
        {
            "reference": "EXAMPLE-2",
            "title": "(Example) Dark-field camera for fine scratches",
            "abstract": "A ring of narrow-band light and one line camera show scratches of 5 μm on curved, coated "
            "glass.",
            "indicators": "defect size = 5 μm\ndetection rate = 99.7 %",
            "maturity": "TRL 6",
            "rights": "CN115987654B granted",
            "price": "negotiable",
            "field": "Machine vision",
            "cooperation_modes": "licence, service",
            "disclosure": "summary",
        },
    ),
}

_NAMES = {(example["reference"], example["title"]) for examples in EXAMPLES.values() for example in examples}


def is_example(reference: str, title: str) -> bool:
    """Whether a row is one of the form's examples. One that was written over has another title."""
    return (reference, title) in _NAMES
