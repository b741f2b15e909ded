"""Examples of awards, contracts, milestones and offers for the description of the API."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example

from api import described

_CONTRACT: dict[str, Any] = {
    "kind": "development",
    "ownership": "partial",
    "subject": "高镍正极材料表面残碱控制技术开发",
    "begins": "2026-09-01",
    "ends": "2028-08-31",
    "revenue_share": 0.03,
    "benefit_shares": [{"party": "示例大学材料实验室", "share": 0.3, "after_end": True, "basis": "新增销售利润"}],
    "risk_sharing": "技术风险由双方按六比四分担",
    "setter_risk": 0.6,
    "joint_ip": "共同完成的发明共同申请",
    "amount": "900000",
    "milestones": [
        {"title": "小试样品达标", "due": "2027-03-31", "amount": "300000"},
        {"title": "上线验收", "due": "2028-08-31", "amount": "600000", "indicators": [0]},
    ],
}
_TERMS = {name: value for name, value in _CONTRACT.items() if name not in ("amount", "milestones")}

CONTRACTS = {"development": Example(summary="A commissioned development", value=_CONTRACT)}
OFFERS = {"first": Example(summary="An offer", value={"terms": _CONTRACT, "message": "含税，分两期"})}
CHANGES = {
    "later": Example(
        summary="A later date, and a test more",
        value={
            "reason": "现场设备推迟到货",
            "amend": [{"number": 2, "due": "2028-12-31"}],
            "add": [{"title": "复测", "amount": "50000", "indicators": [0]}],
        },
    ),
    "terms": Example(summary="Other terms", value={"reason": "改为许可", "terms": _TERMS | {"kind": "licence"}}),
}
REPORTS = {
    "measured": Example(
        summary="With what was measured",
        value={
            "report": "中试线连续运行三十天，样品送第三方检测。",
            "measured": [{"indicator": 0, "value": 600, "unit": "ppm", "method": "酸碱滴定"}],
        },
    )
}
SETTLEMENTS = {
    "asked": Example(summary="To each what it asks for", value={}),
    "prizes": Example(summary="Prizes", value={"amounts": {"01932f5e-7c1a-7b11-9d5f-3a1c55a0e2b4": "500000"}}),
}
STAGES = {"first": Example(summary="After the first round", value={"round": 1})}
CONFIRMATIONS = {"first": Example(summary="The version read", value={"version": 1})}
REASONS = {"given": Example(summary="With a reason", value={"reason": "条件未谈拢"})}
ENDINGS = {
    "achieved": Example(summary="All achieved", value={"outcome": "achieved"}),
    "failed": Example(summary="Failed", value={"outcome": "technical_failure", "text": "寿命只达到目标的一半"}),
}

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def file(media_type: str, what: str) -> described.Responses:
    """An answer that is a file."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": what, "content": {media_type: binary}}}
