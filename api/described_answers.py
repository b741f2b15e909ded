"""Examples of answers for the description of the API."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example

_ID = "01932f5e-7c1a-7b11-9d5f-3a1c55a0e2b4"
_ANSWER: dict[str, Any] = {
    "title": "干法包覆降低高镍正极残碱",
    "approach": "以纳米磷酸盐干法包覆替代水洗，在现有辊道窑后增加一台高混机，不改变烧结制度。",
    "claims": [{"indicator": 0, "value": 600, "unit": "ppm", "evidence": "吨级中试三批检测报告", "method": "酸碱滴定"}],
    "plan": "前三个月小试定配方，再三个月在贵司产线上试三批。",
    "milestones": [
        {"title": "小试达标", "months": 3, "amount": "200000"},
        {"title": "产线三批达标", "months": 6, "amount": "400000"},
    ],
    "budget": "600000",
    "team": [{"name": "孙研究员", "part": "负责人", "stays_until": "2036-12", "fallback": "李工"}],
    "conflicts": "",
}
STARTS = {
    "empty": Example(summary="Empty", value={"challenge_id": _ID}),
    "result": Example(summary="From a registered result", value={"challenge_id": _ID, "result_id": _ID}),
}
ANSWERS = {"zh": Example(summary="中文", value=_ANSWER)}
PARTS = {"read": Example(summary="The part as it was read", value={"part_hash": "0" * 64})}
SUPPLEMENT_REQUESTS = {
    "cycles": Example(
        summary="Until a day", value={"asked": "一千次循环的容量保持率数据", "due": "2035-05-10T18:00:00+08:00"}
    )
}
SUPPLEMENTS = {"cycles": Example(summary="What was asked for", value={"text": "一千次循环后容量保持率 92 %。"})}
WAIVERS = {"late": Example(summary="It did not come", value={"reason": "到期未补充"})}
CUSTODIANS = {"two": Example(summary="Two people", value={"people": ["wang@example.org", "zhao@example.org"]})}
PASSPHRASES = {"long": Example(summary="Long, and known to one", value={"passphrase": "…"})}
RECOVERIES = {"lost": Example(summary="A lost passphrase", value={"reason": "保管人乙口令遗失，已书面说明"})}
