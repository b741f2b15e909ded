"""Examples of grading and deciding for the description of the API."""

from __future__ import annotations

from fastapi.openapi.models import Example

_ID = "01932f5e-7c1a-7b11-9d5f-3a1c55a0e2b4"

DRAWS = {
    "usual": Example(summary="As the mechanism has it", value={}),
    "few": Example(
        summary="Two each, one for answer 7",
        value={"each": 2, "fewer": {"7": 1}, "most": 12, "reason": "该方向同行专家少"},
    ),
}
CONFLICTS = {
    "co_author": Example(
        summary="A co-author",
        value={"person_id": _ID, "organisation_id": _ID, "kind": "co_author", "reason": "2034 年合作论文"},
    )
}
DECLARATIONS = {
    "former": Example(summary="One's former laboratory", value={"organisation_id": _ID, "reason": "曾在该所工作"})
}
GRADES = {
    "grade": Example(
        summary="As far as one has come",
        value={
            "scores": {"feasibility": {"score": 75, "reason": "中试数据完整，放大路径清楚"}},
            "indicators": [{"indicator": 0, "value": 650, "unit": "ppm", "reason": "第三方检测报告"}],
            "remark": "成本测算偏乐观",
        },
    )
}
DECLININGS = {
    "conflict": Example(summary="A conflict of interest", value={"conflict": True, "reason": "与团队成员有合作"})
}
TRIALS = {"user": Example(summary="A user, until a day", value={"person_id": _ID, "due": "2035-05-31T09:00:00+08:00"})}
REPORTS = {
    "adopt": Example(
        summary="Would have it",
        value={
            "verdict": "adopt",
            "measured": [{"indicator": 0, "value": 0.07, "unit": "wt%", "method": "酸碱滴定"}],
            "report": "在 3 号线试用两周，浆料未凝胶。",
        },
    )
}
DECISIONS = {
    "selected": Example(summary="Selected", value={"decided": "selected", "reason": "评分第一，指标全部达到"}),
    "departing": Example(
        summary="Not the first of the ranking",
        value={"decided": "selected", "reason": "第一名的方案需改造现有产线，停产损失过大", "departs": True},
    ),
}
OBJECTIONS = {"test": Example(summary="The test was another", value={"text": "残碱未按约定的滴定方法测试"})}
OBJECTION_ANSWERS = {"upheld": Example(summary="Upheld", value={"upheld": True, "text": "属实，应重新测试后再定"})}
ELIMINATIONS = {
    "plain": Example(summary="As rehearsed", value={"rehearsed": "0" * 64}),
    "tie": Example(summary="A tie decided", value={"rehearsed": "0" * 64, "chosen": [_ID], "reason": "样品批次更稳定"}),
}
REVERSALS = {"scores": Example(summary="Wrong scores", value={"reason": "两份评分录入有误"})}
COMMITMENTS = {
    "pilot": Example(summary="Once the pilot runs", value={"amount": "2000000", "conditions": "中试线连续运行三个月"})
}
