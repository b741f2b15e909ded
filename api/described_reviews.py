"""Examples of the matchmaker's work for the description of the API."""

from __future__ import annotations

from fastapi.openapi.models import Example

_ID = "01932f5e-7c1a-7b11-9d5f-3a1c55a0e2b4"

DRAWS = {"next": Example(summary="The next five", value={"count": 5})}
VERDICTS = {
    "take further": Example(summary="Take further", value={"judgement": "take_further"}),
    "no": Example(summary="No", value={"judgement": "no", "reason": "too_early", "note": "只有实验室数据"}),
    "not now": Example(
        summary="Not now",
        value={"judgement": "not_now", "reason": "no_money_now", "until": "2035-01-15T09:00:00+08:00"},
    ),
}
ASKINGS = {
    "both": Example(
        summary="In each side's words",
        value={
            "to_need": "这项成果的台架数据与贵司要求接近，是否愿意见面？",
            "to_result": "A company needs what you have.",
        },
    )
}
ACCEPTANCES = {"yes": Example(summary="Yes", value={"note": "下周三下午方便"})}
DECLININGS = {"busy": Example(summary="Nobody free", value={"reason": "busy", "note": "明年再谈"})}
ENDINGS = {"no answer": Example(summary="No answer", value={"reason": "no_answer"})}
CONTRACTS = {"amount": Example(summary="With its amount", value={"amount": "600000"})}
HAND_OVERS = {"colleague": Example(summary="To a colleague", value={"to": _ID})}
NOTES = {"call": Example(summary="After a call", value={"text": "对方希望先看样件"})}
SEARCHES = {
    "bearings": Example(
        summary="Results about bearings in Suzhou",
        value={"name": "苏州轴承", "asked": {"kind": "result", "field": "equipment", "region": "320500"}},
    )
}
