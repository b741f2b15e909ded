"""Examples of challenges for the description of the API."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example

_ID = "01932f5e-7c1a-7b11-9d5f-3a1c55a0e2b4"
_CHALLENGE: dict[str, Any] = {
    "title": "高镍正极材料表面残碱控制",
    "mechanism": "race",
    "need_ids": [_ID],
    "summary": "NCM811正极材料烧结后表面残碱偏高，涂布时浆料凝胶，放置两小时后无法使用。"
    "征集不降低首次放电比容量、可在现有产线上实施的残碱控制方案，先比方案，再比样品，最后上线验证。",
    "eligibility": "高校、科研院所、企业及其联合体",
    "budget": "3000000",
    "payment_stages": [{"title": "样品达标", "share": 0.4}, {"title": "上线验收", "share": 0.6}],
    "rounds": [{"deadline": "2035-03-31T09:00:00+08:00", "goes_on": 3, "threshold": 60, "payment": "100000"}],
    "rubric": [
        {
            "key": "feasibility",
            "name": "可行性",
            "weight": 3,
            "anchors": [{"score": 40, "meaning": "仅有原理"}, {"score": 80, "meaning": "有中试数据"}],
        },
        {"key": "cost", "name": "成本", "weight": 1},
    ],
    "indicators": [{"name": "表面残碱", "operator": "<=", "value": 800, "unit": "ppm", "test_method": "酸碱滴定"}],
    "ownership": "新产生的知识产权双方共有",
    "contact": "李工 li@example.org",
    "decision_owner": "技术中心王总工",
}
CHALLENGES = {"race": Example(summary="A race in three rounds", value=_CHALLENGE)}
AMENDMENTS = {
    "budget": Example(
        summary="More money",
        value={"reason": "追加验证费用", "draft": _CHALLENGE | {"budget": "3500000"}},
    )
}
EXTENSIONS = {
    "month": Example(
        summary="A month more", value={"deadline": "2035-04-30T09:00:00+08:00", "reason": "应潜在应答方请求"}
    )
}
FUNDING = {"half": Example(summary="One half", value={"amount": "1500000", "currency": "CNY"})}
DECISIONS = {"strategy": Example(summary="With its reason", value={"reason": "产品线调整，需求不再存在"})}
QUESTIONS = {"line": Example(summary="About the line", value={"text": "现有产线的烧结气氛和最高温度是多少？"})}
REPLIES = {
    "line": Example(summary="One answer", value={"replies": [{"question_id": _ID, "answer": "氧气气氛，最高 780 ℃。"}]})
}
INVITATIONS = {
    "lab": Example(summary="A lab known for it", value={"organisations": [_ID], "reason": "贵所在干法包覆上有积累"})
}
PROGRAMMES = {
    "explorer": Example(
        summary="One to one", value={"problem_list_id": _ID, "title": "2035 年度探索者计划", "public_ratio": 1}
    )
}
TOPIC_OPENINGS = {
    "alkali": Example(summary="As it is published", value={"title": "高镍正极残碱共性问题", "summary": "……"})
}
